//! The Graph client and lists that come in pages.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fixforme::graph::{Read, ReadError};
use fixforme::host::VirtualClock;
use fixforme::ports::Clock;
use serde_json::{Value, json};

use crate::support::graph::{GraphTest, Seen, Server, at, batch, busy, say};

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
        let test = GraphTest::new(move |_, seen| {
            let good = seen.header("host").unwrap();
            let port = good.rsplit(':').next().unwrap();
            let link = template.replace("{good}", good).replace("{port}", port);
            say(200, json!({"value": [1], "@odata.nextLink": link}))
        });
        assert!(matches!(test.read_pages("/v1.0/users"), Err(ReadError::Bad(_))), "{link}");
        assert_eq!(test.server.seen().len(), 1, "{link}");
    }
    assert_eq!(evil.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn pages_are_followed_to_the_end_and_each_item_is_cut_to_what_is_kept() {
    let test = GraphTest::new(|number, seen| {
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
    assert_eq!(test.reader().read(&read).unwrap().body, json!({"value": [1, 2, 3]}));
    let seen = test.server.seen();
    assert_eq!(seen[1].target, "/v1.0/users?$skiptoken=p%270");
    assert!(seen.iter().all(|seen| seen.header("consistencylevel") == Some("eventual")));
}

#[test]
fn a_list_is_whole_or_not_at_all() {
    let next = |seen: &Seen| format!("http://{}/v1.0/users?$skiptoken=same", seen.header("host").unwrap());
    let test = GraphTest::new(move |_, seen| say(200, json!({"value": [1], "@odata.nextLink": next(seen)})));
    let error = test.read_pages("/v1.0/users").unwrap_err();
    assert!(error.to_string().contains("leads back"), "{error}");
    assert_eq!(test.server.seen().len(), 2);

    let test = GraphTest::new(move |number, seen| match number {
        0 => say(200, json!({"value": [1], "@odata.nextLink": next(seen)})),
        _ => say(403, json!({"error": {"code": "Forbidden", "message": "No."}})),
    });
    let answer = test.read_pages("/v1.0/users").unwrap();
    assert_eq!((answer.status, answer.body["value"].clone()), (403, Value::Null));

    for odd in [json!({"id": 1}), json!([1]), json!({"value": {}}), json!({"value": [], "@odata.nextLink": 7})] {
        let test = GraphTest::new(move |_, _| say(200, odd.clone()));
        assert!(matches!(test.read_pages("/v1.0/users"), Err(ReadError::Bad(_))));
    }
}

#[test]
fn a_list_whose_place_expired_is_read_once_more() {
    let expired = || say(400, json!({"error": {"code": "Directory_ExpiredPageToken", "message": "Too late."}}));
    let page = |seen: &Seen| {
        let next = format!("http://{}/v1.0/users?$skiptoken=2", seen.header("host").unwrap());
        say(200, json!({"value": ["a"], "@odata.nextLink": next}))
    };
    let test = GraphTest::new(move |number, seen| match number {
        0 | 2 => page(seen),
        1 => expired(),
        _ => say(200, json!({"value": ["b"]})),
    });
    assert_eq!(test.read_pages("/v1.0/users").unwrap().body, json!({"value": ["a", "b"]}));
    let test = GraphTest::new(move |number, seen| if number % 2 == 0 { page(seen) } else { expired() });
    assert_eq!(test.read_pages("/v1.0/users").unwrap().status, 400);
    assert_eq!(test.server.seen().len(), 4);
}

#[test]
fn a_paged_read_in_a_batch_goes_on_with_its_links() {
    let test = GraphTest::new(|_, seen| {
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
    let answers = test.read_all(&[list("/v1.0/users/1/memberOf"), list("/v1.0/users/2/memberOf")]);
    assert_eq!(answers[0].as_ref().unwrap().body, json!({"value": ["a", "b"]}));
    assert_eq!(answers[1].as_ref().unwrap().body, json!({"value": []}));
}
