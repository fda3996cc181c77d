//! A step's requests, held against the contract: where they lead, and what they need.

mod link;
mod names;
mod path;
mod scopes;
mod verb;

use std::ops::Range;

use super::document::{Any, Placed, StepFile, Table};
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
    /// What is read of the answer, and written.
    pub fields: Vec<Placed<String>>,
    pub managed: Vec<Placed<String>>,
    pub wanted: Vec<(Placed<String>, Placed<String>)>,
    pub query: Vec<(Placed<String>, Placed<String>)>,
    pub body: Option<Placed<Any>>,
}

impl Requested {
    pub fn new(
        method: Method,
        path: &PathTemplate,
        range: Range<usize>,
        keys: Vec<String>,
        scopes: &[Placed<String>],
    ) -> Self {
        let (path, scopes) = (path.clone(), scopes.to_vec());
        let (fields, managed, wanted, query, body) = Default::default();
        Self { method, path, range, keys, scopes, fields, managed, wanted, query, body }
    }

    /// Adds what is read of the answer, and how it is asked for.
    pub fn reading(mut self, fields: &[Placed<String>], query: &Table<Placed<String>>) -> Self {
        self.fields = fields.to_vec();
        self.query = query.0.clone();
        self
    }

    fn is_beta(&self) -> bool {
        self.path.segments.first().and_then(Segment::literal) == Some("beta")
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
        link::check(page, request, place.as_ref());
        match &place {
            Ok(place) => {
                if !request.is_beta() {
                    verb::check(page, request, place);
                    names::check(page, request, place);
                }
            }
            Err(nowhere) => path::check(page, request, nowhere),
        }
        declared.request(request, place.as_ref().ok());
    }
    declared.finish();
}
