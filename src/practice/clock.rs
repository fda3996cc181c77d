//! The time that a practice tenant lives in, where its file names one: the clock of the program, moved there.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ports::Clock;

/// A clock that is ahead of another one, or behind it, by always the same.
pub struct MovedClock {
    by: Arc<dyn Clock>,
    ahead: SignedDuration,
}

impl MovedClock {
    /// Moves a clock so that it is `start` now.
    pub fn starting(start: Timestamp, by: Arc<dyn Clock>) -> Self {
        Self { ahead: start.duration_since(by.now()), by }
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        self.by.now().checked_add(self.ahead).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, duration: Duration) {
        self.by.sleep(duration);
    }

    fn random(&self, buffer: &mut [u8]) {
        self.by.random(buffer);
    }
}
