//! What signs somebody in is nowhere after any kind of run: secrets, assertions, codes, verifiers, tokens, in any spelling.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fixforme::ports::http::{Body, HeaderValue, Method, Request, Response};
use fixforme::ports::{SignInVariables, Token};
use secrecy::SecretString;
use serde_json::json;

use crate::platform::{Platform, program};
use crate::support::authority::{
    Authority, CLIENT, Reply, SECRET, SUBJECT, TENANT, certificate, platform_token, refusal,
};
use crate::support::browser::browse;
use crate::support::person::Place;
use crate::support::sandbox::{Sandbox, project, prompt_tenant};
use crate::support::terminal::{CHECK, HAPPY, LED, Terminal, contoso};
use crate::support::traces::{contains, files_below, spellings};

const KEEP: [&str; 4] = ["--log", "log.ndjson", "--report", "reports"];

/// What was said and kept: a name of the place, and the bytes.
type Said = Vec<(String, Vec<u8>)>;

#[track_caller]
fn nowhere(secrets: &[String], said: &Said) {
    assert!(secrets.len() > 3, "only {} secrets came up", secrets.len());
    let wanted: Vec<(&String, &str, Vec<u8>)> = secrets
        .iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .flat_map(|secret| spellings(secret).into_iter().map(move |(spelling, bytes)| (secret, spelling, bytes)))
        .collect();
    for (place, text) in said {
        // Every stretch of sixteen bytes, so that each secret is looked up and not searched for.
        let stretches: HashSet<&[u8]> = text.windows(16).collect();
        for (secret, spelling, bytes) in &wanted {
            let found = stretches.contains(&bytes[..16]) && contains(text, bytes);
            assert!(!found, "{secret} is in {place}, {spelling}");
        }
    }
}

#[test]
fn the_search_finds_every_spelling() {
    let secret = "0.canary-secret-0123456789".to_owned();
    let secrets = vec![secret.clone(), format!("{secret}1"), format!("{secret}2"), format!("{secret}3")];
    for (spelling, bytes) in spellings(&secret) {
        let said = vec![("a file".to_owned(), [&b"before "[..], &bytes, b" after"].concat())];
        assert!(std::panic::catch_unwind(|| nowhere(&secrets, &said)).is_err(), "{spelling} is not found");
    }
    nowhere(&secrets, &vec![("a file".to_owned(), b"0.canary-secret-012345678 nothing".to_vec())]);
    // As a header of HTTP would have it, after names of any length.
    for name in ["a", "ap", "app"] {
        let said = vec![("a header".to_owned(), STANDARD.encode(format!("{name}:{secret}\n")).into_bytes())];
        assert!(std::panic::catch_unwind(|| nowhere(&secrets, &said)).is_err(), "{name}");
    }
}

#[test]
fn debug_output_shows_nothing_that_signs_in() {
    let secret = "0.canary-debug-0123456789";
    let hidden = || SecretString::from(secret);
    let request = Request {
        method: Method::Post,
        url: "https://login.example/token".to_owned(),
        headers: vec![
            ("Authorization".to_owned(), HeaderValue::Bearer(Token::new(secret.to_owned()))),
            ("X-Identity-Header".to_owned(), HeaderValue::Secret(hidden())),
        ],
        body: Some(Body::new(format!("client_secret={secret}").into_bytes())),
        may_change: false,
        fresh_connection: false,
        timeout: Duration::ZERO,
        max_body: 0,
    };
    let headers = vec![("location".to_owned(), format!("http://localhost/?code={secret}"))];
    let response = Response { status: 200, headers, body: format!(r#"{{"access_token":"{secret}"}}"#).into_bytes() };
    let variables = SignInVariables::read(&|_| Some(secret.into()));
    let token = Token::new(secret.to_owned());
    let shown = format!("{request:?} {request:#?} {response:?} {response:#?} {variables:?} {token:?} {token:#?}");
    for (spelling, bytes) in spellings(secret) {
        assert!(!contains(shown.as_bytes(), &bytes), "{spelling}: {shown}");
    }
    // Bytes are shown as numbers, too.
    let numbers: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
    let plain: String = shown.split_whitespace().collect();
    assert!(!plain.contains(&numbers.join(",")), "{shown}");
    assert!(shown.contains("https://login.example/token"), "nothing was shown at all: {shown}");
}

#[test]
fn what_signs_an_app_in_is_nowhere() {
    let sandbox = Sandbox::new();
    let mut said = Said::new();
    let mut secrets = vec![SECRET.to_owned()];
    let pem = fs_err::read_to_string(certificate()).unwrap();
    let key = pem.split("-----BEGIN PRIVATE KEY-----").nth(1).unwrap();
    secrets.extend(key.lines().filter(|line| line.len() == 64).step_by(8).map(str::to_owned));
    let answers = project("wizards/sspr-admins/rehearsal/contoso/answers.toml");
    let lost = Reply::CutAfter;
    for replies in [vec![], vec![refusal("invalid_client", 7000215)], vec![refusal("x", 99999999)], vec![lost]] {
        for by in [&["--certificate", &certificate()][..], &["--sign-in", "client-secret"]] {
            for form in if replies.is_empty() { &["plain", "json"][..] } else { &["json"] } {
                let authority = Authority::start(prompt_tenant("contoso", &[]));
                for reply in &replies {
                    authority.next("token client_credentials", reply.clone());
                }
                let run = ["run", "sspr-admins", "--yes", "--answers", &answers, "--output", form];
                let app = ["--tenant", TENANT, "--client-id", CLIENT];
                let mut command = authority.command(&sandbox, &[&run[..], &app, by, &KEEP].concat());
                let output = command.env("FIXFORME_CLIENT_SECRET", SECRET).output().unwrap();
                said.push((format!("{by:?} {form} stdout"), output.stdout));
                said.push((format!("{by:?} {form} stderr"), output.stderr));
                secrets.extend(authority.secrets());
            }
        }
    }
    files_below(sandbox.folder.path(), &mut said);
    assert!(said.iter().any(|(place, _)| place.ends_with("log.ndjson")), "there is no log to look into");
    nowhere(&secrets, &said);
}

#[test]
fn what_signs_a_person_in_is_nowhere() {
    let mut said = Said::new();
    let mut secrets = Vec::new();
    for by in ["--use-graph-cli-app", "--device-code"] {
        let place = Place::new(contoso(&["fail=POST /v1.0/users/*/authentication/*#1:401"]));
        place.authority.people_approve();
        let id = if by == "--device-code" { &["--client-id", CLIENT][..] } else { &[] };
        let mut terminal = Terminal::at(&place.command(&[&LED[..], &[by], id, &KEEP].concat()));
        terminal.answers(&HAPPY[..1]);
        let answer = |terminal: &mut Terminal, nth: usize| {
            if by == "--device-code" {
                terminal.sees("Press Enter").types("\r").sees("KUNG-FU42");
                place.authority.approve_device();
            } else {
                // The address that the browser ends at holds code and state; it is the browser's.
                browse(&place.opened(nth));
            }
        };
        answer(&mut terminal, 1);
        terminal.answers(&HAPPY[1..]);
        answer(&mut terminal, 2);
        let left = terminal.leaves().exits(0).says("4 changes were made and verified.");
        said.push((format!("{by} screen"), left.raw.into_bytes()));
        let mut files = Said::new();
        files_below(place.sandbox.folder.path(), &mut files);
        let kept: Vec<&(String, Vec<u8>)> =
            files.iter().filter(|(name, _)| name.ends_with("log.ndjson") || name.contains("/reports/")).collect();
        assert!(kept.len() > 2, "there is no log or report to look into");
        for (name, text) in kept {
            for words in ["KUNG-FU42", "maria.admin@contoso.example", "ann.private@example.net", "4255550102"] {
                assert!(!contains(text, words.as_bytes()), "{words} is in {name}");
            }
        }
        said.extend(files);
        secrets.extend(place.authority.secrets());
    }
    nowhere(&secrets, &said);
}

#[test]
fn what_signs_a_machine_in_is_nowhere() {
    const HEADER: &str = "0.canary-identity-header-0001";
    const BEARER: &str = "0.canary-actions-bearer-0001";
    let (sandbox, kept) = (Sandbox::new(), Sandbox::new());
    let answers = project("wizards/sspr-admins/rehearsal/contoso/answers.toml");
    let foreign = platform_token(SUBJECT, "api://AzureADTokenExchange");
    let mut secrets = vec![HEADER.to_owned(), BEARER.to_owned(), foreign.clone()];
    let mut said = Said::new();
    for by in ["federated-token", "github-actions", "managed-identity", "az"] {
        for refused in [false, true] {
            let authority =
                Authority::start(prompt_tenant("contoso", &["fail=POST /v1.0/users/*/authentication/*#1:401"]));
            let token = authority.tenant.token();
            secrets.push(token.clone());
            let given = foreign.clone();
            let machine = token.clone();
            let service = Platform::start(move |target, head| {
                let asked_well = head.contains(HEADER) || head.contains(BEARER);
                let body = if target.starts_with("/actions") {
                    json!({"value": given})
                } else {
                    json!({"access_token": machine, "error": "invalid"})
                };
                (if asked_well && !refused { 200 } else { 403 }, String::new(), body.to_string())
            });
            let file = kept.write("token", &foreign);
            kept.write("answer.json", &json!({"accessToken": token}).to_string());
            let script = format!(
                "read -r line < {}/answer.json; printf '%s' \"$line\"; printf '%s' \"$line\" >&2; exit {}",
                kept.folder.path().display(),
                i32::from(refused)
            );
            if refused {
                authority.next("token client_credentials", refusal("invalid_client", 700213));
            }
            let run = ["run", "sspr-admins", "--yes", "--answers", &answers, "--output", "json", "--tenant", TENANT];
            let mut command = authority.command(&sandbox, &[&run[..], &["--sign-in", by], &KEEP].concat());
            command.env("AZURE_FEDERATED_TOKEN_FILE", file).env("PATH", program(&kept, "az", &script));
            command.env("ACTIONS_ID_TOKEN_REQUEST_URL", service.url("/actions"));
            command.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER);
            command.env("IDENTITY_ENDPOINT", service.url("/msi")).env("IDENTITY_HEADER", HEADER);
            if by != "managed-identity" {
                command.env("FIXFORME_CLIENT_ID", CLIENT);
            }
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(if refused { 5 } else { 0 }), "{by} {refused}: {output:?}");
            said.push((format!("{by} stdout"), output.stdout));
            said.push((format!("{by} stderr"), output.stderr));
        }
    }
    files_below(sandbox.folder.path(), &mut said);
    assert!(said.iter().any(|(place, _)| place.ends_with("log.ndjson")), "there is no log to look into");
    nowhere(&secrets, &said);
}

#[test]
fn a_remembered_sign_in_is_nowhere_but_in_the_keyring() {
    let place = Place::new(contoso(&[]));
    let script = "case $1 in lookup) exit 1;; store) while read -r line; do :; done;; esac; exit 0";
    program(&place.sandbox, "secret-tool", script);
    let mut said = Said::new();
    for by in [&["--use-graph-cli-app"][..], &["--device-code", "--client-id", CLIENT]] {
        let mut terminal =
            Terminal::at(&place.command(&[&CHECK[..], &["--remember-sign-in"], by, &KEEP[..2]].concat()));
        if by.len() > 1 {
            terminal.sees("Press Enter").types("\r").sees("KUNG-FU42");
            place.authority.approve_device();
        } else {
            browse(&place.opened(1));
        }
        said.push((format!("{by:?} screen"), terminal.leaves().exits(3).raw.into_bytes()));
    }
    files_below(place.sandbox.folder.path(), &mut said);
    assert!(said.iter().any(|(place, _)| place.ends_with("log.ndjson")), "there is no log to look into");
    nowhere(&place.authority.secrets(), &said);
}
