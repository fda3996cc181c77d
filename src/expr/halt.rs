//! Why evaluation stops before it has a value.

use std::fmt;

use minijinja::ErrorKind;

/// Why evaluation stops before it has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// It touched an ask without an answer.
    Unanswered(String),
    /// It touched what has not been read yet.
    NotYet,
    /// It computed with a value that is known only after this change.
    Consumed(String),
    /// A value is not what the expression takes it for.
    Wrong(String),
    /// It would take too long.
    Exhausted,
}

/// A halt on its way through MiniJinja, with the number of the part that stopped.
#[derive(Debug, Clone)]
pub struct Halted {
    pub halt: Halt,
    pub part: usize,
}

impl Halt {
    /// Makes the halt for a value that is not what the expression takes it for.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(message.into())
    }
}

impl From<Halted> for minijinja::Error {
    fn from(halted: Halted) -> Self {
        Self::new(ErrorKind::InvalidOperation, "").with_source(halted)
    }
}

impl fmt::Display for Halted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.halt)
    }
}

impl std::error::Error for Halted {}
