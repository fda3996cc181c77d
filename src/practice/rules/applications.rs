//! App registrations and service principals: how they come and go together, and the lists below them.
//!
//! A registration has an `appId` of its own; at most one service principal stands for it, and goes when it goes.
//! Consents (`/oauth2PermissionGrants`) are free in form. Source: the v1.0 reference pages of the two types.
//! Owners, federated credentials and keys below them are what a seed declares.

use serde_json::{Value, json};

use super::generic;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::schema;
use crate::practice::object::{Object, text};
use crate::practice::state::State;
use crate::practice::store::{Collection, app_key};

const APPLICATIONS: &str = "/applications";
const PRINCIPALS: &str = "/serviceprincipals";

/// Answers `POST /applications`.
pub fn register(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut application = generic::created(call, schema::of(APPLICATIONS))?;
    if text(&application, "displayName").is_empty() {
        return Err(Refusal::value("A value is required for property 'displayName' of resource 'Application'."));
    }
    well_formed(&application)?;
    application.shift_remove("appId");
    application.insert("appId".to_owned(), json!(state.new_id()));
    application.insert("createdDateTime".to_owned(), json!(call.now.to_string()));
    application.entry("signInAudience").or_insert(json!("AzureADMyOrg"));
    for list in ["identifierUris", "keyCredentials", "passwordCredentials", "requiredResourceAccess"] {
        application.entry(list).or_insert(json!([]));
    }
    for (platform, list) in [("publicClient", "redirectUris"), ("web", "redirectUris"), ("spa", "redirectUris")] {
        application.entry(platform).or_insert_with(|| json!({list: []}));
    }
    let key = app_key(&text(&application, "appId"));
    generic::create(state, call, APPLICATIONS, application, Some(&key))
}

/// Answers `PATCH /applications/{id}`.
pub fn change(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    well_formed(&call.body()?)?;
    generic::answer(state, call)
}

/// Answers `DELETE /applications/{id}`: its service principal goes with it.
pub fn unregister(state: &mut State, call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let gone = state.store.collection(APPLICATIONS).and_then(|all| all.find(id)?.newest().cloned());
    let reply = generic::answer(state, call)?;
    if let Some(application) = gone {
        state.write(call.now, PRINCIPALS, &app_key(&text(&application, "appId")), None);
    }
    Ok(reply)
}

/// Answers `POST /servicePrincipals`.
pub fn enrol(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut principal = generic::created(call, schema::of(PRINCIPALS))?;
    let app = text(&principal, "appId");
    let known = state.store.collection(APPLICATIONS).and_then(|all| all.find(&app_key(&app))?.newest().cloned());
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
    if state.store.service_principals.find(&app_key(&app)).is_some_and(|item| item.newest().is_some()) {
        let message = "The service principal cannot be created: the appId is in use by another one of this tenant.";
        return Err(Refusal::new(409, "Request_MultipleObjectsWithSameKeyValue", message));
    }
    principal.insert("displayName".to_owned(), json!(text(&application, "displayName")));
    principal.insert("servicePrincipalType".to_owned(), json!("Application"));
    principal.entry("accountEnabled").or_insert(json!(true));
    principal.entry("appRoleAssignmentRequired").or_insert(json!(false));
    generic::create(state, call, PRINCIPALS, principal, Some(&app_key(&app)))
}

/// Answers a list below an application or service principal: there where its owner is, empty until something is in it.
pub fn below(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let segments = call.address.segments.get(..3).unwrap_or_default();
    let [kind, id, name] = segments else { return generic::answer(state, call) };
    let owner = state.store.collection(&format!("/{}", kind.to_ascii_lowercase())).and_then(|all| all.find(id));
    if owner.and_then(|item| item.newest()).is_none() {
        return Err(Refusal::not_found(id));
    }
    let path = format!("/{kind}/{id}/{name}");
    state.store.others.entry(path.to_ascii_lowercase()).or_insert_with(|| Collection::new(&path));
    generic::answer(state, call)
}

/// Refuses values of the wrong type where an administrator would meet the refusal: redirects and wanted permissions.
fn well_formed(body: &Object) -> Result<(), Refusal> {
    let wrong = |name: &str| {
        Refusal::value(format!(
            "A value without a type name was found and no expected type is available, or it does not fit '{name}'."
        ))
    };
    for platform in ["publicClient", "web", "spa"] {
        let Some(given) = body.get(platform).filter(|given| !given.is_null()) else { continue };
        let uris = given.as_object().ok_or_else(|| wrong(platform))?.get("redirectUris");
        if uris.is_some_and(|uris| !is_list_of(uris, Value::is_string)) {
            return Err(wrong(platform));
        }
    }
    let access = |one: &Value| {
        let kind = one.get("type").and_then(Value::as_str);
        let id = one.get("id").and_then(Value::as_str).is_some_and(is_guid);
        id && matches!(kind, Some("Scope" | "Role")) && one.as_object().is_some_and(|one| one.len() == 2)
    };
    let resource = |one: &Value| {
        let app = one.get("resourceAppId").and_then(Value::as_str).is_some_and(is_guid);
        app && one.get("resourceAccess").is_some_and(|list| is_list_of(list, access))
    };
    match body.get("requiredResourceAccess") {
        Some(wanted) if !is_list_of(wanted, resource) => Err(wrong("requiredResourceAccess")),
        _ => Ok(()),
    }
}

fn is_list_of(value: &Value, is_one: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(is_one))
}

fn is_guid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}
