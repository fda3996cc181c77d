//! The quiet look for a newer version, and what a withdrawn version still does.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::crash::{LAB, kill_when_stalled};
use crate::support::home::Home;
use crate::support::release_server::{ReleaseServer, Reply};
use crate::support::releases::{OLD, Signer, index, later, newer, stem, test_releases};
use crate::support::sandbox::{Ran, Served};
use crate::support::terminal::{CHECK, Terminal};
use crate::support::wait::wait_until;

/// A file of the state, as JSON; null where there is none.
fn state(home: &Home, name: &str) -> Value {
    let text = fs_err::read_to_string(home.sandbox.state().join("update").join(name)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The program as it looks for updates at `site`.
fn looking(home: &Home, site: &ReleaseServer, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command.env_remove("FIXFORME_NO_UPDATE_CHECK").env("FIXFORME_INDEX_URL", site.index_url());
    command
}

/// The same, against a tenant.
fn looking_at(home: &Home, site: &ReleaseServer, tenant: &Served, args: &[&str]) -> Command {
    let mut command = looking(home, site, args);
    command.args(["--graph-root", &tenant.server.root()]).env("FIXFORME_ACCESS_TOKEN", tenant.token());
    command
}

/// The last line of the menu, after which it reads keys, and the keys that take it.
const MENU: &str = "   Close";
const CLOSE: &str = "\u{1b}[B\u{1b}[B\u{1b}[B\u{1b}[B\r";

#[test]
fn a_person_is_told_of_a_newer_version_once_it_is_found_and_at_the_next_start() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let words = format!("fixforme {new} is available; this is {OLD}.");

    let mut terminal = Terminal::at(&looking(&home, &site, &[]));
    terminal.sees(MENU);
    wait_until(|| state(&home, "looked.json")["available"] == json!(new));
    terminal.types(CLOSE).sees(&words).sees("`fixforme update`");
    let _left = terminal.leaves().exits(0);
    let asked = site.requests();
    assert_eq!(asked, ["GET /stable/index.json", "GET /stable/index.json.minisig"]);

    // The next start knows it, and asks nobody before the day is over.
    let mut terminal = Terminal::at(&looking(&home, &site, &[]));
    terminal.sees(&words).sees(MENU).types(CLOSE);
    let left = terminal.leaves().exits(0);
    assert_eq!(left.text().matches("is available").count(), 1, "{}", left.text());
    assert_eq!(site.requests(), asked);

    let mut looked = state(&home, "looked.json");
    let at: Timestamp = looked["at"].as_str().unwrap().parse().unwrap();
    for (at, again) in [
        (at.checked_sub(SignedDuration::from_hours(23)).unwrap(), 0),
        (at.checked_sub(SignedDuration::from_hours(25)).unwrap(), 2),
        // A clock that ran ahead and was put right does not silence it.
        (at.checked_add(SignedDuration::from_hours(1000)).unwrap(), 2),
    ] {
        looked["at"] = json!(at.to_string());
        fs_err::write(home.sandbox.state().join("update/looked.json"), looked.to_string()).unwrap();
        let before = site.requests().len();
        let mut terminal = Terminal::at(&looking(&home, &site, &[]));
        terminal.sees(MENU);
        wait_until(|| site.requests().len() >= before + again);
        terminal.types(CLOSE);
        let _left = terminal.leaves().exits(0);
        assert_eq!(site.requests().len(), before + again);
    }

    // The new version itself has nothing to tell.
    let _ = home.update(&site, &[]).exits(0);
    let mut terminal = Terminal::at(&looking(&home, &site, &[]));
    terminal.sees(MENU).types(CLOSE);
    assert!(!terminal.leaves().exits(0).text().contains("is available"));
}

#[test]
fn nobody_looks_where_nobody_is_led_or_nobody_wants_it() {
    let (home, site, tenant) =
        (Home::new(), ReleaseServer::start(), Served::case("wizards/sspr-admins", "contoso", &[]));
    site.offer(&[&newer('9')]);
    let before = home.files();
    for more in [&["--yes", "--tenant", "contoso.example"][..], &["--output", "json"], &["--output", "plain"]] {
        let ran = Ran::of(looking_at(&home, &site, &tenant, &[&CHECK, more].concat()).output().unwrap()).exits(3);
        assert!(!ran.all().contains("is available"), "{}", ran.all());
    }
    let terminal = Terminal::at(&looking(&home, &site, &["rehearse", "sspr-admins", "--yes", "--set", "goal=enable"]));
    let _left = terminal.leaves();
    let terminal = Terminal::at(looking_at(&home, &site, &tenant, &CHECK).env("FIXFORME_NO_UPDATE_CHECK", "1"));
    let _left = terminal.leaves().exits(3);
    assert_eq!((site.requests(), home.program_files().len()), (Vec::new(), 1));
    assert!(!home.sandbox.state().join("update").exists(), "{before:?}");

    let ran = home.run(&["update", "--daily-look", "off"]).exits(0);
    assert!(ran.stdout.contains("does not look for newer versions by itself any more"), "{}", ran.all());
    let _left = Terminal::at(&looking_at(&home, &site, &tenant, &CHECK)).leaves().exits(3);
    assert_eq!(site.requests(), Vec::<String>::new());
    let _ = home.run(&["update", "--daily-look", "on"]).exits(0);
    let _left = Terminal::at(&looking_at(&home, &site, &tenant, &CHECK)).leaves().exits(3);
    // The look may be cut short by the program's end, but it has begun.
    assert_ne!(state(&home, "looked.json")["at"], Value::Null);
}

#[test]
fn a_look_that_fails_is_not_heard_of_and_one_that_takes_long_is_not_waited_for() {
    let (site, tenant) = (ReleaseServer::start(), Served::case("wizards/sspr-admins", "contoso", &[]));
    let text = serde_json::to_vec(&index(Vec::new())).unwrap();
    let forged = test_releases().sign(Signer::Stranger, &text, "fixforme index 1 stable").into_bytes();
    let said = |home: &Home, looks: bool| {
        let mut command = looking_at(home, &site, &tenant, &CHECK);
        if !looks {
            command.env("FIXFORME_NO_UPDATE_CHECK", "1");
        }
        // Progress shows where the check takes a moment, and not otherwise.
        let left = Terminal::at(&command).leaves().exits(3);
        let is_said = |line: &&str| line.contains(['✔', '✖', '·', '.']) && !line.contains("checking:");
        left.text().lines().filter(is_said).map(str::to_owned).collect::<Vec<_>>()
    };
    let quiet = said(&Home::new(), false);
    for reply in [
        Reply::Status(500, "<html>no</html>".to_owned()),
        Reply::Drip,
        Reply::Endless,
        Reply::Cut(text.clone()),
        Reply::Bytes(b"<html>sign in to this network</html>".to_vec()),
        Reply::Bytes(text.clone()),
    ] {
        let home = Home::new();
        site.put("index.json", reply);
        site.put("index.json.minisig", Reply::Bytes(forged.clone()));
        let words = said(&home, true);
        let news = |line: &&String| line.contains("update") || line.contains("release") || line.contains("available");
        assert_eq!(words.iter().filter(news).count(), 0, "{words:#?}");
        assert_eq!(words.len(), quiet.len(), "{words:#?}\n{quiet:#?}");
        assert_eq!(state(&home, "trusted.json"), Value::Null);
    }
}

#[test]
fn a_withdrawn_version_reads_but_changes_no_tenant() {
    let (home, site, tenant) =
        (Home::new(), ReleaseServer::start(), Served::case("wizards/sspr-admins", "contoso", &[]));
    let mut list = site.offer(&[&newer('9')]);
    list["revoked"] = json!([{ "version": OLD, "because": "its rollback is wrong." }]);
    site.publish(&later(&list));
    let run = ["run", "sspr-admins", "--yes", "--tenant", "contoso.example", "--set", "goal=enable"];
    let at = |args: &[&str]| {
        let mut command = home.command(args);
        command.args(["--graph-root", &tenant.server.root()]).env("FIXFORME_ACCESS_TOKEN", tenant.token());
        Ran::of(command.output().unwrap())
    };
    // It is told by a look, or by `update --check`.
    let _ = home.update(&site, &["--check"]).exits(80);
    let ran = at(&run).exits(9);
    let words = format!("fixforme {OLD} was withdrawn and changes no tenant any more: its rollback is wrong.");
    assert!(ran.stderr.contains(&words), "{}", ran.all());
    assert!(ran.stderr.contains("hint: `fixforme update` takes a later version"), "{}", ran.all());
    assert!(ran.stdout.contains("Nothing was changed."), "{}", ran.all());
    let ran = at(&[&CHECK[..], &["--yes", "--tenant", "contoso.example"]].concat()).exits(3);
    assert!(ran.stderr.contains(&format!("fixforme {OLD}, which runs, was withdrawn")), "{}", ran.all());
    assert_eq!(tenant.writes(), Vec::<String>::new());
    // A rehearsal touches no tenant.
    let ran = home.run(&["rehearse", "sspr-admins", "--yes", "--set", "goal=enable"]);
    assert!(!ran.all().contains("withdrawn"), "{}", ran.all());

    let _ = home.update(&site, &[]).exits(0);
    let ran = at(&run);
    assert!(!ran.all().contains("withdrawn"), "{}", ran.all());
}

#[test]
fn an_open_run_of_a_withdrawn_version_is_gone_on_with_by_the_one_that_takes_its_place() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let mut list = site.offer(&[&newer('9')]);
    let tenant = LAB.serve(&["stall-after=PATCH /v1.0/**#1"]);
    assert!(kill_when_stalled(LAB.command(&home.sandbox, &tenant), &tenant));
    let _ = home.update(&site, &[]).exits(10);
    list["revoked"] = json!([{ "version": OLD, "because": "it loses journals." }]);
    site.publish(&later(&list));
    let _ = home.update(&site, &["--check"]).exits(80);
    let writes = tenant.writes();
    let resume = || {
        let mut command = home.command(&["resume", "--yes", "--graph-root", &tenant.server.root()]);
        Ran::of(command.env("FIXFORME_ACCESS_TOKEN", tenant.token()).output().unwrap())
    };
    // What became of the change outranks the refusal.
    let ran = resume().exits(8);
    assert!(ran.stderr.contains("was withdrawn"), "{}", ran.all());
    assert!(!ran.stdout.contains("Nothing was changed."), "{}", ran.all());
    let mut command = home.command(&["rollback", "--yes", "--graph-root", &tenant.server.root()]);
    let ran = Ran::of(command.env("FIXFORME_ACCESS_TOKEN", tenant.token()).output().unwrap()).exits(8);
    assert!(ran.stderr.contains("was withdrawn"), "{}", ran.all());
    assert_eq!(tenant.writes(), writes);
    let _ = home.update(&site, &[]).exits(0);
    let _ = resume().exits(0);
}

#[test]
fn a_withdrawn_version_knows_it_also_where_no_other_can_be_had() {
    let (site, tenant) = (ReleaseServer::start(), Served::case("wizards/sspr-admins", "contoso", &[]));
    let mut list = site.offer(&[&newer('9')]);
    list["revoked"] = json!([{ "version": OLD, "because": "it is wrong." }]);
    site.publish(&later(&list));
    site.put(&format!("{}.tar.gz", stem(&newer('9'))), Reply::Status(404, "none".to_owned()));
    let run = ["run", "sspr-admins", "--yes", "--tenant", "contoso.example", "--set", "goal=enable"];
    let at = |home: &Home, args: &[&str]| Ran::of(looking_at(home, &site, &tenant, args).output().unwrap());

    // The list is good, so the run that would go on without a newer version does not.
    let home = Home::new();
    let ran = at(&home, &[&run[..], &["--update"]].concat()).exits(9);
    assert!(ran.stderr.contains("No newer version was taken"), "{}", ran.all());
    assert!(ran.stderr.contains("was withdrawn and changes no tenant any more: it is wrong."), "{}", ran.all());

    // So does one that nobody agreed to install anywhere.
    let home = Home::at("Downloads/fixforme", OLD);
    let _ = home.update(&site, &["--yes"]).exits(4);
    let _ = at(&home, &run).exits(9);
    assert_eq!(tenant.writes(), Vec::<String>::new());
}

#[test]
fn an_unattended_run_takes_a_newer_version_only_where_that_is_said() {
    let (site, new) = (ReleaseServer::start(), newer('9'));
    let tenant = Served::case("wizards/sspr-admins", "contoso", &[]);
    let run =
        ["run", "sspr-admins", "--yes", "--tenant", "contoso.example", "--set", "goal=enable", "--output", "json"];
    let at = |home: &Home, args: &[&str]| Ran::of(looking_at(home, &site, &tenant, args).output().unwrap());

    // An address that does not answer keeps nobody from repairing a tenant.
    let home = Home::new();
    let ran = at(&home, &[&run[..], &["--update"]].concat()).exits(4);
    assert!(ran.all().contains("No newer version was taken"), "{}", ran.all());

    let list = site.offer(&[&new]);
    let before = site.requests();
    let _ = at(&home, &run).exits(4);
    assert_eq!((home.version(), site.requests()), (OLD.to_owned(), before));
    let ran = at(&home, &[&run[..], &["--update"]].concat()).exits(4);
    assert_eq!(home.version(), new);
    let events = ran.events();
    assert!(events.iter().any(|event| event["type"] == "update" && event["installed"] == json!(new)), "{}", ran.all());
    assert_eq!(events.iter().filter(|event| event["type"] == "run.finished").count(), 1, "{}", ran.all());
    assert_eq!(events.last().unwrap()["type"], "run.finished");

    // A withdrawn one makes way and leaves the run to the next.
    let home = Home::new();
    let mut list = list;
    list["revoked"] = json!([{ "version": OLD, "because": "it is wrong." }]);
    site.publish(&later(&list));
    let ran = at(&home, &[&run[..], &["--update"]].concat()).exits(9);
    assert!(ran.all().contains("run this again"), "{}", ran.all());
    assert_eq!((home.version(), tenant.writes()), (new, Vec::new()));

    // What is not trusted ends it.
    let home = Home::new();
    let text = serde_json::to_vec(&list).unwrap();
    site.put("index.json.minisig", Reply::Bytes(test_releases().sign(Signer::Stranger, &text, "none").into_bytes()));
    let _ = at(&home, &[&run[..], &["--update"]].concat()).exits(9);
    assert_eq!(home.version(), OLD);
}
