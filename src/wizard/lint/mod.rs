//! A step's requests, held against the contract: where they lead, and what they need.

mod link;
mod path;
mod scopes;

use std::ops::Range;

use super::document::{Placed, StepFile};
use super::parse::FileParser;
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
pub fn check(page: &FileParser<'_>, file: &StepFile, requested: &[Requested]) {
    if page.is_shipped {
        return;
    }
    let mut declared = scopes::Declared::new(page, file);
    for request in requested {
        let place = request.place();
        match &place {
            Ok(place) => link::check(page, request, place),
            Err(nowhere) => path::check(page, request, nowhere),
        }
        declared.request(request, place.as_ref().ok());
    }
    declared.finish();
}
