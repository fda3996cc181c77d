//! Text, paths and bodies with `{{ }}` placeholders. They are never joined as text where structure matters: a path
//! is a list of segments, a body is a tree of typed values.

mod body;
mod link;
mod literal;
mod path;
mod render;

pub use link::LinkTemplate;
pub use literal::{odata_literal, powershell_literal, show_value};
pub use render::query_value;

use std::ops::Range;

use crate::expr::{ExprError, Expression, Partial, Scope, end_of_placeholder};
use crate::ports::text::without_name;

#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
}

/// A part of a text with placeholders, as bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Literal text.
    Text(Range<usize>),
    /// The expression of a placeholder, without braces and blanks.
    Value(Range<usize>),
}

/// Splits a text into literal parts and placeholders.
pub fn split(text: &str) -> Result<Vec<Part>, ExprError> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let brace = rest
            .match_indices('{')
            .map(|(offset, _)| offset)
            .find(|offset| rest.get(offset + 1..).is_some_and(|after| after.starts_with(['{', '%', '#'])));
        let open = at + brace.unwrap_or(rest.len());
        if open > at {
            parts.push(Part::Text(at..open));
        }
        if brace.is_none() {
            break;
        }
        let inner = open + 2;
        if text.get(open..inner) != Some("{{") {
            return Err(ExprError::new(open..inner, "only `{{ … }}` is read here")
                .help("statements and comments of templates are not part of the format"));
        }
        let Some(end) = end_of_placeholder(text, inner) else {
            return Err(ExprError::new(open..inner, "this `{{` has no `}}`"));
        };
        let written = text.get(inner..end).unwrap_or_default();
        let start = inner + (written.len() - written.trim_start().len());
        parts.push(Part::Value(start..start + written.trim().len()));
        at = end + 2;
    }
    Ok(parts)
}

#[derive(Debug, Clone)]
pub enum Piece {
    Text(String),
    Value(Expression),
}

/// A Graph path: literal segments and whole-segment placeholders in id positions.
#[derive(Debug, Clone)]
pub struct PathTemplate {
    /// The segments in order; the first is `v1.0` or `beta`.
    pub segments: Vec<Segment>,
}

#[derive(Debug, Clone)]
pub enum Segment {
    /// A literal segment, decoded.
    Literal(String),
    /// A placeholder that fills the whole segment.
    Value(Expression),
}

/// A body: JSON whose texts may hold placeholders. A text that is exactly one placeholder keeps the value's type.
#[derive(Debug, Clone)]
pub enum JsonTemplate {
    /// A literal that is not text.
    Literal(serde_json::Value),
    Text(Template),
    List(Vec<Self>),
    /// An object, in order.
    Object(Vec<(String, Self)>),
}

impl Segment {
    /// Returns a literal segment's text.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Value(_) => None,
        }
    }
}

impl Template {
    /// Parses a text with placeholders. Ranges of an error are relative to the text.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let piece = |part| match part {
            Part::Text(range) => Ok(Piece::Text(text.get(range).unwrap_or_default().to_owned())),
            Part::Value(range) => Expression::parse(text.get(range.clone()).unwrap_or_default().trim())
                .map(Piece::Value)
                .map_err(|error| error.shifted(range.start)),
        };
        Ok(Self { pieces: split(text)?.into_iter().map(piece).collect::<Result<_, _>>()? })
    }

    /// Returns the text for somebody who has not checked yet: what is not known without a check stands as `…`.
    pub fn outline(&self, scope: &Scope) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(expression) => match expression.evaluate(scope) {
                Ok(Partial::Known(value)) => show_value(&value),
                _ => "…".to_owned(),
            },
        });
        pieces.collect()
    }

    /// Returns what a title is about as a whole: without what only an item, or a check, can fill in.
    pub fn heading(&self) -> String {
        let text = |piece: Option<&Piece>| match piece {
            Some(Piece::Text(text)) => text.clone(),
            Some(Piece::Value(_)) | None => String::new(),
        };
        let after = if self.pieces.len() > 1 { text(self.pieces.last()) } else { String::new() };
        without_name(&text(self.pieces.first()), &after)
    }

    /// Returns the only placeholder, where the text is exactly one.
    pub fn single(&self) -> Option<&Expression> {
        match self.pieces.as_slice() {
            [Piece::Value(expression)] => Some(expression),
            _ => None,
        }
    }

    /// Returns the text as the author wrote it.
    pub fn source(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => format!("{{{{ {} }}}}", expression.source()),
            })
            .collect()
    }

    /// Returns the placeholders in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(expression) => Some(expression),
        })
    }
}

impl PathTemplate {
    /// Returns the path as the author wrote it.
    pub fn source(&self) -> String {
        self.segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(text) => format!("/{text}"),
                Segment::Value(expression) => format!("/{{{{ {} }}}}", expression.source()),
            })
            .collect()
    }
}
