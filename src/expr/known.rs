//! A value that is known: what expressions take and yield.

use std::fmt;

use minijinja::Value;
use minijinja::value::{Serde, ValueKind};

/// A value that expressions can use; cheap to clone, whatever its size.
#[derive(Clone)]
pub struct Known(pub(super) Value);

impl Known {
    /// Makes a value of JSON.
    pub fn from_json(value: &serde_json::Value) -> Self {
        Self(Value::from(Serde(value)))
    }

    /// Makes a text.
    pub fn text(text: &str) -> Self {
        Self(Value::from(text))
    }

    /// Makes null.
    pub fn null() -> Self {
        Self(Value::from(()))
    }

    /// Returns the value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        json(&self.0)
    }

    /// Returns the items, where it is a list.
    pub fn as_list(&self) -> Option<Vec<Self>> {
        match self.0.kind() {
            ValueKind::Seq | ValueKind::Iterable => Some(self.0.try_iter().ok()?.map(Self).collect()),
            _ => None,
        }
    }

    /// Returns the text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// Returns the boolean, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        (self.0.kind() == ValueKind::Bool).then(|| self.0.is_true())
    }

    /// Returns the whole number, where it is one.
    pub fn as_i64(&self) -> Option<i64> {
        if self.0.is_integer() { self.0.as_i64() } else { None }
    }

    /// Returns whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.0.kind(), ValueKind::None | ValueKind::Undefined)
    }

    /// Returns an attribute, where it is an object that has it.
    pub fn get(&self, name: &str) -> Option<Self> {
        if self.0.kind() != ValueKind::Map {
            return None;
        }
        self.0.get_attr(name).ok().filter(|value| !value.is_undefined()).map(Self)
    }

    /// Returns what kind of value it is, in words: `a list`.
    pub fn kind_name(&self) -> &'static str {
        kind_name(&self.0)
    }

    /// Returns the number of items of a list, of attributes of an object or of characters of a text; of others 0.
    pub fn length(&self) -> usize {
        self.0.len().unwrap_or(0)
    }
}

/// Returns what kind of value it is, in words.
pub fn kind_name(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => "null",
        ValueKind::Bool => "a boolean",
        ValueKind::Number => "a number",
        ValueKind::String => "a text",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "an object",
        _ => "a value without a kind",
    }
}

/// Returns whether the value is null.
pub fn is_null(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::None | ValueKind::Undefined)
}

pub(super) fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Known({})", self.to_json())
    }
}
