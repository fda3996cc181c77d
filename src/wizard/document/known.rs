//! Compares a file with the schema that comes from the types which read it: unknown keys, missing keys and wrong
//! types, all at once, where reading into the types would stop at the first.
//!
//! What is reported is taken out or mended where that is possible (an unknown key, an optional value of the wrong type,
//! a misspelt word), so that the rest of the file can be read and its other mistakes found in the same report.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::ports::nearest::nearest;
use crate::wizard::diagnostic::{Diagnostic, did_you_mean, quoted};

/// Walks `tree`, reports what does not fit `schema`, takes it out where it can be left out, and turns dates into text
/// where any value is taken. Returns whether the rest can be read into the types.
pub fn check(file: &str, tree: &mut Spanned<DeTable<'_>>, schema: &Value, found: &mut Vec<Diagnostic>) -> bool {
    let mut walk = Walk { file, root: schema, found, fits: true };
    walk.table(tree.get_mut(), schema, None, "");
    walk.fits
}

struct Walk<'a> {
    file: &'a str,
    root: &'a Value,
    found: &'a mut Vec<Diagnostic>,
    fits: bool,
}

impl<'a> Walk<'a> {
    fn table(&mut self, table: &mut DeTable<'_>, schema: &'a Value, span: Option<Range<usize>>, at: &str) {
        let known: Vec<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        let others = &schema["additionalProperties"];
        let mut unknown: Vec<String> = Vec::new();
        let mut wrong: Vec<String> = Vec::new();
        for (key, value) in table.iter_mut() {
            let name = key.get_ref().to_string();
            let within = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            if let Some(property) = schema["properties"].get(&name) {
                if !self.value(value, property, &within) {
                    let required =
                        schema["required"].as_array().is_some_and(|keys| keys.iter().any(|key| *key == name));
                    self.fits &= !required;
                    wrong.push(name);
                }
            } else if others.is_object() {
                self.fits &= self.value(value, others, &within);
            } else {
                let place = if at.is_empty() { String::new() } else { format!(" in `{at}`") };
                let missing = nearest(&name, known.iter().copied());
                self.found.push(
                    Diagnostic::error(self.file, key.span(), format!("unknown key `{name}`{place}")).maybe_help(
                        missing
                            .map(|key| format!("did you mean `{key}`?"))
                            .or_else(|| did_you_mean(&name, known.iter().copied())),
                    ),
                );
                unknown.push(name);
            }
        }
        if !unknown.is_empty() || !wrong.is_empty() {
            let out = |key: &str| unknown.iter().chain(&wrong).any(|name| name == key);
            *table = std::mem::take(table).into_iter().filter(|(key, _)| !out(key.get_ref())).collect();
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if table.keys().any(|key| key.get_ref().as_ref() == name) || wrong.iter().any(|key| key == name) {
                continue;
            }
            self.fits = false;
            // A misspelt key has been reported with the right one as help.
            if unknown.iter().any(|key| nearest(key, known.iter().copied()) == Some(name)) {
                continue;
            }
            let title = match at {
                "" => format!("the key `{name}` is missing"),
                _ => format!("the key `{name}` is missing in `{at}`"),
            };
            let mut diagnostic = match &span {
                Some(span) => Diagnostic::error(self.file, span.clone(), title),
                None => Diagnostic::whole_file(self.file, title),
            };
            if let Some(meaning) = schema["properties"][name]["description"].as_str() {
                diagnostic = diagnostic.help(format!("`{name}`: {}", meaning.replace('\n', " ")));
            }
            self.found.push(diagnostic);
        }
    }

    /// Checks a value; returns whether it can be read into its type.
    fn value(&mut self, value: &mut Spanned<DeValue<'_>>, schema: &'a Value, at: &str) -> bool {
        let schema = resolve(self.root, schema);
        let span = value.span();
        let words = words(schema);
        if !words.is_empty() {
            return self.word(value, &words, at);
        }
        match (kind(schema), value.get_mut()) {
            (None, any) => {
                dates_to_text(any);
                true
            }
            (Some("string"), DeValue::Datetime(_)) if schema["format"] == "date" => true,
            (Some("string"), DeValue::String(_)) if schema["format"] == "date" => {
                self.wrong("text", "a date without quotes", span, at, Some("write it bare: 2027-03-31".to_owned()))
            }
            (Some("string"), DeValue::String(_)) | (Some("boolean"), DeValue::Boolean(_)) => true,
            (Some("integer"), DeValue::Integer(number)) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                let least = schema["minimum"].as_i64().unwrap_or(i64::MIN);
                let most = match schema["format"].as_str() {
                    Some("uint32") => i64::from(u32::MAX),
                    _ => schema["maximum"].as_i64().unwrap_or(i64::MAX),
                };
                if number.is_some_and(|number| (least..=most).contains(&number)) {
                    return true;
                }
                self.wrong("number out of range", &format!("a whole number from {least} to {most}"), span, at, None)
            }
            (Some("array"), DeValue::Array(items)) => {
                let mut fits = true;
                for item in items.iter_mut() {
                    fits &= self.value(item, &schema["items"], at);
                }
                fits
            }
            (Some("object"), DeValue::Table(table)) => {
                self.table(table, schema, Some(span), at);
                true
            }
            (Some(expected), other) => {
                let help = hint(expected, other);
                let other = other.type_str();
                self.wrong(other, words_for(expected), span, at, help)
            }
        }
    }

    /// Checks one of a closed list of words. A misspelt one is read as the word that was meant.
    fn word(&mut self, value: &mut Spanned<DeValue<'_>>, words: &[&str], at: &str) -> bool {
        let span = value.span();
        match value.get_mut() {
            DeValue::String(text) if words.contains(&text.as_ref()) => true,
            DeValue::String(text) => {
                let meant = nearest(text, words.iter().copied());
                let help = meant.map(|word| format!("did you mean `{word}`?"));
                let help = help.unwrap_or_else(|| format!("one of {}", quoted(words)));
                let title = format!("`{text}` is not a word for `{at}`");
                self.found.push(Diagnostic::error(self.file, span, title).help(help));
                if let Some(meant) = meant {
                    *text = meant.to_owned().into();
                }
                meant.is_some()
            }
            other => {
                let other = other.type_str();
                self.wrong(other, &format!("one of {}", quoted(words)), span, at, None)
            }
        }
    }

    fn wrong(&mut self, got: &str, expected: &str, span: Range<usize>, at: &str, help: Option<String>) -> bool {
        let got = match got {
            "string" => "text",
            "integer" | "float" => "number",
            "array" => "list",
            other => other,
        };
        let title = format!("`{at}` must be {expected}, not a {got}").replace("not a text", "not text");
        self.found.push(Diagnostic::error(self.file, span, title).maybe_help(help));
        false
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    // References in a schema made from types do not run in circles; the bound keeps a mistake there from hanging.
    for _ in 0..8 {
        match schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            Some(name) => schema = &root["$defs"][name],
            None => break,
        }
    }
    schema
}

/// Returns the closed list of words that a schema takes; empty where it takes no words.
fn words(schema: &Value) -> Vec<&str> {
    let plain = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let explained = schema["oneOf"].as_array().into_iter().flatten().filter_map(|word| word["const"].as_str());
    plain.chain(explained).collect()
}

fn kind(schema: &Value) -> Option<&str> {
    schema["type"].as_str()
}

fn words_for(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "array" => "a list",
        _ => "a table",
    }
}

fn hint(expected: &str, got: &DeValue<'_>) -> Option<String> {
    match (expected, got) {
        ("string", DeValue::Boolean(truth)) => Some(format!("write \"{truth}\"")),
        ("string", DeValue::Integer(number)) => Some(format!("write \"{number}\"")),
        ("string", DeValue::Table(_)) => Some("a dotted name is one key in quotes: \"first.second\" = …".to_owned()),
        ("boolean", DeValue::String(text)) if matches!(text.as_ref(), "true" | "false") => {
            Some(format!("write {text} without quotes"))
        }
        ("integer", DeValue::String(text)) if text.parse::<i64>().is_ok() => {
            Some(format!("write {text} without quotes"))
        }
        ("array", DeValue::String(_)) => Some("put it in brackets: [\"…\"]".to_owned()),
        ("array", DeValue::Table(_)) => Some("a list of tables has two brackets: [[name]]".to_owned()),
        ("object", DeValue::Array(_)) => Some("there may be only one: [name] with single brackets".to_owned()),
        _ => None,
    }
}

/// Dates have no JSON form; where any value is taken they are read as text.
fn dates_to_text(value: &mut DeValue<'_>) {
    match value {
        DeValue::Datetime(date) => *value = DeValue::String(date.to_string().into()),
        DeValue::Array(items) => items.iter_mut().for_each(|item| dates_to_text(item.get_mut())),
        DeValue::Table(table) => table.iter_mut().for_each(|(_, item)| dates_to_text(item.get_mut())),
        _ => {}
    }
}
