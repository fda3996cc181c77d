//! A path with its placeholders filled in, segment by segment.

use serde_json::Value;

use super::missing::Missing;
use super::{PathTemplate, Segment};
use crate::expr::{Evaluated, EvaluationError, Expression, HOLE, Known, Scope};

/// A path as it turned out, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathOutcome {
    Ready(Vec<String>),
    /// Its segments, some of them holes.
    WithHoles(Vec<PathPart>),
    /// It needs asks that have no answer: their names.
    Unanswered(Vec<String>),
    /// It needs something that has not been read yet.
    NotYet,
    /// It computes with a value that is known only after an earlier change.
    Consumed {
        /// The change whose answer it needs.
        of: String,
    },
}

/// A segment of a path with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPart {
    /// A segment, decoded.
    Text(String),
    /// A segment that is known only from the answer to an earlier change.
    Hole {
        /// The change's id.
        of: String,
        /// The JSON pointer into its answer.
        pointer: String,
    },
}

impl PathTemplate {
    /// Returns the segments. What fills a placeholder must be able to be the id of one thing: a text or whole number,
    /// not empty, without slashes and control characters, neither `.` nor `..`, not starting with `$`.
    pub fn segments(&self, scope: &Scope) -> Result<PathOutcome, EvaluationError> {
        let mut missing = Missing::default();
        let mut parts = Vec::new();
        for segment in &self.segments {
            parts.push(match segment {
                Segment::Literal(text) => PathPart::Text(text.clone()),
                Segment::Value(expression) => match expression.evaluate(scope)? {
                    Evaluated::Known(known) => PathPart::Text(id_segment(expression, &known)?),
                    Evaluated::WithHoles(value) => match hole_of(&value) {
                        Some(hole) => {
                            missing.holes = true;
                            hole
                        }
                        None => {
                            return Err(expression.error("an id is needed here; this is a list or an object".into()));
                        }
                    },
                    other => {
                        missing.note(other);
                        continue;
                    }
                },
            });
        }
        Ok(match missing.outcome() {
            Some(Evaluated::Unanswered(names)) => PathOutcome::Unanswered(names),
            Some(Evaluated::Consumed { of }) => PathOutcome::Consumed { of },
            Some(_) => PathOutcome::NotYet,
            None if missing.holes => PathOutcome::WithHoles(parts),
            None => PathOutcome::Ready(
                parts
                    .into_iter()
                    .filter_map(|part| match part {
                        PathPart::Text(text) => Some(text),
                        PathPart::Hole { .. } => None,
                    })
                    .collect(),
            ),
        })
    }
}

fn hole_of(value: &Value) -> Option<PathPart> {
    let hole = value.get(HOLE)?;
    let text = |name: &str| hole.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(PathPart::Hole { of: text("of")?, pointer: text("pointer")? })
}

fn id_segment(expression: &Expression, known: &Known) -> Result<String, EvaluationError> {
    let wrong = |what: &str| Err(expression.error(format!("an id is needed here; this is {what}")));
    let text = match (known.as_str(), known.as_i64()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(number)) => number.to_string(),
        (None, None) => return wrong(known.kind_name()),
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
