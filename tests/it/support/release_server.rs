//! A server on loopback that hands out releases, well or badly.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::support::releases::{Signer, index, release, stem, test_releases};

/// What the server answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 with these bytes.
    Bytes(Vec<u8>),
    /// Another status, with a text.
    Status(u16, String),
    /// 302 to another address.
    To(String),
    /// The first of both once, then the second.
    Once(Box<Reply>, Box<Reply>),
    /// One byte a tenth of a second, for ever.
    Drip,
    /// Not a byte, for ever.
    Silence,
    /// Bytes for ever.
    Endless,
    /// Half of the bytes that were announced.
    Cut(Vec<u8>),
}

/// A server of releases.
pub struct ReleaseServer {
    port: u16,
    pages: Arc<Mutex<BTreeMap<String, Reply>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl ReleaseServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let site =
            Self { port: listener.local_addr().unwrap().port(), pages: Arc::default(), requests: Arc::default() };
        let (pages, requests) = (Arc::clone(&site.pages), Arc::clone(&site.requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (pages, requests) = (Arc::clone(&pages), Arc::clone(&requests));
                // A client that goes away is not a failure of the server.
                std::thread::spawn(move || stream.and_then(|stream| answer(stream, &pages, &requests)));
            }
        });
        site
    }

    pub fn root(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn index_url(&self) -> String {
        format!("{}/stable/index.json", self.root())
    }

    /// Puts a file beside the index.
    pub fn put(&self, name: &str, reply: Reply) {
        self.page(&format!("/stable/{name}"), reply);
    }

    /// What it answers for a file beside the index.
    pub fn reply(&self, name: &str) -> Reply {
        self.pages.lock().unwrap().get(&format!("/stable/{name}")).unwrap().clone()
    }

    pub fn page(&self, path: &str, reply: Reply) {
        self.pages.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// Publishes an index, signed as it should be.
    pub fn publish(&self, index: &Value) {
        self.publish_by(Signer::Current, index);
    }

    pub fn publish_by(&self, signer: Signer, index: &Value) {
        let text = serde_json::to_vec_pretty(index).unwrap();
        let purpose = format!("fixforme index 1 {}", index["channel"].as_str().unwrap());
        self.put("index.json.minisig", Reply::Bytes(test_releases().sign(signer, &text, &purpose).into_bytes()));
        self.put("index.json", Reply::Bytes(text));
    }

    /// Publishes the programs of these versions, and returns the index that lists them.
    pub fn offer(&self, versions: &[&str]) -> Value {
        let releases = versions.iter().map(|version| {
            let archive = test_releases().archive(version);
            let program = fs_err::read(test_releases().program(version)).unwrap();
            let release = release(version, &archive, &program);
            self.put(&format!("{}.tar.gz", stem(version)), Reply::Bytes(archive));
            release
        });
        let index = index(releases.collect());
        self.publish(&index);
        index
    }

    /// Method and path of every request so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Waits in real time.
#[expect(clippy::disallowed_methods, reason = "a server that answers slowly, a system that frees a lock late")]
pub fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

fn answer(
    mut stream: TcpStream,
    pages: &Mutex<BTreeMap<String, Reply>>,
    requests: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap().push(first.trim_end_matches(" HTTP/1.1").to_owned());
    let mut reply = pages.lock().unwrap().get(&path).cloned();
    if let Some(Reply::Once(first, then)) = reply {
        pages.lock().unwrap().insert(path, *then);
        reply = Some(*first);
    }
    let head = |status: &str, more: &str, length: Option<usize>| {
        let length = length.map_or(String::new(), |length| format!("Content-Length: {length}\r\n"));
        format!("HTTP/1.1 {status}\r\n{length}{more}Connection: close\r\n\r\n")
    };
    match reply.unwrap_or(Reply::Status(404, "there is no such file".to_owned())) {
        Reply::Bytes(bytes) => {
            stream.write_all(head("200 OK", "", Some(bytes.len())).as_bytes())?;
            stream.write_all(&bytes)
        }
        Reply::Status(status, text) => {
            let more = "Content-Type: text/html\r\n";
            stream.write_all(head(&format!("{status} Said"), more, Some(text.len())).as_bytes())?;
            stream.write_all(text.as_bytes())
        }
        Reply::To(place) => stream.write_all(head("302 Found", &format!("Location: {place}\r\n"), Some(0)).as_bytes()),
        Reply::Drip => {
            stream.write_all(head("200 OK", "", None).as_bytes())?;
            loop {
                stream.write_all(b"{")?;
                pause(100);
            }
        }
        Reply::Silence => loop {
            pause(1000);
        },
        Reply::Endless => {
            stream.write_all(head("200 OK", "", None).as_bytes())?;
            loop {
                stream.write_all(&[b' '; 4096])?;
            }
        }
        // A page that is one only once leads to no other such page.
        Reply::Once(..) => Ok(()),
        Reply::Cut(bytes) => {
            stream.write_all(head("200 OK", "", Some(bytes.len())).as_bytes())?;
            stream.write_all(&bytes[..bytes.len() / 2])
        }
    }
}
