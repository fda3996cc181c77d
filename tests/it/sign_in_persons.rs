//! A person signs in: in the browser, by a code, again in the middle of the work; at a real terminal, with a browser that
//! this test is.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use url::Url;

use crate::platform::{MACHINE_VARIABLES, SECRET_VARIABLES};
use crate::support::authority::{CLIENT, DOMAIN, Reply, TENANT, refusal};
use crate::support::browser::{browse, browse_by, get};
use crate::support::person::Place;
use crate::support::sandbox::Ran;
use crate::support::terminal::{CHECK, HAPPY, Terminal, contoso};

const CTRL_C: &str = "\u{3}";
const DOWN: &str = "\u{1b}[B";
const RUN: [&str; 6] =
    ["run", "sspr-admins", "--set", "exclude=emergency@contoso.onmicrosoft.com", "--client-id", CLIENT];
const READS: [&str; 8] = [
    "AuditLog.Read.All",
    "GroupMember.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "RoleManagement.Read.Directory",
    "User.Read",
    "User.Read.All",
    "UserAuthenticationMethod.Read.All",
];
/// What the changes of the case need beside: the switch, and the methods.
const WRITES: [&str; 3] =
    ["Policy.ReadWrite.Authorization", "UserAuthMethod-Email.ReadWrite.All", "UserAuthMethod-Phone.ReadWrite.All"];

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_person_signs_in_by_the_browser_and_writes_only_after_consent() {
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]).sees("Your browser opens Microsoft's sign-in page").sees("It asks");
    let page = place.signs_in(1);
    assert!(page.contains("The answer has arrived"), "{page}");
    terminal.sees("Signed in as maria.admin@contoso.example to Contoso Ltd").answers(&HAPPY[1..5]).sees(HAPPY[5].0);
    // Up to here nothing but reading was asked for.
    let asked = place.authority.asked();
    assert_eq!(place.authority.order(), ["authorize", "token authorization_code"]);
    assert_eq!(asked[0].permissions(), set(&READS));
    let value = |name: &str| asked[0].form.get(name).map(String::as_str);
    assert_eq!(
        [
            value("response_type"),
            value("response_mode"),
            value("code_challenge_method"),
            value("prompt"),
            value("login_hint")
        ],
        [Some("code"), Some("query"), Some("S256"), Some("select_account"), None]
    );
    assert!(value("scope").unwrap().starts_with("openid profile offline_access https://graph.microsoft.com/"));
    assert_eq!(asked[0].tenant, "organizations");
    let redirect = Url::parse(value("redirect_uri").unwrap()).unwrap();
    assert_eq!((redirect.host_str(), redirect.path()), (Some("localhost"), "/"));
    terminal.types("y\r").sees("These changes need more permissions:").sees("UserAuthMethod-Email.ReadWrite.All");
    let left = terminal.leaves().exits(0).leaves_the_terminal_as_it_was().says("4 changes were made and verified.");
    let left = left.says("for `contacts`: ");
    // The person approved everything before, so the refresh token is enough: no second browser.
    let last = place.authority.asked().pop().unwrap();
    assert_eq!((last.what.as_str(), last.tenant.as_str()), ("token refresh_token", TENANT), "{}", left.text());
    let all: BTreeSet<String> = set(&READS).union(&set(&WRITES)).cloned().collect();
    assert_eq!(last.permissions(), all);
}

#[test]
fn a_sign_in_that_grants_less_than_the_changes_need_changes_nothing() {
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    terminal.answers(&HAPPY[1..5]).sees(HAPPY[5].0);
    let access = place.authority.tenant.token_for(&READS.map(str::to_owned));
    let less = json!({"token_type": "Bearer", "expires_in": 4567, "access_token": access, "refresh_token": "another"});
    place.authority.next("token refresh_token", Reply::Say(200, "", less));
    terminal.types("y\r");
    let _left = terminal.leaves().exits(5).says("without the permission").says("Nothing was changed.");
    assert_eq!(place.authority.tenant.writes(), [""; 0]);
}

#[test]
fn what_is_not_approved_yet_opens_the_browser_once_more() {
    let place = Place::new(contoso(&[]));
    place.authority.people_approve();
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    terminal.answers(&HAPPY[1..]).sees("Your browser opens once more, for: ").sees("Policy.ReadWrite.Authorization");
    place.signs_in(2);
    let _left = terminal.leaves().exits(0).says("4 changes were made and verified.");
    let second = place.authority.of("authorize").pop().unwrap();
    let value = |name: &str| second.form.get(name).map(String::as_str);
    assert_eq!((value("login_hint"), value("prompt")), (Some("maria.admin@contoso.example"), None));
    assert_eq!(second.tenant, TENANT);
}

#[test]
fn declining_the_permissions_to_change_changes_nothing() {
    let place = Place::new(contoso(&[]));
    place.authority.people_approve();
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    terminal.answers(&HAPPY[1..]).sees("Your browser opens once more");
    let declined = "AADSTS65004: User declined to consent. Trace ID: t-1 Correlation ID: c-1 Timestamp: 2026-11-23";
    let words = vec![("error", "access_denied"), ("error_description", declined)];
    place.authority.next("authorize", Reply::Back(words));
    let visit = browse(&place.opened(2));
    assert!(visit.page.contains("return to fixforme"), "{visit:?}");
    assert!(!visit.page.contains("AADSTS"), "the page repeats what the address says: {visit:?}");
    let left = terminal.leaves().exits(5).says("you declined").says("AADSTS65004").says("Nothing was changed.");
    assert_eq!(place.authority.tenant.writes(), [""; 0], "{}", left.text());
    assert!(place.sandbox.journals().is_empty(), "a journal without a change");
}

#[test]
fn a_401_in_the_middle_of_the_changes_signs_in_again_and_goes_on() {
    let place = Place::new(contoso(&["fail=POST /v1.0/users/*/authentication/*#1:401"]));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    terminal.answers(&HAPPY[1..]);
    let _left = terminal.leaves().exits(0).says("4 changes were made and verified.");
    let order = place.authority.order();
    assert_eq!(order, ["authorize", "token authorization_code", "token refresh_token", "token refresh_token"]);
}

#[test]
fn a_sign_in_that_ends_in_the_middle_asks_the_person_who_may_stop_there() {
    for stops in [false, true] {
        let place = Place::new(contoso(&["fail=POST /v1.0/users/*/authentication/*#1:401"]));
        place.authority.next("token refresh_token", Reply::AsUsual);
        place.authority.next("token refresh_token", refusal("invalid_grant", 50173));
        let mut terminal = Terminal::at(&place.command(&RUN));
        terminal.answers(&HAPPY[..1]);
        place.signs_in(1);
        terminal.answers(&HAPPY[1..]).sees("Your browser opens once more: Microsoft wants you to sign in again.");
        if stops {
            terminal.sees("Waiting for the browser.").types(CTRL_C);
            let left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("fixforme resume");
            let (_, records) = &place.sandbox.journals()[0];
            let count = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
            assert_eq!(count("intent"), count("outcome"), "{}", left.text());
        } else {
            place.signs_in(2);
            let _left = terminal.leaves().exits(0).says("4 changes were made and verified.");
        }
    }
}

#[test]
fn a_challenge_is_answered_by_what_is_known_of_the_sign_in_or_by_the_person() {
    for (faults, order) in [
        // What is kept of the sign-in is enough for the first.
        (&["challenge=POST /v1.0/users/*/authentication/*#1"][..], &["token refresh_token"][..]),
        // The second, for the very same claims, needs the person.
        (
            &["challenge=POST /v1.0/users/*/authentication/*#1", "challenge=POST /v1.0/users/*/authentication/*#2"],
            &["token refresh_token", "authorize", "token authorization_code"],
        ),
    ] {
        let place = Place::new(contoso(faults));
        let mut terminal = Terminal::at(&place.command(&RUN));
        terminal.answers(&HAPPY[..1]);
        place.signs_in(1);
        terminal.answers(&HAPPY[1..]);
        if order.len() > 1 {
            terminal.sees("Your browser opens once more: Microsoft wants you to sign in again.");
            place.signs_in(2);
        }
        let _left = terminal.leaves().exits(0).says("4 changes were made and verified.");
        let asked = place.authority.asked();
        let after: Vec<&str> = asked.iter().skip(3).map(|asked| asked.what.as_str()).collect();
        assert_eq!(after, order, "{faults:?}");
        for asked in asked.iter().skip(3).filter(|asked| asked.what != "token authorization_code") {
            let claims = asked.form.get("claims").map(String::as_str);
            assert_eq!(
                claims,
                Some(r#"{"access_token":{"nbf":{"essential":true,"value":"1735689600"}}}"#),
                "{asked:?}"
            );
        }
    }
}

#[test]
fn a_challenge_that_nobody_can_meet_is_told() {
    let place = Place::new(contoso(&["challenge=GET /v1.0/organization"]));
    let terminal = Terminal::at(&place.command(&[&CHECK[..], &["--client-id", CLIENT]].concat()));
    place.signs_in(1);
    place.signs_in(2);
    let left = terminal.leaves().exits(5).says("insufficient_claims").says("a sign-in that is newer than");
    let _left = left.says("Nothing was changed.");
    let order =
        ["authorize", "token authorization_code", "token refresh_token", "authorize", "token authorization_code"];
    assert_eq!(place.authority.order(), order);
}

#[test]
fn ctrl_c_while_the_browser_is_open_changes_nothing() {
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]).sees("Waiting for the browser.");
    let start = Url::parse(&place.opened(1)).unwrap();
    terminal.types(CTRL_C);
    let _left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("Nothing was changed.");
    assert_eq!(place.authority.order(), [""; 0]);
    assert!(get(&start, "localhost").is_none(), "somebody still listens");
}

#[test]
fn an_answer_of_another_sign_in_is_not_used() {
    for words in [
        vec![("code", "0.canary-one"), ("code", "0.canary-two")],
        vec![("code", "0.canary-one"), ("error", "access_denied")],
        vec![("code", "")],
    ] {
        let place = Place::new(contoso(&[]));
        place.authority.next("authorize", Reply::Back(words.clone()));
        let mut terminal = Terminal::at(&place.command(&RUN));
        terminal.answers(&HAPPY[..1]);
        let visit = browse(&place.opened(1));
        assert_eq!(visit.ways.last().unwrap().1, 400, "{visit:?}");
        let _left = terminal.leaves().exits(5).says("does not belong to this sign-in").says("Nothing was changed.");
        assert_eq!(place.authority.order(), ["authorize"], "{words:?} {visit:?}");
    }
}

#[test]
fn answers_that_any_page_can_send_do_not_end_a_sign_in() {
    for enough in [false, true] {
        let place = Place::new(contoso(&[]));
        let mut terminal = Terminal::at(&place.command(&RUN));
        terminal.answers(&HAPPY[..1]).sees("Waiting for the browser.");
        let start = Url::parse(&place.opened(1)).unwrap();
        let local = format!("localhost:{}", start.port().unwrap());
        let at = |query: &str| Url::parse(&format!("http://{local}/?{query}")).unwrap();
        // What a page shows or loads is not a page that a person comes back to.
        for kind in ["image", "iframe", "empty"] {
            for _ in 0..4 {
                let head = format!("{local}\r\nSec-Fetch-ReleaseServer: cross-site\r\nSec-Fetch-Dest: {kind}");
                assert_eq!(get(&at("state=theirs&code=0.canary-theirs"), &head).unwrap().0, 403);
            }
        }
        for query in ["state=theirs&code=0.canary-theirs", "error=access_denied", "code=x", "state="].repeat(2) {
            let (status, _, page) = get(&at(query), &local).unwrap();
            assert_eq!((status, page.contains("It was not used.")), (400, true), "{query}: {page}");
        }
        if enough {
            let head = format!("{local}\r\nSec-Fetch-Dest: document");
            assert_eq!(get(&at("state=theirs"), &head).unwrap().0, 400);
            assert_eq!(get(&at("state=theirs"), &head).unwrap().0, 400);
            let _left = terminal.leaves().exits(5).says("again and again").says("Nothing was changed.");
            assert_eq!(place.authority.order(), [""; 0]);
        } else {
            place.signs_in(1);
            terminal.sees("Signed in as maria.admin@contoso.example").types(CTRL_C);
            let _left = terminal.leaves().exits(130);
        }
    }
}

#[test]
fn one_answer_is_taken_and_only_at_the_right_name_and_place() {
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]).sees("Waiting for the browser.");
    let start = Url::parse(&place.opened(1)).unwrap();
    let port = start.port().unwrap();
    let at = |path: &str| Url::parse(&format!("http://localhost:{port}{path}")).unwrap();
    let local = format!("localhost:{port}");
    for (host, path, status) in [
        ("evil.example", "/?code=x&state=y", 421),
        ("evil.example", start.path(), 421),
        (local.as_str(), "/favicon.ico", 404),
        (local.as_str(), "/", 404),
        (local.as_str(), "/start", 404),
    ] {
        assert_eq!(get(&at(path), host).unwrap().0, status, "{host} {path}");
    }
    let silent = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (status, head, page) = get(&start, &local).unwrap();
    assert_eq!(status, 302, "{page}");
    for header in
        ["Content-Security-Policy: default-src 'none'", "Referrer-Policy: no-referrer", "Cache-Control: no-store"]
    {
        assert!(head.contains(header), "{header} is not in\n{head}");
    }
    assert!(page.contains("sign-in page"), "{page}");
    let visit = browse(head.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap());
    let answer = Url::parse(&visit.ways.last().unwrap().0).unwrap();
    terminal.sees("Signed in as maria.admin@contoso.example").types(CTRL_C);
    assert!(get(&answer, &local).is_none(), "a second answer was listened to");
    drop(silent);
    let _left = terminal.leaves().exits(130);
    assert_eq!(place.authority.of("token authorization_code").len(), 1);
}

#[test]
fn a_start_address_that_was_opened_twice_ends_the_sign_in() {
    // Another user sees the address in the list of processes, is led on first, and would answer with a code of theirs.
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]).sees("Waiting for the browser.");
    let start = Url::parse(&place.opened(1)).unwrap();
    let host = format!("127.0.0.1:{}", start.port().unwrap());
    assert_eq!(get(&start, &host).unwrap().0, 302);
    let visit = browse(start.as_str());
    assert_eq!(visit.ways.len(), 1, "it led on a second time: {visit:?}");
    assert!(visit.ways[0].1 == 410 && visit.page.contains("somebody else on this computer did"), "{visit:?}");
    let _left = terminal.leaves().exits(5).says("was opened twice").says("--device-code").says("Nothing was changed.");
    assert_eq!(place.authority.order(), [""; 0]);
}

#[test]
fn a_grant_that_does_not_say_which_sign_in_it_answers_is_not_used() {
    let place = Place::new(contoso(&[]));
    let access = place.authority.tenant.token();
    let grant = serde_json::json!({"token_type": "Bearer", "access_token": access, "refresh_token": "of-a-stranger"});
    place.authority.next("token authorization_code", Reply::Say(200, "", grant));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    let _left = terminal.leaves().exits(5).says("no ID token").says("Nothing was changed.");
    assert_eq!(place.authority.tenant.tenant().log().len(), 0, "Graph was asked");
}

#[test]
fn nobody_else_on_this_machine_gets_the_port_by_which_the_browser_comes_back() {
    // `localhost`, where the browser is sent back to, may be either of the two.
    let has_six = std::net::TcpListener::bind("[::1]:0").is_ok();
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]).sees("Waiting for the browser.");
    let port = Url::parse(&place.opened(1)).unwrap().port().unwrap();
    for address in ["127.0.0.1", "::1"].iter().take(if has_six { 2 } else { 1 }) {
        let taken = std::net::TcpListener::bind((*address, port)).unwrap_err();
        assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse, "{address}");
    }
    // A browser that takes `localhost` for ::1 comes back all the same.
    let visit = browse_by(if has_six { "::1" } else { "127.0.0.1" }, &place.opened(1));
    assert_eq!(visit.ways.last().unwrap().1, 200, "{visit:?}");
    terminal.sees("Signed in as maria.admin@contoso.example").types(CTRL_C);
    let _left = terminal.leaves().exits(130);
}

#[test]
fn a_lost_answer_to_a_code_is_not_asked_for_twice() {
    let place = Place::new(contoso(&[]));
    place.authority.next("token authorization_code", Reply::CutAfter);
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    let _left = terminal.leaves().exits(10).says("used only once").says("Nothing was changed.");
    assert_eq!(place.authority.of("token authorization_code").len(), 1);
}

#[test]
fn a_token_for_another_sign_in_or_tenant_is_not_used() {
    let place = Place::new(contoso(&[]));
    place.authority.next("authorize", Reply::AsUsual);
    let args = [&RUN[..], &["--tenant", "00000000-0000-4000-8000-000000000001"]].concat();
    // The service lets anybody into any tenant; the token says the truth.
    place.authority.know("00000000-0000-4000-8000-000000000001");
    let mut terminal = Terminal::at(&place.command(&args));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    let _left = terminal.leaves().exits(5).says("was given, but").says("Nothing was changed.");
    assert_eq!(place.authority.tenant.tenant().log().len(), 0, "Graph was asked");

    let place = Place::new(contoso(&[]));
    place.authority.forge_nonce();
    let mut terminal = Terminal::at(&place.command(&RUN));
    terminal.answers(&HAPPY[..1]);
    place.signs_in(1);
    let _left = terminal.leaves().exits(5).says("an ID token of another sign-in").says("Nothing was changed.");
    assert_eq!(place.authority.tenant.tenant().log().len(), 0, "Graph was asked");
}

#[test]
fn the_browser_gets_none_of_our_secrets_and_no_process_list_shows_whose_sign_in_it_is() {
    let place = Place::new(contoso(&[]));
    let mut command = place.command(&[&RUN[..], &["--sign-in", "browser"]].concat());
    for name in SECRET_VARIABLES.iter().chain(MACHINE_VARIABLES) {
        command.env(name, "canary-secret");
    }
    let mut terminal = Terminal::at(&command);
    terminal.answers(&HAPPY[..1]).sees("Waiting for the browser.");
    let start = place.opened(1);
    assert!(start.starts_with("http://127.0.0.1:") && start.len() < 50 && !start.contains('?'), "{start}");
    let environment = fs_err::read_to_string(place.sandbox.folder.path().join("environment")).unwrap();
    assert!(environment.contains("DISPLAY") && !environment.contains("canary"), "{environment}");
    terminal.types(CTRL_C);
    let _left = terminal.leaves().exits(130);
}

#[test]
fn a_program_beside_ours_or_in_the_current_folder_is_not_started() {
    let place = Place::new(contoso(&[]));
    let planted = place.sandbox.write("xdg-open", "#!/bin/sh\n: > \"$HOME/planted\"\n");
    fs_err::set_permissions(planted, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = place.command(&RUN);
    command.env("PATH", format!(".::bin:{}", place.sandbox.folder.path().display()));
    let mut terminal = Terminal::at(&command);
    terminal
        .answers(&HAPPY[..1])
        .sees("fixforme cannot open a browser: there is no program `xdg-open` here.")
        .types(CTRL_C);
    let _left = terminal.leaves().exits(130).says("Nothing was changed.");
    assert!(!place.sandbox.folder.path().join("planted").exists());
}

#[test]
fn without_a_browser_the_person_chooses_how_to_go_on() {
    // By hand, in a browser on the same computer.
    let place = Place::new(contoso(&[]));
    let mut command = place.command(&RUN);
    command.env_remove("DISPLAY");
    let mut terminal = Terminal::at(&command);
    terminal
        .answers(&HAPPY[..1])
        .sees("fixforme cannot open a browser: there is no display.")
        .sees("Stop")
        .types(DOWN)
        .types("\r");
    let said = terminal.until("Open this address in it: ", "\r\n");
    browse(said.trim());
    terminal.sees("Signed in as maria.admin@contoso.example").types(CTRL_C);
    let _left = terminal.leaves().exits(130);
    // By a code, on another device.
    let place = Place::new(contoso(&[]));
    let mut command = place.command(&RUN);
    command.env_remove("DISPLAY");
    let mut terminal = Terminal::at(&command);
    terminal.answers(&HAPPY[..1]).sees("Stop").types(DOWN).types(DOWN).types("\r").sees("Press Enter").types("\r");
    terminal.sees("KUNG-FU42");
    place.authority.approve_device();
    terminal.sees("Signed in as maria.admin@contoso.example").types(CTRL_C);
    let _left = terminal.leaves().exits(130);
}

#[test]
fn a_code_is_fetched_when_the_person_is_ready_and_shown_with_its_warning() {
    let place = Place::new(contoso(&[]));
    let args = [&RUN[..], &["--device-code", "--tenant", DOMAIN, "--log", "log.ndjson"]].concat();
    let mut terminal = Terminal::at(&place.command(&args));
    terminal.answers(&HAPPY[..1]).sees("Press Enter to get a code");
    assert_eq!(place.authority.order(), ["discovery"], "the code was fetched before anybody was ready");
    terminal.types("\r").sees("Only enter this code if you started this program yourself");
    terminal.sees("https://login.example/device").sees("KUNG-FU42");
    place.authority.approve_device();
    terminal.answers(&HAPPY[1..]);
    let _left = terminal.leaves().exits(0).says("4 changes were made and verified.");
    let asked = place.authority.of("devicecode").pop().unwrap();
    assert_eq!((asked.permissions(), asked.tenant.as_str()), (set(&READS), DOMAIN));
    let grant = &place.authority.of("token device_code")[0].form["grant_type"];
    assert_eq!(grant, "urn:ietf:params:oauth:grant-type:device_code");
    let log = fs_err::read_to_string(place.sandbox.folder.path().join("log.ndjson")).unwrap();
    assert!(!log.contains("KUNG-FU42") && log.contains("\"type\":\"reveal\""), "{log}");
    assert!(!place.sandbox.folder.path().join("opened").exists(), "a browser was opened here");
}

#[test]
fn a_code_that_is_declined_or_lapses_ends_the_sign_in() {
    for (reply, code, words) in [
        (refusal("authorization_declined", 70_000_000), 5, "Microsoft refused the sign-in: Something about"),
        (Reply::Say(400, "", serde_json::json!({"error": "authorization_declined"})), 5, "you declined the sign-in"),
        (refusal("expired_token", 70020), 5, "the code was not used in time"),
        (refusal("access_denied", 53003), 5, "it may forbid signing in by a code: use the browser"),
    ] {
        let place = Place::new(contoso(&[]));
        place.authority.next("token device_code", reply);
        let mut terminal = Terminal::at(&place.command(&[&RUN[..], &["--device-code"]].concat()));
        terminal.answers(&HAPPY[..1]).sees("Press Enter").types("\r").sees("KUNG-FU42");
        let _left = terminal.leaves().exits(code).says(words).says("Nothing was changed.");
    }
}

#[test]
fn the_service_does_not_decide_how_long_a_code_is_waited_for() {
    let code = |expires_in: u64, interval: u64| {
        Reply::Say(
            200,
            "",
            serde_json::json!({
                "user_code": "KUNG-FU42", "device_code": "0.canary", "verification_uri": "https://login.example/device",
                "expires_in": expires_in, "interval": interval,
            }),
        )
    };
    let asks = |reply: Reply, answers: &[&str]| {
        let place = Place::new(contoso(&[]));
        place.authority.next("devicecode", reply);
        for error in answers {
            place.authority.next("token device_code", Reply::Say(400, "", serde_json::json!({"error": error})));
        }
        let mut terminal = Terminal::at(&place.command(&[&RUN[..], &["--device-code"]].concat()));
        terminal.answers(&HAPPY[..1]).sees("Press Enter").types("\r");
        let left = terminal.leaves().exits(5).says("Nothing was changed.");
        (left, place.authority.of("token device_code").len())
    };
    for interval in [u64::MAX, 1_000_000, 61] {
        let (left, polls) = asks(code(900, interval), &["slow_down"]);
        assert!(!left.says(&format!("asked only every {interval}")).text().contains("KUNG-FU42"));
        assert_eq!(polls, 0);
    }
    // A code is not waited for beyond its end: this takes a second, not a minute.
    for answer in ["authorization_pending", "slow_down"] {
        let (left, polls) = asks(code(1, 60), &[answer, answer, answer]);
        let _left = left.says("the code was not used in time");
        assert!((1..=3).contains(&polls), "{polls}");
    }
}

#[test]
fn ctrl_c_while_the_code_is_entered_changes_nothing() {
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&[&RUN[..], &["--device-code"]].concat()));
    terminal.answers(&HAPPY[..1]).sees("Press Enter").types("\r").sees("Waiting until you have entered the code");
    terminal.types(CTRL_C);
    let _left = terminal.leaves().exits(130).leaves_the_terminal_as_it_was().says("Nothing was changed.");
}

#[test]
fn the_app_is_chosen_by_the_person_and_what_it_means_is_said() {
    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&CHECK));
    terminal.sees("app-registration").sees("stay").sees("Cancel").types(&DOWN.repeat(2)).types("\r");
    place.signs_in(1);
    let _left = terminal.leaves().exits(3);
    assert_eq!(place.authority.asked()[0].form["client_id"], "14d82eec-204b-4c2f-b7e8-296a70dab67e");

    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&CHECK));
    terminal
        .sees("Cancel")
        .types(DOWN)
        .types("\r")
        .sees("Application (client) ID")
        .types("mine\r")
        .sees("not an Application");
    terminal.types("\u{15}").types(CLIENT).types("\r");
    // An app of one tenant is known nowhere else.
    terminal
        .sees("Which tenant is")
        .types("common\r")
        .sees("is not a tenant")
        .types("\u{15}")
        .types(DOMAIN)
        .types("\r");
    place.signs_in(1);
    terminal.sees("Keep this app for Contoso Ltd").types("\r");
    let _left = terminal.leaves().exits(3);
    let asked = place.authority.of("authorize").pop().unwrap();
    assert_eq!((asked.tenant.as_str(), asked.form["client_id"].as_str()), (DOMAIN, CLIENT));
    assert!(!place.sandbox.state().join("config.toml").exists(), "it was kept without a yes");

    let place = Place::new(contoso(&[]));
    let mut terminal = Terminal::at(&place.command(&CHECK));
    terminal.sees("Cancel").types(&DOWN.repeat(3)).types("\r");
    let _left = terminal.leaves().exits(5).says("--use-graph-cli-app").says("Nothing was changed.");
}

#[test]
fn a_rollback_asks_to_read_first_and_to_change_after_consent() {
    let place = Place::new(contoso(&[]));
    let sandbox = &place.sandbox;
    let answers = crate::support::sandbox::project("wizards/sspr-admins/rehearsal/contoso/answers.toml");
    let _ = sandbox.run_at(&place.authority.tenant, &["run", "sspr-admins", "--yes", "--answers", &answers]).exits(0);
    let mut terminal = Terminal::at(&place.command(&["rollback", "--client-id", CLIENT]));
    place.signs_in(1);
    terminal.sees("Roll back these 4 changes in Contoso Ltd? [y/N]");
    assert!(place.authority.asked()[0].permissions().iter().all(|scope| !scope.contains("Write")));
    assert_eq!(place.authority.asked()[0].tenant, TENANT, "the run's own tenant");
    terminal.types("y\r").sees("These changes need more permissions:");
    let _left = terminal.leaves().exits(0).says("4 changes were made and rolled back.");
    let last = place.authority.asked().pop().unwrap();
    assert!(WRITES.iter().all(|scope| last.permissions().contains(*scope)), "{last:?}");
}

#[test]
fn nothing_is_opened_or_asked_where_nobody_sits() {
    let place = Place::new(contoso(&[]));
    for args in [
        &["run", "sspr-admins", "--yes", "--set", "goal=disable", "--tenant", DOMAIN, "--client-id", CLIENT][..],
        &["check", "sspr-admins", "--set", "goal=disable", "--use-graph-cli-app"],
    ] {
        let ran = Ran::of(place.command(args).output().unwrap()).exits(5);
        assert!(ran.stderr.contains("--certificate FILE"), "{}", ran.all());
    }
    assert!(!place.sandbox.folder.path().join("opened").exists());
    assert_eq!(place.authority.order(), [""; 0]);
}
