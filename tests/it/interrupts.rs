//! Ctrl-C in a real process: the first is a wish, the second ends it with a code that tells the truth.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use fixforme::host::{Interrupt, SystemClock};
use fixforme::seam::Clock;
use rustix::process::{Pid, Signal, kill_process};

/// Says what happens on standard error, which the harness does not capture when it is written to directly.
fn tell(word: &str) {
    std::io::stderr().write_all(format!("told: {word}\n").as_bytes()).unwrap();
}

/// Runs until it is ended from outside, for half a minute at most.
fn child(open_write: bool) {
    let interrupt = Interrupt::new();
    interrupt.install(|left| tell(&format!("{left:?}"))).unwrap();
    let _write = open_write.then(|| interrupt.write());
    tell("ready");
    SystemClock::new(interrupt.clone()).sleep(Duration::from_secs(30));
    tell(if interrupt.requested() { "wished" } else { "late" });
    // The flag is set now, and its sleep would end at once; another clock waits for the second signal.
    SystemClock::new(Interrupt::new()).sleep(Duration::from_secs(30));
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
