//! Registered authentication methods: `/users/{id}/authentication/…`.
//!
//! They live inside the user's record, so that every change of one is a version of the user. Source of the rules
//! (fixed ids, one address a user, one number a type, the form of numbers): Graph's pages on the method types.

use serde_json::{Value, json};

use super::answer::{Object, Refusal, Reply};
use super::directory;
use super::permission::denied;
use super::roles;
use super::seed_defaults::{guid, text};
use super::state::{Call, State};

/// A type of method.
struct Kind {
    /// The collection's name under `authentication/`.
    path: &'static str,
    /// The type as `@odata.type` prints it.
    name: &'static str,
    /// The property that a bare string in the seed means.
    main: &'static str,
    /// The methods that writing requests may use.
    writes: &'static [&'static str],
}

const EMAIL_ID: &str = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
const PASSWORD_ID: &str = "28c10230-6103-485e-b985-444c60001490";
/// Phone types with their fixed ids, the same in every tenant.
const PHONES: &[(&str, &str)] = &[
    ("mobile", "3179e48a-750b-4051-897c-87b9720928f7"),
    ("alternateMobile", "b6332ec1-7057-4abe-9331-3d72feddfe41"),
    ("office", "e37fc753-ff3b-4958-9484-eaa9425c82bc"),
];

const KINDS: &[Kind] = &[
    Kind { path: "passwordMethods", name: "#microsoft.graph.passwordAuthenticationMethod", main: "", writes: &[] },
    Kind {
        path: "emailMethods",
        name: "#microsoft.graph.emailAuthenticationMethod",
        main: "emailAddress",
        writes: &["POST", "PATCH", "DELETE"],
    },
    Kind {
        path: "phoneMethods",
        name: "#microsoft.graph.phoneAuthenticationMethod",
        main: "phoneNumber",
        writes: &["POST", "PATCH", "DELETE"],
    },
    Kind {
        path: "microsoftAuthenticatorMethods",
        name: "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "softwareOathMethods",
        name: "#microsoft.graph.softwareOathAuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "fido2Methods",
        name: "#microsoft.graph.fido2AuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "windowsHelloForBusinessMethods",
        name: "#microsoft.graph.windowsHelloForBusinessAuthenticationMethod",
        main: "displayName",
        writes: &["DELETE"],
    },
    Kind {
        path: "temporaryAccessPassMethods",
        name: "#microsoft.graph.temporaryAccessPassAuthenticationMethod",
        main: "",
        writes: &["POST", "DELETE"],
    },
];

fn kind(path: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.path.eq_ignore_ascii_case(path))
}

/// Lists a user's methods of one type, as stored.
pub(super) fn of_kind<'a>(user: &'a Object, path: &str) -> &'a [Value] {
    let methods = user.get("authentication").and_then(|all| all.get(path)).and_then(Value::as_array);
    methods.map_or(&[], Vec::as_slice)
}

/// Answers a request below `/users/{id}/authentication`; `rest` is what follows, as sent.
pub(super) fn answer(state: &mut State, call: &Call<'_>, key: &str, rest: &[String]) -> Result<Reply, Refusal> {
    let found = state.store.users.find(key).ok_or_else(|| Refusal::not_found(key))?;
    let is_read = call.method == "GET";
    let user = if is_read { found.at(call.now) } else { found.newest() };
    let user = user.ok_or_else(|| Refusal::not_found(key))?.as_ref().clone();
    let id = text(&user, "id");
    let standing = directory::standing(&state.store, &id);
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
    match (call.method, lower.as_slice()) {
        ("GET", ["methods"]) => state.list(call, None, "methods", all(&user)),
        ("GET", ["methods", id]) => {
            let found = all(&user).into_iter().find(|method| text(method, "id").eq_ignore_ascii_case(id));
            one(state, call, found.ok_or_else(|| missing(id))?)
        }
        (_, [path]) => {
            let kind = kind(path).ok_or_else(|| Refusal::no_such_path(&call.address.path()))?;
            match call.method {
                "GET" => state.list(call, None, kind.path, shown(&user, kind, false)),
                "POST" if kind.writes.contains(&"POST") => create(state, call, user, kind),
                other => Err(Refusal::method(other)),
            }
        }
        (_, [path, id]) => {
            let kind = kind(path).ok_or_else(|| Refusal::no_such_path(&call.address.path()))?;
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
        _ => Err(Refusal::no_such_path(&call.address.path())),
    }
}

fn one(state: &State, call: &Call<'_>, method: Object) -> Result<Reply, Refusal> {
    state.entity(call, None, "authentication/methods", &method)
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
    let lag = state.store.lag;
    let user = with(user, kind.path, methods);
    if let Some(item) = state.store.users.find_mut(&id) {
        item.write(call.now, lag, Some(user));
    }
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
pub(super) fn drift(user: Object, path: &str, id: &str, patch: &Value) -> Object {
    let Some(kind) = kind(path) else { return user };
    let mut methods = of_kind(&user, kind.path).to_vec();
    let is_it =
        |method: &Value| method.get("id").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(id));
    let mut method = methods.iter().find(|method| is_it(method)).cloned().unwrap_or_else(|| json!({"id": id}));
    methods.retain(|method| !is_it(method));
    if let (Some(method), Some(patch)) = (method.as_object_mut(), patch.as_object()) {
        super::generic::merge(method, patch);
    }
    if !patch.is_null() {
        methods.push(method);
    }
    with(user, kind.path, methods)
}

/// Returns one method as stored.
pub(super) fn find(user: &Object, path: &str, id: &str) -> Option<Value> {
    let methods = of_kind(user, kind(path)?.path).iter();
    let mut found =
        methods.filter(|one| one.get("id").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(id)));
    found.next().cloned()
}

fn phone_id(phone_type: &str) -> Option<&'static str> {
    PHONES.iter().find(|(name, _)| *name == phone_type).map(|(_, id)| *id)
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

fn is_address(text: &str) -> bool {
    text.is_ascii() && text.len() <= 250 && email_address::EmailAddress::is_valid(text)
}

/// Returns whether a number has the form `+1 4255550100` or `+1 4255550100x12`.
fn is_number(text: &str) -> bool {
    let Some((country, rest)) = text.strip_prefix('+').and_then(|text| text.split_once(' ')) else { return false };
    let (number, extension) = rest.split_once('x').unwrap_or((rest, "0"));
    let digits = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(country, 3) && number.len() >= 4 && digits(number, 14) && digits(extension, 10)
}

/// Reads the seed's `authentication` table: lists of tables, or of bare addresses, numbers and names.
pub(super) fn of_seed(given: &Value) -> Result<Value, String> {
    let given = given.as_object().ok_or("`authentication` is a table of lists such as `emailMethods`")?;
    let mut all = Object::new();
    for (path, list) in given {
        let kind = kind(path).filter(|kind| kind.path != "passwordMethods").ok_or_else(|| {
            let names: Vec<&str> =
                KINDS.iter().map(|kind| kind.path).filter(|path| *path != "passwordMethods").collect();
            format!("`{path}` is no list of authentication methods: there are {}", names.join(", "))
        })?;
        let list = list.as_array().ok_or_else(|| format!("`{path}` is a list"))?;
        let mut methods = Vec::new();
        for (place, item) in list.iter().enumerate() {
            let mut method = match item {
                Value::String(text) if !kind.main.is_empty() => {
                    [(kind.main.to_owned(), json!(text))].into_iter().collect::<Object>()
                }
                Value::Object(object) => object.clone(),
                _ => return Err(format!("an entry of `{path}` is a table")),
            };
            let id = match kind.path {
                "emailMethods" if !is_address(&text(&method, "emailAddress")) => {
                    return Err("an e-mail method needs a valid `emailAddress`".to_owned());
                }
                "emailMethods" => EMAIL_ID.to_owned(),
                "phoneMethods" => {
                    if !is_number(&text(&method, "phoneNumber")) {
                        return Err("a phone method needs a `phoneNumber` such as \"+1 4255550100\"".to_owned());
                    }
                    let default = PHONES.get(place).map_or("mobile", |(name, _)| *name);
                    method.entry("phoneType").or_insert_with(|| json!(default));
                    phone_id(&text(&method, "phoneType"))
                        .ok_or("`phoneType` is mobile, alternateMobile or office")?
                        .to_owned()
                }
                _ => guid(&format!("{path} {place} {item}")),
            };
            method.entry("id").or_insert(json!(id));
            method.shift_insert(0, "id".to_owned(), json!(text(&method, "id")));
            methods.push(Value::Object(method));
        }
        all.insert(kind.path.to_owned(), Value::Array(methods));
    }
    Ok(Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for number in ["+1 4255550100", "+49 301234567", "+1 4255550100x12", "+423 1234567"] {
            assert!(is_number(number), "{number}");
        }
        for number in [
            "+14255550100",
            "+1 425 5550100",
            "1 4255550100",
            "+1  4255550100",
            "+1 (425)5550100",
            "+1 4255550100x",
            "+ 425555",
            "",
        ] {
            assert!(!is_number(number), "{number}");
        }
    }
}
