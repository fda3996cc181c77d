//! The Graph client and a service that is busy, fails, stalls or is not there: how long it waits, and when it gives up.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::sync::Arc;
use std::time::Duration;

use fixforme::graph::{ReadError, SendError, SendErrorKind};
use fixforme::host::{Interrupt, SystemClock, VirtualClock};
use fixforme::ports::http::Method;
use fixforme::ports::retry::RetryPolicy;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::graph::{Do, GraphTest, Screen, busy, say, seconds_between, user};

#[test]
fn retry_after_in_seconds_and_as_a_date_is_never_undercut() {
    let test = GraphTest::new(|number, _| match number {
        0 => busy("Retry-After: 12\r\n"),
        // The service's clock is years away from ours; only its own date counts.
        1 => busy("Retry-After: Tue, 01 Jan 2030 00:00:40 GMT\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n"),
        2 => busy("Retry-After: 7\r\n"),
        _ => say(200, json!({"id": "1"})),
    });
    test.read("/v1.0/me").unwrap();
    let seen = test.server.seen();
    assert!(seconds_between(&seen[0], &seen[1]) >= 12.0);
    assert!(seconds_between(&seen[1], &seen[2]) >= 40.0);
    assert!(seconds_between(&seen[2], &seen[3]) >= 7.0);
    assert_eq!(
        test.waits(),
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
    let test = GraphTest::new(|_, _| busy("Retry-After: 3600\r\nrequest-id: r-1\r\n"));
    let error = test.read("/v1.0/me").unwrap_err();
    assert!(matches!(&error, ReadError::Unavailable(trouble) if trouble.asked == Some(Duration::from_secs(3600))));
    assert_eq!(
        error.to_string(),
        "Microsoft Graph is not available: Microsoft asked us to wait 60 min (busy), \
         which is longer than one operation may take (request-id r-1)"
    );
    assert_eq!(test.server.seen().len(), 1);
    let write = test.write(Method::Patch).unwrap_err();
    assert!(write.kind == SendErrorKind::Busy && write.context.asked.is_some(), "{write}");
}

#[test]
fn without_retry_after_the_waits_grow_until_the_deadline() {
    let test = GraphTest::new(|_, _| busy(""));
    let before = test.clock.now();
    assert!(matches!(test.read("/v1.0/me"), Err(ReadError::Unavailable(_))));
    assert!(test.clock.now().duration_since(before) <= SignedDuration::from_secs(300));
    let seen = test.server.seen();
    assert!((3..=10).contains(&seen.len()));
    // At least half of 3, 6, 12, … seconds: a busy service is not asked again at once, however the dice fall.
    for (number, two) in seen.windows(2).enumerate() {
        let least = (1.5 * f64::from(1 << number)).min(90.0);
        assert!(seconds_between(&two[0], &two[1]) >= least, "{number}");
    }
}

#[test]
fn an_answer_that_is_cut_again_and_again_is_given_up_after_five_tries() {
    let test = GraphTest::new(|number, _| if number % 2 == 0 { Do::Cut } else { Do::CutInside });
    let error = test.read("/v1.0/me").unwrap_err();
    assert!(matches!(&error, ReadError::Unavailable(_)), "{error}");
    assert!(error.to_string().contains("failed 5 times, at last: no whole answer came"), "{error}");
    assert_eq!(test.server.seen().len(), 5);
}

#[test]
fn what_was_asked_of_one_request_holds_for_the_next() {
    let test = GraphTest::new(|_, seen| match seen.method.as_str() {
        "POST" => Do::Say(503, "Retry-After: 30\r\n", String::new()),
        _ => say(200, json!({"id": "1"})),
    });
    assert!(matches!(test.write(Method::Post), Err(SendError { maybe_done: true, .. })));
    test.read("/v1.0/me").unwrap();
    test.read("/v1.0/me").unwrap();
    let seen = test.server.seen();
    assert!(seconds_between(&seen[0], &seen[1]) >= 30.0);
    assert!(seconds_between(&seen[1], &seen[2]) < 1.0);
    assert_eq!(test.waits(), ["Microsoft asked us to wait 30 s (busy)"]);
    // The connection that led to the failing server is left, though it is another request that follows.
    assert_eq!(seen.iter().map(|seen| seen.connection).collect::<Vec<_>>(), [0, 1, 1]);
}

#[test]
fn what_was_asked_of_one_request_and_is_beyond_all_patience_does_not_stop_the_others() {
    let test = GraphTest::new(|_, seen| match seen.target.as_str() {
        "/v1.0/reports" => busy("Retry-After: 3600\r\n"),
        _ => say(200, json!({"id": "1"})),
    });
    assert!(matches!(test.read("/v1.0/reports"), Err(ReadError::Unavailable(_))));
    assert_eq!(test.read("/v1.0/me").unwrap().status, 200);
    assert!(test.waits().is_empty());
}

#[test]
fn a_503_is_asked_again_on_a_new_connection() {
    let test = GraphTest::new(|number, _| match number {
        0 => say(200, json!({})),
        1 => say(429, json!({})),
        2 => Do::Say(503, "Retry-After: 5\r\n", String::new()),
        _ => say(200, json!({})),
    });
    test.read("/v1.0/me").unwrap();
    test.read("/v1.0/me").unwrap();
    let connections: Vec<usize> = test.server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 0, 1]);
}

#[test]
fn an_interrupt_stops_before_the_next_request_and_cuts_waits() {
    let screen = Screen { interrupts_wait: true, ..Screen::default() };
    let test = GraphTest::with(Arc::new(VirtualClock::new()), screen, RetryPolicy::default(), |_, _| {
        busy("Retry-After: 9\r\n")
    });
    assert!(matches!(test.read("/v1.0/me"), Err(ReadError::Stopped)));
    assert!(matches!(test.write(Method::Post), Err(SendError { kind: SendErrorKind::Stopped, .. })));
    assert_eq!(test.server.seen().len(), 1);
    let answers = test.read_all(&(0..50).map(user).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| matches!(answer, Err(ReadError::Stopped))));

    // Interrupted while waiting to repeat a change that may have been made: that is no "stopped".
    let screen = Screen { interrupts_wait: true, ..Screen::default() };
    let test = GraphTest::with(Arc::new(VirtualClock::new()), screen, RetryPolicy::default(), |_, _| Do::Cut);
    assert!(matches!(test.write(Method::Patch), Err(SendError { maybe_done: true, .. })));
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let patience = RetryPolicy { deadline: Duration::from_secs(1), ..RetryPolicy::default() };
    let clock = Arc::new(SystemClock::new(Interrupt::new()));
    let test = GraphTest::with(clock, Screen::default(), patience, |_, _| Do::Stall);
    let error = test.write(Method::Post).unwrap_err();
    assert!(matches!(&error, SendError { maybe_done: true, .. }), "{error}");
    assert!(error.to_string().contains("no answer came in time"), "{error}");
}

#[test]
fn what_asks_to_be_sent_again_is() {
    let violation = || {
        let body = json!({"error": {"code": "Directory_ConcurrencyViolation", "message": "Wait briefly and retry."}});
        Do::Say(409, "Content-Type: application/json\r\nRetry-After: 2\r\n", body.to_string())
    };
    // Two writes met at one object: nothing was done, so that a POST may be sent again as well.
    for method in [Method::Post, Method::Patch, Method::Delete] {
        let test =
            GraphTest::new(move |number, _| if number == 0 { violation() } else { say(200, json!({"id": "it"})) });
        assert_eq!(test.write(method).unwrap().status, 200);
        assert!(seconds_between(&test.server.seen()[0], &test.server.seen()[1]) >= 2.0);
    }
    let test = GraphTest::new(|number, _| say(if number == 0 { 408 } else { 200 }, json!({"id": "it"})));
    assert_eq!(test.write(Method::Patch).unwrap().status, 200);
    // Any other conflict is an answer.
    let test = GraphTest::new(|_, _| say(409, json!({"error": {"code": "Conflict", "message": "No."}})));
    assert_eq!((test.write(Method::Patch).unwrap().status, test.server.seen().len()), (409, 1));
    // A page of the network in place of an answer passes; a read may be sent again.
    let page = || Do::Say(200, "Content-Type: text/html\r\n", "<html>".to_owned());
    let test = GraphTest::new(move |number, _| if number == 0 { page() } else { say(200, json!({"id": "it"})) });
    assert_eq!(test.read("/v1.0/users/1").unwrap().body, json!({"id": "it"}));
}
