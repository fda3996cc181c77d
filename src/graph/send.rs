//! One request until there is an answer or no hope of one: tries, waits, a new token, and what is known in the end.
//!
//! The difficult part is honesty about writes. As soon as one try may have been carried out, no later event makes the
//! request "not sent": [`Failure::maybe_done`] stays set, whatever the last try said.

use std::time::Duration;

use jiff::SignedDuration;

use crate::ports::event::Wait;
use crate::ports::http::{Body, HeaderValue, Method, Request, Response};
use crate::ports::retry::{Attempt, GaveUp, RetryBudget, attempt, headers, words};
use crate::ports::{Event, SignInError, Token, sign_in_error};

use super::address::Address;
use super::answer::GraphError;
use super::challenge;
use super::error::{ErrorContext, SendError, SendErrorKind};
use super::read::json;
use super::session::Session;

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

/// The refusal for now that weighs most among the inner answers of a `$batch`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub asked: Option<Duration>,
    pub request_ids: Vec<String>,
}

/// Why a try is followed by another.
struct Setback {
    kind: SendErrorKind,
    /// For the screen: "busy", "the connection was cut".
    cause: String,
    asked: Option<Duration>,
    most_tries: u32,
}

impl Session {
    /// Sends a request until it is answered, or the retry policy allows no further try.
    pub(super) fn send_with_retry(&self, call: &Call<'_>) -> Result<Reply, SendError> {
        self.send_within(call, &mut RetryBudget::new(&self.policy))
    }

    /// Sends a request as a part of an operation that has used up some of its budget already.
    pub(super) fn send_within(&self, call: &Call<'_>, budget: &mut RetryBudget) -> Result<Reply, SendError> {
        let mut renewals = 0;
        let mut maybe_done = false;
        let mut is_again = false;
        let mut ids = Vec::new();
        loop {
            let failed = |kind, message: String, asked, ids: &[String], maybe_done| SendError {
                kind,
                context: ErrorContext { message, request_ids: ids.to_vec(), asked },
                maybe_done,
            };
            self.wait_along(budget);
            if self.ui.interrupted() {
                let message = "stopped before the next request".to_owned();
                return Err(failed(SendErrorKind::Stopped, message, None, &ids, maybe_done));
            }
            let (token, generation) = self.token().map_err(|error| {
                let why = error.downcast_ref::<SignInError>().map(|error| error.kind);
                let kind = match why {
                    // Who stops at the sign-in page stops the run.
                    _ if self.ui.interrupted() => SendErrorKind::Stopped,
                    Some(sign_in_error::Kind::Stopped) => SendErrorKind::Stopped,
                    Some(sign_in_error::Kind::Temporary) => SendErrorKind::SignInAway,
                    _ if renewals > 0 => SendErrorKind::SignIn,
                    _ => SendErrorKind::NoToken,
                };
                failed(kind, format!("the sign-in failed: {error:#}"), None, &ids, maybe_done)
            })?;
            if std::mem::replace(&mut is_again, true) && !(call.still)(maybe_done) {
                let message = "something else changed while the request waited".to_owned();
                return Err(failed(SendErrorKind::Overtaken, message, None, &ids, maybe_done));
            }
            let (request, id) = self.request(call, token, budget);
            let before = self.clock.now();
            let result = attempt(self.http.as_ref(), self.clock.as_ref(), &request);
            budget.spend(elapsed(self.clock.now().duration_since(before), request.timeout));
            let setback = match result {
                Attempt::Answered(response, asked) => {
                    remember(&mut ids, response.header("request-id").unwrap_or(&id).to_owned());
                    if let Some(wait) = asked.filter(|_| matches!(response.status, 429 | 500..=599)) {
                        self.throttle.ask(wait, self.clock.now());
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
                            return Err(failed(SendErrorKind::SignIn, message, None, &ids, maybe_done));
                        }
                        // Two writes met at one object: this one was not carried out, and is to be sent again.
                        409 if is_concurrency_violation(&response) => Setback::of_status(409, asked),
                        // A page of the network in place of an answer passes, often enough.
                        200..=299 if call.method == Method::Get && has_other_content(&response) => Setback {
                            kind: SendErrorKind::Garbled,
                            cause: json(&response).err().unwrap_or_default(),
                            asked: None,
                            most_tries: TRIES_AFTER_FAULT,
                        },
                        status @ (408 | 429 | 500..=599) => {
                            maybe_done |= status != 429;
                            if status == 503 {
                                self.leave_connection();
                            }
                            Setback::of_status(status, asked)
                        }
                        _ => return Ok(Reply { response, request_ids: ids, maybe_done }),
                    }
                }
                Attempt::NotSent(cause) => {
                    Setback { kind: SendErrorKind::NotSent, cause, asked: None, most_tries: TRIES_WITHOUT_CONNECTION }
                }
                Attempt::Unclear(cause) => {
                    maybe_done = true;
                    remember(&mut ids, id);
                    Setback { kind: SendErrorKind::Unclear, cause, asked: None, most_tries: TRIES_WITHOUT_ANSWER }
                }
                Attempt::TooLarge(limit) => {
                    remember(&mut ids, id);
                    let message = format!("the answer is larger than {} MiB and was not read", limit >> 20);
                    return Err(failed(SendErrorKind::TooLarge, message, None, &ids, true));
                }
            };
            if maybe_done && call.repeat == Repeat::IfNotDone {
                return Err(failed(setback.kind, setback.cause, setback.asked, &ids, maybe_done));
            }
            self.pause(budget, &setback)
                .map_err(|(kind, message)| failed(kind, message, setback.asked, &ids, maybe_done))?;
        }
    }

    /// Waits for what the service asked of another request; unless that is longer than the budget of this one, which
    /// then learns by itself what holds for it.
    fn wait_along(&self, budget: &mut RetryBudget) {
        let wait = self.throttle.left(self.clock.now());
        if wait.is_zero() || wait > budget.left() {
            return;
        }
        if wait >= Duration::from_secs(1) {
            let reason = format!("Microsoft asked us to wait {} (busy)", words(wait));
            self.ui.show(&Event::Wait(Wait { reason, seconds: wait.as_secs_f64(), attempt: budget.failed() }));
        }
        self.clock.sleep(wait);
        budget.spend(wait);
    }

    fn pause(&self, budget: &mut RetryBudget, setback: &Setback) -> Result<(), (SendErrorKind, String)> {
        let random = match setback.kind {
            // Where the service itself asks for less, at least half of the back-off is kept.
            SendErrorKind::Busy | SendErrorKind::Down => u64::MAX / 2 + self.random() / 2,
            _ => self.random(),
        };
        let Setback { kind, cause, asked, most_tries } = setback;
        budget.pause(self.clock.as_ref(), self.ui.as_ref(), cause, *asked, *most_tries, random).map_err(|gave_up| {
            let kind = if gave_up == GaveUp::Interrupted { SendErrorKind::Stopped } else { *kind };
            (kind, gave_up.words(cause))
        })
    }

    /// Waits as the inner answers of a `$batch` ask.
    pub(super) fn pause_for_batch(&self, budget: &mut RetryBudget, refusal: Refusal) -> Result<(), SendError> {
        let Refusal { status, asked, request_ids } = refusal;
        self.pause(budget, &Setback::of_status(status, asked)).map_err(|(kind, message)| SendError {
            kind,
            context: ErrorContext { message, request_ids, asked },
            maybe_done: false,
        })
    }

    fn request(&self, call: &Call<'_>, token: Token, budget: &RetryBudget) -> (Request, String) {
        let plain = |name: &str, value: &str| (name.to_owned(), HeaderValue::Plain(value.to_owned()));
        let (mut headers, id) = headers(self.clock.as_ref());
        headers.push(("Authorization".to_owned(), HeaderValue::Bearer(token)));
        if budget.failed() > 0 {
            headers.push(plain("Retry-Attempt", &budget.failed().to_string()));
        }
        if call.body.is_some() {
            headers.push(plain("Content-Type", "application/json"));
        }
        headers.extend(call.headers.iter().map(|(name, value)| plain(name, value)));
        let request = Request {
            method: call.method,
            url: call.address.as_str().to_owned(),
            headers,
            body: call.body.clone().map(Body::new),
            may_change: call.may_change,
            fresh_connection: self.leaves_connection(),
            timeout: REQUEST_TIMEOUT.min(budget.left()).max(Duration::from_secs(1)),
            max_body: MAX_BODY,
        };
        (request, id)
    }
}

impl Setback {
    /// Takes a status of a service that is busy or fails.
    fn of_status(status: u16, asked: Option<Duration>) -> Self {
        match status {
            429 => Self { kind: SendErrorKind::Busy, cause: "busy".to_owned(), asked, most_tries: u32::MAX },
            409 => Self {
                kind: SendErrorKind::Busy,
                cause: "somebody else is changing the same object".to_owned(),
                asked,
                most_tries: u32::MAX,
            },
            _ => Self {
                kind: SendErrorKind::Down,
                cause: format!("the service failed with status {status}"),
                asked,
                most_tries: if matches!(status, 408 | 502..=504) { u32::MAX } else { TRIES_AFTER_FAULT },
            },
        }
    }
}

/// Whether a conflict is one that Graph asks to try again: "wait briefly and retry the request" (Microsoft Graph error
/// codes, resource conflicts, 2026).
fn is_concurrency_violation(response: &Response) -> bool {
    let error = GraphError::read(response.status, json(response).ok().as_ref());
    error.codes.iter().any(|code| code.eq_ignore_ascii_case("Directory_ConcurrencyViolation"))
}

/// Whether an answer says itself that it is something else than JSON.
fn has_other_content(response: &Response) -> bool {
    let is_other = |kind: &str| !kind.to_ascii_lowercase().contains("json");
    !response.body.is_empty() && response.header("content-type").is_some_and(is_other)
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
