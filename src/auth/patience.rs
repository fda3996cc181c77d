//! One request to a service that signs in, sent until there is an answer or no hope of one: patient where the service is
//! busy, and never twice what counts once.

use std::time::Duration;

use super::error::{Kind, SignInError};
use super::service::Service;
use crate::ports::event::{Event, Wait};
use crate::ports::http::{HeaderValue, HttpError, Request, Response};
use crate::ports::retry_after;

/// The most tries of one request, as a rule.
pub(super) const TRIES: u32 = 4;
/// The first pause where the service does not say how long; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest that the service may ask to wait: a person is sitting there.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Whether a request may be sent again when nobody knows whether it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It means the same a second time.
    Freely,
    /// It hands in what counts once: a code, a token that is replaced by its use.
    Once,
}

/// A request to be answered.
pub(super) struct Asking<'ask> {
    /// Who is asked, for the screen.
    pub who: &'ask str,
    /// Who is busy, for the screen.
    pub busy: &'ask str,
    /// What to do where nobody answers.
    pub unreachable: &'ask str,
    pub repeat: Repeat,
    /// Makes the request of one try, over a new connection where that is wanted.
    pub request: &'ask dyn Fn(bool) -> Result<Request, SignInError>,
    /// Says of an answer whether another may come in a moment; one of 429 and 5xx always may.
    pub passes: &'ask dyn Fn(&Response) -> bool,
    pub tries: u32,
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// The service was busy to the end, and has asked to wait so long.
    Busy(Response, Option<Duration>),
    /// It answered with more bytes than anything honest has.
    TooLarge,
    /// The rest, in words.
    Failed(SignInError),
}

impl Asking<'_> {
    /// Asks until there is an answer that stands.
    pub(super) fn answer(&self, service: &Service) -> Result<Response, NoAnswer> {
        let mut fresh_connection = false;
        let mut attempt = 1;
        loop {
            if service.ui.interrupted() {
                return Err(NoAnswer::Failed(SignInError::stopped()));
            }
            let request = (self.request)(fresh_connection).map_err(NoAnswer::Failed)?;
            let (cause, asked, may_repeat) = match service.http.send(&request) {
                Ok(response) => {
                    if response.status != 429 && response.status < 500 && !(self.passes)(&response) {
                        return Ok(response);
                    }
                    fresh_connection = response.status == 503;
                    let asked = response
                        .header("retry-after")
                        .and_then(|value| retry_after::parse(value, response.header("date"), service.clock.now()));
                    if attempt == self.tries || asked.is_some_and(|asked| asked > LONGEST_PAUSE) {
                        return Err(NoAnswer::Busy(response, asked));
                    }
                    (format!("{} is busy (status {})", self.busy, response.status), asked, true)
                }
                Err(HttpError::NotSent(error)) => (format!("there is no connection: {error:#}"), None, true),
                Err(HttpError::Unclear(error)) => {
                    (format!("no whole answer came: {error:#}"), None, self.repeat == Repeat::Freely)
                }
                Err(HttpError::TooLarge(_)) => return Err(NoAnswer::TooLarge),
            };
            if !may_repeat {
                let sentence = "the answer of the sign-in service was lost, and what it was asked counts only once";
                let error = SignInError::new(Kind::Temporary, sentence).now("run this again and sign in anew");
                return Err(NoAnswer::Failed(error));
            }
            if attempt == self.tries {
                let sentence = format!("{} cannot be reached: {cause}", self.who);
                return Err(NoAnswer::Failed(SignInError::new(Kind::Temporary, sentence).now(self.unreachable)));
            }
            pause(service, &cause, asked, attempt);
            attempt += 1;
        }
    }
}

fn pause(service: &Service, cause: &str, asked: Option<Duration>, attempt: u32) {
    if service.ui.interrupted() {
        return;
    }
    let own = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1));
    let asked = asked.filter(|asked| !asked.is_zero());
    let wait = asked.unwrap_or(own);
    let reason = match asked {
        Some(asked) => format!("Microsoft asked us to wait {} s ({cause}).", asked.as_secs()),
        None => format!("Trying again in {} s ({cause}).", own.as_secs()),
    };
    service.ui.show(&Event::Wait(Wait { reason, seconds: wait.as_secs_f64(), attempt }));
    service.clock.sleep(wait);
}

/// Returns the failure of a service that is too busy.
pub(super) fn too_busy(who: &str, response: &Response, asked: Option<Duration>) -> SignInError {
    let wait = asked.map_or_else(|| "some minutes".to_owned(), |asked| format!("{} s", asked.as_secs()));
    SignInError::new(Kind::Temporary, format!("{who} is too busy (status {})", response.status))
        .now(format!("run this again in {wait}"))
}

/// Returns the headers that every request has, with an id of its own.
pub(super) fn headers(service: &Service) -> Vec<(String, HeaderValue)> {
    const USER_AGENT: &str = concat!("fixforme/", env!("CARGO_PKG_VERSION"));

    let plain = |name: &str, value: &str| (name.to_owned(), HeaderValue::Plain(value.to_owned()));
    let mut id = [0; 16];
    service.clock.random(&mut id);
    let id = uuid::Builder::from_random_bytes(id).into_uuid().to_string();
    vec![plain("Accept", "application/json"), plain("User-Agent", USER_AGENT), plain("client-request-id", &id)]
}
