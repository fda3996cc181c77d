//! A text with its placeholders filled in: for a request, for a file, for people.

use serde_json::{Value, json};

use super::{Piece, Template, odata_literal, show_value};
use crate::expr::{Datum, EvalError, Expression, HOLED_TEXT, Missing, Partial, Scope};

impl Template {
    /// Renders the text for people, whatever is known: `<name>` for an answer that is missing, `…` for what has not been
    /// read, the placeholder itself for what cannot be evaluated.
    pub fn show(&self, scope: &Scope) -> String {
        self.show_as(scope, &show_value)
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
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(expression) => shown(expression),
        });
        pieces.collect()
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
        for piece in &self.pieces {
            let text = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => match expression.evaluate(scope)? {
                    Partial::Known(hole @ Datum::Hole(_)) => {
                        parts.push(hole.to_json());
                        continue;
                    }
                    partial => match missing.take_whole(partial) {
                        Some(value) => write(expression, &value)?,
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
