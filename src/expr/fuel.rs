//! What an evaluation may cost, so that no expression can keep a run busy.

use super::error::EvalStop;

/// What an evaluation may cost: a node evaluated, an item visited or 64 bytes of text is 1. A loop over 20,000
/// people with a condition of ten nodes takes a hundredth of it.
const FUEL: u64 = 20_000_000;

/// What is left to spend.
pub struct Fuel(u64);

impl Fuel {
    /// Fills up for one evaluation.
    pub fn full() -> Self {
        Self(FUEL)
    }

    /// Pays for work on so many items.
    pub fn charge(&mut self, items: usize) -> Result<(), EvalStop> {
        self.0 = self.0.checked_sub(items as u64).ok_or(EvalStop::Exhausted)?;
        Ok(())
    }
}
