//! Crash points: the real program is killed while the tenant waits, and what it says and leaves afterwards is judged.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;

use crate::support::sandbox::{Ran, Sandbox, Served, project};
use crate::support::wait::{stalls, wait_until};

/// A wizard with its tenant, ready to run in short time.
pub struct Fixture {
    wizard: &'static str,
    case: &'static str,
    lag: &'static str,
}

pub const LAB: Fixture = Fixture { wizard: "tests/lab/changes", case: "lab", lag: "0s" };
pub const LAGGING: Fixture = Fixture { wizard: "tests/lab/changes", case: "lab", lag: "0.4s" };
pub const EVERYTHING: Fixture = Fixture { wizard: "tests/lab/everything", case: "whole", lag: "0s" };
pub const ADMINS: Fixture = Fixture { wizard: "wizards/sspr-admins", case: "contoso", lag: "0s" };

impl Fixture {
    pub fn serve(&self, faults: &[&str]) -> Served {
        let path = project(&format!("{}/rehearsal/{}/tenant.toml", self.wizard, self.case));
        let seed = fs_err::read_to_string(path).unwrap();
        let lines = seed.lines().filter(|line| !line.starts_with("lag"));
        let seed = lines.fold(format!("lag = {:?}\n", self.lag), |seed, line| seed + line + "\n");
        Served::start(&seed, faults)
    }

    /// Copies the wizard into the sandbox, its verify windows cut to a second; returns the arguments of a run.
    pub fn args(&self, sandbox: &Sandbox) -> Vec<String> {
        for entry in fs_err::read_dir(project(self.wizard)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "toml") {
                continue;
            }
            let mut text = fs_err::read_to_string(&path).unwrap().replace("up_to = \"60s\"", "up_to = \"1s\"");
            if text.contains("= \"setting\"") && !text.contains("[verify]") {
                text += "\n[verify]\nup_to = \"1s\"\n";
            }
            sandbox.write(&format!("wizard/{}", path.file_name().unwrap().to_str().unwrap()), &text);
        }
        let answers = project(&format!("{}/rehearsal/{}/answers.toml", self.wizard, self.case));
        ["run", "./wizard", "--yes", "--on-failure", "stop", "--answers", &answers].map(str::to_owned).to_vec()
    }

    pub fn command(&self, sandbox: &Sandbox, tenant: &Served) -> Command {
        let args = self.args(sandbox);
        sandbox.command_at(tenant, &args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn run(&self, sandbox: &Sandbox, tenant: &Served) -> Ran {
        Ran::of(self.command(sandbox, tenant).output().unwrap())
    }

    /// What the tenant is like before, and after a run that nothing disturbs.
    pub fn ends(&self) -> (Value, Value) {
        let (sandbox, tenant) = (Sandbox::new(), self.serve(&[]));
        let before = state(&sandbox, &tenant);
        let ran = self.run(&sandbox, &tenant);
        assert!([0, 3].contains(&ran.code), "{}", ran.all());
        let after = state(&sandbox, &tenant);
        assert_ne!(before, after, "{}", ran.all());
        (before, after)
    }
}

/// The tenant without what nobody chooses: ids of runs, and of objects that were made meanwhile.
pub fn state(sandbox: &Sandbox, tenant: &Served) -> Value {
    let mut text = tenant.canonical().to_string();
    for (run, _) in sandbox.journals() {
        text = text.replace(&run, "RUN");
    }
    let is_id = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    let mut made: Vec<String> = text
        .split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .filter(is_id)
        .filter(|id| !tenant.start.contains(id))
        .map(str::to_owned)
        .collect();
    made.dedup();
    for (at, id) in made.iter().enumerate() {
        text = text.replace(id, &format!("MADE-{at}"));
    }
    serde_json::from_str(&text).unwrap()
}

/// Starts a command and kills it once the tenant stalls; returns whether it came to that.
pub fn kill_when_stalled(mut command: Command, tenant: &Served) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let stalled = stalls(tenant, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    tenant.tenant().set_faults(Vec::new());
    tenant.server.release();
    wait_until(|| tenant.server.stalled() == 0);
    stalled
}

/// What a person does after a crash.
#[derive(Debug, Clone, Copy)]
pub enum Path {
    Resume,
    Rollback,
}

pub struct KillTest {
    before: Value,
    after: Value,
    tally: Mutex<BTreeMap<String, usize>>,
    wrong: Mutex<Vec<String>>,
}

impl KillTest {
    pub fn new(fixture: &Fixture) -> Self {
        let (before, after) = fixture.ends();
        Self { before, after, tally: Mutex::default(), wrong: Mutex::default() }
    }

    /// Goes one way on after a crash and judges how it ends.
    pub fn settle(&self, point: &str, way: Path, sandbox: &Sandbox, tenant: &Served) {
        let mut said = Vec::new();
        if matches!(way, Path::Resume) {
            said.push(sandbox.run_at(tenant, &["resume", "--yes"]));
        }
        // Where the run had come to its end there is nothing to resume, and nothing is said of what stands.
        let went_on = |ran: &Ran| [0, 3].contains(&ran.code) && !ran.stdout.contains("nothing to resume");
        let resumed = said.first().is_some_and(went_on);
        // Once taking back was begun, going on means to end it.
        let is_back = said.first().is_some_and(|ran| made_and(&sentence(ran), "rolled back"));
        let done = resumed && (is_back || state(sandbox, tenant) == self.after);
        if !done {
            said.push(sandbox.run_at(tenant, &["rollback", "--yes"]));
        }
        let now = state(sandbox, tenant);
        let place = if now == self.before {
            "before"
        } else if now == self.after {
            "after"
        } else {
            "between"
        };
        let codes: Vec<i32> = said.iter().map(|ran| ran.code).collect();
        let last = said.last().unwrap();
        let planned = sandbox.journals().iter().any(|(_, records)| records.iter().any(|each| each["type"] == "plan"));
        let wrote = !tenant.writes().is_empty();
        let posts = tenant.posts();
        let mut twice = posts.clone();
        twice.sort();
        twice.dedup();
        let sentence = sentence(last);
        let truth = match (place, last.code) {
            ("before", 0) if planned && wrote => made_and(&sentence, "rolled back"),
            ("before", 0) => sentence == "Nothing was changed." || made_and(&sentence, "rolled back"),
            // There is no run to go on with: the program died before it planned anything.
            ("before", 2) => !wrote,
            // A resume has no wizard whose condition it could ask: of such an action the answer is all that it knows.
            ("after", 0 | 3) => made_and(&sentence, "verified") || accepted(&sentence),
            _ => false,
        };
        *self.tally.lock().unwrap().entry(format!("{way:?} {codes:?} {place}")).or_default() += 1;
        if !truth || twice.len() != posts.len() {
            let all: Vec<String> = said.iter().map(Ran::all).collect();
            let difference = if place == "between" { difference(&self.before, &now) } else { String::new() };
            let mut wrong = self.wrong.lock().unwrap();
            wrong.push(format!(
                "=== {point} {way:?} {codes:?} {place}\n{}\n{difference}\n{}",
                all.join("\n"),
                tenant.writes().join("\n")
            ));
        }
    }

    #[track_caller]
    pub fn verdict(&self, points: usize) {
        let tally = self.tally.lock().unwrap();
        let judged: usize = tally.values().sum();
        assert!(judged >= points, "only {judged} crash points: {tally:#?}");
        let wrong = self.wrong.lock().unwrap();
        assert!(wrong.is_empty(), "{} of {judged} crashes end wrongly\n{}", wrong.len(), wrong.join("\n\n"));
    }
}

/// The sentence on the state of the tenant.
pub fn sentence(ran: &Ran) -> String {
    let last = ran.stdout.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let marked = last.trim_start().split_once(' ').filter(|(mark, _)| mark.starts_with('['));
    marked.map_or(last.trim(), |(_, rest)| rest).to_owned()
}

/// Whether a sentence says how many changes were made, and what became of them.
pub fn made_and(sentence: &str, end: &str) -> bool {
    let Some(counted) = sentence.strip_suffix(&format!(" made and {end}.")) else { return false };
    let Some((count, _)) = counted.split_once(" change") else { return false };
    count.split(" of ").all(|number| number.parse::<usize>().is_ok_and(|number| number > 0))
}

/// Whether a sentence says that of some changes only the answer is known.
fn accepted(sentence: &str) -> bool {
    sentence.split_once(" made; ").is_some_and(|(_, rest)| rest.ends_with(" accepted by Microsoft, not read back."))
}

/// The change of which a sentence says that its outcome is not known.
pub fn doubted(sentence: &str) -> Option<&str> {
    let (_, rest) = sentence.strip_prefix("We do not know whether change ")?.split_once(" (")?;
    let (title, rest) = rest.split_once(") was ")?;
    rest.contains("; run `fixforme resume ").then_some(title)
}

fn difference(before: &Value, now: &Value) -> String {
    let (Some(before), Some(now)) = (before.as_object(), now.as_object()) else { return String::new() };
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let rows = keys.into_iter().filter(|key| before.get(*key) != now.get(*key));
    rows.map(|key| format!("{key}: {:?} -> {:?}\n", before.get(key), now.get(key))).collect()
}

/// Counts up on a few threads until `point` says that there is no such point any more.
pub fn sweep(point: impl Fn(u64) -> bool + Sync) {
    let (next, over) = (AtomicU64::new(1), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    if !point(next.fetch_add(1, Ordering::SeqCst)) {
                        over.store(true, Ordering::SeqCst);
                    }
                }
            });
        }
    });
}

/// The tool that kills at a system call.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "looks for the tool that kills at a system call")]
pub fn strace(args: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(args);
    command
}

#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_macros, clippy::print_stderr, reason = "a test that is left out says so")]
pub fn not_tested(what: &str) {
    eprintln!("NOT TESTED: strace is missing, so {what}");
}
