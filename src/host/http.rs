//! HTTP over reqwest: one exchange, no policy.
//!
//! Two clients, each made when it is first needed. The one for the world trusts the operating system's certificate
//! store (companies inspect TLS) and uses the system's proxy. The one for this machine (a practice tenant, a cloud's
//! service that knows which machine asks) uses neither: it must also work where no certificates are installed, where the
//! first cannot even be made.

use std::io::Read;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use reqwest::blocking::{Client, ClientBuilder, RequestBuilder};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue as ReqwestValue};
use reqwest::redirect::Policy;
use secrecy::ExposeSecret;
use url::{Host, Url};

use crate::ports::Http;
use crate::ports::http::{HeaderValue, HttpError, Method, Request, Response};
use crate::ports::origin::is_loopback;

use super::interrupt::Interrupt;

/// On Windows the first handshake may wait ten seconds for a revocation list that cannot be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(25);
/// Connections that rest longer are likely to have been closed by something between; a write on one would be unclear.
const IDLE: Duration = Duration::from_secs(20);
/// How often it is looked whether the person has asked to stop.
const LOOK: Duration = Duration::from_millis(50);
/// How long a request that changes nothing may still take then.
const GRACE: Duration = Duration::from_secs(1);

/// Makes `ring` the one provider of cryptography for TLS. Called first thing in the process; later calls do nothing.
pub fn install_crypto() {
    // An error says that a provider is installed already, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Sends requests to the world and to this machine.
pub struct ReqwestHttp {
    world: Mutex<Option<Client>>,
    loopback: Mutex<Option<Client>>,
    interrupt: Interrupt,
}

impl ReqwestHttp {
    /// Makes an adapter that marks writes in flight on `interrupt`. Nothing is looked up or opened yet.
    pub fn new(interrupt: Interrupt) -> Self {
        install_crypto();
        Self { world: Mutex::default(), loopback: Mutex::default(), interrupt }
    }

    fn client(&self, url: &Url, fresh: bool) -> anyhow::Result<Client> {
        let (kept, builder): (&Mutex<Option<Client>>, fn() -> ClientBuilder) = match url.scheme() {
            "https" => (&self.world, for_world),
            "http" if is_loopback(url) || is_link_local(url) => (&self.loopback, for_loopback),
            _ => anyhow::bail!("only https is spoken, and http to this machine"),
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = kept.as_ref().filter(|_| !fresh) {
            return Ok(client.clone());
        }
        // A new client is a new pool: the connection that led to a failing server is not used again.
        let client = builder().build().map_err(plain).context(
            "the connection could not be prepared; on Linux the package `ca-certificates` must be installed",
        )?;
        Ok(kept.insert(client).clone())
    }
}

impl Http for ReqwestHttp {
    fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let deadline = Instant::now() + request.timeout;
        let url = Url::parse(&request.url).context("the address is not valid").map_err(HttpError::NotSent)?;
        if is_link_local(&url) && request.headers.iter().any(|(_, value)| matches!(value, HeaderValue::Bearer(_))) {
            return Err(HttpError::NotSent(anyhow!("no access token is sent to the host of this machine")));
        }
        let headers = headers(request).map_err(HttpError::NotSent)?;
        let client = self.client(&url, request.fresh_connection).map_err(HttpError::NotSent)?;
        let mut builder = client.request(method(request.method), url).headers(headers).timeout(request.timeout);
        if let Some(body) = &request.body {
            builder = builder.body(body.expose().to_vec());
        }
        let most = request.max_body;
        if request.may_change {
            let _write = self.interrupt.write();
            return answer(builder, most, deadline);
        }
        self.unless_stopped(move || answer(builder, most, deadline))
    }
}

impl ReqwestHttp {
    /// Waits for what changes nothing: to its end, or until the person has asked to stop and it does not come to one.
    fn unless_stopped(
        &self,
        exchange: impl FnOnce() -> Result<Response, HttpError> + Send + 'static,
    ) -> Result<Response, HttpError> {
        let (give, take) = mpsc::channel();
        // On a thread of its own, which is left alone when it is not waited for any more: it ends at its own deadline.
        std::thread::Builder::new()
            .name("request".to_owned())
            .spawn(move || give.send(exchange()))
            .map_err(|error| HttpError::NotSent(anyhow!(error).context("could not start a thread")))?;
        let mut stopped = None;
        loop {
            match take.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if self.interrupt.requested() => {
                    if stopped.get_or_insert_with(Instant::now).elapsed() >= GRACE {
                        return Err(HttpError::Unclear(anyhow!("you stopped")));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                // Its panic has been told, and is this thread's end as well.
                Err(RecvTimeoutError::Disconnected) => panic!("a request came to no end"),
            }
        }
    }
}

fn answer(builder: RequestBuilder, most: usize, deadline: Instant) -> Result<Response, HttpError> {
    let answer = builder.send().map_err(classify)?;
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(Response { status, headers, body: read_body(answer, most, deadline)? })
}

fn builder() -> ClientBuilder {
    Client::builder()
        // Neither redirects nor repeats: what follows an answer is decided by who knows what was asked.
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .gzip(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE)
}

fn for_world() -> ClientBuilder {
    builder().https_only(true)
}

fn for_loopback() -> ClientBuilder {
    builder().no_proxy().tls_certs_only([])
}

/// The addresses at which a cloud's host speaks to its own machines, and which no router lets through (RFC 3927).
fn is_link_local(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(address)) if address.is_link_local())
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn headers(request: &Request) -> anyhow::Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).context("a header has an invalid name")?;
        let value = match value {
            HeaderValue::Plain(value) => {
                ReqwestValue::from_str(value).with_context(|| format!("the header {name} has an invalid value"))?
            }
            HeaderValue::Bearer(token) => {
                // The error of this conversion shows nothing of the value.
                let mut value = ReqwestValue::from_str(&format!("Bearer {}", token.expose()))
                    .map_err(|_| anyhow!("the token has characters that no token has"))?;
                value.set_sensitive(true);
                value
            }
            HeaderValue::Secret(secret) => {
                let mut value = ReqwestValue::from_str(secret.expose_secret())
                    .map_err(|_| anyhow!("the header {name} has characters that no header has"))?;
                value.set_sensitive(true);
                value
            }
        };
        map.append(name, value);
    }
    Ok(map)
}

/// Reads the body up to the limit, which holds for the decompressed bytes, and up to the deadline, which a body that
/// drips would otherwise never meet.
fn read_body(mut answer: reqwest::blocking::Response, most: usize, deadline: Instant) -> Result<Vec<u8>, HttpError> {
    if answer.content_length().is_some_and(|length| length > most as u64) {
        return Err(HttpError::TooLarge(most));
    }
    let mut body = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let read = match answer.read(&mut chunk) {
            Ok(0) => return Ok(body),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(HttpError::Unclear(cut(error))),
        };
        if body.len() + read > most {
            return Err(HttpError::TooLarge(most));
        }
        body.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if Instant::now() > deadline {
            return Err(HttpError::Unclear(anyhow!("the answer did not end in time")));
        }
    }
}

/// Tells apart what cannot have reached the server from what may have.
fn classify(error: reqwest::Error) -> HttpError {
    if error.is_builder() || error.is_connect() {
        HttpError::NotSent(plain(error))
    } else if error.is_timeout() {
        HttpError::Unclear(anyhow!("no answer came in time"))
    } else {
        // Among them is a pooled connection that the server closed just then: whether it had read the request
        // before, nobody can tell.
        HttpError::Unclear(plain(error))
    }
}

fn cut(error: std::io::Error) -> anyhow::Error {
    match error.downcast::<reqwest::Error>() {
        Ok(error) => plain(error).context("the answer was cut"),
        Err(error) => anyhow::Error::new(error).context("the answer was cut"),
    }
}

/// Says what went wrong: the innermost cause, without the layers around it, and without the URL, since paths and queries
/// hold names of people.
fn plain(error: reqwest::Error) -> anyhow::Error {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    anyhow!("{cause}")
}
