//! What keeps a text, a path or a body of several expressions from being put together.

use serde_json::Value;

use crate::expr::{Evaluated, HOLE};

/// What is missing to put something together from several expressions.
#[derive(Default)]
pub struct Missing {
    unanswered: Vec<String>,
    not_yet: bool,
    consumed: Option<String>,
    /// Whether it can be put together, but for holes.
    pub holes: bool,
}

impl Missing {
    pub fn note(&mut self, evaluated: Evaluated) {
        match evaluated {
            Evaluated::Known(_) => {}
            // Holes inside a list or an object cannot be written into a text.
            Evaluated::WithHoles(value) => self.consumed = self.consumed.take().or_else(|| first_hole(&value)),
            Evaluated::Unanswered(names) => {
                for name in names {
                    if !self.unanswered.contains(&name) {
                        self.unanswered.push(name);
                    }
                }
            }
            Evaluated::NotYet => self.not_yet = true,
            Evaluated::Consumed { of } => self.consumed = self.consumed.take().or(Some(of)),
        }
    }

    /// Returns why it cannot be put together: what a further read may change comes first, then what a person may.
    pub fn outcome(&mut self) -> Option<Evaluated> {
        if self.not_yet {
            return Some(Evaluated::NotYet);
        }
        if !self.unanswered.is_empty() {
            return Some(Evaluated::Unanswered(std::mem::take(&mut self.unanswered)));
        }
        self.consumed.take().map(|of| Evaluated::Consumed { of })
    }
}

/// Returns the change that the first hole of a value belongs to.
pub fn first_hole(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().find_map(first_hole),
        Value::Object(fields) => match fields.get(HOLE) {
            Some(hole) => hole.get("of").and_then(Value::as_str).map(str::to_owned),
            None => fields.values().find_map(first_hole),
        },
        _ => None,
    }
}
