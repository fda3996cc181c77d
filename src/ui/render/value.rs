//! JSON values as people read them: whole, on one line, with nothing hidden.

use serde_json::Value;

use crate::ports::text::one_line;

/// Returns `value` as text: absent is `(none)`, text is quoted (so that `"true"` and `true` differ), lists and objects
/// are written with blanks so that they can be wrapped.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        _ => hole(value).unwrap_or_else(|| one_line(&nested(value))),
    }
}

/// A value that is filled in later is an object with one key that starts with `$`.
fn hole(value: &Value) -> Option<String> {
    let object = value.as_object()?;
    let (key, _) = object.iter().next().filter(|_| object.len() == 1)?;
    match key.as_str() {
        "$generated" => Some("(made when it is sent, shown once)".to_owned()),
        "$captured" => Some("(known later)".to_owned()),
        _ => None,
    }
}

fn nested(value: &Value) -> String {
    if let Some(words) = hole(value) {
        return words;
    }
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(nested).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(key, value)| format!("{}: {}", quoted(key), nested(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::String(string) => quoted(string),
        other => other.to_string(),
    }
}

fn quoted(string: &str) -> String {
    Value::from(string).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_shown_whole_and_typed() {
        assert_eq!(text(&json!(null)), "(none)");
        assert_eq!(text(&json!("true")), "\"true\"");
        assert_eq!(text(&json!([])), "[]");
        assert_eq!(
            text(&json!({"a": [1, null], "b": {"c": "d\n\u{202e}"}})),
            "{\"a\": [1, null], \"b\": {\"c\": \"d\\n\\u{202e}\"}}"
        );
        assert_eq!(text(&json!({"$captured": "/id"})), "(known later)");
    }
}
