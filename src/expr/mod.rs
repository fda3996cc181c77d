//! Expressions: conditions and values of the wizard format, in MiniJinja's syntax, evaluated typed.
//!
//! Nothing outside this folder names MiniJinja. An expression is read by `syntax`, our own small parser, whose tree
//! is what names, shapes, types and sources are checked on before anything is fetched, and evaluated by MiniJinja,
//! strict and fuel-limited.

mod bind;
mod call;
mod check;
mod check_filter;
mod cursor;
mod date_filter;
mod directory_filter;
pub mod error;
mod evaluate;
pub mod filter;
mod halt;
pub mod known;
mod list_filter;
mod lower;
mod operation;
pub mod scope;
mod syntax;
pub mod test;
mod text_filter;
mod token;
pub mod tree;
pub mod types;
mod view;

use std::fmt;
use std::sync::Arc;

use evaluate::Compiled;

pub use error::ExprError;
pub use evaluate::{HOLE, HOLED_TEXT, RESERVED};
pub use filter::FILTERS;
pub use known::Known;
pub use scope::{Node, Scope, Table};
pub use test::TESTS;
pub use token::end_of_placeholder;
pub use tree::{Argument, ExprKind, NamePath, Operator, Tree};
pub use types::{Expected, Names, Type};

/// An expression that parses.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    tree: Arc<Tree>,
    place: Arc<str>,
    /// What MiniJinja runs; a complaint where the check was passed over.
    compiled: Arc<Result<Compiled, ExprError>>,
}

/// What an expression yields.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluated {
    /// A value.
    Known(Known),
    /// A value that contains holes `{"$captured": {"of": …, "pointer": …}}`, to be filled from the answer of an
    /// earlier change. Only whole values pass through as holes (also inside lists and objects).
    WithHoles(serde_json::Value),
    /// It needs asks that have no answer: their names.
    Unanswered(Vec<String>),
    /// It needs something that has not been read yet.
    NotYet,
    /// It computes with a value that is known only after an earlier change (`of`), which cannot be written down as data.
    Consumed {
        /// The change whose answer it needs.
        of: String,
    },
}

/// What a condition yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It needs asks that have no answer: their names.
    Unanswered(Vec<String>),
    /// It needs something that has not been read yet.
    NotYet,
    /// It needs a value that is known only after an earlier change.
    Consumed {
        /// The change whose answer it needs.
        of: String,
    },
}

/// Why an expression could not be evaluated: a value that is not what the expression takes it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationError {
    /// Where the expression stands: `30-contacts.toml:12:9`.
    pub place: String,
    /// The part of the expression that failed.
    pub part: String,
    /// What is wrong.
    pub message: String,
}

impl Expression {
    /// Parses an expression. Names, filters and tests are looked at by [`Self::check`].
    pub fn parse(source: &str) -> Result<Self, ExprError> {
        let tree = syntax::parse(source)?;
        let compiled = Arc::new(Compiled::of(&tree));
        Ok(Self { source: source.into(), tree: Arc::new(tree), place: "".into(), compiled })
    }

    /// Says where the expression stands (`30-contacts.toml:12:9`), for errors while it is evaluated.
    #[must_use]
    pub fn located(self, place: &str) -> Self {
        Self { place: place.into(), ..self }
    }

    /// Returns the text as the author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the expression as a tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Makes the error that a value of this expression causes where it is used.
    pub(crate) fn error(&self, message: String) -> EvaluationError {
        EvaluationError { place: self.place.to_string(), part: self.source().to_owned(), message }
    }

    /// Returns every static name path that the expression uses, with its places.
    pub fn paths(&self) -> Vec<NamePath> {
        self.tree.paths()
    }
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(formatter, "{}: ", self.place)?;
        }
        write!(formatter, "`{}`: {}", self.part, self.message)
    }
}

impl std::error::Error for EvaluationError {}
