//! A text with its placeholders filled in: for a request, for a file, for people.

use serde_json::Value;

use super::missing::{Missing, first_hole};
use super::{Piece, Template, odata_literal, show_value};
use crate::expr::{Evaluated, EvaluationError, Expression, HOLE, Known, Scope};

/// A text as it turned out.
#[derive(Debug, Clone, PartialEq)]
pub enum Rendered {
    Text(String),
    /// Texts and holes (`{"$captured": …}`) in order, to be joined when the holes are filled.
    WithHoles(Vec<Value>),
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

impl Template {
    /// Renders the text, each value as `write` puts it down.
    pub fn render(&self, scope: &Scope, write: &dyn Fn(&Known) -> String) -> Result<Rendered, EvaluationError> {
        self.render_with(scope, &|_, known| Ok(write(known)))
    }

    /// Renders the text for people, whatever is known: `<name>` stands for an answer that is missing, `…` for what
    /// has not been read, the placeholder itself for what cannot be evaluated.
    pub fn show(&self, scope: &Scope) -> String {
        self.show_as(scope, &show_value)
    }

    /// Renders the text for people as [`Self::show`] does, each value as `write` puts it down.
    pub fn show_as(&self, scope: &Scope, write: &dyn Fn(&Known) -> String) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => match expression.evaluate(scope) {
                    Ok(Evaluated::Known(known)) => write(&known),
                    Ok(Evaluated::WithHoles(value)) => {
                        let of = first_hole(&value).unwrap_or_default();
                        format!("(known after {of})")
                    }
                    Ok(Evaluated::Consumed { of }) => format!("(known after {of})"),
                    Ok(Evaluated::Unanswered(names)) => format!("<{}>", names.join(", ")),
                    Ok(Evaluated::NotYet) => "…".to_owned(),
                    Err(_) => format!("{{{{ {} }}}}", expression.source()),
                },
            })
            .collect()
    }

    pub(super) fn render_with(
        &self,
        scope: &Scope,
        write: &dyn Fn(&Expression, &Known) -> Result<String, EvaluationError>,
    ) -> Result<Rendered, EvaluationError> {
        let mut missing = Missing::default();
        let mut parts: Vec<Value> = Vec::new();
        for piece in &self.pieces {
            let text = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => match expression.evaluate(scope)? {
                    Evaluated::Known(known) => write(expression, &known)?,
                    Evaluated::WithHoles(hole) if hole.get(HOLE).is_some() => {
                        missing.holes = true;
                        parts.push(hole);
                        continue;
                    }
                    other => {
                        missing.note(other);
                        continue;
                    }
                },
            };
            match parts.last_mut() {
                Some(Value::String(last)) => last.push_str(&text),
                _ => parts.push(Value::String(text)),
            }
        }
        Ok(match missing.outcome() {
            Some(Evaluated::Unanswered(names)) => Rendered::Unanswered(names),
            Some(Evaluated::Consumed { of }) => Rendered::Consumed { of },
            Some(_) => Rendered::NotYet,
            None if missing.holes => Rendered::WithHoles(parts),
            None => Rendered::Text(parts.iter().filter_map(Value::as_str).collect()),
        })
    }
}

/// Renders the value of a query option: placeholders become OData literals, literal text stays as it is.
pub fn query_value(template: &Template, scope: &Scope) -> Result<Rendered, EvaluationError> {
    template.render_with(scope, &|expression, known| odata_literal(known).map_err(|message| expression.error(message)))
}
