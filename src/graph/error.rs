//! Why there is no answer to a request, and what is known of it all the same.

use std::fmt;
use std::time::Duration;

/// What went wrong, for people and for Microsoft's support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorContext {
    /// One sentence, without any body.
    pub message: String,
    /// The ids of the requests, newest last.
    pub request_ids: Vec<String>,
    /// How long the service asked to wait, where it did.
    pub asked: Option<Duration>,
}

/// The end of all tries without an answer. A status of 4xx is an answer, but for 401 and 429.
#[derive(Debug, Clone)]
pub struct SendError {
    pub kind: SendErrorKind,
    pub context: ErrorContext,
    /// Whether one of the tries may have been carried out: then nothing that came later makes it undone, and only reading
    /// tells what became of it.
    pub maybe_done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendErrorKind {
    /// The person interrupted.
    Stopped,
    /// It was not on the approved list, or the last try could not be sent.
    NotSent,
    /// The last try was sent; no usable answer came.
    Unclear,
    /// The service is busy and refuses (429).
    Busy,
    /// The service fails (5xx).
    Down,
    /// The answer is larger than allowed.
    TooLarge,
    /// The answer to a read is something else than JSON.
    Garbled,
    /// The service accepts no token of ours (401).
    SignIn,
    /// There is no token to send the request with.
    NoToken,
    /// The service that signs in fails, or the way to it, for now.
    SignInAway,
    /// While it waited, what it was to change has changed.
    Overtaken,
}

/// Why there is no answer to a read. A status of 4xx is an answer, but for 401.
#[derive(Debug, Clone)]
pub enum ReadError {
    /// The service could not be reached, or failed or was busy for longer than the retry policy allows.
    Unavailable(ErrorContext),
    /// The answer cannot be used: no JSON, too large, a redirect, a link that leads away.
    Bad(ErrorContext),
    /// There is no token that the service accepts.
    SignIn(ErrorContext),
    /// The service that signs in fails, or the way to it, for now.
    SignInAway(ErrorContext),
    /// The person interrupted.
    Stopped,
}

impl ErrorContext {
    pub(super) fn new(message: String, request_ids: Vec<String>) -> Self {
        Self { message, request_ids, asked: None }
    }
}

impl SendError {
    /// Makes the failure of a request that did not leave.
    pub(super) fn not_sent(message: String) -> Self {
        let context = ErrorContext::new(message, Vec::new());
        Self { kind: SendErrorKind::NotSent, context, maybe_done: false }
    }

    /// Makes the failure of an answer that does not tell whether the request was carried out.
    pub(super) fn unclear(message: String, request_ids: Vec<String>) -> Self {
        let context = ErrorContext::new(message, request_ids);
        Self { kind: SendErrorKind::Unclear, context, maybe_done: true }
    }
}

impl ReadError {
    pub(super) fn bad(message: String, request_ids: Vec<String>) -> Self {
        Self::Bad(ErrorContext::new(message, request_ids))
    }
}

impl From<SendError> for ReadError {
    fn from(error: SendError) -> Self {
        match error.kind {
            SendErrorKind::Stopped => Self::Stopped,
            SendErrorKind::SignIn | SendErrorKind::NoToken => Self::SignIn(error.context),
            SendErrorKind::SignInAway => Self::SignInAway(error.context),
            SendErrorKind::TooLarge | SendErrorKind::Garbled => Self::Bad(error.context),
            SendErrorKind::NotSent
            | SendErrorKind::Unclear
            | SendErrorKind::Busy
            | SendErrorKind::Down
            | SendErrorKind::Overtaken => Self::Unavailable(error.context),
        }
    }
}

impl fmt::Display for ErrorContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.request_ids.last() {
            Some(id) => write!(f, " (request-id {id})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for SendError {
    /// Says what it means for a change.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let context = &self.context;
        match self.kind {
            SendErrorKind::Overtaken => {
                let message = "it was not sent again, because something else changed meanwhile".to_owned();
                ErrorContext { message, ..context.clone() }.fmt(f)
            }
            _ if self.maybe_done => write!(f, "it is not known whether the change was made: {context}"),
            SendErrorKind::Stopped => f.write_str("stopped before the change was sent"),
            SendErrorKind::Busy => write!(f, "the change was not made, Microsoft Graph is busy: {context}"),
            SendErrorKind::NotSent => write!(f, "the change was not sent: {context}"),
            _ => write!(f, "the change was not made: {context}"),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(context) => write!(f, "Microsoft Graph is not available: {context}"),
            Self::Bad(context) => write!(f, "Microsoft Graph gave no usable answer: {context}"),
            Self::SignIn(context) | Self::SignInAway(context) => context.fmt(f),
            Self::Stopped => f.write_str("stopped before the answer was read"),
        }
    }
}

impl std::error::Error for ErrorContext {}
impl std::error::Error for SendError {}
impl std::error::Error for ReadError {}
