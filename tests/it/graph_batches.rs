//! The Graph client's `$batch`: reads in twenties, and each inner answer on its own.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fixforme::graph::{Read, ReadError};
use fixforme::host::VirtualClock;
use fixforme::ports::Clock;
use fixforme::ports::retry::RetryPolicy;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::graph::{Do, GraphTest, Screen, Seen, batch, number_of, say, seconds_between, user};

#[test]
fn many_reads_go_in_batches_of_twenty() {
    let test = GraphTest::new(|_, seen| batch(seen, |url| Some((200, json!({}), json!({"id": number_of(url)})))));
    let reads: Vec<Read> = (0..130).map(user).collect();
    let answers = test.read_all(&reads);
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().body, json!({"id": number}));
    }
    let seen = test.server.seen();
    assert_eq!(seen.len(), 7);
    assert!(seen.iter().all(|seen| seen.method == "POST"));
    assert_eq!(test.tokens.asked.lock().unwrap().len(), 1, "four threads, one sign-in");
}

#[test]
fn only_what_was_refused_for_now_is_sent_again_after_the_longest_wait() {
    let test = GraphTest::new(|_, seen| {
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
    let answers = test.read_all(&reads);
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
    let seen = test.server.seen();
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
    let patience = RetryPolicy { deadline: Duration::from_secs(3600), tries: 30, ..RetryPolicy::default() };
    let test = GraphTest::with(clock, Screen::default(), patience, move |_, seen| {
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
    test.reader().read_all(&reads, &mut |index, result| {
        assert_eq!(result.unwrap().body, json!({"id": index}));
        answered += 1;
    });
    assert_eq!((answered, undercut.load(Ordering::SeqCst)), (READS, 0));
}

#[test]
fn a_batch_without_a_usable_answer_is_read_one_by_one() {
    let test = GraphTest::new(|_, seen| match seen.method.as_str() {
        "POST" => Do::Say(200, "Content-Type: text/html\r\n", "<html>".to_owned()),
        _ => say(200, json!({"id": number_of(&seen.target)})),
    });
    let answers = test.read_all(&[user(1), user(2)]);
    assert_eq!(answers[1].as_ref().unwrap().body, json!({"id": 2}));
    let test = GraphTest::new(|_, _| say(503, json!({})));
    assert!(test.read_all(&[user(1), user(2)]).iter().all(|each| matches!(each, Err(ReadError::Unavailable(_)))));
}

#[test]
fn a_batch_whose_answers_are_refused_for_ever_is_given_up_in_time_and_names_the_request() {
    let test = GraphTest::new(|_, seen| {
        batch(seen, |url| {
            Some(match number_of(url) {
                0 => (503, json!({"Retry-After": "20", "request-id": "inner-0"}), json!({})),
                1 => (429, json!({}), json!({})),
                number => (200, json!({}), json!({"id": number})),
            })
        })
    });
    let before = test.clock.now();
    let answers = test.read_all(&(0..5).map(user).collect::<Vec<_>>());
    assert!(test.clock.now().duration_since(before) <= SignedDuration::from_secs(300));
    for answer in &answers[..2] {
        let error = answer.as_ref().unwrap_err().to_string();
        assert!(error.contains("failed for 5 min, at last: the service failed with status 503"), "{error}");
        assert!(error.ends_with("(request-id inner-0)"), "{error}");
    }
    assert!(answers[2..].iter().all(Result::is_ok));
    let attempts: Vec<Option<String>> =
        test.server.seen().iter().map(|seen| seen.header("retry-attempt").map(str::to_owned)).collect();
    assert_eq!(attempts.len(), 16, "every 20 s for 300 s");
    assert_eq!(attempts[..3], [None, Some("1".to_owned()), Some("2".to_owned())]);
}
