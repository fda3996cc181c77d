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

use crate::expr::{Expected, ExprError, Expression, Names, end_of_placeholder};

#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
    /// Where each piece's text or expression begins in the text as written, in bytes.
    offsets: Vec<usize>,
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
    /// A literal that is no text.
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
    /// Parses a text with placeholders. Ranges of a complaint are relative to the text.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let mut template = Self::default();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let brace = rest
                .match_indices('{')
                .map(|(offset, _)| offset)
                .find(|offset| rest.get(offset + 1..).is_some_and(|after| after.starts_with(['{', '%', '#'])));
            let literal = brace.unwrap_or(rest.len());
            if literal > 0 {
                template.push(at, Piece::Text(rest.get(..literal).unwrap_or_default().to_owned()));
            }
            let Some(brace) = brace else { break };
            let open = at + brace;
            if !text.get(open..).is_some_and(|here| here.starts_with("{{")) {
                return Err(ExprError::new(open..open + 2, "a text has placeholders, but no blocks and no comments")
                    .help("write a value as `{{ … }}`"));
            }
            let inner = open + 2;
            let Some(end) = end_of_placeholder(text, inner) else {
                return Err(ExprError::new(open..inner, "this placeholder has no end").help("close it with `}}`"));
            };
            let written = text.get(inner..end).unwrap_or_default();
            let start = inner + (written.len() - written.trim_start().len());
            let expression = Expression::parse(written.trim()).map_err(|complaint| complaint.shifted(start))?;
            template.push(start, Piece::Value(expression));
            at = end + 2;
        }
        Ok(template)
    }

    /// Returns the text for somebody who has not checked yet: every placeholder stands as `…`.
    pub fn outline(&self) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Value(_) => "…",
        });
        pieces.collect()
    }

    fn push(&mut self, offset: usize, piece: Piece) {
        self.pieces.push(piece);
        self.offsets.push(offset);
    }

    /// Says where the text stands, for errors while it is rendered.
    #[must_use]
    pub fn located(mut self, place: &str) -> Self {
        for piece in &mut self.pieces {
            if let Piece::Value(expression) = piece {
                *expression = expression.clone().located(place);
            }
        }
        self
    }

    /// Checks every placeholder against the names that are declared; ranges are relative to the text.
    pub fn check(&self, names: &Names) -> Vec<ExprError> {
        let mut complaints = Vec::new();
        for (piece, offset) in self.pieces.iter().zip(&self.offsets) {
            if let Piece::Value(expression) = piece {
                let found = expression.check(names, Expected::Anything).1;
                complaints.extend(found.into_iter().map(|complaint| complaint.shifted(*offset)));
            }
        }
        complaints
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
