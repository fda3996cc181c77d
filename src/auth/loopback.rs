//! The address on this machine that the browser comes back to: it takes one answer, for one sign-in, and is gone.
//!
//! It listens on this machine's own addresses alone, on both of them, answers nobody who calls it by another name (a page
//! in a browser could make a name of its own point here), and reads little. Calls that are not an answer, such as a browser's
//! for an icon, do not end it; nor do some answers to another sign-in, which any page of the web can send here.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use secrecy::SecretString;
use url::form_urlencoded;

use super::refusal::Refusal;

/// How many ports are tried where one is free at one of the addresses and taken at the other.
const MOST_PORTS: usize = 20;
/// The most bytes of a request's head: a code of Entra has about a thousand.
const MAX_HEAD: usize = 32 * 1024;
/// The most calls that are open at once; browsers open some that they never use.
const MAX_CALLS: usize = 16;
/// How many answers to other sign-ins there may be: some are a mistake, more are somebody's attempt.
const MOST_MISMATCHES: usize = 10;
/// How long the answer to a call may take to be written.
const WRITING: Duration = Duration::from_secs(5);

const TWICE: &str = "Opened twice";
const TWICE_TEXT: &str = "This address leads to the sign-in page once, and was opened before. If that was not you, somebody \
                          else on this computer did. fixforme has ended this sign-in and says in its own window how to go on.";
const NOT_USED: &str = "Not used";
const NOT_USED_TEXT: &str = "This answer does not belong to the sign-in that fixforme waits for. It was not used.";
const DONE: &str = "The answer has arrived";
const DONE_TEXT: &str = "You can close this page and return to fixforme, which shows the result.";

/// A listener for one sign-in.
pub(super) struct Loopback {
    listeners: Vec<TcpListener>,
    port: u16,
    start_path: String,
    calls: Vec<Connection>,
    /// Whether the start address has led somebody on.
    started: bool,
    /// The answers so far that did not have the state of this sign-in.
    mismatches: usize,
}

/// What the browser brought.
pub(super) enum RedirectResult {
    /// A code, with the state that belongs to this sign-in.
    Code(SecretString),
    /// The service's refusal, with that state.
    Refused(Refusal),
    /// An answer with that state, and yet none that the service sends.
    Odd,
    /// Too many answers without it.
    StateMismatch,
    /// The start address was asked for a second time: whoever came first knows what only this sign-in knows.
    Twice,
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What a whole request is.
enum Received {
    /// It has not arrived whole.
    More,
    /// It is refused with this status.
    Refuse(&'static str),
    /// The start address.
    Start,
    /// The answer, with its query.
    Answer(String),
}

impl Loopback {
    /// Starts to listen on a free port; `start` makes an address that nobody guesses.
    ///
    /// The browser is sent back to `localhost`, and takes that for 127.0.0.1 or for ::1: whoever else on this machine had
    /// the port at the other address could take the answer, or lead the person elsewhere.
    pub(super) fn listen(start: &str) -> Result<Self> {
        // What was of no use is held meanwhile, so that it is not found again.
        let mut held = Vec::new();
        for _ in 0..MOST_PORTS {
            let six = match TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
                Err(error) if error.kind() == ErrorKind::AddrInUse => {
                    return Err(error).context("no port on ::1 is free");
                }
                // What cannot be had at all is no way for a browser either: there is no IPv6 here.
                listener => listener.ok(),
            };
            let port = match &six {
                Some(listener) => listener.local_addr().context("the port on ::1 cannot be read")?.port(),
                None => 0,
            };
            let four = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Err(_) if six.is_some() => {
                    held.extend(six);
                    continue;
                }
                listener => listener.context("no port on 127.0.0.1 can be listened on")?,
            };
            let port = four.local_addr().context("the port on 127.0.0.1 cannot be read")?.port();
            let listeners: Vec<TcpListener> = [Some(four), six].into_iter().flatten().collect();
            for listener in &listeners {
                listener.set_nonblocking(true).context("the port on this machine cannot be set up")?;
            }
            return Ok(Self {
                listeners,
                port,
                start_path: format!("/{start}"),
                calls: Vec::new(),
                started: false,
                mismatches: 0,
            });
        }
        bail!("no port is free on both 127.0.0.1 and ::1")
    }

    /// Returns the address that the browser is sent back to. Entra takes any port of `http://localhost`, and no path.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Returns the address that leads on to the sign-in page. It is short enough to be typed, and shows nobody who looks
    /// at a list of processes whose sign-in it is.
    pub(super) fn start_address(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.start_path)
    }

    /// Takes calls that have come in meanwhile; returns what the browser brought, once it has.
    pub(super) fn look(&mut self, page: &str, state: &str) -> Option<RedirectResult> {
        let new = self.listeners.iter().flat_map(|listener| std::iter::from_fn(|| listener.accept().ok()));
        for (stream, _) in new {
            if stream.set_nonblocking(true).is_ok() {
                if self.calls.len() == MAX_CALLS {
                    self.calls.remove(0);
                }
                self.calls.push(Connection { stream, received: Vec::new() });
            }
        }
        let mut result = None;
        let mut twice = false;
        let mut waiting = Vec::new();
        for mut call in std::mem::take(&mut self.calls) {
            let open = call.read();
            match self.asked(&call.received) {
                Received::More if open => waiting.push(call),
                Received::More => {}
                Received::Refuse(status) => call.answer(status, "", "Not here", "There is nothing here."),
                Received::Start if std::mem::replace(&mut self.started, true) => {
                    twice = true;
                    call.answer("410 Gone", "", TWICE, TWICE_TEXT);
                }
                Received::Start => {
                    let location = format!("Location: {page}\r\n");
                    call.answer("302 Found", &location, "Sign in", "This leads on to the sign-in page.");
                }
                // Of two answers the first counts; the listener is dropped after it.
                Received::Answer(_) if result.is_some() => call.answer("410 Gone", "", "Too late", "It was answered."),
                Received::Answer(query) => {
                    result = redirect_result(&query, state);
                    self.mismatches += usize::from(result.is_none());
                    match result {
                        Some(RedirectResult::Code(_) | RedirectResult::Refused(_)) => {
                            call.answer("200 OK", "", DONE, DONE_TEXT)
                        }
                        _ => call.answer("400 Bad Request", "", NOT_USED, NOT_USED_TEXT),
                    }
                }
            }
        }
        self.calls = waiting;
        match result {
            _ if twice => Some(RedirectResult::Twice),
            None if self.mismatches >= MOST_MISMATCHES => Some(RedirectResult::StateMismatch),
            result => result,
        }
    }

    fn asked(&self, received: &[u8]) -> Received {
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(received) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) if received.len() < MAX_HEAD => return Received::More,
            _ => return Received::Refuse("400 Bad Request"),
        }
        let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
        let ours = [format!("localhost:{}", self.port), format!("127.0.0.1:{}", self.port)];
        let host = hosts.next().and_then(|header| std::str::from_utf8(header.value).ok()).map(str::trim);
        let named = host.is_some_and(|host| ours.iter().any(|our| our.eq_ignore_ascii_case(host)));
        if !named || hosts.next().is_some() {
            return Received::Refuse("421 Misdirected Request");
        }
        let mut kinds = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("sec-fetch-dest"));
        let is_page = kinds.all(|header| header.value.trim_ascii() == b"document");
        if request.method != Some("GET") {
            return Received::Refuse("405 Method Not Allowed");
        }
        let target = request.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match path {
            path if path == self.start_path && query.is_empty() => Received::Start,
            // Browsers say what they ask for: a picture or a frame of some page is nobody who comes back.
            "/" if is_answer(query) && !is_page => Received::Refuse("403 Forbidden"),
            "/" if is_answer(query) => Received::Answer(query.to_owned()),
            _ => Received::Refuse("404 Not Found"),
        }
    }
}

impl Connection {
    /// Reads what is there; returns whether more may come.
    fn read(&mut self) -> bool {
        let mut chunk = [0; 4096];
        while self.received.len() < MAX_HEAD {
            match self.stream.read(&mut chunk) {
                Ok(0) => return false,
                Ok(read) => self.received.extend(chunk.iter().take(read)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Answers with a page of ours, which holds nothing of the request.
    fn answer(mut self, status: &str, headers: &str, title: &str, text: &str) {
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>fixforme: {title}</title>\
             <body style=\"font-family:sans-serif;margin:4em;max-width:36em\"><h1>{title}</h1><p>{text}</p></body></html>\n"
        );
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nX-Content-Type-Options: nosniff\r\n\
             Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n{headers}Connection: close\r\n\r\n",
            body.len()
        );
        // A browser that does not take the page has brought its answer all the same.
        let _ = self.stream.set_nonblocking(false);
        let _ = self.stream.set_write_timeout(Some(WRITING));
        let _ = self.stream.write_all(head.as_bytes()).and_then(|()| self.stream.write_all(body.as_bytes()));
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }
}

/// Returns whether a query is the service's answer, be it a good one or not.
fn is_answer(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| matches!(name.as_ref(), "code" | "error" | "state"))
}

/// Reads an answer; none where it does not have the state of this sign-in.
fn redirect_result(query: &str, state: &str) -> Option<RedirectResult> {
    // A name that comes twice makes an answer that nobody honest sends.
    let value = |wanted: &str| {
        let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
        let first = found.next().map(|(_, value)| value.into_owned());
        if found.next().is_some() { None } else { first }
    };
    if !value("state").is_some_and(|theirs| same(&theirs, state)) {
        return None;
    }
    Some(match (value("code").filter(|code| !code.is_empty()), value("error")) {
        (Some(code), None) => RedirectResult::Code(SecretString::from(code)),
        (None, Some(error)) => RedirectResult::Refused(Refusal::of_redirect(error, value("error_description"))),
        _ => RedirectResult::Odd,
    })
}

/// Compares in a time that does not tell how much fits.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
