//! Values written down by place: for people, for a PowerShell line, for an OData query. Escaping goes by where a
//! value is put, never by who wrote it.

use serde_json::Value;

use crate::expr::Datum;
use crate::ports::text::in_line;

/// Returns a value for people: lists joined by commas, null as `(none)`. Control characters are made visible by the
/// frontend that shows it.
pub fn show_value(value: &Datum) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    match value.to_json() {
        Value::Null => "(none)".to_owned(),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        Value::Array(items) => {
            items.iter().map(|item| show_value(&Datum::json(item))).collect::<Vec<String>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Returns a value as a PowerShell literal, on one line and without any meaning of its own: texts in single quotes,
/// in which nothing is expanded, with every character doubled that PowerShell takes for a quote (U+2018 to U+201B as
/// well). A control character, which no literal of one line can hold, is shown as `\u{…}`.
pub fn powershell_literal(value: &Datum) -> String {
    powershell(&value.to_json())
}

fn powershell(value: &Value) -> String {
    match value {
        Value::Null => "$null".to_owned(),
        Value::Bool(true) => "$true".to_owned(),
        Value::Bool(false) => "$false".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => powershell_text(text),
        Value::Array(items) => format!("@({})", items.iter().map(powershell).collect::<Vec<String>>().join(",")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{} = {}", powershell_text(name), powershell(value)))
                .collect();
            format!("@{{ {} }}", fields.join("; "))
        }
    }
}

fn powershell_text(text: &str) -> String {
    let mut literal = String::from("'");
    // A line feed would end the line for whoever pastes it.
    for character in in_line(text).chars() {
        if matches!(character, '\'' | '\u{2018}'..='\u{201B}') {
            literal.push(character);
        }
        literal.push(character);
    }
    literal.push('\'');
    literal
}

/// Returns a value as an OData literal: texts in single quotes (GUIDs as well, where they are texts), lists in
/// brackets for `in`. Objects and control characters have none.
pub fn odata_literal(value: &Datum) -> Result<String, String> {
    odata(&value.to_json())
}

fn odata(value: &Value) -> Result<String, String> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::String(text) if text.chars().any(char::is_control) => {
            Err("a text with control characters cannot stand in a query".to_owned())
        }
        Value::String(text) => Ok(format!("'{}'", text.replace('\'', "''"))),
        Value::Array(items) if items.is_empty() => Err("an empty list cannot stand in a query".to_owned()),
        Value::Array(items) => {
            let literals: Vec<String> = items.iter().map(odata).collect::<Result<_, _>>()?;
            Ok(format!("({})", literals.join(",")))
        }
        Value::Object(_) => Err("an object cannot stand in a query".to_owned()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(value: Value) -> Datum {
        Datum::json(&value)
    }

    #[test]
    fn people_see_lists_joined_and_null_named() {
        for (value, shown) in [
            (json!(null), "(none)"),
            (json!([]), "(none)"),
            (json!(["a", 1, true]), "a, 1, true"),
            (json!(false), "false"),
            (json!({"a": [1]}), r#"{"a":[1]}"#),
            (json!("it's"), "it's"),
        ] {
            assert_eq!(show_value(&known(value)), shown);
        }
    }

    #[test]
    fn powershell_expands_nothing_and_ends_no_quote() {
        for (value, literal) in [
            (json!("O'Hara"), "'O''Hara'"),
            (json!("a\u{2019}; Remove-Item x"), "'a\u{2019}\u{2019}; Remove-Item x'"),
            (json!("$(calc) `n"), "'$(calc) `n'"),
            (json!("a\r\nb"), "'a\\u{d}\\u{a}b'"),
            (json!(true), "$true"),
            (json!(null), "$null"),
            (json!(["a", "b"]), "@('a','b')"),
            (json!([]), "@()"),
            (json!(42), "42"),
            (json!({"a'b": 1}), "@{ 'a''b' = 1 }"),
        ] {
            assert_eq!(powershell_literal(&known(value)), literal);
        }
    }

    #[test]
    fn odata_quotes_every_text() {
        for (value, literal) in [
            (json!("O'Hara"), "'O''Hara'"),
            (json!("62e90394-69f5-4237-9190-012177145e10"), "'62e90394-69f5-4237-9190-012177145e10'"),
            (json!(["a", "b'"]), "('a','b''')"),
            (json!(true), "true"),
            (json!(7), "7"),
            (json!(null), "null"),
        ] {
            assert_eq!(odata_literal(&known(value)).unwrap(), literal);
        }
        for value in [json!({}), json!([]), json!("a\nb")] {
            assert!(odata_literal(&known(value)).is_err());
        }
    }
}
