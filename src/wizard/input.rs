//! Inputs: what a wizard wants to know, their types, and how an answer is read.

mod reading;
mod table;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub use reading::{read_json, read_text};
pub use table::read_csv;

use crate::expr::Expression;

/// What a wizard wants to know before it checks.
#[derive(Debug, Clone)]
pub struct Input {
    pub name: String,
    pub kind: InputType,
    pub label: String,
    pub help: Option<String>,
    /// Used without asking.
    pub default: Option<Value>,
    /// Only highlighted.
    pub suggest: Option<Value>,
    /// Whether it must be known; one that need not is neither asked nor missing.
    pub required: bool,
    /// Options of a choice: value and label.
    pub options: Vec<(String, String)>,
    /// What a person chooses from once a step is read.
    pub options_from: Option<OptionsFrom>,
    /// Columns of a CSV: name and type.
    pub columns: Vec<(String, InputType)>,
    /// When it is wanted at all (scope: earlier inputs, data).
    pub when: Option<Expression>,
}

/// A list of the tenant that a person chooses from: the `capture` of a `step`, an item's value and what is read beside it.
#[derive(Debug, Clone)]
pub struct OptionsFrom {
    pub step: String,
    pub capture: String,
    pub key: String,
    pub label: Option<String>,
}

/// The types of inputs and asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "TypeName"))]
#[serde(rename_all = "lowercase")]
pub enum InputType {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// One line of text.
    Text,
    /// One of `options`.
    Choice,
    /// An e-mail address.
    Email,
    /// A phone number with country code: "+1 4255550100".
    Phone,
    /// A user principal name.
    Upn,
    /// A GUID.
    Guid,
    /// A domain name.
    Domain,
    /// An https address.
    Url,
    /// A date: 2027-03-31.
    Date,
    /// A duration: "90s", "15m", "2h", "7d".
    Duration,
    /// A secret: never shown, written or journalled.
    Secret,
    /// A list of texts.
    List,
    /// A CSV file of the person, with the `columns` named.
    Csv,
    /// A file of the person.
    File,
    /// A PEM file of the person, of which the certificate alone is read, as Graph writes it: base64 of DER.
    Certificate,
}

impl InputType {
    /// Returns whether an answer is the path of a file.
    pub fn is_file(self) -> bool {
        matches!(self, Self::Csv | Self::File | Self::Certificate)
    }
}

impl Input {
    /// Reads what a person typed; of a CSV or another file, its text. The reason says in one sentence what is wrong.
    pub fn read_text(&self, typed: &str) -> Result<Value, String> {
        match self.kind {
            InputType::Csv => read_csv(&self.columns, typed).map_err(|mistakes| mistakes.join("\n")),
            _ => read_text(self.kind, &self.options, typed),
        }
    }

    /// Reads a value of an answers file or of `--set`; a CSV may be given as a list of rows, or as the file's text.
    pub fn read_json(&self, value: &Value) -> Result<Value, String> {
        match (self.kind, value) {
            (InputType::Csv, Value::Array(rows)) => {
                table::read_rows(&self.columns, rows).map_err(|mistakes| mistakes.join("\n"))
            }
            (InputType::Csv, Value::String(text)) => self.read_text(text),
            (InputType::Csv, _) => Err("a table is needed; give the path of a CSV file".to_owned()),
            _ => read_json(self.kind, &self.options, value),
        }
    }
}
