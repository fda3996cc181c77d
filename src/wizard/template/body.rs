//! A body with its placeholders filled in: a tree of typed values, never a text that is parsed again.

use serde_json::Value;

use super::{JsonTemplate, Template};
use crate::expr::{Datum, EvalError, Expression, Missing, Partial, Scope};

impl JsonTemplate {
    /// Returns the body. A text that is exactly one placeholder keeps the value's type; one with several pieces is a
    /// text, and where one of them is a hole it becomes `{"$text": ["…", {"$captured": …}]}`.
    pub fn evaluate(&self, scope: &Scope) -> Result<Partial<Value>, EvalError> {
        let mut missing = Missing::default();
        let body = self.build(scope, &mut missing)?;
        Ok(missing.or(body))
    }

    /// Returns the placeholder that yields nothing without the author's word for it, where one does; `body` is what this
    /// template has made.
    pub fn gap(&self, body: &Value) -> Option<&Expression> {
        match (self, body) {
            (Self::Text(template), body) => template.single().filter(|expression| expression.has_gap(body)),
            (Self::List(items), Value::Array(made)) => items.iter().zip(made).find_map(|(item, made)| item.gap(made)),
            (Self::Object(fields), Value::Object(made)) => {
                fields.iter().find_map(|(name, field)| field.gap(made.get(name).unwrap_or(&Value::Null)))
            }
            _ => None,
        }
    }

    fn build(&self, scope: &Scope, missing: &mut Missing) -> Result<Value, EvalError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::List(items) => items.iter().map(|item| item.build(scope, missing)).collect(),
            Self::Object(fields) => {
                let built = fields.iter().map(|(name, value)| Ok((name.clone(), value.build(scope, missing)?)));
                built.collect::<Result<_, _>>().map(Value::Object)
            }
            Self::Text(template) => Ok(missing.take(value_of(template, scope)?).unwrap_or_default()),
        }
    }
}

fn value_of(template: &Template, scope: &Scope) -> Result<Partial<Value>, EvalError> {
    match template.single() {
        Some(expression) => expression.data(scope),
        None => template.render(scope, &plain_text),
    }
}

/// Returns a value as a piece of a longer text: only texts, numbers and booleans can be one.
fn plain_text(expression: &Expression, value: &Datum) -> Result<String, EvalError> {
    match value {
        Datum::Text(text) => Ok(text.as_ref().to_owned()),
        Datum::Bool(_) | Datum::Number(_) => Ok(value.to_json().to_string()),
        _ => Err(expression.error(format!("a text or a number is needed here; this is {}", value.kind_name()))),
    }
}
