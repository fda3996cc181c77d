//! A step's requests, held against the contract: where they lead, and what they need.

mod link;
pub mod scopes;
mod table;

use std::ops::Range;

use super::document::{Placed, StepFile};
use super::parse::Page;
use super::template::{PathTemplate, Segment};
use crate::contract::{NoPlace, Place, graph};
use crate::ports::http::Method;

pub struct Requested {
    pub method: Method,
    pub path: PathTemplate,
    pub range: Range<usize>,
    pub keys: Vec<String>,
    /// Scopes that it names itself.
    pub scopes: Vec<Placed<String>>,
}

impl Requested {
    pub fn new(
        method: Method,
        path: &PathTemplate,
        range: Range<usize>,
        keys: Vec<String>,
        scopes: &[Placed<String>],
    ) -> Self {
        Self { method, path: path.clone(), range, keys, scopes: scopes.to_vec() }
    }

    fn place(&self) -> Result<Place, NoPlace> {
        let segments: Vec<Option<&str>> = self.path.segments.iter().skip(1).map(Segment::literal).collect();
        graph().place(&segments)
    }
}

/// Checks a step's requests. What is shipped has been checked by a test, so that a run need not unpack the contract.
pub fn check(page: &Page<'_>, file: &StepFile, requested: &[Requested]) {
    if page.is_shipped {
        return;
    }
    for request in requested {
        if let Ok(place) = request.place() {
            link::check(page, request, &place);
        }
    }
    scopes::check(page, file, requested);
}
