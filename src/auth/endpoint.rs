//! The sign-in service over our own HTTP: with patience where it is busy, and never twice what counts once.
//!
//! The crate `oauth2` makes the requests and reads the answers. Its errors may hold a whole answer, tokens included, so
//! none of them leaves this file: what went wrong is taken from the answer here and told in our words.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oauth2::{ErrorResponse, HttpRequest, HttpResponse, RequestTokenError, SyncHttpClient};
use secrecy::zeroize::Zeroizing;
use url::form_urlencoded;

use super::about::About;
use super::error::{Kind, SignInError};
use super::refusal::Refusal;
use super::retry::{self, Asking, POLICY, too_busy};
use super::service::Service;
use super::words::{explain, is_passing};
use crate::ports::http::{Body, HeaderValue, Method, Request, Response};
use crate::ports::retry::headers;

pub(super) use super::retry::Repeat;

/// The most bytes of an answer: tokens of many groups stay far below.
const MAX_BODY: usize = 1024 * 1024;
/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Fields of a form that prove who asks, made anew for each try: an assertion counts once.
pub(super) type Proof<'proof> = &'proof (dyn Fn() -> Result<Vec<(&'static str, String)>, SignInError> + Sync);

/// One endpoint for one purpose.
pub(super) struct Endpoint<'app> {
    service: &'app Service,
    about: About,
    repeat: Repeat,
    proof: Option<Proof<'app>>,
    last: Mutex<Last>,
}

/// What the last request led to, beside what `oauth2` is told.
#[derive(Default)]
struct Last {
    status: u16,
    refusal: Option<Box<Refusal>>,
    failure: Option<SignInError>,
}

/// Says to `oauth2` that there is no answer; why is kept in the endpoint.
#[derive(Debug)]
pub(super) struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no answer")
    }
}

impl std::error::Error for NoAnswer {}

impl<'app> Endpoint<'app> {
    pub(super) fn new(service: &'app Service, about: About, repeat: Repeat) -> Self {
        Self { service, about, repeat, proof: None, last: Mutex::default() }
    }

    /// Adds a proof to every form.
    pub(super) fn proven(self, proof: Proof<'app>) -> Self {
        Self { proof: Some(proof), ..self }
    }

    /// Returns whether going on is of no use: the person has stopped, or the way there is broken.
    pub(super) fn is_over(&self) -> bool {
        self.service.ui.interrupted() || self.last().failure.is_some()
    }

    /// Returns what `oauth2` made of the answer, or why there is none, in our words; with the refusal where it is one.
    pub(super) fn judge<T, E: ErrorResponse + 'static>(
        &self,
        result: Result<T, RequestTokenError<NoAnswer, E>>,
    ) -> Result<T, (SignInError, Option<Box<Refusal>>)> {
        if self.service.ui.interrupted() {
            return Err((SignInError::stopped(), None));
        }
        let (refusal, failure) = {
            let mut last = self.last();
            (last.refusal.take(), last.failure.take())
        };
        if let Some(failure) = failure {
            return Err((failure, None));
        }
        match (result, refusal) {
            (Ok(answer), _) => Ok(answer),
            (Err(_), Some(refusal)) => Err((explain(&refusal, &self.about), Some(refusal))),
            (Err(_), None) => Err((self.not_understood(), None)),
        }
    }

    /// Makes the failure of an answer that is no word of OAuth.
    pub(super) fn not_understood(&self) -> SignInError {
        let host = self.service.authority.as_str();
        let sentence = format!("{host} gave an answer that is none to a sign-in (status {})", self.last().status);
        SignInError::new(Kind::Temporary, sentence)
            .now("look whether a proxy or a guest network answers in its place, then run this again")
    }

    /// Sends a form, or asks for a document, until there is an answer or no hope of one.
    pub(super) fn send(&self, method: Method, url: &str, form: Option<Vec<u8>>) -> Result<Response, SignInError> {
        let form = form.map(Zeroizing::new);
        let who = self.service.authority.as_str();
        let asking = Asking {
            who,
            busy: "the sign-in service",
            unreachable: "look at the network and the proxy, then run this again",
            repeat: self.repeat,
            request: &|fresh_connection| {
                let body = form.as_ref().map(|form| self.body(form)).transpose()?;
                Ok(self.request(method, url, body, fresh_connection))
            },
            passes: &|response| Refusal::of_body(&response.body).is_some_and(|refusal| is_passing(&refusal)),
            policy: POLICY,
        };
        let answer = asking.answer(self.service);
        answer.inspect(|response| self.last().status = response.status).map_err(|why| match why {
            retry::NoAnswer::Failed(error) => error,
            retry::NoAnswer::TooLarge => self.not_understood(),
            // Its own words say more, where it has some.
            retry::NoAnswer::Busy(response, asked) => match Refusal::of_body(&response.body) {
                Some(refusal) => SignInError { kind: Kind::Temporary, ..explain(&refusal, &self.about) },
                None => too_busy("the sign-in service", &response, asked),
            },
        })
    }

    fn body(&self, form: &[u8]) -> Result<Body, SignInError> {
        let mut body = form.to_vec();
        if let Some(proof) = self.proof {
            let fields =
                Zeroizing::new(form_urlencoded::Serializer::new(String::new()).extend_pairs(proof()?).finish());
            body.push(b'&');
            body.extend_from_slice(fields.as_bytes());
        }
        Ok(Body::new(body))
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, method: Method, url: &str, body: Option<Body>, fresh_connection: bool) -> Request {
        let (mut headers, _) = headers(self.service.clock.as_ref());
        if body.is_some() {
            let form = "application/x-www-form-urlencoded";
            headers.push(("Content-Type".to_owned(), HeaderValue::Plain(form.to_owned())));
        }
        Request {
            method,
            url: url.to_owned(),
            headers,
            body,
            may_change: false,
            fresh_connection,
            timeout: REQUEST_TIMEOUT,
            max_body: MAX_BODY,
        }
    }
}

impl SyncHttpClient for Endpoint<'_> {
    type Error = NoAnswer;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let url = request.uri().to_string();
        match self.send(Method::Post, &url, Some(request.into_body())) {
            Ok(response) => {
                self.last().refusal = Refusal::of_body(&response.body).map(Box::new);
                let mut builder = oauth2::http::Response::builder().status(response.status);
                if let Some(kind) = response.header("content-type") {
                    builder = builder.header("content-type", kind);
                }
                builder.body(response.body).map_err(|_| NoAnswer)
            }
            Err(failure) => {
                self.last().failure = Some(failure);
                Err(NoAnswer)
            }
        }
    }
}
