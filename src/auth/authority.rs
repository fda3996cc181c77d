//! Where one signs in: the authority of a cloud, and the tenant in its addresses, whose id it tells by one of its domains
//! without any sign-in (OpenID Connect's discovery document).

use anyhow::{Result, bail};
use serde_json::Value;
use url::Url;

use super::app::Service;
use super::error::{Kind, SignInError};
use super::error_messages::explain;
use super::refusal::Refusal;
use super::retry::Repeat;
use super::token_endpoint::Endpoint;
use crate::ports::cloud::{CLOUDS, is_graph_root};
use crate::ports::origin::Purpose;
use crate::ports::{Origin, SignInMethod};

/// The word that stands for "the tenant of whoever signs in" in an address.
const ANY_TENANT: &str = "organizations";
/// Words that stand for many tenants at once: they name none.
const NO_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// The authority, and the tenant that is signed in to.
#[derive(Debug, Clone)]
pub struct Authority {
    origin: Origin,
    tenant: String,
}

impl Authority {
    /// Reads an authority such as `https://login.microsoftonline.com`, without a path.
    pub fn origin(text: &str) -> Result<Origin> {
        let example = "https://login.microsoftonline.com";
        Origin::parse(text, Purpose { name: "an address to sign in at", example, secret: "the sign-in" })
    }

    /// Takes an origin and a tenant: its id or one of its domains, or none where whoever signs in decides.
    pub fn new(origin: Origin, tenant: Option<&str>) -> Result<Self> {
        let tenant = tenant.unwrap_or(ANY_TENANT);
        if !is_tenant(tenant) && tenant != ANY_TENANT {
            bail!("`{}` is not a tenant ID or a domain", tenant.escape_debug());
        }
        Ok(Self { origin, tenant: tenant.to_owned() })
    }

    /// Returns the tenant as the addresses have it.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Returns the authority without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.origin.as_str()
    }

    /// Returns an address of OAuth: `authorize`, `token` or `devicecode`, for `tenant` where that is known by now.
    pub fn address(&self, tenant: Option<&str>, what: &str) -> String {
        let tenant = tenant.filter(|tenant| is_tenant(tenant)).unwrap_or(&self.tenant);
        format!("{}/{tenant}/oauth2/v2.0/{what}", self.origin.as_str())
    }

    /// Returns the address of the document that tells a tenant's id.
    pub fn discovery(&self) -> String {
        format!("{}/{}/v2.0/.well-known/openid-configuration", self.origin.as_str(), self.tenant)
    }
}

/// Returns whether a text can be a tenant's id or domain, and so a segment of an address.
pub fn is_tenant(text: &str) -> bool {
    let letters = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.starts_with('-')
    };
    text.len() <= 253 && text.split('.').all(letters) && !NO_TENANTS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Asks the authority for the id of the tenant that is signed in to.
///
/// A domain of another cloud is an error that names the cloud.
pub fn tenant_id(service: &Service) -> Result<String, SignInError> {
    let context = service.context(SignInMethod::Browser, &[]);
    let endpoint = Endpoint::new(service, context.clone(), Repeat::Freely);
    let response = endpoint.get(&service.authority.discovery())?;
    let not_understood = || endpoint.not_understood(response.status);
    if response.status != 200 {
        return Err(match Refusal::of_body(&response.body) {
            Some(refusal) => explain(&refusal, &context),
            None => not_understood(),
        });
    }
    let document: Value = serde_json::from_slice(&response.body).map_err(|_| not_understood())?;
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    // It names the Graph of the cloud that the tenant is in.
    let graph = text("msgraph_host").unwrap_or_default();
    if let Some(other) = CLOUDS.iter().find(|cloud| host(cloud.graph_root) == graph)
        && is_graph_root(&service.resource)
        && other.graph_root != service.resource
    {
        let sentence = format!("the tenant {} is in the cloud `{}`", service.authority.tenant(), other.name);
        return Err(SignInError::new(Kind::Refused, sentence).now(format!("add `--cloud {}`", other.name)));
    }
    let issuer = text("issuer").and_then(|issuer| Url::parse(issuer).ok()).ok_or_else(not_understood)?;
    let first = issuer.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default();
    match uuid::Uuid::parse_str(first) {
        Ok(id) => Ok(id.hyphenated().to_string()),
        Err(_) => Err(not_understood()),
    }
}

fn host(root: &str) -> &str {
    root.trim_start_matches("https://")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_one_segment_of_an_address() {
        let origin = Authority::origin("https://login.microsoftonline.com").unwrap();
        let authority = Authority::new(origin.clone(), Some("contoso.com")).unwrap();
        assert_eq!(authority.address(None, "token"), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
        let any = Authority::new(origin.clone(), None).unwrap();
        assert_eq!(
            any.address(None, "authorize"),
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize"
        );
        assert_eq!(
            any.address(Some("8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1"), "token"),
            "https://login.microsoftonline.com/8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1/oauth2/v2.0/token"
        );
        for odd in [
            "",
            ".",
            "..",
            "a/b",
            "a?b",
            "a b",
            "a..b",
            "common",
            "Consumers",
            "-x",
            "a\u{202e}",
            "a%2e",
            "a@b",
            "b\u{fc}ro.example",
        ] {
            assert!(Authority::new(origin.clone(), Some(odd)).is_err(), "{odd}");
        }
    }
}
