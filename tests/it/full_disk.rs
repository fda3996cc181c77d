//! A disk that takes no more: at each record of the journal in turn, once or from then on, the disk says no. The run stops
//! there, says so, and what it leaves is settled like after a crash.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use crate::support::crash::{KillTest, LAB, Path, not_tested, strace, sweep};
use crate::support::sandbox::{Ran, Sandbox};

/// The command under strace, which writes down what is forced to the disk, and refuses what `inject` says.
fn traced(plain: &Command, inject: &[&str], log: &std::path::Path) -> Command {
    let mut command = strace(&["-f", "-qq", "-y", "-e", "trace=fdatasync,fsync", "-o", log.to_str().unwrap()]);
    command.args(inject);
    command.arg(plain.get_program()).args(plain.get_args()).env_clear().stdin(Stdio::null());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(plain.get_current_dir().unwrap());
    command
}

/// Whether every change that was sent was written down with its outcome.
fn is_closed(records: &[Value]) -> bool {
    let count = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
    count("plan") == 1 && count("intent") == count("outcome")
}

/// A file whose name is not on the disk is lost with a power cut, however safe its content is.
#[test]
fn a_journals_name_is_on_the_disk_before_its_first_record() {
    if strace(&["-V"]).output().is_err() {
        not_tested("the order in which a journal is forced to the disk is not known");
        return;
    }
    let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&[]));
    let log = sandbox.folder.path().join("forced.txt");
    let _ = Ran::of(traced(&LAB.command(&sandbox, &tenant), &[], &log).output().unwrap()).exits(0);
    let log = fs_err::read_to_string(&log).unwrap();
    let (run, records) = sandbox.journals().remove(0);
    let state = sandbox.state().display().to_string();
    let (file, folder) = (format!("<{state}/runs/{run}.ndjson>"), format!("<{state}/runs>"));
    let calls: Vec<&str> = log.lines().filter(|line| line.contains(&file) || line.contains(&folder)).collect();
    let is = |at: usize, call: &str, what: &str| calls[at].contains(&format!("{call}(")) && calls[at].contains(what);
    assert!(is(0, "fsync", &file) && is(1, "fsync", &folder) && is(2, "fdatasync", &file), "{log}");
    // And each record is forced there by itself.
    assert_eq!(calls.iter().filter(|call| call.contains("fdatasync(")).count(), records.len(), "{log}");
    let key = log.lines().position(|line| line.contains("fsync(") && line.contains(&format!("<{state}>")));
    assert!(key.is_some(), "the key's name is not forced to the disk: {log}");
}

#[test]
fn a_run_whose_journal_cannot_be_written_stops_and_is_settled_afterwards() {
    if strace(&["-V"]).output().is_err() {
        not_tested("no disk was full at a record of the journal");
        return;
    }
    let test = KillTest::new(&LAB);
    let wrong = Mutex::new(Vec::new());
    // A change takes three records: such steps come to each of them, of one change or another.
    for (again, way, step) in [("", Path::Resume, 4), ("+", Path::Rollback, 5)] {
        sweep(|number| {
            let k = 1 + (number - 1) * step;
            let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&[]));
            let log = sandbox.folder.path().join("refused.txt");
            let inject = format!("inject=fdatasync,fsync:error=ENOSPC:when={k}{again}");
            let ran = Ran::of(traced(&LAB.command(&sandbox, &tenant), &["-e", &inject], &log).output().unwrap());
            if !fs_err::read_to_string(&log).unwrap().contains("(INJECTED)") {
                return false;
            }
            let all = ran.all();
            let records = sandbox.journals().pop().map(|(_, records)| records).unwrap_or_default();
            let told = all.contains("No space left on device");
            let truth = match ran.code {
                // Before the first change, or once each has its outcome.
                1 if tenant.writes().is_empty() => all.contains("Nothing was changed."),
                1 => is_closed(&records),
                8 => all.contains("We do not know whether the last change was made"),
                _ => false,
            };
            let sent = tenant.writes().len();
            let noted = records.iter().filter(|record| record["type"] == "outcome").count();
            if !told || !truth || sent > noted + 1 {
                let all = format!("=== {inject}: {sent} sent, {noted} outcomes\n{all}");
                wrong.lock().unwrap().push(all);
            }
            test.settle(&inject, way, &sandbox, &tenant);
            true
        });
    }
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} runs end wrongly\n{}", wrong.len(), wrong.join("\n"));
    test.verdict(10);
}
