//! A browser that a person signs in with.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use url::Url;

/// Where a browser came to: each address with its status, and the last page.
#[derive(Debug)]
pub struct Visit {
    pub ways: Vec<(String, u16)>,
    pub page: String,
}

/// Opens an address as a browser does, following where it is sent.
pub fn browse(url: &str) -> Visit {
    browse_by("127.0.0.1", url)
}

/// Opens an address as a browser does for which `localhost` is that address.
pub fn browse_by(localhost: &str, url: &str) -> Visit {
    let mut visit = Visit { ways: Vec::new(), page: String::new() };
    let mut next = Some(url.to_owned());
    while let Some(url) = next.take().filter(|_| visit.ways.len() < 8) {
        let parsed = Url::parse(&url).unwrap();
        let host = format!("{}:{}", parsed.host_str().unwrap(), parsed.port().unwrap());
        let address = if parsed.host_str() == Some("localhost") { localhost } else { "127.0.0.1" };
        let (status, head, page) = get_by(address, &parsed, &host).unwrap_or_default();
        next = head.lines().find_map(|line| line.strip_prefix("Location: ")).map(str::to_owned);
        visit.ways.push((url, status));
        visit.page = page;
    }
    visit
}

/// Asks for one address by another host's name; `None` when nobody listens.
pub fn get(url: &Url, host: &str) -> Option<(u16, String, String)> {
    get_by("127.0.0.1", url, host)
}

fn get_by(address: &str, url: &Url, host: &str) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect((address, url.port().unwrap())).ok()?;
    let target = format!("{}{}", url.path(), url.query().map(|query| format!("?{query}")).unwrap_or_default());
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, page) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.replace('\r', ""), page.to_owned()))
}
