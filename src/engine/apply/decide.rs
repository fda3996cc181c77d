//! What is to be done about a change just before it is sent: the object is read again and compared with the plan.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde_json::{Map, Value};

use super::{Apply, captured};
use crate::engine::body::{field_path, put, without_annotations, written};
use crate::engine::change::{Change, ChangeKind, Precondition};
use crate::engine::hole::{self, Answers};
use crate::engine::ledger::Ledger;
use crate::engine::live::{self, Live, Stand};
use crate::engine::receipt::State;
use crate::graph::ReadError;
use crate::seam::event::Drift;

/// What reading again says about a change.
pub(super) enum Decision {
    Send { body: Value, refused: Vec<String>, drift: Vec<Drift> },
    Already { words: String, captured: Value },
    Drift { words: String, drift: Vec<Drift>, refused: Vec<String> },
}

impl Decision {
    fn send(body: Value) -> Self {
        Self::Send { body, refused: Vec::new(), drift: Vec::new() }
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
        ledger: &Ledger<'_>,
        answers: &mut Answers,
        known_before: bool,
    ) -> Result<Decision> {
        if change.kind == ChangeKind::Action {
            return self.decide_action(change, changes, ledger, answers, known_before);
        }
        let Some(mut live) = live::read_change(self.reader, change, answers)? else {
            return Ok(Decision::send(hole::fill(&change.request.body, answers)?));
        };
        if self.is_rollback && change.kind == ChangeKind::Remove && !live.exists && !known_before {
            live = self.wait_to_appear(change, answers)?;
        }
        if self.is_rollback && live.exists && live.object.get("id").is_some_and(|id| !id.is_null()) {
            // The way back of a creation whose answer was lost needs the id that is found now.
            let own = answers.entry(change.id.clone()).or_insert_with(|| Value::Object(Map::new()));
            if own.get("id").is_none_or(Value::is_null) {
                put(own, "/id", live.object.get("id").cloned().unwrap_or(Value::Null));
            }
        }
        let stands = live.stands(change, answers)?;
        match (change.kind, live.exists) {
            (ChangeKind::Set, false) => Ok(Decision::gone(change)),
            (ChangeKind::Set, true) => self.decide_set(change, &live, &stands, answers),
            (ChangeKind::Create, false) => Ok(Decision::send(hole::fill(&change.request.body, answers)?)),
            (ChangeKind::Create, true) if live.is_as_wanted(change, answers)? => {
                let captured = captured(change, &live.object);
                Ok(Decision::Already { words: "It is there already, just as wanted.".to_owned(), captured })
            }
            (ChangeKind::Create, true) => Ok(Decision::drift(
                "Somebody else has created it in the meantime, with other values.",
                live.drift(change, &stands),
            )),
            (ChangeKind::Remove, false) => Ok(Decision::already("It is gone already.")),
            (ChangeKind::Remove, true) if stands.contains(&Stand::Else) => Ok(Decision::drift(
                "Somebody else has changed it since; it was left as it is.",
                live.drift(change, &stands),
            )),
            (ChangeKind::Remove, true) => Ok(Decision::send(Value::Null)),
            (ChangeKind::Action, _) => Err(anyhow!("an action has no object")),
        }
    }

    fn decide_set(&self, change: &Change, live: &Live, stands: &[Stand], answers: &Answers) -> Result<Decision> {
        let drift = live.drift(change, stands);
        if !self.is_rollback {
            if !drift.is_empty() {
                return Ok(Decision::drift(
                    "Somebody else has changed it since it was checked; it was left as it is.",
                    drift,
                ));
            }
            if stands.iter().all(|stand| *stand == Stand::After) {
                return Ok(Decision::already("It is as wanted already: somebody else has set it."));
            }
        }
        if stands.iter().all(|stand| *stand == Stand::Else) {
            return Ok(Decision::drift("Somebody else has changed it since; it was left as it is.", drift));
        }
        let mut body = Value::Object(Map::new());
        for pointer in &change.request.merge {
            let subtree = without_annotations(field_path(pointer).get(&live.object));
            if !subtree.is_null() {
                put(&mut body, pointer, subtree);
            }
        }
        let mut refused = Vec::new();
        for (field, stand) in change.fields.iter().zip(stands) {
            match stand {
                Stand::Else => refused.push(field.pointer.clone()),
                // Backwards the before-image is sent also where it is there already: a lagging read may hide our write.
                Stand::After if !self.is_rollback => {}
                Stand::Before | Stand::After => {
                    let after = hole::fill(&field.after, answers)?;
                    put(&mut body, &field.pointer, written(&after, &field.before));
                }
            }
        }
        Ok(Decision::Send { body, refused, drift })
    }

    fn decide_action(
        &self,
        change: &Change,
        changes: &[Arc<Change>],
        ledger: &Ledger<'_>,
        answers: &Answers,
        known_before: bool,
    ) -> Result<Decision> {
        for condition in &change.preconditions {
            let mut drift = live::broken(self.reader, condition, answers)?;
            if !self.is_rollback {
                // What an earlier change of this plan did to the same object is no drift.
                let ours: Vec<String> = changes
                    .iter()
                    .take_while(|other| other.id != change.id)
                    .filter(|other| other.request.path == condition.probe.path)
                    .filter(|other| matches!(ledger.state(&other.id), State::Applied | State::Verified))
                    .flat_map(|other| other.fields.iter().map(|field| field_path(&field.pointer).dotted()))
                    .collect();
                drift.retain(|field| !ours.contains(&field.field));
            }
            if drift.is_empty() {
                continue;
            }
            // What was made a moment ago may not show yet: look for as long as it may take to.
            let is_young = !known_before || self.is_young(change, ledger);
            if self.is_rollback && is_young && self.comes_to_hold(condition, change, answers)? {
                continue;
            }
            if self.is_rollback && !known_before {
                return Ok(Decision::already("It was not made, so there is nothing to take back."));
            }
            return Ok(Decision::drift("Somebody else has changed it since; it was left as it is.", drift));
        }
        Ok(Decision::send(hole::fill(&change.request.body, answers)?))
    }

    /// Returns whether a change was made so lately that a read may still lag behind it.
    fn is_young(&self, change: &Change, ledger: &Ledger<'_>) -> bool {
        let made = ledger.receipt().find(&change.id).and_then(|receipt| receipt.settled_at);
        let window = Duration::from_secs(u64::from(change.verify_seconds));
        made.and_then(|made| made.checked_add(window).ok()).is_some_and(|until| self.clock.now() < until)
    }

    /// Waits for what a way back is guarded by to hold, for as long as the change may take to show.
    fn comes_to_hold(&self, condition: &Precondition, change: &Change, answers: &Answers) -> Result<bool> {
        let deadline = self.clock.now().checked_add(Duration::from_secs(u64::from(change.verify_seconds)))?;
        while self.clock.now() < deadline {
            if self.ui.interrupted() {
                return Err(anyhow::Error::new(ReadError::Stopped));
            }
            self.clock.sleep(Duration::from_secs(1));
            if live::broken(self.reader, condition, answers)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits for an object that may still come to show, for as long as a change may take to.
    fn wait_to_appear(&self, change: &Change, answers: &Answers) -> Result<Live> {
        let seconds = u64::from(change.verify_seconds);
        let deadline = self.clock.now().checked_add(Duration::from_secs(seconds))?;
        loop {
            let live = live::read_change(self.reader, change, answers)?;
            match live {
                Some(live) if live.exists || self.clock.now() >= deadline => return Ok(live),
                // Whether it will still come to show is not known: nothing is concluded from a wait cut short.
                Some(_) if self.ui.interrupted() => return Err(anyhow::Error::new(ReadError::Stopped)),
                Some(_) => self.clock.sleep(Duration::from_secs(1)),
                None => return Err(anyhow!("the object cannot be read")),
            }
        }
    }
}
