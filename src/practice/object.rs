//! JSON objects, as the tenant keeps and shows them.

use serde_json::{Map, Value};

/// A JSON object, keys in the order written.
pub type Object = Map<String, Value>;

/// Returns a property's text, empty if there is none.
pub fn text(object: &Object, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Returns a GUID that always is the same for the same name.
pub fn guid(name: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
    let mut bytes = [0_u8; 16];
    for (byte, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *byte = *from;
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Lays a patch over an object: nested objects merge, null removes, anything else replaces.
pub fn merge(into: &mut Object, patch: &Object) {
    for (name, value) in patch {
        let own = into.keys().find(|key| key.eq_ignore_ascii_case(name)).unwrap_or(name).clone();
        match (into.get_mut(&own), value) {
            (_, Value::Null) => {
                into.shift_remove(&own);
            }
            (Some(Value::Object(inner)), Value::Object(patch)) => merge(inner, patch),
            (None, Value::Object(patch)) => {
                let mut inner = Object::new();
                merge(&mut inner, patch);
                into.insert(own, Value::Object(inner));
            }
            _ => {
                into.insert(own, value.clone());
            }
        }
    }
}

/// Turns a TOML value into JSON; dates become text.
pub fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(json_of).collect()),
        toml::Value::Table(table) => Value::Object(object(table)),
    }
}

/// Turns a TOML table into a JSON object.
pub fn object(table: toml::Table) -> Object {
    table.into_iter().map(|(name, value)| (name, json_of(value))).collect()
}
