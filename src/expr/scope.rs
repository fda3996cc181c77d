//! The names an expression may use, with what is known of each at this moment.
//!
//! A check runs before everything is known: reads are still under way, asks have no answer, an object that an
//! earlier step will create has no id. A [`Datum`] says which, and evaluation reports the first such name that it
//! really touches, so that `before.otherMails or [ask.email]` is known where the first operand is.

use std::sync::Arc;

use super::Datum;

/// The names that an expression may use. Cheap to clone and to extend: a scope with a name more shares all others with
/// the one that it is made of, and there is one for each of thousands of items.
#[derive(Debug, Clone, Default)]
pub struct Scope(Option<Arc<Entry>>);

#[derive(Debug)]
struct Entry {
    name: Box<str>,
    value: Datum,
    rest: Scope,
}

impl Scope {
    /// Returns this scope with one more name (or another meaning of it).
    #[must_use]
    pub fn with(&self, name: &str, value: Datum) -> Self {
        Self(Some(Arc::new(Entry { name: name.into(), value, rest: self.clone() })))
    }

    /// Returns what is known of a name.
    pub fn get(&self, name: &str) -> Option<&Datum> {
        let mut names = self;
        while let Some(entry) = &names.0 {
            if *entry.name == *name {
                return Some(&entry.value);
            }
            names = &entry.rest;
        }
        None
    }
}
