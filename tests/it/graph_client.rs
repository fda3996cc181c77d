//! The Graph client over the real HTTP adapter, against scripted servers on loopback; long waits in virtual time.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fixforme::graph::{
    Answer, GraphRoot, Patience, Read, ReadError, Reader, Session, Write, WriteError, Writer, tenant,
};
use fixforme::host::{Interrupt, ReqwestHttp, SystemClock, VirtualClock};
use fixforme::seam::http::Method;
use fixforme::seam::ui::{NoReply, Question, Reply};
use fixforme::seam::{Clock, Credentials, Event, ResourcePath, Token, Ui};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A request as the server saw it.
#[derive(Debug, Clone)]
struct Seen {
    method: String,
    target: String,
    /// Lower case, one line each.
    head: String,
    body: Value,
    connection: usize,
    at: Timestamp,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// What the server does with a request.
enum Do {
    /// Answers with a status, further header lines, and a body.
    Say(u16, &'static str, String),
    /// Reads the request and closes the connection.
    Cut,
    /// Begins an answer and closes the connection.
    CutInside,
    /// Reads the request and never answers.
    Stall,
}

fn say(status: u16, body: Value) -> Do {
    Do::Say(status, "Content-Type: application/json\r\n", body.to_string())
}

fn busy(headers: &'static str) -> Do {
    Do::Say(429, headers, json!({"error": {"code": "TooManyRequests", "message": "Slow down."}}).to_string())
}

/// A server on loopback whose answers a function of (number of the request, request) gives.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(clock: Arc<dyn Clock>, script: impl Fn(usize, &Seen) -> Do + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (all_seen, count, script) = (Arc::clone(&seen), Arc::clone(&connections), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = count.fetch_add(1, Ordering::SeqCst);
                let (seen, clock, script) = (Arc::clone(&all_seen), Arc::clone(&clock), Arc::clone(&script));
                std::thread::spawn(move || serve(stream.unwrap(), connection, &seen, &*clock, &*script));
            }
        });
        Self { address, seen, connections }
    }

    fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    connection: usize,
    seen: &Mutex<Vec<Seen>>,
    clock: &dyn Clock,
    script: &dyn Fn(usize, &Seen) -> Do,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && head != "\r\n" {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let lower = head.to_lowercase().replace('\r', "");
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let mut words = first.split_whitespace().map(str::to_owned);
        let request = Seen {
            method: words.next().unwrap(),
            target: words.next().unwrap(),
            head: lower,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            connection,
            at: clock.now(),
        };
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        match script(number, &request) {
            Do::Say(status, headers, body) => {
                let answer = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
            Do::Cut => return,
            Do::CutInside => {
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{");
                return;
            }
            Do::Stall => {
                let _ = stream.read(&mut [0]);
                return;
            }
        }
    }
}

/// Keeps the waits that it is shown; may be interrupted.
#[derive(Default)]
struct Screen {
    waits: Mutex<Vec<String>>,
    interrupted: AtomicBool,
    /// Interrupts itself at the first wait.
    interrupts_wait: bool,
}

impl Ui for Screen {
    fn show(&self, event: &Event) {
        if let Event::Wait(wait) = event {
            self.waits.lock().unwrap().push(wait.reason.clone());
            self.interrupted.fetch_or(self.interrupts_wait, Ordering::SeqCst);
        }
    }
    fn print(&self, _text: &str) {}
    fn row(&self, _: &Value, _: &str) {}
    fn can_ask(&self) -> bool {
        false
    }
    fn ask(&self, _question: &Question) -> Result<Reply, NoReply> {
        Err(NoReply::Stopped)
    }
    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

/// Gives `token-1`, `token-2`, …
#[derive(Default)]
struct Tokens {
    asked: Mutex<Vec<Vec<String>>>,
}

impl Credentials for Tokens {
    fn token(&self, scopes: &[String]) -> anyhow::Result<Token> {
        let mut asked = self.asked.lock().unwrap();
        asked.push(scopes.to_vec());
        Ok(Token::new(format!("token-{}", asked.len())))
    }
    fn describe(&self) -> String {
        "a test".to_owned()
    }
}

struct Bench {
    server: Server,
    screen: Arc<Screen>,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    session: Arc<Session>,
}

impl Bench {
    fn new(script: impl Fn(usize, &Seen) -> Do + Send + Sync + 'static) -> Self {
        Self::with(Arc::new(VirtualClock::new()), Screen::default(), Patience::default(), script)
    }

    fn with(
        clock: Arc<dyn Clock>,
        screen: Screen,
        patience: Patience,
        script: impl Fn(usize, &Seen) -> Do + Send + Sync + 'static,
    ) -> Self {
        let server = Server::start(Arc::clone(&clock), script);
        let (screen, tokens) = (Arc::new(screen), Arc::new(Tokens::default()));
        let session = Arc::new(Session::new(
            Arc::new(ReqwestHttp::new(Interrupt::new())),
            Arc::clone(&clock),
            Arc::clone(&screen) as Arc<dyn Ui>,
            Arc::clone(&tokens) as Arc<dyn Credentials>,
            GraphRoot::parse(&server.root()).unwrap(),
            patience,
        ));
        Self { server, screen, tokens, clock, session }
    }

    fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.session))
    }

    fn read(&self, path: &str) -> Result<Answer, ReadError> {
        self.reader().read(&Read::of(at(path)))
    }

    fn read_pages(&self, path: &str) -> Result<Answer, ReadError> {
        self.reader().read(&Read { page: true, ..Read::of(at(path)) })
    }

    fn write(&self, method: Method) -> Result<Answer, WriteError> {
        let allowed = vec![(method, vec![Some("v1.0".to_owned()), Some("users".to_owned()), None])];
        let body = (method != Method::Delete).then(|| json!({"displayName": "Ann"}));
        let path = at("/v1.0/users/ann%40contoso.example");
        Writer::new(Arc::clone(&self.session), allowed)
            .send(&Write { method, path, headers: Vec::new(), body }, &|_| true)
    }

    fn read_all(&self, reads: &[Read]) -> Vec<Result<Answer, ReadError>> {
        let mut found: Vec<Option<Result<Answer, ReadError>>> = reads.iter().map(|_| None).collect();
        self.reader().read_all(reads, &mut |index, result| {
            assert!(found[index].replace(result).is_none(), "{index} is answered twice");
        });
        found.into_iter().map(Option::unwrap).collect()
    }

    fn waits(&self) -> Vec<String> {
        self.screen.waits.lock().unwrap().clone()
    }
}

fn at(path: &str) -> ResourcePath {
    ResourcePath::parse(path).unwrap()
}

fn seconds_between(one: &Seen, other: &Seen) -> f64 {
    other.at.duration_since(one.at).as_secs_f64()
}

#[test]
fn a_request_says_who_asks_and_nothing_more() {
    let bench = Bench::new(|_, _| say(200, json!({"id": "1"})));
    bench.session.require(&["Policy.Read.All".to_owned()]);
    let read = Read {
        query: vec![("$select".to_owned(), "id,displayName".to_owned())],
        headers: vec![("ConsistencyLevel".to_owned(), "eventual".to_owned())],
        ..Read::of(at("/v1.0/users/ann%40contoso.example"))
    };
    let answer = bench.reader().read(&read).unwrap();
    assert_eq!((answer.status, &answer.body), (200, &json!({"id": "1"})));
    let seen = bench.server.seen();
    assert_eq!(seen[0].target, "/v1.0/users/ann%40contoso.example?$select=id,displayName");
    assert_eq!(seen[0].header("authorization"), Some("bearer token-1"));
    assert_eq!(seen[0].header("accept"), Some("application/json"));
    assert_eq!(seen[0].header("consistencylevel"), Some("eventual"));
    assert_eq!(seen[0].header("user-agent"), Some(concat!("fixforme/", env!("CARGO_PKG_VERSION"))));
    // The server gave no request-id, so ours is what support can look for.
    assert_eq!(seen[0].header("client-request-id"), Some(answer.request_ids[0].as_str()));
    for absent in ["sdkversion", "cookie", "referer", "retry-attempt", "content-type"] {
        assert_eq!(seen[0].header(absent), None, "{absent}");
    }
    assert_eq!(*bench.tokens.asked.lock().unwrap(), [["Policy.Read.All"]]);
}

#[test]
fn a_refusal_is_an_answer_with_its_codes() {
    let bench = Bench::new(|_, _| {
        let body = json!({"error": {"code": "Forbidden", "message": "No.", "innerError": {"code": "AadPremiumLicenseRequired"}}});
        Do::Say(403, "Content-Type: application/json\r\nrequest-id: r-7\r\n", body.to_string())
    });
    let answer = bench.read("/v1.0/me").unwrap();
    assert_eq!((answer.status, answer.request_ids), (403, vec!["r-7".to_owned()]));
    assert_eq!(answer.error.unwrap().code, "AadPremiumLicenseRequired");
}

#[test]
fn retry_after_in_seconds_and_as_a_date_is_never_undercut() {
    let bench = Bench::new(|number, _| match number {
        0 => busy("Retry-After: 12\r\n"),
        // The service's clock is years away from ours; only its own date counts.
        1 => busy("Retry-After: Tue, 01 Jan 2030 00:00:40 GMT\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n"),
        2 => busy("Retry-After: 7\r\n"),
        _ => say(200, json!({"id": "1"})),
    });
    bench.read("/v1.0/me").unwrap();
    let seen = bench.server.seen();
    assert!(seconds_between(&seen[0], &seen[1]) >= 12.0);
    assert!(seconds_between(&seen[1], &seen[2]) >= 40.0);
    assert!(seconds_between(&seen[2], &seen[3]) >= 7.0);
    assert_eq!(
        bench.waits(),
        [
            "Microsoft asked us to wait 12 s (busy)",
            "Microsoft asked us to wait 40 s (busy), second time",
            "Microsoft asked us to wait 7 s (busy), third time"
        ]
    );
    let attempts: Vec<Option<&str>> = seen.iter().map(|seen| seen.header("retry-attempt")).collect();
    assert_eq!(attempts, [None, Some("1"), Some("2"), Some("3")]);
    assert_ne!(seen[0].header("client-request-id"), seen[1].header("client-request-id"));
}

#[test]
fn a_wait_that_is_too_long_fails_at_once_and_says_how_long() {
    let bench = Bench::new(|_, _| busy("Retry-After: 3600\r\nrequest-id: r-1\r\n"));
    let error = bench.read("/v1.0/me").unwrap_err();
    assert!(matches!(&error, ReadError::Unavailable(trouble) if trouble.asked == Some(Duration::from_secs(3600))));
    assert_eq!(
        error.to_string(),
        "Microsoft Graph is not available: Microsoft asked us to wait 60 min (busy), \
         which is longer than one operation may take (request-id r-1)"
    );
    assert_eq!(bench.server.seen().len(), 1);
    let write = bench.write(Method::Patch).unwrap_err();
    assert!(matches!(write, WriteError::Throttled { asked: Some(_), .. }), "{write}");
}

#[test]
fn without_retry_after_the_waits_grow_until_the_deadline() {
    let bench = Bench::new(|_, _| busy(""));
    let before = bench.clock.now();
    assert!(matches!(bench.read("/v1.0/me"), Err(ReadError::Unavailable(_))));
    assert!(bench.clock.now().duration_since(before) <= SignedDuration::from_secs(300));
    assert!((3..=10).contains(&bench.server.seen().len()));
}

#[test]
fn a_503_is_asked_again_on_a_new_connection() {
    let bench = Bench::new(|number, _| match number {
        0 => say(200, json!({})),
        1 => say(429, json!({})),
        2 => Do::Say(503, "Retry-After: 5\r\n", String::new()),
        _ => say(200, json!({})),
    });
    bench.read("/v1.0/me").unwrap();
    bench.read("/v1.0/me").unwrap();
    let connections: Vec<usize> = bench.server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 0, 1]);
}

#[test]
fn a_post_is_never_repeated_once_it_may_have_been_carried_out() {
    for cut in [0, 1, 2, 3] {
        let bench = Bench::new(move |_, _| match cut {
            0 => Do::Cut,
            1 => Do::CutInside,
            2 => say(500, json!({"error": {"code": "x", "message": "y"}})),
            _ => say(503, json!({})),
        });
        let error = bench.write(Method::Post).unwrap_err();
        assert!(matches!(&error, WriteError::Unclear { request_ids, .. } if request_ids.len() == 1), "{error}");
        assert_eq!(bench.server.seen().len(), 1, "case {cut}");
    }
    // Refused for now is not carried out.
    let bench =
        Bench::new(|number, _| if number == 0 { busy("Retry-After: 9\r\n") } else { say(201, json!({"id": "new"})) });
    assert_eq!(bench.write(Method::Post).unwrap().body, json!({"id": "new"}));
    assert!(seconds_between(&bench.server.seen()[0], &bench.server.seen()[1]) >= 9.0);
}

#[test]
fn a_post_on_a_connection_that_was_cut_while_idle_is_not_repeated() {
    // The first answer leaves the connection open; the server then reads the second request and cuts.
    let bench = Bench::new(|number, _| if number == 1 { Do::Cut } else { say(200, json!({})) });
    bench.read("/v1.0/me").unwrap();
    assert!(matches!(bench.write(Method::Post), Err(WriteError::Unclear { .. })));
    assert_eq!(bench.server.seen().len(), 2);
}

#[test]
fn patch_and_delete_are_repeated_and_the_doubt_stays() {
    let bench = Bench::new(|number, _| match number {
        0 => Do::Cut,
        1 => say(504, json!({})),
        _ => Do::Say(204, "", String::new()),
    });
    let answer = bench.write(Method::Patch).unwrap();
    assert_eq!((answer.status, answer.after_unclear, answer.body), (204, true, Value::Null));
    let bodies: Vec<Value> = bench.server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, vec![json!({"displayName": "Ann"}); 3]);

    // The first try removed it, the second finds nothing: the caller is told that a try came before.
    let bench = Bench::new(|number, _| if number == 0 { Do::Cut } else { say(404, json!({})) });
    let answer = bench.write(Method::Delete).unwrap();
    assert_eq!((answer.status, answer.after_unclear), (404, true));

    // After doubt no later refusal makes it certain that nothing happened.
    let bench = Bench::new(|number, _| if number == 0 { Do::Cut } else { busy("Retry-After: 4000\r\n") });
    assert!(matches!(bench.write(Method::Patch), Err(WriteError::Unclear { .. })));

    let bench = Bench::new(|_, _| Do::Cut);
    assert!(matches!(bench.write(Method::Put), Err(WriteError::Unclear { .. })));
    assert!(bench.server.seen().len() > 2);
}

#[test]
fn what_the_plan_does_not_list_is_not_sent() {
    let bench = Bench::new(|_, _| Do::Say(204, "", String::new()));
    let allowed = vec![(Method::Patch, vec![Some("v1.0".to_owned()), Some("users".to_owned()), Some("1".to_owned())])];
    let writer = Writer::new(Arc::clone(&bench.session), allowed);
    let write = |method, path: &str| {
        writer.send(&Write { method, path: at(path), headers: Vec::new(), body: Some(json!({})) }, &|_| true)
    };
    for (method, path) in [
        (Method::Patch, "/v1.0/users/2"),
        (Method::Patch, "/v1.0/users"),
        (Method::Patch, "/v1.0/users/1/manager"),
        (Method::Patch, "/beta/users/1"),
        (Method::Delete, "/v1.0/users/1"),
        (Method::Get, "/v1.0/users/1"),
    ] {
        assert!(matches!(write(method, path), Err(WriteError::NotSent(_))), "{method} {path}");
    }
    assert_eq!(bench.server.connections.load(Ordering::SeqCst), 0);
    assert_eq!(write(Method::Patch, "/v1.0/users/1").unwrap().status, 204);
}

#[test]
fn without_a_server_nothing_was_sent() {
    let bench = Bench::new(|_, _| Do::Cut);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let session = Arc::new(Session::new(
        Arc::new(ReqwestHttp::new(Interrupt::new())),
        Arc::clone(&bench.clock),
        Arc::clone(&bench.screen) as Arc<dyn Ui>,
        Arc::clone(&bench.tokens) as Arc<dyn Credentials>,
        GraphRoot::parse(&format!("http://{free}")).unwrap(),
        Patience::default(),
    ));
    let allowed = vec![(Method::Post, vec![None, None])];
    let write = Write { method: Method::Post, path: at("/v1.0/users"), headers: Vec::new(), body: None };
    let error = Writer::new(session, allowed).send(&write, &|_| true).unwrap_err();
    assert!(matches!(error, WriteError::NotSent(_)), "{error}");
    assert!(!error.to_string().contains("/v1.0/users"), "no path in an error of the network: {error}");
}

#[test]
fn links_that_lead_away_are_never_followed() {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
    let evil = Server::start(Arc::clone(&clock), |_, _| say(200, json!({"value": ["stolen"]})));
    let evil_address = evil.address;
    let links = [
        format!("http://{evil_address}/v1.0/users?$skiptoken=x"),
        format!("http://graph@{evil_address}/v1.0/users"),
        "http://{good}@{evil}/v1.0/users".to_owned(),
        format!("//{evil_address}/v1.0/users"),
        "https://{good}/v1.0/users".to_owned(),
        "http://user:word@{good}/v1.0/users".to_owned(),
        "http://{good}/v1.0/groups".to_owned(),
        "http://{good}/v1.0/users/../groups".to_owned(),
        "http://localhost:{port}/v1.0/users".to_owned(),
        "/v1.0/users?$skiptoken=x".to_owned(),
        "file:///etc/passwd".to_owned(),
    ];
    for link in links {
        let template = link.replace("{evil}", &evil_address.to_string());
        let bench = Bench::new(move |_, seen| {
            let good = seen.header("host").unwrap();
            let port = good.rsplit(':').next().unwrap();
            let link = template.replace("{good}", good).replace("{port}", port);
            say(200, json!({"value": [1], "@odata.nextLink": link}))
        });
        assert!(matches!(bench.read_pages("/v1.0/users"), Err(ReadError::Bad(_))), "{link}");
        assert_eq!(bench.server.seen().len(), 1, "{link}");
    }
    assert_eq!(evil.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn redirects_are_not_followed() {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
    let evil = Server::start(Arc::clone(&clock), |_, _| say(200, json!({})));
    let location: &'static str = Box::leak(format!("Location: http://{}/v1.0/me\r\n", evil.address).into_boxed_str());
    for status in [301, 302, 303, 307, 308] {
        let bench = Bench::new(move |_, _| Do::Say(status, location, String::new()));
        assert!(matches!(bench.read("/v1.0/me"), Err(ReadError::Bad(_))));
        assert!(matches!(bench.write(Method::Patch), Err(WriteError::Unclear { .. })));
        assert_eq!(bench.server.seen().len(), 2);
    }
    assert_eq!(evil.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn pages_are_followed_to_the_end_and_each_item_is_cut_to_what_is_kept() {
    let bench = Bench::new(|number, seen| {
        let next = format!("http://{}/v1.0/users?$skiptoken=p%27{number}", seen.header("host").unwrap());
        match number {
            0 => say(200, json!({"value": [{"id": 1, "x": "y"}, {"id": 2}], "@odata.nextLink": next})),
            1 => say(200, json!({"value": [], "@odata.nextLink": next})),
            2 => busy("Retry-After: 3\r\n"),
            _ => say(200, json!({"value": [{"id": 3}]})),
        }
    });
    let read = Read {
        page: true,
        headers: vec![("ConsistencyLevel".to_owned(), "eventual".to_owned())],
        keep: Some(Arc::new(|item: Value| item["id"].clone())),
        ..Read::of(at("/v1.0/users"))
    };
    assert_eq!(bench.reader().read(&read).unwrap().body, json!({"value": [1, 2, 3]}));
    let seen = bench.server.seen();
    assert_eq!(seen[1].target, "/v1.0/users?$skiptoken=p%270");
    assert!(seen.iter().all(|seen| seen.header("consistencylevel") == Some("eventual")));
}

#[test]
fn a_list_is_whole_or_not_at_all() {
    let next = |seen: &Seen| format!("http://{}/v1.0/users?$skiptoken=same", seen.header("host").unwrap());
    let bench = Bench::new(move |_, seen| say(200, json!({"value": [1], "@odata.nextLink": next(seen)})));
    let error = bench.read_pages("/v1.0/users").unwrap_err();
    assert!(error.to_string().contains("leads back"), "{error}");
    assert_eq!(bench.server.seen().len(), 2);

    let bench = Bench::new(move |number, seen| match number {
        0 => say(200, json!({"value": [1], "@odata.nextLink": next(seen)})),
        _ => say(403, json!({"error": {"code": "Forbidden", "message": "No."}})),
    });
    let answer = bench.read_pages("/v1.0/users").unwrap();
    assert_eq!((answer.status, answer.body["value"].clone()), (403, Value::Null));

    for odd in [json!({"id": 1}), json!([1]), json!({"value": {}}), json!({"value": [], "@odata.nextLink": 7})] {
        let bench = Bench::new(move |_, _| say(200, odd.clone()));
        assert!(matches!(bench.read_pages("/v1.0/users"), Err(ReadError::Bad(_))));
    }
}

#[test]
fn an_answer_that_is_not_from_graph_is_named() {
    let html = "<html>Please sign in to the hotel's network: SECRET</html>";
    let bench = Bench::new(move |_, _| Do::Say(200, "Content-Type: text/html; charset=utf-8\r\n", html.to_owned()));
    let error = bench.read("/v1.0/me").unwrap_err().to_string();
    assert!(error.contains("text/html") && !error.contains("SECRET"), "{error}");
    assert!(matches!(bench.write(Method::Patch), Err(WriteError::Unclear { .. })));

    let bench = Bench::new(|_, _| Do::Say(200, "Content-Type: application/json\r\n", "{\"SECRET".to_owned()));
    let error = bench.read("/v1.0/me").unwrap_err().to_string();
    assert!(error.contains("not whole JSON") && !error.contains("SECRET"), "{error}");

    let bench = Bench::new(|_, _| Do::Say(200, "", String::new()));
    assert!(matches!(bench.read("/v1.0/me"), Err(ReadError::Bad(_))));
    assert_eq!(bench.write(Method::Patch).unwrap().body, Value::Null);
    let bench = Bench::new(move |_, _| Do::Say(403, "Content-Type: text/html\r\n", html.to_owned()));
    let error = bench.read("/v1.0/me").unwrap().error.unwrap();
    assert_eq!(error.code, "HTTP 403");
    assert!(!error.message.contains("SECRET"));
}

#[test]
fn a_body_without_end_is_not_read() {
    let big = "x".repeat(17 * 1024 * 1024);
    let bench = Bench::new(move |_, _| Do::Say(200, "Content-Type: application/json\r\n", big.clone()));
    let error = bench.read("/v1.0/me").unwrap_err();
    assert!(matches!(&error, ReadError::Bad(_)), "{error}");
    assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
    assert_eq!(bench.server.seen().len(), 1, "the same answer would come again");
}

/// Deflate by hand: one letter, then "the last 258 bytes again" over and over, 13 bits each.
fn bomb(bytes: usize) -> Vec<u8> {
    let mut bits: Vec<u8> = vec![1, 1, 0];
    let mut push = |code: u16, length: u16| bits.extend((0..length).rev().map(|bit| (code >> bit & 1) as u8));
    push(0xA8, 8);
    for _ in 0..bytes / 258 {
        push(0b1100_0101, 8);
        push(0, 5);
    }
    push(0, 7);
    let deflated = bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |value, bit| value << 1 | bit));
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff].into_iter().chain(deflated).collect()
}

#[test]
fn a_compressed_body_counts_by_what_it_unpacks_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let _ = stream.read(&mut [0; 4096]);
        let body = bomb(200 * 1024 * 1024);
        assert!(body.len() < 2 * 1024 * 1024);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    });
    let http = ReqwestHttp::new(Interrupt::new());
    let request = fixforme::seam::http::Request {
        method: Method::Get,
        url: format!("{root}/v1.0/me"),
        headers: Vec::new(),
        body: None,
        may_change: false,
        fresh_connection: false,
        timeout: Duration::from_secs(20),
        max_body: 1024 * 1024,
    };
    let error = fixforme::seam::Http::send(&http, &request).unwrap_err();
    assert!(matches!(error, fixforme::seam::http::HttpError::TooLarge(_)), "{error}");
}

#[test]
fn only_https_is_spoken_beyond_this_machine() {
    let http = ReqwestHttp::new(Interrupt::new());
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [
        format!("https://{free}/v1.0/me"),
        "http://192.0.2.1/v1.0/me".to_owned(),
        "http://localhost.evil.example/".to_owned(),
        "ftp://localhost/".to_owned(),
        "nonsense".to_owned(),
    ] {
        let request = fixforme::seam::http::Request {
            method: Method::Get,
            url: url.clone(),
            headers: Vec::new(),
            body: None,
            may_change: false,
            fresh_connection: false,
            timeout: Duration::from_secs(5),
            max_body: 1,
        };
        let error = fixforme::seam::Http::send(&http, &request).unwrap_err();
        assert!(matches!(error, fixforme::seam::http::HttpError::NotSent(_)), "{url}: {error}");
    }
}

#[test]
fn a_401_leads_to_one_new_token() {
    let bench = Bench::new(|_, seen| match seen.header("authorization") {
        Some("bearer token-1") => say(401, json!({"error": {"code": "InvalidAuthenticationToken", "message": "old"}})),
        _ => say(200, json!({"ok": true})),
    });
    assert_eq!(bench.read("/v1.0/me").unwrap().status, 200);
    bench.read("/v1.0/me").unwrap();
    assert_eq!(bench.tokens.asked.lock().unwrap().len(), 2);
    // Parallel requests with the old token lead to one sign-in, not to one each.
    bench.session.require(&["Other".to_owned()]);
    bench.read("/v1.0/me").unwrap();
    assert_eq!(bench.tokens.asked.lock().unwrap().len(), 3);

    let bench = Bench::new(|_, _| say(401, json!({})));
    assert!(matches!(bench.read("/v1.0/me"), Err(ReadError::SignIn(_))));
    assert_eq!(bench.server.seen().len(), 2);
    assert!(matches!(bench.write(Method::Post), Err(WriteError::SignIn { .. })));
    assert_eq!(bench.server.seen().len(), 4);
}

/// Answers a batch by asking `inner` for status, headers and body of each request.
fn batch(seen: &Seen, inner: impl Fn(&str) -> Option<(u16, Value, Value)>) -> Do {
    assert_eq!(seen.target, "/v1.0/$batch");
    let requests = seen.body["requests"].as_array().unwrap();
    assert!(requests.len() <= 20);
    let mut responses: Vec<Value> = requests
        .iter()
        .filter_map(|request| {
            assert_eq!(request["method"], "GET");
            let (status, headers, body) = inner(request["url"].as_str().unwrap())?;
            Some(json!({"id": request["id"], "status": status, "headers": headers, "body": body}))
        })
        .collect();
    // The documentation promises no order.
    responses.reverse();
    say(200, json!({"responses": responses}))
}

fn user(number: usize) -> Read {
    Read { query: vec![("$select".to_owned(), "id".to_owned())], ..Read::of(at(&format!("/v1.0/users/{number}"))) }
}

fn number_of(url: &str) -> usize {
    url.trim_start_matches("/v1.0").trim_start_matches("/users/").split('?').next().unwrap().parse().unwrap()
}

#[test]
fn many_reads_go_in_batches_of_twenty() {
    let bench = Bench::new(|_, seen| batch(seen, |url| Some((200, json!({}), json!({"id": number_of(url)})))));
    let reads: Vec<Read> = (0..130).map(user).collect();
    let answers = bench.read_all(&reads);
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().body, json!({"id": number}));
    }
    let seen = bench.server.seen();
    assert_eq!(seen.len(), 7);
    assert!(seen.iter().all(|seen| seen.method == "POST"));
    assert_eq!(bench.tokens.asked.lock().unwrap().len(), 1, "four threads, one sign-in");
}

#[test]
fn only_what_was_refused_for_now_is_sent_again_after_the_longest_wait() {
    let bench = Bench::new(|_, seen| {
        if seen.target != "/v1.0/$batch" {
            // A single read, left over.
            return say(200, json!({"id": number_of(&seen.target), "alone": true}));
        }
        let round = usize::from(seen.body["requests"].as_array().unwrap().len() < 20);
        batch(seen, |url| {
            let number = number_of(url);
            Some(match (round, number) {
                (0, 3) => (429, json!({"Retry-After": "20"}), json!({})),
                (0, 4) => (503, json!({"retry-after": "30"}), json!({})),
                (0, 5) => (429, json!({}), json!({})),
                (1, 4) => (429, json!({"Retry-After": "10"}), json!({})),
                (0, 6) => (424, json!({}), json!({"error": {"code": "FailedDependency"}})),
                (0, 7) => (401, json!({}), json!({})),
                (0, 8) => return None,
                (0, 9) => (404, json!({"request-id": "inner"}), json!({"error": {"code": "Request_ResourceNotFound"}})),
                (0, 10) => (200, json!({"Content-Type": "text/html"}), json!("PGh0bWw+")),
                (0, 11) => (204, json!({}), Value::Null),
                _ => (200, json!({"Content-Type": "application/json"}), json!({"id": number})),
            })
        })
    });
    let reads: Vec<Read> = (0..20).map(user).collect();
    let answers = bench.read_all(&reads);
    let status: Vec<u16> = answers.iter().map(|answer| answer.as_ref().unwrap().status).collect();
    assert_eq!(
        status,
        [200, 200, 200, 200, 200, 200, 200, 200, 200, 404, 200, 204, 200, 200, 200, 200, 200, 200, 200, 200]
    );
    let not_found = answers[9].as_ref().unwrap();
    assert_eq!(not_found.error.as_ref().unwrap().code, "Request_ResourceNotFound");
    assert_eq!(not_found.request_ids.last().unwrap(), "inner");
    let alone: Vec<usize> = (0..20).filter(|at| answers[*at].as_ref().unwrap().body["alone"] == true).collect();
    assert_eq!(alone, [4, 6, 7, 8, 10]);
    let seen = bench.server.seen();
    let batches: Vec<&Seen> = seen.iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[1].body["requests"].as_array().unwrap().len(), 3);
    assert!(seconds_between(batches[0], batches[1]) >= 30.0);
    assert!(seconds_between(batches[1], seen.last().unwrap()) >= 10.0);
}

/// Ten thousand reads against a tenant that refuses a third of them for now: each is answered, and nobody is asked
/// again before the time that the service gave.
#[test]
fn a_storm_of_refusals_is_sat_out() {
    const READS: usize = 10_000;
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
    let not_before: Arc<Mutex<Vec<Timestamp>>> = Arc::new(Mutex::new(vec![Timestamp::MIN; READS]));
    let undercut = Arc::new(AtomicUsize::new(0));
    let (times, early) = (Arc::clone(&not_before), Arc::clone(&undercut));
    // A fixed sequence, so that a failure happens again.
    let dice = AtomicUsize::new(1);
    let patience = Patience { deadline: Duration::from_secs(3600), tries: 30, ..Patience::default() };
    let bench = Bench::with(clock, Screen::default(), patience, move |_, seen| {
        let answer = |url: &str| {
            let number = number_of(url);
            let roll = dice.fetch_add(1, Ordering::SeqCst).wrapping_mul(2_654_435_761) >> 7;
            let mut times = times.lock().unwrap();
            early.fetch_add(usize::from(seen.at < times[number]), Ordering::SeqCst);
            let seconds = i64::try_from(roll % 30).unwrap() + 1;
            times[number] = seen.at + SignedDuration::from_secs(seconds);
            match roll % 100 {
                0..30 => (429, json!({"Retry-After": seconds.to_string()}), json!({})),
                30..35 => (503, json!({"Retry-After": seconds.to_string()}), json!({})),
                _ => (200, json!({}), json!({"id": number})),
            }
        };
        if seen.method == "GET" {
            return match answer(&seen.target) {
                (200, _, body) => say(200, body),
                (status, headers, _) => {
                    let seconds = headers["Retry-After"].as_str().unwrap();
                    Do::Say(status, Box::leak(format!("Retry-After: {seconds}\r\n").into_boxed_str()), String::new())
                }
            };
        }
        batch(seen, |url| Some(answer(url)))
    });
    let reads: Vec<Read> = (0..READS).map(user).collect();
    let mut answered = 0;
    bench.reader().read_all(&reads, &mut |index, result| {
        assert_eq!(result.unwrap().body, json!({"id": index}));
        answered += 1;
    });
    assert_eq!((answered, undercut.load(Ordering::SeqCst)), (READS, 0));
}

#[test]
fn a_list_whose_place_expired_is_read_once_more() {
    let expired = || say(400, json!({"error": {"code": "Directory_ExpiredPageToken", "message": "Too late."}}));
    let page = |seen: &Seen| {
        let next = format!("http://{}/v1.0/users?$skiptoken=2", seen.header("host").unwrap());
        say(200, json!({"value": ["a"], "@odata.nextLink": next}))
    };
    let bench = Bench::new(move |number, seen| match number {
        0 | 2 => page(seen),
        1 => expired(),
        _ => say(200, json!({"value": ["b"]})),
    });
    assert_eq!(bench.read_pages("/v1.0/users").unwrap().body, json!({"value": ["a", "b"]}));
    let bench = Bench::new(move |number, seen| if number % 2 == 0 { page(seen) } else { expired() });
    assert_eq!(bench.read_pages("/v1.0/users").unwrap().status, 400);
    assert_eq!(bench.server.seen().len(), 4);
}

#[test]
fn a_paged_read_in_a_batch_goes_on_with_its_links() {
    let bench = Bench::new(|_, seen| {
        let host = seen.header("host").unwrap().to_owned();
        if seen.method == "GET" {
            assert_eq!(seen.target, "/v1.0/users/1/memberOf?$skiptoken=2");
            return say(200, json!({"value": ["b"]}));
        }
        batch(seen, |url| {
            Some(if url.starts_with("/users/1/") {
                let next = format!("http://{host}/v1.0/users/1/memberOf?$skiptoken=2");
                (200, json!({}), json!({"value": ["a"], "@odata.nextLink": next}))
            } else {
                (200, json!({}), json!({"value": []}))
            })
        })
    });
    let list = |path: &str| Read { page: true, ..Read::of(at(path)) };
    let answers = bench.read_all(&[list("/v1.0/users/1/memberOf"), list("/v1.0/users/2/memberOf")]);
    assert_eq!(answers[0].as_ref().unwrap().body, json!({"value": ["a", "b"]}));
    assert_eq!(answers[1].as_ref().unwrap().body, json!({"value": []}));
}

#[test]
fn a_batch_without_a_usable_answer_is_read_one_by_one() {
    let bench = Bench::new(|_, seen| match seen.method.as_str() {
        "POST" => Do::Say(200, "Content-Type: text/html\r\n", "<html>".to_owned()),
        _ => say(200, json!({"id": number_of(&seen.target)})),
    });
    let answers = bench.read_all(&[user(1), user(2)]);
    assert_eq!(answers[1].as_ref().unwrap().body, json!({"id": 2}));
    let bench = Bench::new(|_, _| say(503, json!({})));
    assert!(bench.read_all(&[user(1), user(2)]).iter().all(|each| matches!(each, Err(ReadError::Unavailable(_)))));
}

#[test]
fn headers_that_belong_to_the_client_cannot_be_set() {
    let bench = Bench::new(|_, _| say(200, json!({})));
    for (name, value) in
        [("Authorization", "Bearer x"), ("HOST", "x"), ("X\r\nY", "x"), ("Prefer", "a\r\nb"), ("", "x")]
    {
        let read = Read { headers: vec![(name.to_owned(), value.to_owned())], ..user(1) };
        let answers = bench.read_all(&[read.clone(), read]);
        assert!(answers.iter().all(|answer| matches!(answer, Err(ReadError::Bad(_)))), "{name}");
    }
    assert_eq!(bench.server.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn an_interrupt_stops_before_the_next_request_and_cuts_waits() {
    let screen = Screen { interrupts_wait: true, ..Screen::default() };
    let bench =
        Bench::with(Arc::new(VirtualClock::new()), screen, Patience::default(), |_, _| busy("Retry-After: 9\r\n"));
    assert!(matches!(bench.read("/v1.0/me"), Err(ReadError::Stopped)));
    assert!(matches!(bench.write(Method::Post), Err(WriteError::Stopped)));
    assert_eq!(bench.server.seen().len(), 1);
    let answers = bench.read_all(&(0..50).map(user).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| matches!(answer, Err(ReadError::Stopped))));

    // Interrupted while waiting to repeat a change that may have been made: that is no "stopped".
    let screen = Screen { interrupts_wait: true, ..Screen::default() };
    let bench = Bench::with(Arc::new(VirtualClock::new()), screen, Patience::default(), |_, _| Do::Cut);
    assert!(matches!(bench.write(Method::Patch), Err(WriteError::Unclear { .. })));
}

#[test]
fn a_write_is_open_until_a_record_follows_it() {
    let interrupt = Interrupt::new();
    let open = Arc::new(Mutex::new(Vec::new()));
    let (inside, seen) = (interrupt.clone(), Arc::clone(&open));
    let server = Server::start(Arc::new(VirtualClock::new()), move |_, _| {
        seen.lock().unwrap().push(!inside.is_settled());
        say(200, json!({}))
    });
    let http = ReqwestHttp::new(interrupt.clone());
    let send = |method, path: &str, may_change| {
        let request = fixforme::seam::http::Request {
            method,
            url: format!("{}{path}", server.root()),
            headers: Vec::new(),
            body: Some(fixforme::seam::http::Body::new(b"{}".to_vec())),
            may_change,
            fresh_connection: false,
            timeout: Duration::from_secs(5),
            max_body: 100,
        };
        fixforme::seam::Http::send(&http, &request).unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let journal = fixforme::host::JournalFolder::new(folder.path().join("state"), interrupt.clone());
    let run = "0190e5b0-0000-7000-8000-000000000001";
    fixforme::seam::Journal::create(&journal, run).unwrap();
    send(Method::Post, "/oauth2/v2.0/token", false);
    assert!(interrupt.is_settled(), "signing in changes nothing");
    send(Method::Patch, "/v1.0/users/1", true);
    assert!(!interrupt.is_settled(), "the outcome is not written down yet");
    fixforme::seam::Journal::append(&journal, run, &json!({"type": "outcome"})).unwrap();
    assert!(interrupt.is_settled());
    assert_eq!(*open.lock().unwrap(), [false, true]);
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let patience = Patience { deadline: Duration::from_secs(1), ..Patience::default() };
    let clock = Arc::new(SystemClock::new(Interrupt::new()));
    let bench = Bench::with(clock, Screen::default(), patience, |_, _| Do::Stall);
    let error = bench.write(Method::Post).unwrap_err();
    assert!(matches!(&error, WriteError::Unclear { .. }), "{error}");
    assert!(error.to_string().contains("no answer came in time"), "{error}");
}

#[test]
fn the_tenant_and_the_account_are_told() {
    let bench = Bench::new(|_, seen| match seen.target.split('?').next().unwrap() {
        "/v1.0/organization" => say(
            200,
            json!({"value": [{"id": "t-1", "displayName": "Contoso", "verifiedDomains": [
                {"name": "contoso.onmicrosoft.example", "isDefault": false}, {"name": "contoso.example", "isDefault": true}]}]}),
        ),
        "/v1.0/me" => say(200, json!({"id": "a-1", "userPrincipalName": "ann@contoso.example"})),
        _ => say(403, json!({"error": {"code": "Authorization_RequestDenied", "message": "No."}})),
    });
    let claims = bench.session.claims().unwrap();
    let organization = tenant::organization(&bench.reader(), &claims).unwrap();
    let found = tenant::whoami(&bench.reader(), &claims, organization).unwrap();
    assert_eq!((found.tenant_id.as_str(), found.tenant_name.as_str()), ("t-1", "Contoso"));
    assert_eq!((found.domain.as_str(), found.account.as_str()), ("contoso.example", "ann@contoso.example"));
    assert_eq!((found.account_id.as_deref(), found.roles.len()), (Some("a-1"), 0));

    let other = fixforme::seam::credentials::Claims { tenant: Some("t-2".to_owned()), ..claims };
    let error = tenant::organization(&bench.reader(), &other).unwrap_err();
    assert!(matches!(&error, ReadError::SignIn(_)), "{error}");
}
