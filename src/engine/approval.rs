//! What consent covers. A client that can write is made here, from a plan that was approved, and can send nothing
//! that is not on it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::change::{Change, ChangeKind, ChangeRequest, Inverse};
use super::deferred;
use super::plan::Plan;
use crate::contract::ordinary::{Sent, takeover};
use crate::graph::{Session, Writer};
use crate::ports::http::Method;

/// What a person, or the flags of an unattended run, consented to.
#[derive(Debug, Clone, Default)]
pub struct Consent {
    /// Whether the reversible changes of the plan are approved.
    pub reversible: bool,
    /// Steps whose irreversible or tier-0 changes are approved by name.
    pub steps: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub struct Approved(Plan);

/// Returns why a change needs to be approved by name, where it does.
pub fn needs_typing(change: &Change, is_rollback: bool) -> Option<String> {
    if is_rollback {
        // A way back is made, and judged, anew each time.
        return change.tier0.clone();
    }
    // Worked out from the request itself, not only from what the journal says of it.
    let takes_over = change.tier0.clone().or_else(|| tier0(&change.request));
    takes_over.or_else(|| change.irreversible().map(|because| format!("cannot be rolled back: {because}")))
}

impl Plan {
    /// Approves the plan; hands back the steps that still need to be approved by name.
    pub fn approve(self, consent: &Consent) -> Result<Approved, Vec<String>> {
        let mut missing: Vec<String> = Vec::new();
        for change in &self.changes {
            if needs_typing(change, self.is_rollback).is_some()
                && !consent.steps.contains(&change.step)
                && !missing.contains(&change.step)
            {
                missing.push(change.step.clone());
            }
        }
        if !consent.reversible || !missing.is_empty() {
            return Err(missing);
        }
        Ok(Approved(self))
    }

    /// Approves a rollback without asking: it is covered by the consent that made what it rolls back.
    pub fn approve_all(self) -> Approved {
        Approved(self)
    }
}

impl Approved {
    pub fn changes(&self) -> &[Arc<Change>] {
        &self.0.changes
    }

    pub fn is_rollback(&self) -> bool {
        self.0.is_rollback
    }

    /// Returns the scopes that the changes need, reading them back included.
    pub fn scopes(&self) -> Vec<String> {
        let needed = self.0.changes.iter().flat_map(|change| change.scopes.iter().chain(change.read_scopes.iter()));
        let scopes: BTreeSet<&String> = needed.collect();
        scopes.into_iter().cloned().collect()
    }

    /// Makes the client that sends these changes and nothing else.
    pub fn writer(&self, session: Arc<Session>) -> Writer {
        let allowed = self.0.changes.iter().map(|change| {
            let path = change.request.path.iter().map(|segment| segment.as_str().map(str::to_owned)).collect();
            (change.request.method, path)
        });
        Writer::new(session, allowed.collect())
    }
}

/// Returns why a change or its way back needs typed approval: who approves the one approves the other. A way back that
/// leaves the same object as it was before the run gives nobody anything.
pub fn tier0_both_ways(change: &Change) -> Option<String> {
    let back = match &change.inverse {
        Inverse::Request { request, .. } if !leaves_as_before(change) => {
            tier0(request).map(|why| format!("its rollback: {why}"))
        }
        Inverse::Request { .. } | Inverse::Irreversible(_) => None,
    };
    tier0(&change.request).or(back)
}

/// Returns why the rollback of a change needs typed approval, `request` being its request by now. Restoring what was
/// weaker is approved like any weakening, as time has passed; removing what the change made is not.
pub fn tier0_of_rollback(change: &Change, request: &ChangeRequest) -> Option<String> {
    if removes_what_was_made(change) { None } else { tier0(request) }
}

/// Returns why a request needs typed approval, where it does.
fn tier0(request: &ChangeRequest) -> Option<String> {
    let segments: Vec<Option<&str>> = request.path.iter().map(Value::as_str).collect();
    takeover(request.method.as_str(), &segments, &Sent::of(&request.body), false).map(str::to_owned)
}

fn leaves_as_before(change: &Change) -> bool {
    let Inverse::Request { kind, request: back, .. } = &change.inverse else { return false };
    let made = &change.request;
    match (change.kind, kind) {
        (ChangeKind::Set, ChangeKind::Set) => made.path == back.path,
        // It is put back where it was, or into the list that it was in.
        (ChangeKind::Remove, ChangeKind::Create) => {
            made.path == back.path || made.path.split_last().is_some_and(|(_, list)| *list == *back.path)
        }
        _ => removes_what_was_made(change),
    }
}

/// Whether the way back deletes the very object that the change made: the one whose absence was read at that path, or the
/// one whose id the answer told.
fn removes_what_was_made(change: &Change) -> bool {
    let Inverse::Request { kind, request: back, .. } = &change.inverse else { return false };
    let is_new = |id: &Value| {
        let pointer = deferred::parts(id).filter(|(of, _)| *of == change.id).map(|(_, pointer)| pointer);
        pointer.and_then(|pointer| change.capture.get(pointer.trim_start_matches('/'))).is_some_and(|at| at == "/id")
    };
    let made = match (change.kind, kind) {
        (ChangeKind::Create, ChangeKind::Remove) => {
            let read = change.probe.as_ref().filter(|probe| probe.find.is_empty()).map(|probe| &probe.path);
            [change.own.as_ref(), read].into_iter().flatten().any(|own| *own == back.path)
        }
        (ChangeKind::Action, ChangeKind::Action) if change.request.method == Method::Post => {
            back.path.split_last().is_some_and(|(id, list)| *list == *change.request.path && is_new(id))
        }
        _ => false,
    };
    made && back.method == Method::Delete
}
