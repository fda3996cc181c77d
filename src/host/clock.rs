//! Real time, and the virtual time of a rehearsal, in which a wait of an hour takes none.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

use crate::ports::Clock;

use super::interrupt::Interrupt;

/// The longest stretch of sleep in which an interrupt goes unnoticed.
const SLICE: Duration = Duration::from_millis(100);

/// The operating system's clock; its sleep ends early when the person interrupts, and never otherwise.
pub struct SystemClock {
    interrupt: Interrupt,
    start: Instant,
}

impl SystemClock {
    /// Makes a clock whose sleep watches `interrupt`.
    pub fn new(interrupt: Interrupt) -> Self {
        Self { interrupt, start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        real_now()
    }

    fn ticks(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else sleeps by")]
    fn sleep(&self, duration: Duration) {
        let start = Instant::now();
        while !self.interrupt.requested() {
            let left = duration.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    fn random(&self, buffer: &mut [u8]) {
        random(buffer);
    }
}

/// A clock that starts at the real time, or a given one, and moves only when somebody sleeps.
pub struct VirtualClock {
    now: Mutex<Timestamp>,
}

impl VirtualClock {
    /// Makes a clock that starts now.
    pub fn new() -> Self {
        Self::starting(real_now())
    }

    /// Makes a clock that starts at `start`.
    pub fn starting(start: Timestamp) -> Self {
        Self { now: Mutex::new(start) }
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        *now = now.checked_add(duration).unwrap_or(Timestamp::MAX);
    }

    fn random(&self, buffer: &mut [u8]) {
        random(buffer);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
fn real_now() -> Timestamp {
    Timestamp::now()
}

/// Fills `buffer` with random bytes.
#[expect(clippy::expect_used, reason = "an operating system without randomness cannot run a program that needs TLS")]
pub(super) fn random(buffer: &mut [u8]) {
    SystemRandom::new().fill(buffer).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_moves_by_sleeping_alone() {
        let clock = VirtualClock::new();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.sleep(Duration::from_secs(3600));
        assert_eq!(clock.now().duration_since(before), SignedDuration::from_hours(1));
        clock.sleep(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }

    #[test]
    fn real_sleep_is_never_short_and_ends_on_an_interrupt() {
        let interrupt = Interrupt::new();
        let clock = SystemClock::new(interrupt.clone());
        let start = Instant::now();
        clock.sleep(Duration::from_millis(130));
        assert!(start.elapsed() >= Duration::from_millis(130));
        interrupt.request();
        clock.sleep(Duration::from_secs(60));
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
