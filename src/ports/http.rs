//! One HTTP exchange, without policy: no retry, no redirect, no cookie, no sign-in.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

/// Sends one request and returns the whole answer, whatever its status.
pub trait Http: Send + Sync {
    /// Sends `request`. Redirects are never followed. Bodies larger than `request.max_body` are an error.
    fn send(&self, request: &Request) -> Result<Response, HttpError>;
}

/// A request as it goes out.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
    pub method: Method,
    /// The absolute URL, already checked by whoever made it.
    pub url: String,
    /// Headers in order. The value of `Authorization` is marked sensitive by the adapter and never logged.
    pub headers: Vec<(String, HeaderValue)>,
    /// The body, if any.
    pub body: Option<Body>,
    /// Whether the request may change the tenant: a process that is ended in the middle of it cannot say what is true.
    pub may_change: bool,
    /// Whether to use a new connection (after a 503, as Microsoft asks).
    pub fresh_connection: bool,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// The most bytes the answer's body may have after decompression.
    pub max_body: usize,
}

/// A header's value: plain, or a secret whose `Debug` shows nothing.
#[derive(Clone)]
pub enum HeaderValue {
    /// A value that may be shown.
    Plain(String),
    /// A bearer token, written as `Bearer …` by the adapter.
    Bearer(super::Token),
    /// What else proves who asks, written as it is.
    Secret(SecretString),
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => write!(f, "{value:?}"),
            Self::Bearer(_) => f.write_str("Bearer (hidden)"),
            Self::Secret(_) => f.write_str("(hidden)"),
        }
    }
}

/// A request's body. It holds contact data, passwords, or what signs us in: `Debug` shows only its length, and it is
/// zeroised when dropped.
#[derive(Clone)]
pub struct Body(Zeroizing<Vec<u8>>);

impl Body {
    /// Takes the bytes as they go out.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Shows the bytes to the adapter that sends them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes, hidden)", self.0.len())
    }
}

/// The methods that the wizard format knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or calls an action; never repeated blindly.
    Post,
    /// Changes named properties; safe to repeat with the same values.
    Patch,
    /// Replaces; safe to repeat.
    Put,
    /// Removes; safe to repeat.
    Delete,
}

impl Method {
    /// Returns the method's name as HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Reads a method's name, upper case only.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Patch, Self::Put, Self::Delete].into_iter().find(|method| method.as_str() == name)
    }

    /// Returns whether the same request sent twice leaves the same state as sent once.
    pub fn is_idempotent(self) -> bool {
        self != Self::Post
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An answer, whatever its status. `Debug` shows neither headers nor body.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, values as text.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Response {
    /// Returns the first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer. The kinds decide whether a write may have happened, and whether asking again can help.
#[derive(Debug)]
pub enum HttpError {
    /// The request cannot have reached the server: no address, no connection, no TLS.
    NotSent(anyhow::Error),
    /// The request may have been received and carried out: cut, timed out, or an unreadable answer.
    Unclear(anyhow::Error),
    /// The request was answered with more bytes than were allowed (the limit is given); the same request would be again.
    TooLarge(usize),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) => write!(f, "the request could not be sent: {error:#}"),
            Self::Unclear(error) => write!(f, "the request was sent, but no answer came: {error:#}"),
            Self::TooLarge(limit) => write!(f, "the answer is larger than {limit} bytes"),
        }
    }
}

impl std::error::Error for HttpError {}
