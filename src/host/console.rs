//! What stands at the other end of the three standard streams.

use std::io::IsTerminal;

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

    /// Shows the cursor again, which a prompt may have hidden.
    pub fn show_cursor() {
        let term = ::console::Term::stderr();
        if term.is_term() {
            let _ = term.show_cursor();
        }
    }
}
