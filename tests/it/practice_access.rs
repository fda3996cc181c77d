//! Who may do what in the practice tenant: tokens, scopes, roles, and the network's edge.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use std::io::{BufRead as _, Read as _, Write as _};
use std::process::Stdio;

use fixforme::ports::Credentials as _;
use serde_json::{Value, json};

use crate::support::practice::{CONTOSO, Practice, read};
use crate::support::sandbox::{Ran, Sandbox, project};
use crate::support::wizards::folder;

#[test]
fn a_request_needs_a_token_of_this_tenant() {
    let practice = Practice::new(CONTOSO);
    let url = format!("{}/v1.0/users", practice.server.root());
    let other = Practice::new(&CONTOSO.replace("aaaaaaaa-", "bbbbbbbb-"));
    for token in [None, Some(""), Some("x.y.z"), Some("eyJhbGciOiJub25lIn0.e30."), Some(other.token.as_str())] {
        let request = practice.client.get(&url);
        let request = token.iter().fold(request, |request, token| request.bearer_auth(token));
        let answer = read(request.send().unwrap());
        assert_eq!((answer.status, answer.code()), (401, "InvalidAuthenticationToken"), "{token:?}");
        assert!(answer.header("WWW-Authenticate").starts_with("Bearer "));
    }
    assert_eq!(practice.get("/v1.0/users").status, 200);
    practice.wait(75 * 60);
    assert_eq!(practice.get("/v1.0/users").code(), "InvalidAuthenticationToken");
}

#[test]
fn scopes_decide_what_can_be_read_and_written() {
    let mut practice = Practice::new(CONTOSO);
    let policy = "/v1.0/policies/authorizationPolicy";
    let methods = "/v1.0/users/bob-id/authentication/emailMethods";
    let assignments = "/v1.0/roleManagement/directory/roleAssignments";
    let report = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
    let email = json!({"emailAddress": "b@example.net"});
    let switch = json!({"allowedToUseSSPR": false});
    let mails = json!({"otherMails": ["b@example.net"]});
    let phone = json!({"mobilePhone": "+1 4255550111"});
    let nothing = Value::Null;
    #[rustfmt::skip]
    let rows: &[(&str, &str, &str, &Value, u16, &str)] = &[
        ("Policy.Read.All", "GET", policy, &nothing, 200, ""),
        ("Policy.Read.All", "PATCH", policy, &switch, 403, "Authorization_RequestDenied"),
        ("Policy.ReadWrite.Authorization", "PATCH", policy, &switch, 204, ""),
        ("User.Read.All", "GET", policy, &nothing, 403, "Authorization_RequestDenied"),
        ("User.Read.All", "GET", "/v1.0/users/bob-id?$select=otherMails", &nothing, 200, ""),
        ("User.Read.All", "PATCH", "/v1.0/users/bob-id", &mails, 403, "Authorization_RequestDenied"),
        ("User.ReadBasic.All", "GET", "/v1.0/users/bob-id", &nothing, 200, ""),
        ("User.ReadBasic.All", "GET", "/v1.0/users/bob-id?$select=otherMails", &nothing, 403, "Authorization_RequestDenied"),
        ("User.ReadBasic.All", "GET", "/v1.0/users?$filter=mobilePhone eq 'x'", &nothing, 403, "Authorization_RequestDenied"),
        ("User-Mail.ReadWrite.All", "PATCH", "/v1.0/users/bob-id", &mails, 204, ""),
        ("User-Mail.ReadWrite.All", "GET", "/v1.0/users/bob-id?$select=id,otherMails", &nothing, 200, ""),
        ("User-Mail.ReadWrite.All", "PATCH", "/v1.0/users/bob-id", &phone, 403, "Authorization_RequestDenied"),
        ("User-Phone.ReadWrite.All", "PATCH", "/v1.0/users/bob-id", &phone, 204, ""),
        ("User.ReadWrite.All", "PATCH", "/v1.0/users/bob-id", &phone, 204, ""),
        ("User.Read", "GET", "/v1.0/me?$select=otherMails", &nothing, 200, ""),
        ("User.Read", "GET", "/v1.0/users/bob-id", &nothing, 403, "Authorization_RequestDenied"),
        ("Policy.Read.All", "GET", "/v1.0/me", &nothing, 200, ""),
        ("UserAuthMethod-Email.Read.All", "GET", methods, &nothing, 200, ""),
        ("UserAuthMethod-Email.Read.All", "DELETE", "/v1.0/users/bob-id/authentication/emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f", &nothing, 403, "accessDenied"),
        ("UserAuthMethod-Phone.ReadWrite.All", "GET", methods, &nothing, 403, "accessDenied"),
        ("UserAuthMethod-Email.ReadWrite.All", "POST", "/v1.0/users/ann-id/authentication/emailMethods", &email, 201, ""),
        ("User.Read.All", "GET", "/v1.0/users/bob-id/authentication/methods", &nothing, 403, "accessDenied"),
        ("RoleManagement.Read.Directory", "GET", assignments, &nothing, 200, ""),
        ("User.Read.All", "GET", assignments, &nothing, 403, "Authorization_RequestDenied"),
        ("AuditLog.Read.All", "GET", report, &nothing, 200, ""),
        ("Directory.Read.All", "GET", report, &nothing, 403, "Authorization_RequestDenied"),
        ("Policy.ReadWrite.ConditionalAccess", "POST", "/v1.0/identity/conditionalAccess/policies", &switch, 403, "AccessDenied"),
        ("Any.Read", "GET", "/v1.0/lab/settings", &nothing, 200, ""),
        ("Any.Read", "PATCH", "/v1.0/lab/settings", &switch, 403, "Authorization_RequestDenied"),
        ("Any.ReadWrite.All", "PATCH", "/v1.0/lab/settings", &switch, 204, ""),
    ];
    for (scope, method, path, body, status, code) in rows {
        practice.sign_in(&[scope]);
        let answer = practice.send(method, path, body);
        assert_eq!((answer.status, answer.code()), (*status, *code), "{scope}: {method} {path}: {}", answer.text);
    }
}

#[test]
fn the_seed_may_say_who_may_use_its_own_objects() {
    let own = "[[permissions]]\npath = \"/v1.0/lab/*\"\nread = [\"Lab.Read\"]\nwrite = [\"Lab.Write\"]\nroles = [\"62e90394-69f5-4237-9190-012177145e10\"]\n";
    let mut practice = Practice::new(&format!("{CONTOSO}{own}"));
    assert_eq!(practice.get("/v1.0/lab/settings").status, 403);
    practice.sign_in(&["Lab.Read"]);
    assert_eq!(practice.get("/v1.0/lab/settings").status, 200);
    assert_eq!(practice.send("PATCH", "/v1.0/lab/settings", &json!({"a": 1})).status, 403);
    practice.sign_in(&["https://graph.microsoft.com/Lab.Write"]);
    assert_eq!(practice.send("PATCH", "/v1.0/lab/settings", &json!({"a": 1})).status, 204);
}

#[test]
fn roles_decide_whose_contact_data_can_be_changed() {
    // Caller's role; whether it may change the contact data of the four users, then methods, then the policy.
    #[rustfmt::skip]
    let rows: &[(&str, [u16; 4], [u16; 4], u16)] = &[
        ("Global Administrator",                   [204, 204, 204, 204], [201, 400, 201, 201], 204),
        ("Privileged Authentication Administrator", [204, 204, 204, 204], [201, 400, 201, 201], 403),
        ("Privileged Role Administrator",          [403, 403, 403, 403], [403, 403, 403, 403], 204),
        ("User Administrator",                     [403, 403, 204, 403], [403, 403, 403, 403], 403),
        ("Authentication Administrator",           [403, 403, 403, 403], [403, 403, 403, 403], 403),
        ("Global Reader",                          [403, 403, 403, 403], [403, 403, 403, 403], 403),
    ];
    for (role, contacts, methods, policy) in rows {
        let caller = format!(
            "\n[[users]]\nid = \"caller-id\"\nuserPrincipalName = \"caller@contoso.example\"\n[[users]]\nid = \"plain-id\"\nuserPrincipalName = \"plain@contoso.example\"\n{CONTOSO}"
        );
        let seed = caller.replace(
            "\n[me]\nuserPrincipalName = \"ann@contoso.example\"",
            &format!("\n[me]\nid = \"caller-id\"\nroles = [\"{role}\"]"),
        );
        let seed = seed.replace("licenses = [\"AAD_PREMIUM\"]", "");
        let practice = Practice::new(&seed);
        // ann is a Global Administrator, bob in a role-assignable group, syn in the Helpdesk, eve like bob.
        let mails = json!({"otherMails": ["x@example.net"]});
        let email = json!({"emailAddress": "x@example.net"});
        for (user, (contact, method)) in
            ["ann-id", "bob-id", "syn-id", "eve-id"].iter().zip(contacts.iter().zip(methods))
        {
            let changed = practice.send("PATCH", &format!("/v1.0/users/{user}"), &mails);
            assert_eq!(changed.status, *contact, "{role} changes {user}: {}", changed.text);
            let registered = practice.send("POST", &format!("/v1.0/users/{user}/authentication/emailMethods"), &email);
            assert_eq!(registered.status, *method, "{role} registers for {user}: {}", registered.text);
        }
        let switched =
            practice.send("PATCH", "/v1.0/policies/authorizationPolicy", &json!({"blockMsolPowerShell": true}));
        assert_eq!(switched.status, *policy, "{role}");
        let plain = practice.send("PATCH", "/v1.0/users/plain-id", &mails);
        assert_eq!(plain.status == 204, !matches!(*role, "Privileged Role Administrator" | "Global Reader"), "{role}");
        let reads = practice.get("/v1.0/users/ann-id/authentication/methods").status == 200;
        assert_eq!(
            reads,
            matches!(*role, "Global Administrator" | "Privileged Authentication Administrator" | "Global Reader"),
            "{role}"
        );
    }
}

#[test]
fn an_application_needs_a_role_too_where_people_are_concerned() {
    let seed = |roles: &str| {
        CONTOSO.replace("userPrincipalName = \"ann@contoso.example\"\n\n[[users]]\nid = \"ann-id\"", &format!("id = \"app-id\"\napp_only = true\nroles = [{roles}]\nscopes = [\"User-Mail.ReadWrite.All\", \"Policy.ReadWrite.Authorization\"]\n\n[[users]]\nid = \"ann-id\""))
    };
    let without = Practice::new(&seed(""));
    let mails = json!({"otherMails": ["x@example.net"]});
    assert_eq!(without.send("PATCH", "/v1.0/users/ann-id", &mails).status, 403);
    assert_eq!(
        without.send("PATCH", "/v1.0/policies/authorizationPolicy", &json!({"blockMsolPowerShell": true})).status,
        204
    );
    assert_eq!((without.get("/v1.0/me").status, without.get("/v1.0/me").code()), (400, "BadRequest"));
    let with = Practice::new(&seed("\"Privileged Authentication Administrator\""));
    assert_eq!(with.send("PATCH", "/v1.0/users/ann-id", &mails).status, 204);
}

#[test]
fn the_seed_limits_what_a_token_carries_and_the_token_says_who_it_is() {
    let seed = CONTOSO.replace("[me]\n", "[me]\nscopes = [\"Policy.Read.All\"]\n");
    let practice = Practice::new(&seed);
    let credentials = fixforme::practice::PracticeCredentials::new(&practice.server);
    let token =
        credentials.token(&["Policy.Read.All".to_owned(), "Policy.ReadWrite.Authorization".to_owned()]).unwrap();
    let claims = token.claims();
    assert_eq!(claims.scopes.unwrap(), ["Policy.Read.All"]);
    assert!(claims.practice && !claims.app_only);
    assert_eq!(claims.tenant.unwrap(), "aaaaaaaa-0000-4000-8000-000000000001");
    assert_eq!(claims.account.unwrap(), "ann@contoso.example");
    assert!(claims.roles.unwrap().contains(&"62e90394-69f5-4237-9190-012177145e10".to_owned()));
    assert_eq!(practice.get("/v1.0/users").status, 403);
}

fn raw(practice: &Practice, request: &str) -> String {
    let mut stream = std::net::TcpStream::connect(practice.server.root().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_lines_that_serve_prints_work_as_they_stand() {
    let sandbox = Sandbox::new();
    for (wizard, shown) in [("sspr-admins", "sspr-admins"), ("./my wizard", "\"./my wizard\"")] {
        if wizard.starts_with('.') {
            for (name, text) in folder(&project("wizards/sspr-admins")) {
                sandbox.write(&format!("{wizard}/{name}"), &text);
            }
        }
        let serve = ["rehearse", wizard, "--serve", "127.0.0.1:0"];
        let mut served = sandbox.command(&serve).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = std::io::BufReader::new(served.stdout.take().unwrap()).lines();
        let (token, line) = (lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap());
        let (name, token) = token.split_once('=').unwrap();
        assert!(line.starts_with(&format!("fixforme run {shown} --graph-root http://127.0.0.1:")), "{line}");
        // What a shell makes of it.
        let root = line.rsplit_once(' ').unwrap().1;
        let run = ["run", wizard, "--graph-root", root, "--yes", "--set", "goal=disable"];
        let ran = Ran::of(sandbox.command(&run).env(name, token).output().unwrap()).exits(0);
        assert!(ran.stderr.contains("Signed in as maria.admin@contoso.example"), "{}", ran.all());
        served.kill().unwrap();
        served.wait().unwrap();
    }
}

#[test]
fn only_loopback_names_and_loopback_addresses_are_served() {
    let practice = Practice::new(CONTOSO);
    let token = &practice.token;
    let ask = |host: &str| {
        raw(
            &practice,
            &format!(
                "GET /v1.0/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
            ),
        )
    };
    assert!(ask("localhost:1").starts_with("HTTP/1.1 200"));
    assert!(ask("localhost:1").contains("http://localhost:1/v1.0/$metadata"));
    for host in ["evil.example", "127.0.0.1.evil.example:80", ""] {
        assert!(ask(host).starts_with("HTTP/1.1 421"), "{host}");
    }
    let clock = practice.clock.clone();
    let seed = fixforme::practice::Seed::parse("tenant.toml", "").unwrap();
    let tenant = fixforme::practice::Tenant::new(&seed, [1; 16]);
    let refused = fixforme::practice::PracticeServer::start(tenant, Vec::new(), "0.0.0.0:0".parse().unwrap(), clock);
    assert!(refused.is_err());
}

#[test]
fn other_clients_ways_of_sending_are_understood() {
    let practice = Practice::new(CONTOSO);
    let head = format!(
        "PATCH /v1.0/users/bob-id HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nConnection: close\r\n",
        practice.token
    );
    let chunked = raw(
        &practice,
        &format!("{head}Transfer-Encoding: chunked\r\n\r\n7\r\n{{\"city\"\r\n7\r\n:\"Ulm\"}}\r\n0\r\n\r\n"),
    );
    assert!(chunked.starts_with("HTTP/1.1 204"), "{chunked}");
    let expecting =
        raw(&practice, &format!("{head}Expect: 100-continue\r\nContent-Length: 14\r\n\r\n{{\"city\":\"Ulm\"}}"));
    assert!(expecting.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204"), "{expecting}");
    let large = "x".repeat(4 * 1024 * 1024 + 1);
    let refused = practice.request("PATCH", "/v1.0/users/bob-id").body(large).send();
    assert!(refused.map_or(true, |answer| answer.status() == 413));
    for garbage in
        ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET /v1.0/%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"]
    {
        let _ = raw(&practice, garbage);
    }
    assert_eq!(practice.get("/v1.0/me").status, 200);
    assert_eq!(practice.tenant().log().iter().filter(|received| received.wrote()).count(), 2);
}
