//! A text with its placeholders filled in: for a request, for a file, for people.

use serde_json::{Value, json};

use super::{Piece, Template, odata_literal, show_value};
use crate::expr::{Datum, EvalError, Expression, HOLED_TEXT, Missing, Partial, Scope};
use crate::ports::text::in_line;

/// The most bytes that a text may get: a few placeholders of long lists would fill any memory.
const MOST: usize = 1 << 20;

impl Template {
    /// Renders the text for people, whatever is known: `<name>` for an answer that is missing, `…` for what has not been
    /// read, the placeholder itself for what cannot be evaluated. A value stays on its line, whatever it holds.
    pub fn show(&self, scope: &Scope) -> String {
        self.show_as(scope, &|value| in_line(&show_value(value)))
    }

    /// Renders the text for people as [`Self::show`] does, each value as `write` puts it down.
    pub fn show_as(&self, scope: &Scope, write: &dyn Fn(&Datum) -> String) -> String {
        let shown = |expression: &Expression| match expression.evaluate(scope) {
            Ok(Partial::Known(value)) => match value.first_hole() {
                Some(of) => format!("(known after {of})"),
                None => write(&value),
            },
            Ok(Partial::AfterChange(of)) => format!("(known after {of})"),
            Ok(Partial::Unanswered(asks)) => format!("<{}>", asks.join(", ")),
            Ok(Partial::NotRead) => "…".to_owned(),
            Err(_) => format!("{{{{ {} }}}}", expression.source()),
        };
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Value(expression) => text.push_str(&shown(expression)),
            }
            if text.len() > MOST {
                text.truncate(text.floor_char_boundary(MOST));
                text.push_str(" … (cut)");
                break;
            }
        }
        text
    }

    /// Renders the text, each value as `write` puts it down. Where a placeholder is a hole, it becomes
    /// `{"$text": ["…", {"$captured": …}]}`, to be joined when the hole is filled.
    pub(super) fn render(
        &self,
        scope: &Scope,
        write: &dyn Fn(&Expression, &Datum) -> Result<String, EvalError>,
    ) -> Result<Partial<Value>, EvalError> {
        let mut missing = Missing::default();
        let mut parts: Vec<Value> = Vec::new();
        let mut length = 0;
        for piece in &self.pieces {
            let text = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => match expression.evaluate(scope)? {
                    Partial::Known(hole @ Datum::Hole(_)) => {
                        parts.push(hole.to_json());
                        continue;
                    }
                    partial => match missing.take_whole(partial) {
                        Some(value) => {
                            let text = write(expression, &value)?;
                            length += text.len();
                            if length > MOST {
                                return Err(expression.error("this makes a text of more than 1 MiB".to_owned()));
                            }
                            text
                        }
                        None => continue,
                    },
                },
            };
            match parts.last_mut() {
                Some(Value::String(last)) => last.push_str(&text),
                _ => parts.push(Value::String(text)),
            }
        }
        Ok(missing.or(match parts.pop() {
            None => Value::String(String::new()),
            Some(text @ Value::String(_)) if parts.is_empty() => text,
            Some(last) => {
                parts.push(last);
                json!({ HOLED_TEXT: parts })
            }
        }))
    }
}

/// Renders the value of a query option: placeholders become OData literals, literal text stays as it is.
pub fn query_value(template: &Template, scope: &Scope) -> Result<Partial<Value>, EvalError> {
    template.render(scope, &|expression, value| odata_literal(value).map_err(|message| expression.error(message)))
}
