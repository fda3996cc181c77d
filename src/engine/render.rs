//! Evaluates the format's expressions, paths, bodies and texts, and folds what they yield into one shape.

use anyhow::{Result, anyhow, bail};
use serde_json::Value;

use super::change::Segments;
use crate::expr::{Condition, Evaluated, Expression, Known, Node, Scope};
use crate::wizard::template::{JsonTemplate, PathOutcome, PathPart, PathTemplate, Rendered as Text, Template};

/// A value, or why there is none at this moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Rendered<T> {
    /// The value; it may hold holes.
    Ready(T),
    /// Something it needs has not been read yet.
    NotYet,
    /// Asks that it needs have no answer.
    Unanswered(Vec<String>),
    /// It computes with a value that only the answer to this change tells.
    Consumed(String),
}

pub fn value(expression: &Expression, scope: &Scope) -> Result<Rendered<Value>> {
    evaluated(expression.evaluate(scope).map_err(|error| anyhow!("{error}"))?)
}

/// Evaluates an expression to a value that is cheap to hand on.
pub fn known(expression: &Expression, scope: &Scope) -> Result<Rendered<Known>> {
    Ok(match expression.evaluate(scope).map_err(|error| anyhow!("{error}"))? {
        Evaluated::Known(known) => Rendered::Ready(known),
        Evaluated::WithHoles(value) => Rendered::Ready(Known::from_json(&value)),
        Evaluated::Unanswered(asks) => Rendered::Unanswered(asks),
        Evaluated::NotYet => Rendered::NotYet,
        Evaluated::Consumed { of } => Rendered::Consumed(of),
    })
}

/// Evaluates a condition; one that is not there is `default`.
pub fn condition(expression: Option<&Expression>, default: bool, scope: &Scope) -> Result<Rendered<bool>> {
    let Some(expression) = expression else { return Ok(Rendered::Ready(default)) };
    Ok(match expression.condition(scope).map_err(|error| anyhow!("{error}"))? {
        Condition::True => Rendered::Ready(true),
        Condition::False => Rendered::Ready(false),
        Condition::Unanswered(asks) => Rendered::Unanswered(asks),
        Condition::NotYet => Rendered::NotYet,
        Condition::Consumed { of } => Rendered::Consumed(of),
    })
}

pub fn json(template: &JsonTemplate, scope: &Scope) -> Result<Rendered<Value>> {
    evaluated(template.evaluate(scope).map_err(|error| anyhow!("{error}"))?)
}

/// Evaluates a path to its segments.
pub fn path(template: &PathTemplate, scope: &Scope) -> Result<Rendered<Segments>> {
    Ok(match template.segments(scope).map_err(|error| anyhow!("{error}"))? {
        PathOutcome::Ready(segments) => Rendered::Ready(segments.into_iter().map(Value::String).collect()),
        PathOutcome::WithHoles(parts) => Rendered::Ready(parts.into_iter().map(segment).collect()),
        PathOutcome::Unanswered(asks) => Rendered::Unanswered(asks),
        PathOutcome::NotYet => Rendered::NotYet,
        PathOutcome::Consumed { of } => Rendered::Consumed(of),
    })
}

/// Evaluates a query option's value; placeholders become OData literals, those of holes when they are filled.
pub fn query(template: &Template, scope: &Scope) -> Result<Rendered<Value>> {
    Ok(match crate::wizard::template::query_value(template, scope).map_err(|error| anyhow!("{error}"))? {
        Text::Text(text) => Rendered::Ready(Value::String(text)),
        Text::WithHoles(pieces) => Rendered::Ready(super::hole::text(pieces)),
        Text::Unanswered(asks) => Rendered::Unanswered(asks),
        Text::NotYet => Rendered::NotYet,
        Text::Consumed { of } => Rendered::Consumed(of),
    })
}

/// Makes a node of a value of ours, whose holes expressions see as values that are known only later.
///
/// Data read from a tenant goes through [`Node::json`] instead, where the same shape is refused: nobody else makes holes.
pub fn node(value: &Value) -> Node {
    if !super::hole::has_hole(value) {
        return Node::json(value);
    }
    if let Some((of, pointer)) = super::hole::parts(value) {
        return Node::Captured { of: of.to_owned(), pointer: pointer.to_owned() };
    }
    match value {
        Value::Array(items) => Node::list(items.iter().map(node)),
        Value::Object(map) => Node::table(map.iter().map(|(key, value)| (key.clone(), node(value)))),
        plain => Node::json(plain),
    }
}

fn segment(part: PathPart) -> Value {
    match part {
        PathPart::Text(text) => Value::String(text),
        PathPart::Hole { of, pointer } => super::hole::hole(&of, &pointer),
    }
}

fn evaluated(value: Evaluated) -> Result<Rendered<Value>> {
    Ok(match value {
        Evaluated::Known(known) => {
            let value = known.to_json();
            // A value that was not made by an answer to come must not pass for one.
            if super::hole::is_reserved(&value) {
                bail!("a value has an attribute `$captured` or `$text`, which only the journal may use");
            }
            Rendered::Ready(value)
        }
        Evaluated::WithHoles(value) => Rendered::Ready(value),
        Evaluated::Unanswered(asks) => Rendered::Unanswered(asks),
        Evaluated::NotYet => Rendered::NotYet,
        Evaluated::Consumed { of } => Rendered::Consumed(of),
    })
}
