//! Expressions: conditions and values of the wizard format, in MiniJinja's syntax, evaluated typed.
//!
//! Nothing outside this folder names MiniJinja. An expression is parsed twice: by `syntax`, our own small parser,
//! whose tree is what names, shapes, types and sources are checked on before anything is fetched, and by MiniJinja,
//! which evaluates it, strict and fuel-limited.

pub mod scope;

use std::sync::Arc;

pub use scope::{Known, Node, Scope};

/// An expression that parses.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
}

/// What an expression yields.
#[derive(Debug, Clone)]
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

impl Expression {
    /// Returns the text as the author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }
}
