//! The check of one step, or one item of a repeated step, as a state machine: it says which reads it needs next,
//! and, once it has them all, what it found. It sends nothing itself.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use super::reads::{self, ReadRequest, ReadResult, ReadResults};
use crate::engine::change::{Probe, Segments};
use crate::engine::finding::{Facts, Finding, Item, ObjectFact};
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::graph::Read;
use crate::ports::path::ResourcePath;
use crate::wizard::Step;
use crate::wizard::field_path::FieldPath;
use crate::wizard::step::{Locate, Object};
use crate::wizard::template::{PathTemplate, Template, query_value};

#[derive(Debug)]
pub struct ItemCheck<'run> {
    pub(super) step: &'run Step,
    pub(super) item: Option<Item>,
    results: ReadResults,
    /// What expressions see of each read, made once: it may hold thousands of items.
    reads: Vec<Datum>,
    located: Vec<Option<Located>>,
}

/// How an object is read, with its values.
#[derive(Debug, Clone)]
struct Located {
    probe: Probe,
    matches: Vec<(FieldPath, Value)>,
}

/// A path's segments and its query options, deferred values included.
type Address = (Segments, Vec<(String, Value)>);

/// What a check needs next.
pub enum Advance {
    Needs(Vec<(ReadRequest, Read)>),
    Waits,
    Done(Box<Finding>),
}

impl<'run> ItemCheck<'run> {
    pub fn new(step: &'run Step, item: Option<Item>) -> Self {
        let reads = vec![Datum::NotRead; step.reads.len()];
        let located = vec![None; step.objects().len()];
        Self { step, item, results: ReadResults::new(), reads, located }
    }

    /// Lets go of what was read, once it is in a finding.
    pub fn forget(&mut self) {
        *self =
            Self { step: self.step, item: None, results: ReadResults::new(), reads: Vec::new(), located: Vec::new() };
    }

    pub fn take(&mut self, request: ReadRequest, result: ReadResult) {
        self.settle(request, result);
    }

    /// Goes on as far as it can with what is known. `base` has every name that does not belong to the step.
    pub fn advance(&mut self, base: &Scope) -> Advance {
        match self.try_advance(base) {
            Ok(advance) => advance,
            Err(error) => Advance::Done(Box::new(super::evaluate::failed(self.step, self.item.clone(), base, &error))),
        }
    }

    fn try_advance(&mut self, base: &Scope) -> Result<Advance> {
        let mut needs = Vec::new();
        let mut waits;
        // A read whose `when` is false can make another one ready at once, so go round until nothing moves.
        loop {
            let scope = self.scope(base)?;
            let before = self.results.len();
            waits = false;
            for request in self.all_requests() {
                if self.results.contains_key(&request) {
                    continue;
                }
                match self.prepare(request, &scope)? {
                    Prepared::Read(read) => {
                        self.results.insert(request, Box::new(ReadResult::Asked));
                        needs.push((request, *read));
                    }
                    Prepared::Settled(result) => self.settle(request, result),
                    Prepared::Waits => waits = true,
                }
            }
            if self.results.len() == before {
                break;
            }
        }
        if !needs.is_empty() {
            return Ok(Advance::Needs(needs));
        }
        if waits || self.results.values().any(|result| matches!(**result, ReadResult::Asked)) {
            return Ok(Advance::Waits);
        }
        let facts = Facts { scope: self.scope(base)?, objects: self.facts(base)? };
        match super::evaluate::evaluate(self.step, self.item.clone(), &self.results, facts)? {
            Some(finding) => Ok(Advance::Done(Box::new(finding))),
            None => Ok(Advance::Waits),
        }
    }

    fn settle(&mut self, request: ReadRequest, mut result: ReadResult) {
        if let ReadRequest::Read(index) = request
            && let Some(value) = reads::take_read(self.step, index, &mut result)
            && let Some(node) = self.reads.get_mut(index)
        {
            *node = Datum::json(&value);
        }
        self.results.insert(request, Box::new(result));
    }

    fn all_requests(&self) -> Vec<ReadRequest> {
        let reads = (0..self.step.reads.len()).map(ReadRequest::Read);
        reads.chain((0..self.step.objects().len()).map(ReadRequest::Object)).collect()
    }

    fn prepare(&mut self, request: ReadRequest, scope: &Scope) -> Result<Prepared> {
        let step = self.step;
        match request {
            ReadRequest::Read(index) => {
                let Some(read) = step.reads.get(index) else { bail!("no such read") };
                match Expression::holds(read.when.as_ref(), true, scope)? {
                    Partial::Known(true) => {}
                    Partial::Known(false) | Partial::Unanswered(_) => {
                        return Ok(Prepared::Settled(ReadResult::NotWanted));
                    }
                    Partial::NotRead => return Ok(Prepared::Waits),
                    Partial::AfterChange(_) => return Ok(Prepared::Settled(ReadResult::Pending)),
                }
                let Some((path, query)) = self.address(&read.get, &read.query, scope)? else {
                    return Ok(Prepared::Waits);
                };
                let (Some(path), Some(query)) = (concrete(&path)?, concrete_query(query)) else {
                    return Ok(Prepared::Settled(ReadResult::Pending));
                };
                let fields = read.fields.clone();
                Ok(Prepared::Read(Box::new(Read {
                    path,
                    query,
                    headers: read.headers.clone(),
                    page: read.page,
                    keep: Some(Arc::new(move |body| reads::project(&body, &fields))),
                })))
            }
            ReadRequest::Object(index) => {
                let Some(object) = step.objects().get(index) else { bail!("no such object") };
                match Expression::holds(object.when.as_ref(), true, scope)? {
                    Partial::Known(true) => {}
                    Partial::Known(false) | Partial::Unanswered(_) => {
                        return Ok(Prepared::Settled(ReadResult::NotWanted));
                    }
                    Partial::NotRead => return Ok(Prepared::Waits),
                    Partial::AfterChange(of) => bail!("whether `{}` takes part depends on change `{of}`", object.id),
                }
                self.prepare_object(index, object, scope)
            }
        }
    }

    fn prepare_object(&mut self, index: usize, object: &Object, scope: &Scope) -> Result<Prepared> {
        let (get, query, matches) = match &object.locate {
            Locate::Get(get) => (get, &[][..], &[][..]),
            Locate::Find { get, query, matches, .. } => (get, query.as_slice(), matches.as_slice()),
        };
        let Some((path, mut query)) = self.address(get, query, scope)? else { return Ok(Prepared::Waits) };
        let mut wanted = Vec::new();
        for (field, value) in matches {
            match value.evaluate(scope)? {
                Partial::Known(value) => wanted.push((field.clone(), value)),
                Partial::NotRead => return Ok(Prepared::Waits),
                Partial::Unanswered(asks) => {
                    bail!("`match` of `{}` needs the answer to {}", object.id, asks.join(", "))
                }
                Partial::AfterChange(of) => bail!("`match` of `{}` computes with the answer to `{of}`", object.id),
            }
        }
        let fields = reads::kept_fields(self.step, index);
        if object.select {
            let mut names: Vec<&str> = Vec::new();
            for name in fields.iter().filter_map(|field| field.0.first()) {
                if !names.contains(&name.as_str()) && !name.starts_with('@') {
                    names.push(name);
                }
            }
            query.push(("$select".to_owned(), Value::String(names.join(","))));
        }
        let probe = Probe {
            path: path.clone(),
            query: query.clone(),
            find: wanted.iter().map(|(field, value)| (field.pointer(), value.clone())).collect(),
        };
        let is_find = matches!(object.locate, Locate::Find { .. });
        let pending = wanted.iter().any(|(_, value)| crate::engine::deferred::is_deferred(value));
        if let Some(place) = self.located.get_mut(index) {
            *place = Some(Located { probe, matches: wanted });
        }
        let path = if pending { None } else { concrete(&path)? };
        let (Some(path), Some(query)) = (path, concrete_query(query)) else {
            return Ok(Prepared::Settled(ReadResult::Pending));
        };
        Ok(Prepared::Read(Box::new(Read {
            path,
            query,
            headers: Vec::new(),
            page: is_find,
            keep: Some(Arc::new(move |body| reads::project(&body, &fields))),
        })))
    }

    fn address(&self, get: &PathTemplate, query: &[(String, Template)], scope: &Scope) -> Result<Option<Address>> {
        let path = match get.segments(scope)? {
            Partial::Known(path) => path,
            Partial::NotRead => return Ok(None),
            Partial::Unanswered(asks) => bail!("a read needs the answer to {}", asks.join(", ")),
            Partial::AfterChange(of) => bail!("a read's path computes with the answer to `{of}`"),
        };
        let mut options = Vec::new();
        for (name, value) in query {
            match query_value(value, scope)? {
                Partial::Known(value) => options.push((name.clone(), value)),
                Partial::NotRead => return Ok(None),
                Partial::Unanswered(asks) => bail!("a read needs the answer to {}", asks.join(", ")),
                Partial::AfterChange(of) => bail!("a read's `{name}` needs the answer to `{of}`"),
            }
        }
        Ok(Some((path, options)))
    }

    /// Every name but `ask` and `before`, with what has been read so far.
    fn scope(&self, base: &Scope) -> Result<Scope> {
        let mut scope = base.clone();
        if let (Some(for_each), Some(item)) = (&self.step.for_each, &self.item) {
            scope = scope.with(&for_each.name, item.value.clone());
        }
        let reads = self.step.reads.iter().zip(&self.reads).map(|(read, node)| (read.id.clone(), node.clone()));
        scope = scope.with("reads", Datum::table(reads));
        let mut objects = Vec::new();
        for (index, object) in self.step.objects().iter().enumerate() {
            let node = match self.results.get(&ReadRequest::Object(index)).map(Box::as_ref) {
                None | Some(ReadResult::Asked) => Datum::NotRead,
                Some(_) => Datum::json(&self.fact(index, &scope)?.visible()),
            };
            objects.push((object.id.clone(), node));
        }
        Ok(scope.with("objects", Datum::table(objects)))
    }

    fn facts(&self, base: &Scope) -> Result<Vec<ObjectFact>> {
        let scope = self.scope(base)?;
        // With exactly the room that is needed: there may be thousands of items.
        let mut facts = Vec::with_capacity(self.step.objects().len());
        for index in 0..self.step.objects().len() {
            facts.push(self.fact(index, &scope)?);
        }
        Ok(facts)
    }

    /// The object as it was read. `scope` needs only what the item's own path uses.
    fn fact(&self, index: usize, scope: &Scope) -> Result<ObjectFact> {
        let object = self.step.objects().get(index).ok_or_else(|| anyhow!("no such object"))?;
        let request = ReadRequest::Object(index);
        let Some(result) = self.results.get(&request) else { bail!("`{}` was not read", object.id) };
        let located = self.located.get(index).and_then(Option::as_ref);
        let mut fact = ObjectFact {
            takes_part: located.is_some() && !skipped(self.step, request, result),
            exists: false,
            path: located.map(|located| located.probe.path.clone()).unwrap_or_default(),
            probe: located.map_or_else(
                || Probe { path: Segments::default(), query: Vec::new(), find: Vec::new() },
                |l| l.probe.clone(),
            ),
            found_by: None,
            id: None,
            fields: reads::project(&Value::Null, &object.fields),
        };
        let Some(body) = reads::body(self.step, request, result) else { return Ok(fact) };
        match &object.locate {
            Locate::Get(_) => {
                fact.exists = true;
                fact.fields = reads::project(body, &object.fields);
            }
            Locate::Find { path, .. } => {
                let items = body.get("value").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let matches = located.map(|located| located.matches.as_slice()).unwrap_or_default();
                let found =
                    reads::find_one(items, matches).map_err(|error| anyhow!(super::evaluate::Ambiguous(error)))?;
                let Some(found) = found else { return Ok(fact) };
                let id = found.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                fact.exists = true;
                fact.fields = reads::project(found, &object.fields);
                if let Partial::Known(path) = path.segments(&scope.with("id", Datum::json(&json!(id))))? {
                    // Found once, it is read by its own path: a query reads an index that lags more.
                    let query = fact.probe.query.iter().filter(|(name, _)| name == "$select").cloned().collect();
                    let own = Probe { path: path.clone(), query, find: Vec::new() };
                    fact.found_by = Some(std::mem::replace(&mut fact.probe, own));
                    fact.path = path;
                }
                fact.id = Some(id);
            }
        }
        Ok(fact)
    }
}

enum Prepared {
    Read(Box<Read>),
    Settled(ReadResult),
    Waits,
}

/// Returns the path when it has no deferred value.
fn concrete(path: &[Value]) -> Result<Option<ResourcePath>> {
    let segments: Option<Vec<String>> = path.iter().map(|segment| segment.as_str().map(str::to_owned)).collect();
    segments.map(|segments| ResourcePath::from_segments(segments).map_err(|error| anyhow!("{error}"))).transpose()
}

/// Returns the query options when they have no deferred value.
fn concrete_query(query: Vec<(String, Value)>) -> Option<Vec<(String, String)>> {
    query.into_iter().map(|(name, value)| value.as_str().map(|value| (name, value.to_owned()))).collect()
}

fn skipped(step: &Step, request: ReadRequest, result: &ReadResult) -> bool {
    matches!(result, ReadResult::Answered(answer) if reads::on_status(step, request, answer.status)
        .is_some_and(|rule| rule.then == crate::wizard::step::StatusMeaning::Skip))
}
