//! One request until there is an answer or no hope of one: tries, waits, a new token, and what is known in the end.
//!
//! The difficult part is honesty about writes. As soon as one try may have been carried out, no later event makes the
//! request "not sent": [`Failure::maybe_done`] stays set, whatever the last try said.

use std::time::Duration;

use anyhow::anyhow;
use jiff::SignedDuration;

use crate::ports::Event;
use crate::ports::event::Wait;
use crate::ports::http::{Body, HeaderValue, HttpError, Method, Request, Response};
use crate::ports::{SignInError, retry_after, sign_in_error};

use super::address::Address;
use super::challenge;
use super::patience::{Effort, GaveUp, ordinal, words};
use super::session::Session;
use super::trouble::Trouble;

/// The most bytes of an answer, decompressed: a page of 999 users with all their fields is far below.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// The longest that a single try may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(100);
/// The most tries where there is no connection: without a network nobody wants to wait for minutes.
const TRIES_WITHOUT_CONNECTION: u32 = 4;
/// The most tries where no whole answer came. A write that is lost again and again may have been made by the first try:
/// then reading tells more than sending.
const TRIES_WITHOUT_ANSWER: u32 = 5;
/// The most tries after a 500 and its like, which are as often a lasting fault of the service as a passing one.
const TRIES_AFTER_FAULT: u32 = 3;
/// How many ids of requests are kept for support.
const KEPT_IDS: usize = 10;
const LONGEST_ID: usize = 128;

const USER_AGENT: &str = concat!("fixforme/", env!("CARGO_PKG_VERSION"));

/// One request as the session sends it.
pub(super) struct Call<'a> {
    pub method: Method,
    pub address: &'a Address,
    pub headers: &'a [(String, String)],
    pub body: Option<Vec<u8>>,
    pub repeat: Repeat,
    /// Whether it may change the tenant.
    pub may_change: bool,
    /// Asked before the request is sent once more, with whether it may have been carried out: whether it still fits
    /// what is there after the wait.
    pub still: &'a dyn Fn(bool) -> bool,
}

/// Whether a request may be sent again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Sent twice it does what it does sent once.
    Freely,
    /// Only after an answer or an error which proves that it was not carried out.
    IfNotDone,
}

/// An answer with a status that is not worth another try.
#[derive(Debug)]
pub(super) struct Reply {
    pub response: Response,
    pub request_ids: Vec<String>,
    pub maybe_done: bool,
}

/// The end of all tries without an answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub kind: FailureKind,
    pub trouble: Trouble,
    /// Whether one of the tries may have been carried out.
    pub maybe_done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The person interrupted.
    Stopped,
    /// The last try could not be sent.
    NotSent,
    /// The last try was sent; no usable answer came.
    Unclear,
    /// The service is busy and refuses (429).
    Busy,
    /// The service fails (5xx).
    Down,
    /// The answer is larger than allowed.
    TooLarge,
    /// The service accepts no token of ours (401).
    SignIn,
    /// There is no token to send the request with.
    NoToken,
    /// The service that signs in fails, or the way to it, for now.
    SignInAway,
    /// While it waited, what it was to change has changed.
    Overtaken,
}

/// The refusal for now that weighs most among the inner answers of a `$batch`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub asked: Option<Duration>,
    pub request_ids: Vec<String>,
}

/// Why a try is followed by another.
struct Setback {
    kind: FailureKind,
    /// For the screen: "busy", "the connection was cut".
    cause: String,
    asked: Option<Duration>,
    most_tries: u32,
}

impl Session {
    /// Sends a request until it is answered, or the patience is at its end.
    pub(super) fn exchange(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        self.exchange_within(call, &mut Effort::new(&self.patience))
    }

    /// Sends a request as a part of an operation that has used up some of its patience already.
    pub(super) fn exchange_within(&self, call: &Call<'_>, effort: &mut Effort) -> Result<Reply, Failure> {
        let mut renewals = 0;
        let mut maybe_done = false;
        let mut is_again = false;
        let mut ids = Vec::new();
        loop {
            let failed = |kind, message: String, asked, ids: &[String], maybe_done| Failure {
                kind,
                trouble: Trouble { message, request_ids: ids.to_vec(), asked },
                maybe_done,
            };
            self.wait_along(effort);
            if self.ui.interrupted() {
                let message = "stopped before the next request".to_owned();
                return Err(failed(FailureKind::Stopped, message, None, &ids, maybe_done));
            }
            let (token, generation) = self.token().map_err(|error| {
                let why = error.downcast_ref::<SignInError>().map(|error| error.kind);
                let kind = match why {
                    // Who stops at the sign-in page stops the run.
                    _ if self.ui.interrupted() => FailureKind::Stopped,
                    Some(sign_in_error::Kind::Stopped) => FailureKind::Stopped,
                    Some(sign_in_error::Kind::Temporary) => FailureKind::SignInAway,
                    _ if renewals > 0 => FailureKind::SignIn,
                    _ => FailureKind::NoToken,
                };
                failed(kind, format!("the sign-in failed: {error:#}"), None, &ids, maybe_done)
            })?;
            if std::mem::replace(&mut is_again, true) && !(call.still)(maybe_done) {
                let message = "something else changed while the request waited".to_owned();
                return Err(failed(FailureKind::Overtaken, message, None, &ids, maybe_done));
            }
            let id = self.request_id();
            let request = self.request(call, token, &id, effort);
            let before = self.clock.now();
            let result = self.http.send(&request);
            effort.spend(elapsed(self.clock.now().duration_since(before), request.timeout));
            let setback = match result {
                Ok(response) => {
                    remember(&mut ids, response.header("request-id").unwrap_or(&id).to_owned());
                    let asked = response
                        .header("retry-after")
                        .and_then(|value| retry_after::parse(value, response.header("date"), self.clock.now()));
                    if let Some(wait) = asked.filter(|_| matches!(response.status, 429 | 500..=599)) {
                        self.hold.ask(wait, self.clock.now());
                    }
                    match response.status {
                        401 => {
                            let claims = challenge::claims(&response.headers);
                            if renewals < self.renewals(claims.is_some()) {
                                renewals += 1;
                                self.drop_token(generation, claims);
                                continue;
                            }
                            let message = challenge::refused(claims.as_deref());
                            return Err(failed(FailureKind::SignIn, message, None, &ids, maybe_done));
                        }
                        429 => {
                            let cause = "busy".to_owned();
                            Setback { kind: FailureKind::Busy, cause, asked, most_tries: u32::MAX }
                        }
                        status @ 500..=599 => {
                            maybe_done = true;
                            if status == 503 {
                                self.leave_connection();
                            }
                            let most_tries = if matches!(status, 502..=504) { u32::MAX } else { TRIES_AFTER_FAULT };
                            let cause = format!("the service failed with status {status}");
                            Setback { kind: FailureKind::Down, cause, asked, most_tries }
                        }
                        _ => return Ok(Reply { response, request_ids: ids, maybe_done }),
                    }
                }
                Err(HttpError::NotSent(error)) => Setback {
                    kind: FailureKind::NotSent,
                    cause: format!("there is no connection: {error:#}"),
                    asked: None,
                    most_tries: TRIES_WITHOUT_CONNECTION,
                },
                Err(HttpError::Unclear(error)) => {
                    maybe_done = true;
                    remember(&mut ids, id);
                    Setback {
                        kind: FailureKind::Unclear,
                        cause: format!("no whole answer came: {error:#}"),
                        asked: None,
                        most_tries: TRIES_WITHOUT_ANSWER,
                    }
                }
                Err(HttpError::TooLarge(limit)) => {
                    remember(&mut ids, id);
                    let message = format!("the answer is larger than {} MiB and was not read", limit >> 20);
                    return Err(failed(FailureKind::TooLarge, message, None, &ids, true));
                }
            };
            if maybe_done && call.repeat == Repeat::IfNotDone {
                return Err(failed(setback.kind, setback.cause, setback.asked, &ids, maybe_done));
            }
            if let Err(gave_up) = self.pause(effort, &setback) {
                let (kind, message) = match gave_up {
                    None => (FailureKind::Stopped, format!("stopped while waiting ({})", setback.cause)),
                    Some(gave_up) => (setback.kind, gave_up.words(&setback.cause)),
                };
                return Err(failed(kind, message, setback.asked, &ids, maybe_done));
            }
        }
    }

    /// Waits for what the service asked of another request; unless that is longer than the patience of this one, which
    /// then learns by itself what holds for it.
    fn wait_along(&self, effort: &mut Effort) {
        let wait = self.hold.left(self.clock.now());
        if wait.is_zero() || wait > effort.left() {
            return;
        }
        if wait >= Duration::from_secs(1) {
            let reason = format!("Microsoft asked us to wait {} (busy)", words(wait));
            self.ui.show(&Event::Wait(Wait { reason, seconds: wait.as_secs_f64(), attempt: effort.failed() }));
        }
        self.clock.sleep(wait);
        effort.spend(wait);
    }

    /// Waits before the next try; for a `$batch` of which some inner requests were refused, too.
    ///
    /// `Err(None)` when the person interrupts.
    fn pause(&self, effort: &mut Effort, setback: &Setback) -> Result<(), Option<GaveUp>> {
        if self.ui.interrupted() {
            return Err(None);
        }
        let random = match setback.kind {
            // Where the service itself asks for less, at least half of the back-off is kept.
            FailureKind::Busy | FailureKind::Down => u64::MAX / 2 + self.random() / 2,
            _ => self.random(),
        };
        let wait = effort.wait(setback.asked, setback.most_tries, random).map_err(Some)?;
        let asked = setback.asked.is_some_and(|asked| asked == wait);
        let mut reason = if asked {
            format!("Microsoft asked us to wait {} ({})", words(wait), setback.cause)
        } else {
            format!("trying again in {} ({})", words(wait), setback.cause)
        };
        if effort.failed() > 1 {
            reason.push_str(&format!(", {} time", ordinal(effort.failed())));
        }
        self.ui.show(&Event::Wait(Wait { reason, seconds: wait.as_secs_f64(), attempt: effort.failed() }));
        self.clock.sleep(wait);
        effort.spend(wait);
        if self.ui.interrupted() { Err(None) } else { Ok(()) }
    }

    /// Waits as the inner answers of a `$batch` ask.
    pub(super) fn pause_for_batch(&self, effort: &mut Effort, refusal: Refusal) -> Result<(), Failure> {
        let Refusal { status, asked, request_ids } = refusal;
        let (kind, cause) = match status {
            429 => (FailureKind::Busy, "busy".to_owned()),
            _ => (FailureKind::Down, format!("the service failed with status {status}")),
        };
        let setback = Setback { kind, cause, asked, most_tries: u32::MAX };
        self.pause(effort, &setback).map_err(|gave_up| {
            let (kind, message) = match gave_up {
                None => (FailureKind::Stopped, "stopped while waiting".to_owned()),
                Some(gave_up) => (kind, gave_up.words(&setback.cause)),
            };
            Failure { kind, trouble: Trouble { message, request_ids, asked }, maybe_done: false }
        })
    }

    fn request(&self, call: &Call<'_>, token: crate::ports::Token, id: &str, effort: &Effort) -> Request {
        let plain = |name: &str, value: &str| (name.to_owned(), HeaderValue::Plain(value.to_owned()));
        let mut headers = vec![
            ("Authorization".to_owned(), HeaderValue::Bearer(token)),
            plain("Accept", "application/json"),
            plain("User-Agent", USER_AGENT),
            plain("client-request-id", id),
        ];
        if effort.failed() > 0 {
            headers.push(plain("Retry-Attempt", &effort.failed().to_string()));
        }
        if call.body.is_some() {
            headers.push(plain("Content-Type", "application/json"));
        }
        headers.extend(call.headers.iter().map(|(name, value)| plain(name, value)));
        Request {
            method: call.method,
            url: call.address.as_str().to_owned(),
            headers,
            body: call.body.clone().map(Body::new),
            may_change: call.may_change,
            fresh_connection: self.leaves_connection(),
            timeout: REQUEST_TIMEOUT.min(effort.left()).max(Duration::from_secs(1)),
            max_body: MAX_BODY,
        }
    }

    fn request_id(&self) -> String {
        let mut bytes = [0; 16];
        self.clock.random(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

impl GaveUp {
    fn words(&self, cause: &str) -> String {
        match self {
            Self::Tries(1) => format!("failed: {cause}"),
            Self::Tries(tries) => format!("failed {tries} times, at last: {cause}"),
            Self::Deadline(deadline) => format!("failed for {}, at last: {cause}", words(*deadline)),
            Self::AskedTooLong(wait) => {
                format!(
                    "Microsoft asked us to wait {} ({cause}), which is longer than one operation may take",
                    words(*wait)
                )
            }
        }
    }
}

impl From<Failure> for anyhow::Error {
    fn from(failure: Failure) -> Self {
        anyhow!(failure.trouble)
    }
}

/// Headers that the client sets itself and content must not.
const OWN_HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "client-request-id",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "retry-attempt",
    "transfer-encoding",
    "user-agent",
];

/// Checks the headers of a request that content asks for.
pub(super) fn check_headers(headers: &[(String, String)]) -> Result<(), String> {
    for (name, value) in headers {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_name || OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return Err(format!("the header `{}` must not be set", name.escape_debug()));
        }
        if !value.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
            return Err(format!("the value of the header `{name}` must be printable ASCII"));
        }
    }
    Ok(())
}

/// Keeps an id for support; the service's own is not believed to be short.
fn remember(ids: &mut Vec<String>, id: String) {
    let id: String = id.chars().take(LONGEST_ID).collect();
    if ids.len() == KEPT_IDS {
        ids.remove(0);
    }
    ids.push(id);
}

/// A wall clock may jump while a request is out; more than the request could take is not believed.
fn elapsed(measured: SignedDuration, most: Duration) -> Duration {
    Duration::try_from(measured).unwrap_or(Duration::ZERO).min(most)
}
