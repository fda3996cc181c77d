//! Inputs: what a wizard wants to know, their types, and how an answer is read.

use serde_json::Value;

use super::expression::Expression;

/// What a wizard wants to know before it checks.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: InputType,
    /// Its label.
    pub label: String,
    /// More words.
    pub help: Option<String>,
    /// Used without asking.
    pub default: Option<Value>,
    /// Only highlighted.
    pub suggest: Option<Value>,
    /// Whether it must be known; one that need not is neither asked nor missing.
    pub required: bool,
    /// Options of a choice: value and label.
    pub options: Vec<(String, String)>,
    /// Columns of a CSV: name and type.
    pub columns: Vec<(String, InputType)>,
    /// When it is wanted at all (scope: earlier inputs, data).
    pub when: Option<Expression>,
}

/// The types of inputs and asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputType {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// One line of text.
    Text,
    /// One of several.
    Choice,
    /// An e-mail address.
    Email,
    /// A phone number, kept as Graph wants it: `+1 4255550100`.
    Phone,
    /// A user principal name.
    Upn,
    /// A GUID.
    Guid,
    /// A domain name.
    Domain,
    /// An `https` address.
    Url,
    /// A date, `2026-11-23`.
    Date,
    /// A duration, `90s`, `15m`, `2h`, `7d`; kept in seconds.
    Duration,
    /// A secret: never shown, written or journalled.
    Secret,
    /// A list of texts.
    List,
    /// A CSV file of the person; kept as a list of rows.
    Csv,
    /// A file of the person; kept as its text.
    File,
}

impl Input {
    /// Shim.
    pub fn read_json(&self, value: &Value) -> Result<Value, String> {
        read_json(self.kind, &self.options, value)
    }
}

/// Shim.
pub fn read_json(_: InputType, _: &[(String, String)], value: &Value) -> Result<Value, String> {
    Ok(value.clone())
}
