//! Expressions: conditions and values of the wizard format, in Jinja's syntax with comprehensions, evaluated typed.
//!
//! `syntax` reads a text into a [`Tree`]; `check` holds its names and types against what is declared, before anything
//! is fetched; `evaluate` walks the tree, strict and with limited fuel.

mod brackets;
mod call;
mod check;
mod check_filter;
mod cursor;
mod datum;
mod error;
mod evaluate;
mod filter;
mod fuel;
mod functions;
mod gap;
mod operation;
mod partial;
mod scope;
mod syntax;
mod test;
mod time;
mod token;
pub mod tree;
mod types;

use std::sync::Arc;

pub use datum::{Datum, HOLE, HOLED_TEXT, RESERVED};
pub use error::{EvalError, ExprError};
pub use filter::FILTERS;
pub use partial::{Missing, Partial};
pub use scope::Scope;
pub use token::end_of_placeholder;
pub use tree::{Clause, ExprKind, Gather, Key, NamePath, Operator, Tree};
pub use types::{Expected, Names, Type};

use error::EvalStop;
use operation::kind_of;

/// An expression that parses.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    tree: Arc<Tree>,
    place: Arc<str>,
}

impl Expression {
    /// Parses an expression. Names, filters and tests are looked at by [`Self::check`].
    pub fn parse(source: &str) -> Result<Self, ExprError> {
        let tree = syntax::parse(source)?;
        Ok(Self { source: source.into(), tree: Arc::new(tree), place: "".into() })
    }

    /// Says where the expression is (`30-contacts.toml:12:9`), for errors while it is evaluated.
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
    pub(crate) fn error(&self, message: String) -> EvalError {
        EvalError { place: self.place.to_string(), part: self.source().to_owned(), message }
    }

    /// Returns every static name path that the expression uses, with its places.
    pub fn paths(&self) -> Vec<NamePath> {
        self.tree.paths()
    }
}
