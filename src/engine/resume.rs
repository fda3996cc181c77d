//! What a run left open: finds out by reading what became of the changes whose outcome was never written down, and
//! says what may still be done.
//!
//! An `outcome` with a success was applied, whatever a lagging read says. An `intent` without an outcome is read for
//! the whole verify window: as wanted → it landed; else, once a second window does not show it either, it was not made.
//! What leaves nothing to read is for a person to look at. Nothing is sent here.

use std::sync::Arc;

use anyhow::Result;
use serde_json::Value;

use super::apply::{self, Doubt, Settled};
use super::change::{Change, ChangeKind};
use super::journal_writer::JournalWriter;
use super::receipt::Receipt;
use super::record::{LOST, Outcome, Record, SendResult, UNREADABLE};
use super::rollback;
use super::state::{ChangeState, Proof};
use super::verify::{Verifier, VerifyQueue};
use crate::graph::Reader;
use crate::ports::event::{ChangeFinished, Event, Level, Line};
use crate::ports::{Clock, Ui};

/// A plan older than this is only settled, not continued.
pub const PLAN_LIFETIME_SECONDS: i64 = 3600;

/// After so many whole windows what does not show was not made.
const ENOUGH_WINDOWS: usize = 2;

/// Settles the open creations, removals and actions of a run that is to be rolled back: their way back needs what their
/// answer would have told, and a lagging read may show what was removed. A set needs nothing of the kind: sending its before-image does no harm. Ways back that an earlier
/// process had no time to read back are read back.
pub fn settle_for_rollback(
    reader: &Reader,
    clock: &dyn Clock,
    ui: &dyn Ui,
    ledger: &mut JournalWriter<'_>,
) -> Result<()> {
    settle_open(reader, clock, ui, ledger, &|change, state| {
        change.kind != ChangeKind::Set && matches!(state, ChangeState::Intended | ChangeState::Unknown)
    })?;
    read_back(reader, clock, ui, ledger, true)
}

/// Settles what is open in a run. Afterwards every change of the receipt is settled or still unknown.
pub fn settle(reader: &Reader, clock: &dyn Clock, ui: &dyn Ui, ledger: &mut JournalWriter<'_>) -> Result<()> {
    settle_open(reader, clock, ui, ledger, &|_, _| true)?;
    read_back(reader, clock, ui, ledger, false)?;
    read_back(reader, clock, ui, ledger, true)
}

fn settle_open(
    reader: &Reader,
    clock: &dyn Clock,
    ui: &dyn Ui,
    ledger: &mut JournalWriter<'_>,
    wanted: &dyn Fn(&Change, ChangeState) -> bool,
) -> Result<()> {
    let total = ledger.receipt().changes.len();
    let open: Vec<(usize, Arc<Change>, ChangeState)> = ledger
        .receipt()
        .changes
        .iter()
        .enumerate()
        .filter(|(_, receipt)| receipt.state.is_open() && wanted(&receipt.change, receipt.state))
        .map(|(at, receipt)| (at + 1, receipt.change.clone(), receipt.state))
        .collect();
    for (number, change, state) in open {
        let is_rollback = matches!(state, ChangeState::RollbackIntended | ChangeState::RollbackUnknown);
        let answers = ledger.receipt().answers();
        let Some(made) = ledger.receipt().find(&change.id) else { continue };
        let asked = if is_rollback { rollback::way_back(made, &answers).map(Arc::new) } else { Some(change.clone()) };
        let Some(asked) = asked else { continue };
        let misleads = is_rollback && change.kind != ChangeKind::Set && made.proof != Proof::Seen;
        let doubt = Doubt { is_rollback, misleads };
        // What is set may be sent again without harm, so that one window does.
        let enough = if change.kind == ChangeKind::Set { 1 } else { ENOUGH_WINDOWS };
        let mut windows = made.windows;
        let found = loop {
            let found = apply::settle(reader, clock, ui, &asked, &answers, doubt);
            windows += usize::from(matches!(found, Ok(Settled::NotShown)));
            if !matches!(found, Ok(Settled::NotShown)) || windows >= enough {
                break found;
            }
        };
        let (result, code, captured, reason) = match found {
            Ok(Settled::Made(captured)) => {
                let lost = apply::lost(&change, &captured).filter(|_| !is_rollback);
                (SendResult::Landed, lost.as_ref().map(|_| LOST.to_owned()), captured, lost)
            }
            Ok(Settled::NotShown) => {
                let words = format!("Reading for {} s, more than once, did not show it.", change.verify_seconds);
                (SendResult::NotMade, None, Value::Null, Some(words))
            }
            Ok(Settled::NoTrace) => {
                let words = "Nothing can be read that would show whether it was made: look at it yourself.".to_owned();
                (SendResult::Unknown, Some(UNREADABLE.to_owned()), Value::Null, Some(words))
            }
            Err(error) => (SendResult::Unknown, None, Value::Null, Some(format!("{error:#}"))),
        };
        ledger.outcome(
            Outcome {
                change: change.id.clone(),
                at: ledger.now(),
                result,
                status: None,
                code,
                reason: reason.clone(),
                request_ids: Vec::new(),
                captured,
                refused: Vec::new(),
                kept: Vec::new(),
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
            lines: reason.into_iter().map(|text| Line::new(Level::Warning, text)).collect(),
            drift: Vec::new(),
            request_ids: Vec::new(),
        }));
    }
    Ok(())
}

/// Reads back the changes, or the ways back, that were accepted and not yet seen.
fn read_back(
    reader: &Reader,
    clock: &dyn Clock,
    ui: &dyn Ui,
    ledger: &mut JournalWriter<'_>,
    is_rollback: bool,
) -> Result<()> {
    let wanted = if is_rollback { ChangeState::RollbackApplied } else { ChangeState::Applied };
    let mut queue = VerifyQueue::default();
    let (receipt, answers) = (ledger.receipt(), ledger.receipt().answers());
    for (at, made) in receipt.changes.iter().enumerate().filter(|(_, change)| change.state == wanted) {
        let change =
            if is_rollback { rollback::way_back(made, &answers).map(Arc::new) } else { Some(made.change.clone()) };
        if let Some(change) = change {
            queue.push(change, at + 1, receipt.changes.len(), clock.ticks());
        }
    }
    let verifier = Verifier { reader, clock, ui, judge: None, is_rollback };
    queue.drain(&verifier, ledger, &answers)
}

/// Returns the changes that are still to be made, in order: those not tried, and sets whose sending is unknown,
/// because sending the same values again does no harm. `None` when something unknown stands in the way.
pub fn remaining(receipt: &Receipt) -> Option<Vec<Arc<Change>>> {
    let mut left = Vec::new();
    for change in &receipt.changes {
        match change.state {
            ChangeState::Planned | ChangeState::NotMade => left.push(change.change.clone()),
            ChangeState::Unknown if change.change.kind == ChangeKind::Set => left.push(change.change.clone()),
            ChangeState::Applied
            | ChangeState::Verified
            | ChangeState::Accepted
            | ChangeState::Unconfirmed
            | ChangeState::Already
            | ChangeState::Skipped => {}
            ChangeState::Failed | ChangeState::Drift if change.change.continue_on_error => {}
            _ => return None,
        }
    }
    Some(left)
}
