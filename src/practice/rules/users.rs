//! User accounts: what may be read and written of them, by whom, and with which values.

use std::sync::Arc;

use serde_json::{Value, json};

use super::permission::denied;
use crate::contract;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::roles::{
    AUTH_ADMIN, DIRECTORY_WRITERS, GLOBAL_ADMIN, HELPDESK_ADMIN, PRIVILEGED_AUTH_ADMIN, USER_ADMIN,
    may_take_sensitive_action,
};
use crate::practice::facts::schema::USER;
use crate::practice::memberships;
use crate::practice::object::{Object, merge, text};
use crate::practice::query::{Query, shape};
use crate::practice::state::State;

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
/// Properties of a synchronised account that only the on-premises directory can change.
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
const LISTS_OF_TEXT: &[&str] = &["businessPhones", "otherMails", "imAddresses"];

/// Answers `/users` and `/users/$count`.
pub fn users(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    match call.method {
        "GET" => {
            let mut query = Query::of_list(call.address, call.request, Some(&USER), state.page_size)?;
            limit(&mut query, call, false)?;
            state.collection(call, Some(&USER), &state.store.users, &query)
        }
        "POST" => create(state, call),
        other => Err(Refusal::method(other)),
    }
}

/// Answers `/users/{id}`.
pub fn user(state: &mut State, call: &Call<'_>, key: &str) -> Result<Reply, Refusal> {
    let item = state.store.users.find(key).ok_or_else(|| Refusal::not_found(key))?;
    match call.method {
        "GET" => {
            let mut query = Query::of_entity(call.address, Some(&USER))?;
            let user = item.at(call.now).ok_or_else(|| Refusal::not_found(key))?;
            limit(&mut query, call, text(user, "id") == call.caller.id)?;
            state.entity_by(call, Some(&USER), "users", user, &query)
        }
        "PATCH" => {
            let user = item.newest().ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
            change(state, call, user)
        }
        "DELETE" => {
            let user = item.newest().ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
            remove(state, call, user)
        }
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
        let names = USER.default.iter().filter(|name| readable.contains(name));
        query.select = Some(names.map(|name| (*name).to_owned()).collect());
    }
    Ok(())
}

fn change(state: &mut State, call: &Call<'_>, mut user: Object) -> Result<Reply, Refusal> {
    let body = known(call.body()?)?;
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
    let synchronised = user.get("onPremisesSyncEnabled").and_then(Value::as_bool).unwrap_or(false);
    if synchronised && body.keys().any(|name| MASTERED_ON_PREMISES.contains(&name.as_str())) {
        return Err(Refusal::value(
            "Unable to update the specified properties for objects that are mastered on-premises by directory synchronisation.",
        ));
    }
    check_values(state, &body, Some(&id))?;
    let name = text(&body, "userPrincipalName");
    merge(&mut user, &body);
    // What a password is set to is never kept.
    user.shift_remove("passwordProfile");
    state.write(call.now, "/users", &id, Some(user));
    if !name.is_empty() {
        state.store.users.also_known_as(&id, &name);
    }
    Ok(Reply::no_content())
}

fn create(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut user = known(call.body()?)?;
    may_write(call)?;
    for name in ["accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"] {
        if user.get(name).is_none_or(Value::is_null) {
            return Err(Refusal::value(format!("A value is required for property '{name}' of resource 'User'.")));
        }
    }
    check_values(state, &user, None)?;
    user.shift_remove("passwordProfile");
    user.retain(|_, value| !value.is_null());
    user.entry("userType").or_insert(json!("Member"));
    let id = state.new_id();
    user.shift_insert(0, "id".to_owned(), json!(id));
    user.insert("createdDateTime".to_owned(), json!(call.now.to_string()));
    let lag = state.store.lag;
    let name = text(&user, "userPrincipalName");
    state.store.users.create(call.now, lag, user.clone(), &[&id, &name]);
    let shown = shape(&user, None, Some(&USER), state.shows_nulls);
    Ok(Reply::entity(201, call.context("users/$entity"), shown))
}

fn remove(state: &mut State, call: &Call<'_>, mut user: Object) -> Result<Reply, Refusal> {
    let id = text(&user, "id");
    sensitive(state, call, &id)?;
    state.write(call.now, "/users", &id, None);
    user.insert("deletedDateTime".to_owned(), json!(call.now.to_string()));
    user.shift_insert(0, "@odata.type".to_owned(), json!("#microsoft.graph.user"));
    let lag = state.store.lag;
    let name = text(&user, "userPrincipalName");
    let bin = "/directory/deleteditems";
    let known = state.store.collection(bin).is_some_and(|bin| bin.find(&id).is_some());
    if known {
        state.write(call.now, bin, &id, Some(user));
    } else if let Some(bin) = state.store.collection_mut(bin) {
        bin.create(call.now, lag, user, &[&id, &name]);
    }
    Ok(Reply::no_content())
}

/// Answers `/directory/deletedItems/{id}/restore`.
pub fn restore(state: &mut State, call: &Call<'_>, key: &str) -> Result<Reply, Refusal> {
    let bin = "/directory/deleteditems";
    let found = state.store.collection(bin).and_then(|bin| bin.find(key)?.newest()).cloned();
    let mut user = found.ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
    let id = text(&user, "id");
    sensitive(state, call, &id)?;
    user.shift_remove("deletedDateTime");
    let shown = shape(&user, None, None, false);
    user.shift_remove("@odata.type");
    state.write(call.now, bin, &id, None);
    if state.store.users.find(&id).is_some() {
        state.write(call.now, "/users", &id, Some(user));
    } else {
        let name = text(&user, "userPrincipalName");
        state.store.users.create(call.now, state.store.lag, user, &[&id, &name]);
    }
    Ok(Reply::entity(200, call.context("directoryObjects/$entity"), shown))
}

/// Answers `/users/{id}/revokeSignInSessions`.
pub fn revoke_sessions(state: &mut State, call: &Call<'_>, key: &str) -> Result<Reply, Refusal> {
    if call.method != "POST" {
        return Err(Refusal::method(call.method));
    }
    let found = state.store.users.find(key).and_then(|item| item.newest()).map(Arc::clone);
    let mut user = found.ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
    let id = text(&user, "id");
    if !call.caller.app_only && call.caller.id != id {
        let roles = [GLOBAL_ADMIN, PRIVILEGED_AUTH_ADMIN, USER_ADMIN, AUTH_ADMIN, HELPDESK_ADMIN];
        if !roles.iter().any(|role| call.caller.roles.iter().any(|held| held == role)) {
            return Err(denied(call.address, "the signed-in account lacks the directory role for it"));
        }
    }
    user.insert("signInSessionsValidFromDateTime".to_owned(), json!(call.now.to_string()));
    state.write(call.now, "/users", &id, Some(user));
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

/// Gives a body's properties their declared spelling and refuses others.
fn known(body: Object) -> Result<Object, Refusal> {
    let mut known = Object::with_capacity(body.len());
    for (name, value) in body {
        if name.contains("@odata.") {
            continue;
        }
        let property = USER.property(&name);
        let property = property.or_else(|| name.starts_with("extension_").then_some(""));
        match property {
            None => {
                let message = format!("Property '{name}' does not exist as a declared property or extension property.");
                return Err(Refusal::value(message));
            }
            Some(property) if USER.read_only.contains(&property) => {
                return Err(Refusal::value(format!("Property '{property}' is read-only and cannot be set.")));
            }
            Some("") => known.insert(name, value),
            Some(property) => known.insert(property.to_owned(), value),
        };
    }
    Ok(known)
}

fn check_values(state: &State, body: &Object, id: Option<&str>) -> Result<(), Refusal> {
    let invalid =
        |name: &str| Refusal::value(format!("Invalid value specified for property '{name}' of resource 'User'."));
    for (name, value) in body {
        let name = name.as_str();
        let fits = match name {
            "accountEnabled" => value.is_boolean(),
            "passwordProfile" => value.is_object(),
            _ if LISTS_OF_TEXT.contains(&name) => {
                value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
            }
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
    let verified = state.store.collection("/domains").and_then(|domains| domains.find(domain)?.newest());
    if verified.is_none() {
        return Err(Refusal::value(
            "The domain portion of the userPrincipalName property is invalid: it is not a verified domain of this tenant.",
        ));
    }
    let other = state.store.users.find(name).and_then(|item| item.newest());
    if other.is_some_and(|other| {
        text(other, "userPrincipalName").eq_ignore_ascii_case(name) && Some(text(other, "id").as_str()) != id
    }) {
        return Err(Refusal::value(
            "Another object with the same value for property userPrincipalName already exists.",
        ));
    }
    Ok(())
}
