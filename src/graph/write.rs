//! Writing: only what is on the approved list, each request on its own, and the truth about what became of it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::contract::{graph, names_tenant};
use crate::ports::ResourcePath;
use crate::ports::http::Method;

use super::address::Address;
use super::answer::{Answer, GraphError};
use super::error::SendError;
use super::read::{json, unexpected};
use super::send::{Call, Repeat, check_headers};
use super::session::Session;

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
    pub fn send(&self, write: &Write, still: &dyn Fn(bool) -> bool) -> Result<Answer, SendError> {
        if !self.allows(write) {
            return Err(SendError::not_sent(format!(
                "{} {} is not in the approved plan and was not sent; this is an error of the program, please report it",
                write.method, write.path
            )));
        }
        if let Some(why) = not_to_be_written(write) {
            return Err(SendError::not_sent(format!("{} {} was not sent: {why}", write.method, write.path)));
        }
        check_headers(&write.headers).map_err(SendError::not_sent)?;
        let address = Address::of(&self.session.root, &write.path, &[])
            .map_err(|error| SendError::not_sent(format!("{error:#}")))?;
        let call = Call {
            method: write.method,
            address: &address,
            headers: &write.headers,
            body: write.body.as_ref().map(|body| body.to_string().into_bytes()),
            repeat: if write.method.is_idempotent() { Repeat::Freely } else { Repeat::IfNotDone },
            may_change: true,
            still,
        };
        let reply = self.session.send_with_retry(&call)?;
        let status = reply.response.status;
        let unclear = |message: String| SendError::unclear(message, reply.request_ids.clone());
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

/// Returns why a path is never written to, whoever planned it, an old journal too. It names the organization, so that
/// nobody knows where it leads; or it follows a link to an object that lives elsewhere: such a `DELETE` of a group's
/// member deletes the user.
fn not_to_be_written(write: &Write) -> Option<String> {
    let segments: Vec<Option<&str>> = write.path.segments().iter().skip(1).map(|part| Some(part.as_str())).collect();
    if segments.first().copied().flatten().is_some_and(names_tenant) {
        return Some("its path names the organization".to_owned());
    }
    let through = match graph().place(&segments) {
        Ok(place) => place.through,
        Err(nowhere) => nowhere.through,
    };
    through.map(|link| {
        format!("it would change what `{}` leads to, not the link; its path must end with /$ref", link.name)
    })
}

/// A path as one text, which takes less memory than its segments. None that is sent has a line end in a segment, and the
/// number of segments shows that one which is allowed has neither.
fn one_text(segments: &[String]) -> String {
    format!("{}\n{}", segments.len(), segments.join("\n"))
}
