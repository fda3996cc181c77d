//! What the service asked of one request, kept by all: while it wants to be left alone, no other request goes out either.
//!
//! The limits of Graph hold for an application in a tenant as a whole, and requests that come too soon count towards
//! them. So four readers in parallel, or the read that follows a refused write, wait along.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// Until when a session leaves the service alone.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Option<Asked>>);

#[derive(Debug, Clone, Copy)]
struct Asked {
    wait: Duration,
    until: Timestamp,
}

impl Throttle {
    /// Takes note that the service asked at `now` to wait so long. The longest wait holds.
    pub(super) fn ask(&self, wait: Duration, now: Timestamp) {
        let until = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_none_or(|asked| asked.until < until) {
            *asked = Some(Asked { wait, until });
        }
    }

    /// Returns how long to wait at `now`; never longer than was asked, whatever the wall clock did meanwhile.
    pub(super) fn left(&self, now: Timestamp) -> Duration {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Asked { wait, until }) = *asked else { return Duration::ZERO };
        let left = Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO);
        if left.is_zero() {
            *asked = None;
        }
        left.min(wait)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_holds_and_ends() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let seconds = Duration::from_secs;
        let throttle = Throttle::default();
        assert_eq!(throttle.left(at(0)), Duration::ZERO);
        throttle.ask(seconds(30), at(100));
        throttle.ask(seconds(5), at(101));
        assert_eq!(throttle.left(at(110)), seconds(20));
        // A clock that was set back does not make the wait longer.
        assert_eq!(throttle.left(at(0)), seconds(30));
        assert_eq!(throttle.left(at(130)), Duration::ZERO);
        throttle.ask(Duration::MAX, at(130));
        assert!(throttle.left(at(131)) > seconds(86_400));
    }
}
