//! Faults of the practice tenant as a client meets them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use fixforme::practice::Delivery;
use serde_json::{Value, json};

use crate::support::practice::{CONTOSO, Practice};
use crate::support::wait::wait_until;

#[test]
fn throttling_and_outages_answer_with_their_headers() {
    let practice = Practice::with_faults(CONTOSO, &["throttle=2:5"]);
    let first = practice.get("/v1.0/me");
    assert_eq!((first.status, first.code(), first.header("Retry-After")), (429, "TooManyRequests", "5"));
    assert_eq!(practice.get("/v1.0/me").status, 429);
    assert_eq!(practice.get("/v1.0/me").status, 200);
    let practice = Practice::with_faults(CONTOSO, &["throttle=0.5", "unavailable=0.5"]);
    let statuses: Vec<u16> = (0..40).map(|_| practice.get("/v1.0/me").status).collect();
    for status in [200, 429, 503] {
        assert!(statuses.contains(&status), "{statuses:?}");
    }
    let practice = Practice::with_faults(CONTOSO, &["throttle=1:3", "retry-after=date"]);
    assert_eq!(practice.get("/v1.0/me").header("Retry-After"), "Mon, 21 Sep 2026 14:13:23 GMT");
}

#[test]
fn a_batch_carries_its_requests_own_429() {
    let practice = Practice::with_faults(CONTOSO, &["fail=GET /v1.0/users/bob-id:429"]);
    let requests = json!([{"id": "1", "method": "GET", "url": "/users/bob-id"}, {"id": "2", "method": "GET", "url": "/users/ann-id"}]);
    let answer = practice.send("POST", "/v1.0/$batch", &json!({"requests": requests}));
    let mut statuses: Vec<_> =
        answer.body["responses"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
}

#[test]
fn a_lost_reply_was_applied_and_a_refused_request_was_not() {
    let body = json!({"city": "Ulm"});
    let bob = "/v1.0/users/bob-id";
    let practice = Practice::with_faults(CONTOSO, &["drop=PATCH /v1.0/users/*#1"]);
    assert!(practice.try_send("PATCH", bob, &body).is_err());
    assert_eq!(practice.tenant().object(bob).unwrap()["city"], "Ulm");
    let last = practice.tenant().log().last().unwrap().clone();
    assert_eq!((last.status, last.delivery, last.wrote()), (Some(204), Delivery::Close, true));
    assert_eq!(practice.send("PATCH", bob, &body).status, 204);
    let practice = Practice::with_faults(CONTOSO, &["refuse=PATCH /v1.0/users/*#1"]);
    assert!(practice.try_send("PATCH", bob, &body).is_err());
    assert!(practice.tenant().object(bob).unwrap().get("city").is_none());
    assert_eq!(practice.tenant().writes(), 0);
}

#[test]
fn a_stalled_request_waits_until_it_is_released() {
    for (fault, applied) in [("stall=PATCH /v1.0/users/*", false), ("stall-after=PATCH /v1.0/users/*", true)] {
        let practice = Practice::with_faults(CONTOSO, &[fault]);
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| practice.try_send("PATCH", "/v1.0/users/bob-id", &json!({"city": "Ulm"})));
            wait_until(|| practice.server.stalled() > 0);
            assert_eq!(practice.tenant().object("/v1.0/users/bob-id").unwrap().get("city").is_some(), applied);
            assert_eq!(practice.get("/v1.0/me").status, 200, "others are served meanwhile");
            practice.server.release();
            assert_eq!(asking.join().unwrap().is_ok(), applied);
        });
    }
}

#[test]
fn somebody_else_changes_the_object_just_before_it_is_read() {
    let faults = [
        "drift=GET /v1.0/users/bob-id#2:{\"city\":\"Ulm\",\"mobilePhone\":null}",
        "drift=GET /v1.0/users/*/authentication/emailMethods/**#1:{\"emailAddress\":\"other@example.net\"}",
        "drift=GET /v1.0/lab/things/t1:null",
    ];
    let practice = Practice::with_faults(CONTOSO, &faults);
    let bob = "/v1.0/users/bob-id?$select=city,mobilePhone";
    assert_eq!(practice.get(bob).body["mobilePhone"], "+1 4255550100");
    let second = practice.get(bob).body;
    assert_eq!((&second["city"], second.get("mobilePhone")), (&json!("Ulm"), None));
    let email = "/v1.0/users/bob-id/authentication/emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
    assert_eq!(practice.get(email).body["emailAddress"], "other@example.net");
    assert_eq!(practice.get("/v1.0/lab/things/t1").status, 404);
    assert_eq!(practice.tenant().writes(), 0, "it was not the client who wrote");
}

#[test]
fn a_chosen_request_fails_and_html_comes_where_json_should() {
    let practice =
        Practice::with_faults(CONTOSO, &["fail=PATCH /v1.0/users/*#2:409:Conflict", "html=GET /v1.0/lab/settings"]);
    let send = || practice.send("PATCH", "/v1.0/users/bob-id", &json!({"city": "Ulm"}));
    assert_eq!(send().status, 204);
    let second = send();
    assert_eq!((second.status, second.code()), (409, "Conflict"));
    assert_eq!(send().status, 204);
    let page = practice.get("/v1.0/lab/settings");
    assert_eq!((page.status, &page.body), (200, &Value::Null));
    assert!(page.header("Content-Type").starts_with("text/html"));
}
