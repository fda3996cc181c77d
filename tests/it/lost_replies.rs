//! The answer to a write is lost, once for every write of the lab wizards: what was carried out is found by reading, what
//! may be sent again is, and what was asked for once is never asked for twice.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::support::crash::{EVERYTHING, Fixture, LAB, LAGGING, doubted, made_and, sentence, state};
use crate::support::sandbox::{CONTOSO, Ran, Sandbox, Served};

/// Every write of an undisturbed run, as a fault names it: the method, and which of its kind it is.
fn writes(fixture: &Fixture) -> Vec<(String, usize)> {
    let (sandbox, tenant) = (Sandbox::new(), fixture.serve(&[]));
    let ran = fixture.run(&sandbox, &tenant);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut writes = Vec::new();
    for line in tenant.writes() {
        let method = line.split(' ').next().unwrap().to_owned();
        let count = counts.entry(method.clone()).or_default();
        *count += 1;
        writes.push((method, *count));
    }
    writes
}

/// Runs the wizard with one fault at each write in turn.
fn at_each_write(fixture: &Fixture, fault: &str, test: impl Fn(&str, &Sandbox, &Served, Ran) + Sync) {
    let writes = writes(fixture);
    assert!(writes.len() >= 7, "only {} writes", writes.len());
    let queue = Mutex::new(writes);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((method, nth)) = queue.lock().unwrap().pop() else { break };
                    let fault = format!("{fault}={method} /v1.0/admin/**#{nth}");
                    let (sandbox, tenant) = (Sandbox::new(), fixture.serve(&[&fault]));
                    let ran = fixture.run(&sandbox, &tenant);
                    test(&method, &sandbox, &tenant, ran);
                }
            });
        }
    });
}

#[track_caller]
fn nothing_was_posted_twice(tenant: &Served, all: &str) {
    let posts = tenant.posts();
    let mut once = posts.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), posts.len(), "{all}\n{posts:#?}");
}

fn found_by_reading(fixture: &Fixture) {
    let (_, after) = fixture.ends();
    at_each_write(fixture, "drop", |_, sandbox, tenant, ran| {
        let all = ran.all();
        assert_eq!(ran.code, 0, "{all}");
        assert!(made_and(&sentence(&ran), "verified"), "{all}");
        assert_eq!(state(sandbox, tenant), after, "{all}");
        nothing_was_posted_twice(tenant, &all);
        let _ = sandbox.run_at(tenant, &["rollback", "--yes"]).exits(0);
    });
}

#[test]
fn a_write_whose_answer_is_lost_is_found_by_reading() {
    found_by_reading(&LAB);
}

#[test]
fn a_write_of_every_key_whose_answer_is_lost_is_found_by_reading() {
    found_by_reading(&EVERYTHING);
}

#[test]
fn a_write_whose_answer_is_lost_is_found_by_reading_that_lags() {
    found_by_reading(&LAGGING);
}

#[test]
fn a_write_that_was_cut_off_before_it_arrived_is_sent_once_more() {
    for fixture in [&LAB, &EVERYTHING] {
        let (before, after) = fixture.ends();
        at_each_write(fixture, "refuse", |method, sandbox, tenant, ran| {
            let all = ran.all();
            assert_eq!(ran.code, 0, "{method}: {all}");
            assert!(made_and(&sentence(&ran), "verified"), "{all}");
            assert_eq!(state(sandbox, tenant), after, "{all}");
            nothing_was_posted_twice(tenant, &all);
            let back = sandbox.run_at(tenant, &["rollback", "--yes"]);
            assert_eq!(back.code, 0, "{all}\n{}", back.all());
            assert_eq!(state(sandbox, tenant), before, "{all}\n{}", back.all());
        });
    }
}

const TICKET: &str = r#"
kind  = "actions"
title = "A ticket"

[[write]]
id      = "open"
http    = "POST /v1.0/admin/labTickets"
body    = { subject = "fixforme" }
expect  = [201]
once    = true
landed  = { get = "/v1.0/admin/labTickets", items = "/value", match = { subject = "fixforme" }, capture = { id = "/id" } }
capture = { id = "/id" }
undo    = { http = "DELETE /v1.0/admin/labTickets/{{ captured.id }}", expect = [204] }

[verify]
up_to = "1s"
"#;

#[test]
fn what_somebody_else_left_there_before_is_no_trace_of_ours() {
    let theirs = r#"
[objects."/v1.0/admin/labTickets"]
value = [{ id = "theirs", subject = "fixforme", text = "Keep this." }]
"#;
    // The request never arrives: whoever looks for its trace finds what was there already.
    let tenant = Served::start(&format!("{CONTOSO}{theirs}"), &["refuse=POST /v1.0/admin/**"]);
    let sandbox = Sandbox::new();
    let wizard = sandbox.wizard(&[("ticket", TICKET)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]);
    assert_eq!(sentence(&ran), "Nothing was changed.", "{}", ran.all());
    let back = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(2);
    assert!(back.stderr.contains("there is no run to roll back"), "{}", back.all());
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}

pub const PASS: &str = r#"
kind  = "actions"
title = "A pass"

[[write]]
id           = "issue"
http         = "POST /v1.0/admin/labPasses"
body         = { owner = "{{ run.id }}", secretText = "practice-pass" }
once         = true
landed       = { get = "/v1.0/admin/labPasses", items = "/value", match = { owner = "{{ run.id }}" } }
reveal       = "/secretText"
irreversible = "A pass that was shown cannot be unseen."

[verify]
up_to = "1s"
"#;

#[test]
fn a_secret_whose_answer_is_lost_is_said_to_be_lost() {
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labPasses\"]\nvalue = []\n");
    for (pass, fault, said) in [
        (PASS.to_owned(), "drop=POST /v1.0/admin/labPasses#1", "the answer with its secret, which is given only once"),
        (PASS.replace("\"/secretText\"", "\"/nothing\""), "fail=POST /none:400", "has no secret at `/nothing`"),
    ] {
        let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[fault]));
        let wizard = sandbox.wizard(&[("pass", &pass)]);
        let args = ["run", wizard, "--yes", "--approve", "pass", "--reveal-to", "secret.txt"];
        let ran = sandbox.run_at(&tenant, &args).exits(7);
        assert!(ran.stderr.contains(said), "{}", ran.all());
        assert!(ran.stdout.contains("1 verified by reading back."), "{}", ran.all());
    }
}

#[test]
fn an_answer_that_lacks_what_is_handed_on_fails_the_change_at_that_moment() {
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labTickets\"]\nvalue = []\n");
    let ticket = TICKET.replace("capture = { id = \"/id\" }\nundo", "capture = { id = \"/number\" }\nundo");
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
    let wizard = sandbox.wizard(&[("ticket", &ticket)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(7);
    assert!(ran.stderr.contains("Microsoft's answer lacks `id`, which is needed to roll it back"), "{}", ran.all());
    assert!(sentence(&ran).contains("The answer to one of them (A ticket) was incomplete"), "{}", ran.all());
}

#[test]
fn a_success_that_was_not_expected_is_no_proof() {
    let ring = "kind = \"actions\"\ntitle = \"The bell\"\n[[write]]\nid = \"ring\"\nhttp = \"POST /v1.0/admin/labBell/ring\"\n\
                once = true\nlanded = { get = \"/v1.0/admin/labBell\", match = { rung = \"yes\" } }\nexpect = [201]\n\
                irreversible = \"It was heard.\"\n[verify]\nup_to = \"1s\"\n";
    let seed = "[objects.\"/v1.0/admin/labBell\"]\nloud = true\n[[actions]]\npath = \"/v1.0/admin/labBell/ring\"\n\
                status = 202\nbody = {}\n";
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&format!("{CONTOSO}\n{seed}"), &[]));
    let wizard = sandbox.wizard(&[("bell", ring)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes", "--approve", "bell"]).exits(8);
    assert!(ran.stderr.contains("Microsoft answered 202 where [201] was expected."), "{}", ran.all());
    assert!(doubted(&sentence(&ran)).is_some(), "{}", ran.all());
    assert_eq!(tenant.posts().len(), 1);
}

/// The first try was carried out and its answer lost; the second is refused, which says nothing about the first.
#[test]
fn a_refusal_after_a_lost_answer_is_not_taken_for_the_whole_truth() {
    let lamp = "kind = \"setting\"\ntitle = \"Lamp\"\n[[object]]\nid = \"lamp\"\nget = \"/v1.0/admin/labLamp\"\n\
                fields = [\"lit\"]\nmanaged = [\"lit\"]\ndesired = { lit = \"true\" }\n[verify]\nup_to = \"1s\"\n";
    // Nothing that was written shows in time.
    let seed = format!("lag = \"20m\"\n{CONTOSO}\n[objects.\"/v1.0/admin/labLamp\"]\nlit = false\n");
    let (sandbox, tenant) =
        (Sandbox::new(), Served::start(&seed, &["drop=PATCH /v1.0/**#1", "fail=PATCH /v1.0/**#2:400"]));
    let wizard = sandbox.wizard(&[("lamp", lamp)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(8);
    assert_eq!(tenant.tenant().log().iter().filter(|each| each.method == "PATCH").count(), 2, "{}", ran.all());
    assert_eq!(doubted(&sentence(&ran)), Some("Lamp"), "{}", ran.all());
}
