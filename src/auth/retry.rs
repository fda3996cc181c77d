//! One request to a service that signs in, sent until there is an answer or no hope of one: again where the service is busy,
//! and never twice what counts once.

use std::time::Duration;

use url::Url;

use super::app::Service;
use super::error::{Kind, SignInError};
use crate::ports::http::{HeaderValue, Method, Request, Response};
use crate::ports::retry::{Attempt, GaveUp, RetryBudget, RetryPolicy, attempt, headers, words};

/// How often a service that signs in is tried, and how long at most: a person is sitting there.
pub(super) const POLICY: RetryPolicy = RetryPolicy {
    deadline: Duration::from_secs(120),
    tries: 4,
    first: Duration::from_secs(1),
    cap: Duration::from_secs(60),
};

/// The most bytes of an answer of a platform's own token service.
const MAX_PLATFORM_BODY: usize = 64 << 10;

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
    pub policy: RetryPolicy,
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
        let mut budget = RetryBudget::new(&self.policy);
        loop {
            if service.ui.interrupted() {
                return Err(NoAnswer::Failed(SignInError::stopped()));
            }
            let request = (self.request)(fresh_connection).map_err(NoAnswer::Failed)?;
            let (cause, busy) = match attempt(service.http.as_ref(), service.clock.as_ref(), &request) {
                Attempt::Answered(response, asked) => {
                    if response.status != 429 && response.status < 500 && !(self.passes)(&response) {
                        return Ok(response);
                    }
                    fresh_connection = response.status == 503;
                    (format!("{} is busy (status {})", self.busy, response.status), Some((response, asked)))
                }
                Attempt::NotSent(cause) => (cause, None),
                Attempt::Unclear(cause) if self.repeat == Repeat::Freely => (cause, None),
                Attempt::Unclear(_) => {
                    let sentence =
                        "the response of the sign-in service was lost, and the request can be used only once";
                    let error = SignInError::new(Kind::Temporary, sentence).now("run this again and sign in again");
                    return Err(NoAnswer::Failed(error));
                }
                Attempt::TooLarge(_) => return Err(NoAnswer::TooLarge),
            };
            let asked = busy.as_ref().and_then(|(_, asked)| *asked);
            let most = self.policy.tries;
            // Without jitter: nobody else asks for this person.
            let paused = budget.pause(service.clock.as_ref(), service.ui.as_ref(), &cause, asked, most, u64::MAX);
            match (paused, busy) {
                (Ok(()), _) => {}
                (Err(GaveUp::Interrupted), _) => return Err(NoAnswer::Failed(SignInError::stopped())),
                (Err(_), Some((response, asked))) => return Err(NoAnswer::Busy(response, asked)),
                (Err(_), None) => {
                    let sentence = format!("{} cannot be reached: {cause}", self.who);
                    return Err(NoAnswer::Failed(SignInError::new(Kind::Temporary, sentence).now(self.unreachable)));
                }
            }
        }
    }
}

impl NoAnswer {
    /// Says so of `who`; what an answer means that is too large differs.
    pub(super) fn error(self, who: &str, too_large: SignInError) -> SignInError {
        match self {
            Self::Failed(error) => error,
            Self::Busy(response, asked) => too_busy(who, &response, asked),
            Self::TooLarge => too_large,
        }
    }
}

/// Makes a request to a platform's own token service.
pub(super) fn platform_request(
    service: &Service,
    url: &Url,
    more: &[(String, HeaderValue)],
    fresh_connection: bool,
    timeout: Duration,
) -> Request {
    let (mut headers, _) = headers(service.clock.as_ref());
    headers.extend_from_slice(more);
    Request {
        method: Method::Get,
        url: url.to_string(),
        headers,
        body: None,
        may_change: false,
        fresh_connection,
        timeout,
        max_body: MAX_PLATFORM_BODY,
    }
}

/// Returns the failure of a service that is too busy.
pub(super) fn too_busy(who: &str, response: &Response, asked: Option<Duration>) -> SignInError {
    let wait = asked.map_or_else(|| "some minutes".to_owned(), words);
    SignInError::new(Kind::Temporary, format!("{who} is too busy (status {})", response.status))
        .now(format!("run this again in {wait}"))
}
