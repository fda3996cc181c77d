//! The names an expression may use, with what is known of each at this moment.
//!
//! A check runs before everything is known: reads are still under way, asks have no answer, an object that an
//! earlier step will create has no id. A [`Node`] says which, and evaluation reports the first such name that it
//! really touches, so that `before.otherMails or [ask.email]` is known where the first operand is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::known::Known;

/// What is known of a name.
#[derive(Debug, Clone)]
pub enum Node {
    /// Its value.
    Known(Known),
    /// A table of further names.
    Table(Arc<BTreeMap<String, Self>>),
    /// A list of which not every item is known.
    List(Arc<Vec<Self>>),
    /// An ask without an answer.
    Unanswered(String),
    /// Not read yet.
    NotYet,
    /// Known only from the answer to an earlier change: its id and a JSON pointer into the answer.
    Captured {
        /// The change's id.
        of: String,
        /// The pointer, such as `/id`.
        pointer: String,
    },
}

/// The names that an expression may use. Cheap to clone and to extend.
#[derive(Debug, Clone, Default)]
pub struct Scope(Arc<BTreeMap<String, Node>>);

impl Node {
    /// Makes a known value of JSON.
    pub fn json(value: &Value) -> Self {
        Self::Known(Known::from_json(value))
    }

    /// Makes a table.
    pub fn table(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        Self::Table(Arc::new(entries.into_iter().collect()))
    }

    /// Makes a list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Arc::new(items.into_iter().collect()))
    }
}

impl Scope {
    /// Returns this scope with one more name (or another meaning of it).
    #[must_use]
    pub fn with(&self, name: &str, node: Node) -> Self {
        let mut names = (*self.0).clone();
        names.insert(name.to_owned(), node);
        Self(Arc::new(names))
    }

    /// Returns what is known of a name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.0.get(name)
    }

    pub(super) fn names(&self) -> &Arc<BTreeMap<String, Node>> {
        &self.0
    }
}
