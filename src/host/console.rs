//! What stands at the other end of the three standard streams.

use std::io::{IsTerminal, Read};

use anyhow::{Context, Result, bail};
use secrecy::zeroize::Zeroizing;

use crate::ports::file;

/// Which streams are terminals, and how wide the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// Whether a person can type.
    pub stdin: bool,
    /// Whether results go to a screen.
    pub stdout: bool,
    /// Whether talk goes to a screen.
    pub stderr: bool,
    /// The screen's width in columns, where talk goes to a screen that tells it.
    pub width: Option<u16>,
}

impl Console {
    /// Looks at the process's streams.
    pub fn look() -> Self {
        Self {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
            width: ::console::Term::stderr().size_checked().map(|(_, columns)| columns),
        }
    }

    /// Reads standard input to its end. A terminal is refused: what is typed there would be seen.
    pub fn read_input(most: u64) -> Result<String> {
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            bail!("standard input is a terminal");
        }
        let mut bytes = Zeroizing::new(Vec::new());
        stdin.lock().take(most + 1).read_to_end(&mut bytes).context("standard input cannot be read")?;
        if bytes.len() as u64 > most {
            bail!("standard input is longer than {most} bytes");
        }
        file::decode(&bytes).map(|text| text.to_string()).context("standard input is not text")
    }

    /// Shows the cursor again, which a prompt may have hidden.
    pub fn show_cursor() {
        let term = ::console::Term::stderr();
        if term.is_term() {
            let _ = term.show_cursor();
        }
    }
}
