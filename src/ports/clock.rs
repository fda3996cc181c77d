//! Time and randomness, so that a rehearsal can run on virtual time and a test can stand still.

use std::time::Duration;

use jiff::Timestamp;

/// Tells the time, waits, and gives random bytes.
pub trait Clock: Send + Sync {
    /// Returns the current time (UTC).
    fn now(&self) -> Timestamp;

    /// Waits for `duration`, or until the person interrupts the program, whichever comes first.
    ///
    /// A virtual clock moves its time forward and returns at once.
    fn sleep(&self, duration: Duration);

    /// Fills `buffer` with random bytes from the operating system.
    fn random(&self, buffer: &mut [u8]);
}
