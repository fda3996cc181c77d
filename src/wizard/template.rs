//! Text, paths and bodies with `{{ }}` placeholders. They are never joined as text where structure matters: a path
//! is a list of segments, a body is a tree of typed values.

use super::expression::Expression;

/// Text with placeholders.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a text.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A placeholder.
    Value(Expression),
}

/// A Graph path: literal segments and whole-segment placeholders in id positions.
#[derive(Debug, Clone)]
pub struct PathTemplate {
    /// The segments in order; the first is `v1.0` or `beta`.
    pub segments: Vec<Segment>,
}

/// A segment of a path.
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
    /// A literal that is no text.
    Literal(serde_json::Value),
    /// A text.
    Text(Template),
    /// A list.
    List(Vec<JsonTemplate>),
    /// An object, in order.
    Object(Vec<(String, JsonTemplate)>),
}

impl Template {
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
