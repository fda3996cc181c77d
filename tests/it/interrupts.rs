//! Ctrl-C in a real process: the first is a wish, the second ends it with a code that tells the truth.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fixforme::host::{Interrupt, SystemClock};
use fixforme::ports::Clock;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::crash::LAB;
use crate::support::home::Home;
use crate::support::release_server::{ReleaseServer, Reply};
use crate::support::releases::{OLD, newer, stem};
use crate::support::sandbox::{Ran, Sandbox};
use crate::support::wait::{LIMIT, wait_until};

/// Says what happens on standard error, which the harness does not capture when it is written to directly.
fn tell(word: &str) {
    std::io::stderr().write_all(format!("told: {word}\n").as_bytes()).unwrap();
}

/// Runs until it is ended from outside.
fn child(open_write: bool) {
    let interrupt = Interrupt::new();
    interrupt.install(|left| tell(&format!("{left:?}"))).unwrap();
    let _write = open_write.then(|| interrupt.write());
    tell("ready");
    SystemClock::new(interrupt.clone()).sleep(LIMIT);
    tell(if interrupt.requested() { "wished" } else { "late" });
    // The flag is set now, and its sleep would end at once; another clock waits for the second signal.
    SystemClock::new(Interrupt::new()).sleep(LIMIT);
}

#[test]
#[ignore = "is started as a process of its own by the tests below"]
fn child_at_rest() {
    child(false);
}

#[test]
#[ignore = "is started as a process of its own by the tests below"]
fn child_in_a_write() {
    child(true);
}

#[expect(clippy::disallowed_methods, reason = "the process that is interrupted is this very test binary")]
fn start(name: &str) -> (Child, impl FnMut() -> String) {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", &format!("interrupts::{name}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let next = move || {
        lines.find_map(|line| line.unwrap().split_once("told: ").map(|(_, word)| word.to_owned())).unwrap_or_default()
    };
    (child, next)
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn the_second_signal_ends_the_process_with_the_truth() {
    for (name, first, second, left, code) in [
        ("child_at_rest", Signal::INT, Signal::INT, "Untouched", 130),
        ("child_at_rest", Signal::TERM, Signal::INT, "Untouched", 130),
        ("child_in_a_write", Signal::INT, Signal::TERM, "Unknown", 8),
    ] {
        let (mut child, mut next) = start(name);
        assert_eq!(next(), "ready");
        signal(&child, first);
        assert_eq!(next(), "wished", "the wait ends, the process does not");
        signal(&child, second);
        assert_eq!(next(), left);
        let status = child.wait().unwrap();
        assert_eq!((status.code(), status.signal()), (Some(code), None), "{name}");
    }
}

/// A program that was started, and what it writes.
fn begin(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn what_does_not_come_of_a_release_is_not_waited_for_after_the_first_signal() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let index = site.offer(&[&newer('9')]);
    let archive = format!("{}.tar.gz", stem(&newer('9')));
    for (name, reply, args) in [
        ("index.json", Reply::Drip, &["--check"][..]),
        ("index.json.minisig", Reply::Silence, &["--check"]),
        (&archive, Reply::Drip, &[]),
        (&archive, Reply::Silence, &[]),
    ] {
        site.publish(&index);
        site.put(name, reply);
        let before = site.requests().len();
        let child = begin(home.command(&[&["update", "--index-url", &site.index_url()], args].concat()));
        wait_until(|| site.requests().iter().skip(before).any(|request| request.ends_with(&format!("/{name}"))));
        signal(&child, Signal::INT);
        let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
        assert!(ran.stderr.contains("You stopped."), "{name}: {}", ran.all());
        assert!(ran.stdout.contains(&format!("Nothing was changed. This is still fixforme {OLD}.")), "{}", ran.all());
        assert_eq!(home.version(), OLD);
    }
}

/// Signals until the process ends, as a person does who is in a hurry.
#[expect(clippy::disallowed_methods, reason = "it waits for another process")]
fn insist(mut child: Child) -> Ran {
    while child.try_wait().unwrap().is_none() {
        signal(&child, Signal::INT);
        std::thread::sleep(Duration::from_millis(150));
    }
    Ran::of(child.wait_with_output().unwrap())
}

/// The last event of a log, which is the only one of its kind there.
fn last_event(log: &str) -> Value {
    let text = fs_err::read_to_string(log).unwrap();
    assert_eq!(text.matches("\"run.finished\"").count(), 1, "{text}");
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn the_second_signal_ends_the_events_and_says_how_the_tenant_is_left() {
    let tenant = LAB.serve(&["stall-after=PATCH /v1.0/**#1"]);
    let sandbox = Sandbox::new();
    let log = sandbox.folder.path().join("log").to_str().unwrap().to_owned();
    for (output, is_json) in [("json", true), ("plain", false)] {
        let _ = fs_err::remove_file(&log);
        let site = ReleaseServer::start();
        site.put("index.json", Reply::Silence);
        let args = ["update", "--check", "--output", output, "--log", &log, "--index-url", &site.index_url()];
        let child = begin(sandbox.command(&args));
        wait_until(|| !site.requests().is_empty());
        let ran = insist(child).exits(130);
        assert_eq!(last_event(&log)["exit"], json!(130));
        assert_eq!(last_event(&log)["state"], json!("Nothing was changed."));
        assert!(ran.stderr.ends_with("Nothing was changed.\n"), "{}", ran.all());
        if is_json {
            assert_eq!(ran.events().last().unwrap()["exit"], json!(130), "{}", ran.all());
        }
    }

    let _ = fs_err::remove_file(&log);
    let mut command = LAB.command(&sandbox, &tenant);
    command.args(["--output", "json", "--log", &log]);
    let child = begin(command);
    wait_until(|| tenant.server.stalled() > 0);
    let ran = insist(child).exits(8);
    let (run, _) = sandbox.journals().pop().unwrap();
    for last in [last_event(&log), ran.events().pop().unwrap()] {
        assert_eq!((&last["type"], &last["exit"], &last["run"]), (&json!("run.finished"), &json!(8), &json!(run)));
        assert!(last["state"].as_str().unwrap().contains("We do not know whether that change was made."), "{last}");
    }
    assert!(ran.stderr.contains("`fixforme resume` finds out and finishes it."), "{}", ran.all());
    tenant.server.release();
}
