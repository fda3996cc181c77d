//! What is wrong with an expression, and where; why its evaluation stops.

use std::fmt;
use std::ops::Range;

/// A mistake of an expression's author, with its place in the expression's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// The bytes of the source that it is about.
    pub range: Range<usize>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ExprError {
    /// Makes a complaint about a range of the source.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Moves the range by `offset` bytes, for an expression that stands inside a longer text.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        self.range = self.range.start + offset..self.range.end + offset;
        self
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(formatter, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ExprError {}

/// Why evaluation stops before it has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EvalStop {
    /// It touched an ask without an answer.
    Unanswered(String),
    /// It touched what has not been read yet.
    NotRead,
    /// It computed with a value that is known only after this change.
    AfterChange(String),
    /// A value is not what the expression takes it for, and in which part of it.
    Wrong(String, Option<Range<usize>>),
    /// It would take too long, or too much room.
    Exhausted,
}

impl EvalStop {
    /// Makes the stop for a value that is not what the expression takes it for.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(message.into(), None)
    }

    /// Says in which part it happened; the innermost part counts.
    pub fn in_part(self, part: &Range<usize>) -> Self {
        match self {
            Self::Wrong(message, None) => Self::Wrong(message, Some(part.clone())),
            stop => stop,
        }
    }
}

/// Why an expression could not be evaluated: a value that is not what the expression takes it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvalError {
    /// Where the expression is: `30-contacts.toml:12:9`.
    pub place: String,
    /// The part of the expression that failed.
    pub part: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for EvalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(formatter, "{}: ", self.place)?;
        }
        write!(formatter, "`{}`: {}", self.part, self.message)
    }
}

impl std::error::Error for EvalError {}
