//! What of a sign-in outlives the program: a person's sign-in in the keyring where that was asked for, and which app signs
//! in to which tenant. The keyring's tool is a script here; a real keyring is asked in tests/interop/oidc.
#![cfg(all(unix, not(target_os = "macos")))]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::process::Command;

use crate::platform::program;
use crate::support::authority::{Authority, CLIENT, DOMAIN, TENANT, refusal};
use crate::support::browser::browse;
use crate::support::person::Place;
use crate::support::sandbox::{Ran, Sandbox, Served};
use crate::support::terminal::{CHECK, HAPPY, LED, Terminal, contoso};
use crate::support::traces::{contains, files_below};

const REMEMBER: [&str; 5] = ["--client-id", CLIENT, "--remember-sign-in", "--tenant", DOMAIN];
const DOWN: &str = "\u{1b}[B";

/// As `secret-tool` does: one secret a line of attributes, in a folder outside of the state folder; it writes down its
/// arguments.
const KEYRING: &str = r#"
printf '%s\n' "$*" >> "$HOME/asked"
verb=$1; shift
case $verb in
store) shift 2; IFS= read -r secret || :; printf '%s' "$secret" > "$HOME/keyring/secret"; printf '%s' "$*" > "$HOME/keyring/of" ;;
lookup) [ -e "$HOME/keyring/of" ] && IFS= read -r of < "$HOME/keyring/of"; [ "$of" = "$*" ] || exit 1
        IFS= read -r secret < "$HOME/keyring/secret"; printf '%s' "$secret" ;;
clear) [ -e "$HOME/keyring/of" ] || exit 1; : > "$HOME/keyring/of"; : > "$HOME/keyring/secret" ;;
esac
exit 0"#;

fn place(keyring: &str) -> Place {
    place_of(contoso(&[]), keyring)
}

fn place_of(tenant: Served, keyring: &str) -> Place {
    let place = Place::new(tenant);
    fs_err::create_dir(place.sandbox.folder.path().join("keyring")).unwrap();
    program(&place.sandbox, "secret-tool", keyring);
    place
}

fn check(place: &Place, more: &[&str]) -> Command {
    place.command(&[&CHECK[..], &REMEMBER, more].concat())
}

fn sign_out(place: &Place) -> Ran {
    let mut command = place.sandbox.command(&["sign-out"]);
    Ran::of(command.env("PATH", place.sandbox.folder.path().join("bin")).output().unwrap())
}

/// The opened pages so far.
fn opened(place: &Place) -> usize {
    fs_err::read_to_string(place.sandbox.folder.path().join("opened")).unwrap_or_default().lines().count()
}

#[test]
fn a_remembered_sign_in_needs_no_browser_the_next_time_and_sign_out_removes_it() {
    let place = place(KEYRING);
    let mut terminal = Terminal::at(&check(&place, &[]));
    terminal.sees("fixforme saves the sign-in in");
    browse(&place.opened(1));
    let _left = terminal.leaves().exits(3);
    // The next start, of a person and of nobody.
    let left = Terminal::at(&check(&place, &[])).leaves().exits(3);
    let _left = left
        .says("Your sign-in was kept in the keyring of this desktop; `fixforme sign-out`")
        .says("maria.admin@contoso.example");
    let ran = Ran::of(check(&place, &["--yes"]).output().unwrap()).exits(3);
    assert_eq!(opened(&place), 1, "{}", ran.all());
    let grants = ["authorize", "token authorization_code", "token refresh_token", "token refresh_token"];
    let order: Vec<String> = place.authority.order().into_iter().filter(|what| what != "discovery").collect();
    assert_eq!(order, grants);
    // Each token replaced the one before.
    let refresh = |nth: usize| place.authority.of("token refresh_token")[nth].form["refresh_token"].clone();
    assert_ne!(refresh(0), refresh(1));
    assert_eq!(place.authority.of("token refresh_token")[0].tenant, TENANT, "the tenant that it is of");
    // Without the flag nothing of it is used.
    let args = [&CHECK[..], &["--client-id", CLIENT, "--tenant", DOMAIN, "--yes"]].concat();
    let _ = Ran::of(place.command(&args).output().unwrap()).exits(5);
    let out = sign_out(&place).exits(0);
    assert!(out.all().contains("No sign-in of fixforme is left in the keyring of this desktop."), "{}", out.all());
    let _ = sign_out(&place).exits(0);
    let ran = Ran::of(check(&place, &["--yes"]).output().unwrap()).exits(5);
    assert!(ran.stderr.contains("no sign-in is remembered here that would do"), "{}", ran.all());
    // No secret was an argument, and none is in a file of ours.
    let asked = fs_err::read_to_string(place.sandbox.folder.path().join("asked")).unwrap();
    assert!(
        asked.contains("store --label Sign-in of fixforme application fixforme sign-in http://127.0.0.1:"),
        "{asked}"
    );
    let mut files = vec![("the arguments".to_owned(), asked.into_bytes())];
    if place.sandbox.state().exists() {
        files_below(&place.sandbox.state(), &mut files);
    }
    let secrets = place.authority.secrets();
    assert!(secrets.len() > 4);
    for (name, text) in &files {
        assert!(!secrets.iter().any(|secret| contains(text, secret.as_bytes())), "a secret is in {name}");
    }
}

#[test]
fn a_whole_run_keeps_the_newest_token() {
    let place = place(KEYRING);
    let mut terminal = Terminal::at(&place.command(&[&LED[..], &REMEMBER].concat()));
    terminal.answers(&HAPPY[..1]);
    browse(&place.opened(1));
    terminal.answers(&HAPPY[1..]);
    let _left = terminal.leaves().exits(0).says("4 changes were made and verified.");
    let kept = fs_err::read_to_string(place.sandbox.folder.path().join("keyring/secret")).unwrap();
    // The second sign-in, for the permissions to change, gave it.
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert!(kept["refresh_token"].as_str().unwrap().contains("refresh-0003"), "{kept}");
    assert_eq!((kept["v"].as_u64(), kept["tenant"].as_str()), (Some(1), Some(TENANT)));
}

#[test]
fn a_remembered_sign_in_that_has_ended_asks_the_person_again() {
    let place = place(KEYRING);
    let terminal = Terminal::at(&check(&place, &[]));
    browse(&place.opened(1));
    let _left = terminal.leaves().exits(3);
    place.authority.next("token refresh_token", refusal("invalid_grant", 700082));
    let mut terminal = Terminal::at(&check(&place, &[]));
    terminal.sees("Your browser opens once more: Microsoft wants you to sign in again.");
    browse(&place.opened(2));
    let _left = terminal.leaves().exits(3);
    let second = place.authority.of("authorize").pop().unwrap();
    assert_eq!(second.form["login_hint"], "maria.admin@contoso.example");
    // And the new one is the one that is kept.
    let _left = Terminal::at(&check(&place, &[])).leaves().exits(3);
    assert_eq!(opened(&place), 2);
    // Where nobody is there, it is told.
    place.authority.next("token refresh_token", refusal("invalid_grant", 700082));
    let ran = Ran::of(check(&place, &["--yes"]).output().unwrap()).exits(5);
    assert!(ran.stderr.contains("nobody can be asked"), "{}", ran.all());
}

#[test]
fn an_account_that_is_refused_is_not_remembered() {
    let secret = |place: &Place| fs_err::read_to_string(place.sandbox.folder.path().join("keyring/secret")).unwrap();
    // In the middle of a run: the first one's sign-in ends, and somebody else signs in.
    let place = place_of(contoso(&["fail=GET /v1.0/organization#1:401"]), KEYRING);
    place.authority.next("token refresh_token", refusal("invalid_grant", 50173));
    let mut terminal = Terminal::at(&check(&place, &[]));
    browse(&place.opened(1));
    let _ = place.opened(2);
    let kept = secret(&place);
    assert!(kept.contains("refresh-0002"), "{kept}");
    place.authority.another_signs_in();
    terminal.sees("Your browser opens once more");
    browse(&place.opened(2));
    let left = terminal.leaves().exits(5).says("the new sign-in is for ben.other@contoso.example");
    let _left = left.says("the one before was for").says("Nothing was changed.");
    assert_eq!(secret(&place), kept, "what was refused is kept");

    // At another start: who wants to be somebody else says so.
    place.authority.next("token refresh_token", refusal("invalid_grant", 700082));
    let mut terminal = Terminal::at(&check(&place, &[]));
    terminal.sees("Your browser opens once more");
    browse(&place.opened(3));
    let _left = terminal.leaves().exits(5).says("first remove the kept sign-in");
    assert_eq!(secret(&place), kept, "what was refused is kept");
    assert_eq!(place.authority.tenant.tenant().log().len(), 1, "Graph was asked for somebody else");
    let _ = sign_out(&place).exits(0);
    let terminal = Terminal::at(&check(&place, &[]));
    browse(&place.opened(4));
    let _left = terminal.leaves().says("Signed in as ");
    assert!(secret(&place).contains("ben.other@contoso.example"), "{}", secret(&place));
}

#[test]
fn a_keyring_that_cannot_be_used_keeps_nobody_from_knowing() {
    for (keyring, words) in [
        ("echo 'secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY' >&2; exit 1", "Cannot autolaunch D-Bus"),
        ("exit 7", "ended with Some(7)"),
        ("kill -9 $$", "ended with None"),
    ] {
        let place = place(keyring);
        let ran = Ran::of(check(&place, &["--yes"]).output().unwrap()).exits(5);
        assert!(ran.stderr.contains(words) && ran.stderr.contains("leave out `--remember-sign-in`"), "{}", ran.all());
        let left = Terminal::at(&check(&place, &[])).leaves().exits(5).says("the sign-in cannot be remembered");
        assert_eq!(opened(&place), 0, "nobody need sign in for nothing: {}", left.text());
        let out = sign_out(&place).exits(5);
        assert!(out.stderr.contains("the keyring of this desktop cannot be used"), "{}", out.all());
        assert!(!place.sandbox.state().exists(), "something was written");
    }
    // It takes nothing: the token that came is not used.
    let refuses = "case $1 in store) echo 'secret-tool: the collection is locked' >&2; exit 1;; esac; exit 1";
    let place = place(refuses);
    let terminal = Terminal::at(&check(&place, &[]));
    browse(&place.opened(1));
    let left = terminal.leaves().exits(5).says("the collection is locked").says("Nothing was changed.");
    assert_eq!(place.authority.tenant.tenant().log().len(), 0, "Graph was asked: {}", left.text());
    assert!(!place.sandbox.state().exists(), "something was written");
    // There is none at all.
    let place = Place::new(contoso(&[]));
    let ran = Ran::of(check(&place, &["--yes"]).output().unwrap()).exits(5);
    assert!(ran.stderr.contains("there is no program `secret-tool` here"), "{}", ran.all());
}

#[test]
fn a_locked_keyring_is_waited_for_where_a_person_can_unlock_it_and_nowhere_else() {
    // A person types its password for six seconds.
    let unlocks = format!("[ -e \"$HOME/open\" ] || /bin/sleep 6\n: > \"$HOME/open\"\n{KEYRING}");
    let attended = place(&unlocks);
    let terminal = Terminal::at(&check(&attended, &[]));
    let alone = place("exec /bin/sleep 100");
    let ran = Ran::of(check(&alone, &["--yes"]).output().unwrap()).exits(5);
    let said = ran.all();
    assert!(said.contains("did not end within 5 s") && said.contains("Nothing was changed."), "{said}");
    browse(&attended.opened(1));
    let _left = terminal.leaves().exits(3);
}

#[test]
fn what_somebody_else_has_put_into_the_keyring_is_not_taken_for_a_sign_in() {
    for secret in ["", "{}", "secret-words", r#"{"v":2,"refresh_token":"x"}"#, r#"{"v":1,"refresh_token":""}"#] {
        let place = place(&format!("[ $1 = lookup ] && printf '%s' '{secret}'; exit 0"));
        let ran = Ran::of(check(&place, &["--yes"]).output().unwrap()).exits(5);
        assert!(ran.stderr.contains("no sign-in is remembered"), "{}", ran.all());
        assert!(!ran.all().contains("secret-words"), "{}", ran.all());
    }
}

#[test]
fn only_a_persons_sign_in_is_remembered() {
    let place = place(KEYRING);
    for args in [&["--sign-in", "client-secret"][..], &["--sign-in", "az"], &["--sign-in", "access-token"]] {
        let ran = Ran::of(check(&place, args).output().unwrap()).exits(2);
        assert!(ran.stderr.contains("keeps a person's sign-in"), "{}", ran.all());
    }
    let _ = Ran::of(check(&place, &["--certificate", "x"]).output().unwrap()).exits(2);
}

#[test]
fn the_app_of_a_tenant_is_kept_by_a_command() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["client-id"]).exits(0);
    assert!(ran.stderr.contains("No app is kept for any tenant."), "{}", ran.all());
    let _ = sandbox.run(&["client-id", "Contoso.example", &CLIENT.to_uppercase()]).exits(0);
    let _ = sandbox.run(&["client-id", TENANT, CLIENT]).exits(0);
    assert_eq!(sandbox.run(&["client-id", DOMAIN]).exits(0).stdout, format!("{CLIENT}\n"));
    let list = sandbox.run(&["client-id"]).exits(0).stdout;
    assert_eq!(list, format!("{CLIENT}  {TENANT}\n{CLIENT}  {DOMAIN}\n"));
    let row = &sandbox.run(&["client-id", "--output", "json"]).exits(0).events()[1];
    assert_eq!((row["type"].as_str(), row["tenant"].as_str()), (Some("client_id"), Some(DOMAIN)));
    let file = fs_err::read_to_string(sandbox.state().join("config.toml")).unwrap();
    assert!(file.contains(&format!("\"{DOMAIN}\" = \"{CLIENT}\"")), "{file}");
    let _ = sandbox.run(&["client-id", DOMAIN, "--forget"]).exits(0);
    let ran = sandbox.run(&["client-id", DOMAIN]).exits(2);
    assert!(ran.stderr.contains("no app is kept for contoso.example"), "{}", ran.all());
    let _ = sandbox.run(&["client-id", DOMAIN, "--forget"]).exits(2);
    for odd in [&["client-id", "a b", CLIENT][..], &["client-id", "common", CLIENT], &["client-id", DOMAIN, "me"]] {
        let _ = sandbox.run(odd).exits(2);
    }
}

#[test]
fn the_kept_app_signs_in_where_nothing_else_is_said() {
    let authority = Authority::start(contoso(&[]));
    let sandbox = Sandbox::new();
    let _ = sandbox.run(&["client-id", DOMAIN, CLIENT]).exits(0);
    let certificate = crate::support::authority::certificate();
    let args = [&CHECK[..], &["--certificate", &certificate, "--tenant", DOMAIN]].concat();
    let _ = Ran::of(authority.command(&sandbox, &args).output().unwrap()).exits(3);
    assert_eq!(authority.of("token client_credentials")[0].form["client_id"], CLIENT);
    // A variable or a flag says something else, and is taken.
    let other = "00000000-0000-4000-8000-000000000002";
    let ran = Ran::of(authority.command(&sandbox, &args).env("FIXFORME_CLIENT_ID", other).output().unwrap()).exits(5);
    assert!(ran.stderr.contains(other), "{}", ran.all());
    let args = [&CHECK[..], &["--certificate", &certificate, "--tenant", TENANT]].concat();
    let ran = Ran::of(authority.command(&sandbox, &args).output().unwrap()).exits(5);
    assert!(ran.stderr.contains("fixforme client-id TENANT ID"), "{}", ran.all());
}

#[test]
fn a_damaged_file_is_told_with_its_place_and_stops_nothing_that_does_not_need_it() {
    let authority = Authority::start(contoso(&[]));
    let sandbox = Sandbox::new();
    let certificate = crate::support::authority::certificate();
    let _ = sandbox.run(&["client-id", DOMAIN, CLIENT]).exits(0);
    let file = sandbox.state().join("config.toml");
    for (text, words) in [
        ("[client_ids]\n\"contoso.example\" = 7\n", "line 2"),
        ("client_ids = \"x\"\nother = 1\n", "line 1"),
        ("\u{0}", "line 1"),
    ] {
        fs_err::write(&file, text).unwrap();
        for args in [&["client-id"][..], &["client-id", DOMAIN, CLIENT]] {
            let ran = sandbox.run(args).exits(2);
            assert!(ran.stderr.contains("config.toml") && ran.stderr.contains(words), "{}", ran.all());
        }
        let args = [&CHECK[..], &["--certificate", &certificate, "--tenant", DOMAIN]].concat();
        let ran = Ran::of(authority.command(&sandbox, &args).output().unwrap()).exits(2);
        assert!(ran.stderr.contains("correct the file, or remove it"), "{}", ran.all());
        let named = [&args[..], &["--client-id", CLIENT]].concat();
        let _ = Ran::of(authority.command(&sandbox, &named).output().unwrap()).exits(3);
        assert_eq!(fs_err::read_to_string(&file).unwrap(), text, "the file was written to");
    }
    fs_err::write(&file, [0xff, 0xfe]).unwrap();
    assert!(sandbox.run(&["client-id"]).exits(2).stderr.contains("is not text"));
    // Whoever could write there could choose the app that the person signs in to.
    fs_err::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
    let ran = sandbox.run(&["client-id"]).exits(2);
    assert!(!ran.all().contains("root:"), "{}", ran.all());
}

#[test]
fn the_app_that_a_person_typed_is_kept_if_they_say_so_and_offered_the_next_time() {
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&CHECK));
    terminal.sees("Cancel").types(DOWN).types("\r").sees("Application (client) ID").types(CLIENT).types("\r");
    terminal.sees("Which tenant is").types(DOMAIN).types("\r");
    browse(&place.opened(1));
    terminal.sees("Keep this app for Contoso Ltd for the next time? [y/N]").types("y\r");
    let _left = terminal.leaves().exits(3);
    let list = place.sandbox.run(&["client-id"]).exits(0).stdout;
    assert_eq!(list, format!("{CLIENT}  {TENANT}\n{CLIENT}  {DOMAIN}\n"));
    // Without a tenant it is the first choice, and signs in at its tenant.
    let mut terminal = Terminal::at(&place.command(&CHECK));
    terminal.sees(&format!("The saved app of {TENANT}")).sees("Cancel").types(DOWN).types(DOWN).types("\r");
    browse(&place.opened(2));
    let _left = terminal.leaves().exits(3);
    let asked = place.authority.of("authorize").pop().unwrap();
    assert_eq!((asked.tenant.as_str(), asked.form["client_id"].as_str()), (DOMAIN, CLIENT));
    // With one, nobody is asked.
    let terminal = Terminal::at(&place.command(&[&CHECK[..], &["--tenant", TENANT]].concat()));
    browse(&place.opened(3));
    let _left = terminal.leaves().exits(3);
}
