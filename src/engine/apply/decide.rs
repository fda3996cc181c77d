//! What is to be done about a change just before it is sent: the object is read again and compared with the plan.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value};

use super::{Apply, Prior, captured};
use crate::engine::body::{field_path, put, without_annotations, written};
use crate::engine::change::{Change, ChangeKind, Precondition};
use crate::engine::current_state::{self, CurrentState, FieldState};
use crate::engine::deferred::{self, Captured};
use crate::engine::journal_writer::JournalWriter;
use crate::engine::receipt::ChangeReceipt;
use crate::engine::state::Proof;
use crate::graph::ReadError;
use crate::ports::event::Drift;

/// What reading again says about a change.
pub(super) enum Decision {
    /// Send it. `unseen`: what is to be removed was accepted once and has never been seen since.
    Send {
        body: Value,
        refused: Vec<String>,
        drift: Vec<Drift>,
        /// Fields that somebody else has set as wanted already: not ours to take back.
        kept: Vec<String>,
        unseen: bool,
    },
    Already {
        words: String,
        captured: Value,
    },
    Drift {
        words: String,
        drift: Vec<Drift>,
        refused: Vec<String>,
    },
}

impl Decision {
    fn send(body: Value) -> Self {
        Self::Send { body, refused: Vec::new(), drift: Vec::new(), kept: Vec::new(), unseen: false }
    }

    fn drift(words: &str, drift: Vec<Drift>) -> Self {
        Self::Drift { words: words.to_owned(), drift, refused: Vec::new() }
    }

    fn already(words: &str) -> Self {
        Self::Already { words: words.to_owned(), captured: Value::Null }
    }

    fn gone(change: &Change) -> Self {
        Self::drift(&format!("The object of `{}` is not there any more.", change.title), Vec::new())
    }
}

impl Apply<'_> {
    /// Reads the object again and decides what is sent, if anything.
    pub(super) fn decide(
        &self,
        change: &Change,
        changes: &[Arc<Change>],
        ledger: &JournalWriter<'_>,
        answers: &mut Captured,
        prior: Prior,
    ) -> Result<Decision> {
        if change.kind == ChangeKind::Action {
            return self.decide_action(change, changes, ledger, answers, prior);
        }
        let Some(mut live) = current_state::read_change(self.reader, change, answers)? else {
            return Ok(Decision::send(deferred::fill(&change.request.body, answers)?));
        };
        if self.is_rollback {
            live = self.settled(change, live, answers, prior)?;
        }
        if self.is_rollback && live.exists && live.object.get("id").is_some_and(|id| !id.is_null()) {
            // The way back of a creation whose answer was lost needs the id that is found now.
            let own = answers.entry(change.id.clone()).or_insert_with(|| Value::Object(Map::new()));
            if own.get("id").is_none_or(Value::is_null) {
                put(own, "/id", live.object.get("id").cloned().unwrap_or(Value::Null));
            }
        }
        let stands = live.field_states(change, answers)?;
        match (change.kind, live.exists) {
            (ChangeKind::Set, false) => Ok(Decision::gone(change)),
            (ChangeKind::Set, true) => self.decide_set(change, &live, &stands, answers, prior),
            (ChangeKind::Create, false) => Ok(Decision::send(deferred::fill(&change.request.body, answers)?)),
            (ChangeKind::Create, true) if live.is_as_wanted(change, answers)? => {
                if self.is_rollback && prior.proof == Proof::Accepted {
                    bail!(
                        "Microsoft accepted its removal, and reading still shows it. Roll back again when it no longer shows"
                    );
                }
                let captured = captured(change, &live.object);
                Ok(Decision::Already { words: "It is there already, just as wanted.".to_owned(), captured })
            }
            (ChangeKind::Create, true) => Ok(Decision::drift(
                "Somebody else has created it in the meantime, with other values.",
                live.drift(change, &stands),
            )),
            // What was accepted stands, whatever a lagging read says.
            (ChangeKind::Remove, false) if self.is_rollback && prior.proof == Proof::Accepted => Ok(Decision::Send {
                body: Value::Null,
                refused: Vec::new(),
                drift: Vec::new(),
                kept: Vec::new(),
                unseen: !prior.may_be_back(),
            }),
            (ChangeKind::Remove, false) => Ok(Decision::already("It is gone already.")),
            (ChangeKind::Remove, true) if stands.contains(&FieldState::Else) => Ok(Decision::drift(
                "Somebody else has changed it since; it was left as it is.",
                live.drift(change, &stands),
            )),
            (ChangeKind::Remove, true) => Ok(Decision::send(Value::Null)),
            (ChangeKind::Action, _) => Err(anyhow!("an action has no object")),
        }
    }

    fn decide_set(
        &self,
        change: &Change,
        live: &CurrentState,
        stands: &[FieldState],
        answers: &Captured,
        prior: Prior,
    ) -> Result<Decision> {
        let drift = live.drift(change, stands);
        if !self.is_rollback {
            if !drift.is_empty() {
                return Ok(Decision::drift(
                    "Somebody else has changed it since it was checked; it was left as it is.",
                    drift,
                ));
            }
            if stands.iter().all(|stand| *stand == FieldState::After) {
                return Ok(Decision::already("It is as wanted already: somebody else has set it."));
            }
        }
        if stands.iter().all(|stand| *stand == FieldState::Else) {
            return Ok(Decision::drift("Somebody else has changed it since; it was left as it is.", drift));
        }
        let mut body = Value::Object(Map::new());
        for pointer in &change.request.merge {
            let subtree = without_annotations(field_path(pointer).get(&live.object));
            if !subtree.is_null() {
                put(&mut body, pointer, subtree);
            }
        }
        let (mut refused, mut kept) = (Vec::new(), Vec::new());
        for (field, stand) in change.fields.iter().zip(stands) {
            match stand {
                FieldState::Else => refused.push(field.pointer.clone()),
                // Backwards the before-image is sent also where it is there already: a lagging read may hide our write.
                // Of a change in doubt it may be our own doing.
                FieldState::After if !self.is_rollback && prior.is_known() => kept.push(field.pointer.clone()),
                FieldState::After if !self.is_rollback => {}
                FieldState::Before | FieldState::After => {
                    let after = deferred::fill(&field.after, answers)?;
                    put(&mut body, &field.pointer, written(&after, &field.before));
                }
            }
        }
        Ok(Decision::Send { body, refused, drift, kept, unseen: false })
    }

    fn decide_action(
        &self,
        change: &Change,
        changes: &[Arc<Change>],
        ledger: &JournalWriter<'_>,
        answers: &Captured,
        prior: Prior,
    ) -> Result<Decision> {
        for condition in &change.preconditions {
            let mut drift = current_state::broken(self.reader, condition, answers)?;
            if !self.is_rollback {
                // What an earlier change of this plan did to the same object is not drift.
                let ours: Vec<String> = changes
                    .iter()
                    .take_while(|other| other.id != change.id)
                    .filter(|other| other.request.path == condition.probe.path)
                    .filter(|other| ledger.state(&other.id).is_applied())
                    .flat_map(|other| other.fields.iter().map(|field| field_path(&field.pointer).dotted()))
                    .collect();
                drift.retain(|field| !ours.contains(&field.field));
            }
            if drift.is_empty() {
                continue;
            }
            // What was made a moment ago may not show yet: look for as long as it may take to.
            let is_young =
                !prior.is_known() || ledger.receipt().find(&change.id).is_some_and(|made| self.is_young(made));
            if self.is_rollback && is_young && self.comes_to_hold(condition, change, answers)? {
                continue;
            }
            if self.is_rollback && prior.may_be_back() {
                return Ok(Decision::already("It is taken back already."));
            }
            if self.is_rollback && !prior.is_known() {
                return Ok(Decision::already("It was not made, so there is nothing to take back."));
            }
            return Ok(Decision::drift("Somebody else has changed it since; it was left as it is.", drift));
        }
        Ok(Decision::send(deferred::fill(&change.request.body, answers)?))
    }

    /// Returns whether a change was made so lately that a read may still lag behind it.
    pub(super) fn is_young(&self, made: &ChangeReceipt) -> bool {
        let age = made.settled_at.map(|settled| self.clock.now().duration_since(settled));
        // Where the clock was set back in between, its age is not known.
        age.and_then(|age| Duration::try_from(age).ok()).is_some_and(|age| age < made.change.window())
    }

    /// Waits for what a way back is guarded by to hold, for as long as the change may take to show.
    fn comes_to_hold(&self, condition: &Precondition, change: &Change, answers: &Captured) -> Result<bool> {
        let deadline = self.clock.ticks() + change.window();
        loop {
            if self.ui.interrupted() {
                return Err(anyhow::Error::new(ReadError::Stopped));
            }
            self.clock.sleep(Duration::from_secs(1));
            let is_last = self.clock.ticks() >= deadline;
            let holds = current_state::broken(self.reader, condition, answers)?.is_empty();
            if holds || is_last {
                return Ok(holds);
            }
        }
    }

    /// Reads on, backwards, where what is read now may lag behind what was done.
    fn settled(&self, change: &Change, live: CurrentState, answers: &Captured, prior: Prior) -> Result<CurrentState> {
        let may_lag = match (change.kind, live.exists) {
            // It was made, or may have been, and was never seen there.
            (ChangeKind::Remove, false) => prior.proof != Proof::Seen,
            // It was removed, or may have been, and was never seen gone.
            (ChangeKind::Create, true) => prior.proof != Proof::Seen && live.is_as_wanted(change, answers)?,
            // It may have been put back: what is created twice is there twice.
            (ChangeKind::Create, false) => prior.may_be_back(),
            _ => false,
        };
        if may_lag { self.wait_until(!live.exists, change, answers) } else { Ok(live) }
    }

    /// Waits for an object to show, or to be gone, for as long as a change may take to.
    fn wait_until(&self, exists: bool, change: &Change, answers: &Captured) -> Result<CurrentState> {
        let deadline = self.clock.ticks() + change.window();
        loop {
            let is_last = self.clock.ticks() >= deadline;
            let live = current_state::read_change(self.reader, change, answers)?;
            match live {
                Some(live) if live.exists == exists || is_last => return Ok(live),
                // Whether it will still come to show is not known: nothing is concluded from a wait cut short.
                Some(_) if self.ui.interrupted() => return Err(anyhow::Error::new(ReadError::Stopped)),
                Some(_) => self.clock.sleep(Duration::from_secs(1)),
                None => return Err(anyhow!("the object cannot be read")),
            }
        }
    }
}
