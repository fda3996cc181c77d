//! Files that somebody else put beside the program, as in a folder of downloads: programs and libraries by the names of
//! Windows' own. None of them ever runs.
//!
//! Wine 8 does not know the flag by which Windows looks for the libraries that a program is linked with in System32
//! alone. So these, and what they need in turn, are not planted: that the flag is there, and that they are a short list
//! of Windows' own, is checked in the file itself by every build (`dist/windows/pe.py`, tests in `header.rs`).

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::program::{Download, decoy, exe, on_drive_c, windows_path};
use crate::support::sandbox::{Ran, Served, project};

/// What Windows has and this Wine does not, and what has been planted in attacks on others.
const MORE_LIBRARIES: [&str; 12] = [
    "cryptbase.dll",
    "profapi.dll",
    "sspicli.dll",
    "umpdc.dll",
    "kernel.appcore.dll",
    "windows.storage.dll",
    "wldp.dll",
    "edputil.dll",
    "ntmarta.dll",
    "apphelp.dll",
    "textshaping.dll",
    "winnsi.dll",
];
const MORE_PROGRAMS: [&str; 12] = [
    "pwsh.exe",
    "powershell.exe",
    "wt.exe",
    "openconsole.exe",
    "msedge.exe",
    "chrome.exe",
    "firefox.exe",
    "browser.exe",
    "curl.exe",
    "cmd.com",
    "explorer.com",
    "fixforme.com",
];

/// Bait beside a program.
pub struct Planted {
    folder: PathBuf,
    /// How Wine is told to take what lies beside a program first, as Windows does.
    pub overrides: (&'static str, String),
}

impl Planted {
    /// Plants decoys in a program's folder under every name of a program or library of Windows.
    pub fn beside(folder: &Path) -> Self {
        let system = on_drive_c(r"C:\windows\system32");
        let mut libraries: BTreeSet<String> = names(&system, ".dll").into_iter().collect();
        libraries.extend(MORE_LIBRARIES.map(str::to_owned));
        let libraries: BTreeSet<&String> = libraries.difference(linked()).collect();
        let mut programs: BTreeSet<String> = names(&system, ".exe").into_iter().collect();
        programs.extend(names(&on_drive_c(r"C:\windows"), ".exe"));
        programs.extend(MORE_PROGRAMS.map(str::to_owned));
        assert!(libraries.len() > 400 && programs.len() > 80, "{} {}", libraries.len(), programs.len());
        for (kind, names) in
            [("dll", libraries.iter().copied().collect::<Vec<_>>()), ("exe", programs.iter().collect())]
        {
            let one = folder.join(format!("decoy-itself.{kind}"));
            fs_err::copy(decoy(kind), &one).unwrap();
            for name in names {
                fs_err::hard_link(&one, folder.join(name)).unwrap();
            }
        }
        let stems: Vec<&str> = libraries.iter().map(|name| name.trim_end_matches(".dll")).collect();
        let order = format!("mscoree=;mshtml=;winemenubuilder.exe=;{}=n,b", stems.join(","));
        Self { folder: folder.to_path_buf(), overrides: ("WINEDLLOVERRIDES", order) }
    }

    /// The names of what was started or loaded.
    pub fn taken(&self) -> Vec<String> {
        names(&self.folder, ".taken")
    }

    /// Runs a command that takes what lies beside a program first.
    pub fn run(&self, mut command: std::process::Command) -> Ran {
        let (name, order) = &self.overrides;
        Ran::of(command.env(name, order).output().unwrap())
    }
}

fn names(folder: &Path, ending: &str) -> Vec<String> {
    let names =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().to_lowercase());
    names.filter(|name| name.ends_with(ending)).collect()
}

/// The libraries that are there before `main`: those that the program is linked with, and theirs.
fn linked() -> &'static BTreeSet<String> {
    static LINKED: OnceLock<BTreeSet<String>> = OnceLock::new();
    LINKED.get_or_init(|| {
        let download = Download::new();
        let mut command = download.command(&["--version"]);
        let ran = Ran::of(command.env("WINEDEBUG", "+loaddll").output().unwrap()).exits(0);
        let loaded = ran.stderr.split("Loaded L\"").skip(1).filter_map(|rest| rest.split('"').next());
        let names: BTreeSet<String> =
            loaded.filter_map(|path| path.rsplit('\\').next()).map(str::to_lowercase).collect();
        assert!(names.contains("kernel32.dll") && names.len() < 60, "{}", ran.stderr);
        names
    })
}

/// A server of releases whose list nobody has signed.
fn unsigned_releases() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        }
    });
    format!("http://{address}/stable/index.json")
}

#[test]
fn careless_programs_take_the_bait() {
    let download = Download::new();
    let planted = Planted::beside(download.folder.path());
    let careless = download.folder.path().join("careless.exe");
    fs_err::copy(decoy("exe"), &careless).unwrap();
    for (how, name) in [
        ("load", "version.dll"),
        ("load", "dwmapi.dll"),
        ("load", "uxtheme.dll"),
        ("load", "profapi.dll"),
        ("load", "cryptbase.dll"),
        ("load", "netapi32.dll"),
        ("load", "mswsock.dll"),
        ("start", "cmd.exe"),
        ("start", "powershell.exe"),
        ("start", "explorer.exe"),
        ("start", "rundll32.exe"),
    ] {
        if linked().contains(name) {
            continue;
        }
        let mut command = download.in_wine(&careless);
        command.args([how, name]);
        let _ = planted.run(command).exits(0);
        assert!(planted.taken().contains(&format!("{name}.taken")), "{name}: {:?}", planted.taken());
    }
}

#[test]
fn nothing_beside_the_program_runs_in_any_command() {
    let download = Download::new();
    let planted = Planted::beside(download.folder.path());
    let tenant = Served::case("wizards/sspr-admins", "contoso", &[]);
    let root = tenant.server.root();
    let answers = windows_path(project("wizards/sspr-admins/rehearsal/contoso/answers.toml").as_ref());
    let wizard = windows_path(project("tests/lab/changes").as_ref());
    let releases = unsigned_releases();
    let mut done = BTreeSet::new();
    let mut run = |code: i32, args: &[&str]| {
        let mut command = download.command(args);
        command.env("FIXFORME_ACCESS_TOKEN", tenant.token());
        let ran = planted.run(command);
        assert_eq!((ran.code, planted.taken()), (code, Vec::new()), "{args:?}: {}", ran.all());
        done.insert(args[0].to_owned());
        ran.stdout
    };
    let help = run(0, &["--help"]);
    run(0, &["--version"]);
    run(0, &["list"]);
    run(0, &["schema"]);
    run(0, &["completions", "powershell"]);
    run(0, &["guide", "sspr-admins", "--format", "html"]);
    run(0, &["permissions", "sspr-admins"]);
    run(0, &["answers", "sspr-admins"]);
    run(0, &["new", r".\mine"]);
    run(0, &["lint", &wizard]);
    run(0, &["test", &wizard]);
    run(0, &["self-test"]);
    run(0, &["rehearse", "sspr-admins", "--yes", "--answers", &answers]);
    run(3, &["check", "sspr-admins", "--set", "goal=enable", "--graph-root", &root]);
    let kept = ["--log", "log.ndjson", "--report", "reports", "--graph-root", &root];
    run(0, &[&["run", "sspr-admins", "--yes", "--answers", &answers][..], &kept].concat());
    let runs = run(0, &["runs", "--output", "json"]);
    let newest: serde_json::Value = serde_json::from_str(runs.lines().next().unwrap()).unwrap();
    run(0, &["report", newest["run"].as_str().unwrap()]);
    run(0, &["resume", "--yes", "--graph-root", &root]);
    run(0, &["rollback", "--yes", "--graph-root", &root]);
    run(9, &["update", "--check", "--index-url", &releases]);
    run(9, &["update", "--install", "--yes", "--index-url", &releases]);
    run(0, &["client-id"]);
    run(0, &["sign-out"]);
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    for command in commands.lines().filter_map(|line| line.split_whitespace().next()) {
        assert!(command == "help" || done.contains(command), "`{command}` was not tried: add it here");
    }
}

/// A crate in the tree of `self_update` has one: a program by this name deletes a file and starts `cmd.exe`. Ours is
/// built without it.
#[test]
fn no_name_of_the_program_opens_a_hidden_entrance() {
    for name in ["a.__selfdelete__.exe", "a.__relocated__.exe", "a.__temp__.exe"] {
        let download = Download::named(name);
        let planted = Planted::beside(download.folder.path());
        let victim = download.folder.path().join("victim.txt");
        fs_err::write(&victim, "still here").unwrap();
        let ran = planted.run(download.command(&["0", &windows_path(&victim)])).exits(2);
        assert!(ran.stderr.contains("unrecognized subcommand '0'"), "{}", ran.all());
        assert!(victim.exists());
        assert_eq!(planted.taken(), [""; 0], "{name}");
    }
    let program = fs_err::read(exe()).unwrap();
    assert!(!program.windows(15).any(|bytes| bytes == b"cmd.exe /c exit"), "a command line is in the program");
}
