//! What consent covers. A client that can write is made here, from a plan that was approved, and can send nothing
//! that is not on it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::change::{Change, ChangeRequest, Inverse};
use super::plan::Plan;
use crate::graph::{Session, Writer};
use crate::wizard::takeover;

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
    // Worked out from the request itself, not only from what the journal says of it.
    if let Some(why) = change.tier0.clone().or_else(|| tier0(&change.request)) {
        return Some(why);
    }
    if is_rollback { None } else { change.irreversible().map(|because| format!("cannot be rolled back: {because}")) }
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

/// Returns why a change or its way back could hand over the tenant: who approves the one approves the other.
pub fn tier0_both_ways(request: &ChangeRequest, inverse: &Inverse) -> Option<String> {
    let back = match inverse {
        Inverse::Request { request, .. } => tier0(request).map(|why| format!("its rollback: {why}")),
        Inverse::Irreversible(_) => None,
    };
    tier0(request).or(back)
}

/// Returns why a request is one that could hand over the tenant, where it is.
pub fn tier0(request: &ChangeRequest) -> Option<String> {
    let segments: Vec<Option<&str>> = request.path.iter().map(Value::as_str).collect();
    takeover::tier0(request.method, &segments, &takeover::body_keys(&request.body)).map(str::to_owned)
}
