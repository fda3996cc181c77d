//! What the tests on the Graph client stand on: a scripted server on loopback, a screen that keeps the waits, tokens that are
//! counted, and a session over the real HTTP adapter with virtual time.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fixforme::graph::{Answer, GraphRoot, Read, ReadError, Reader, SendError, Session, Write, Writer};
use fixforme::host::{Interrupt, ReqwestHttp, VirtualClock};
use fixforme::ports::http::Method;
use fixforme::ports::retry::RetryPolicy;
use fixforme::ports::ui::{NoReply, Question, Reply};
use fixforme::ports::{Clock, Credentials, Event, ResourcePath, Token, Ui};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    /// Lower case, one line each.
    pub head: String,
    pub body: Value,
    pub connection: usize,
    pub at: Timestamp,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// What the server does with a request.
pub enum Do {
    /// Answers with a status, further header lines, and a body.
    Say(u16, &'static str, String),
    /// Reads the request and closes the connection.
    Cut,
    /// Begins an answer and closes the connection.
    CutInside,
    /// Reads the request and never answers.
    Stall,
}

pub fn say(status: u16, body: Value) -> Do {
    Do::Say(status, "Content-Type: application/json\r\n", body.to_string())
}

pub fn busy(headers: &'static str) -> Do {
    Do::Say(429, headers, json!({"error": {"code": "TooManyRequests", "message": "Slow down."}}).to_string())
}

/// A server on loopback whose answers a function of (number of the request, request) gives.
pub struct Server {
    pub address: SocketAddr,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    pub connections: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(clock: Arc<dyn Clock>, script: impl Fn(usize, &Seen) -> Do + Send + Sync + 'static) -> Self {
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

    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub fn serve(
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
pub struct Screen {
    pub waits: Mutex<Vec<String>>,
    pub interrupted: AtomicBool,
    /// Interrupts itself at the first wait.
    pub interrupts_wait: bool,
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
pub struct Tokens {
    pub asked: Mutex<Vec<Vec<String>>>,
}

impl Credentials for Tokens {
    fn token(&self, scopes: &[String]) -> anyhow::Result<Token> {
        let mut asked = self.asked.lock().unwrap();
        asked.push(scopes.to_vec());
        Ok(Token::new(format!("token-{}", asked.len())))
    }
}

pub struct GraphTest {
    pub server: Server,
    pub screen: Arc<Screen>,
    pub tokens: Arc<Tokens>,
    pub clock: Arc<dyn Clock>,
    pub session: Arc<Session>,
}

impl GraphTest {
    pub fn new(script: impl Fn(usize, &Seen) -> Do + Send + Sync + 'static) -> Self {
        Self::with(Arc::new(VirtualClock::new()), Screen::default(), RetryPolicy::default(), script)
    }

    pub fn with(
        clock: Arc<dyn Clock>,
        screen: Screen,
        policy: RetryPolicy,
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
            policy,
        ));
        Self { server, screen, tokens, clock, session }
    }

    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.session))
    }

    pub fn read(&self, path: &str) -> Result<Answer, ReadError> {
        self.reader().read(&Read::of(at(path)))
    }

    pub fn read_pages(&self, path: &str) -> Result<Answer, ReadError> {
        self.reader().read(&Read { page: true, ..Read::of(at(path)) })
    }

    pub fn write(&self, method: Method) -> Result<Answer, SendError> {
        let allowed = vec![(method, vec![Some("v1.0".to_owned()), Some("users".to_owned()), None])];
        let body = (method != Method::Delete).then(|| json!({"displayName": "Ann"}));
        let path = at("/v1.0/users/ann%40contoso.example");
        Writer::new(Arc::clone(&self.session), allowed)
            .send(&Write { method, path, headers: Vec::new(), body }, &|_| true)
    }

    pub fn read_all(&self, reads: &[Read]) -> Vec<Result<Answer, ReadError>> {
        let mut found: Vec<Option<Result<Answer, ReadError>>> = reads.iter().map(|_| None).collect();
        self.reader().read_all(reads, &mut |index, result| {
            assert!(found[index].replace(result).is_none(), "{index} is answered twice");
        });
        found.into_iter().map(Option::unwrap).collect()
    }

    pub fn waits(&self) -> Vec<String> {
        self.screen.waits.lock().unwrap().clone()
    }
}

pub fn at(path: &str) -> ResourcePath {
    ResourcePath::parse(path).unwrap()
}

pub fn seconds_between(one: &Seen, other: &Seen) -> f64 {
    other.at.duration_since(one.at).as_secs_f64()
}

/// Answers a batch by asking `inner` for status, headers and body of each request.
pub fn batch(seen: &Seen, inner: impl Fn(&str) -> Option<(u16, Value, Value)>) -> Do {
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

pub fn user(number: usize) -> Read {
    Read { query: vec![("$select".to_owned(), "id".to_owned())], ..Read::of(at(&format!("/v1.0/users/{number}"))) }
}

pub fn number_of(url: &str) -> usize {
    url.trim_start_matches("/v1.0").trim_start_matches("/users/").split('?').next().unwrap().parse().unwrap()
}
