//! Actions are verified like everything else: what their step wants, or the trace that they leave, is read until it shows
//! or the window is over. What nothing can show is called accepted, and nothing else.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;

use crate::support::crash::sentence;
use crate::support::sandbox::{CONTOSO, Ran, Sandbox, Served};

const LAMP: &str = r#"
kind    = "actions"
title   = "The lamp"
ok_when = "reads.lamp.body.lit == true"

[[read]]
id     = "lamp"
get    = "/v1.0/admin/labLamp"
fields = ["lit"]

[[write]]
id   = "light"
http = "PATCH /v1.0/admin/labLamp"
body = { lit = true }
undo = { http = "PATCH /v1.0/admin/labLamp", body = { lit = false } }

[verify]
up_to = "5s"
"#;

fn tenant(lag: &str) -> Served {
    let labs = "[objects.\"/v1.0/admin/labLamp\"]\nlit = false\n[objects.\"/v1.0/admin/labTickets\"]\nvalue = []\n";
    Served::start(&format!("lag = {lag:?}\n{CONTOSO}\n{labs}"), &[])
}

/// Runs one step for a program, and the same for a person; returns the first, its events, and what became of the change.
fn run(tenant: &Served, sandbox: &Sandbox, step: &str) -> (Ran, Vec<Value>) {
    let wizard = sandbox.wizard(&[("lamp", step)]);
    let ran = sandbox.run_at(tenant, &["run", wizard, "--yes", "--output", "json", "--report", "report"]);
    let events = ran.events();
    (ran, events)
}

fn outcome(events: &[Value]) -> &str {
    let last = events.iter().rfind(|event| event["type"] == "change.finished").unwrap();
    last["outcome"].as_str().unwrap()
}

/// What a report written beside a run says of its only change.
fn reported(sandbox: &Sandbox) -> Value {
    let files = fs_err::read_dir(sandbox.folder.path().join("report")).unwrap();
    let json = files.map(|file| file.unwrap().path()).find(|path| path.extension().is_some_and(|end| end == "json"));
    let report: Value = serde_json::from_str(&fs_err::read_to_string(json.unwrap()).unwrap()).unwrap();
    report["changes"][0]["outcome"].clone()
}

#[test]
fn what_a_step_wants_is_read_until_it_shows() {
    let (sandbox, tenant) = (Sandbox::new(), tenant("1s"));
    let (ran, events) = run(&tenant, &sandbox, LAMP);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert_eq!(outcome(&events), "verified", "{}", ran.all());
    let end = events.last().unwrap();
    assert_eq!((&end["state"], &end["verified"]), (&"1 change was made and verified.".into(), &1.into()));
}

#[test]
fn what_a_step_wants_and_never_comes_true_is_not_verified_on_any_face() {
    let never = LAMP.replace("lit == true", "lit == 'green'").replace("5s", "1s");
    let (sandbox, tenant) = (Sandbox::new(), tenant("0s"));
    let (ran, events) = run(&tenant, &sandbox, &never);
    assert_eq!(ran.code, 3, "{}", ran.all());
    assert_eq!(outcome(&events), "applied_not_yet_visible", "{}", ran.all());
    assert_eq!(reported(&sandbox), "applied_not_yet_visible");
    let end = events.last().unwrap();
    assert_eq!(end["state"], "1 change was made; 1 could not be confirmed by reading.");
    assert_eq!((&end["changed"], &end["verified"]), (&1.into(), &0.into()), "{}", ran.all());
    // It stands, and is taken back like any other.
    let back = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(sentence(&back), "1 change was made and rolled back.");
    assert_eq!(tenant.canonical().to_string(), tenant.start);
}

#[test]
fn what_comes_after_an_action_waits_until_it_is_verified() {
    let after = "# needs\n".to_owned() + &LAMP.replace("labLamp", "labSecond").replace("The lamp", "The second lamp");
    let never = LAMP.replace("lit == true", "lit == 'green'").replace("5s", "1s");
    let second = "[objects.\"/v1.0/admin/labSecond\"]\nlit = false\n";
    for (first, code, sent) in [(LAMP, 0, 2), (&never, 3, 1)] {
        let lamp = "[objects.\"/v1.0/admin/labLamp\"]\nlit = false\n";
        let tenant = Served::start(&format!("lag = \"0.5s\"\n{CONTOSO}\n{lamp}{second}"), &[]);
        let sandbox = Sandbox::new();
        let wizard = sandbox.wizard(&[("first", first), ("second", &after)]);
        let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(code);
        assert_eq!(tenant.writes().len(), sent, "{}", ran.all());
    }
}

#[test]
fn the_actions_of_a_step_are_made_one_after_the_other_and_judged_together() {
    let both = LAMP.replace(
        "[verify]",
        "[[write]]\nid = \"open\"\nhttp = \"PATCH /v1.0/admin/labLamp\"\nbody = { lit = true, bright = true }\n\
         undo = { http = \"PATCH /v1.0/admin/labLamp\", body = { bright = false } }\n[verify]",
    );
    let both = both
        .replace("reads.lamp.body.lit == true", "reads.lamp.body.bright == true")
        .replace("[\"lit\"]", "[\"bright\"]");
    let (sandbox, tenant) = (Sandbox::new(), tenant("0s"));
    let (ran, events) = run(&tenant, &sandbox, &both);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert_eq!(events.last().unwrap()["verified"], 2, "{}", ran.all());
}

#[test]
fn a_trace_is_read_until_it_shows_and_without_one_the_answer_is_all_that_is_known() {
    let ticket = |landed: &str| {
        format!(
            "kind = \"actions\"\ntitle = \"A ticket\"\n[[write]]\nid = \"open\"\nhttp = \"POST /v1.0/admin/labTickets\"\n\
             body = {{ subject = \"{{{{ run.id }}}}\" }}\n{landed}irreversible = \"It was read.\"\n[verify]\nup_to = \"2s\"\n"
        )
    };
    let trace = "once = true\nlanded = { get = \"/v1.0/admin/labTickets\", items = \"/value\", match = { subject = \"{{ run.id }}\" } }\n";
    for (landed, lag, code, said, is) in [
        (trace, "0.7s", 0, "1 change was made and verified.", "verified"),
        (trace, "20m", 11, "1 change was made; 1 could not be read back yet.", "applied_not_yet_visible"),
        ("", "0s", 0, "1 change was accepted by Microsoft, not read back.", "accepted"),
    ] {
        let (sandbox, tenant) = (Sandbox::new(), tenant(lag));
        let wizard = sandbox.wizard(&[("ticket", &ticket(landed))]);
        let args = ["run", wizard, "--yes", "--approve", "ticket", "--output", "json", "--report", "report"];
        let ran = sandbox.run_at(&tenant, &args).exits(code);
        let events = ran.events();
        assert_eq!(events.last().unwrap()["state"], said, "{}", ran.all());
        assert_eq!((outcome(&events), &reported(&sandbox)), (is, &is.into()), "{}", ran.all());
    }
}
