//! Objects that are free in form: policies, applications, and whatever else a seed declares.
//!
//! PATCH merges nested objects and null removes, PUT replaces, POST to a collection mints an id, DELETE removes.

use serde_json::{Value, json};

use super::permission::fits;
use crate::practice::answer::{Body, Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::schema;
use crate::practice::object::{Object, json_of, merge, text};
use crate::practice::query::Query;
use crate::practice::state::State;

/// Answers a request to a path that has no rules of its own.
pub fn answer(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let path = path_of(state, call);
    if state.store.singletons.contains_key(&path) {
        return singleton(state, call, &path);
    }
    let counted = path.strip_suffix("/$count").filter(|_| call.method == "GET");
    let list = counted.unwrap_or(&path);
    if state.store.collection(list).is_some() {
        return collection(state, call, list);
    }
    if let Some(reply) = action(state, call, &path) {
        return reply;
    }
    if let Some((parent, _)) = path.rsplit_once('/')
        && state.store.collection(parent).is_some()
    {
        let parent = parent.to_owned();
        return item(state, call, &parent);
    }
    Err(Refusal::no_such_path(&call.address.path()))
}

/// Returns the lower-case path, a user's name in it replaced by the id, beta's doubled policy name by v1.0's.
fn path_of(state: &State, call: &Call<'_>) -> String {
    let mut segments = call.address.lower.clone();
    if segments.first().is_some_and(|first| first == "users")
        && let Some(key) = segments.get_mut(1)
        && let Some(user) = state.store.users.find(key).and_then(|item| item.newest())
    {
        *key = text(user, "id").to_ascii_lowercase();
    }
    if call.address.version == "beta"
        && segments.ends_with(&["authorizationpolicy".to_owned(), "authorizationpolicy".to_owned()])
    {
        segments.pop();
    }
    segments.iter().fold(String::new(), |path, segment| path + "/" + segment)
}

fn singleton(state: &mut State, call: &Call<'_>, path: &str) -> Result<Reply, Refusal> {
    let schema = schema::of(path);
    let lag = state.store.lag;
    let gone = || Refusal::not_found(&call.address.path());
    let single = state.store.singletons.get(path).ok_or_else(gone)?;
    let name = single.path.trim_start_matches('/').to_owned();
    if call.method == "GET" {
        let object = single.object.at(call.now).ok_or_else(gone)?;
        return state.entity(call, schema, &name, object);
    }
    let newest = single.object.newest().map(|object| object.as_ref().clone());
    let object = match call.method {
        "PATCH" => {
            let body = checked(call, schema)?;
            let mut object = newest.ok_or_else(gone)?;
            merge(&mut object, &body);
            Some(object)
        }
        "PUT" => {
            let body = checked(call, schema)?;
            let id = newest.as_ref().and_then(|object| object.get("id").cloned());
            Some(replaced(body, id))
        }
        "DELETE" if newest.is_some() => None,
        "DELETE" => return Err(gone()),
        other => return Err(Refusal::method(other)),
    };
    if let Some(single) = state.store.singletons.get_mut(path) {
        single.object.write(call.now, lag, object.clone());
    }
    // This one setting answers with the object; the others answer with nothing.
    match object {
        Some(object) if path == "/admin/reportsettings" && call.method == "PATCH" => {
            state.entity(call, schema, &name, &object)
        }
        _ => Ok(Reply::no_content()),
    }
}

fn collection(state: &mut State, call: &Call<'_>, path: &str) -> Result<Reply, Refusal> {
    let schema = schema::of(path);
    match call.method {
        "GET" => {
            let query = Query::of_list(call.address, call.request, schema, state.page_size)?;
            let found = state.store.collection(path).ok_or_else(|| Refusal::not_found(path))?;
            state.collection(call, schema, found, &query)
        }
        "POST" => {
            let object = created(call, schema)?;
            create(state, call, path, object, None)
        }
        other => Err(Refusal::method(other)),
    }
}

/// Reads the body of a creation and refuses properties that the type does not have.
pub fn created(call: &Call<'_>, schema: Option<&schema::Schema>) -> Result<Object, Refusal> {
    let mut object = clean(call.body()?);
    if let Some(unknown) = schema.and_then(|schema| unknown_property(&object, schema)) {
        return Err(unknown);
    }
    object.retain(|_, value| !value.is_null());
    Ok(object)
}

/// Adds an object to the collection at a lower-case path under an id that is minted for it, and under another name.
pub fn create(
    state: &mut State,
    call: &Call<'_>,
    path: &str,
    mut object: Object,
    name: Option<&str>,
) -> Result<Reply, Refusal> {
    let id = state.new_id();
    object.shift_remove("id");
    object.shift_insert(0, "id".to_owned(), json!(id));
    let lag = state.store.lag;
    let found = state.store.collection_mut(path).ok_or_else(|| Refusal::not_found(path))?;
    let context = format!("{}/$entity", found.path.trim_start_matches('/'));
    let keys: Vec<&str> = std::iter::once(id.as_str()).chain(name).collect();
    found.create(call.now, lag, object.clone(), &keys);
    Ok(Reply::entity(201, call.context(&context), object))
}

fn item(state: &mut State, call: &Call<'_>, parent: &str) -> Result<Reply, Refusal> {
    let schema = schema::of(parent);
    let key = call.address.segments.last().cloned().unwrap_or_default();
    let gone = || Refusal::not_found(&key);
    let all = state.store.collection(parent).ok_or_else(gone)?;
    let name = all.path.trim_start_matches('/').to_owned();
    let found = all.find(&key);
    if call.method == "GET" {
        let object = found.and_then(|item| item.at(call.now)).ok_or_else(gone)?;
        return state.entity(call, schema, &name, object);
    }
    let newest = found.and_then(|item| item.newest()).map(|object| object.as_ref().clone());
    match call.method {
        "PATCH" => {
            let body = clean(checked(call, schema)?);
            let mut object = newest.ok_or_else(gone)?;
            merge(&mut object, &body);
            state.write(call.now, parent, &key, Some(object.clone()));
            if parent.ends_with("/messagerules") {
                return state.entity(call, schema, &name, &object);
            }
            Ok(Reply::no_content())
        }
        "PUT" => {
            let body = checked(call, schema)?;
            let object = replaced(body, Some(json!(key)));
            if found.is_some() {
                state.write(call.now, parent, &key, Some(object));
                return Ok(Reply::no_content());
            }
            let lag = state.store.lag;
            if let Some(all) = state.store.collection_mut(parent) {
                all.create(call.now, lag, object.clone(), &[&key]);
            }
            Ok(Reply::entity(201, call.context(&format!("{name}/$entity")), object))
        }
        "DELETE" => {
            newest.ok_or_else(gone)?;
            state.write(call.now, parent, &key, None);
            Ok(Reply::no_content())
        }
        other => Err(Refusal::method(other)),
    }
}

/// Answers a call that the seed declares.
fn action(state: &mut State, call: &Call<'_>, path: &str) -> Option<Result<Reply, Refusal>> {
    let full: Vec<String> =
        std::iter::once(call.address.version.to_owned()).chain(call.address.lower.iter().cloned()).collect();
    let found = state.actions.iter().find(|action| fits(&action.path.to_ascii_lowercase(), &full))?.clone();
    if call.method != "POST" {
        return Some(Err(Refusal::method(call.method)));
    }
    if let Some(sets) = found.sets {
        let (parent, _) = path.rsplit_once('/')?;
        let patch = json_of(toml::Value::Table(sets));
        if !drift(state, call.now, parent, &patch, false) {
            return Some(Err(Refusal::not_found(parent)));
        }
    }
    let body = found.body.map(json_of);
    Some(Ok(match body {
        Some(body) => Reply::json(found.status.unwrap_or(200), body),
        None => Reply { status: found.status.unwrap_or(204), body: Body::Empty },
    }))
}

/// Changes the object at a lower-case path without any rule, as another administrator would have; `null` deletes it.
/// Seen by reads at once where `at_once`. Returns whether there is such an object.
pub fn drift(state: &mut State, now: jiff::Timestamp, path: &str, patch: &Value, at_once: bool) -> bool {
    let lag = if at_once { std::time::Duration::ZERO } else { state.store.lag };
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if let ["users", key, "authentication", kind, id] = segments.as_slice() {
        let Some(item) = state.store.users.find_mut(key) else { return false };
        let Some(user) = item.newest().map(|user| user.as_ref().clone()) else { return false };
        item.write(now, lag, Some(super::methods::drift(user, kind, id, patch)));
        return true;
    }
    let item = match state.store.singletons.get_mut(path) {
        Some(single) => Some(&mut single.object),
        None => path.rsplit_once('/').and_then(|(parent, key)| state.store.collection_mut(parent)?.find_mut(key)),
    };
    let Some(item) = item else { return false };
    let changed = match (patch, item.newest()) {
        (Value::Object(patch), Some(object)) => {
            let mut object = object.as_ref().clone();
            merge(&mut object, patch);
            Some(object)
        }
        (Value::Object(patch), None) => Some(patch.clone()),
        _ => None,
    };
    item.write(now, lag, changed);
    true
}

/// Reads a body and refuses properties that the type does not have or that nobody may set.
fn checked(call: &Call<'_>, schema: Option<&schema::Schema>) -> Result<Object, Refusal> {
    let body = call.body()?;
    let Some(schema) = schema else { return Ok(body) };
    if let Some(unknown) = unknown_property(&body, schema) {
        return Err(unknown);
    }
    let known = body.keys().filter_map(|name| schema.property(name));
    if let Some(name) = known.into_iter().find(|name| schema.read_only.contains(name)) {
        return Err(Refusal::value(format!("Property '{name}' is read-only and cannot be set.")));
    }
    Ok(body)
}

/// Returns the refusal of the first property that the type does not have.
fn unknown_property(body: &Object, schema: &schema::Schema) -> Option<Refusal> {
    let mut names = body.keys().filter(|name| !name.contains("@odata."));
    let unknown = names.find(|name| schema.property(name).is_none())?;
    Some(Refusal::value(format!(
        "The property '{unknown}' does not exist on type '{}'. Make sure to only use property names that are defined by the type.",
        schema.name
    )))
}

fn clean(mut body: Object) -> Object {
    body.shift_remove("@odata.context");
    body
}

fn replaced(mut body: Object, id: Option<Value>) -> Object {
    body.retain(|_, value| !value.is_null());
    body.shift_remove("@odata.context");
    body.shift_remove("id");
    if let Some(id) = id {
        body.shift_insert(0, "id".to_owned(), id);
    }
    body
}
