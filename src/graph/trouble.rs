//! What went wrong with a request, as it is told to people.

use std::fmt;
use std::time::Duration;

/// What went wrong, for people and for Microsoft's support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// One sentence, without any body.
    pub message: String,
    /// The ids of the requests, newest last.
    pub request_ids: Vec<String>,
    /// How long the service asked to wait, where it did.
    pub asked: Option<Duration>,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.request_ids.last() {
            Some(id) => write!(f, " (request-id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Trouble {}
