//! The Graph client's writes: what is sent at all, what may be sent again, and what is known afterwards.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fixforme::graph::{GraphRoot, SendError, SendErrorKind, Session, Write, Writer};
use fixforme::host::{Interrupt, ReqwestHttp, VirtualClock};
use fixforme::ports::http::Method;
use fixforme::ports::retry::RetryPolicy;
use fixforme::ports::{Credentials, Ui};
use serde_json::{Value, json};

use crate::support::graph::{Do, GraphTest, Server, at, busy, say, seconds_between};
use crate::support::wait::nobody;

#[test]
fn a_post_is_never_repeated_once_it_may_have_been_carried_out() {
    for cut in [0, 1, 2, 3] {
        let test = GraphTest::new(move |_, _| match cut {
            0 => Do::Cut,
            1 => Do::CutInside,
            2 => say(500, json!({"error": {"code": "x", "message": "y"}})),
            _ => say(503, json!({})),
        });
        let error = test.write(Method::Post).unwrap_err();
        assert!(
            matches!(&error, SendError { maybe_done: true, context, .. } if context.request_ids.len() == 1),
            "{error}"
        );
        assert_eq!(test.server.seen().len(), 1, "case {cut}");
    }
    // Refused for now is not carried out.
    let test = GraphTest::new(
        |number, _| if number == 0 { busy("Retry-After: 9\r\n") } else { say(201, json!({"id": "new"})) },
    );
    assert_eq!(test.write(Method::Post).unwrap().body, json!({"id": "new"}));
    assert!(seconds_between(&test.server.seen()[0], &test.server.seen()[1]) >= 9.0);
}

/// Whoever planned it, an old journal too.
#[test]
fn a_write_that_would_hit_what_stands_behind_a_link_is_not_sent() {
    let test = GraphTest::new(|_, _| Do::Say(204, "", String::new()));
    for (method, path, sent) in [
        (Method::Delete, "/v1.0/groups/g1/members/u1", false),
        (Method::Delete, "/beta/Groups/g1/MEMBERS/u1/microsoft.graph.user", false),
        (Method::Patch, "/v1.0/groups('g1')/owners/u1", false),
        (Method::Delete, "/v1.0/users/u1/manager", false),
        (Method::Post, "/v1.0/groups/g1/members/u1/microsoft.graph.user/revokeSignInSessions", false),
        (Method::Delete, "/v1.0/groups/g1/members/graph.user('u1')", false),
        (Method::Delete, "/v1.0/groups/g1/members/u1/microsoft.graph.unheardOf", false),
        (Method::Delete, "/v1.0/groups/g1/members/u1/$ref/microsoft.graph.user", false),
        (Method::Delete, "/v1.0/myorganization/groups/g1/members/u1", false),
        (Method::Delete, "/v1.0/contoso.example/users/u1", false),
        (Method::Delete, "/v1.0/groups/g1/members/u1/$ref", true),
    ] {
        let path = at(path);
        let allowed = vec![(method, path.segments().iter().cloned().map(Some).collect())];
        let write = Write { method, path, headers: Vec::new(), body: None };
        let answer = Writer::new(Arc::clone(&test.session), allowed).send(&write, &|_| true);
        match answer {
            Ok(_) => assert!(sent, "{}", write.path),
            Err(error) => {
                let said = error.to_string();
                let known = said.contains("must end with /$ref") || said.contains("its path names the organization");
                assert!(!sent && known, "{error}");
            }
        }
    }
    assert_eq!(test.server.seen().len(), 1);
}

#[test]
fn a_post_on_a_connection_that_was_cut_while_idle_is_not_repeated() {
    // The first answer leaves the connection open; the server then reads the second request and cuts.
    let test = GraphTest::new(|number, _| if number == 1 { Do::Cut } else { say(200, json!({})) });
    test.read("/v1.0/me").unwrap();
    assert!(matches!(test.write(Method::Post), Err(SendError { maybe_done: true, .. })));
    assert_eq!(test.server.seen().len(), 2);
}

#[test]
fn patch_and_delete_are_repeated_and_the_doubt_stays() {
    let test = GraphTest::new(|number, _| match number {
        0 => Do::Cut,
        1 => say(504, json!({})),
        _ => Do::Say(204, "", String::new()),
    });
    let answer = test.write(Method::Patch).unwrap();
    assert_eq!((answer.status, answer.after_unclear, answer.body), (204, true, Value::Null));
    let bodies: Vec<Value> = test.server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, vec![json!({"displayName": "Ann"}); 3]);

    // The first try removed it, the second finds nothing: the caller is told that a try came before.
    let test = GraphTest::new(|number, _| if number == 0 { Do::Cut } else { say(404, json!({})) });
    let answer = test.write(Method::Delete).unwrap();
    assert_eq!((answer.status, answer.after_unclear), (404, true));

    // After doubt no later refusal makes it certain that nothing happened.
    let test = GraphTest::new(|number, _| if number == 0 { Do::Cut } else { busy("Retry-After: 4000\r\n") });
    assert!(matches!(test.write(Method::Patch), Err(SendError { maybe_done: true, .. })));

    let test = GraphTest::new(|_, _| Do::Cut);
    assert!(matches!(test.write(Method::Put), Err(SendError { maybe_done: true, .. })));
    assert!(test.server.seen().len() > 2);
}

#[test]
fn what_the_plan_does_not_list_is_not_sent() {
    let test = GraphTest::new(|_, _| Do::Say(204, "", String::new()));
    let allowed = vec![(Method::Patch, vec![Some("v1.0".to_owned()), Some("users".to_owned()), Some("1".to_owned())])];
    let writer = Writer::new(Arc::clone(&test.session), allowed);
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
        assert!(matches!(write(method, path), Err(SendError { kind: SendErrorKind::NotSent, .. })), "{method} {path}");
    }
    assert_eq!(test.server.connections.load(Ordering::SeqCst), 0);
    assert_eq!(write(Method::Patch, "/v1.0/users/1").unwrap().status, 204);
}

#[test]
fn without_a_server_nothing_was_sent() {
    let test = GraphTest::new(|_, _| Do::Cut);
    let free = nobody();
    let session = Arc::new(Session::new(
        Arc::new(ReqwestHttp::new(Interrupt::new())),
        Arc::clone(&test.clock),
        Arc::clone(&test.screen) as Arc<dyn Ui>,
        Arc::clone(&test.tokens) as Arc<dyn Credentials>,
        GraphRoot::parse(&format!("http://{free}")).unwrap(),
        RetryPolicy::default(),
    ));
    let allowed = vec![(Method::Post, vec![None, None])];
    let write = Write { method: Method::Post, path: at("/v1.0/users"), headers: Vec::new(), body: None };
    let error = Writer::new(session, allowed).send(&write, &|_| true).unwrap_err();
    assert!(matches!(error, SendError { kind: SendErrorKind::NotSent, .. }), "{error}");
    assert!(!error.to_string().contains("/v1.0/users"), "no path in an error of the network: {error}");
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
        let request = fixforme::ports::http::Request {
            method,
            url: format!("{}{path}", server.root()),
            headers: Vec::new(),
            body: Some(fixforme::ports::http::Body::new(b"{}".to_vec())),
            may_change,
            fresh_connection: false,
            timeout: Duration::from_secs(5),
            max_body: 100,
        };
        fixforme::ports::Http::send(&http, &request).unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let journal = fixforme::host::JournalFolder::new(folder.path().join("state"), interrupt.clone());
    let run = "0190e5b0-0000-7000-8000-000000000001";
    fixforme::ports::Journal::create(&journal, run).unwrap();
    send(Method::Post, "/oauth2/v2.0/token", false);
    assert!(interrupt.is_settled(), "signing in changes nothing");
    send(Method::Patch, "/v1.0/users/1", true);
    assert!(!interrupt.is_settled(), "the outcome is not written down yet");
    fixforme::ports::Journal::append(&journal, run, json!({"type": "outcome"}).to_string()).unwrap();
    assert!(interrupt.is_settled());
    assert_eq!(*open.lock().unwrap(), [false, true]);
}
