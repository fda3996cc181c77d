//! Who is signed in where: shown to the person before anything else happens.

use serde_json::Value;

use crate::contract::roles::ORDINARY_USER;
use crate::ports::ResourcePath;
use crate::ports::credentials::Claims;
use crate::ports::text::in_line;

use super::answer::Answer;
use super::error::{ErrorContext, ReadError};
use super::read::{Read, Reader};

/// The tenant and the account of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The tenant's id.
    pub tenant_id: String,
    /// The tenant's display name.
    pub tenant_name: String,
    /// The tenant's default domain.
    pub domain: String,
    /// Every verified domain.
    pub domains: Vec<String>,
    /// User principal name, or the object id of an application.
    pub account: String,
    /// Object id of the account, where known.
    pub account_id: Option<String>,
    /// Template ids of the account's directory roles, as far as they could be found out.
    pub roles: Vec<String>,
}

/// The tenant that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The tenant's id.
    pub id: String,
    /// The tenant's display name.
    pub name: String,
    /// The tenant's default domain.
    pub domain: String,
    /// Every verified domain.
    pub domains: Vec<String>,
}

/// Asks the tenant who it is: the first request of a session, and the only one before the tenant is known to be right.
///
/// A refusal is an error, since the person must see which tenant it is.
pub fn organization(reader: &Reader, claims: &Claims) -> Result<Organization, ReadError> {
    let answer = reader.read(&get("/v1.0/organization", "id,displayName,verifiedDomains")?)?;
    if let Some(error) = &answer.error {
        let message = format!(
            "the tenant does not tell its name ({} {}); the token lacks a right to read it",
            answer.status, error.code
        );
        return Err(ReadError::SignIn(context(message, &answer)));
    }
    let bad = |what: &str| ReadError::Bad(context(format!("the answer on the tenant has no {what}"), &answer));
    let organization = answer.body.get("value").and_then(|list| list.get(0)).ok_or_else(|| bad("organization"))?;
    let id = text(organization, "id").ok_or_else(|| bad("id"))?;
    if let Some(expected) = claims.tenant.as_ref().filter(|tenant| !tenant.eq_ignore_ascii_case(&id)) {
        let message = format!("the token is for the tenant {expected}, but the tenant that answered is {id}");
        return Err(ReadError::SignIn(context(message, &answer)));
    }
    Ok(Organization {
        id,
        name: text(organization, "displayName").unwrap_or_else(|| "(no name)".to_owned()),
        domain: default_domain(organization).unwrap_or_else(|| "(no domain)".to_owned()),
        domains: domains(organization),
    })
}

/// Completes what the token says of the account: its name and roles are found out as far as the token's scopes allow.
pub fn whoami(reader: &Reader, claims: &Claims, organization: Organization) -> Result<Identity, ReadError> {
    let (mut account, mut account_id) = (claims.account.as_deref().map(in_line), claims.account_id.clone());
    if !claims.app_only && (account.is_none() || account_id.is_none()) {
        let me = reader.read(&get("/v1.0/me", "id,userPrincipalName")?)?;
        account = account.or_else(|| text(&me.body, "userPrincipalName"));
        account_id = account_id.or_else(|| text(&me.body, "id"));
    }
    Ok(Identity {
        tenant_id: organization.id,
        tenant_name: organization.name,
        domain: organization.domain,
        domains: organization.domains,
        account: account.or_else(|| account_id.clone()).unwrap_or_else(|| "(unknown)".to_owned()),
        account_id,
        roles: roles(reader, claims)?,
    })
}

/// Returns the role template ids of the token, or else of the signed-in person, or none.
fn roles(reader: &Reader, claims: &Claims) -> Result<Vec<String>, ReadError> {
    let mut found = match &claims.roles {
        Some(roles) => roles.clone(),
        None if claims.app_only => Vec::new(),
        None => {
            let select = "roleTemplateId,displayName";
            let read = Read { page: true, ..get("/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole", select)? };
            let answer = reader.read(&read)?;
            let items = answer.body.get("value").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(|role| text(role, "roleTemplateId")).collect()
        }
    };
    found.retain(|role| !role.eq_ignore_ascii_case(ORDINARY_USER));
    Ok(found)
}

fn domains(organization: &Value) -> Vec<String> {
    let list = organization.get("verifiedDomains").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|domain| text(domain, "name")).collect()
}

fn default_domain(organization: &Value) -> Option<String> {
    let domains = organization.get("verifiedDomains")?.as_array()?;
    let default = domains.iter().find(|domain| domain.get("isDefault") == Some(&Value::Bool(true)));
    text(default.or(domains.first())?, "name")
}

fn get(path: &str, select: &str) -> Result<Read, ReadError> {
    let path = ResourcePath::parse(path).map_err(|error| ReadError::bad(error.to_string(), Vec::new()))?;
    Ok(Read { query: vec![("$select".to_owned(), select.to_owned())], ..Read::of(path) })
}

fn context(message: String, answer: &Answer) -> ErrorContext {
    ErrorContext::new(message, answer.request_ids.clone())
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(in_line)
}
