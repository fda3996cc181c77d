//! An application signs in: by a secret, by a certificate, for the right tenant, with patience, at hosts that are allowed.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::authority::{Authority, CLIENT, DOMAIN, Reply, SECRET, TENANT, certificate, refusal};
use crate::support::sandbox::{Ran, Sandbox, foreign_token, project, prompt_tenant};

const DISABLE: [&str; 5] = ["run", "sspr-admins", "--yes", "--set", "goal=disable"];

fn authority() -> Authority {
    Authority::start(prompt_tenant("disable", &[]))
}

/// An unattended run of the app in a tenant.
fn app(authority: &Authority, sandbox: &Sandbox, more: &[&str]) -> Command {
    let args = [&DISABLE[..], &["--client-id", CLIENT], more].concat();
    authority.command(sandbox, &args)
}

fn by_secret(authority: &Authority, sandbox: &Sandbox, tenant: &str) -> Ran {
    let mut command = app(authority, sandbox, &["--tenant", tenant]);
    Ran::of(command.env("FIXFORME_CLIENT_SECRET", SECRET).output().unwrap())
}

fn by_certificate(authority: &Authority, sandbox: &Sandbox, file: &str) -> Ran {
    Ran::of(app(authority, sandbox, &["--tenant", TENANT, "--certificate", file]).output().unwrap())
}

#[test]
fn a_secret_signs_in_from_the_environment_a_file_or_standard_input() {
    let authority = authority();
    let sandbox = Sandbox::new();
    let ran = by_secret(&authority, &sandbox, TENANT).exits(0);
    assert!(ran.stdout.contains("1 change was made and verified."), "{}", ran.all());
    let asked = authority.asked();
    assert_eq!(authority.order(), ["token client_credentials"], "one token serves the whole run");
    let form: BTreeSet<&str> = asked[0].form.keys().map(String::as_str).collect();
    assert_eq!(form, BTreeSet::from(["client_id", "client_secret", "grant_type", "scope"]));
    assert_eq!(
        (asked[0].tenant.as_str(), asked[0].form["scope"].as_str()),
        (TENANT, "https://graph.microsoft.com/.default")
    );

    let file = sandbox.write("secret.txt", &format!("{SECRET}\r\n"));
    let check = ["check", "sspr-admins", "--set", "goal=disable", "--client-id", CLIENT, "--tenant", TENANT];
    let mut command = authority.command(&sandbox, &[&check[..], &["--client-secret-file", &file]].concat());
    let _ = Ran::of(command.output().unwrap()).exits(0);

    let mut command = authority.command(&sandbox, &[&check[..], &["--client-secret-file", "-"]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{SECRET}").unwrap();
    let _ = Ran::of(child.wait_with_output().unwrap()).exits(0);
}

#[test]
fn a_certificate_signs_in_by_an_assertion_that_the_service_accepts() {
    for name in ["test-rsa.pem", "test-rsa-pkcs1.pem"] {
        let authority = authority();
        let ran =
            by_certificate(&authority, &Sandbox::new(), &project(&format!("tests/lab/certificates/{name}"))).exits(0);
        assert!(!ran.stderr.contains("AADSTS"), "{}", ran.all());
        assert_eq!(authority.order(), ["token client_credentials"]);
    }
}

#[test]
fn a_chain_in_any_order_and_what_windows_writes_sign_in_as_well() {
    let sandbox = Sandbox::new();
    let own = fs_err::read_to_string(certificate()).unwrap();
    let other = fs_err::read_to_string(project("tests/lab/certificates/test-ec.pem")).unwrap();
    // The certificate that comes first is another one, as where its authority's stands above it.
    let chain = format!("{}{own}", part(&other, "CERTIFICATE"));
    let utf16: Vec<u8> = format!("\u{feff}{own}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [chain.into_bytes(), format!("\u{feff}{own}").into_bytes(), utf16] {
        let authority = authority();
        let file = sandbox.folder.path().join("app.pem");
        fs_err::write(&file, bytes).unwrap();
        let _ = by_certificate(&authority, &sandbox, file.to_str().unwrap()).exits(0);
        assert_eq!(authority.order(), ["token client_credentials"]);
    }
}

/// Returns one block of a PEM file.
fn part(pem: &str, name: &str) -> String {
    let (begin, end) = (format!("-----BEGIN {name}-----"), format!("-----END {name}-----\n"));
    let from = pem.find(&begin).unwrap();
    pem[from..from + pem[from..].find(&end).unwrap() + end.len()].to_owned()
}

#[test]
fn what_is_no_usable_certificate_is_refused_with_the_way_on() {
    let authority = authority();
    let sandbox = Sandbox::new();
    let rsa = fs_err::read_to_string(certificate()).unwrap();
    let ec = fs_err::read_to_string(project("tests/lab/certificates/test-ec.pem")).unwrap();
    let (certificate, key) = (part(&rsa, "CERTIFICATE"), part(&rsa, "PRIVATE KEY"));
    for (text, words) in [
        ("0\u{5}\u{1}pfx".to_owned(), "openssl pkcs12 -in"),
        (rsa.replace("BEGIN PRIVATE KEY", "BEGIN ENCRYPTED PRIVATE KEY"), "openssl pkey -in"),
        (ec.clone(), "RSA"),
        (format!("{}{key}", part(&ec, "CERTIFICATE")), "do not belong together"),
        (key.clone(), "holds no certificate"),
        (certificate.clone(), "holds no private key"),
        (String::new(), "holds no certificate"),
    ] {
        let file = sandbox.write("app.pem", &text);
        let ran = by_certificate(&authority, &sandbox, &file).exits(5);
        assert!(ran.stderr.contains(words), "{words}\n{}", ran.all());
        let inner: Vec<&str> = key.lines().filter(|line| !line.starts_with('-')).collect();
        assert!(!inner.iter().any(|line| ran.all().contains(line)), "the key is shown: {}", ran.all());
    }
    let _ = by_certificate(&authority, &sandbox, "none.pem").exits(2);
    assert_eq!(authority.order(), Vec::<String>::new());
}

#[test]
fn a_secret_that_cannot_be_one_is_refused_unseen() {
    let authority = authority();
    let sandbox = Sandbox::new();
    for secret in ["", "two words", "line\nbreak", "\u{202e}x"] {
        let mut command = app(&authority, &sandbox, &["--tenant", TENANT]);
        let ran = Ran::of(command.env("FIXFORME_CLIENT_SECRET", secret).output().unwrap()).exits(5);
        assert!(ran.stderr.contains("FIXFORME_CLIENT_SECRET"), "{}", ran.all());
        assert!(secret.is_empty() || !ran.all().contains(secret), "{}", ran.all());
    }
    // There is no flag that takes a secret itself.
    let ran = sandbox.run(&[&DISABLE[..], &["--client-secret", SECRET]].concat()).exits(2);
    assert!(ran.stderr.contains("--client-secret-file"), "{}", ran.all());
    assert_eq!(authority.order(), Vec::<String>::new());
}

#[test]
fn without_a_sign_in_the_flags_that_supply_one_are_named() {
    let sandbox = Sandbox::new();
    for (args, words) in [
        (&["--tenant", DOMAIN][..], "--certificate FILE"),
        (&["--tenant", DOMAIN, "--sign-in", "browser"], "needs a person"),
        (&["--tenant", DOMAIN, "--device-code"], "needs a person"),
        (&["--tenant", DOMAIN, "--use-graph-cli-app"], "--certificate FILE"),
        (&["--tenant", DOMAIN, "--sign-in", "certificate", "--client-id", CLIENT], "--certificate FILE"),
        (&["--tenant", DOMAIN, "--sign-in", "client-secret", "--client-id", CLIENT], "FIXFORME_CLIENT_SECRET"),
        (&["--tenant", DOMAIN, "--sign-in", "access-token"], "FIXFORME_ACCESS_TOKEN"),
        (&["--tenant", DOMAIN, "--certificate", "app.pem"], "--client-id ID"),
    ] {
        let ran = sandbox.run(&[&DISABLE[..], args].concat()).exits(5);
        assert!(ran.stderr.contains(words) && ran.stdout.contains("Nothing was changed."), "{args:?}\n{}", ran.all());
    }
    // Nobody signs in by a password.
    assert!(
        sandbox.run(&[&DISABLE[..], &["--sign-in", "password"]].concat()).exits(2).stderr.contains("possible values")
    );
    for args in [&["--device-code", "--certificate", "x"][..], &["--use-graph-cli-app", "--client-id", CLIENT]] {
        let _ = sandbox.run(&[&DISABLE[..], args].concat()).exits(2);
    }
    let ran = sandbox.run(&[&DISABLE[..], &["--client-id", "me", "--certificate", "x", "--tenant", DOMAIN]].concat());
    assert!(ran.exits(2).stderr.contains("is not an Application (client) ID"));
}

#[test]
fn an_app_must_be_told_its_tenant() {
    let authority = authority();
    let args = ["check", "sspr-admins", "--set", "goal=disable", "--client-id", CLIENT];
    let sandbox = Sandbox::new();
    let mut command = authority.command(&sandbox, &args);
    let ran = Ran::of(command.env("FIXFORME_CLIENT_SECRET", SECRET).output().unwrap()).exits(4);
    assert!(ran.stderr.contains("--tenant"), "{}", ran.all());
    assert_eq!(authority.order(), Vec::<String>::new());
}

#[test]
fn the_tenant_is_right_before_anything_is_asked_of_graph() {
    let sandbox = Sandbox::new();
    let nothing = |authority: &Authority| assert_eq!(authority.tenant.tenant().log().len(), 0, "Graph was asked");
    // By its domain it is looked up first.
    let right = authority();
    let _ = by_secret(&right, &sandbox, DOMAIN).exits(0);
    assert_eq!(right.order(), ["discovery", "token client_credentials"]);
    // A domain that nobody has.
    let unknown = authority();
    let ran = by_secret(&unknown, &sandbox, "fabrikam.example").exits(5);
    assert!(
        ran.stderr.contains("there is no tenant fabrikam.example") && ran.stderr.contains("AADSTS90002"),
        "{}",
        ran.all()
    );
    assert_eq!(unknown.order(), ["discovery"]);
    nothing(&unknown);
    // A token that is for another tenant than its domain: the service, or somebody between, is wrong.
    let other = authority();
    let issuer = "https://login.microsoftonline.com/00000000-0000-4000-8000-000000000009/v2.0";
    other.next("discovery", Reply::Say(200, "", json!({"issuer": issuer})));
    let ran = by_secret(&other, &sandbox, DOMAIN).exits(5);
    assert!(ran.stderr.contains("`--tenant contoso.example` was given, but the sign-in is to"), "{}", ran.all());
    nothing(&other);
    // A domain of another cloud.
    let national = authority();
    let host = json!({"issuer": issuer, "msgraph_host": "graph.microsoft.us"});
    national.next("discovery", Reply::Say(200, "", host));
    let ran = by_secret(&national, &sandbox, DOMAIN).exits(5);
    assert!(ran.stderr.contains("--cloud usgov"), "{}", ran.all());
    // What is not a tenant is no part of an address.
    for odd in ["a/../b", "common", "x?y", "a b"] {
        let odd_one = authority();
        let _ = by_secret(&odd_one, &sandbox, odd).exits(2);
        assert_eq!(odd_one.order(), Vec::<String>::new());
    }
}

#[test]
fn a_busy_service_is_waited_for_as_it_asks() {
    let authority = authority();
    authority.next("token client_credentials", Reply::Say(429, "Retry-After: 1\r\n", json!({})));
    authority.next("token client_credentials", Reply::Page(503));
    let ran = by_certificate(&authority, &Sandbox::new(), &certificate()).exits(0);
    assert!(ran.stderr.contains("Microsoft asked us to wait 1 s"), "{}", ran.all());
    let asked = authority.asked();
    assert_eq!(asked.len(), 3);
    let waited = asked[1].at.duration_since(asked[0].at).as_millis();
    assert!(waited >= 1000, "it came back after {waited} ms");
    let ids: BTreeSet<Option<&str>> = asked
        .iter()
        .map(|asked| asked.head.lines().find_map(|line| line.strip_prefix("client-request-id: ")))
        .collect();
    assert!(ids.len() == 3 && !ids.contains(&None), "each try has an id of its own: {ids:?}");
}

#[test]
fn a_wait_that_nobody_sits_out_is_told_instead() {
    let authority = authority();
    authority.next("token client_credentials", Reply::Say(429, "Retry-After: 900\r\n", json!({})));
    let ran = by_secret(&authority, &Sandbox::new(), TENANT).exits(10);
    assert!(ran.stderr.contains("run this again in 15 min"), "{}", ran.all());
    assert_eq!(authority.asked().len(), 1);
}

#[test]
fn a_lost_answer_is_asked_for_again_with_a_new_proof() {
    let authority = authority();
    authority.next("token client_credentials", Reply::CutAfter);
    let _ = by_certificate(&authority, &Sandbox::new(), &certificate()).exits(0);
    let asked = authority.asked();
    let assertions: BTreeSet<&String> = asked.iter().map(|asked| &asked.form["client_assertion"]).collect();
    assert_eq!((asked.len(), assertions.len()), (2, 2), "an assertion counts once");
}

#[test]
fn an_answer_that_is_none_is_not_taken_for_one() {
    for reply in [
        Reply::Page(200),
        Reply::Page(404),
        Reply::Say(200, "", json!({"token_type": "Bearer"})),
        Reply::Say(302, "Location: https://example.net/\r\n", json!({})),
    ] {
        let authority = authority();
        authority.next("token client_credentials", reply.clone());
        let ran = by_secret(&authority, &Sandbox::new(), TENANT).exits(10);
        assert!(ran.stderr.contains("returned an unexpected response"), "{reply:?}\n{}", ran.all());
        assert_eq!(authority.tenant.tenant().log().len(), 0);
    }
}

#[test]
fn a_foreign_authority_gets_no_secret_without_its_flag() {
    let sandbox = Sandbox::new();
    let more = ["--tenant", DOMAIN, "--client-id", CLIENT, "--authority"];
    let run = |authority: &str| {
        let mut command = sandbox.command(&[&DISABLE[..], &more, &[authority]].concat());
        Ran::of(command.env("FIXFORME_CLIENT_SECRET", SECRET).output().unwrap())
    };
    let ran = run("https://login.example.net").exits(9);
    assert!(ran.stderr.contains("--allow-host login.example.net"), "{}", ran.all());
    for odd in ["http://login.example.net", "https://login.microsoftonline.com/tenant", "login.microsoftonline.com"] {
        let _ = run(odd).exits(2);
    }
}

#[test]
fn a_refused_app_is_told_why_and_changes_nothing() {
    let authority = authority();
    authority.next("token client_credentials", refusal("invalid_client", 7000222));
    let ran = by_secret(&authority, &Sandbox::new(), TENANT).exits(5);
    for words in ["has expired", "hint: ", "AADSTS7000222, trace id 11111111", "Nothing was changed."] {
        assert!(ran.all().contains(words), "{words}\n{}", ran.all());
    }
    assert!(!ran.all().contains("ann@contoso.example"), "the service's own text is not shown: {}", ran.all());
}

#[test]
fn a_token_that_is_given_wins_until_a_flag_asks_for_another_way() {
    let authority = authority();
    let sandbox = Sandbox::new();
    let args = [&DISABLE[..], &["--tenant", TENANT]].concat();
    let mut command = authority.command(&sandbox, &args);
    command.env("FIXFORME_ACCESS_TOKEN", authority.tenant.token());
    let _ = Ran::of(command.env("FIXFORME_CLIENT_SECRET", SECRET).output().unwrap()).exits(0);
    assert_eq!(authority.order(), Vec::<String>::new());
    let mut command = app(&authority, &sandbox, &["--tenant", TENANT]);
    command.env("FIXFORME_ACCESS_TOKEN", foreign_token());
    let _ = Ran::of(command.env("FIXFORME_CLIENT_SECRET", SECRET).output().unwrap()).exits(0);
    assert_eq!(authority.order(), ["token client_credentials"]);
}

/// A practice tenant's token that lies ready says nothing about the sign-in that a flag asks for.
#[test]
fn a_folders_wizard_signs_in_to_change_nothing() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let folder = project("wizards/sspr-admins");
    let run = ["run", &folder, "--yes", "--set", "goal=disable", "--client-id", CLIENT, "--tenant", TENANT];
    let mut command = authority.command(&sandbox, &run);
    command.env("FIXFORME_ACCESS_TOKEN", authority.tenant.token()).env("FIXFORME_CLIENT_SECRET", SECRET);
    let ran = Ran::of(command.output().unwrap()).exits(9);
    assert!(ran.stderr.contains("does not ship with fixforme, so it may not change a tenant"), "{}", ran.all());
    assert_eq!(authority.order(), Vec::<String>::new());
    assert_eq!(authority.tenant.tenant().log().len(), 0);
}

#[test]
fn the_client_id_may_stand_in_the_environment() {
    let authority = authority();
    let sandbox = Sandbox::new();
    let mut command = authority.command(&sandbox, &[&DISABLE[..], &["--tenant", TENANT]].concat());
    command.env("FIXFORME_CLIENT_ID", CLIENT).env("FIXFORME_CLIENT_SECRET", SECRET);
    let _ = Ran::of(command.output().unwrap()).exits(0);
}

/// The sign-in service refuses for longer than anybody waits.
fn away() -> Reply {
    Reply::Say(503, "Retry-After: 600\r\n", json!({}))
}

#[test]
fn a_sign_in_service_that_is_away_is_temporary_before_and_during_a_run() {
    let patch = "fail=PATCH /v1.0/policies/authorizationPolicy#1:401";
    for (fault, signed_in) in [
        // Nobody has signed in yet; the first question is not answered; a check is not; the only change is not.
        (None, 0),
        (Some("fail=GET /v1.0/organization#1:401"), 1),
        (Some("fail=GET /v1.0/policies/authorizationPolicy:401"), 1),
        (Some(patch), 1),
    ] {
        let authority = Authority::start(prompt_tenant("disable", fault.as_slice()));
        let sandbox = Sandbox::new();
        for reply in std::iter::repeat_n(Reply::AsUsual, signed_in).chain(std::iter::repeat_n(away(), 20)) {
            authority.next("token client_credentials", reply);
        }
        let ran = by_secret(&authority, &sandbox, TENANT).exits(10);
        let said = ran.all();
        assert!(said.contains("too busy") && !said.contains("Microsoft Graph is not available"), "{fault:?}: {said}");
        let outcomes: Vec<serde_json::Value> = sandbox
            .journals()
            .into_iter()
            .flat_map(|(_, records)| records)
            .filter(|record| record["type"] == "outcome")
            .collect();
        if fault == Some(patch) {
            assert_eq!(outcomes.len(), 1, "{said}");
            assert_eq!(
                (&outcomes[0]["result"], &outcomes[0]["code"]),
                (&json!("not_sent"), &json!("fixforme.unavailable"))
            );
            assert!(outcomes[0]["status"].is_null(), "a status that never came: {}", outcomes[0]);
        } else {
            assert!(outcomes.is_empty() && said.contains("Nothing was changed."), "{fault:?}: {said}");
        }
        assert_eq!(authority.tenant.writes(), [""; 0], "{said}");
    }
}

#[test]
fn a_sign_in_that_is_refused_in_the_middle_is_no_matter_of_time() {
    let authority =
        Authority::start(prompt_tenant("disable", &["fail=PATCH /v1.0/policies/authorizationPolicy#1:401"]));
    let sandbox = Sandbox::new();
    authority.next("token client_credentials", Reply::AsUsual);
    authority.next("token client_credentials", refusal("invalid_client", 7000222));
    let ran = by_secret(&authority, &sandbox, TENANT).exits(6);
    let (_, records) = &sandbox.journals()[0];
    let outcome = records.iter().find(|record| record["type"] == "outcome").unwrap();
    assert_eq!((&outcome["status"], &outcome["code"]), (&json!(401), &json!(null)), "{}", ran.all());
}
