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
    Table(Table),
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

/// Names with what is known of each. A table with a name more shares all others with the one that it is made of: there is
/// one for each of thousands of items.
#[derive(Debug, Clone, Default)]
pub struct Table(Option<Arc<Entry>>);

#[derive(Debug)]
struct Entry {
    name: Box<str>,
    node: Node,
    rest: Table,
}

/// The names that an expression may use. Cheap to clone and to extend.
#[derive(Debug, Clone, Default)]
pub struct Scope(Table);

impl Node {
    /// Makes a known value of JSON.
    pub fn json(value: &Value) -> Self {
        Self::Known(Known::from_json(value))
    }

    /// Makes a table.
    pub fn table(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        Self::Table(entries.into_iter().fold(Table::default(), |names, (name, node)| names.with(&name, node)))
    }

    /// Makes a list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Arc::new(items.into_iter().collect()))
    }
}

impl Table {
    /// Returns these names with one more (or another meaning of it).
    #[must_use]
    pub fn with(&self, name: &str, node: Node) -> Self {
        Self(Some(Arc::new(Entry { name: name.into(), node, rest: self.clone() })))
    }

    /// Returns what is known of a name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        let mut names = self;
        while let Some(entry) = &names.0 {
            if *entry.name == *name {
                return Some(&entry.node);
            }
            names = &entry.rest;
        }
        None
    }

    /// Returns every name with its newest meaning, in order.
    pub fn all(&self) -> BTreeMap<&str, &Node> {
        let mut all = BTreeMap::new();
        let mut names = self;
        while let Some(entry) = &names.0 {
            all.entry(&*entry.name).or_insert(&entry.node);
            names = &entry.rest;
        }
        all
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Scope {
    /// Returns this scope with one more name (or another meaning of it).
    #[must_use]
    pub fn with(&self, name: &str, node: Node) -> Self {
        Self(self.0.with(name, node))
    }

    /// Returns what is known of a name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.0.get(name)
    }

    pub(super) fn names(&self) -> &Table {
        &self.0
    }
}
