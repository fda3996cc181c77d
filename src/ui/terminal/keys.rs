//! The keys of an open question: each reaches the program as it is typed, Ctrl-C among them, and none shows by itself.
//!
//! A terminal that is asked for one key at a time is in its usual mode between two of them. A Ctrl-C typed just then,
//! when the question stands on the screen already, becomes a signal, and the reading that begins a moment later never
//! hears of it. So the mode is set before a question is drawn and put back after its answer, and a signal from elsewhere
//! is looked for while a key is awaited. Windows needs neither: there the handler of a signal types a key itself.

/// Why a question was not answered.
#[derive(Debug)]
pub enum Unanswered {
    /// Esc.
    Escaped,
    /// Ctrl-C, read as a key.
    Interrupted,
    /// Ctrl-C, handed on to the interrupt handler as a signal. To set the flag here as well would make one key two
    /// wishes, and the second ends the process before it says what is true of the tenant.
    Signalled,
    /// The terminal went away, or reading failed.
    Failed(String),
}

/// Reads the reason out of an error of reading keys.
pub fn unanswered(error: &std::io::Error) -> Unanswered {
    match error.kind() {
        std::io::ErrorKind::Interrupted => Unanswered::Signalled,
        _ => Unanswered::Failed(format!("the terminal cannot be read: {error}")),
    }
}

/// The terminal while a question is open; it is put back when this is dropped.
pub struct Keys<'wish> {
    interrupted: &'wish dyn Fn() -> bool,
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

#[cfg(unix)]
impl<'wish> Keys<'wish> {
    /// Opens the keys. Where standard input is not a terminal nothing is set, and reading says so.
    pub fn open(interrupted: &'wish dyn Fn() -> bool) -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let input = rustix::stdio::stdin();
        let before = tcgetattr(input).ok();
        if let Some(before) = &before {
            let mut modes = before.clone();
            modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
            // An error leaves the terminal as it is, which still takes answers.
            let _ = tcsetattr(input, OptionalActions::Drain, &modes);
        }
        Self { interrupted, before }
    }

    /// Waits until there is a key to be read, or a wish to stop.
    #[expect(clippy::disallowed_methods, reason = "a person types in real time")]
    pub fn wait(&self) -> Result<(), Unanswered> {
        /// How often is looked: often enough that nobody notices.
        const POLL_INTERVAL: std::time::Duration = std::time::Duration::from_millis(15);

        loop {
            self.still_wanted()?;
            // Polling a terminal for readiness does not work on macOS; this does everywhere. What goes wrong here goes
            // wrong in the reading, too, which says what it is.
            match rustix::io::ioctl_fionread(rustix::stdio::stdin()) {
                Ok(0) if self.before.is_some() => std::thread::sleep(POLL_INTERVAL),
                _ => return Ok(()),
            }
        }
    }
}

#[cfg(not(unix))]
impl<'wish> Keys<'wish> {
    pub fn open(interrupted: &'wish dyn Fn() -> bool) -> Self {
        Self { interrupted }
    }

    /// Waits until there is a key to be read, or a wish to stop.
    pub fn wait(&self) -> Result<(), Unanswered> {
        self.still_wanted()
    }
}

impl Keys<'_> {
    /// Fails where somebody has asked to stop before the first key.
    pub fn still_wanted(&self) -> Result<(), Unanswered> {
        if (self.interrupted)() { Err(Unanswered::Signalled) } else { Ok(()) }
    }
}

#[cfg(unix)]
impl Drop for Keys<'_> {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            use rustix::termios::{OptionalActions, tcsetattr};

            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, before);
        }
    }
}
