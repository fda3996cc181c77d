//! Values at JSON pointers: the leaves of a body, and what is written where so that a field becomes as wanted.

use serde_json::Value;

use super::change::{FieldChange, Inverse};
use crate::wizard::field_path::FieldPath;
use crate::wizard::step::Comparison;

/// Puts a value at a JSON pointer, making the objects on the way.
pub fn put(value: &mut Value, pointer: &str, new: Value) {
    field_path(pointer).put(value, new);
}

pub fn field_path(pointer: &str) -> FieldPath {
    FieldPath(pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect())
}

/// Returns what is written so that a field becomes `value`: absence of a collection is an empty list.
pub fn written(value: &Value, other: &Value) -> Value {
    if value.is_null() && other.is_array() { Value::Array(Vec::new()) } else { value.clone() }
}

/// Returns a value without the annotations that Graph adds and does not take back.
pub fn without_annotations(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, _)| !key.starts_with("@odata.") && !key.contains("@odata.context"))
                .map(|(key, value)| (key.clone(), without_annotations(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_annotations).collect()),
        plain => plain.clone(),
    }
}

/// Returns what the body of a way back says, as fields for people.
pub fn leaves_as_fields(inverse: &Inverse) -> Vec<FieldChange> {
    let Inverse::Request { request, .. } = inverse else { return Vec::new() };
    said(&request.body)
}

/// Returns what a body says, as fields for people.
pub fn said(body: &Value) -> Vec<FieldChange> {
    let compare = Comparison::Exact;
    let field = |(pointer, after)| FieldChange { pointer, before: Value::Null, after, compare };
    leaves(body).into_iter().map(field).collect()
}

/// Returns the leaves of a body with their JSON pointers; a list is a leaf.
pub fn leaves(body: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    fn walk(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(map) if super::deferred::parts(value).is_none() && !map.contains_key("$text") => {
                for (key, value) in map {
                    walk(&format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), value, found);
                }
            }
            Value::Null if at.is_empty() => {}
            other => found.push((at.to_owned(), other.clone())),
        }
    }
    walk("", body, &mut found);
    found
}
