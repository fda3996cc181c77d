//! Crash points of an update: the real program is killed before each of its system calls that change files, and there
//! must be a program in the place afterwards, the old one or the new one, whole, that knows how to go on.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use fixforme::ports::installation::Sha256;

use crate::support::crash::strace;
use crate::support::home::Home;
use crate::support::release_server::ReleaseServer;
use crate::support::releases::{OLD, newer, stem, test_releases};
use crate::support::sandbox::Ran;

/// The calls that change what a later process finds. One that is killed before another call finds the same.
const CALLS: [&str; 5] = ["rename", "linkat", "unlink", "unlinkat", "fchmod"];

struct KillTest {
    tally: Mutex<BTreeMap<String, usize>>,
    wrong: Mutex<Vec<String>>,
}

impl KillTest {
    /// What must hold after a crash, whenever it was.
    fn settle(&self, point: &str, home: &Home, site: &ReleaseServer) {
        let mut wrong = Vec::new();
        let mut must = |holds: bool, what: &str, ran: Option<&Ran>| {
            if !holds {
                wrong.push(format!("{what}\n{}", ran.map_or(String::new(), Ran::all)));
            }
        };
        let (old, new) = (OLD.to_owned(), newer('9'));
        let first = home.version();
        must(first == old || first == new, &format!("its version is {first}"), None);
        let whole = hash(&home.program) == hash(&test_releases().program(&first));
        must(whole, "the program is not whole", None);
        // Any start does what is left to do.
        let ran = home.run(&["runs"]);
        must(ran.code == 0, "it does not start", Some(&ran));
        let left: Vec<String> = home.names().into_iter().filter(|name| is_left(name)).collect();
        must(left.is_empty(), &format!("these are left: {left:?}"), None);
        let ran = if first == new { home.run(&["update", "--rollback"]) } else { home.update(site, &[]) };
        let other = if first == new { &old } else { &new };
        must(ran.code == 0 && home.version() == *other, "it does not go on", Some(&ran));
        *self.tally.lock().unwrap().entry(first).or_default() += 1;
        self.wrong.lock().unwrap().extend(wrong.iter().map(|words| format!("=== at call {point}: {words}")));
    }
}

fn is_left(name: &str) -> bool {
    // A file that was being written is overwritten by the next one of its name.
    name.contains(".fixforme-update") || name.ends_with("intent.json")
}

fn hash(path: &Path) -> Sha256 {
    Sha256::of(&fs_err::read(path).unwrap())
}

/// The command under strace, which writes what it sees into `log`.
fn traced(command: &Command, log: &Path, expressions: &[&str]) -> Ran {
    traced_at(command, log, None, expressions)
}

/// The same for calls that have to do with one file.
fn traced_at(command: &Command, log: &Path, file: Option<&Path>, expressions: &[&str]) -> Ran {
    let mut traced = strace(&["-f", "-qq", "-o", log.to_str().unwrap()]);
    if let Some(file) = file {
        traced.arg("-P").arg(file);
    }
    for expression in expressions {
        traced.args(["-e", expression]);
    }
    traced.arg(command.get_program()).args(command.get_args()).env_clear().stdin(Stdio::null());
    traced.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    traced.current_dir(command.get_current_dir().unwrap());
    Ran::of(traced.output().unwrap())
}

/// Every call that the command makes, as its name and its number among those of that name.
fn points(home: &Home, args: &[&str]) -> Vec<(&'static str, usize)> {
    let log = home.sandbox.folder.path().join("calls");
    let ran = traced(&home.command(args), &log, &[&format!("trace={}", CALLS.join(","))]).exits(0);
    let text = fs_err::read_to_string(log).unwrap();
    let points = CALLS.into_iter().flat_map(|call| {
        let times = text.lines().filter(|line| line.contains(&format!(" {call}("))).count();
        (1..=times).map(move |number| (call, number))
    });
    let points: Vec<_> = points.collect();
    assert!(points.len() >= 8, "only {points:?}\n{}", ran.all());
    points
}

/// What is done to the program at a call.
const KILL: &str = "signal=SIGKILL";
const FAIL: &str = "error=EIO";

/// Harms the program at each point; `prepare` makes a machine on which `args` are to be run.
fn harm_everywhere(harm: &str, site: &ReleaseServer, args: &[&str], prepare: impl Fn() -> Home + Sync) {
    let test = KillTest { tally: Mutex::default(), wrong: Mutex::default() };
    let points = Mutex::new(points(&prepare(), args));
    let all = points.lock().unwrap().len();
    let next = || points.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((call, number)) = next() {
                    let home = prepare();
                    let inject = format!("inject={call}:{harm}:when={number}");
                    let ran = traced(&home.command(args), Path::new("/dev/null"), &[&format!("trace={call}"), &inject]);
                    // No code: strace dies the way its child did.
                    let there = if harm == KILL { String::new() } else { home.version() };
                    // What it says of itself is true, also when something failed.
                    let true_end = match ran.code {
                        -1 => harm == KILL,
                        0 => there == newer('9'),
                        1 => there == OLD && ran.stdout.contains("Nothing was changed. This is still"),
                        _ => false,
                    };
                    assert!(true_end, "{call} {number}: {there}\n{}", ran.all());
                    test.settle(&format!("{call} {number}"), &home, site);
                }
            });
        }
    });
    let (tally, wrong) = (test.tally.into_inner().unwrap(), test.wrong.into_inner().unwrap());
    assert!(wrong.is_empty(), "{} wrong of {tally:?}\n{}", wrong.len(), wrong.join("\n"));
    // Both ends were seen, and every point.
    assert!(tally.len() == 2 && tally.values().sum::<usize>() == all, "{tally:?} of {all}");
}

#[test]
fn an_update_killed_at_any_call_leaves_a_program_that_runs_and_goes_on() {
    if strace(&["-V"]).output().is_err() {
        return crate::support::crash::not_tested("no crash in the middle of an update was tried");
    }
    let site = ReleaseServer::start();
    site.offer(&[&newer('9')]);
    harm_everywhere(KILL, &site, &["update", "--index-url", &site.index_url()], Home::new);
}

#[test]
fn bringing_the_old_one_back_killed_at_any_call_leaves_a_program_that_runs_and_goes_on() {
    if strace(&["-V"]).output().is_err() {
        return crate::support::crash::not_tested("no crash while an old program comes back was tried");
    }
    let site = ReleaseServer::start();
    site.offer(&[&newer('9')]);
    let updated = Home::new();
    let _ = updated.update(&site, &[]).exits(0);
    harm_everywhere(KILL, &site, &["update", "--rollback"], || updated.twin());
}

#[test]
fn a_disk_that_is_full_leaves_the_old_program_or_the_new_one() {
    if strace(&["-V"]).output().is_err() {
        return crate::support::crash::not_tested("no full disk was tried in the middle of an update");
    }
    let (site, new) = (ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let executable = format!("bin/.fixforme-update/{}/fixforme", stem(&new));
    for (file, version) in [
        ("bin/.fixforme-update/archive.tar.gz", OLD),
        (executable.as_str(), OLD),
        ("state/update/intent.json.new", OLD),
        // The new one has its place by then.
        ("state/update/kept.json.new", new.as_str()),
        ("state/update/trusted.json.new", new.as_str()),
    ] {
        let home = Home::new();
        let (bin, state) = (home.program.parent().unwrap(), home.sandbox.state());
        let root = if file.starts_with("bin") { bin.parent().unwrap() } else { state.parent().unwrap() };
        let path = root.join(file);
        let command = home.command(&["update", "--index-url", &site.index_url()]);
        let log = home.sandbox.folder.path().join("calls");
        let full = ["trace=write", "inject=write:error=ENOSPC"];
        let ran = traced_at(&command, &log, Some(&path), &full);
        assert!(fs_err::read_to_string(log).unwrap().contains("ENOSPC"), "{file} was not written\n{}", ran.all());
        assert_eq!((ran.code, home.version().as_str()), (i32::from(version == OLD), version), "{file}\n{}", ran.all());
        assert_eq!(hash(&home.program), hash(&test_releases().program(version)), "{file}");
        if version == OLD {
            assert!(
                ran.stdout.contains(&format!("Nothing was changed. This is still fixforme {OLD}.")),
                "{}",
                ran.all()
            );
        }
        let _ = home.run(&["runs"]).exits(0);
        let left: Vec<String> = home.names().into_iter().filter(|name| is_left(name)).collect();
        assert_eq!(left, [""; 0], "{file}");
        let _ = home.update(&site, &[]).exits(0);
        assert_eq!(home.version(), new);
    }
}

#[test]
fn a_disk_that_fails_at_any_call_of_an_update_leaves_a_program_that_runs_and_goes_on() {
    if strace(&["-V"]).output().is_err() {
        return crate::support::crash::not_tested("no failing disk was tried in the middle of an update");
    }
    let site = ReleaseServer::start();
    site.offer(&[&newer('9')]);
    harm_everywhere(FAIL, &site, &["update", "--index-url", &site.index_url()], Home::new);
}
