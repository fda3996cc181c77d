//! JSON schemas of the format's files, made from the structs that read them: for editors, and for ourselves.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::document::{AnswersFile, ExpectFile, StepFile, WizardFile};

/// The schemas by file name, as they stand in `wizards/`.
pub static SCHEMAS: LazyLock<[(&'static str, Value); 4]> = LazyLock::new(|| {
    [
        ("wizard.schema.json", schema::<WizardFile>()),
        ("step.schema.json", schema::<StepFile>()),
        ("answers.schema.json", schema::<AnswersFile>()),
        ("expect.schema.json", schema::<ExpectFile>()),
    ]
});

/// Returns the schema of `wizard.toml`.
pub fn wizard() -> &'static Value {
    &SCHEMAS[0].1
}

/// Returns the schema of a step's file.
pub fn step() -> &'static Value {
    &SCHEMAS[1].1
}

/// Returns the schema of `answers.toml`.
pub fn answers() -> &'static Value {
    &SCHEMAS[2].1
}

/// Returns the schema of `expect.toml`.
pub fn expect() -> &'static Value {
    &SCHEMAS[3].1
}

/// Returns a schema's text as it is written to a file.
pub fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn schema<File: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null))
        .into_generator()
        .into_root_schema_for::<File>()
        .to_value()
}

/// Takes `null` out: TOML has none, an optional key is left out.
fn without_null(schema: &mut Schema) {
    schema.remove("default");
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
    let alternatives = schema.get("anyOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut values = alternatives.iter().filter(|alternative| alternative["type"] != "null");
    if let (Some(Value::Object(only)), None) = (values.next(), values.next()) {
        schema.remove("anyOf");
        for (key, value) in only {
            schema.ensure_object().entry(key).or_insert_with(|| value.clone());
        }
    }
}
