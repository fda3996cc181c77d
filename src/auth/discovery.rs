//! A tenant's id by one of its domains, without signing in: OpenID Connect's discovery document.

use serde_json::Value;
use url::Url;

use super::about::Way;
use super::endpoint::{Endpoint, Repeat};
use super::error::{Kind, SignInError};
use super::refusal::Refusal;
use super::service::Service;
use super::words::explain;
use crate::ports::cloud::{CLOUDS, is_graph_root};
use crate::ports::http::Method;

/// Asks the authority for the id of the tenant that is signed in to.
///
/// A domain of another cloud is an error that names the cloud.
pub fn tenant_id(service: &Service) -> Result<String, SignInError> {
    let about = service.about(Way::Browser, &[]);
    let endpoint = Endpoint::new(service, about.clone(), Repeat::Freely);
    let response = endpoint.send(Method::Get, &service.authority.discovery(), None)?;
    if response.status != 200 {
        return Err(match Refusal::of_body(&response.body) {
            Some(refusal) => explain(&refusal, &about),
            None => endpoint.not_understood(),
        });
    }
    let document: Value = serde_json::from_slice(&response.body).map_err(|_| endpoint.not_understood())?;
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
    let issuer = text("issuer").and_then(|issuer| Url::parse(issuer).ok()).ok_or_else(|| endpoint.not_understood())?;
    let first = issuer.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default();
    match uuid::Uuid::parse_str(first) {
        Ok(id) => Ok(id.hyphenated().to_string()),
        Err(_) => Err(endpoint.not_understood()),
    }
}

fn host(root: &str) -> &str {
    root.trim_start_matches("https://")
}
