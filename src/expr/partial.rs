//! A value, or why there is none yet: what everything yields that is made of expressions.

use super::Datum;

/// A value, or why there is none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partial<T> {
    /// The value; parts of it may be holes, to be filled from the answer to an earlier change.
    Known(T),
    /// Something that it needs has not been read yet.
    NotRead,
    /// Asks that it needs have no answer: their names.
    Unanswered(Vec<String>),
    /// It computes with a value that only the answer to this change tells, which cannot be written down as data.
    AfterChange(String),
}

impl<T> Partial<T> {
    /// Returns the value, made into another, where there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Partial<U> {
        match self {
            Self::Known(value) => Partial::Known(change(value)),
            Self::NotRead => Partial::NotRead,
            Self::Unanswered(asks) => Partial::Unanswered(asks),
            Self::AfterChange(of) => Partial::AfterChange(of),
        }
    }

    /// Returns the value, where there is one.
    pub fn known(self) -> Option<T> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }
}

/// What keeps something from being put together of several expressions.
#[derive(Debug, Default)]
pub struct Missing {
    not_read: bool,
    unanswered: Vec<String>,
    after: Option<String>,
}

impl Missing {
    /// Returns the value, or notes why there is none.
    pub fn take<T>(&mut self, partial: Partial<T>) -> Option<T> {
        match partial {
            Partial::Known(value) => return Some(value),
            Partial::NotRead => self.not_read = true,
            Partial::Unanswered(asks) => {
                for ask in asks {
                    if !self.unanswered.contains(&ask) {
                        self.unanswered.push(ask);
                    }
                }
            }
            Partial::AfterChange(of) => self.after = self.after.take().or(Some(of)),
        }
        None
    }

    /// Returns a value without holes, or notes which change it waits for.
    pub fn take_whole(&mut self, partial: Partial<Datum>) -> Option<Datum> {
        let value = self.take(partial)?;
        match value.first_hole() {
            Some(of) => self.take(Partial::AfterChange(of.to_owned())),
            None => Some(value),
        }
    }

    /// Returns what was put together, or why it could not be: what a further read may change comes first, then what a
    /// person may.
    pub fn or<T>(self, whole: T) -> Partial<T> {
        match self.after {
            _ if self.not_read => Partial::NotRead,
            _ if !self.unanswered.is_empty() => Partial::Unanswered(self.unanswered),
            Some(of) => Partial::AfterChange(of),
            None => Partial::Known(whole),
        }
    }
}
