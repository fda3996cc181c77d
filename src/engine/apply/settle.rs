//! Finds out by reading whether a request was carried out whose answer nobody knows.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::captured;
use crate::engine::change::{Change, Inverse};
use crate::engine::current_state;
use crate::engine::deferred::Captured;
use crate::graph::{ReadError, Reader};
use crate::ports::{Clock, Ui};

/// What is said of an action that was done, and whose answer gave a secret that nobody has seen.
pub fn lost_secret(change: &Change) -> Option<String> {
    let words = "It was done, but the answer with its secret, which is given only once, was lost: make a new one.";
    change.reveal.as_ref().map(|_| words.to_owned())
}

/// Reads for the whole verify window whether a change was carried out; returns what it hands on when it was.
pub fn settle(
    reader: &Reader,
    clock: &dyn Clock,
    ui: &dyn Ui,
    change: &Change,
    answers: &Captured,
) -> Result<Option<Value>> {
    let window = Duration::from_secs(u64::from(change.verify_seconds));
    let deadline = clock.now().checked_add(window)?;
    let mut pause = Duration::from_millis(500);
    loop {
        // The window is over by a read that began after it: one that took long may have seen what was there before.
        let now = clock.now();
        let found = if let Some(probe) = &change.landed {
            current_state::landed(reader, probe, answers)
        } else if change.probe.is_some() {
            match current_state::read_change(reader, change, answers) {
                Ok(Some(live)) if live.is_as_wanted(change, answers)? => Ok(Some(captured(change, &live.object))),
                Ok(_) => Ok(None),
                Err(error) => Err(error),
            }
        } else {
            settled_by_guard(reader, change, answers)
        };
        match found {
            Ok(Some(captured)) => return Ok(Some(captured)),
            Ok(None) if now >= deadline => return Ok(None),
            // Nothing is concluded from a wait cut short.
            Ok(None) if ui.interrupted() => return Err(anyhow::Error::new(ReadError::Stopped)),
            Err(error) if now >= deadline || ui.interrupted() => return Err(error),
            _ => {}
        }
        let left = Duration::try_from(deadline.duration_since(now)).unwrap_or_default();
        clock.sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_secs(8));
    }
}

/// An action without a trace of its own was done when what its way back is guarded by holds.
fn settled_by_guard(reader: &Reader, change: &Change, answers: &Captured) -> Result<Option<Value>> {
    let Inverse::Request { preconditions, .. } = &change.inverse else { return Ok(None) };
    if preconditions.is_empty() {
        return Ok(None);
    }
    for condition in preconditions {
        if !current_state::broken(reader, condition, answers)?.is_empty() {
            return Ok(None);
        }
    }
    Ok(Some(Value::Null))
}
