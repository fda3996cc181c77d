//! What every object of Graph has in common: it is read, created, changed, replaced and deleted by its type, and linked to
//! others.
//!
//! PATCH merges nested objects and null removes, PUT replaces, POST to a list mints an id, DELETE removes. What a seed
//! declares below a path that Graph does not know is free in form.

use std::sync::Arc;

use serde_json::{Value, json};

use super::permission::fits;
use crate::contract::{Type, graph};
use crate::practice::answer::{Body, Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::schema::Schema;
use crate::practice::object::{Object, json_of, merge, text};
use crate::practice::query::Query;
use crate::practice::spot::{Spot, What, linked};
use crate::practice::state::State;
use crate::practice::store::LINK;

/// Whose change is answered with the object; the others' with nothing. Source: the update pages of the two, August 2026.
const ANSWERED_BY_OBJECT: [&str; 2] = ["/admin/reportsettings", "/users/{id}/mailfolders/{id}/messagerules/{id}"];

/// Answers a request to a path that has no rules of its own.
pub fn answer(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let is_read = call.method == "GET";
    let now = call.now;
    let spot =
        Spot::find(&state.store, &|item| if is_read { item.at(now) } else { item.newest() }.cloned(), call.address)?;
    match (&spot.what, call.method) {
        (What::List | What::Count, "GET") => list(state, call, &spot),
        (What::List, "POST") => {
            let object = call.body()?;
            create(state, call, &spot, object, &[])
        }
        (What::Object, "GET") => {
            let object = spot.object(&state.store, &|item| item.at(now).cloned())?;
            let object = if spot.is_linked { typed(state, &spot.stored(), &object) } else { object };
            state.entity(call, spot.of.and_then(Schema::of).as_ref(), spot.name(), &object)
        }
        (What::Object, "PATCH" | "PUT") => change(state, call, &spot),
        (What::Object, "DELETE") => {
            let _ = spot.object(&state.store, &|item| item.newest().cloned())?;
            state.store.write(now, &spot.path, None);
            Ok(Reply::no_content())
        }
        (What::Property(names) | What::Value(names), "GET") => property(state, call, &spot, names),
        (What::Link, _) => link(state, call, &spot),
        (What::Operation(name), _) => Err(Refusal::lacking(&format!("carry out `{name}`"))),
        (What::Property(_), _) => Err(Refusal::lacking("write a single property")),
        (_, method) => Err(Refusal::method(method)),
    }
}

fn list(state: &State, call: &Call<'_>, spot: &Spot) -> Result<Reply, Refusal> {
    let schema = spot.of.and_then(Schema::of);
    let all = state.store.all(&spot.stored());
    if !spot.is_linked && !spot.is_cast {
        let query = Query::of_list(call.address, call.request, schema.as_ref(), state.page_size)?;
        return state.collection(call, schema.as_ref(), spot.name(), all, &query);
    }
    let rows = all.visible_from(0, call.now).filter_map(|(_, row)| {
        if !spot.is_linked {
            return Some(Arc::clone(row));
        }
        match state.store.target(row) {
            Some((path, _)) => Some(typed(state, &path, state.store.object(&path)?.at(call.now)?)),
            None => Some(Arc::clone(row)),
        }
    });
    let of = spot.of.filter(|_| spot.is_cast);
    let rows = rows.filter(|row| of.is_none_or(|of| is_a(row, of)));
    state.list(call, schema.as_ref(), spot.name(), rows.collect())
}

/// Whether an object says that it is of a type.
pub fn is_a(row: &Object, of: Type) -> bool {
    let own = row.get("@odata.type").and_then(Value::as_str).and_then(|name| graph().type_named(name));
    own.is_some_and(|own| graph().line_of(own).contains(&of.name))
}

/// Returns the object at a path with the name of its type, as lists of several types show it.
fn typed(state: &State, path: &str, object: &Arc<Object>) -> Arc<Object> {
    let kind = state.store.target(object).filter(|(home, kind)| home == path && !kind.is_empty());
    match kind {
        Some((_, kind)) if !object.contains_key("@odata.type") => {
            let mut typed: Object = [("@odata.type".to_owned(), json!(kind))].into_iter().collect();
            typed.extend(object.as_ref().clone());
            Arc::new(typed)
        }
        _ => Arc::clone(object),
    }
}

fn property(state: &State, call: &Call<'_>, spot: &Spot, names: &[&'static str]) -> Result<Reply, Refusal> {
    let object = spot.object(&state.store, &|item| item.at(call.now).cloned())?;
    let mut whole = object.as_ref().clone();
    if let Some(schema) = spot.of.and_then(Schema::of) {
        whole.retain(|name, _| schema.shows(name));
        schema.complete(&mut whole);
    }
    let found = names.iter().try_fold(&Value::Object(whole), |value, name| value.get(name)).cloned();
    let context = call.context(&format!("{}('{}')/{}", spot.name(), text(&object, "id"), names.join("/")));
    Ok(match (found.unwrap_or_default(), &spot.what) {
        (Value::Null, _) => Reply::no_content(),
        (value, What::Value(_)) => {
            let bare = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Reply { status: 200, body: Body::Text(bare) }
        }
        (Value::Object(inner), _) => Reply::entity(200, context, inner),
        (value, _) => Reply::json(200, json!({"@odata.context": context, "value": value})),
    })
}

/// Adds an object to a list under an id that is minted for it, and under other names.
pub fn create(
    state: &mut State,
    call: &Call<'_>,
    spot: &Spot,
    object: Object,
    names: &[&str],
) -> Result<Reply, Refusal> {
    let given = text(&object, "id");
    let keeps_id = spot.of.is_some_and(|of| of.name == "domain") && !given.is_empty();
    if keeps_id && state.store.all(&spot.stored()).find(&given).is_some_and(|item| item.newest().is_some()) {
        return Err(conflict("id"));
    }
    let id = if keeps_id { given } else { state.new_id() };
    let path = format!("{}/{id}", spot.path);
    let mut object = settled(state, call, &path, spot.of, object)?;
    object.retain(|_, value| !value.is_null());
    object.shift_remove("id");
    object.shift_insert(0, "id".to_owned(), json!(id));
    state.store.write(call.now, &path, Some(object.clone()));
    for name in names {
        state.store.under(&spot.path, true).also_known_as(&id, name);
    }
    if let Some(schema) = spot.of.and_then(Schema::of) {
        schema.complete(&mut object);
    }
    Ok(Reply::entity(201, call.context(&format!("{}/$entity", spot.name())), object))
}

/// Refuses a value that another object has already.
pub fn conflict(name: &str) -> Refusal {
    Refusal::value(format!("Another object with the same value for property {name} already exists."))
}

fn change(state: &mut State, call: &Call<'_>, spot: &Spot) -> Result<Reply, Refusal> {
    let newest = |state: &State| spot.object(&state.store, &|item| item.newest().cloned());
    let body = call.body()?;
    let before = newest(state);
    let is_new = before.is_err();
    let mut object = match (call.method, before) {
        ("PATCH", before) => before?.as_ref().clone(),
        (_, Ok(before)) => before.get("id").map(|id| ("id".to_owned(), id.clone())).into_iter().collect(),
        (_, Err(_)) => spot.key().map(|key| ("id".to_owned(), json!(key))).into_iter().collect(),
    };
    let body = settled(state, call, &spot.path, spot.of, body)?;
    merge(&mut object, &body);
    state.store.write(call.now, &spot.path, Some(object.clone()));
    let plain = spot.place.as_ref().map_or("", |place| place.plain.as_str());
    let schema = spot.of.and_then(Schema::of);
    match call.method {
        "PATCH" if ANSWERED_BY_OBJECT.contains(&plain) => state.entity(call, schema.as_ref(), spot.name(), &object),
        "PUT" if is_new => Ok(Reply::entity(201, call.context(&format!("{}/$entity", spot.name())), object)),
        _ => Ok(Reply::no_content()),
    }
}

/// Takes what is no property of the object itself out of a body: links that it binds, and objects that live below it.
fn settled(state: &mut State, call: &Call<'_>, path: &str, of: Option<Type>, body: Object) -> Result<Object, Refusal> {
    let Some(schema) = of.and_then(Schema::of) else {
        return Ok(body.into_iter().filter(|(name, _)| name != "@odata.context").collect());
    };
    let mut own = Object::new();
    for (name, value) in body {
        let bound = name.strip_suffix("@odata.bind");
        let member = schema.field(&[bound.unwrap_or(&name)]).ok().flatten();
        match member.filter(|member| member.is_navigation) {
            Some(member) if bound.is_some() => {
                let urls = value.as_array().cloned().unwrap_or_else(|| vec![value]);
                for url in urls {
                    bind(state, call, &format!("{path}/{}", member.name), member.of.is_list, &url)?;
                }
            }
            _ if bound.is_some() => {
                return Err(Refusal::value(format!("'{name}' binds no navigation of the object.")));
            }
            Some(member) if member.is_reference() => {
                return Err(Refusal::value(format!("What '{0}' leads to is bound by '{0}@odata.bind'.", member.name)));
            }
            Some(member) => below(state, call, &format!("{path}/{}", member.name), value),
            None if name.contains('@') && name != "@odata.type" => {}
            None => drop(own.insert(schema.property(&name).unwrap_or(&name).to_owned(), value)),
        }
    }
    Ok(own)
}

/// Keeps what a body holds of objects that live below another one.
fn below(state: &mut State, call: &Call<'_>, path: &str, value: Value) {
    match value {
        Value::Array(items) => {
            for mut item in items.into_iter().filter_map(|item| item.as_object().cloned()) {
                let id = Some(text(&item, "id")).filter(|id| !id.is_empty()).unwrap_or_else(|| state.new_id());
                item.insert("id".to_owned(), json!(id));
                let path = format!("{path}/{id}");
                let before = state.store.object(&path.to_ascii_lowercase()).and_then(|item| item.newest()).cloned();
                let mut object = before.map(|before| before.as_ref().clone()).unwrap_or_default();
                merge(&mut object, &item);
                state.store.write(call.now, &path, Some(object));
            }
        }
        Value::Object(object) => state.store.write(call.now, path, Some(object)),
        _ => {}
    }
}

/// Answers `$ref`.
fn link(state: &mut State, call: &Call<'_>, spot: &Spot) -> Result<Reply, Refusal> {
    let is_list = spot.key().is_none() && spot.of.is_some_and(|of| of.is_list);
    match (call.method, is_list) {
        ("GET", true) => {
            let links = state.store.all(&spot.stored()).visible_from(0, call.now);
            let url = |id: String| json!({"@odata.id": format!("{}/v1.0/directoryObjects/{id}", call.request.root)});
            let urls: Vec<Value> = links.map(|(_, link)| url(text(link, "id"))).collect();
            Ok(Reply::json(200, json!({"@odata.context": call.context("Collection($ref)"), "value": urls})))
        }
        ("POST", true) | ("PUT", false) => {
            let url = call.body()?.get("@odata.id").cloned().unwrap_or_default();
            bind(state, call, &spot.path, is_list, &url)?;
            Ok(Reply::no_content())
        }
        ("DELETE", false) => {
            let gone = || Refusal::not_found(spot.key().unwrap_or(&spot.path));
            state.store.object(&spot.stored()).and_then(|item| item.newest()).ok_or_else(gone)?;
            state.store.write(call.now, &spot.path, None);
            Ok(Reply::no_content())
        }
        (method, _) => Err(Refusal::method(method)),
    }
}

fn bind(state: &mut State, call: &Call<'_>, path: &str, is_list: bool, url: &Value) -> Result<(), Refusal> {
    let url = url.as_str().ok_or_else(|| Refusal::bad("The property '@odata.id' holds the address of an object."))?;
    let (home, id) = linked(&state.store, url)?;
    let path = if is_list { format!("{path}/{id}") } else { path.to_owned() };
    if is_list && state.store.object(&path.to_ascii_lowercase()).is_some_and(|item| item.newest().is_some()) {
        return Err(Refusal::value(format!(
            "One or more added object references already exist for the following modified properties: '{}'.",
            path.rsplit('/').nth(1).unwrap_or_default()
        )));
    }
    let link = [("id".to_owned(), json!(id)), (LINK.to_owned(), json!(home))].into_iter().collect();
    state.store.write(call.now, &path, Some(link));
    Ok(())
}

/// Answers a call that the seed declares.
pub fn declared(state: &mut State, call: &Call<'_>) -> Option<Result<Reply, Refusal>> {
    let full = call.address.full_segments();
    let found = state.actions.iter().find(|action| fits(&action.path.to_ascii_lowercase(), &full))?.clone();
    if call.method != "POST" {
        return Some(Err(Refusal::not_among(call.method, &["POST"])));
    }
    if let Some(sets) = found.sets {
        let path = call.address.stored_path().to_ascii_lowercase();
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
        let Some(item) = state.store.object_mut(&format!("/users/{key}")) else { return false };
        let Some(user) = item.newest().map(|user| user.as_ref().clone()) else { return false };
        item.write(now, lag, Some(super::methods::drift(user, kind, id, patch)));
        return true;
    }
    let Some(item) = state.store.object_mut(path) else { return false };
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
