//! Crash points: the real program is killed while the tenant waits, or at a record of its journal, and must then
//! bring the tenant to one of two states, all or nothing, and say which.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Stdio;

use fixforme::practice::Fault;

use crate::support::crash::{ADMINS, EVERYTHING, Fixture, KillTest, LAB, LAGGING, Path, kill_when_stalled, sweep};
#[cfg(target_os = "linux")]
use crate::support::crash::{not_tested, strace};
use crate::support::sandbox::Sandbox;

/// Kills the run at each request that fits, once before and once after it is carried out, and goes on both ways.
fn sweep_requests(fixture: &Fixture, test: &KillTest, faults: &[&str]) {
    for fault in faults {
        for way in [Path::Resume, Path::Rollback] {
            sweep(|k| {
                let fault = format!("{fault}#{k}");
                let (sandbox, tenant) = (Sandbox::new(), fixture.serve(&[&fault]));
                if !kill_when_stalled(fixture.command(&sandbox, &tenant), &tenant) {
                    return false;
                }
                test.settle(&fault, way, &sandbox, &tenant);
                true
            });
        }
    }
}

const WRITES: [&str; 6] = [
    "stall=PATCH /v1.0/**",
    "stall-after=PATCH /v1.0/**",
    "stall=POST /v1.0/admin/**",
    "stall-after=POST /v1.0/admin/**",
    "stall=DELETE /v1.0/**",
    "stall-after=DELETE /v1.0/**",
];

#[test]
fn a_run_killed_at_any_write_or_read_ends_whole_or_not_at_all() {
    let test = KillTest::new(&LAB);
    sweep_requests(&LAB, &test, &WRITES);
    sweep_requests(&LAB, &test, &["stall=GET /v1.0/admin/**"]);
    test.verdict(24);
}

#[test]
fn a_run_of_every_key_killed_at_any_write_ends_whole_or_not_at_all() {
    let test = KillTest::new(&EVERYTHING);
    sweep_requests(&EVERYTHING, &test, &WRITES);
    test.verdict(24);
}

#[test]
fn reads_that_lag_change_nothing_about_that() {
    let test = KillTest::new(&LAGGING);
    sweep_requests(&LAGGING, &test, &["stall-after=PATCH /v1.0/**", "stall-after=POST /v1.0/admin/**"]);
    test.verdict(10);
}

#[test]
fn the_shipped_wizard_killed_at_any_write_ends_whole_or_not_at_all() {
    let test = KillTest::new(&ADMINS);
    let faults = [
        "stall=PATCH /v1.0/**",
        "stall-after=PATCH /v1.0/**",
        "stall=POST /v1.0/users/**",
        "stall-after=POST /v1.0/users/**",
    ];
    sweep_requests(&ADMINS, &test, &faults);
    test.verdict(12);
}

#[test]
fn a_second_crash_while_resuming_or_rolling_back_changes_nothing_about_that() {
    let test = KillTest::new(&LAB);
    for first in ["stall=PATCH /v1.0/**", "stall-after=PATCH /v1.0/**"] {
        for (verb, second, way) in [
            ("resume", "stall-after=* /v1.0/admin/labLamp#1", Path::Resume),
            ("resume", "stall-after=PATCH /v1.0/**#1", Path::Resume),
            ("rollback", "stall=PATCH /v1.0/**#1", Path::Rollback),
            ("rollback", "stall-after=PATCH /v1.0/**#1", Path::Rollback),
        ] {
            sweep(|k| {
                let fault = format!("{first}#{k}");
                let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&[&fault]));
                if !kill_when_stalled(LAB.command(&sandbox, &tenant), &tenant) {
                    return false;
                }
                tenant.tenant().set_faults(vec![Fault::parse(second).unwrap()]);
                // Where there is nothing to be stopped at, it is one crash; that counts as well.
                kill_when_stalled(sandbox.command_at(&tenant, &[verb, "--yes"]), &tenant);
                if second == "stall-after=PATCH /v1.0/**#1" && verb == "resume" {
                    // A third: what a rollback has begun, `resume` ends.
                    tenant.tenant().set_faults(vec![Fault::parse("stall-after=PATCH /v1.0/**#1").unwrap()]);
                    kill_when_stalled(sandbox.command_at(&tenant, &["rollback", "--yes"]), &tenant);
                }
                test.settle(&format!("{fault}, then {verb} at {second}"), way, &sandbox, &tenant);
                true
            });
        }
    }
    test.verdict(16);
}

#[test]
fn a_rollback_killed_at_any_write_is_ended_by_the_next_one_though_reads_lag() {
    let test = KillTest::new(&LAGGING);
    for fault in WRITES {
        sweep(|k| {
            let (sandbox, tenant) = (Sandbox::new(), LAGGING.serve(&[]));
            let _ = LAGGING.run(&sandbox, &tenant).exits(0);
            tenant.tenant().set_faults(vec![Fault::parse(&format!("{fault}#{k}")).unwrap()]);
            if !kill_when_stalled(sandbox.command_at(&tenant, &["rollback", "--yes"]), &tenant) {
                return false;
            }
            test.settle(&format!("rollback at {fault}#{k}"), Path::Rollback, &sandbox, &tenant);
            true
        });
    }
    test.verdict(10);
}

/// At each record of the journal that is forced to the disk.
#[cfg(target_os = "linux")]
#[test]
fn a_run_killed_at_any_record_of_the_journal_ends_whole_or_not_at_all() {
    if strace(&["-V"]).output().is_err() {
        not_tested("no crash at a record of the journal was tried");
        return;
    }
    let test = KillTest::new(&LAB);
    for way in [Path::Resume, Path::Rollback] {
        sweep(|k| {
            let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&[]));
            let plain = LAB.command(&sandbox, &tenant);
            let inject = format!("inject=fdatasync,fsync:signal=SIGKILL:when={k}");
            let mut command = strace(&["-f", "-qq", "-o", "/dev/null", "-e", &inject]);
            command.arg(plain.get_program()).args(plain.get_args()).env_clear().stdin(Stdio::null());
            command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command.current_dir(sandbox.folder.path());
            if command.output().unwrap().status.code().is_some() {
                return false;
            }
            test.settle(&inject, way, &sandbox, &tenant);
            true
        });
    }
    test.verdict(16);
}
