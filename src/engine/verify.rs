//! The verify queue: changes that the service accepted and that have not been read back yet. It is polled in batches
//! while applying goes on; only what depends on a change waits for it.
//!
//! A successful write to Entra does not guarantee that an immediate read reflects it ("Designing for eventual
//! consistency", Microsoft Entra blog, March 2026), so a mismatch inside the window is not a failure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::change::Change;
use super::current_state;
use super::deferred::Captured;
use super::journal_writer::JournalWriter;
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
    /// Actions of one step and item that its condition is asked for together, once the last of them had its turn.
    held: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    change: Arc<Change>,
    number: usize,
    total: usize,
    /// By the clock's ticks.
    next: Duration,
    deadline: Duration,
    tries: usize,
}

/// What the condition of a step says now, by the keys of its items; `None` where that could not be found out.
pub type Judgment = BTreeMap<Option<String>, Option<bool>>;

/// Reads a step once more and says whether it is as wanted.
pub type Judge<'run> = dyn Fn(&str, &JournalWriter<'_>) -> Judgment + 'run;

pub struct Verifier<'run> {
    pub reader: &'run Reader,
    pub clock: &'run dyn Clock,
    pub ui: &'run dyn Ui,
    /// Asks the wizard's own conditions; without it a step's condition can no longer be known.
    pub judge: Option<&'run Judge<'run>>,
    /// Whether changes are being taken back.
    pub is_rollback: bool,
}

/// What reading says of a change that was accepted.
enum Seen {
    AsWanted,
    /// It does not show, because.
    NotYet(String),
    /// The condition of its step is read, and is not true.
    Denied,
    /// Nothing can be read that would show it.
    Nothing,
}

impl VerifyQueue {
    /// Adds a change that was just accepted.
    pub fn push(&mut self, change: Arc<Change>, number: usize, total: usize, now: Duration) {
        let deadline = now + change.window();
        self.waiting.push(Waiting { change, number, total, next: now, deadline, tries: 0 });
    }

    /// Adds an action that was just accepted, whose step's condition cannot be true before the others had their turn.
    pub fn hold(&mut self, change: Arc<Change>, number: usize, total: usize, now: Duration) {
        self.held.push(Waiting { change, number, total, next: now, deadline: now, tries: 0 });
    }

    /// Lets the actions that are held be asked for, unless `next` belongs to the same step and item. Where one of those
    /// was not made (`is_whole` is false) they are asked for once: there is nothing to wait for.
    pub fn release(&mut self, next: Option<&Change>, is_whole: bool, now: Duration) {
        if next.is_some_and(|next| self.held.iter().any(|held| held.change.is_beside(next))) {
            return;
        }
        for mut waiting in self.held.drain(..) {
            let window = if is_whole { waiting.change.window() } else { Duration::ZERO };
            waiting.next = now;
            waiting.deadline = now + window;
            self.waiting.push(waiting);
        }
    }

    /// Returns whether one of these changes is still waiting.
    pub fn waits_for(&self, ids: &[String]) -> bool {
        self.waiting.iter().any(|waiting| ids.contains(&waiting.change.id))
    }

    /// Returns whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Reads back what is due, objects in batches.
    pub fn poll(&mut self, verifier: &Verifier<'_>, ledger: &mut JournalWriter<'_>, answers: &Captured) -> Result<()> {
        let began = verifier.clock.ticks();
        let (due, later): (Vec<Waiting>, Vec<Waiting>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.next <= began);
        self.waiting = later;
        let mut shown = objects(verifier, &due, answers);
        let mut judged: BTreeMap<String, Judgment> = BTreeMap::new();
        for (at, waiting) in due.into_iter().enumerate() {
            let seen = match shown.remove(&at) {
                Some(seen) => seen,
                None => action(verifier, ledger, &waiting.change, answers, &mut judged),
            };
            self.conclude(verifier, ledger, waiting, seen, began)?;
        }
        Ok(())
    }

    /// Writes down what was seen of a change, or lets it wait on.
    fn conclude(
        &mut self,
        verifier: &Verifier<'_>,
        ledger: &mut JournalWriter<'_>,
        mut waiting: Waiting,
        seen: Seen,
        began: Duration,
    ) -> Result<()> {
        let mark = ledger.mark(&waiting.change.id);
        // By a read that began after the window: one that took long may have seen what was there before.
        let is_over = began >= waiting.deadline;
        let (record, why) = match seen {
            Seen::AsWanted | Seen::Nothing if verifier.is_rollback => (Some(Record::RollbackVerified(mark)), None),
            Seen::AsWanted => (Some(Record::Verified(mark)), None),
            Seen::Nothing => (Some(Record::Accepted(mark)), None),
            Seen::NotYet(why) if is_over => (None, Some(why)),
            Seen::Denied if is_over => {
                let seconds = waiting.change.verify_seconds;
                let why =
                    format!("Microsoft accepted it, but after {seconds} s reading still shows it is not as wanted.");
                (Some(Record::Unconfirmed(mark)), Some(why))
            }
            Seen::NotYet(_) | Seen::Denied => {
                let pause = PAUSES.get(waiting.tries).or(PAUSES.last()).copied().unwrap_or(1);
                waiting.next = (verifier.clock.ticks() + Duration::from_secs(pause)).min(waiting.deadline);
                waiting.tries += 1;
                self.waiting.push(waiting);
                return Ok(());
            }
        };
        let read_back = record.as_ref().is_some_and(|record| match record {
            Record::Verified(_) => true,
            Record::RollbackVerified(_) => waiting.change.probe.is_some(),
            _ => false,
        });
        if let Some(record) = record {
            ledger.append(record)?;
        }
        finished(verifier, ledger, &waiting, why, read_back);
        Ok(())
    }

    /// Sleeps until the next read is due; an interrupt ends the sleep.
    pub fn wait(&self, verifier: &Verifier<'_>) {
        let Some(first) = self.waiting.iter().min_by_key(|waiting| waiting.next) else { return };
        let pause = first.next.saturating_sub(verifier.clock.ticks());
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
            let why = "you stopped before it was read back".to_owned();
            finished(verifier, ledger, waiting, Some(why), false);
        }
        Ok(())
    }
}

/// Reads the objects of changes in batches; returns what each shows, by its place.
fn objects(verifier: &Verifier<'_>, due: &[Waiting], answers: &Captured) -> BTreeMap<usize, Seen> {
    let (mut reads, mut owners, mut shown) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (at, waiting) in due.iter().enumerate() {
        match current_state::read_of_change(&waiting.change, answers) {
            Ok(Some(read)) => {
                reads.push(read);
                owners.push((at, waiting));
                // Until an answer says more: what was not read is never taken for what leaves nothing to read.
                shown.insert(at, Seen::NotYet("it could not be read".to_owned()));
            }
            Ok(None) => {}
            Err(error) => drop(shown.insert(at, Seen::NotYet(format!("{error:#}")))),
        }
    }
    if reads.is_empty() {
        return shown;
    }
    verifier.reader.read_all(&reads, &mut |index, answer| {
        let Some((at, Waiting { change, .. })) = owners.get(index) else { return };
        let Some(probe) = current_state::probe_now(change, answers) else { return };
        // A read that fails inside the window is tried again like one that does not show the change yet.
        let live = current_state::of_answer(&probe, answers, answer);
        let seen = match live.and_then(|live| live.is_as_wanted(change, answers)) {
            Ok(true) => Seen::AsWanted,
            Ok(false) => Seen::NotYet(format!("it did not show within {} s", change.verify_seconds)),
            Err(error) => Seen::NotYet(format!("{error:#}")),
        };
        shown.insert(*at, seen);
    });
    shown
}

/// Reads what shows an action: the condition of its step, else the trace that it leaves.
fn action(
    verifier: &Verifier<'_>,
    ledger: &JournalWriter<'_>,
    change: &Change,
    answers: &Captured,
    judged: &mut BTreeMap<String, Judgment>,
) -> Seen {
    if let Some(judge) = verifier.judge.filter(|_| change.judged) {
        let judgment = judged.entry(change.step.clone()).or_insert_with(|| judge(&change.step, ledger));
        return match judgment.get(&change.key).copied().flatten() {
            Some(true) => Seen::AsWanted,
            Some(false) => Seen::Denied,
            None => Seen::NotYet("whether it is as wanted could not be read".to_owned()),
        };
    }
    let Some(trace) = &change.landed else {
        // A lost answer was made up for by reading.
        let is_seen = !verifier.is_rollback && ledger.receipt().find(&change.id).is_some_and(|made| made.landed);
        return if is_seen { Seen::AsWanted } else { Seen::Nothing };
    };
    match current_state::landed(verifier.reader, trace, answers) {
        Ok(Some(_)) => Seen::AsWanted,
        Ok(None) => Seen::NotYet(format!("it did not show within {} s", change.verify_seconds)),
        Err(error) => Seen::NotYet(format!("{error:#}")),
    }
}

fn finished(
    verifier: &Verifier<'_>,
    ledger: &JournalWriter<'_>,
    waiting: &Waiting,
    why: Option<String>,
    read_back: bool,
) {
    verifier.ui.show(&Event::ChangeFinished(ChangeFinished {
        change: waiting.change.id.clone(),
        number: waiting.number,
        total: waiting.total,
        title: waiting.change.title.clone(),
        outcome: match ledger.state(&waiting.change.id).outcome() {
            // Accepted, and not seen yet.
            ChangeOutcome::RolledBack if why.is_some() => ChangeOutcome::AppliedNotYetVisible,
            outcome => outcome,
        },
        read_back,
        lines: why.into_iter().map(|why| Line::new(Level::Warning, why)).collect(),
        drift: Vec::new(),
        request_ids: Vec::new(),
    }));
}
