//! JSON schemas of the format's files: for editors, and for ourselves. They are files of `wizards/`, compiled in; a test
//! makes them from the structs that read the format's files, and compares.

#[cfg(test)]
mod made;

use std::sync::LazyLock;

use serde_json::Value;

/// The schemas by file name, as they stand in `wizards/`.
pub const SCHEMAS: [(&str, &str); 4] = [
    ("wizard.schema.json", include_str!("../../../wizards/wizard.schema.json")),
    ("step.schema.json", include_str!("../../../wizards/step.schema.json")),
    ("answers.schema.json", include_str!("../../../wizards/answers.schema.json")),
    ("expect.schema.json", include_str!("../../../wizards/expect.schema.json")),
];

static READ: LazyLock<[Value; 4]> =
    LazyLock::new(|| SCHEMAS.map(|(_, text)| serde_json::from_str(text).unwrap_or_default()));

/// Returns the schema of `wizard.toml`.
pub fn wizard() -> &'static Value {
    &READ[0]
}

/// Returns the schema of a step's file.
pub fn step() -> &'static Value {
    &READ[1]
}

/// Returns the schema of `answers.toml`.
pub fn answers() -> &'static Value {
    &READ[2]
}

/// Returns the schema of `expect.toml`.
pub fn expect() -> &'static Value {
    &READ[3]
}
