//! Writing: only what is on the approved list, each request on its own, and the truth about what became of it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Error, anyhow};
use serde_json::Value;

use crate::ports::ResourcePath;
use crate::ports::http::Method;

use super::address::Address;
use super::answer::{Answer, GraphError};
use super::exchange::{Call, Failure, FailureKind, Repeat, check_headers};
use super::read::{json, unexpected};
use super::session::Session;
use super::trouble::Trouble;

/// A method and the segments of a path that an approved plan writes to; `None` is a segment known only later.
pub type Allowed = (Method, Vec<Option<String>>);

/// One write.
#[derive(Debug, Clone)]
pub struct Write {
    /// `POST`, `PATCH`, `PUT` or `DELETE`.
    pub method: Method,
    /// What is written to.
    pub path: ResourcePath,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body, if any.
    pub body: Option<Value>,
}

/// Why there is no answer to a write. A status of 4xx is an answer, but for 401 and 429.
#[derive(Debug)]
pub enum WriteError {
    /// The request was not carried out: it was not on the approved list, or never reached the service.
    NotSent(Error),
    /// Nobody knows whether the request was carried out.
    Unclear {
        /// What happened.
        error: Error,
        /// The ids of the requests, newest last.
        request_ids: Vec<String>,
    },
    /// The person interrupted before the request was sent.
    Stopped,
    /// While the request waited to be sent again, what it was to change has changed.
    Overtaken {
        /// Whether an earlier try may have been carried out.
        maybe_done: bool,
        /// The ids of the requests, newest last.
        request_ids: Vec<String>,
    },
    /// The service was busy for longer than the patience lasts; the request was not carried out.
    Throttled {
        /// What happened.
        error: Error,
        /// How long the service asked to wait at last.
        asked: Option<Duration>,
        /// The ids of the requests, newest last.
        request_ids: Vec<String>,
    },
    /// There is no token that the service accepts; the request was not carried out.
    SignIn {
        /// What happened.
        error: Error,
        /// The status of the service's answer, where one came.
        status: Option<u16>,
        /// The ids of the requests, newest last.
        request_ids: Vec<String>,
    },
    /// The service that signs in fails, or the way to it, for now; the request was not carried out.
    SignInAway {
        /// What happened.
        error: Error,
        /// The ids of the requests, newest last.
        request_ids: Vec<String>,
    },
}

/// Sends the writes of one approved plan.
pub struct Writer {
    session: Arc<Session>,
    /// The requests whose paths are known, of which there may be thousands.
    known: HashSet<(Method, String)>,
    /// Those with a segment that is known only later.
    open: Vec<Allowed>,
}

impl Writer {
    /// Makes a writer that sends what is on the list and refuses everything else.
    pub fn new(session: Arc<Session>, allowed: Vec<Allowed>) -> Self {
        let mut writer = Self { session, known: HashSet::new(), open: Vec::new() };
        for (method, path) in allowed {
            match path.iter().cloned().collect::<Option<Vec<String>>>() {
                Some(path) => drop(writer.known.insert((method, one_text(&path)))),
                None => writer.open.push((method, path)),
            }
        }
        writer
    }

    /// Sends one write. `POST` is not repeated once it may have been carried out; the others are, being the same
    /// change sent twice. After each wait, and after a new sign-in, `still` is asked whether the write still fits what
    /// is there; it is told whether an earlier try may have been carried out.
    pub fn send(&self, write: &Write, still: &dyn Fn(bool) -> bool) -> Result<Answer, WriteError> {
        if !self.allows(write) {
            return Err(WriteError::NotSent(anyhow!(
                "{} {} is not in the approved plan and was not sent; this is an error of the program, please report it",
                write.method,
                write.path
            )));
        }
        check_headers(&write.headers).map_err(|message| WriteError::NotSent(anyhow!(message)))?;
        let address = Address::of(&self.session.root, &write.path, &[]).map_err(WriteError::NotSent)?;
        let call = Call {
            method: write.method,
            address: &address,
            headers: &write.headers,
            body: write.body.as_ref().map(|body| body.to_string().into_bytes()),
            repeat: if write.method.is_idempotent() { Repeat::Freely } else { Repeat::IfNotDone },
            may_change: true,
            still,
        };
        let reply = self.session.exchange(&call)?;
        let status = reply.response.status;
        let unclear =
            |message: String| WriteError::Unclear { error: anyhow!(message), request_ids: reply.request_ids.clone() };
        let (body, error) = match status {
            200..=299 if reply.response.body.is_empty() => (Value::Null, None),
            // A page of HTML with a 200 comes from something between, and says nothing about the write.
            200..=299 => (json(&reply.response).map_err(unclear)?, None),
            400..=499 => {
                let body = json(&reply.response).ok();
                let error = GraphError::read(status, body.as_ref());
                (body.unwrap_or_default(), Some(error))
            }
            _ => return Err(unclear(unexpected(status))),
        };
        Ok(Answer { status, body, error, request_ids: reply.request_ids, after_unclear: reply.maybe_done })
    }

    fn allows(&self, write: &Write) -> bool {
        let segments = write.path.segments();
        let is_open = |(method, pattern): &Allowed| {
            *method == write.method
                && pattern.len() == segments.len()
                && pattern.iter().zip(segments).all(|(want, is)| want.as_ref().is_none_or(|want| want == is))
        };
        write.method != Method::Get
            && (self.known.contains(&(write.method, one_text(segments))) || self.open.iter().any(is_open))
    }
}

/// A path as one text, which takes less memory than its segments. None that is sent has a line end in a segment, and the
/// number of segments shows that one which is allowed has neither.
fn one_text(segments: &[String]) -> String {
    format!("{}\n{}", segments.len(), segments.join("\n"))
}

impl From<Failure> for WriteError {
    fn from(failure: Failure) -> Self {
        let Failure { kind, trouble, maybe_done } = failure;
        let Trouble { message, request_ids, asked } = trouble;
        let error = anyhow!(message);
        match kind {
            FailureKind::Overtaken => Self::Overtaken { maybe_done, request_ids },
            // Once a try may have been carried out, nothing that came later makes it undone.
            _ if maybe_done => Self::Unclear { error, request_ids },
            FailureKind::Unclear | FailureKind::Down | FailureKind::TooLarge => Self::Unclear { error, request_ids },
            FailureKind::NotSent => Self::NotSent(error),
            FailureKind::Stopped => Self::Stopped,
            FailureKind::Busy => Self::Throttled { error, asked, request_ids },
            FailureKind::SignIn => Self::SignIn { error, status: Some(401), request_ids },
            FailureKind::NoToken => Self::SignIn { error, status: None, request_ids },
            FailureKind::SignInAway => Self::SignInAway { error, request_ids },
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request_ids = match self {
            Self::NotSent(error) => return write!(f, "the change was not sent: {error:#}"),
            Self::Stopped => return f.write_str("stopped before the change was sent"),
            Self::Overtaken { request_ids, .. } => {
                f.write_str("it was not sent again, because something else changed meanwhile")?;
                request_ids
            }
            Self::Unclear { error, request_ids } => {
                write!(f, "it is not known whether the change was made: {error:#}")?;
                request_ids
            }
            Self::Throttled { error, request_ids, .. } => {
                write!(f, "the change was not made, Microsoft Graph is busy: {error:#}")?;
                request_ids
            }
            Self::SignIn { error, request_ids, .. } | Self::SignInAway { error, request_ids } => {
                write!(f, "the change was not made: {error:#}")?;
                request_ids
            }
        };
        match request_ids.last() {
            Some(id) => write!(f, " (request-id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for WriteError {}
