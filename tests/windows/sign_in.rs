//! Signing in on Windows: the browser that Windows opens, a sign-in that Windows protects, and the script that is the
//! Azure CLI there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::desktop::{Desktop, pause};
use crate::planted::Planted;
use crate::program::{Download, windows_path};
use crate::support::authority::{Authority, CLIENT, DOMAIN, TENANT};
use crate::support::browser::browse;
use crate::support::sandbox::{Ran, Served, project};

const CHECK: [&str; 6] =
    ["check", "sspr-admins", "--set", "goal=enable", "--set", "exclude=emergency@contoso.onmicrosoft.com"];
const CLOSE: &str = "Press Enter to close this window.";

fn authority() -> Authority {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/tenant.toml")).unwrap();
    Authority::start(Served::start(&seed, &[]))
}

/// The arguments of a check of the service's tenant.
fn args(authority: &Authority, more: &[&str]) -> Vec<String> {
    let place = ["--client-id", CLIENT, "--tenant", DOMAIN, "--authority"].map(str::to_owned);
    let roots = [authority.url(), "--graph-root".to_owned(), authority.tenant.server.root()];
    let check = CHECK.map(str::to_owned);
    check.into_iter().chain(place).chain(roots).chain(more.iter().map(|word| (*word).to_owned())).collect()
}

fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

fn ran(mut command: Command, code: i32) -> Ran {
    Ran::of(command.output().unwrap()).exits(code)
}

/// Writes a program of this machine (not of Windows) and returns its folder.
fn script(download: &Download, name: &str, text: &str) -> PathBuf {
    let folder = download.folder.path().join("bin");
    fs_err::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs_err::write(&path, text).unwrap();
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[test]
fn windows_opens_the_browser_and_nothing_beside_the_program_and_the_answer_comes_back() {
    let (authority, download) = (authority(), Download::new());
    let planted = Planted::beside(download.folder.path());
    let opened = download.folder.path().join("opened");
    // Wine hands a page on to the browser of the machine that it runs on.
    let text = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", opened.display());
    let folder = script(&download, "xdg-open", &text);
    #[expect(clippy::disallowed_methods, reason = "Wine needs the search path of these tests")]
    let path = std::env::var_os("PATH").unwrap();
    let paths = std::iter::once(folder).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(paths).unwrap().into_string().unwrap();
    let args = args(&authority, &[]);
    let (name, order) = &planted.overrides;
    let mut desktop = Desktop::opens_with(&download, &words(&args), &[("PATH", &path), (name, order)]);
    desktop.sees("Waiting for the browser.");
    let page = (0..400).find_map(|_| {
        pause();
        fs_err::read_to_string(&opened).ok().filter(|text| text.ends_with('\n'))
    });
    let page = page.unwrap_or_else(|| panic!("no page was opened\n{}", desktop.screen()));
    assert!(page.starts_with("http://127.0.0.1:"), "{page}");
    let visit = browse(page.trim());
    assert!(visit.page.contains("The answer has arrived"), "{visit:?}");
    desktop.sees(CLOSE);
    desktop.presses(&["Return"]);
    assert_eq!(desktop.ends(), 3);
    assert_eq!(authority.of("token authorization_code").len(), 1);
    assert_eq!(planted.taken(), [""; 0]);
}

#[test]
fn a_remembered_sign_in_is_a_file_that_windows_protects() {
    let (authority, download) = (authority(), Download::new());
    let remember = args(&authority, &["--device-code", "--remember-sign-in"]);
    let unattended = args(&authority, &["--device-code", "--remember-sign-in", "--yes"]);
    let said = ran(download.command(&words(&unattended)), 5);
    assert!(said.stderr.contains("no sign-in is remembered here that would do"), "{}", said.all());
    authority.approve_next_device();
    let mut desktop = Desktop::opens(&download, &words(&remember));
    desktop.sees("fixforme saves the sign-in in a file that Windows protects");
    desktop.presses(&["Return"]).sees(CLOSE);
    desktop.presses(&["Return"]);
    assert_eq!(desktop.ends(), 3);
    drop(desktop);
    // The next start needs nobody.
    let said = ran(download.command(&words(&unattended)), 3);
    assert_eq!(authority.of("devicecode").len(), 1, "{}", said.all());
    // Nothing in the state folder holds a secret in clear.
    let folder = download.state().join("sign-ins");
    let files: Vec<PathBuf> = fs_err::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let bytes = fs_err::read(&files[0]).unwrap();
    assert!(bytes.len() > 200, "there is nothing in it");
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for secret in authority.secrets().iter().map(String::as_str).chain(["refresh_token", TENANT]) {
        for spelling in [secret.as_bytes().to_vec(), wide(secret)] {
            let found = bytes.windows(spelling.len()).any(|part| part == spelling);
            assert!(!found, "{secret} is in the file");
        }
    }
    // A damaged file, or that of another sign-in, is told, and nothing else is used.
    let good = bytes.clone();
    let mut bad = bytes;
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    fs_err::write(&files[0], &bad).unwrap();
    let said = ran(download.command(&words(&unattended)), 5);
    assert!(said.stderr.contains("Windows does not open it"), "{}", said.all());
    fs_err::write(&files[0], &good).unwrap();
    let _ = ran(download.command(&words(&unattended)), 3);
    let said = ran(download.command(&["sign-out"]), 0);
    assert!(said.stderr.contains("No sign-in of fixforme is left"), "{}", said.all());
    assert!(!files[0].exists());
    let _ = ran(download.command(&words(&unattended)), 5);
}

#[test]
fn the_azure_cli_is_a_script_that_is_started_by_its_path() {
    let (authority, download) = (authority(), Download::new());
    let folder =
        script(&download, "az.cmd", "@echo off\r\necho %* > \"%~dp0asked.txt\"\r\ntype \"%~dp0answer.json\"\r\n");
    fs_err::write(folder.join("answer.json"), json!({"accessToken": authority.tenant.token()}).to_string()).unwrap();
    // One beside the program is not the one.
    fs_err::write(download.folder.path().join("az.cmd"), "@echo off\r\necho planted > \"%~dp0planted.txt\"\r\n")
        .unwrap();
    let check = [&CHECK[..], &["--yes", "--sign-in", "az", "--tenant", TENANT]].concat();
    let roots = ["--authority", &authority.url(), "--graph-root", &authority.tenant.server.root()];
    let mut command = download.command(&[&check[..], &roots].concat());
    command.env("WINEPATH", windows_path(&folder));
    let said = ran(command, 3);
    let asked = fs_err::read_to_string(folder.join("asked.txt")).unwrap();
    let words = "account get-access-token --output json --resource https://graph.microsoft.com --tenant ";
    assert_eq!(asked.trim(), format!("{words}{TENANT}"), "{}", said.all());
    assert!(!download.folder.path().join("planted.txt").exists());
}
