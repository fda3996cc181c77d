//! App registrations and service principals: how they come and go together, and the lists below them.
//!
//! A registration has an `appId` of its own; at most one service principal stands for it, and goes when it goes.
//! Source: the v1.0 reference pages of the two types.

use serde_json::{Value, json};

use super::generic;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::object::{Object, guid, merge, text};
use crate::practice::spot::Spot;
use crate::practice::state::State;
use crate::practice::store::{APPLICATIONS, SERVICE_PRINCIPALS, app_key};

/// Answers `POST /applications`.
pub fn register(state: &mut State, call: &Call<'_>, spot: &Spot) -> Result<Reply, Refusal> {
    let mut application = well_formed(call.body()?)?;
    application.insert("appId".to_owned(), json!(state.new_id()));
    application.insert("createdDateTime".to_owned(), json!(call.now.to_string()));
    application.entry("signInAudience").or_insert(json!("AzureADMyOrg"));
    for (platform, list) in [("publicClient", "redirectUris"), ("web", "redirectUris"), ("spa", "redirectUris")] {
        application.entry(platform).or_insert_with(|| json!({list: []}));
    }
    let key = app_key(&text(&application, "appId"));
    generic::create(state, call, spot, application, &[&key])
}

/// Answers `PATCH /applications/{id}`.
pub fn change(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    well_formed(call.body()?)?;
    generic::answer(state, call)
}

/// Refuses wanted permissions that are none, although the contract takes any text.
fn well_formed(body: Object) -> Result<Object, Refusal> {
    let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let is_one = |one: &Value| {
        let kind = one.get("type").and_then(Value::as_str);
        one.get("id").is_some() && matches!(kind, Some("Scope" | "Role"))
    };
    let is_resource = |one: &Value| {
        let app = one.get("resourceAppId").and_then(Value::as_str).is_some_and(|id| uuid::Uuid::try_parse(id).is_ok());
        app && list(one, "resourceAccess").iter().all(is_one)
    };
    let wanted = body.get("requiredResourceAccess").and_then(Value::as_array);
    match wanted.is_none_or(|wanted| wanted.iter().all(is_resource)) {
        true => Ok(body),
        false => Err(Refusal::value(
            "Invalid value specified for property 'requiredResourceAccess' of resource 'Application'.",
        )),
    }
}

/// Answers `DELETE /applications/{id}`: its service principal goes with it.
pub fn unregister(state: &mut State, call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let gone = state.store.all(APPLICATIONS).find(id).and_then(|item| item.newest().cloned());
    let reply = generic::answer(state, call)?;
    let principals = state.store.all(SERVICE_PRINCIPALS);
    let own = gone.and_then(|gone| principals.name(&app_key(&text(&gone, "appId"))).map(str::to_owned));
    if let Some(own) = own {
        state.store.write(call.now, &format!("{SERVICE_PRINCIPALS}/{own}"), None);
    }
    Ok(reply)
}

/// Answers `POST /servicePrincipals`.
pub fn enrol(state: &mut State, call: &Call<'_>, spot: &Spot) -> Result<Reply, Refusal> {
    let mut principal = call.body()?;
    let app = text(&principal, "appId");
    let known = state.store.all(APPLICATIONS).find(&app_key(&app)).and_then(|item| item.newest().cloned());
    let Some(application) = known else {
        return Err(Refusal::new(
            400,
            "NoBackingApplicationObject",
            format!(
                "The appId '{app}' of the service principal does not reference a valid application object of this \
                 tenant. (Practice tenant: applications of other tenants are not known here.)"
            ),
        ));
    };
    let taken = state.store.all(SERVICE_PRINCIPALS).find(&app_key(&app));
    if taken.is_some_and(|item| item.newest().is_some()) {
        let message = "The service principal cannot be created: the appId is in use by another one of this tenant.";
        return Err(Refusal::new(409, "Request_MultipleObjectsWithSameKeyValue", message));
    }
    principal.insert("displayName".to_owned(), json!(text(&application, "displayName")));
    principal.insert("servicePrincipalType".to_owned(), json!("Application"));
    principal.entry("accountEnabled").or_insert(json!(true));
    principal.entry("appRoleAssignmentRequired").or_insert(json!(false));
    generic::create(state, call, spot, principal, &[&app_key(&app)])
}

/// Answers `addPassword` of an application or service principal. The secret is shown once, and never kept.
pub fn add_password(state: &mut State, call: &Call<'_>, path: &str, owner: &Object) -> Result<Reply, Refusal> {
    let asked = call.body()?.get("passwordCredential").and_then(Value::as_object).cloned().unwrap_or_default();
    let secret: String = state.new_id().chars().filter(char::is_ascii_alphanumeric).collect();
    let lasts = call.now.checked_add(jiff::SignedDuration::from_hours(2 * 365 * 24)).unwrap_or(call.now);
    let mut made = json!({
        "customKeyIdentifier": null, "displayName": null, "endDateTime": lasts.to_string(), "hint": secret.get(..3),
        "keyId": guid(&secret), "secretText": null, "startDateTime": call.now.to_string(),
    });
    if let Some(made) = made.as_object_mut() {
        let own = ["displayName", "endDateTime", "startDateTime"];
        merge(made, &asked.into_iter().filter(|(name, _)| own.contains(&name.as_str())).collect());
    }
    let mut changed = owner.clone();
    let mut all = owner.get("passwordCredentials").and_then(Value::as_array).cloned().unwrap_or_default();
    all.push(made.clone());
    changed.insert("passwordCredentials".to_owned(), Value::Array(all));
    state.store.write(call.now, path, Some(changed));
    let mut shown = made.as_object().cloned().unwrap_or_default();
    shown.insert("secretText".to_owned(), json!(secret));
    Ok(Reply::entity(200, call.context("microsoft.graph.passwordCredential"), shown))
}

/// Answers `removePassword`.
pub fn remove_password(state: &mut State, call: &Call<'_>, path: &str, owner: &Object) -> Result<Reply, Refusal> {
    let wanted = text(&call.body()?, "keyId");
    let mut changed = owner.clone();
    let mut all = owner.get("passwordCredentials").and_then(Value::as_array).cloned().unwrap_or_default();
    let before = all.len();
    all.retain(|one| one.get("keyId").and_then(Value::as_str) != Some(wanted.as_str()));
    if all.len() == before {
        return Err(Refusal::value(format!("No password credential found with keyId '{wanted}'.")));
    }
    changed.insert("passwordCredentials".to_owned(), Value::Array(all));
    state.store.write(call.now, path, Some(changed));
    Ok(Reply::no_content())
}
