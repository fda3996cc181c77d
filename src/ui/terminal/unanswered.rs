//! Why a question was not answered.

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
