//! The requests that one step or item reads, and what has come of each.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::graph::{Answer, ReadError};
use crate::wizard::field_path::FieldPath;
use crate::wizard::step::{Locate, OnStatus, StatusMeaning, Step};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadRequest {
    Object(usize),
    Read(usize),
}

/// What has come of a request.
#[derive(Debug)]
pub enum ReadResult {
    /// It was not made: its `when` is false.
    NotWanted,
    /// It cannot be made yet: its path holds a value that an earlier change gives. Counts as absent.
    Pending,
    Asked,
    Answered(Answer),
    Failed(ReadError),
}

/// All requests of one step or item.
pub type ReadResults = BTreeMap<ReadRequest, Box<ReadResult>>;

/// Returns the author's word on a request's status, where there is one.
pub fn on_status(step: &Step, request: ReadRequest, status: u16) -> Option<&OnStatus> {
    let id = request_name(step, request);
    step.on_status.iter().find(|rule| rule.status == status && rule.id.as_deref().is_none_or(|rule| rule == id))
}

/// Returns the id that the author gave a request.
pub fn request_name(step: &Step, request: ReadRequest) -> &str {
    match request {
        ReadRequest::Object(index) => step.objects().get(index).map_or("", |object| object.id.as_str()),
        ReadRequest::Read(index) => step.reads.get(index).map_or("", |read| read.id.as_str()),
    }
}

/// Returns the body of an answer that counts: none for a skipped status or one that means absent.
pub fn body<'results>(step: &Step, request: ReadRequest, result: &'results ReadResult) -> Option<&'results Value> {
    let ReadResult::Answered(answer) = result else { return None };
    let skipped = on_status(step, request, answer.status).is_some_and(|rule| rule.then == StatusMeaning::Skip);
    ((200..300).contains(&answer.status) && !skipped).then_some(&answer.body)
}

/// Returns only the given fields of an object; null where it has none.
pub fn project(object: &Value, fields: &[FieldPath]) -> Value {
    // With the room that is needed: there may be thousands of objects with one field each.
    let mut projected = Value::Object(Map::with_capacity(fields.len()));
    for field in fields {
        field.put(&mut projected, field.get(object).clone());
    }
    projected
}

/// Returns the item of a collection that has the given values; an error lists the candidates when there are several.
pub fn find_one<'list>(items: &'list [Value], matches: &[(FieldPath, Value)]) -> Result<Option<&'list Value>, String> {
    let hits: Vec<&Value> = items
        .iter()
        .filter(|item| {
            matches.iter().all(|(path, wanted)| {
                crate::engine::compare::same(path.get(item), wanted, crate::wizard::step::Comparison::Exact)
            })
        })
        .collect();
    match hits.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let ids: Vec<String> =
                several.iter().map(|item| item.get("id").and_then(Value::as_str).unwrap_or("?").to_owned()).collect();
            Err(format!(
                "{} objects match where one was expected: {}. Remove or rename the others, then check again.",
                several.len(),
                ids.join(", ")
            ))
        }
    }
}

/// Takes out of a read's answer what expressions see of it; what is left of the answer tells how it went.
pub fn take_read(step: &Step, index: usize, result: &mut ReadResult) -> Option<Value> {
    let read = step.reads.get(index)?;
    let counts = body(step, ReadRequest::Read(index), result).is_some();
    let (status, body) = match result {
        ReadResult::Asked => return None,
        ReadResult::Answered(answer) => (json!(answer.status), counts.then(|| answer.body.take())),
        ReadResult::NotWanted | ReadResult::Pending | ReadResult::Failed(_) => (Value::Null, None),
    };
    let (body, items) = match (body, read.page) {
        (Some(mut body), true) => (Value::Null, body.get_mut("value").map_or_else(|| json!([]), Value::take)),
        (None, true) => (Value::Null, json!([])),
        (body, false) => (body.unwrap_or(Value::Null), Value::Null),
    };
    let read = [("status", status), ("body", body), ("items", items)];
    Some(Value::Object(read.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// Returns the fields that must be kept of an object's read.
pub fn kept_fields(step: &Step, index: usize) -> Vec<FieldPath> {
    let Some(object) = step.objects().get(index) else { return Vec::new() };
    let mut fields = object.fields.clone();
    if let Locate::Find { matches, .. } = &object.locate {
        fields.extend(matches.iter().map(|(path, _)| path.clone()));
        fields.push(FieldPath(vec!["id".to_owned()]));
    }
    fields
}
