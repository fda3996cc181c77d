//! Writing: only what is on the approved list, each request on its own, and the truth about what became of it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::contract::graph;
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
        if let Some(link) = hit_behind_link(write) {
            return Err(SendError::not_sent(format!(
                "{} {} was not sent: it would change what `{link}` leads to, not the link; its path must end with /$ref",
                write.method, write.path
            )));
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

/// Returns the navigation behind which a write would hit an object that lives elsewhere, whoever planned it: such a
/// `DELETE` of a group's member deletes the user.
fn hit_behind_link(write: &Write) -> Option<&'static str> {
    let segments: Vec<Option<&str>> = write.path.segments().iter().skip(1).map(|part| Some(part.as_str())).collect();
    graph().place(&segments).ok()?.through.map(|member| member.name)
}

/// A path as one text, which takes less memory than its segments. None that is sent has a line end in a segment, and the
/// number of segments shows that one which is allowed has neither.
fn one_text(segments: &[String]) -> String {
    format!("{}\n{}", segments.len(), segments.join("\n"))
}
