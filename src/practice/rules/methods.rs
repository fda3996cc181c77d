//! Registered authentication methods: `/users/{id}/authentication/…`.
//!
//! They live inside the user's record, so that every change of one is a version of the user. Source of the rules
//! (fixed ids, one address a user, one number a type, the form of numbers): Graph's pages on the method types.

use std::sync::Arc;

use serde_json::{Value, json};

use super::permission::denied;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::method_kinds::{EMAIL_ID, KINDS, Kind, PASSWORD_ID, is_address, is_number, kind, phone_id};
use crate::practice::facts::roles;
use crate::practice::memberships;
use crate::practice::object::{Object, merge, text};
use crate::practice::state::State;
use crate::practice::store::USERS;

/// Lists a user's methods of one type, as stored.
pub fn of_kind<'a>(user: &'a Object, path: &str) -> &'a [Value] {
    let methods = user.get("authentication").and_then(|all| all.get(path)).and_then(Value::as_array);
    methods.map_or(&[], Vec::as_slice)
}

/// Answers a request below `/users/{id}/authentication`; `rest` is what follows, as sent.
pub fn answer(state: &mut State, call: &Call<'_>, key: &str, rest: &[String]) -> Result<Reply, Refusal> {
    let found = state.store.all(USERS).find(key).ok_or_else(|| Refusal::not_found(key))?;
    let is_read = call.method == "GET";
    let user = if is_read { found.at(call.now) } else { found.newest() };
    let user = user.ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
    let id = text(&user, "id");
    let standing = memberships::standing(&state.store, &id);
    let is_self = call.caller.id == id && !call.caller.app_only;
    let allowed = match (is_read, call.caller.app_only) {
        (true, true) => true,
        (true, false) => is_self || roles::may_read_methods(&call.caller.roles, &standing),
        (false, _) => is_self || roles::may_change_methods(&call.caller.roles, &standing),
    };
    if !allowed {
        return Err(denied(call.address, "the caller's directory role does not reach this account's methods"));
    }
    let lower: Vec<String> = rest.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    // Graph of this cloud has phone methods only, and no list of all.
    if state.cloud == "china" && lower.first() != Some(&"phonemethods") {
        return Err(Refusal::no_segment(rest.first().map_or("", String::as_str)));
    }
    match (call.method, lower.as_slice()) {
        ("GET", ["methods"]) => list(state, call, "methods", all(&user)),
        ("GET", ["methods", id]) => {
            let found = all(&user).into_iter().find(|method| text(method, "id").eq_ignore_ascii_case(id));
            one(state, call, found.ok_or_else(|| missing(id))?)
        }
        (_, [path]) => {
            let kind = kind(path).ok_or_else(|| unkept(path))?;
            match call.method {
                "GET" => list(state, call, kind.path, shown(&user, kind, false)),
                "POST" if kind.writes.contains(&"POST") => create(state, call, user, kind),
                other => Err(Refusal::method(other)),
            }
        }
        (_, [path, id]) => {
            let kind = kind(path).ok_or_else(|| unkept(path))?;
            match call.method {
                "GET" => {
                    let found =
                        shown(&user, kind, false).into_iter().find(|one| text(one, "id").eq_ignore_ascii_case(id));
                    one(state, call, found.ok_or_else(|| missing(id))?)
                }
                "PATCH" if kind.writes.contains(&"PATCH") => change(state, call, user, kind, id),
                "DELETE" if kind.writes.contains(&"DELETE") => remove(state, call, user, kind, id),
                other => Err(Refusal::method(other)),
            }
        }
        _ => Err(unkept(&rest.join("/"))),
    }
}

fn unkept(path: &str) -> Refusal {
    Refusal::lacking(&format!("keep `{path}` of an account"))
}

fn one(state: &State, call: &Call<'_>, method: Object) -> Result<Reply, Refusal> {
    state.entity(call, None, "authentication/methods", &method)
}

fn list(state: &State, call: &Call<'_>, name: &str, methods: Vec<Object>) -> Result<Reply, Refusal> {
    state.list(call, None, name, methods.into_iter().map(Arc::new).collect())
}

fn missing(id: &str) -> Refusal {
    Refusal::new(404, "resourceNotFound", format!("The authentication method '{id}' is not registered for this user."))
}

fn all(user: &Object) -> Vec<Object> {
    KINDS.iter().flat_map(|kind| shown(user, kind, true)).collect()
}

fn shown(user: &Object, kind: &Kind, with_type: bool) -> Vec<Object> {
    let password = [json!({"id": PASSWORD_ID, "password": null})];
    let stored = if kind.path == "passwordMethods" { &password } else { of_kind(user, kind.path) };
    let objects = stored.iter().filter_map(Value::as_object);
    let shown = objects.map(|object| {
        let mut method = Object::new();
        if with_type {
            method.insert("@odata.type".to_owned(), json!(kind.name));
        }
        method.extend(object.clone());
        // The value of a pass is shown once, when it is made.
        if kind.path == "temporaryAccessPassMethods" {
            method.insert("temporaryAccessPass".to_owned(), Value::Null);
        }
        method
    });
    shown.collect()
}

fn create(state: &mut State, call: &Call<'_>, user: Object, kind: &Kind) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let mut methods = of_kind(&user, kind.path).to_vec();
    let mut made = Object::new();
    match kind.path {
        "emailMethods" => {
            only(&body, &["emailAddress"])?;
            if !methods.is_empty() {
                return Err(refuse("The user already has an e-mail method."));
            }
            made.insert("id".to_owned(), json!(EMAIL_ID));
            made.insert("emailAddress".to_owned(), json!(address(&body)?));
        }
        "phoneMethods" => {
            only(&body, &["phoneNumber", "phoneType"])?;
            let phone_type = text(&body, "phoneType");
            let id = phone_id(&phone_type).ok_or_else(|| refuse("phoneType is mobile, alternateMobile or office."))?;
            let has = |wanted: &str| methods.iter().any(|one| one.get("phoneType").is_some_and(|kind| kind == wanted));
            if has(&phone_type) {
                return Err(refuse("The user already has a phone method of this type."));
            }
            if phone_type == "alternateMobile" && !has("mobile") {
                return Err(refuse("An alternate mobile phone needs a mobile phone first."));
            }
            made.insert("id".to_owned(), json!(id));
            made.insert("phoneNumber".to_owned(), json!(number(&body)?));
            made.insert("phoneType".to_owned(), json!(phone_type));
            if phone_type == "mobile" {
                made.insert("smsSignInState".to_owned(), json!("notAllowedByPolicy"));
            }
        }
        _ => {
            only(&body, &["lifetimeInMinutes", "isUsableOnce", "startDateTime"])?;
            let lifetime = body.get("lifetimeInMinutes").map_or(Some(60), Value::as_i64);
            let lifetime = lifetime.filter(|minutes| (10..=43_200).contains(minutes));
            let lifetime = lifetime.ok_or_else(|| refuse("lifetimeInMinutes is between 10 and 43200."))?;
            // A new pass takes the place of the old one.
            methods.clear();
            made.insert("id".to_owned(), json!(state.new_id()));
            made.insert("createdDateTime".to_owned(), json!(call.now.to_string()));
            made.insert("lifetimeInMinutes".to_owned(), json!(lifetime));
            let once = body.get("isUsableOnce").and_then(Value::as_bool).unwrap_or(false);
            made.insert("isUsableOnce".to_owned(), json!(once));
            made.insert("isUsable".to_owned(), json!(true));
            made.insert("methodUsabilityReason".to_owned(), json!("EnabledByPolicy"));
        }
    }
    let mut answer = made.clone();
    if kind.path == "temporaryAccessPassMethods" {
        let pass: String = state.new_id().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        answer.insert("temporaryAccessPass".to_owned(), json!(pass));
    }
    methods.push(Value::Object(made));
    store(state, call, user, kind, methods);
    Ok(Reply::entity(201, call.context(&format!("users/authentication/{}/$entity", kind.path)), answer))
}

fn change(state: &mut State, call: &Call<'_>, user: Object, kind: &Kind, id: &str) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let mut methods = of_kind(&user, kind.path).to_vec();
    let found = methods.iter_mut().filter_map(Value::as_object_mut);
    let mut found = found.filter(|method| text(method, "id").eq_ignore_ascii_case(id));
    let Some(method) = found.next() else { return Err(missing(id)) };
    if kind.path == "emailMethods" {
        only(&body, &["id", "emailAddress"])?;
        method.insert("emailAddress".to_owned(), json!(address(&body)?));
    } else {
        only(&body, &["id", "phoneNumber", "phoneType"])?;
        let same = body.get("phoneType").is_none_or(|kind| method.get("phoneType") == Some(kind));
        if !same {
            return Err(refuse("phoneType does not fit the method's id."));
        }
        method.insert("phoneNumber".to_owned(), json!(number(&body)?));
    }
    let answer = method.clone();
    store(state, call, user, kind, methods);
    Ok(Reply::entity(200, call.context(&format!("users/authentication/{}/$entity", kind.path)), answer))
}

fn remove(state: &mut State, call: &Call<'_>, user: Object, kind: &Kind, id: &str) -> Result<Reply, Refusal> {
    let mut methods = of_kind(&user, kind.path).to_vec();
    let before = methods.len();
    let has_alternate =
        methods.iter().any(|method| method.get("phoneType").is_some_and(|kind| kind == "alternateMobile"));
    if phone_id("mobile").is_some_and(|mobile| mobile.eq_ignore_ascii_case(id)) && has_alternate {
        return Err(refuse("The mobile phone stays while there is an alternate mobile phone."));
    }
    methods.retain(|method| method.get("id").and_then(Value::as_str).is_none_or(|own| !own.eq_ignore_ascii_case(id)));
    if methods.len() == before {
        return Err(missing(id));
    }
    store(state, call, user, kind, methods);
    Ok(Reply::no_content())
}

fn store(state: &mut State, call: &Call<'_>, user: Object, kind: &Kind, methods: Vec<Value>) {
    let id = text(&user, "id");
    state.store.write(call.now, &format!("{USERS}/{id}"), Some(with(user, kind.path, methods)));
}

fn with(mut user: Object, path: &str, methods: Vec<Value>) -> Object {
    if let Some(all) = user.entry("authentication").or_insert_with(|| json!({})).as_object_mut() {
        if methods.is_empty() {
            all.shift_remove(path);
        } else {
            all.insert(path.to_owned(), Value::Array(methods));
        }
    }
    user
}

/// Lets somebody else change a user's method (`null` removes it): no rule is checked.
pub fn drift(user: Object, path: &str, id: &str, patch: &Value) -> Object {
    let Some(kind) = kind(path) else { return user };
    let mut methods = of_kind(&user, kind.path).to_vec();
    let is_it =
        |method: &Value| method.get("id").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(id));
    let mut method = methods.iter().find(|method| is_it(method)).cloned().unwrap_or_else(|| json!({"id": id}));
    methods.retain(|method| !is_it(method));
    if let (Some(method), Some(patch)) = (method.as_object_mut(), patch.as_object()) {
        merge(method, patch);
    }
    if !patch.is_null() {
        methods.push(method);
    }
    with(user, kind.path, methods)
}

pub fn find(user: &Object, path: &str, id: &str) -> Option<Value> {
    let methods = of_kind(user, kind(path)?.path).iter();
    let mut found =
        methods.filter(|one| one.get("id").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(id)));
    found.next().cloned()
}

fn only(body: &Object, known: &[&str]) -> Result<(), Refusal> {
    let unknown = body.keys().find(|key| !known.contains(&key.as_str()) && !key.starts_with("@odata."));
    unknown.map_or(Ok(()), |key| Err(refuse(&format!("The property '{key}' cannot be set here."))))
}

fn refuse(message: &str) -> Refusal {
    Refusal::new(400, "badRequest", message)
}

fn address(body: &Object) -> Result<String, Refusal> {
    let address = text(body, "emailAddress");
    if is_address(&address) { Ok(address) } else { Err(refuse("emailAddress is not a valid address.")) }
}

fn number(body: &Object) -> Result<String, Refusal> {
    let number = text(body, "phoneNumber");
    if is_number(&number) {
        return Ok(number);
    }
    Err(refuse(
        "phoneNumber has the form '+{country code} {number}x{extension}', with one space after the country code.",
    ))
}
