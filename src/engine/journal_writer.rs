//! A run's journal while it is written: every record is durable before the program goes on, and the receipt follows.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::change::Change;
use super::receipt::Receipt;
use super::record::{Found, Mark, Outcome, Record, RunRecord};
use super::state::ChangeState;
use crate::ports::{Clock, Journal};

/// The most changes, or findings, of one record.
const MOST_AT_ONCE: usize = 500;

/// A run's journal, open for writing.
pub struct JournalWriter<'run> {
    journal: &'run dyn Journal,
    clock: &'run dyn Clock,
    receipt: Receipt,
}

impl<'run> JournalWriter<'run> {
    /// Creates the journal of a new run and writes its first record.
    pub fn create(journal: &'run dyn Journal, clock: &'run dyn Clock, run: RunRecord) -> Result<Self> {
        journal.create(&run.run)?;
        let receipt = Receipt::new(run.clone());
        let mut ledger = Self { journal, clock, receipt };
        ledger.append(Record::Run(Box::new(run)))?;
        Ok(ledger)
    }

    /// Goes on with the journal of an earlier run.
    pub fn reopen(journal: &'run dyn Journal, clock: &'run dyn Clock, receipt: Receipt) -> Self {
        Self { journal, clock, receipt }
    }

    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    pub fn state(&self, change: &str) -> ChangeState {
        self.receipt.find(change).map_or(ChangeState::Planned, |receipt| receipt.state)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn mark(&self, change: &str) -> Mark {
        Mark { change: change.to_owned(), at: self.now() }
    }

    /// Appends a record; it is durable when this returns.
    ///
    /// An error here after a change was sent leaves that change unknown: the caller says so and stops.
    pub fn append(&mut self, record: Record) -> Result<()> {
        let text = serde_json::to_string(&record).context("failed to write a journal record down")?;
        self.journal.append(&self.receipt.run.run, text).with_context(|| {
            format!("the journal {} could not be written", self.journal.location(&self.receipt.run.run))
        })?;
        self.receipt.add(record);
        Ok(())
    }

    /// Appends the plan, in parts where it is long: a record is held whole while it is written.
    pub fn plan(&mut self, changes: &[Arc<Change>]) -> Result<()> {
        let mut parts: Vec<&[Arc<Change>]> = changes.chunks(MOST_AT_ONCE).collect();
        let last = parts.pop().unwrap_or_default().to_vec();
        for part in parts {
            self.append(Record::PlanPart { changes: part.to_vec() })?;
        }
        self.append(Record::Plan { at: self.now(), changes: last })
    }

    /// Appends what the check found, as long as it is.
    pub fn found(&mut self, mut findings: impl Iterator<Item = Found>) -> Result<()> {
        loop {
            let some: Vec<Found> = findings.by_ref().take(MOST_AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.append(Record::Found { at: self.now(), findings: some })?;
        }
    }

    /// Appends what became of a change's request, forwards or backwards.
    pub fn outcome(&mut self, outcome: Outcome, is_rollback: bool) -> Result<()> {
        self.append(if is_rollback { Record::RollbackOutcome(outcome) } else { Record::Outcome(outcome) })
    }

    /// Appends that a process ends its work on this run.
    pub fn end(&mut self, exit: u8, state: &str) -> Result<()> {
        self.append(Record::End { at: self.now(), exit, state: state.to_owned() })
    }
}
