//! What an evaluation may cost, so that no expression can keep a run busy or fill the memory.

use super::datum::{Datum, NODE};
use super::error::EvalStop;

/// What an evaluation may cost: a node evaluated, an item visited or 64 bytes looked at is 1. A loop over 20,000
/// people with a condition of ten nodes takes a hundredth of it.
const FUEL: u64 = 20_000_000;

/// The bytes of new texts and lists that an evaluation may make.
const ROOM: usize = 256 << 20;

/// The longest text that an operator or function may make, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// What is left to spend.
pub struct Fuel {
    steps: u64,
    room: usize,
}

impl Fuel {
    /// Fills up for one evaluation.
    pub fn full() -> Self {
        Self { steps: FUEL, room: ROOM }
    }

    /// Pays for work on so many items.
    pub fn charge(&mut self, items: usize) -> Result<(), EvalStop> {
        self.steps = self.steps.checked_sub(items as u64).ok_or(EvalStop::Exhausted)?;
        Ok(())
    }

    /// Pays for looking at so many bytes.
    pub fn charge_bytes(&mut self, bytes: usize) -> Result<(), EvalStop> {
        self.charge(bytes / NODE)
    }

    /// Pays for so many bytes of something new.
    pub fn make(&mut self, bytes: usize) -> Result<(), EvalStop> {
        self.charge_bytes(bytes)?;
        let left = self.room.checked_sub(bytes);
        self.room = left.ok_or_else(|| EvalStop::wrong("this makes more than 256 MiB of texts and lists"))?;
        Ok(())
    }

    /// Pays for a new text of so many bytes, before it is made.
    pub fn make_text(&mut self, bytes: usize) -> Result<(), EvalStop> {
        if bytes > MAX_TEXT {
            return Err(EvalStop::wrong("this makes a text of more than 1 MiB"));
        }
        self.make(bytes)
    }
}

/// Refuses a value that is too large.
pub fn fit(value: Datum) -> Result<Datum, EvalStop> {
    match value.too_large() {
        Some(why) => Err(EvalStop::wrong(format!("this makes a value that is {why}"))),
        None => Ok(value),
    }
}
