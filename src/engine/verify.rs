//! The verify queue: changes that the service accepted and that have not been read back yet. It is polled in batches
//! while applying goes on; only what depends on a change waits for it.
//!
//! A successful write to Entra does not guarantee that an immediate read reflects it ("Designing for eventual
//! consistency", Microsoft Entra blog, March 2026), so a mismatch inside the window is not a failure.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::change::Change;
use super::current_state;
use super::deferred::Captured;
use super::journal_writer::JournalWriter;
use super::receipt::ChangeReceipt;
use super::record::Record;
use crate::graph::Reader;
use crate::ports::event::{ChangeFinished, ChangeOutcome, Event, Level, Line, Progress, Wait};
use crate::ports::{Clock, Ui};

/// The pauses between reads of one change, in seconds; the last one repeats.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 15, 30];

/// The changes that wait to be read back.
#[derive(Debug, Default)]
pub struct VerifyQueue {
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    change: Arc<Change>,
    number: usize,
    total: usize,
    next: Timestamp,
    deadline: Timestamp,
    tries: usize,
}

pub struct Verifier<'run> {
    pub reader: &'run Reader,
    pub clock: &'run dyn Clock,
    pub ui: &'run dyn Ui,
    /// Whether changes are being taken back.
    pub is_rollback: bool,
}

impl VerifyQueue {
    /// Adds a change that was just accepted.
    pub fn push(&mut self, change: Arc<Change>, number: usize, total: usize, now: Timestamp) {
        let window = Duration::from_secs(u64::from(change.verify_seconds));
        let deadline = now.checked_add(window).unwrap_or(now);
        self.waiting.push(Waiting { change, number, total, next: now, deadline, tries: 0 });
    }

    /// Returns whether one of these changes is still waiting.
    pub fn waits_for(&self, ids: &[String]) -> bool {
        self.waiting.iter().any(|waiting| ids.contains(&waiting.change.id))
    }

    /// Returns whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Reads back what is due, in batches.
    pub fn poll(&mut self, verifier: &Verifier<'_>, ledger: &mut JournalWriter<'_>, answers: &Captured) -> Result<()> {
        let now = verifier.clock.now();
        let (due, later): (Vec<Waiting>, Vec<Waiting>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.next <= now);
        self.waiting = later;
        let mut reads = Vec::new();
        let mut owners = Vec::new();
        for waiting in due {
            match current_state::read_of_change(&waiting.change, answers) {
                Ok(Some(read)) => {
                    reads.push(read);
                    owners.push(waiting);
                }
                // A 2xx is an action's proof.
                Ok(None) => verified(verifier, ledger, &waiting)?,
                Err(error) => {
                    finished(verifier, &waiting, ChangeOutcome::AppliedNotYetVisible, &format!("{error:#}"), false);
                }
            }
        }
        if reads.is_empty() {
            return Ok(());
        }
        let mut shown = Vec::new();
        let began = verifier.clock.now();
        verifier.reader.read_all(&reads, &mut |index, answer| shown.push((index, answer)));
        shown.sort_by_key(|(index, _)| *index);
        let mut answered = shown.into_iter().map(|(_, answer)| answer);
        for mut waiting in owners {
            let Some(probe) = current_state::probe_now(&waiting.change, answers) else { continue };
            let live = answered.next().map(|answer| current_state::of_answer(&probe, answers, answer));
            // A read that fails inside the window is tried again like one that does not show the change yet.
            let as_wanted = match &live {
                Some(Ok(live)) => live.is_as_wanted(&waiting.change, answers).unwrap_or(false),
                _ => false,
            };
            if as_wanted {
                verified(verifier, ledger, &waiting)?;
                continue;
            }
            let now = verifier.clock.now();
            // By a read that began after the window: one that took long may have seen what was there before.
            if began >= waiting.deadline {
                let why = match live {
                    Some(Err(error)) => format!("{error:#}"),
                    _ => format!("it did not show within {} s", waiting.change.verify_seconds),
                };
                finished(verifier, &waiting, ChangeOutcome::AppliedNotYetVisible, &why, false);
                continue;
            }
            let pause = PAUSES.get(waiting.tries).or(PAUSES.last()).copied().unwrap_or(1);
            let next = now.checked_add(Duration::from_secs(pause)).unwrap_or(now);
            waiting.next = next.min(waiting.deadline);
            waiting.tries += 1;
            self.waiting.push(waiting);
        }
        Ok(())
    }

    /// Sleeps until the next read is due; an interrupt ends the sleep.
    pub fn wait(&self, verifier: &Verifier<'_>) {
        let Some(first) = self.waiting.iter().min_by_key(|waiting| waiting.next) else { return };
        let now = verifier.clock.now();
        let pause = Duration::try_from(first.next.duration_since(now)).unwrap_or_default();
        verifier.ui.show(&Event::Progress(Progress {
            phase: "verifying",
            label: first.change.title.clone(),
            done: first.total.saturating_sub(self.waiting.len()),
            total: Some(first.total),
        }));
        if pause >= Duration::from_secs(4) {
            verifier.ui.show(&Event::Wait(Wait {
                reason: "accepted; reading it back does not show it yet".to_owned(),
                seconds: pause.as_secs_f64(),
                attempt: u32::try_from(first.tries).unwrap_or(u32::MAX),
            }));
        }
        verifier.clock.sleep(pause);
    }

    /// Reads back until nothing waits or the person interrupts.
    pub fn drain(&mut self, verifier: &Verifier<'_>, ledger: &mut JournalWriter<'_>, answers: &Captured) -> Result<()> {
        while !self.is_empty() {
            self.poll(verifier, ledger, answers)?;
            if verifier.ui.interrupted() {
                break;
            }
            self.wait(verifier);
        }
        // In the order of the plan, whichever of them was to be read next.
        self.waiting.sort_by_key(|waiting| waiting.number);
        for waiting in &self.waiting {
            let why = "you stopped before it was read back";
            finished(verifier, waiting, ChangeOutcome::AppliedNotYetVisible, why, false);
        }
        Ok(())
    }
}

fn verified(verifier: &Verifier<'_>, ledger: &mut JournalWriter<'_>, waiting: &Waiting) -> Result<()> {
    let mark = ledger.mark(&waiting.change.id);
    ledger.append(if verifier.is_rollback { Record::RollbackVerified(mark) } else { Record::Verified(mark) })?;
    let receipt = ledger.receipt().find(&waiting.change.id);
    let outcome = ledger.state(&waiting.change.id).outcome();
    let read_back =
        waiting.change.probe.is_some() || !verifier.is_rollback && receipt.is_some_and(ChangeReceipt::is_read_back);
    finished(verifier, waiting, outcome, "", read_back);
    Ok(())
}

fn finished(verifier: &Verifier<'_>, waiting: &Waiting, outcome: ChangeOutcome, why: &str, read_back: bool) {
    let lines = if why.is_empty() { Vec::new() } else { vec![Line::new(Level::Warning, why.to_owned())] };
    verifier.ui.show(&Event::ChangeFinished(ChangeFinished {
        change: waiting.change.id.clone(),
        number: waiting.number,
        total: waiting.total,
        title: waiting.change.title.clone(),
        outcome,
        read_back,
        lines,
        drift: Vec::new(),
        request_ids: Vec::new(),
    }));
}
