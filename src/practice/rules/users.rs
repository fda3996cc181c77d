//! User accounts: what may be read and written of them, by whom, and with which values.

use std::sync::Arc;

use serde_json::{Value, json};

use super::generic::conflict;
use super::permission::denied;
use crate::contract;
use crate::ports::user::WITHOUT_SELECT;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::roles::{
    AUTH_ADMIN, DIRECTORY_WRITERS, GLOBAL_ADMIN, HELPDESK_ADMIN, PRIVILEGED_AUTH_ADMIN, USER_ADMIN,
    may_take_sensitive_action,
};
use crate::practice::facts::schema::Schema;
use crate::practice::memberships;
use crate::practice::object::{Object, merge, text};
use crate::practice::query::{Query, shape};
use crate::practice::state::State;
use crate::practice::store::{DELETED, USERS};

/// Permissions that reach the account of the person who signed in, and no other.
const OWN_ACCOUNT: &[&str] = &["User.Read", "User.ReadWrite"];
/// Properties whose change needs a role above the account's own.
const SENSITIVE: &[&str] = &[
    "accountEnabled",
    "businessPhones",
    "mobilePhone",
    "onPremisesImmutableId",
    "otherMails",
    "passwordProfile",
    "userPrincipalName",
];
/// Properties of a synchronized account that only the on-premises directory can change.
const MASTERED_ON_PREMISES: &[&str] = &[
    "accountEnabled",
    "businessPhones",
    "city",
    "companyName",
    "country",
    "department",
    "displayName",
    "employeeId",
    "faxNumber",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "onPremisesExtensionAttributes",
    "postalCode",
    "state",
    "streetAddress",
    "surname",
    "userPrincipalName",
];

/// What the answer to a restoration shows.
const HERE: [&str; 4] = ["@odata.type", "id", "displayName", "userPrincipalName"];

/// Answers `/users` and `/users/$count`.
pub fn users(state: &mut State, call: &Call<'_>, schema: Option<&Schema>) -> Result<Reply, Refusal> {
    if call.method == "POST" {
        return create(state, call, schema);
    }
    let mut query = Query::of_list(call.address, call.request, schema, state.page_size)?;
    limit(&mut query, call, false)?;
    state.collection(call, schema, "users", state.store.all(USERS), &query)
}

/// Answers `/users/{id}`.
pub fn user(state: &mut State, call: &Call<'_>, key: &str, schema: Option<&Schema>) -> Result<Reply, Refusal> {
    let item = state.store.all(USERS).find(key).ok_or_else(|| Refusal::not_found(key))?;
    if call.method == "GET" {
        let mut query = Query::of_entity(call.address, schema)?;
        let user = item.at(call.now).ok_or_else(|| Refusal::not_found(key))?;
        limit(&mut query, call, text(user, "id") == call.caller.id)?;
        return state.entity_by(call, schema, "users", user, &query);
    }
    let user = item.newest().ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
    match call.method {
        "PATCH" => change(state, call, user, schema),
        "DELETE" => remove(state, call, user),
        other => Err(Refusal::method(other)),
    }
}

/// Refuses what the token's permissions do not reach, and narrows the default set to what they do.
fn limit(query: &mut Query, call: &Call<'_>, is_self: bool) -> Result<(), Refusal> {
    let held = |scope: &str| call.caller.has_any(&[scope]);
    let narrow: Vec<(&str, &[&str])> = contract::narrow_scopes("user").filter(|(scope, _)| held(scope)).collect();
    let is_narrow = |scope: &str| contract::narrow_scopes("user").any(|(narrow, _)| narrow == scope);
    let whole = contract::readers("/users/{id}").into_iter().any(|scope| !is_narrow(scope) && held(scope));
    if whole || is_self && call.caller.has_any(OWN_ACCOUNT) {
        return Ok(());
    }
    if !is_self && narrow.is_empty() {
        return Err(denied(call.address, "the token's permissions reach the own account alone"));
    }
    let basic = contract::narrow_scopes("user").filter(|(scope, _)| *scope == "User.ReadBasic.All");
    let readable: Vec<&str> = narrow.into_iter().chain(basic).flat_map(|(_, names)| names).copied().collect();
    let filtered = query.filter.iter().flat_map(|filter| filter.properties());
    let wanted = query.select.iter().flatten().map(String::as_str).chain(filtered);
    if let Some(name) = wanted.into_iter().find(|name| !readable.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        return Err(denied(
            call.address,
            &format!("the token's permissions do not read the property {name}; User.Read.All does"),
        ));
    }
    if query.select.as_ref().is_none_or(Vec::is_empty) {
        let names = WITHOUT_SELECT.iter().filter(|name| readable.contains(name));
        query.select = Some(names.map(|name| (*name).to_owned()).collect());
    }
    Ok(())
}

fn change(state: &mut State, call: &Call<'_>, mut user: Object, schema: Option<&Schema>) -> Result<Reply, Refusal> {
    let body = spelled(call.body()?, schema);
    if body.is_empty() {
        return Err(Refusal::value("The request changes nothing: its body has no property."));
    }
    let id = text(&user, "id");
    if body.keys().any(|name| SENSITIVE.contains(&name.as_str())) {
        let standing = memberships::standing(&state.store, &id);
        if !may_take_sensitive_action(&call.caller.roles, &standing) {
            return Err(denied(
                call.address,
                "the caller's directory role does not reach this account's sensitive properties",
            ));
        }
    } else {
        may_write(call)?;
    }
    let synchronized = user.get("onPremisesSyncEnabled").and_then(Value::as_bool).unwrap_or(false);
    if synchronized && body.keys().any(|name| MASTERED_ON_PREMISES.contains(&name.as_str())) {
        return Err(Refusal::value(
            "Unable to update the specified properties for objects that are mastered on-premises by directory synchronization.",
        ));
    }
    check_values(state, &body, Some(&id))?;
    let name = text(&body, "userPrincipalName");
    merge(&mut user, &body);
    // What a password is set to is never kept.
    user.shift_remove("passwordProfile");
    keep(state, call, user);
    if !name.is_empty() {
        state.store.under(USERS, true).also_known_as(&id, &name);
    }
    Ok(Reply::no_content())
}

fn create(state: &mut State, call: &Call<'_>, schema: Option<&Schema>) -> Result<Reply, Refusal> {
    let mut user = spelled(call.body()?, schema);
    may_write(call)?;
    check_values(state, &user, None)?;
    user.shift_remove("passwordProfile");
    user.retain(|_, value| !value.is_null());
    user.entry("userType").or_insert(json!("Member"));
    let id = state.new_id();
    user.shift_insert(0, "id".to_owned(), json!(id));
    user.insert("createdDateTime".to_owned(), json!(call.now.to_string()));
    let shown = shape(&user, None, schema, state.shows_nulls);
    named(state, call, user);
    Ok(Reply::entity(201, call.context("users/$entity"), shown))
}

/// Writes an account.
fn keep(state: &mut State, call: &Call<'_>, user: Object) {
    state.store.write(call.now, &format!("/users/{}", text(&user, "id")), Some(user));
}

/// Writes an account that is found by its user principal name from now on.
fn named(state: &mut State, call: &Call<'_>, user: Object) {
    let (id, name) = (text(&user, "id"), text(&user, "userPrincipalName"));
    keep(state, call, user);
    state.store.under(USERS, true).also_known_as(&id, &name);
}

fn remove(state: &mut State, call: &Call<'_>, mut user: Object) -> Result<Reply, Refusal> {
    let id = text(&user, "id");
    sensitive(state, call, &id)?;
    state.store.write(call.now, &format!("/users/{id}"), None);
    user.insert("deletedDateTime".to_owned(), json!(call.now.to_string()));
    user.shift_insert(0, "@odata.type".to_owned(), json!("#microsoft.graph.user"));
    let name = text(&user, "userPrincipalName");
    state.store.write(call.now, &format!("/directory/deletedItems/{id}"), Some(user));
    state.store.under(DELETED, true).also_known_as(&id, &name);
    Ok(Reply::no_content())
}

/// Answers `/directory/deletedItems/{id}/restore`.
pub fn restore(state: &mut State, call: &Call<'_>, key: &str) -> Result<Reply, Refusal> {
    let found = state.store.all(DELETED).find(key).and_then(|item| item.newest()).cloned();
    let mut user = found.ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
    let id = text(&user, "id");
    sensitive(state, call, &id)?;
    user.shift_remove("deletedDateTime");
    let name = text(&user, "userPrincipalName");
    let taken = state.store.all(USERS).find(&name).and_then(|item| item.newest());
    if taken.is_some_and(|other| text(other, "userPrincipalName").eq_ignore_ascii_case(&name)) {
        return Err(conflict("userPrincipalName"));
    }
    let shown = user.iter().filter(|(name, _)| HERE.contains(&name.as_str()));
    let shown = shown.map(|(name, value)| (name.clone(), value.clone())).collect();
    user.shift_remove("@odata.type");
    state.store.write(call.now, &format!("{DELETED}/{id}"), None);
    named(state, call, user);
    Ok(Reply::entity(200, call.context("directoryObjects/$entity"), shown))
}

/// Answers `/users/{id}/revokeSignInSessions`.
pub fn revoke_sessions(state: &mut State, call: &Call<'_>, key: &str) -> Result<Reply, Refusal> {
    let found = state.store.all(USERS).find(key).and_then(|item| item.newest()).map(Arc::clone);
    let mut user = found.ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
    let id = text(&user, "id");
    if !call.caller.app_only && call.caller.id != id {
        let roles = [GLOBAL_ADMIN, PRIVILEGED_AUTH_ADMIN, USER_ADMIN, AUTH_ADMIN, HELPDESK_ADMIN];
        if !roles.iter().any(|role| call.caller.roles.iter().any(|held| held == role)) {
            return Err(denied(call.address, "the signed-in account lacks the directory role for it"));
        }
    }
    user.insert("signInSessionsValidFromDateTime".to_owned(), json!(call.now.to_string()));
    keep(state, call, user);
    let context = call.context("Edm.Boolean");
    Ok(Reply::json(200, json!({"@odata.context": context, "value": true})))
}

fn sensitive(state: &State, call: &Call<'_>, id: &str) -> Result<(), Refusal> {
    let standing = memberships::standing(&state.store, id);
    if may_take_sensitive_action(&call.caller.roles, &standing) {
        return Ok(());
    }
    Err(denied(call.address, "the caller's directory role does not reach this account"))
}

fn may_write(call: &Call<'_>) -> Result<(), Refusal> {
    let roles = [GLOBAL_ADMIN, USER_ADMIN, DIRECTORY_WRITERS];
    if call.caller.app_only || roles.iter().any(|role| call.caller.roles.iter().any(|held| held == role)) {
        return Ok(());
    }
    Err(denied(call.address, "the signed-in account lacks the directory role for it"))
}

/// Gives a body's properties their declared spelling, and leaves out what is said about them.
fn spelled(body: Object, schema: Option<&Schema>) -> Object {
    let own = body.into_iter().filter(|(name, _)| !name.contains('@'));
    own.map(|(name, value)| {
        let declared = schema.and_then(|schema| schema.property(&name)).unwrap_or(&name).to_owned();
        (declared, value)
    })
    .collect()
}

fn check_values(state: &State, body: &Object, id: Option<&str>) -> Result<(), Refusal> {
    let invalid =
        |name: &str| Refusal::value(format!("Invalid value specified for property '{name}' of resource 'User'."));
    for (name, value) in body {
        let name = name.as_str();
        let fits = match name {
            "accountEnabled" | "passwordProfile" => !value.is_null(),
            "displayName" | "userPrincipalName" | "mailNickname" => {
                value.as_str().is_some_and(|text| !text.is_empty() && text.len() <= 256)
            }
            "mobilePhone" => value.is_null() || value.as_str().is_some_and(|text| text.chars().count() <= 64),
            _ => true,
        };
        if !fits {
            return Err(invalid(name));
        }
    }
    let texts = |name: &str| body.get(name).and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let is_address =
        |value: &Value| value.as_str().is_some_and(|text| text.is_ascii() && text.len() <= 250 && text.contains('@'));
    if texts("otherMails").len() > 250 || !texts("otherMails").iter().all(is_address) {
        return Err(invalid("otherMails"));
    }
    if texts("businessPhones").len() > 1 {
        return Err(invalid("businessPhones"));
    }
    let Some(name) = body.get("userPrincipalName").and_then(Value::as_str) else { return Ok(()) };
    let domain = name.rsplit_once('@').map_or("", |(_, domain)| domain);
    let verified = state.store.all("/domains").find(domain).and_then(|domain| domain.newest());
    if verified.is_none() {
        return Err(Refusal::value(
            "The domain portion of the userPrincipalName property is invalid: it is not a verified domain of this tenant.",
        ));
    }
    let other = state.store.all(USERS).find(name).and_then(|item| item.newest());
    if other.is_some_and(|other| {
        text(other, "userPrincipalName").eq_ignore_ascii_case(name) && Some(text(other, "id").as_str()) != id
    }) {
        return Err(conflict("userPrincipalName"));
    }
    Ok(())
}
