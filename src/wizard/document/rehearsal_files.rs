//! `answers.toml` and `expect.toml` as written, and the answers as meant.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::placed::{Any, Placed, Table};

/// Answers given in advance, for an unattended run or a rehearsal.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "fixforme answers (answers.toml)"))]
pub struct AnswersFile {
    /// The wizard's id.
    pub wizard: Placed<String>,
    /// The wizard's version that they were written for.
    pub version: Option<Placed<String>>,
    /// Ids of notices that are acknowledged.
    #[serde(default)]
    pub acknowledge: Vec<Placed<String>>,
    /// Ids of steps whose irreversible or far-reaching changes are approved; what a step found, as "STEP=NAME".
    #[serde(default)]
    pub approve: Vec<Placed<String>>,
    /// Values of inputs.
    #[serde(default)]
    pub inputs: Table<Placed<Any>>,
    /// Answers by step and, in a repeated step, by the item's key or label; "skip" leaves an ask out.
    #[serde(default)]
    pub answers: Table<Placed<Table<Placed<Any>>>>,
}

/// What a rehearsal must end with.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "fixforme expectations (rehearsal/<case>/expect.toml)"))]
pub struct ExpectFile {
    /// The exit code; 0 when left out.
    pub exit: Option<Placed<u8>>,
    /// The changes in order, by step, or `step[label]` in a repeated step.
    pub changes: Option<Vec<Placed<String>>>,
    /// Objects of the tenant afterwards, by path, and what they must contain.
    #[serde(default)]
    pub objects: Table<Placed<Any>>,
}

/// Answers given in advance, as meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// The wizard's id.
    pub wizard: String,
    /// The wizard's version that they were written for.
    pub version: Option<String>,
    /// Ids of notices that are acknowledged.
    pub acknowledge: Vec<String>,
    /// Ids of steps that are approved, and what they found as `STEP=NAME`.
    pub approve: Vec<String>,
    /// Values of inputs, not yet checked against their types.
    pub inputs: BTreeMap<String, Value>,
    /// By step: what is written there. See [`Answers::answer`].
    pub answers: BTreeMap<String, BTreeMap<String, Value>>,
}

/// What a rehearsal must end with, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    pub exit: u8,
    /// The changes in order, where they are to be compared.
    pub changes: Option<Vec<String>>,
    /// Objects by path and what they must contain.
    pub objects: Vec<(String, Value)>,
}

impl Answers {
    /// Returns the answers to an ask: of the item with that key or label, or of a step that is not repeated. There is more
    /// than one where the file names an item by its key and by its label.
    ///
    /// Keys and labels are compared without regard to case: they are ids and user principal names.
    pub fn answers_to(&self, step: &str, item: Option<(&str, &str)>, ask: &str) -> Vec<&Value> {
        let Some(entries) = self.answers.get(step) else { return Vec::new() };
        let Some((key, label)) = item else {
            return entries.get(ask).filter(|value| !value.is_object()).into_iter().collect();
        };
        let of_item = entries.iter().filter(|(name, _)| same(name, key) || same(name, label));
        of_item.filter_map(|(_, asks)| asks.as_object()?.get(ask)).collect()
    }
}

impl From<AnswersFile> for Answers {
    fn from(file: AnswersFile) -> Self {
        let texts = |list: Vec<Placed<String>>| list.into_iter().map(|text| text.value).collect();
        let values = |table: Table<Placed<Any>>| -> BTreeMap<String, Value> {
            table.0.into_iter().map(|(key, value)| (key.value, value.to_json())).collect()
        };
        Self {
            wizard: file.wizard.value,
            version: file.version.map(|version| version.value),
            acknowledge: texts(file.acknowledge),
            approve: texts(file.approve),
            inputs: values(file.inputs),
            answers: file.answers.0.into_iter().map(|(step, asks)| (step.value, values(asks.value))).collect(),
        }
    }
}

impl From<ExpectFile> for Expect {
    fn from(file: ExpectFile) -> Self {
        Self {
            exit: file.exit.map_or(0, |exit| exit.value),
            changes: file.changes.map(|changes| changes.into_iter().map(|change| change.value).collect()),
            objects: file.objects.0.into_iter().map(|(path, value)| (path.value, value.to_json())).collect(),
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_found_by_key_or_label_in_any_case() {
        let asks = BTreeMap::from([("Ann@contoso.example".to_owned(), serde_json::json!({ "email": "a@b.example" }))]);
        let answers = Answers { answers: BTreeMap::from([("contacts".to_owned(), asks)]), ..Answers::default() };
        let found = answers.answers_to("contacts", Some(("a1", "ann@contoso.example")), "email");
        assert_eq!(found, [&serde_json::json!("a@b.example")]);
        assert!(answers.answers_to("contacts", Some(("a1", "bob@contoso.example")), "email").is_empty());
        assert!(answers.answers_to("contacts", None, "email").is_empty());
    }
}
