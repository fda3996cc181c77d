//! JSON schemas of the format's files, made from the structs that read them: for editors, and for ourselves.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, transform::RecursiveTransform};
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
    let tidy = RecursiveTransform(|schema: &mut schemars::Schema| {
        // `null` cannot be written in TOML: an optional key is left out.
        schema.remove("default");
    });
    SchemaSettings::draft2020_12().with_transform(tidy).into_generator().into_root_schema_for::<File>().to_value()
}
