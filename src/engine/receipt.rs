//! What a journal adds up to: the state of every change, and the sentence on the state of the tenant.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::change::Change;
use super::deferred::Captured;
use super::record::{
    FORMAT, Found, INTERRUPTED, LEFT_OUT, LOST, Outcome, Record, RunRecord, SendResult, UNAVAILABLE, UNREADABLE, UNSEEN,
};
use super::state::{ChangeState, Proof};
use crate::exit_code::ExitCode;

/// A run as its journal tells it.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub run: RunRecord,
    /// When the plan was consented to; `None` when the run ended before.
    pub planned_at: Option<Timestamp>,
    /// What the check found; empty in the journal of an older version.
    pub found: Vec<Found>,
    /// The planned changes and what became of them, in the order of the plan.
    pub changes: Vec<ChangeReceipt>,
    /// The exit code and sentence of the last process that worked on it; `None` when it died.
    pub ended: Option<(u8, String)>,
    /// Whether taking the changes back was begun.
    pub is_rolling_back: bool,
    /// Where each change stood when the plan was read, in the order of the ids: of ten thousand none is looked for from the first on.
    by_id: Vec<usize>,
    /// The parts of a plan that is not whole yet.
    parts: Vec<Arc<Change>>,
}

#[derive(Debug, Clone)]
pub struct ChangeReceipt {
    pub change: Arc<Change>,
    pub state: ChangeState,
    /// When its last outcome was written down.
    pub settled_at: Option<Timestamp>,
    /// For how many whole windows it was read in vain since it was sent last.
    pub windows: usize,
    /// Whether nobody knew what had become of it when it was begun once more.
    pub was_open: bool,
    /// Its state before it was begun to be taken back.
    pub before_rollback: ChangeState,
    /// How sure it is that it was made.
    pub proof: Proof,
    /// Whether its answer lacked what is given only once, or is needed to take it back.
    pub is_lost: bool,
    /// Whether its answer was lost, and reading showed that it was done.
    pub landed: bool,
    /// What its answer handed on.
    pub captured: Value,
    pub reason: Option<String>,
    /// Graph's status, where there was an answer.
    pub status: Option<u16>,
    /// Graph's error code, where there was one.
    pub code: Option<String>,
    /// JSON pointers of fields that its way back left alone.
    pub refused: Vec<String>,
    /// JSON pointers of fields that somebody else had set as wanted before it was sent.
    pub kept: Vec<String>,
    pub request_ids: Vec<String>,
}

impl Receipt {
    /// Makes the receipt of a run that has planned nothing yet.
    pub fn new(run: RunRecord) -> Self {
        Self {
            run,
            planned_at: None,
            found: Vec::new(),
            changes: Vec::new(),
            ended: None,
            is_rolling_back: false,
            by_id: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Adds up a journal's records.
    ///
    /// Fails when the first record is no `run` record, or is of a format that this version does not know.
    pub fn fold(records: &[Value]) -> Result<Self> {
        let mut records = records.iter().enumerate().map(|(at, record)| {
            serde_json::from_value::<Record>(record.clone())
                .with_context(|| format!("record {} cannot be read", at + 1))
        });
        let run = match records.next() {
            Some(Ok(Record::Run(run))) => *run,
            Some(Err(error)) => return Err(error),
            Some(Ok(_)) => bail!("the first record is not a `run` record"),
            None => bail!("the journal is empty: the run ended before anything was planned"),
        };
        if run.format > FORMAT {
            bail!("the journal has format {}; this version reads up to {FORMAT}: update fixforme", run.format);
        }
        let mut receipt = Self::new(run);
        for record in records {
            receipt.add(record?);
        }
        Ok(receipt)
    }

    pub fn add(&mut self, record: Record) {
        if !matches!(record, Record::Later) {
            self.ended = None;
        }
        match record {
            Record::PlanPart { changes } => self.parts.extend(changes),
            Record::Plan { at, changes: last } => {
                self.planned_at = Some(at);
                let mut changes = std::mem::take(&mut self.parts);
                changes.extend(last);
                self.by_id = (0..changes.len()).collect();
                self.by_id.sort_by_key(|at| changes.get(*at).map(|change| change.id.as_str()));
                self.changes = changes.into_iter().map(ChangeReceipt::planned).collect();
            }
            Record::Found { findings, .. } => self.found.extend(findings),
            Record::Intent(mark) => {
                if let Some(receipt) = self.find_mut(&mark.change) {
                    receipt.windows = 0;
                    receipt.was_open = receipt.state.is_open();
                    receipt.state = ChangeState::Intended;
                }
            }
            Record::Outcome(outcome) => {
                let proof = match outcome.result {
                    SendResult::Applied => Proof::Accepted,
                    SendResult::Landed => Proof::Seen,
                    _ => Proof::None,
                };
                if let Some(receipt) = self.find_mut(&outcome.change) {
                    receipt.proof = proof;
                    receipt.landed = outcome.result == SendResult::Landed;
                    receipt.is_lost = outcome.code.as_deref() == Some(LOST);
                }
                let state = match outcome.result {
                    // Nothing was sent now: an earlier try is in doubt as before.
                    SendResult::NotSent if self.in_doubt(&outcome.change) => ChangeState::Unknown,
                    SendResult::NotSent if matches!(outcome.code.as_deref(), Some(INTERRUPTED | LEFT_OUT)) => {
                        ChangeState::Planned
                    }
                    SendResult::Applied if !self.can_be_read_back(&outcome.change) => ChangeState::Accepted,
                    SendResult::Applied | SendResult::Landed => ChangeState::Applied,
                    SendResult::Already => ChangeState::Already,
                    SendResult::Drift => ChangeState::Drift,
                    SendResult::NotSent | SendResult::Refused => ChangeState::Failed,
                    SendResult::Skipped => ChangeState::Skipped,
                    SendResult::NotMade => ChangeState::NotMade,
                    SendResult::Unknown if outcome.code.as_deref() == Some(UNREADABLE) => ChangeState::Untraceable,
                    SendResult::Unknown => ChangeState::Unknown,
                };
                self.settle(outcome, state);
            }
            // An older version called verified what was only answered.
            Record::Verified(mark) if self.find(&mark.change).is_some_and(|made| !made.is_read_back()) => {
                self.set(&mark.change, ChangeState::Accepted);
            }
            Record::Accepted(mark) => self.set(&mark.change, ChangeState::Accepted),
            Record::Unconfirmed(mark) => self.set(&mark.change, ChangeState::Unconfirmed),
            Record::Verified(mark) => {
                self.set(&mark.change, ChangeState::Verified);
                if let Some(receipt) = self.find_mut(&mark.change) {
                    receipt.proof = Proof::Seen;
                }
            }
            Record::RollbackIntent(mark) => {
                self.is_rolling_back = true;
                if let Some(receipt) = self.find_mut(&mark.change) {
                    if receipt.state != ChangeState::RollbackIntended {
                        receipt.before_rollback = receipt.state;
                    }
                    receipt.windows = 0;
                    receipt.state = ChangeState::RollbackIntended;
                }
            }
            Record::RollbackOutcome(outcome) => {
                let state = match outcome.result {
                    SendResult::Unknown if outcome.code.as_deref() == Some(UNREADABLE) => ChangeState::RollbackFailed,
                    SendResult::Unknown => ChangeState::RollbackUnknown,
                    // Nothing was done: what was true before is still true.
                    SendResult::NotSent | SendResult::NotMade => self.before_rollback(&outcome.change),
                    _ if !outcome.refused.is_empty() => ChangeState::RollbackRefused,
                    SendResult::Applied | SendResult::Landed => ChangeState::RollbackApplied,
                    SendResult::Already | SendResult::Skipped => ChangeState::RolledBack,
                    SendResult::Drift => ChangeState::RollbackRefused,
                    SendResult::Refused => ChangeState::RollbackFailed,
                };
                self.settle(outcome, state);
            }
            Record::RollbackVerified(mark) => self.set(&mark.change, ChangeState::RolledBack),
            Record::End { exit, state, .. } => self.ended = Some((exit, state)),
            Record::Run(_) | Record::Later => {}
        }
    }

    /// The state to go back to when a way back was not sent. One that was not known before stays unknown; one that
    /// stands counts as not taken back.
    fn before_rollback(&self, change: &str) -> ChangeState {
        match self.find(change).map(|receipt| receipt.before_rollback) {
            Some(ChangeState::Intended) => ChangeState::Unknown,
            Some(before) if before.is_open() => before,
            _ => ChangeState::RollbackFailed,
        }
    }

    /// Whether nobody knew what had become of a change before it was begun once more, or left out.
    fn in_doubt(&self, change: &str) -> bool {
        self.find(change).is_some_and(|receipt| {
            if receipt.state == ChangeState::Intended { receipt.was_open } else { receipt.state.is_open() }
        })
    }

    fn can_be_read_back(&self, change: &str) -> bool {
        self.find(change).is_none_or(|receipt| receipt.change.can_be_read_back())
    }

    fn set(&mut self, change: &str, state: ChangeState) {
        if let Some(receipt) = self.find_mut(change) {
            // A refused field stays refused when the rest of its change is read back.
            if !(receipt.state == ChangeState::RollbackRefused && state == ChangeState::RolledBack) {
                receipt.state = state;
            }
        }
    }

    fn settle(&mut self, outcome: Outcome, state: ChangeState) {
        if let Some(receipt) = self.find_mut(&outcome.change) {
            receipt.state = state;
            receipt.windows += usize::from(outcome.code.as_deref() == Some(UNSEEN));
            receipt.settled_at = Some(outcome.at);
            receipt.reason = outcome.reason;
            receipt.status = outcome.status;
            receipt.code = outcome.code;
            receipt.refused = outcome.refused;
            if !outcome.kept.is_empty() {
                receipt.kept = outcome.kept;
            }
            receipt.request_ids.extend(outcome.request_ids);
            if !outcome.captured.is_null() {
                receipt.captured = outcome.captured;
            }
        }
    }

    fn find_mut(&mut self, change: &str) -> Option<&mut ChangeReceipt> {
        self.place(change).and_then(|at| self.changes.get_mut(at))
    }

    /// Where a change stands now; changes may have been left out since.
    fn place(&self, change: &str) -> Option<usize> {
        let id = |at: &usize| self.changes.get(*at).map(|receipt| receipt.change.id.as_str());
        let as_planned = self.by_id.binary_search_by(|at| id(at).cmp(&Some(change))).ok();
        let as_planned = as_planned.and_then(|found| self.by_id.get(found).copied());
        as_planned.or_else(|| self.changes.iter().position(|receipt| receipt.change.id == change))
    }

    pub fn find(&self, change: &str) -> Option<&ChangeReceipt> {
        self.changes.get(self.place(change)?)
    }

    /// Returns the answers that fill the deferred values of later changes and of the ways back.
    pub fn answers(&self) -> Captured {
        self.changes
            .iter()
            .filter(|receipt| !receipt.captured.is_null())
            .map(|receipt| (receipt.change.id.clone(), receipt.captured.clone()))
            .collect()
    }

    /// Returns how many changes are in the given states.
    pub fn count(&self, wanted: impl Fn(ChangeState) -> bool) -> usize {
        self.changes.iter().filter(|receipt| wanted(receipt.state)).count()
    }

    /// Returns whether a rollback would have something to do.
    pub fn can_roll_back(&self) -> bool {
        self.changes.iter().any(|receipt| receipt.state.maybe_applied() && receipt.change.irreversible().is_none())
    }

    /// Returns whether a process must find out what happened, or may go on.
    pub fn is_open(&self) -> bool {
        self.ended.is_none() && self.planned_at.is_some() || self.count(ChangeState::is_open) > 0
    }

    /// Returns whether the run ended before every change had its turn or was read back, without having failed.
    pub fn is_unfinished(&self) -> bool {
        if self.count(|state| matches!(state, ChangeState::Applied | ChangeState::RollbackApplied)) > 0 {
            return true;
        }
        self.count(|state| matches!(state, ChangeState::Planned | ChangeState::NotMade)) > 0
            && !self.is_rolling_back
            && self.count(|state| matches!(state, ChangeState::Failed | ChangeState::Drift | ChangeState::Untraceable))
                == 0
    }

    /// Returns the sentences on the state of the tenant.
    pub fn sentence(&self) -> String {
        let lost = |receipt: &&ChangeReceipt| receipt.is_lost && receipt.state.maybe_applied();
        match self.changes.iter().find(lost) {
            Some(lost) => format!(
                "{} The answer to one of them ({}) was incomplete, and Microsoft gives it only once.",
                self.made_sentence(),
                lost.change.title
            ),
            None => self.made_sentence(),
        }
    }

    fn made_sentence(&self) -> String {
        let total = self.changes.len();
        if let Some((at, open)) = self.changes.iter().enumerate().find(|(_, receipt)| receipt.state.is_open()) {
            let back = matches!(open.state, ChangeState::RollbackIntended | ChangeState::RollbackUnknown);
            let what = if back { "was rolled back" } else { "was made" };
            let now = match self.run.rehearsal {
                true => "; in a real tenant `fixforme resume` would find out.".to_owned(),
                false => format!("; run `fixforme resume {}`.", self.run.run),
            };
            return format!("We do not know whether change {} ({}) {what}{now}", at + 1, open.change.title);
        }
        if let Some((at, lost)) =
            self.changes.iter().enumerate().find(|(_, receipt)| receipt.state == ChangeState::Untraceable)
        {
            let title = &lost.change.title;
            return format!(
                "We do not know whether change {} ({title}) was made, and nothing can be read that would tell. Look at it.",
                at + 1
            );
        }
        let rolled_back = self.count(|state| matches!(state, ChangeState::RolledBack | ChangeState::RollbackApplied));
        let stand = self.count(ChangeState::is_applied);
        let made = stand + rolled_back;
        let were = |n: usize| if n == 1 { "was" } else { "were" };
        if made == 0 {
            return "Nothing was changed.".to_owned();
        }
        let of = if made == total { counted(made) } else { format!("{made} of {}", counted(total)) };
        if rolled_back == made {
            return format!("{of} {} made and rolled back.", were(made));
        }
        if rolled_back + self.count(|state| matches!(state, ChangeState::RollbackRefused | ChangeState::RollbackFailed))
            > 0
        {
            return format!(
                "{of} {} made; {rolled_back} {} rolled back, {stand} still {}.",
                were(made),
                were(rolled_back),
                if stand == 1 { "stands" } else { "stand" }
            );
        }
        let mut lacking = Vec::new();
        for (wanted, words) in [
            (ChangeState::Applied, "could not be read back yet"),
            (ChangeState::Unconfirmed, "could not be confirmed by reading"),
            (ChangeState::Accepted, "accepted by Microsoft, not read back"),
        ] {
            match self.count(|state| state == wanted) {
                0 => {}
                // Microsoft's yes is all that is known of any of them.
                all if all == made && wanted == ChangeState::Accepted => {
                    return format!("{of} {} {words}.", were(made));
                }
                some => lacking.push(format!("{some} {words}")),
            }
        }
        match lacking.is_empty() {
            true => format!("{of} {} made and verified.", were(made)),
            false => format!("{of} {} made; {}.", were(made), lacking.join(", ")),
        }
    }

    /// Returns the exit code that the changes alone ask for.
    pub fn exit_code(&self, is_rollback: bool) -> ExitCode {
        let mut code = ExitCode::AsWanted;
        if self.count(ChangeState::is_open) > 0 {
            code = code.or(ExitCode::OutcomeUnknown);
        }
        let stands = self.count(ChangeState::maybe_applied) > 0;
        let failed = self.count(|state| matches!(state, ChangeState::Failed | ChangeState::Drift)) > 0;
        let for_a_person = [ChangeState::RollbackRefused, ChangeState::RollbackFailed, ChangeState::Untraceable];
        let is_for_a_person =
            |made: &ChangeReceipt| for_a_person.contains(&made.state) || made.is_lost && made.state.maybe_applied();
        if self.changes.iter().any(is_for_a_person) {
            code = code.or(ExitCode::FailedInPart);
        }
        if failed && !is_rollback {
            let unavailable = |receipt: &ChangeReceipt| {
                receipt.state != ChangeState::Failed || receipt.code.as_deref() == Some(UNAVAILABLE)
            };
            let for_now = self.count(|state| state == ChangeState::Drift) == 0 && self.changes.iter().all(unavailable);
            code = code.or(match (stands, for_now) {
                (true, _) => ExitCode::FailedInPart,
                (false, true) => ExitCode::Temporary,
                (false, false) => ExitCode::FailedAndRolledBack,
            });
        }
        if is_rollback && self.count(ChangeState::is_applied) > 0 {
            // What cannot be taken back still stands.
            code = code.or(ExitCode::FailedInPart);
        }
        if self.count(|state| matches!(state, ChangeState::Applied | ChangeState::RollbackApplied)) > 0 {
            code = code.or(ExitCode::NotYetVisible);
        }
        if self.count(|state| state == ChangeState::Unconfirmed) > 0 {
            code = code.or(ExitCode::ProblemsRemain);
        }
        code
    }
}

impl ChangeReceipt {
    /// Returns whether something was, or can be, read that shows the change.
    pub fn is_read_back(&self) -> bool {
        self.change.can_be_read_back() || self.landed
    }

    fn planned(change: Arc<Change>) -> Self {
        Self {
            change,
            state: ChangeState::Planned,
            settled_at: None,
            windows: 0,
            was_open: false,
            before_rollback: ChangeState::Planned,
            proof: Proof::None,
            is_lost: false,
            landed: false,
            captured: Value::Null,
            reason: None,
            status: None,
            code: None,
            refused: Vec::new(),
            kept: Vec::new(),
            request_ids: Vec::new(),
        }
    }
}

fn counted(changes: usize) -> String {
    if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") }
}
