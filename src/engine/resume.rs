//! What a run left open: finds out by reading what became of the changes whose outcome was never written down, and
//! says what may still be done.
//!
//! An `outcome` with a success was applied, whatever a lagging read says. An `intent` without an outcome is read for
//! the whole verify window: as wanted → it landed; else it stays unknown. Nothing is sent here.

use std::sync::Arc;

use anyhow::Result;
use serde_json::Value;

use super::apply;
use super::change::{Change, ChangeKind};
use super::ledger::Ledger;
use super::receipt::{Receipt, State};
use super::record::{Outcome, Record, SendResult};
use super::verify::{Verifier, VerifyQueue};
use crate::graph::Reader;
use crate::seam::event::{ChangeFinished, Event, Level};
use crate::seam::{Clock, Ui};

/// A plan older than this is only settled, not continued.
pub const PLAN_LIFETIME_SECONDS: i64 = 3600;

/// Settles the open creations and actions of a run that is to be rolled back: their way back needs what their answer
/// would have told. A set needs nothing of the kind: sending its before-image does no harm.
pub fn settle_for_rollback(reader: &Reader, clock: &dyn Clock, ui: &dyn Ui, ledger: &mut Ledger<'_>) -> Result<()> {
    settle_open(reader, clock, ui, ledger, &|change, state| {
        matches!(change.kind, ChangeKind::Create | ChangeKind::Action)
            && matches!(state, State::Intended | State::Unknown)
    })
}

/// Settles what is open in a run. Afterwards every change of the receipt is settled or still unknown.
pub fn settle(reader: &Reader, clock: &dyn Clock, ui: &dyn Ui, ledger: &mut Ledger<'_>) -> Result<()> {
    settle_open(reader, clock, ui, ledger, &|_, _| true)?;
    read_back(reader, clock, ui, ledger)
}

fn settle_open(
    reader: &Reader,
    clock: &dyn Clock,
    ui: &dyn Ui,
    ledger: &mut Ledger<'_>,
    wanted: &dyn Fn(&Change, State) -> bool,
) -> Result<()> {
    let total = ledger.receipt().changes.len();
    let open: Vec<(usize, Arc<Change>, State)> = ledger
        .receipt()
        .changes
        .iter()
        .enumerate()
        .filter(|(_, receipt)| receipt.state.is_open() && wanted(&receipt.change, receipt.state))
        .map(|(at, receipt)| (at + 1, receipt.change.clone(), receipt.state))
        .collect();
    for (number, change, state) in open {
        let is_rollback = matches!(state, State::RollbackIntended | State::RollbackUnknown);
        let asked = if is_rollback { way_back(ledger.receipt(), &change.id) } else { Some(change.clone()) };
        let Some(asked) = asked else { continue };
        let found = apply::settle(reader, clock, ui, &asked, &ledger.receipt().answers());
        let (result, captured, reason) = match found {
            Ok(Some(captured)) => (SendResult::Landed, captured, None),
            Ok(None) => (
                SendResult::Unknown,
                Value::Null,
                Some(format!("Reading for {} s did not show whether it was made.", change.verify_seconds)),
            ),
            Err(error) => (SendResult::Unknown, Value::Null, Some(format!("{error:#}"))),
        };
        ledger.outcome(
            Outcome {
                change: change.id.clone(),
                at: ledger.now(),
                result,
                status: None,
                code: None,
                reason: reason.clone(),
                request_ids: Vec::new(),
                captured,
                refused: Vec::new(),
            },
            is_rollback,
        )?;
        if result == SendResult::Landed {
            let mark = ledger.mark(&change.id);
            ledger.append(if is_rollback { Record::RollbackVerified(mark) } else { Record::Verified(mark) })?;
        }
        ui.show(&Event::ChangeFinished(ChangeFinished {
            change: change.id.clone(),
            number,
            total,
            title: change.title.clone(),
            outcome: ledger.state(&change.id).outcome(),
            read_back: result == SendResult::Landed,
            lines: reason.into_iter().map(|text| super::check::verdict::line(Level::Warning, text)).collect(),
            drift: Vec::new(),
            request_ids: Vec::new(),
        }));
    }
    Ok(())
}

/// Reads back the changes that were accepted and not yet seen.
fn read_back(reader: &Reader, clock: &dyn Clock, ui: &dyn Ui, ledger: &mut Ledger<'_>) -> Result<()> {
    for (wanted, is_rollback) in [(State::Applied, false), (State::RollbackApplied, true)] {
        let mut queue = VerifyQueue::default();
        let receipt = ledger.receipt().clone();
        for (at, receipt_of) in receipt.changes.iter().enumerate().filter(|(_, change)| change.state == wanted) {
            let change =
                if is_rollback { way_back(&receipt, &receipt_of.change.id) } else { Some(receipt_of.change.clone()) };
            if let Some(change) = change {
                queue.push(change, at + 1, receipt.changes.len(), ledger.now());
            }
        }
        let verifier = Verifier { reader, clock, ui, is_rollback };
        let answers = receipt.answers();
        queue.drain(&verifier, ledger, &answers)?;
    }
    Ok(())
}

/// The change that takes `id` back, whatever state it is in.
fn way_back(receipt: &Receipt, id: &str) -> Option<Arc<Change>> {
    let mut only = receipt.clone();
    only.changes.retain(|change| change.change.id == id);
    for change in &mut only.changes {
        change.state = State::Verified;
    }
    super::rollback::plan(&only).changes.into_iter().next()
}

/// Returns the changes that are still to be made, in order: those not tried, and sets whose sending is unknown,
/// because sending the same values again does no harm. `None` when something unknown stands in the way.
pub fn remaining(receipt: &Receipt) -> Option<Vec<Arc<Change>>> {
    let mut left = Vec::new();
    for change in &receipt.changes {
        match change.state {
            State::Planned => left.push(change.change.clone()),
            State::Unknown if change.change.kind == ChangeKind::Set => left.push(change.change.clone()),
            State::Applied | State::Verified | State::Already | State::Skipped => {}
            State::Failed | State::Drift if change.change.continue_on_error => {}
            _ => return None,
        }
    }
    Some(left)
}
