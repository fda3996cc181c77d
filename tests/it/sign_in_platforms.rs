//! An app signs in with what the place where it runs knows of it: a federated token, a job of GitHub Actions, the identity
//! of a machine, the Azure CLI.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::process::Command;

use serde_json::json;

use crate::platform::{MACHINE_VARIABLES, Platform, SECRET_VARIABLES, program};
use crate::support::authority::{Authority, CLIENT, ISSUER, SUBJECT, TENANT, platform_token};
use crate::support::sandbox::{Ran, Sandbox, foreign_token, prompt_tenant};
use crate::support::wait::nobody;

const DISABLE: [&str; 7] = ["run", "sspr-admins", "--yes", "--set", "goal=disable", "--tenant", TENANT];
const PUBLIC: &str = "api://AzureADTokenExchange";

fn authority() -> Authority {
    Authority::start(prompt_tenant("disable", &[]))
}

fn command(authority: &Authority, sandbox: &Sandbox, more: &[&str]) -> Command {
    authority.command(sandbox, &[&DISABLE[..], more].concat())
}

#[track_caller]
fn ran(command: &mut Command, code: i32) -> Ran {
    Ran::of(command.output().unwrap()).exits(code)
}

#[test]
fn a_federated_token_signs_in_and_is_read_anew_each_time() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let file = sandbox.write("token", &format!("{}\n", platform_token(SUBJECT, PUBLIC)));
    // By the variables of workload identity, once it is asked for.
    let mut by_variable = command(&authority, &sandbox, &["--sign-in", "federated-token"]);
    by_variable.env("AZURE_FEDERATED_TOKEN_FILE", &file).env("AZURE_CLIENT_ID", CLIENT);
    let said = ran(&mut by_variable, 0);
    assert!(said.stdout.contains("1 change was made and verified."), "{}", said.all());
    let asked = authority.of("token client_credentials");
    assert_eq!(asked.len(), 1);
    let form = &asked[0].form;
    assert_eq!(form["client_assertion"], platform_token(SUBJECT, PUBLIC));
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!((form["client_id"].as_str(), asked[0].tenant.as_str()), (CLIENT, TENANT));
    // By the flag, which is enough.
    let flags = ["--federated-token-file", &file, "--client-id", CLIENT];
    let _ = ran(&mut command(&authority, &sandbox, &flags), 0);
}

#[test]
fn a_token_that_the_app_does_not_trust_is_told_with_what_it_says_of_itself() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let other = "system:serviceaccount:default:\u{1b}[2Jother";
    for (token, code) in [
        (platform_token(other, PUBLIC), "AADSTS700213"),
        (platform_token(SUBJECT, "api://somebody-else"), "AADSTS700212"),
    ] {
        let file = sandbox.write("token", &token);
        let flags = ["--federated-token-file", &file, "--client-id", CLIENT];
        let said = ran(&mut command(&authority, &sandbox, &flags), 5);
        for words in [code, ISSUER, "this subject: system:serviceaccount:default:", "Nothing was changed."] {
            assert!(said.all().contains(words), "{words}\n{}", said.all());
        }
        assert!(!said.all().contains('\u{1b}') && !said.all().contains(&token), "{}", said.all());
    }
}

#[test]
fn what_is_no_token_is_not_sent() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    for text in ["", "secret-words", "a.b", "a.b.c.d", "e30.e30\n.e30", "e30.W10.e30 x"] {
        let file = sandbox.write("token", text);
        let flags = ["--federated-token-file", &file, "--client-id", CLIENT];
        let said = ran(&mut command(&authority, &sandbox, &flags), 5);
        assert!(said.stderr.contains("is not a token"), "{text:?}\n{}", said.all());
        assert!(!said.all().contains("secret-words"), "{}", said.all());
    }
    let flags = ["--federated-token-file", "/nowhere/token", "--client-id", CLIENT];
    let said = ran(&mut command(&authority, &sandbox, &flags), 5);
    assert!(said.stderr.contains("`/nowhere/token` cannot be read"), "{}", said.all());
    let said = ran(&mut command(&authority, &sandbox, &["--sign-in", "federated-token", "--client-id", CLIENT]), 5);
    assert!(said.stderr.contains("--federated-token-file FILE"), "{}", said.all());
    assert_eq!(authority.order(), [""; 0]);
}

#[test]
fn a_platform_of_another_cloud_is_noticed_and_not_followed() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let file = sandbox.write("token", &platform_token(SUBJECT, PUBLIC));
    let mut command = command(&authority, &sandbox, &["--federated-token-file", &file, "--client-id", CLIENT]);
    let said = ran(command.env("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"), 2);
    assert!(said.stderr.contains("AZURE_AUTHORITY_HOST") && said.stderr.contains("--cloud NAME"), "{}", said.all());
    assert_eq!(authority.order(), [""; 0]);
    let _ = ran(command.env("AZURE_AUTHORITY_HOST", format!("{}/", authority.url())), 0);
}

#[test]
fn a_job_of_github_actions_signs_in() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let github =
        Platform::start(|_, _| (200, String::new(), json!({"value": platform_token(SUBJECT, PUBLIC)}).to_string()));
    let flags = ["--sign-in", "github-actions", "--client-id", CLIENT];
    let mut command = command(&authority, &sandbox, &flags);
    command.env("ACTIONS_ID_TOKEN_REQUEST_URL", github.url("/actions/token?api-version=2.0"));
    command.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "0.canary-actions-0001");
    let said = ran(&mut command, 0);
    assert!(!said.all().contains("canary"), "{}", said.all());
    let asked = github.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, "/actions/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange");
    assert!(asked[0].1.contains("authorization: bearer 0.canary-actions-0001"), "{}", asked[0].1);
    // Another cloud has another audience.
    let _ = Ran::of(command.args(["--cloud", "usgov"]).output().unwrap()).exits(5);
    assert!(github.asked()[1].0.ends_with("AzureADTokenExchangeUSGov"), "{:?}", github.asked()[1]);
}

#[test]
fn a_job_that_may_not_ask_for_a_token_is_told_what_it_lacks() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let flags = ["--sign-in", "github-actions", "--client-id", CLIENT];
    let said = ran(&mut command(&authority, &sandbox, &flags), 5);
    assert!(said.stderr.contains("`permissions: id-token: write`"), "{}", said.all());
    for (status, body) in [(403, "{}"), (200, "{}"), (200, "<html>"), (200, r#"{"value": 7}"#)] {
        let github = Platform::start(move |_, _| (status, String::new(), body.to_owned()));
        let mut command = command(&authority, &sandbox, &flags);
        command.env("ACTIONS_ID_TOKEN_REQUEST_URL", github.url("/")).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x");
        let said = ran(&mut command, 5);
        assert!(said.stderr.contains(&format!("gave no token (status {status})")), "{}", said.all());
    }
    for odd in ["http://github.example/token", "file:///etc/passwd", "token", "http://169.254.169.254/"] {
        let mut command = command(&authority, &sandbox, &flags);
        command.env("ACTIONS_ID_TOKEN_REQUEST_URL", odd).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x");
        let said = ran(&mut command, 5);
        assert!(said.stderr.contains("ACTIONS_ID_TOKEN_REQUEST_URL is not a URL"), "{odd}\n{}", said.all());
    }
    assert_eq!(authority.order(), [""; 0]);
}

/// The service of a virtual machine: it refuses who does not send its header.
fn machine(token: String) -> Platform {
    Platform::start(move |_, head| match head.contains("metadata: true") {
        true => (
            200,
            String::new(),
            json!({"access_token": token, "expires_in": "3599", "token_type": "Bearer"}).to_string(),
        ),
        false => (400, String::new(), json!({"error": "invalid_request"}).to_string()),
    })
}

fn as_machine(authority: &Authority, sandbox: &Sandbox, service: &Platform, more: &[&str]) -> Command {
    let mut command = command(authority, sandbox, &[&["--sign-in", "managed-identity"], more].concat());
    command.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.url(""));
    command
}

#[test]
fn a_virtual_machine_signs_in_by_its_identity() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let service = machine(authority.tenant.token());
    let said = ran(&mut as_machine(&authority, &sandbox, &service, &[]), 0);
    assert!(said.stdout.contains("1 change was made and verified."), "{}", said.all());
    let asked = service.asked();
    assert_eq!(asked.len(), 2, "one to find it, one for the token");
    assert!(!asked[0].1.contains("metadata"), "{}", asked[0].1);
    let query = "api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com";
    assert_eq!(asked[1].0, format!("/metadata/identity/oauth2/token?{query}"));
    // One of several identities.
    let _ = ran(&mut as_machine(&authority, &sandbox, &service, &["--client-id", CLIENT]), 0);
    assert!(service.asked()[3].0.ends_with(&format!("&client_id={CLIENT}")), "{:?}", service.asked()[3]);
    assert_eq!(authority.order(), [""; 0], "nobody else was asked for a token");
}

#[test]
fn a_machine_without_an_identity_is_told_so() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    // Not given one.
    let service = Platform::start(|_, head| {
        let error = if head.contains("metadata: true") { "Identity not found" } else { "Required metadata header" };
        (400, String::new(), json!({"error": "invalid_request", "error_description": error}).to_string())
    });
    let said = ran(&mut as_machine(&authority, &sandbox, &service, &[]), 5);
    assert!(said.stderr.contains("no managed identity of its own"), "{}", said.all());
    let said = ran(&mut as_machine(&authority, &sandbox, &service, &["--client-id", CLIENT]), 5);
    assert!(said.stderr.contains(&format!("no managed identity with the client id {CLIENT}")), "{}", said.all());
    // Another cloud's service at the same address is sent nothing.
    for (status, body) in [(404, ""), (401, ""), (200, "<html>"), (400, "Bad Request")] {
        let other = Platform::start(move |_, _| (status, String::new(), body.to_owned()));
        let said = ran(&mut as_machine(&authority, &sandbox, &other, &[]), 5);
        assert!(said.stderr.contains("something else answers"), "{}", said.all());
        assert_eq!(other.asked().len(), 1);
    }
    let nobody = nobody();
    let mut command = command(&authority, &sandbox, &["--sign-in", "managed-identity"]);
    let said = ran(command.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", format!("http://{nobody}")), 5);
    assert!(said.stderr.contains("nobody answers"), "{}", said.all());
    assert_eq!(authority.tenant.tenant().log().len(), 0);
}

#[test]
fn a_machine_service_that_is_away_for_a_moment_is_waited_for() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let token = authority.tenant.token();
    let count = std::sync::atomic::AtomicUsize::new(0);
    let service = Platform::start(move |_, _| match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => (410, String::new(), String::new()),
        1 => (404, "Retry-After: 0\r\n".to_owned(), String::new()),
        _ => (200, String::new(), json!({"access_token": token}).to_string()),
    });
    let said = ran(&mut as_machine(&authority, &sandbox, &service, &[]), 0);
    assert!(said.stderr.contains("the machine's identity service is busy (status 404)"), "{}", said.all());
}

#[test]
fn the_identity_of_a_machine_is_of_the_right_tenant() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let service = machine(foreign_token());
    let other = ["run", "sspr-admins", "--yes", "--set", "goal=disable", "--sign-in", "managed-identity"];
    let mut command =
        authority.command(&sandbox, &[&other[..], &["--tenant", "00000000-0000-4000-8000-000000000001"]].concat());
    let said = ran(command.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.url("")), 5);
    assert!(said.stderr.contains("was given, but the sign-in is to"), "{}", said.all());
    let mut command = authority.command(&sandbox, &other);
    let said = ran(command.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.url("")), 4);
    assert!(said.stderr.contains("--tenant"), "{}", said.all());
    assert_eq!(authority.tenant.tenant().log().len(), 0, "Graph was asked");
}

#[test]
fn an_app_service_signs_in_by_its_identity() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let token = authority.tenant.token();
    let service = Platform::start(move |_, head| match head.contains("x-identity-header: 0.canary-header-0001") {
        true => (200, String::new(), json!({"access_token": token, "expires_on": "1506484173"}).to_string()),
        false => (401, String::new(), json!({"statusCode": 401}).to_string()),
    });
    let mut command = command(&authority, &sandbox, &["--sign-in", "managed-identity", "--client-id", CLIENT]);
    command.env("IDENTITY_ENDPOINT", service.url("/msi/token"));
    let said = ran(command.env("IDENTITY_HEADER", "0.canary-header-0001"), 0);
    assert!(!said.all().contains("canary"), "{}", said.all());
    let query = format!("api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com&client_id={CLIENT}");
    assert_eq!(service.asked()[0].0, format!("/msi/token?{query}"));
    let said = ran(command.env("IDENTITY_HEADER", "another"), 5);
    assert!(said.stderr.contains("(status 401)"), "{}", said.all());
}

/// The agent of Azure Arc challenges with the path of a file.
fn arc(path: &'static str) -> Platform {
    Platform::start(move |_, head| match head.contains("authorization: basic") {
        true => (200, String::new(), json!({"access_token": "0.canary-arc.a.b"}).to_string()),
        false => (401, format!("WWW-Authenticate: Basic realm={path}\r\n"), String::new()),
    })
}

#[test]
fn a_file_outside_of_the_folder_of_the_arc_agent_is_never_read_or_sent() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    for path in [
        "/etc/passwd",
        "/etc/shadow.key",
        "/var/opt/azcmagent/tokens/../../../../etc/passwd",
        "/var/opt/azcmagent/tokens/sub/x.key",
        "/var/opt/azcmagent/tokens/x.pem",
        "/var/opt/azcmagent/tokens.key",
        "x.key",
        "",
    ] {
        let agent = arc(path);
        let mut command = command(&authority, &sandbox, &["--sign-in", "managed-identity"]);
        command
            .env("IDENTITY_ENDPOINT", agent.url("/metadata/identity/oauth2/token"))
            .env("IMDS_ENDPOINT", agent.url(""));
        let said = ran(&mut command, 5);
        assert!(said.stderr.contains("names a file outside of /var/opt/azcmagent/tokens"), "{path}\n{}", said.all());
        assert_eq!(agent.asked().len(), 1, "{path}");
        assert!(agent.asked()[0].1.contains("metadata: true"));
    }
    // The right folder, where there is no such file.
    let agent = arc("/var/opt/azcmagent/tokens/0a1b2c3d-0000-4000-8000-000000000000.key");
    let mut command = command(&authority, &sandbox, &["--sign-in", "managed-identity"]);
    command.env("IDENTITY_ENDPOINT", agent.url("/token")).env("IMDS_ENDPOINT", agent.url(""));
    let said = ran(&mut command, 5);
    assert!(said.stderr.contains("member of the group `himds`"), "{}", said.all());
    assert_eq!(agent.asked().len(), 1);
}

#[test]
fn what_proves_a_machine_is_sent_to_this_machine_alone() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    for odd in ["http://evil.example/token", "https://127.0.0.1/token", "http://10.0.0.1/", "http://u@127.0.0.1/", "x"]
    {
        for (name, with) in [("IDENTITY_HEADER", "secret"), ("IMDS_ENDPOINT", "x")] {
            let mut command = command(&authority, &sandbox, &["--sign-in", "managed-identity"]);
            let said = ran(command.env("IDENTITY_ENDPOINT", odd).env(name, with), 5);
            assert!(said.stderr.contains("not the address of a service on this machine"), "{odd}\n{}", said.all());
        }
        let mut command = command(&authority, &sandbox, &["--sign-in", "managed-identity"]);
        let said = ran(command.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", odd.replace("/token", "")), 5);
        assert!(said.stderr.contains("not the address of a service on this machine"), "{odd}\n{}", said.all());
    }
    for (variables, words) in [
        (
            &[
                ("IDENTITY_ENDPOINT", "http://localhost:1/"),
                ("IDENTITY_HEADER", "x"),
                ("IDENTITY_SERVER_THUMBPRINT", "y"),
            ][..],
            "Service Fabric",
        ),
        (&[("MSI_ENDPOINT", "http://localhost:1/")], "Cloud Shell"),
        (&[("IDENTITY_ENDPOINT", "http://localhost:1/")], "IDENTITY_HEADER"),
    ] {
        let mut command = command(&authority, &sandbox, &["--sign-in", "managed-identity"]);
        let said = ran(command.envs(variables.iter().copied()), 5);
        assert!(said.stderr.contains(words), "{}", said.all());
    }
}

#[test]
fn what_lies_ready_is_named_and_not_used_unasked() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let mut command = command(&authority, &sandbox, &[]);
    command.env("AZURE_FEDERATED_TOKEN_FILE", "/x").env("IDENTITY_ENDPOINT", "http://localhost:1/");
    let said = ran(command.env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x.example/"), 5);
    for words in ["--sign-in federated-token", "--sign-in github-actions", "--sign-in managed-identity"] {
        assert!(said.stderr.contains(words), "{words}\n{}", said.all());
    }
}

fn as_az(authority: &Authority, sandbox: &Sandbox, script: &str) -> Command {
    let mut command = command(authority, sandbox, &["--sign-in", "az"]);
    command.env("PATH", program(sandbox, "az", script));
    command
}

#[test]
fn the_azure_cli_is_asked_for_a_token() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let answer = json!({"accessToken": authority.tenant.token(), "expires_on": 1795433400, "tenant": TENANT, "tokenType": "Bearer"});
    sandbox.write("answer.json", &answer.to_string());
    let script = r#"set > "$HOME/environment"; printf '%s\n' "$*" >> "$HOME/asked"; pwd >> "$HOME/asked"; while read -r line; do printf '%s\n' "$line"; done < "$HOME/answer.json"; printf '%s\n' "$line""#;
    let mut command = as_az(&authority, &sandbox, script);
    for name in SECRET_VARIABLES {
        command.env(name, "0.canary-secret");
    }
    for name in MACHINE_VARIABLES {
        command.env(name, "0.of-the-machine");
    }
    let said = ran(&mut command, 0);
    assert!(said.stdout.contains("1 change was made and verified."), "{}", said.all());
    assert!(!said.stderr.contains("Its token lacks"), "{}", said.all());
    let asked = fs_err::read_to_string(sandbox.folder.path().join("asked")).unwrap();
    assert_eq!(
        asked,
        format!("account get-access-token --output json --resource https://graph.microsoft.com --tenant {TENANT}\n/\n")
    );
    assert_eq!(authority.order(), [""; 0]);
    // What `az` needs where the machine signs in reaches it, and no other secret does.
    let environment = fs_err::read_to_string(sandbox.folder.path().join("environment")).unwrap();
    assert!(!environment.contains("canary"), "{environment}");
    assert_eq!(environment.matches("0.of-the-machine").count(), MACHINE_VARIABLES.len(), "{environment}");
}

#[test]
fn what_the_azure_cli_cannot_do_is_said_before_the_first_step() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    let scopes = [
        "Directory.AccessAsUser.All",
        "User.ReadWrite.All",
        "Group.ReadWrite.All",
        "AuditLog.Read.All",
        "GroupMember.Read.All",
        "Organization.Read.All",
    ];
    let token = authority.tenant.token_for(&scopes.map(str::to_owned));
    sandbox.write("answer.json", &json!({"accessToken": token}).to_string());
    let mut command = as_az(&authority, &sandbox, r#"read -r line < "$HOME/answer.json"; printf '%s' "$line""#);
    let said = ran(&mut command, 5);
    let warning = said.stderr.find("Its token lacks").unwrap_or_else(|| panic!("{}", said.all()));
    let text = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let lacks = text.split("Its token lacks: ").nth(1).unwrap().split('.').take(3).collect::<Vec<_>>().join(".");
    assert!(text.contains("Policy.Read.All") && !lacks.contains("User.Read.All,"), "{lacks}");
    assert!(warning < said.stderr.find("Check").unwrap(), "{}", said.all());
    assert!(said.stdout.contains("Nothing was changed."), "{}", said.all());
}

#[test]
fn an_azure_cli_that_gives_no_token_is_told_in_our_words() {
    let (authority, sandbox) = (authority(), Sandbox::new());
    for (script, words) in [
        ("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1", "nobody is signed in to the Azure CLI"),
        (
            "echo 'ERROR: AADSTS50076: secret-words. Trace ID: 11111111-aaaa Timestamp: 2026-11-23' >&2; exit 1",
            "Microsoft wants a second proof of who you are",
        ),
        ("echo 'ERROR: secret-words' >&2; exit 1", "the Azure CLI gave no token"),
        ("echo '{\"accessToken\": \"a b\"}'", "did not answer with a token"),
        ("echo secret-words", "the Azure CLI gave no token"),
        ("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", "wrote more than"),
    ] {
        let said = ran(&mut as_az(&authority, &sandbox, script), 5);
        assert!(said.stderr.contains(words), "{words}\n{}", said.all());
        assert!(!said.all().contains("secret-words"), "{}", said.all());
    }
    let said = ran(&mut command(&authority, &sandbox, &["--sign-in", "az"]), 5);
    assert!(said.stderr.contains("there is no program `az` here"), "{}", said.all());
}

#[test]
fn an_app_on_a_platform_is_challenged_once_and_then_told() {
    let authority = Authority::start(prompt_tenant("disable", &["challenge=GET /v1.0/organization"]));
    let sandbox = Sandbox::new();
    let file = sandbox.write("token", &platform_token(SUBJECT, PUBLIC));
    let said = ran(&mut command(&authority, &sandbox, &["--federated-token-file", &file, "--client-id", CLIENT]), 5);
    assert!(said.stderr.contains("insufficient_claims"), "{}", said.all());
    let asked = authority.of("token client_credentials");
    assert_eq!(asked.len(), 2, "one new token for one challenge");
    assert!(!asked[0].form.contains_key("claims"));
    assert!(asked[1].form["claims"].contains("nbf"), "{:?}", asked[1].form);
}
