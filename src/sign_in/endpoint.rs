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

use super::app::App;
use super::error::{Kind, SignInError};
use super::refusal::Refusal;
use super::words::{About, explain, is_passing};
use crate::seam::event::{Event, Wait};
use crate::seam::http::{Body, HeaderValue, HttpError, Method, Request, Response};
use crate::seam::retry_after;

/// The most bytes of an answer: tokens of many groups stay far below.
const MAX_BODY: usize = 1024 * 1024;
/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The most tries of one request.
const TRIES: u32 = 4;
/// The first pause where the service does not say how long; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest that the service may ask to wait: a person is sitting there.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

const USER_AGENT: &str = concat!("fixforme/", env!("CARGO_PKG_VERSION"));

/// Whether a request may be sent again when nobody knows whether it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It means the same a second time.
    Freely,
    /// It hands in what counts once: a code, a token that is replaced by its use.
    Once,
}

/// Fields of a form that prove who asks, made anew for each try: an assertion counts once.
pub(super) type Proof<'proof> = &'proof (dyn Fn() -> Result<Vec<(&'static str, String)>, SignInError> + Sync);

/// One endpoint for one purpose.
pub(super) struct Endpoint<'app> {
    app: &'app App,
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
    pub(super) fn new(app: &'app App, about: About, repeat: Repeat) -> Self {
        Self { app, about, repeat, proof: None, last: Mutex::default() }
    }

    /// Adds a proof to every form.
    pub(super) fn proven(self, proof: Proof<'app>) -> Self {
        Self { proof: Some(proof), ..self }
    }

    /// Returns whether going on is of no use: the person has stopped, or the way there is broken.
    pub(super) fn is_over(&self) -> bool {
        self.app.ui.interrupted() || self.last().failure.is_some()
    }

    /// Returns what `oauth2` made of the answer, or why there is none, in our words; with the refusal where it is one.
    pub(super) fn judge<T, E: ErrorResponse + 'static>(
        &self,
        result: Result<T, RequestTokenError<NoAnswer, E>>,
    ) -> Result<T, (SignInError, Option<Box<Refusal>>)> {
        if self.app.ui.interrupted() {
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
        let host = self.app.authority.as_str();
        let sentence = format!("{host} gave an answer that is none to a sign-in (status {})", self.last().status);
        SignInError::new(Kind::Temporary, sentence)
            .now("look whether a proxy or a guest network answers in its place, then run this again")
    }

    /// Sends a form, or asks for a document, until there is an answer or no hope of one.
    pub(super) fn send(&self, method: Method, url: &str, form: Option<Vec<u8>>) -> Result<Response, SignInError> {
        let form = form.map(Zeroizing::new);
        let mut fresh_connection = false;
        for attempt in 1.. {
            if self.app.ui.interrupted() {
                return Err(SignInError::stopped());
            }
            let body = form.as_ref().map(|form| self.body(form)).transpose()?;
            let request = self.request(method, url, body, fresh_connection);
            let (cause, asked, may_repeat) = match self.app.http.send(&request) {
                Ok(response) => {
                    self.last().status = response.status;
                    let passing = Refusal::of_body(&response.body).is_some_and(|refusal| is_passing(&refusal));
                    if !passing && response.status != 429 && response.status < 500 {
                        return Ok(response);
                    }
                    fresh_connection = response.status == 503;
                    let asked = response
                        .header("retry-after")
                        .and_then(|value| retry_after::parse(value, response.header("date"), self.app.clock.now()));
                    if attempt == TRIES || asked.is_some_and(|asked| asked > LONGEST_PAUSE) {
                        return self.gave_up(response, asked);
                    }
                    (format!("the sign-in service is busy (status {})", response.status), asked, true)
                }
                Err(HttpError::NotSent(error)) => (format!("there is no connection: {error:#}"), None, true),
                Err(HttpError::Unclear(error)) => {
                    (format!("no whole answer came: {error:#}"), None, self.repeat == Repeat::Freely)
                }
                Err(HttpError::TooLarge(_)) => return Err(self.not_understood()),
            };
            if !may_repeat {
                return Err(SignInError::new(
                    Kind::Temporary,
                    "the answer of the sign-in service was lost, and what it was asked counts only once",
                )
                .now("run this again and sign in anew"));
            }
            if attempt == TRIES {
                let sentence = format!("{} cannot be reached: {cause}", self.app.authority.as_str());
                return Err(SignInError::new(Kind::Temporary, sentence)
                    .now("look at the network and the proxy, then run this again"));
            }
            self.pause(&cause, asked, attempt);
        }
        Err(self.not_understood())
    }

    /// The service was busy to the end: its own words say more, where it has some.
    fn gave_up(&self, response: Response, asked: Option<Duration>) -> Result<Response, SignInError> {
        if let Some(refusal) = Refusal::of_body(&response.body) {
            let mut error = explain(&refusal, &self.about);
            error.kind = Kind::Temporary;
            return Err(error);
        }
        let wait = asked.map_or_else(|| "some minutes".to_owned(), |asked| format!("{} s", asked.as_secs()));
        let sentence = format!("the sign-in service is too busy (status {})", response.status);
        Err(SignInError::new(Kind::Temporary, sentence).now(format!("run this again in {wait}")))
    }

    fn pause(&self, cause: &str, asked: Option<Duration>, attempt: u32) {
        let own = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1));
        let asked = asked.filter(|asked| !asked.is_zero());
        let wait = asked.unwrap_or(own);
        let reason = match asked {
            Some(asked) => format!("Microsoft asked us to wait {} s ({cause}).", asked.as_secs()),
            None => format!("Trying again in {} s ({cause}).", own.as_secs()),
        };
        self.app.ui.show(&Event::Wait(Wait { reason, seconds: wait.as_secs_f64(), attempt }));
        self.app.clock.sleep(wait);
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
        let plain = |name: &str, value: &str| (name.to_owned(), HeaderValue::Plain(value.to_owned()));
        let mut id = [0; 16];
        self.app.clock.random(&mut id);
        let id = uuid::Builder::from_random_bytes(id).into_uuid().to_string();
        let mut headers =
            vec![plain("Accept", "application/json"), plain("User-Agent", USER_AGENT), plain("client-request-id", &id)];
        if body.is_some() {
            headers.push(plain("Content-Type", "application/x-www-form-urlencoded"));
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
