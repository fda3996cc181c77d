//! Deferred values: places in a change that are filled from the answer to an earlier change, or with a secret, only when the
//! request is sent.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};

use crate::expr::Datum;
use crate::wizard::template::odata_literal;

/// The answers that fill deferred values: change id (or `$input`, `$generated`) to the captured object.
pub type Captured = BTreeMap<String, Value>;

/// The change id of a new password's deferred value.
pub const GENERATED: &str = "$generated";

pub fn of(of: &str, pointer: &str) -> Value {
    json!({"$captured": {"of": of, "pointer": pointer}})
}

/// Returns the change and the pointer of a deferred value.
pub fn parts(value: &Value) -> Option<(&str, &str)> {
    let captured = value.as_object().filter(|map| map.len() == 1)?.get("$captured")?;
    Some((captured.get("of")?.as_str()?, captured.get("pointer")?.as_str()?))
}

/// Adds the ids of the changes that the deferred values in `value` need.
pub fn collect(value: &Value, ids: &mut Vec<String>) {
    if let Some((of, _)) = parts(value) {
        ids.push(of.to_owned());
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        Value::Object(map) => map.values().for_each(|item| collect(item, ids)),
        _ => {}
    }
}

/// Returns whether `value` holds a deferred value.
pub fn is_deferred(value: &Value) -> bool {
    let mut ids = Vec::new();
    collect(value, &mut ids);
    !ids.is_empty()
}

/// Returns `value` with its deferred values filled.
///
/// Fails where an answer is not there: the change that gives it was not made, or its answer lacked the value.
pub fn fill(value: &Value, answers: &Captured) -> Result<Value> {
    if let Some((of, pointer)) = parts(value) {
        let filled = answers.get(of).and_then(|answer| answer.pointer(pointer)).filter(|value| !value.is_null());
        return match filled {
            Some(filled) => Ok(filled.clone()),
            None if of.starts_with('$') => {
                bail!("it needs a secret that is kept nowhere; run the wizard again instead")
            }
            None => bail!("it needs `{pointer}` from the answer to change `{of}`, which is not there"),
        };
    }
    if let Some(pieces) = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("$text")) {
        let mut text = String::new();
        for piece in pieces.as_array().into_iter().flatten() {
            match fill(piece, answers)? {
                Value::String(piece) => text.push_str(&piece),
                piece => text.push_str(&piece.to_string()),
            }
        }
        return Ok(Value::String(text));
    }
    Ok(match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, answers)).collect::<Result<_>>()?),
        Value::Object(map) => Value::Object(
            map.iter().map(|(key, item)| Ok((key.clone(), fill(item, answers)?))).collect::<Result<Map<_, _>>>()?,
        ),
        plain => plain.clone(),
    })
}

/// Returns a query option's value with the deferred values filled, each as an OData literal.
pub fn fill_query(value: &Value, answers: &Captured) -> Result<String> {
    let pieces = value.get("$text").and_then(Value::as_array).map_or(std::slice::from_ref(value), Vec::as_slice);
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Value::String(literal) => text.push_str(literal),
            piece => {
                let filled = Datum::json(&fill(piece, answers)?);
                text.push_str(&odata_literal(&filled).map_err(|message| anyhow!(message))?);
            }
        }
    }
    Ok(text)
}

/// Returns a path's segments with the deferred values filled.
pub fn fill_path(path: &[Value], answers: &Captured) -> Result<Vec<String>> {
    path.iter()
        .map(|segment| match fill(segment, answers)? {
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            other => bail!("{other} cannot be part of a path"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_wherever_they_are() {
        let answers = Captured::from([("a".to_owned(), json!({"id": "7"}))]);
        let value = json!({"x": [of("a", "/id")], "ref": {"$text": ["https://g/", of("a", "/id")]}});
        assert_eq!(fill(&value, &answers).expect("filled"), json!({"x": ["7"], "ref": "https://g/7"}));
    }

    #[test]
    fn in_a_query_a_hole_becomes_a_literal() {
        let answers = Captured::from([("app".to_owned(), json!({"name": "O'Hara"}))]);
        let query = json!({"$text": [json!("displayName eq "), of("app", "/name"), json!(" and x eq 'y'")]});
        assert_eq!(fill_query(&query, &answers).expect("filled"), "displayName eq 'O''Hara' and x eq 'y'");
        assert_eq!(fill_query(&json!("id,displayName"), &answers).expect("plain"), "id,displayName");
        assert!(fill_query(&query, &Captured::new()).is_err());
    }

    #[test]
    fn a_missing_answer_is_named() {
        let error = fill(&of("policy", "/id"), &Captured::new()).expect_err("nothing to fill it with");
        assert!(error.to_string().contains("`policy`"), "{error}");
    }
}
