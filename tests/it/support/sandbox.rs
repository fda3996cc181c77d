//! A sandbox for the real program: its own state folder, no variables but those it is given, and a practice tenant
//! in this process that the program reaches over loopback, so that the tenant outlives a killed program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fixforme::host::{Interrupt, SystemClock};
use fixforme::ports::Clock;
use fixforme::practice::{Fault, PracticeRequest, PracticeServer, Seed, Tenant};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::program::exe;

/// The head of a seed: a tenant with one Global Administrator. Objects are added below it.
pub const CONTOSO: &str = r#"
[organization]
displayName     = "Contoso Ltd"
verifiedDomains = [{ name = "contoso.example", isDefault = true }]

[me]
userPrincipalName = "maria.admin@contoso.example"

[[users]]
id                = "b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01"
userPrincipalName = "maria.admin@contoso.example"
displayName       = "Maria Admin"

[[role_assignments]]
role      = "Global Administrator"
principal = "maria.admin@contoso.example"
"#;

/// A state folder and the program.
pub struct Sandbox {
    pub folder: TempDir,
}

/// What a run of the program left: judge it, or the test says nothing.
#[must_use = "judge the exit code or what was said"]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The program with a clean environment and nothing to read from.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_of(&exe(), args)
    }

    /// The same for a copy of the program under another name.
    pub fn command_named(&self, name: &str, args: &[&str]) -> Command {
        let copy = self.folder.path().join(name);
        copy_program(&exe(), &copy);
        self.command_of(&copy, args)
    }

    /// Another copy of the program in the same surroundings. Nothing looks for updates by itself.
    pub fn command_of(&self, program: &Path, args: &[&str]) -> Command {
        #[expect(clippy::disallowed_methods, reason = "the program under test, by its full path")]
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("FIXFORME_NO_UPDATE_CHECK", "1")
            .args(args)
            .args(super::lab::approvals(self.folder.path(), args))
            .env("FIXFORME_STATE_DIR", self.state())
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Runs the program against a served tenant, with a token of every scope.
    pub fn run_at(&self, tenant: &Served, args: &[&str]) -> Ran {
        Ran::of(self.command_at(tenant, args).output().unwrap())
    }

    pub fn command_at(&self, tenant: &Served, args: &[&str]) -> Command {
        let root = tenant.server.root();
        let mut command = self.command(args);
        command.args(["--graph-root", &root]).env("FIXFORME_ACCESS_TOKEN", tenant.token());
        command
    }

    /// Writes a file into the sandbox and returns its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Writes a small wizard: each step's id, and its file. A step needs the one before it where its text says `# needs`.
    /// Every step may read and write what the lab holds. Returns the folder as it is named on the command line.
    pub fn wizard(&self, steps: &[(&str, &str)]) -> &'static str {
        let head = "format = 1\nid = \"small\"\nversion = \"1.0.0\"\ntitle = \"Small\"\nsummary = \"For a test.\"\n\
                    [run]\non_failure = \"stop\"\n";
        let mut wizard = head.to_owned();
        for (at, (id, text)) in steps.iter().enumerate() {
            wizard += &format!("[[steps]]\nid = {id:?}\nfile = \"{id}.toml\"\n");
            if text.contains("# needs") {
                wizard += &format!("needs = [{:?}]\n", steps[at - 1].0);
            }
            let scopes = "why = \"For a test.\"\nscopes = { check = [\"Policy.Read.All\"], \
                          fix = [\"Policy.ReadWrite.Authorization\"] }\n";
            let text = if text.contains("scopes") { (*text).to_owned() } else { scopes.to_owned() + text };
            self.write(&format!("small/{id}.toml"), &text);
        }
        self.write("small/wizard.toml", &wizard);
        "./small"
    }

    /// The journals of runs (not of rehearsals), each as its lines.
    pub fn journals(&self) -> Vec<(String, Vec<Value>)> {
        journals(&self.state().join("runs"))
    }

    /// The journals of rehearsals.
    pub fn rehearsals(&self) -> Vec<(String, Vec<Value>)> {
        journals(&self.state().join("rehearsals/runs"))
    }
}

pub fn journals(folder: &Path) -> Vec<(String, Vec<Value>)> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<(String, Vec<Value>)> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ndjson"))
        .map(|path| {
            let text = fs_err::read_to_string(&path).unwrap();
            // A killed program may leave a torn last line.
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), lines.map(|line| line["r"].clone()).collect())
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Everything that was said, for messages of failing tests.
    pub fn all(&self) -> String {
        format!("exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }

    /// Asserts the exit code and shows everything when it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }

    /// The events of `--output json`.
    pub fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }
}

/// The time of a served tenant: the real one, and what a test has let pass beside it.
#[derive(Default)]
struct AheadClock {
    seconds: AtomicI64,
}

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.seconds.load(Ordering::SeqCst));
        SystemClock::new(Interrupt::new()).now().checked_add(ahead).unwrap()
    }

    fn sleep(&self, duration: Duration) {
        SystemClock::new(Interrupt::new()).sleep(duration);
    }

    fn random(&self, buffer: &mut [u8]) {
        SystemClock::new(Interrupt::new()).random(buffer);
    }
}

/// A practice tenant served by this process.
pub struct Served {
    pub server: PracticeServer,
    /// The state at the start, as text.
    pub start: String,
    clock: Arc<AheadClock>,
}

impl Served {
    /// Serves a seed, `tenant.toml` text.
    pub fn start(seed: &str, faults: &[&str]) -> Self {
        let seed = Seed::parse("tenant.toml", seed).unwrap();
        let faults = faults.iter().map(|fault| Fault::parse(fault).unwrap()).collect();
        let clock = Arc::new(AheadClock::default());
        let tenant = Tenant::new(&seed, [9; 16]);
        let server =
            PracticeServer::start(tenant, faults, "127.0.0.1:0".parse().unwrap(), Arc::clone(&clock) as Arc<dyn Clock>)
                .unwrap();
        let start = server.tenant().lock().unwrap().canonical().to_string();
        Self { server, start, clock }
    }

    /// Serves a case of a wizard's folder below the project's own folder.
    pub fn case(wizard: &str, case: &str, faults: &[&str]) -> Self {
        Self::start(
            &fs_err::read_to_string(project(&format!("{wizard}/rehearsal/{case}/tenant.toml"))).unwrap(),
            faults,
        )
    }

    pub fn tenant(&self) -> MutexGuard<'_, Tenant> {
        self.server.tenant().lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass for the tenant, and for nobody else.
    pub fn passes(&self, time: SignedDuration) {
        self.clock.seconds.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    pub fn token(&self) -> String {
        self.token_for(&Tenant::every_scope())
    }

    pub fn token_for(&self, scopes: &[String]) -> String {
        self.tenant().mint(scopes, self.clock.now()).expose().to_owned()
    }

    /// The whole newest state without what is volatile.
    pub fn canonical(&self) -> Value {
        self.tenant().canonical()
    }

    /// Method and path of every write that the tenant received.
    pub fn writes(&self) -> Vec<String> {
        let line = |received: &fixforme::practice::Received| format!("{} {}", received.method, received.target);
        self.tenant().log().iter().filter(|received| received.wrote()).map(line).collect()
    }

    /// Changes something as another administrator would, seen by reads at once where nothing lags.
    pub fn edit(&self, method: &str, path: &str, body: &Value) {
        let token = self.token();
        let request = PracticeRequest {
            method: method.to_owned(),
            target: path.to_owned(),
            headers: vec![
                ("Authorization".to_owned(), format!("Bearer {token}")),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            root: self.server.root(),
        };
        let response = self.tenant().answer(self.clock.now(), &request);
        let said = String::from_utf8_lossy(&response.body).into_owned();
        assert!((200..300).contains(&response.status), "{method} {path}: {} {said}", response.status);
    }

    /// Path and body of every POST that wrote: none may be there twice.
    pub fn posts(&self) -> Vec<String> {
        let tenant = self.tenant();
        let posts = tenant.log().iter().filter(|received| received.wrote() && received.method == "POST");
        posts.map(|received| format!("{} {}", received.target, received.body.as_deref().unwrap_or_default())).collect()
    }
}

/// A case whose reads do not lag behind its writes: that is other tests' business, and costs real seconds.
pub fn prompt_tenant(case: &str, faults: &[&str]) -> Served {
    let seed = fs_err::read_to_string(project(&format!("wizards/sspr-admins/rehearsal/{case}/tenant.toml"))).unwrap();
    Served::start(&seed.replace("\"2s\"", "\"0s\""), faults)
}

/// A token that the practice tenant did not make: what Entra issues is signed.
pub fn foreign_token() -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let payload = r#"{"tid":"8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1","upn":"maria.admin@contoso.example"}"#;
    format!("{}.{}.c2lnbmF0dXJl", part(r#"{"alg":"RS256","typ":"JWT"}"#), part(payload))
}

/// Copies a program that is started then. By a process of its own: a file that this one has open for writing is open in
/// whatever another thread starts just then as well, and nothing can be started from it meanwhile.
pub fn copy_program(from: &Path, to: &Path) {
    #[cfg(unix)]
    {
        #[expect(clippy::disallowed_methods, reason = "a tool of every Unix, by its full path")]
        let copied = Command::new("/bin/cp").arg(from).arg(to).stdin(Stdio::null()).status().unwrap();
        assert!(copied.success(), "{} was not copied to {}", from.display(), to.display());
    }
    #[cfg(not(unix))]
    fs_err::copy(from, to).unwrap();
}

/// A path below the project's own folder.
pub fn project(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}
