//! Ctrl-C, termination, a closing console: first a wish to stop, the second time an order.
//!
//! The first signal only sets a flag: the request in flight is finished, its outcome is written down, and the run
//! stops by itself. A second one ends the process from here, and the exit code tells the truth about the journal: 130
//! when no write is open, 8 ("outcome unknown") when one was begun and its outcome is not yet in the journal. The last
//! words are the frontend's, which are handed in.
//!
//! A closing window is an order with a deadline: Windows ends the process five seconds later, so that a write in flight
//! has these, and what is not written down by then stays unknown rather than wrong.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{Console, Window};
use crate::exit_code::ExitCode;

/// What Windows leaves a program whose window is closed is five seconds; the end itself needs some of it.
const UNTIL_KILLED: Duration = Duration::from_secs(4);
/// How long nothing may be in flight before a closing window takes it that nothing more will come.
const QUIET: Duration = Duration::from_millis(500);

/// How long the last words may take: whoever reads them may have stopped reading.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a process that is ended at once leaves in the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing was ever sent that could change it.
    Untouched,
    /// The outcome of everything that was sent is in the journal.
    Settled,
    /// What became of something that was sent is in no journal.
    Unknown,
}

impl Left {
    /// Returns the exit code.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Untouched | Self::Settled => ExitCode::Interrupted,
            Self::Unknown => ExitCode::OutcomeUnknown,
        }
    }
}

/// The process-wide wish to stop. Clones share it.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<State>);

#[derive(Debug)]
struct State {
    requested: Arc<AtomicBool>,
    /// Writes that are with the service right now.
    in_flight: AtomicUsize,
    /// Whether any write was ever begun.
    wrote: AtomicBool,
    /// Whether every write that was begun has been followed by a record in the journal.
    settled: AtomicBool,
}

/// A write that is with the service, until it is dropped.
#[derive(Debug)]
pub struct WriteGuard(Interrupt);

impl Interrupt {
    /// Makes an interrupt that nobody has asked for; no signal is caught yet.
    pub fn new() -> Self {
        Self(Arc::new(State {
            requested: Arc::default(),
            in_flight: AtomicUsize::new(0),
            wrote: AtomicBool::new(false),
            settled: AtomicBool::new(true),
        }))
    }

    /// Catches the process's signals from now on. May be called once in a process. `last_words` are said when the process is
    /// ended from here.
    pub fn install(&self, last_words: impl Fn(Left) + Send + Sync + 'static) -> Result<()> {
        let last_words: Arc<LastWords> = Arc::new(last_words);
        let (interrupt, words) = (self.clone(), Arc::clone(&last_words));
        ctrlc::set_handler(move || {
            // A prompt that is open may have hidden the cursor, and nobody comes back to show it again.
            Console::show_cursor();
            if interrupt.request() {
                interrupt.end(&words);
            }
            Window::wake_prompt();
        })
        .context("failed to watch for Ctrl-C")?;
        let interrupt = self.clone();
        Window::when_closed(move || {
            interrupt.request();
            interrupt.wait_until_quiet(UNTIL_KILLED, QUIET);
            interrupt.end(&last_words);
        });
        Ok(())
    }

    /// Waits until every write has had its outcome written down for as long as `quiet`, or for `longest`. The run ends
    /// the process by itself when it comes to its end before.
    #[expect(clippy::disallowed_methods, reason = "the deadline is the operating system's, in its time")]
    fn wait_until_quiet(&self, longest: Duration, quiet: Duration) {
        let start = Instant::now();
        let mut settled_since = start;
        while start.elapsed() < longest && settled_since.elapsed() < quiet {
            std::thread::sleep(Duration::from_millis(20));
            if !self.is_settled() {
                settled_since = Instant::now();
            }
        }
    }

    /// Returns whether the person has asked to stop.
    pub fn requested(&self) -> bool {
        self.0.requested.load(Ordering::SeqCst)
    }

    /// Returns the flag itself, for the frontend, whose prompts see Ctrl-C as a key.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.requested)
    }

    /// Asks to stop, as a signal does. Returns whether that had been asked before.
    pub fn request(&self) -> bool {
        self.0.requested.swap(true, Ordering::SeqCst)
    }

    /// Says whether the journal tells the outcome of every write that was begun.
    ///
    /// The HTTP adapter says no when it sends a write; the journal says yes when it has appended a record and no write
    /// is in flight.
    pub fn set_settled(&self, settled: bool) {
        let settled = settled && self.0.in_flight.load(Ordering::SeqCst) == 0;
        self.0.settled.store(settled, Ordering::SeqCst);
    }

    /// Returns whether ending the process now would leave no write without its outcome.
    pub fn is_settled(&self) -> bool {
        self.0.in_flight.load(Ordering::SeqCst) == 0 && self.0.settled.load(Ordering::SeqCst)
    }

    /// Marks a write as begun.
    pub fn write(&self) -> WriteGuard {
        self.0.wrote.store(true, Ordering::SeqCst);
        self.0.in_flight.fetch_add(1, Ordering::SeqCst);
        self.0.settled.store(false, Ordering::SeqCst);
        WriteGuard(self.clone())
    }

    /// Returns what ending the process now would leave.
    pub fn left(&self) -> Left {
        if !self.is_settled() {
            Left::Unknown
        } else if self.0.wrote.load(Ordering::SeqCst) {
            Left::Settled
        } else {
            Left::Untouched
        }
    }

    #[expect(clippy::disallowed_methods, reason = "beside `main` the one place that ends the process")]
    fn end(&self, last_words: &Arc<LastWords>) -> ! {
        let left = self.left();
        let (said, done) = mpsc::channel();
        let last_words = Arc::clone(last_words);
        let speaker = std::thread::Builder::new().spawn(move || {
            last_words(left);
            said.send(())
        });
        if speaker.is_ok() {
            let _ = done.recv_timeout(LAST_WORDS);
        }
        Window::put_back();
        std::process::exit(i32::from(left.exit_code().number()))
    }
}

/// See [`Interrupt::install`].
type LastWords = dyn Fn(Left) + Send + Sync;

impl Default for Interrupt {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for WriteGuard {
    fn drop(&mut self) {
        self.0.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_settled_once_its_outcome_is_written_down() {
        let interrupt = Interrupt::new();
        assert_eq!(interrupt.left(), Left::Untouched);
        let write = interrupt.write();
        interrupt.set_settled(true);
        assert_eq!(interrupt.left(), Left::Unknown, "it is still in flight");
        drop(write);
        assert_eq!(interrupt.left(), Left::Unknown, "its outcome is not written down");
        interrupt.set_settled(true);
        assert_eq!(interrupt.left(), Left::Settled);
    }

    #[test]
    fn a_closing_window_waits_for_a_write_and_not_longer_than_it_may() {
        let interrupt = Interrupt::new();
        let moment = Duration::from_millis(60);
        let write = interrupt.write();
        let start = Instant::now();
        interrupt.wait_until_quiet(moment, Duration::from_millis(1));
        assert!(start.elapsed() >= moment, "the write is in flight");
        let other = interrupt.clone();
        let writer = std::thread::spawn(move || {
            drop(write);
            other.set_settled(true);
        });
        interrupt.wait_until_quiet(Duration::from_secs(3600), Duration::from_millis(1));
        assert!(interrupt.is_settled());
        assert!(writer.join().is_ok());
    }

    #[test]
    fn the_second_request_is_known_as_such() {
        let interrupt = Interrupt::new();
        assert!(!interrupt.request());
        assert!(interrupt.clone().requested());
        assert!(interrupt.request());
    }
}
