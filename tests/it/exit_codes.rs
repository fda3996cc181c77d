//! Every exit code that a caller may meet, each by a whole process. The table below is the place to add the next one.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::home::Home;
use crate::support::release_server::ReleaseServer;
use crate::support::releases::newer;
use crate::support::sandbox::{Ran, Sandbox, Served, foreign_token, project};

const POLICY: &str = "/v1.0/policies/authorizationPolicy";

const OFFICE: &str = "tests/lab/office";
const OFF: [&str; 2] = ["--set", "goal=off"];

fn rehearse(sandbox: &Sandbox, more: &[&str]) -> Ran {
    sandbox.run(&[&["rehearse", &project(OFFICE), "--yes"], more].concat())
}

fn switch_off(sandbox: &Sandbox, more: &[&str]) -> Ran {
    rehearse(sandbox, &[&OFF, more].concat())
}

/// The same in the tenant of the wizard with some of it exchanged.
fn switch_off_where(sandbox: &Sandbox, from: &str, to: &str) -> Ran {
    let tenant = fs_err::read_to_string(project(&format!("{OFFICE}/rehearsal/people/tenant.toml"))).unwrap();
    let tenant = sandbox.write("tenant.toml", &tenant.replace(from, to));
    switch_off(sandbox, &["--practice", &tenant])
}

fn answers() -> String {
    project(&format!("{OFFICE}/rehearsal/people/answers.toml"))
}

/// Presses Ctrl-C once the program says that it waits.
fn interrupted_in_a_wait(sandbox: &Sandbox) -> Ran {
    let served = Served::case(OFFICE, "people", &["throttle=1:60"]);
    let folder = project(OFFICE);
    let args = [&["run", &folder, "--yes"], &OFF[..]].concat();
    let mut child = sandbox.command_at(&served, &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("asked us to wait 60 s") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "it ended before it waited:\n{said}");
    }
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let mut ran = Ran::of(output);
    assert!(!ran.stderr.contains('\u{1b}'), "an escape in what is not a terminal: {}", ran.all());
    ran.stderr.insert_str(0, &said);
    ran
}

fn internal(sandbox: &Sandbox) -> Ran {
    // A state folder that is a file: a failure of this machine, not of the tenant or the person.
    let file = sandbox.write("a-file", "");
    let mut command: Command = sandbox.command(&["runs"]);
    Ran::of(command.env("FIXFORME_STATE_DIR", file).output().unwrap())
}

fn folder_wizard(sandbox: &Sandbox) -> Ran {
    let mut command =
        sandbox.command(&[&["run", &project(OFFICE), "--yes", "--tenant", "contoso.example"], &OFF[..]].concat());
    Ran::of(command.env("FIXFORME_ACCESS_TOKEN", foreign_token()).output().unwrap())
}

fn newer_version(_: &Sandbox) -> Ran {
    let (home, site) = (Home::new(), ReleaseServer::start());
    site.offer(&[&newer('9')]);
    home.update(&site, &["--check"])
}

/// The code, what leads to it, and a part of what is said of the tenant.
type Row = (i32, &'static str, fn(&Sandbox) -> Ran, &'static str);

const ROWS: &[Row] = &[
    (0, "a change is verified", |sandbox| switch_off(sandbox, &[]), "1 change was made and verified."),
    (1, "the state folder cannot be used", internal, "Nothing was changed."),
    (2, "an unknown wizard", |sandbox| sandbox.run(&["run", "sspr-admin"]), "Nothing was changed."),
    (
        3,
        "a check finds problems",
        |sandbox| {
            let served = Served::case(OFFICE, "people", &[]);
            sandbox.run_at(&served, &[&["check", &project(OFFICE)], &OFF[..]].concat())
        },
        "Nothing was changed.",
    ),
    (4, "nothing is answered", |sandbox| rehearse(sandbox, &[]), "Nothing was changed."),
    (
        5,
        "no role that may change it",
        |sandbox| switch_off_where(sandbox, "\"Global Administrator\"", "\"Global Reader\""),
        "Nothing was changed.",
    ),
    (
        6,
        "the first change is refused",
        |sandbox| {
            let fault = format!("fail=PATCH {POLICY}:400");
            switch_off(sandbox, &["--fault", &fault])
        },
        "Nothing was changed.",
    ),
    (
        7,
        "one change of three is refused",
        |sandbox| rehearse(sandbox, &["--answers", &answers(), "--fault", "fail=PATCH /v1.0/users/*#1:400"]),
        "2 of 3 changes were made and verified.",
    ),
    (
        8,
        "no answer to a change, and none to the question whether it was made",
        |sandbox| {
            let (drop, fail) = (format!("drop=PATCH {POLICY}"), format!("fail=GET {POLICY}#3+:503"));
            switch_off(sandbox, &["--fault", &drop, "--fault", &fail])
        },
        "We do not know whether change 1 ",
    ),
    (9, "a folder's wizard and a real token", folder_wizard, "Nothing was changed."),
    (
        10,
        "the service is not available",
        |sandbox| switch_off(sandbox, &["--fault", "unavailable=1.0"]),
        "Nothing was changed.",
    ),
    (
        11,
        "the tenant shows the change too late",
        |sandbox| switch_off_where(sandbox, "\"0s\"", "\"20m\""),
        "1 change was made; 1 could not be read back yet.",
    ),
    (80, "a newer version was released", newer_version, "is available; this is"),
    (130, "Ctrl-C in a wait", interrupted_in_a_wait, "Nothing was changed."),
];

#[test]
fn every_exit_code_is_met_with_a_true_sentence() {
    let mut wrong = Vec::new();
    for (code, name, run, state) in ROWS {
        let ran = run(&Sandbox::new());
        if ran.code != *code || !(ran.stdout.contains(state) || ran.stderr.contains(state)) {
            wrong.push(format!("{code} ({name}), wanted `{state}`:\n{}", ran.all()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_readme_and_the_table_have_the_same_codes() {
    let readme = fs_err::read_to_string(project("README.md")).unwrap();
    let section = readme.split("### Exit codes").nth(1).unwrap().split("###").next().unwrap();
    let promised: BTreeMap<i32, &str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter_map(|(code, meaning)| Some((code.parse().ok()?, meaning)))
        .collect();
    let met: Vec<i32> = ROWS.iter().map(|row| row.0).collect();
    let unmet: Vec<_> = promised.iter().filter(|(code, _)| !met.contains(code)).collect();
    assert!(unmet.is_empty(), "the README promises codes that no row of this file meets: {unmet:?}");
    assert!(met.iter().all(|code| promised.contains_key(code)), "a code is not in the README: {met:?}");
}
