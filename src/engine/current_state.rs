//! The live object of a change: how it is read again, and how what is there compares with what was seen and what is
//! wanted. The same for the drift guard, for verifying, for settling and for the way back.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use super::body::field_path;
use super::change::{Change, ChangeKind, LandedProbe, Precondition, Probe};
use super::check::reads;
use super::compare::same;
use super::deferred::{self, Captured};
use crate::graph::{Answer, Read, ReadError, Reader};
use crate::ports::event::Drift;
use crate::ports::path::ResourcePath;
use crate::wizard::field_path::FieldPath;
use crate::wizard::takeover;

/// An object as it is now.
#[derive(Debug, Clone)]
pub struct CurrentState {
    pub exists: bool,
    /// The object; null where it does not exist.
    pub object: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldState {
    Before,
    After,
    /// Neither: somebody else changed it.
    Else,
}

/// Returns the read of a probe, with its deferred values filled. `keep` are pointers of all that matters.
pub fn read_of(probe: &Probe, answers: &Captured, keep: Vec<FieldPath>) -> Result<Read> {
    let path =
        ResourcePath::from_segments(deferred::fill_path(&probe.path, answers)?).map_err(|error| anyhow!("{error}"))?;
    let query = probe.query.iter().map(|(name, value)| Ok((name.clone(), deferred::fill_query(value, answers)?)));
    Ok(Read {
        path,
        query: query.collect::<Result<_>>()?,
        headers: Vec::new(),
        page: !probe.find.is_empty(),
        keep: Some(Arc::new(move |body| if keep.is_empty() { body } else { reads::project(&body, &keep) })),
    })
}

/// Returns how a change's object is read now: a created one by its own path as soon as its id is known, because a query
/// reads an index that lags more than the object itself.
pub fn probe_now(change: &Change, answers: &Captured) -> Option<Probe> {
    let probe = change.probe.as_ref()?;
    if change.kind == ChangeKind::Create
        && answers.contains_key(&change.id)
        && let Some(own) = &change.own
        && let Ok(own) = deferred::fill_path(own, answers)
    {
        let query = probe.query.iter().filter(|(name, _)| name == "$select").cloned().collect();
        return Some(Probe { path: own.into_iter().map(Value::String).collect(), query, find: Vec::new() });
    }
    Some(probe.clone())
}

/// Returns the read that shows a change's object.
pub fn read_of_change(change: &Change, answers: &Captured) -> Result<Option<Read>> {
    let Some(probe) = &probe_now(change, answers) else { return Ok(None) };
    let mut keep: Vec<FieldPath> = change.fields.iter().map(|field| field_path(&field.pointer)).collect();
    keep.extend(change.request.merge.iter().map(|pointer| field_path(pointer)));
    keep.extend(probe.find.iter().map(|(pointer, _)| field_path(pointer)));
    keep.extend(change.capture.keys().filter(|name| name.starts_with('/')).map(|pointer| field_path(pointer)));
    keep.push(FieldPath(vec!["id".to_owned()]));
    read_of(probe, answers, keep).map(Some)
}

/// Makes the live object of an answer.
pub fn of_answer(probe: &Probe, answers: &Captured, answer: Result<Answer, ReadError>) -> Result<CurrentState> {
    let answer = answer?;
    if answer.status == 404 {
        return Ok(CurrentState { exists: false, object: Value::Null });
    }
    if !answer.is_success() {
        let code = answer.error.as_ref().map_or("", |error| error.code.as_str());
        bail!("reading it back was answered with {} {code}", answer.status);
    }
    if probe.find.is_empty() {
        return Ok(CurrentState { exists: true, object: answer.body });
    }
    let items = answer.body.get("value").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut wanted = Vec::new();
    for (pointer, value) in &probe.find {
        wanted.push((field_path(pointer), deferred::fill(value, answers)?));
    }
    let found = reads::find_one(&items, &wanted).map_err(|error| anyhow!(error))?;
    Ok(CurrentState { exists: found.is_some(), object: found.cloned().unwrap_or(Value::Null) })
}

/// Reads a change's object now.
pub fn read_change(reader: &Reader, change: &Change, answers: &Captured) -> Result<Option<CurrentState>> {
    let (Some(probe), Some(read)) = (probe_now(change, answers), read_of_change(change, answers)?) else {
        return Ok(None);
    };
    of_answer(&probe, answers, reader.read(&read)).map(Some)
}

impl CurrentState {
    /// Returns where each field of a change stands, in order.
    pub fn field_states(&self, change: &Change, answers: &Captured) -> Result<Vec<FieldState>> {
        let mut stands = Vec::new();
        for field in &change.fields {
            let live = field_path(&field.pointer).get(&self.object).clone();
            let after = deferred::fill(&field.after, answers)?;
            stands.push(if same(&live, &field.before, field.compare) {
                FieldState::Before
            } else if same(&live, &after, field.compare) {
                FieldState::After
            } else {
                FieldState::Else
            });
        }
        Ok(stands)
    }

    pub fn is_as_wanted(&self, change: &Change, answers: &Captured) -> Result<bool> {
        if change.kind == ChangeKind::Remove {
            return Ok(!self.exists);
        }
        if !self.exists {
            return Ok(false);
        }
        for field in &change.fields {
            let live = field_path(&field.pointer).get(&self.object);
            if !same(live, &deferred::fill(&field.after, answers)?, field.compare) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the rows of the fields that stand elsewhere.
    pub fn drift(&self, change: &Change, stands: &[FieldState]) -> Vec<Drift> {
        let fields = change.fields.iter().zip(stands).filter(|(_, stand)| **stand == FieldState::Else);
        fields
            .map(|(field, _)| Drift {
                field: field_path(&field.pointer).dotted(),
                expected: field.before.clone(),
                wanted: field.after.clone(),
                live: field_path(&field.pointer).get(&self.object).clone(),
            })
            .collect()
    }
}

/// Reads a precondition; returns the fields that do not hold.
pub fn broken(reader: &Reader, condition: &Precondition, answers: &Captured) -> Result<Vec<Drift>> {
    let keep = condition.fields.iter().map(|(pointer, _)| field_path(pointer)).collect();
    let read = read_of(&condition.probe, answers, keep)?;
    let live = of_answer(&condition.probe, answers, reader.read(&read))?;
    let mut drift = Vec::new();
    for (pointer, wanted) in &condition.fields {
        let field = field_path(pointer);
        let wanted = deferred::fill(wanted, answers)?;
        let there = field.get(&live.object);
        if !same(there, &wanted, crate::wizard::step::Comparison::Exact) {
            drift.push(Drift { field: field.dotted(), expected: wanted, wanted: Value::Null, live: there.clone() });
        }
    }
    Ok(drift)
}

/// Looks for the trace of an action that may not be repeated; returns what it hands on when it was done.
pub fn landed(reader: &Reader, probe: &LandedProbe, answers: &Captured) -> Result<Option<Value>> {
    let path =
        ResourcePath::from_segments(deferred::fill_path(&probe.path, answers)?).map_err(|error| anyhow!("{error}"))?;
    let answer = reader
        .read(&Read { page: probe.items.as_deref() == Some("/value"), ..Read::of(path) })
        .context("failed to look whether it was done")?;
    if !answer.is_success() {
        return Ok(None);
    }
    let items = match &probe.items {
        None => vec![answer.body],
        Some(pointer) => answer.body.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default(),
    };
    let mut wanted = Vec::new();
    for (pointer, value) in &probe.matches {
        wanted.push((field_path(pointer), deferred::fill(value, answers)?));
    }
    let found = reads::find_one(&items, &wanted).map_err(|error| anyhow!(error))?;
    Ok(found.map(|item| capture(item, probe.capture.iter())))
}

/// Returns a value without the keys, at any depth, that hold secrets.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(without_secrets).collect()),
        Value::Object(map) => {
            let plain = map.iter().filter(|(key, _)| !takeover::is_secret_key(key));
            Value::Object(plain.map(|(key, value)| (key.clone(), without_secrets(value))).collect())
        }
        plain => plain.clone(),
    }
}

/// Returns what an answer hands on: each name with the value at its pointer. A name that is a pointer itself keeps
/// its place.
pub fn capture<'map>(body: &Value, wanted: impl Iterator<Item = (&'map String, &'map String)>) -> Value {
    let mut captured = Value::Object(serde_json::Map::new());
    for (name, pointer) in wanted {
        // What lands here is written to the journal: a secret inside what was asked for does not.
        let is_secret = pointer.rsplit('/').next().is_some_and(takeover::is_secret_key);
        let value = body.pointer(pointer).filter(|_| !is_secret).map_or(Value::Null, without_secrets);
        let place = if name.starts_with('/') { field_path(name) } else { FieldPath(vec![name.clone()]) };
        place.put(&mut captured, value);
    }
    captured
}
