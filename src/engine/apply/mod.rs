//! Carries out a plan, forwards or backwards: for each change write the intent down, read the object again and
//! compare it with the plan, send, write down what became of it, and queue it to be read back.

mod decide;
mod send;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::Value;

use super::change::Change;
use super::current_state;
use super::deferred::Captured;
use super::journal_writer::JournalWriter;
use super::record::{INTERRUPTED, LOST, Outcome, Record, SendResult};
use super::state::{ChangeState, Proof};
use super::verify::{Judge, Verifier, VerifyQueue};
use crate::graph::{Reader, Writer};
use crate::ports::event::{ChangeFinished, ChangeStarted, Drift, Event, Level, Line};
use crate::ports::{Clock, Ui};

use self::send::Sent;

pub use self::settle::{Doubt, Settled, lost, settle};

/// What carrying out a plan needs.
pub struct Apply<'run> {
    pub reader: &'run Reader,
    /// The client that writes what was approved, and nothing else.
    pub writer: &'run Writer,
    pub clock: &'run dyn Clock,
    pub ui: &'run dyn Ui,
    /// Asks the wizard's own conditions whether its actions did what they are for; `None` without the wizard.
    pub judge: Option<&'run Judge<'run>>,
    /// Whether changes are being taken back.
    pub is_rollback: bool,
    /// Secrets that fill deferred values (`$input`, `$generated`); they are kept nowhere else.
    pub secrets: Captured,
    /// Hands a secret of an answer, shown once, to whoever is to see it: what it is, and the secret.
    pub reveal: &'run dyn Fn(&str, &str),
}

/// What was known of a change before its turn.
#[derive(Debug, Clone, Copy)]
struct Prior {
    state: ChangeState,
    proof: Proof,
}

impl Prior {
    fn of(change: &Change, ledger: &JournalWriter<'_>) -> Self {
        let proof = ledger.receipt().find(&change.id).map_or(Proof::None, |receipt| receipt.proof);
        Self { state: ledger.state(&change.id), proof }
    }

    /// Whether the outcome of the last try, forwards or backwards, is known. What did not show may show yet.
    fn is_known(self) -> bool {
        !self.state.is_open() && self.state != ChangeState::NotMade
    }

    /// What is known once the request was sent and no answer came.
    fn tried(self, is_rollback: bool) -> Self {
        Self { state: if is_rollback { ChangeState::RollbackIntended } else { ChangeState::Intended }, ..self }
    }

    /// Whether taking it back was begun, and nobody knows what became of that.
    fn may_be_back(self) -> bool {
        matches!(self.state, ChangeState::RollbackIntended | ChangeState::RollbackUnknown)
    }
}

/// How carrying out a plan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every change had its turn.
    Completed,
    /// A change failed, and the rest was not tried.
    Failed,
    Interrupted,
}

impl Apply<'_> {
    /// Carries out `changes`, whose journal is `ledger`.
    ///
    /// An error means that the journal could not be written: the caller says what is unknown and ends.
    pub fn run(&self, changes: &[Arc<Change>], ledger: &mut JournalWriter<'_>) -> Result<Ended> {
        let (reader, clock, ui, judge) = (self.reader, self.clock, self.ui, self.judge);
        let verifier = Verifier { reader, clock, ui, judge, is_rollback: self.is_rollback };
        let mut queue = VerifyQueue::default();
        // Whether every change of the present step and item was made.
        let mut is_whole = true;
        let mut ended = Ended::Completed;
        let total = changes.len();
        for (at, change) in changes.iter().enumerate() {
            let number = at + 1;
            queue.release(Some(change), is_whole, self.clock.ticks());
            is_whole |= at.checked_sub(1).and_then(|at| changes.get(at)).is_none_or(|last| !last.is_beside(change));
            if self.ui.interrupted() {
                ended = Ended::Interrupted;
                break;
            }
            if !self.is_rollback {
                while queue.waits_for(&change.after) && !self.ui.interrupted() {
                    queue.poll(&verifier, ledger, &self.answers(ledger))?;
                    if queue.waits_for(&change.after) {
                        queue.wait(&verifier);
                    }
                }
                if let Some(reason) = missing_before(change, ledger) {
                    let left_out = Sent::left_out(reason.clone());
                    self.write_down(change, &left_out, ledger)?;
                    self.finished(change, number, total, ledger, vec![Line::new(Level::Warning, reason)], Vec::new());
                    is_whole = false;
                    continue;
                }
            }
            self.ui.show(&Event::ChangeStarted(ChangeStarted {
                change: change.id.clone(),
                number,
                total,
                title: change.title.clone(),
                is_rollback: self.is_rollback,
            }));
            let prior = Prior::of(change, ledger);
            let sent = match self.done_before(change, ledger) {
                Some(sent) => sent,
                None => {
                    let mark = ledger.mark(&change.id);
                    ledger.append(if self.is_rollback {
                        Record::RollbackIntent(mark)
                    } else {
                        Record::Intent(mark)
                    })?;
                    self.send(change, changes, ledger, prior)
                }
            };
            self.write_down(change, &sent, ledger)?;
            let state = ledger.state(&change.id);
            is_whole &= state.is_done() || matches!(state, ChangeState::Applied | ChangeState::Skipped);
            if matches!(state, ChangeState::Applied | ChangeState::RollbackApplied)
                || state == ChangeState::RollbackRefused && sent.result == SendResult::Applied
            {
                // What was left as it is is not waited for.
                let mut made = Arc::clone(change);
                if !sent.refused.is_empty() {
                    Arc::make_mut(&mut made).fields.retain(|field| !sent.refused.contains(&field.pointer));
                }
                match change.judged && self.judge.is_some() {
                    true => queue.hold(made, number, total, self.clock.ticks()),
                    false => queue.push(made, number, total, self.clock.ticks()),
                }
            }
            if matches!(state, ChangeState::Applied | ChangeState::RollbackApplied) {
                // Its end is told when it is read back; what is to be known of it already is told now.
                for line in &sent.lines {
                    let text = format!("{}: {}", change.title, line.text);
                    self.ui.say(line.level, text);
                }
            } else {
                self.finished(change, number, total, ledger, sent.lines.clone(), sent.drift.clone());
            }
            queue.poll(&verifier, ledger, &self.answers(ledger))?;
            if sent.code.as_deref() == Some(INTERRUPTED) {
                ended = Ended::Interrupted;
                break;
            }
            let is_lost = sent.code.as_deref() == Some(LOST);
            let failed = is_lost || matches!(state, ChangeState::Failed | ChangeState::Drift | ChangeState::Unknown);
            if failed && !self.is_rollback && !change.continue_on_error {
                ended = if self.ui.interrupted() { Ended::Interrupted } else { Ended::Failed };
                break;
            }
        }
        queue.release(None, is_whole && ended == Ended::Completed, self.clock.ticks());
        queue.drain(&verifier, ledger, &self.answers(ledger))?;
        if ended == Ended::Completed && self.ui.interrupted() {
            ended = Ended::Interrupted;
        }
        Ok(ended)
    }

    fn answers(&self, ledger: &JournalWriter<'_>) -> Captured {
        let mut answers = ledger.receipt().answers();
        answers.extend(self.secrets.clone());
        answers
    }

    fn write_down(&self, change: &Change, sent: &Sent, ledger: &mut JournalWriter<'_>) -> Result<()> {
        let outcome = Outcome {
            change: change.id.clone(),
            at: ledger.now(),
            result: sent.result,
            status: sent.status,
            code: sent.code.clone(),
            reason: sent.lines.first().map(|line| line.text.clone()),
            request_ids: sent.request_ids.clone(),
            captured: sent.captured.clone(),
            refused: sent.refused.clone(),
            kept: sent.kept.clone(),
        };
        ledger.outcome(outcome, self.is_rollback).with_context(|| {
            format!("change `{}` ended as {:?}, and that could not be written down", change.id, sent.result)
        })
    }

    fn finished(
        &self,
        change: &Change,
        number: usize,
        total: usize,
        ledger: &JournalWriter<'_>,
        lines: Vec<Line>,
        drift: Vec<Drift>,
    ) {
        let receipt = ledger.receipt().find(&change.id);
        self.ui.show(&Event::ChangeFinished(ChangeFinished {
            change: change.id.clone(),
            number,
            total,
            title: change.title.clone(),
            outcome: ledger.state(&change.id).outcome(),
            read_back: matches!(ledger.state(&change.id), ChangeState::Already | ChangeState::RolledBack),
            lines,
            drift,
            request_ids: receipt.map(|receipt| receipt.request_ids.clone()).unwrap_or_default(),
        }));
    }
}

/// Returns the name under which the password that was made for a change is handed in: no two changes share one.
pub fn own_secret(change: &str) -> String {
    format!("$generated for {change}")
}

/// What a change hands on: of an action only what the author names, of a creation the object's fields.
fn captured(change: &Change, body: &Value) -> Value {
    if change.capture.is_empty() { Value::Null } else { current_state::capture(body, change.capture.iter()) }
}

/// Returns why a change cannot be made: one that it comes after was not made.
fn missing_before(change: &Change, ledger: &JournalWriter<'_>) -> Option<String> {
    let mut states = BTreeMap::new();
    for id in &change.after {
        if let Some(receipt) = ledger.receipt().find(id) {
            // The condition of a step is asked for once all its actions are made.
            if receipt.change.judged && receipt.change.is_beside(change) && receipt.state == ChangeState::Applied {
                continue;
            }
            states.insert(id, (receipt.state, receipt.change.title.clone()));
        }
    }
    states
        .values()
        .find(|(state, _)| !state.is_done())
        .map(|(state, title)| format!("Not tried: the change before it ({title}) is {}.", state.outcome().words()))
}
