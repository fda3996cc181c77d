//! The Graph client and what it makes of answers: refusals, pages of HTML, bodies that are too large.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use fixforme::graph::ReadError;
use fixforme::graph::SendError;
use fixforme::host::{Interrupt, ReqwestHttp};
use fixforme::ports::http::Method;
use serde_json::{Value, json};

use crate::support::graph::{Do, GraphTest};

#[test]
fn a_refusal_is_an_answer_with_its_codes() {
    let test = GraphTest::new(|_, _| {
        let body = json!({"error": {"code": "Forbidden", "message": "No.", "innerError": {"code": "AadPremiumLicenseRequired"}}});
        Do::Say(403, "Content-Type: application/json\r\nrequest-id: r-7\r\n", body.to_string())
    });
    let answer = test.read("/v1.0/me").unwrap();
    assert_eq!((answer.status, answer.request_ids), (403, vec!["r-7".to_owned()]));
    assert_eq!(answer.error.unwrap().code, "AadPremiumLicenseRequired");
}

#[test]
fn an_answer_that_is_not_from_graph_is_named() {
    let html = "<html>Please sign in to the hotel's network: SECRET</html>";
    let test = GraphTest::new(move |_, _| Do::Say(200, "Content-Type: text/html; charset=utf-8\r\n", html.to_owned()));
    let error = test.read("/v1.0/me").unwrap_err().to_string();
    assert!(error.contains("text/html") && !error.contains("SECRET"), "{error}");
    assert!(matches!(test.write(Method::Patch), Err(SendError { maybe_done: true, .. })));

    let test = GraphTest::new(|_, _| Do::Say(200, "Content-Type: application/json\r\n", "{\"SECRET".to_owned()));
    let error = test.read("/v1.0/me").unwrap_err().to_string();
    assert!(error.contains("not whole JSON") && !error.contains("SECRET"), "{error}");

    let test = GraphTest::new(|_, _| Do::Say(200, "", String::new()));
    assert!(matches!(test.read("/v1.0/me"), Err(ReadError::Bad(_))));
    assert_eq!(test.write(Method::Patch).unwrap().body, Value::Null);
    let test = GraphTest::new(move |_, _| Do::Say(403, "Content-Type: text/html\r\n", html.to_owned()));
    let error = test.read("/v1.0/me").unwrap().error.unwrap();
    assert_eq!(error.code, "HTTP 403");
    assert!(!error.message.contains("SECRET"));
}

#[test]
fn a_body_without_end_is_not_read() {
    let big = "x".repeat(17 * 1024 * 1024);
    let test = GraphTest::new(move |_, _| Do::Say(200, "Content-Type: application/json\r\n", big.clone()));
    let error = test.read("/v1.0/me").unwrap_err();
    assert!(matches!(&error, ReadError::Bad(_)), "{error}");
    assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
    assert_eq!(test.server.seen().len(), 1, "the same answer would come again");
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
    let request = fixforme::ports::http::Request {
        method: Method::Get,
        url: format!("{root}/v1.0/me"),
        headers: Vec::new(),
        body: None,
        may_change: false,
        fresh_connection: false,
        timeout: Duration::from_secs(20),
        max_body: 1024 * 1024,
    };
    let error = fixforme::ports::Http::send(&http, &request).unwrap_err();
    assert!(matches!(error, fixforme::ports::http::HttpError::TooLarge(_)), "{error}");
}
