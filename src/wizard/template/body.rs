//! A body with its placeholders filled in: a tree of typed values, never a text that is parsed again.

use serde_json::{Value, json};

use super::missing::Missing;
use super::{JsonTemplate, Rendered};
use crate::expr::{Evaluated, EvaluationError, Expression, HOLED_TEXT, Known, RESERVED, Scope};

impl JsonTemplate {
    /// Returns the body. A text that is exactly one placeholder keeps the value's type; one with several pieces is a
    /// text, and where one of them is a hole it becomes `{"$text": ["…", {"$captured": …}]}`.
    pub fn evaluate(&self, scope: &Scope) -> Result<Evaluated, EvaluationError> {
        if let Self::Text(template) = self
            && let Some(expression) = template.single()
        {
            let evaluated = expression.evaluate(scope)?;
            if let Evaluated::Known(known) = &evaluated {
                without_reserved(expression, &known.to_json())?;
            }
            return Ok(evaluated);
        }
        let mut missing = Missing::default();
        let value = self.build(scope, &mut missing)?;
        Ok(match missing.outcome() {
            Some(outcome) => outcome,
            None if missing.holes => Evaluated::WithHoles(value),
            None => Evaluated::Known(Known::from_json(&value)),
        })
    }

    fn build(&self, scope: &Scope, missing: &mut Missing) -> Result<Value, EvaluationError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::List(items) => {
                Ok(Value::Array(items.iter().map(|item| item.build(scope, missing)).collect::<Result<_, _>>()?))
            }
            Self::Object(fields) => {
                let mut object = serde_json::Map::new();
                for (name, value) in fields {
                    object.insert(name.clone(), value.build(scope, missing)?);
                }
                Ok(Value::Object(object))
            }
            Self::Text(template) => match template.single() {
                Some(expression) => match expression.evaluate(scope)? {
                    Evaluated::Known(known) => {
                        let value = known.to_json();
                        without_reserved(expression, &value)?;
                        Ok(value)
                    }
                    Evaluated::WithHoles(value) => {
                        missing.holes = true;
                        Ok(value)
                    }
                    other => {
                        missing.note(other);
                        Ok(Value::Null)
                    }
                },
                None => match template.render_with(scope, &plain_text)? {
                    Rendered::Text(text) => Ok(Value::String(text)),
                    Rendered::WithHoles(parts) => {
                        missing.holes = true;
                        Ok(json!({ HOLED_TEXT: parts }))
                    }
                    Rendered::Unanswered(names) => {
                        missing.note(Evaluated::Unanswered(names));
                        Ok(Value::Null)
                    }
                    Rendered::NotYet => {
                        missing.note(Evaluated::NotYet);
                        Ok(Value::Null)
                    }
                    Rendered::Consumed { of } => {
                        missing.note(Evaluated::Consumed { of });
                        Ok(Value::Null)
                    }
                },
            },
        }
    }
}

/// Returns a value as a piece of a longer text: only texts, numbers and booleans can be one.
fn plain_text(expression: &Expression, known: &Known) -> Result<String, EvaluationError> {
    match known.to_json() {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(known.to_json().to_string()),
        _ => Err(expression.error(format!("a text or a number is needed here; this is {}", known.kind_name()))),
    }
}

/// Refuses data of a tenant that the journal would take for a hole.
fn without_reserved(expression: &Expression, value: &Value) -> Result<(), EvaluationError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| without_reserved(expression, item)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            if RESERVED.contains(&name.as_str()) {
                return Err(
                    expression.error(format!("an object has an attribute `{name}`, which cannot be journalled"))
                );
            }
            without_reserved(expression, value)
        }),
        _ => Ok(()),
    }
}
