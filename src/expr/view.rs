//! How a scope's names look to the evaluator: tables and lists of which not everything is known, and holes.
//!
//! MiniJinja only carries these around. Everything that looks inside one goes through `operation`, which can say that
//! an answer or a read is missing; so none of them offers MiniJinja's own access.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::halt::Halt;
use super::scope::{Node, Table};

/// A table of names.
#[derive(Debug)]
pub struct TableView {
    table: Table,
    loose: Arc<AtomicBool>,
}

/// A list of which not every item is known.
#[derive(Debug)]
pub struct ListView {
    items: Arc<Vec<Node>>,
    loose: Arc<AtomicBool>,
}

/// A value that is known only after an earlier change.
#[derive(Debug)]
pub struct Hole {
    pub of: String,
    pub pointer: String,
}

impl TableView {
    /// Makes the outermost table; `loose` becomes true when a value is handed out that is not plain data.
    pub fn root(table: Table, loose: Arc<AtomicBool>) -> Self {
        Self { table, loose }
    }

    /// Follows names as far as tables go and returns the value there with the number of names that it took.
    pub fn follow<'name>(&self, names: impl Iterator<Item = &'name str>) -> Result<(Value, usize), Halt> {
        let mut taken = 0;
        let mut table = &self.table;
        for name in names {
            taken += 1;
            match table.get(name) {
                Some(Node::Table(next)) => table = next,
                Some(node) => return Ok((value_of(node, &self.loose)?, taken)),
                None => return Ok((Value::from(()), taken)),
            }
        }
        self.loose.store(true, Ordering::Relaxed);
        Ok((Value::from_object(Self { table: table.clone(), loose: self.loose.clone() }), taken))
    }

    /// Returns whether the table has this name.
    pub fn has(&self, name: &str) -> bool {
        self.table.get(name).is_some()
    }

    /// Returns all entries, each known or a hole.
    pub fn entries(&self) -> Result<Vec<(String, Value)>, Halt> {
        self.table.all().into_iter().map(|(name, node)| Ok((name.to_owned(), value_of(node, &self.loose)?))).collect()
    }

    /// Returns the number of entries.
    pub fn length(&self) -> usize {
        self.table.all().len()
    }
}

impl ListView {
    /// Returns all items, each known or a hole.
    pub fn items(&self) -> Result<Vec<Value>, Halt> {
        self.items.iter().map(|node| value_of(node, &self.loose)).collect()
    }

    /// Returns one item.
    pub fn item(&self, index: usize) -> Result<Option<Value>, Halt> {
        self.items.get(index).map(|node| value_of(node, &self.loose)).transpose()
    }

    /// Returns the number of items.
    pub fn length(&self) -> usize {
        self.items.len()
    }
}

fn value_of(node: &Node, loose: &Arc<AtomicBool>) -> Result<Value, Halt> {
    let view = match node {
        Node::Known(known) => return Ok(known.0.clone()),
        Node::Unanswered(name) => return Err(Halt::Unanswered(name.clone())),
        Node::NotYet => return Err(Halt::NotYet),
        Node::Table(table) => Value::from_object(TableView { table: table.clone(), loose: loose.clone() }),
        Node::List(items) => Value::from_object(ListView { items: items.clone(), loose: loose.clone() }),
        Node::Captured { of, pointer } => Value::from_object(Hole { of: of.clone(), pointer: pointer.clone() }),
    };
    loose.store(true, Ordering::Relaxed);
    Ok(view)
}

impl Object for TableView {
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.table.is_empty()
    }
}

impl Object for ListView {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.items.is_empty()
    }
}

impl Object for Hole {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}
