//! Finds out by reading whether a request was carried out whose answer nobody knows.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::captured;
use crate::engine::change::{Change, ChangeKind, Inverse};
use crate::engine::current_state;
use crate::engine::deferred::Captured;
use crate::graph::{ReadError, Reader};
use crate::ports::{Clock, Ui};

/// What is said of an action that was done, and whose answer was lost: a secret that nobody has seen, or a value that
/// rolling it back, or a later change, needs. `captured` is what reading has found of it.
pub fn lost(change: &Change, captured: &Value) -> Option<String> {
    if change.reveal.is_some() {
        let words = "It was done, but the answer with its secret, which is given only once, was lost: make a new one.";
        return Some(words.to_owned());
    }
    lacking(change, captured)
}

/// What is said of an action that was done, and whose answer lacks a value that it hands on.
pub(super) fn lacking(change: &Change, captured: &Value) -> Option<String> {
    let name = |(name, _): &(&String, &String)| captured.get(name.as_str()).is_none_or(Value::is_null);
    let (name, _) = change.capture.iter().filter(|_| change.kind == ChangeKind::Action).find(name)?;
    Some(format!(
        "It was done, but Microsoft's answer lacks `{name}`, which is needed to roll it back or to go on: look at it yourself."
    ))
}

/// A request whose answer nobody knows.
#[derive(Debug, Clone, Copy)]
pub struct Doubt {
    /// Whether it takes a change back.
    pub is_rollback: bool,
    /// Whether what it should lead to may have shown before it was sent: what was removed may show for a while, and what was
    /// created may not show yet. Then only the last read of the window counts, or a change that is seen in it.
    pub misleads: bool,
}

/// What reading says of a request in doubt.
#[derive(Debug, PartialEq)]
pub enum Settled {
    /// It was carried out, and hands this on.
    Made(Value),
    /// It did not show in the whole window.
    NotShown,
    /// Nothing can be read that would show it.
    NoTrace,
}

/// Reads for the whole verify window whether a change was carried out.
pub fn settle(
    reader: &Reader,
    clock: &dyn Clock,
    ui: &dyn Ui,
    change: &Change,
    answers: &Captured,
    doubt: Doubt,
) -> Result<Settled> {
    let deadline = clock.ticks() + change.window();
    let mut pause = Duration::from_millis(500);
    let mut misleads = doubt.misleads;
    loop {
        // The window is over by a read that began after it: one that took long may have seen what was there before.
        let now = clock.ticks();
        let is_over = now >= deadline;
        match trace(reader, change, answers, doubt.is_rollback) {
            Ok(Settled::Made(captured)) if !misleads || is_over => return Ok(Settled::Made(captured)),
            Ok(Settled::NoTrace) => return Ok(Settled::NoTrace),
            Ok(Settled::NotShown) if is_over => return Ok(Settled::NotShown),
            Ok(seen) => {
                // Nothing is concluded from a wait cut short.
                if ui.interrupted() {
                    return Err(anyhow::Error::new(ReadError::Stopped));
                }
                misleads &= seen != Settled::NotShown;
            }
            Err(error) if is_over || ui.interrupted() => return Err(error),
            Err(_) => {}
        }
        clock.sleep(pause.min(deadline.saturating_sub(now)));
        pause = (pause * 2).min(Duration::from_secs(8));
    }
}

/// Reads once whether a change was carried out.
pub(super) fn trace(reader: &Reader, change: &Change, answers: &Captured, is_rollback: bool) -> Result<Settled> {
    if let Some(probe) = &change.landed {
        return Ok(current_state::landed(reader, probe, answers)?.map_or(Settled::NotShown, Settled::Made));
    }
    if let Some(live) = current_state::read_change(reader, change, answers)? {
        return Ok(match live.is_as_wanted(change, answers)? {
            true => Settled::Made(captured(change, &live.object)),
            false => Settled::NotShown,
        });
    }
    // An action without a trace of its own was made when the guard of its rollback holds, and rolled back when that no
    // longer holds.
    let guards = match &change.inverse {
        _ if is_rollback => &change.preconditions,
        Inverse::Request { preconditions, .. } => preconditions,
        Inverse::Irreversible(_) => return Ok(Settled::NoTrace),
    };
    let mut holds = true;
    for guard in guards {
        holds &= current_state::broken(reader, guard, answers)?.is_empty();
    }
    Ok(match (guards.is_empty(), holds == is_rollback) {
        (true, _) => Settled::NoTrace,
        (false, true) => Settled::NotShown,
        (false, false) => Settled::Made(Value::Null),
    })
}
