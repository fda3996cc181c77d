//! What crosses the practice tenant's edge, as plain data: requests in, answers out, refusals in Graph's own form.

use serde_json::{Value, json};

use super::object::Object;
use crate::ports::user::PRACTICE_TENANT;

/// A request as the practice tenant sees it, whether it came over a socket or from a test.
#[derive(Debug, Clone, Default)]
pub struct PracticeRequest {
    /// The method's name, upper case.
    pub method: String,
    /// Path and query, percent-encoded as sent: `/v1.0/users?$top=2`.
    pub target: String,
    /// Headers in order; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body, empty if there is none.
    pub body: Vec<u8>,
    /// The root that links in the answer start with: `http://127.0.0.1:8080`.
    pub root: String,
}

impl PracticeRequest {
    /// Returns the first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// An answer, and whether it reaches the client.
#[derive(Debug, Clone)]
pub struct PracticeResponse {
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What the server does with the answer; anything but [`Delivery::Send`] comes from a fault.
    pub delivery: Delivery,
}

impl PracticeResponse {
    /// Reads the body as JSON; `Null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Returns the first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    #[default]
    Send,
    /// Closes the connection without a byte: the reply is lost.
    Close,
    /// Holds it until it is told to go on, or stops.
    Stall,
}

/// An answer before it is put on the wire.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub body: Body,
}

/// The body of a [`Reply`].
#[derive(Debug)]
pub(super) enum Body {
    /// Nothing, as after `204`.
    Empty,
    Json(Value),
    /// Plain text, as `$count` answers.
    Text(String),
}

impl Reply {
    /// Answers 204 without a body.
    pub fn no_content() -> Self {
        Self { status: 204, body: Body::Empty }
    }

    pub fn json(status: u16, value: Value) -> Self {
        Self { status, body: Body::Json(value) }
    }

    /// Answers 200 with an entity, its context first.
    pub fn entity(status: u16, context: String, object: Object) -> Self {
        let mut body = Object::with_capacity(object.len() + 1);
        body.insert("@odata.context".to_owned(), Value::String(context));
        body.extend(object);
        Self::json(status, Value::Object(body))
    }
}

/// A refusal: status, Graph's error code, and a sentence.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub status: u16,
    /// Graph's code, the part that clients branch on.
    pub code: String,
    pub message: String,
    /// Further headers, such as `Retry-After`.
    pub headers: Vec<(String, String)>,
}

impl Refusal {
    /// Refuses with any status and code.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), headers: Vec::new() }
    }

    /// Refuses a malformed request (400 `BadRequest`).
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// Refuses a value that the directory does not take (400 `Request_BadRequest`).
    pub fn value(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    /// Refuses a query that the directory cannot run (400 `Request_UnsupportedQuery`).
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(400, "Request_UnsupportedQuery", message)
    }

    /// Answers that an object does not exist (404 `Request_ResourceNotFound`).
    pub fn not_found(name: &str) -> Self {
        Self::new(404, "Request_ResourceNotFound", format!("Resource '{name}' does not exist in this tenant."))
    }

    /// Answers that a path leads nowhere (400 `BadRequest`, as Graph does for a segment that it does not know).
    pub fn no_segment(segment: &str) -> Self {
        Self::bad(format!("Resource not found for the segment '{segment}'."))
    }

    /// Says what the practice tenant lacks. It says so as itself: Graph may well do it.
    pub fn lacking(what: &str) -> Self {
        Self::new(400, PRACTICE_TENANT, format!("The practice tenant does not {what}."))
    }

    /// Answers that the path does not take this method (405).
    pub fn method(method: &str) -> Self {
        Self::new(405, "Request_BadRequest", format!("The HTTP method '{method}' is not allowed here."))
    }

    /// The same, with the methods that it takes.
    pub fn not_among(method: &str, taken: &[&str]) -> Self {
        let headers = vec![("Allow".to_owned(), taken.join(", "))];
        Self { headers, ..Self::method(method) }
    }

    /// Returns Graph's error body.
    pub fn body(&self, date: &str, request_id: &str, client_request_id: &str) -> Value {
        json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {"date": date, "request-id": request_id, "client-request-id": client_request_id},
        }})
    }
}
