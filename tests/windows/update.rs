//! Updates of the Windows program, which replaces its own file while that runs.
//!
//! The publisher is that of the Linux program's tests: the shipped program with TEST keys, and with versions to update to.
//! A program updates itself only where it is installed for one user, and this Wine has one: one test at a time.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fixforme::ports::installation::Sha256;
use serde_json::json;

use crate::desktop::{PATIENCE, nobody, pause};
use crate::planted::Planted;
use crate::program::{Download, decoy, on_drive_c, prefix};
use crate::support::release_server::{ReleaseServer, Reply};
use crate::support::releases::{OLD, Signer, archive, index, later, newer, release, stem, test_releases};
use crate::support::sandbox::Ran;

static PLACE: Mutex<()> = Mutex::new(());

/// The program of [`OLD`] as installed for the one user, with a state folder of its own.
struct Installed {
    /// Its state folder; and another copy, in a folder of downloads.
    download: Download,
    /// Its folder, as Windows and as this machine see it.
    windows: String,
    folder: PathBuf,
    _place: MutexGuard<'static, ()>,
}

impl Installed {
    fn new() -> Self {
        let installed = Self::nothing();
        fs_err::create_dir_all(&installed.folder).unwrap();
        fs_err::copy(test_releases().program(OLD), installed.program()).unwrap();
        installed
    }

    /// The place of an installation, with nothing in it.
    fn nothing() -> Self {
        let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        let download = Download::new();
        fs_err::copy(test_releases().program(OLD), &download.program).unwrap();
        let windows = format!("{}\\Programs\\fixforme", download.local_data());
        let folder = on_drive_c(&windows);
        let _ = fs_err::remove_dir_all(&folder);
        Self { download, windows, folder, _place: place }
    }

    fn program(&self) -> PathBuf {
        self.folder.join("fixforme.exe")
    }

    fn old(&self) -> PathBuf {
        self.folder.join("fixforme.old.exe")
    }

    fn command(&self, args: &[&str]) -> Command {
        self.command_of("fixforme.exe", args)
    }

    /// Another program of its folder.
    fn command_of(&self, name: &str, args: &[&str]) -> Command {
        let mut command = self.download.in_wine(Path::new(&format!("{}\\{name}", self.windows)));
        command.args(args).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    fn update(&self, site: &ReleaseServer, args: &[&str]) -> Ran {
        self.run(&[&["update", "--index-url", &site.index_url()], args].concat())
    }

    #[track_caller]
    fn version(&self) -> String {
        let ran = self.run(&["--version"]).exits(0);
        ran.stdout.trim().trim_start_matches("fixforme ").to_owned()
    }

    /// Waits until something is so; `not` says what is wrong while it is not.
    #[track_caller]
    fn until(&self, not: &str, is_so: impl Fn() -> bool) {
        let start = std::time::Instant::now();
        while !is_so() {
            assert!(start.elapsed() < PATIENCE, "{not}: {:?}", self.files());
            pause();
        }
    }

    /// Names and hashes of what lies in its folder.
    fn files(&self) -> BTreeMap<String, String> {
        let entries = fs_err::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap());
        let described = entries.map(|entry| {
            let is_file = entry.file_type().unwrap().is_file();
            let about = if is_file { hash(&entry.path()).to_string() } else { "folder".to_owned() };
            (entry.file_name().into_string().unwrap(), about)
        });
        described.collect()
    }
}

/// A virus scanner at work on a file, until it is dropped.
struct Scanner(Child);

impl Scanner {
    fn holds(home: &Installed, name: &str) -> Self {
        let scanner = home.download.folder.path().join("scanner.exe");
        fs_err::copy(decoy("exe"), &scanner).unwrap();
        let mut command = home.download.in_wine(&scanner);
        command.arg(format!("{}\\{name}", home.windows)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut scanner = Self(command.spawn().unwrap());
        let mut words = String::new();
        std::io::BufReader::new(scanner.0.stdout.as_mut().unwrap()).read_line(&mut words).unwrap();
        assert_eq!(words.trim_end(), "holds", "{name}");
        scanner
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn a_virus_scanner_that_holds_a_file_is_waited_for_and_leaves_a_program_whatever_it_does() {
    let (home, site, new) = (Installed::new(), ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let before = home.files();
    let scanner = Scanner::holds(&home, "fixforme.exe");
    let ran = home.update(&site, &[]).exits(1);
    assert!(ran.stdout.contains(&format!("Nothing was changed. This is still fixforme {OLD}.")), "{}", ran.all());
    assert_eq!((home.files(), home.version()), (before, OLD.to_owned()));

    // Most hold it for a moment.
    let update = home.command(&["update", "--index-url", &site.index_url()]).stdout(Stdio::piped()).spawn().unwrap();
    home.until("it is not being installed", || home.folder.join(".fixforme-update").exists());
    let start = std::time::Instant::now();
    while start.elapsed().as_secs() < 2 {
        pause();
    }
    drop(scanner);
    assert!(update.wait_with_output().unwrap().status.success());
    assert_eq!((home.version(), hash(&home.old())), (new.clone(), hash(&test_releases().program(OLD))));

    // The one that was kept has its name until it is free.
    let scanner = Scanner::holds(&home, "fixforme.old.exe");
    let _ = home.run(&["update", "--rollback"]).exits(0);
    assert_eq!(home.version(), OLD);
    drop(scanner);
    let _ = home.run(&["runs"]).exits(0);
    assert_eq!((home.version(), hash(&home.old())), (OLD.to_owned(), hash(&test_releases().program(&new))));
    assert!(!home.folder.join(".fixforme-update").exists());
}

/// Copies a folder, for its owner alone, as folders of state are.
fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    fs_err::set_permissions(to, std::fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs_err::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs_err::copy(from, to).unwrap();
        }
    }
}

fn hash(path: &Path) -> Sha256 {
    Sha256::of(&fs_err::read(path).unwrap())
}

#[test]
fn an_update_keeps_the_old_one_which_comes_back_and_nothing_beside_it_runs() {
    let (home, site, new) = (Installed::new(), ReleaseServer::start(), newer('9'));
    site.offer(&[&newer('8'), &new]);
    let planted = Planted::beside(&home.folder);
    let run = |args: &[&str]| {
        let ran = planted.run(home.command(args));
        assert_eq!(planted.taken(), [""; 0], "{args:?}\n{}", ran.all());
        ran
    };
    let url = site.index_url();
    let update = |args: &[&str]| run(&[&["update", "--index-url", &url], args].concat());
    let ran = update(&["--check"]).exits(80);
    assert!(ran.stdout.contains(&format!("fixforme {new} is available; this is {OLD}.")), "{}", ran.all());
    assert_eq!(home.version(), OLD);

    let ran = update(&[]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {new} is in place of {OLD}.")), "{}", ran.all());
    assert_eq!(home.version(), new);
    assert_eq!(hash(&home.program()), hash(&test_releases().program(&new)));
    assert_eq!(hash(&home.old()), hash(&test_releases().program(OLD)));
    assert!(!home.folder.join(".fixforme-update").exists());

    let ran = update(&[]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {new} is the newest version.")), "{}", ran.all());

    let ran = run(&["update", "--rollback"]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {OLD} is back in place of {new}.")), "{}", ran.all());
    assert_eq!((home.version(), hash(&home.old())), (OLD.to_owned(), hash(&test_releases().program(&new))));
    let _ = run(&["update", "--rollback"]).exits(0);
    assert_eq!((home.version(), hash(&home.old())), (new, hash(&test_releases().program(OLD))));
}

#[test]
fn from_downloads_it_is_installed_for_the_user_only_when_that_is_agreed_to() {
    let (home, site, new) = (Installed::nothing(), ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let url = site.index_url();
    let ran = home.download.run(&["update", "--index-url", &url]).exits(4);
    assert!(ran.stderr.contains("fixforme update --install"), "{}", ran.all());
    assert!(!home.folder.exists());
    let ran = home.download.run(&["update", "--install", "--index-url", &url]).exits(0);
    let place = format!(r"fixforme {new} is installed for you: `{}\fixforme.exe`", home.windows);
    assert!(ran.stdout.contains(&place), "{}", ran.all());
    assert_eq!((home.version(), home.files().len()), (new.clone(), 1));
    assert_eq!(hash(&home.download.program), hash(&test_releases().program(OLD)));
    let ran = home.download.run(&["update", "--install", "--index-url", &url]).exits(2);
    assert!(ran.stderr.contains(&format!("fixforme {new} is already installed for you")), "{}", ran.all());
}

#[test]
fn an_update_that_is_not_what_it_says_changes_nothing() {
    let (home, site, new) = (Installed::new(), ReleaseServer::start(), newer('9'));
    let before = home.files();
    let good = site.offer(&[&new]);
    let name = format!("{}.tar.gz", stem(&new));
    let packed = test_releases().archive(&new);
    let program = fs_err::read(test_releases().program(&new)).unwrap();
    let offer = |program: &[u8]| {
        let packed = archive(&new, program);
        site.publish(&index(vec![release(&new, &packed, program)]));
        site.put(&name, Reply::Bytes(packed));
    };
    let refused = |words: &str| {
        let ran = home.update(&site, &[]);
        assert!([9, 10].contains(&ran.code) && ran.stderr.contains(words), "{words}: {}", ran.all());
        assert!(ran.stdout.contains(&format!("Nothing was changed. This is still fixforme {OLD}.")), "{}", ran.all());
        assert_eq!(home.files(), before, "{words}");
    };
    site.publish_by(Signer::Stranger, &good);
    refused("signature");
    let mut other = good.clone();
    other["product"] = json!("another");
    site.publish(&other);
    refused("another");
    let mut expired = good.clone();
    expired["issued"] = json!("2026-01-01T00:00:00Z");
    expired["version"] = json!(1_767_225_600);
    expired["expires"] = json!("2026-03-01T00:00:00Z");
    site.publish(&expired);
    refused("");
    site.publish(&good);
    let mut flipped = packed.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    site.put(&name, Reply::Bytes(flipped));
    refused("is not the one that the index describes");
    site.put(&name, Reply::Cut(packed.clone()));
    refused("");
    site.put(&name, Reply::Bytes([&packed[..], b"more"].concat()));
    refused("");
    // Signed by us, and no program that starts, or another one than it should be.
    offer(b"no program at all");
    refused("the new program does not pass its own test");
    offer(&fs_err::read(test_releases().program(&newer('8'))).unwrap());
    refused("it says that it is fixforme 8.");
    offer(&program[..program.len() / 2]);
    refused("the new program does not pass its own test");
    // What was refused was not remembered, and the good one is still taken.
    site.publish(&later(&good));
    site.put(&name, Reply::Bytes(packed));
    let _ = home.update(&site, &[]).exits(0);
    assert_eq!(home.version(), new);
}

/// Watches what Wine's server does to files for Windows programs, and makes it slow: between two steps of a program there
/// is then time to kill it.
struct Watch {
    strace: Child,
    log: PathBuf,
}

impl Watch {
    fn starts(log: PathBuf) -> Self {
        const CALLS: &str = "rename,link,unlink,rmdir";
        #[expect(clippy::disallowed_methods, reason = "a tool of this machine")]
        let mut command = Command::new("strace");
        command.args(["-q", "-s", "400", "-o", log.to_str().unwrap(), "-p", &server().to_string()]);
        command.args(["-e", &format!("trace={CALLS}"), "-e", &format!("inject={CALLS}:delay_exit=150000")]);
        let strace = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let traced = format!("/proc/{}/status", server());
        let own = format!("TracerPid:\t{}\n", strace.id());
        while !fs_err::read_to_string(&traced).unwrap().contains(&own) {
            pause();
        }
        Self { strace, log }
    }

    /// The steps so far that change what a later process finds of this installation.
    fn steps(&self, home: &Installed) -> Vec<String> {
        let text = fs_err::read_to_string(&self.log).unwrap_or_default();
        let state = home.download.state();
        let is_ours = |line: &&str| line.contains("Programs/fixforme") || line.contains(state.to_str().unwrap());
        let steps =
            text.lines().filter(|line| line.contains(" = 0")).filter(is_ours).filter(|line| !line.contains("lock"));
        steps.map(str::to_owned).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.strace.kill();
        let _ = self.strace.wait();
    }
}

/// Wine's server of these tests' prefix: it runs in a folder named after that.
fn server() -> u32 {
    let about = fs_err::metadata(prefix()).unwrap();
    let folder = format!("server-{:x}-{:x}", about.dev(), about.ino());
    let processes = fs_err::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let found = processes.filter(|process| {
        let name = fs_err::read_to_string(process.join("comm")).unwrap_or_default();
        name.starts_with("wineserver") && fs_err::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.ends_with(&folder))
    });
    let pids: Vec<u32> = found.filter_map(|process| process.file_name()?.to_str()?.parse().ok()).collect();
    assert_eq!(pids.len(), 1, "{folder}: {pids:?}");
    pids[0]
}

/// Starts a command and kills it as soon as `step` of its steps are done.
fn killed_after(home: &Installed, args: &[&str], step: usize) {
    let watch = Watch::starts(home.download.folder.path().join("steps"));
    let mut child = home.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while watch.steps(home).len() < step {
        assert!(child.try_wait().unwrap().is_none(), "it ended before step {step}");
        pause();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Kills `args` after each of its steps; `prepare` makes an installation in which that is to be run.
fn kill_everywhere(args: &[&str], prepare: &dyn Fn() -> Installed) {
    let home = prepare();
    let watch = Watch::starts(home.download.folder.path().join("steps"));
    let _ = home.run(args).exits(0);
    let steps = watch.steps(&home);
    drop((watch, home));
    assert!(steps.len() >= 6, "{steps:#?}");
    let (old, new) = (OLD.to_owned(), newer('9'));
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for (at, what) in steps.iter().enumerate() {
        let home = prepare();
        killed_after(&home, args, at + 1);
        // Windows knows no exchange of a program that runs in one step. Between the two steps there is none in its place,
        // until the second process has seen that the first one has died.
        let was_away = !home.program().exists();
        home.until("its place is empty", || home.program().exists());
        let version = home.version();
        assert!([&old, &new].contains(&&version), "{what}: {version}");
        assert_eq!(hash(&home.program()), hash(&test_releases().program(&version)), "{what}");
        // Any start does what is left to do, unless the second process is at it.
        let intent = home.download.state().join("update/intent.json");
        home.until("something is left", || {
            let _ = home.run(&["runs"]).exits(0);
            !home.folder.join(".fixforme-update").exists() && !intent.exists()
        });
        assert_eq!(home.version(), version, "{what}");
        let ended = if was_away { format!("{version}, after its place was empty") } else { version };
        *tally.entry(ended).or_default() += 1;
    }
    assert!(tally.contains_key(&old) && tally.contains_key(&new), "both ends were to be seen: {tally:?} of {steps:#?}");
    let empties =
        |step: &&String| step.contains("Programs/fixforme/fixforme.exe\", ") && step.contains("-update/fixforme.exe");
    assert_eq!(steps.iter().filter(empties).count(), 1, "one step was to leave the place empty: {steps:#?}");
}

#[test]
fn an_update_killed_after_any_step_leaves_a_program_that_repairs_what_is_left() {
    let _slow = nobody();
    let site = ReleaseServer::start();
    site.offer(&[&newer('9')]);
    kill_everywhere(&["update", "--index-url", &site.index_url()], &Installed::new);
}

#[test]
fn bringing_the_old_one_back_killed_after_any_step_leaves_a_program_that_repairs_what_is_left() {
    let _slow = nobody();
    let site = ReleaseServer::start();
    site.offer(&[&newer('9')]);
    let updated = tempfile::tempdir().unwrap();
    let (program, state) = (updated.path().join("program"), updated.path().join("state"));
    let home = Installed::new();
    let _ = home.update(&site, &[]).exits(0);
    copy(&home.folder, &program);
    copy(&home.download.state(), &state);
    drop(home);
    kill_everywhere(&["update", "--rollback"], &|| {
        let home = Installed::nothing();
        copy(&program, &home.folder);
        copy(&state, &home.download.state());
        home
    });
}
