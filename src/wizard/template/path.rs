//! A path with its placeholders filled in, segment by segment.

use std::sync::Arc;

use serde_json::Value;

use super::{PathTemplate, Segment};
use crate::expr::{Datum, EvalError, Expression, Missing, Partial, Scope};

impl PathTemplate {
    /// Returns the segments, decoded; holes are written `{"$captured": …}`. What fills a placeholder must be able to be
    /// the id of one thing: a text or whole number, not empty, without slashes and control characters, neither `.` nor
    /// `..`, not starting with `$`.
    pub fn segments(&self, scope: &Scope) -> Result<Partial<Arc<[Value]>>, EvalError> {
        let mut missing = Missing::default();
        let mut segments = Vec::new();
        for segment in &self.segments {
            segments.push(match segment {
                Segment::Literal(text) => Value::String(text.clone()),
                Segment::Value(expression) => match missing.take(expression.evaluate(scope)?) {
                    Some(hole @ Datum::Hole(_)) => hole.to_json(),
                    Some(value) => Value::String(id_segment(expression, &value)?),
                    None => continue,
                },
            });
        }
        Ok(missing.or(segments.into()))
    }
}

fn id_segment(expression: &Expression, value: &Datum) -> Result<String, EvalError> {
    let wrong = |what: &str| Err(expression.error(format!("an id is needed here; this is {what}")));
    let text = match (value.as_str(), value.as_i64()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(number)) => number.to_string(),
        (None, None) => return wrong(value.kind_name()),
    };
    match text.as_str() {
        "" => wrong("an empty text"),
        "." | ".." => wrong("a step in a path"),
        _ if text.contains(['/', '\\']) => wrong("a text with a slash"),
        _ if text.starts_with('$') => wrong("a text that starts with `$`"),
        _ if text.chars().any(char::is_control) => wrong("a text with control characters"),
        _ => Ok(text),
    }
}
