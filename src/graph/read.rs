//! Reading: a client that cannot write, for one read or for many.

use std::sync::Arc;

use serde_json::Value;

use crate::ports::ResourcePath;
use crate::ports::http::{Method, Response};

use super::address::Address;
use super::answer::{Answer, GraphError};
use super::error::ReadError;
use super::send::{Call, Repeat, Reply, check_headers};
use super::session::Session;

/// One read.
#[derive(Clone)]
pub struct Read {
    /// What is read.
    pub path: ResourcePath,
    /// Names and values of the query, decoded.
    pub query: Vec<(String, String)>,
    /// Further headers, such as `ConsistencyLevel`.
    pub headers: Vec<(String, String)>,
    /// Whether the answer is a list of which all pages are wanted.
    pub page: bool,
    /// What is kept of the body, or of each item of a list: applied as it arrives, so that the rest takes no memory.
    pub keep: Option<Keep>,
}

/// A projection of a body or an item.
pub type Keep = Arc<dyn Fn(Value) -> Value + Send + Sync>;

/// Reads. There is no way to make it write: it sends `GET`, and `$batch` with nothing but `GET` inside.
#[derive(Clone)]
pub struct Reader {
    pub(super) session: Arc<Session>,
}

impl Read {
    /// Makes a plain read of one object, without query and headers.
    pub fn of(path: ResourcePath) -> Self {
        Self { path, query: Vec::new(), headers: Vec::new(), page: false, keep: None }
    }
}

impl Reader {
    /// Makes a reader.
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    /// Reads one resource, or all pages of one list.
    pub fn read(&self, read: &Read) -> Result<Answer, ReadError> {
        let address = self.address(read)?;
        let reply = self.get(read, &address)?;
        self.complete(read, understand(reply)?)
    }

    pub(super) fn address(&self, read: &Read) -> Result<Address, ReadError> {
        check_headers(&read.headers).map_err(|message| ReadError::bad(message, Vec::new()))?;
        Address::of(&self.session.root, &read.path, &read.query)
            .map_err(|error| ReadError::bad(format!("{error:#}"), Vec::new()))
    }

    pub(super) fn get(&self, read: &Read, address: &Address) -> Result<Reply, ReadError> {
        let call = Call {
            method: Method::Get,
            address,
            headers: &read.headers,
            body: None,
            repeat: Repeat::Freely,
            may_change: false,
            still: &|_| true,
        };
        Ok(self.session.send_with_retry(&call)?)
    }

    /// Makes the answer of a (first) page: keeps what is wanted and follows the other pages.
    pub(super) fn complete(&self, read: &Read, answer: Answer) -> Result<Answer, ReadError> {
        if !answer.is_success() {
            return Ok(answer);
        }
        if read.page {
            return self.all_pages(read, answer);
        }
        Ok(match &read.keep {
            Some(keep) => Answer { body: keep(answer.body), ..answer },
            None => answer,
        })
    }
}

/// Reads a reply to a `GET` as an answer.
pub(super) fn understand(reply: Reply) -> Result<Answer, ReadError> {
    let Reply { response, request_ids, maybe_done } = reply;
    let status = response.status;
    let (body, error) = match status {
        204 => (Value::Null, None),
        200..=299 => match json(&response) {
            Ok(body) => (body, None),
            Err(message) => return Err(ReadError::bad(message, request_ids)),
        },
        400..=499 => {
            let body = json(&response).ok();
            let error = GraphError::read(status, body.as_ref());
            (body.unwrap_or_default(), Some(error))
        }
        _ => return Err(ReadError::bad(unexpected(status), request_ids)),
    };
    Ok(Answer { status, body, error, request_ids, after_unclear: maybe_done })
}

/// Reads a body as JSON. The error says what else it is, and shows nothing of it.
pub(super) fn json(response: &Response) -> Result<Value, String> {
    let kind = response.header("content-type").unwrap_or("no content type");
    let is_json = response.header("content-type").is_none_or(|kind| kind.to_ascii_lowercase().contains("json"));
    let kind: String = kind.chars().take(60).collect::<String>().escape_debug().collect();
    if !is_json {
        return Err(format!(
            "the answer (status {}) is {kind} instead of JSON; a proxy or a sign-in page of the network may stand between",
            response.status
        ));
    }
    serde_json::from_slice(&response.body)
        .map_err(|error| format!("the answer (status {}, {kind}) is not whole JSON: {error}", response.status))
}

/// Says what a status means that Graph does not use.
pub(super) fn unexpected(status: u16) -> String {
    match status {
        300..=399 => {
            format!("the answer is a redirect ({status}), which Microsoft Graph does not send; it was not followed")
        }
        _ => format!("the answer has the status {status}, which Microsoft Graph does not use"),
    }
}
