//! The shipped wizard `app-registration`: its table of permissions is that of the wizards, and its two changes hold
//! against a real run with lost replies and a way back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use fixforme::practice::Delivery;
use fixforme::wizard::builtin;
use serde_json::{Value, json};

use crate::support::practice::{CONTOSO, Practice};
use crate::support::sandbox::{Ran, Sandbox, Served, project};
use crate::support::wizards::folder;

const WIZARD: &str = "wizards/app-registration";
/// The app of the cases, and the approval that names it.
const APP: &str = "d4a5b6c7-000a-4d2e-8f90-a1b2c3d4e50a";
const APPROVAL: &str = "existing=d4a5b6c7-000a-4d2e-8f90-a1b2c3d4e50a";
const RUN: [&str; 7] = ["run", "app-registration", "--yes", "--set", "for=sspr-admins", "--tenant", "contoso.example"];

/// The rows of the wizard's table, one a permission.
fn rows() -> Vec<Value> {
    let wizard = builtin::load("app-registration").unwrap().unwrap();
    wizard.data["permissions"]["rows"].as_array().unwrap().clone()
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap().to_owned()
}

/// What `fixforme permissions` prints for a wizard: the permissions to check, and those to repair.
fn computed(wizard: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let printed = Sandbox::new().run(&["permissions", wizard]).exits(0).stdout;
    let (check, rest) = printed.split_once("\nTo repair").unwrap();
    let fix = rest.split("\nThe account needs").next().unwrap();
    let names = |part: &str| {
        let lines = part.lines().filter_map(|line| line.strip_prefix("  "));
        lines.filter(|line| !line.starts_with(' ')).map(str::to_owned).collect()
    };
    (names(check), names(fix))
}

#[test]
fn its_table_has_exactly_the_permissions_that_each_wizard_needs() {
    let rows = rows();
    let shipped: Vec<&str> = builtin::shipped().iter().map(|shipped| shipped.id).collect();
    let wizard = builtin::load("app-registration").unwrap().unwrap();
    let input = wizard.inputs.iter().find(|input| input.name == "for").unwrap();
    let options: BTreeSet<&str> = input.options.iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(options, shipped.iter().copied().collect(), "the input `for` offers every shipped wizard");
    for wizard in shipped {
        let listed = |phase: &str| -> BTreeSet<String> {
            let own = rows.iter().filter(|row| row["wizard"] == wizard && row["phase"] == phase);
            own.map(|row| text(row, "name")).collect()
        };
        let (check, fix) = computed(wizard);
        assert_eq!(listed("check"), check, "`check` rows of {wizard}: compare with `fixforme permissions {wizard}`");
        assert_eq!(listed("fix"), fix, "`fix` rows of {wizard}: compare with `fixforme permissions {wizard}`");
        assert_eq!(listed("sign_in"), ["User.Read".to_owned()].into(), "{wizard}: who is signed in must be readable");
    }
}

#[test]
fn a_permission_has_one_id_and_an_id_one_permission() {
    let mut by_id: BTreeMap<String, String> = BTreeMap::new();
    let mut by_name: BTreeMap<(String, &str), String> = BTreeMap::new();
    let published = fs_err::read_to_string(project("src/contract/permissions.txt")).unwrap();
    for row in &rows() {
        for (kind, word) in [("person", "Scope"), ("unattended", "Role")] {
            let Some(access) = row.get(kind) else {
                assert_eq!((kind, row["phase"].as_str()), ("unattended", Some("sign_in")), "{row}");
                continue;
            };
            assert_eq!(access["type"], word, "{row}");
            let (id, name) = (text(access, "id"), text(row, "name"));
            assert!(uuid::Uuid::try_parse(&id).is_ok() && id == id.to_lowercase(), "{row}");
            let in_contract =
                published.lines().find(|line| line.starts_with(&format!("scope {name} "))).unwrap_or_default();
            let mark = if word == "Scope" { "d" } else { "a" };
            assert!(in_contract.split(' ').any(|part| part == format!("{mark}:{id}")), "{row}\n{in_contract}");
            assert_eq!(*by_id.entry(id.clone()).or_insert_with(|| format!("{name} {kind}")), format!("{name} {kind}"));
            assert_eq!(*by_name.entry((name, kind)).or_insert_with(|| id.clone()), id);
        }
    }
}

/// The registration as the tenant has it, with the ids of its permissions.
fn registration(tenant: &Served) -> Option<(Value, BTreeSet<String>)> {
    let all = tenant.tenant().object("/v1.0/applications").unwrap();
    let found = all["value"].as_array().unwrap().iter().find(|app| app["displayName"] == "fixforme sspr-admins")?;
    let access = found["requiredResourceAccess"][0]["resourceAccess"].as_array().unwrap();
    Some((found.clone(), access.iter().map(|one| text(one, "id")).collect()))
}

#[test]
fn it_registers_prints_the_consent_link_and_takes_all_of_it_back() {
    let seed = fs_err::read_to_string(project(&format!("{WIZARD}/rehearsal/contoso/tenant.toml"))).unwrap();
    let (sandbox, tenant) =
        (Sandbox::new(), Served::start(&seed.replace("lag       = \"2s\"", "lag = \"100ms\""), &[]));
    let before = tenant.canonical();
    let ran = sandbox.run_at(&tenant, &RUN).exits(3);
    let (made, ids) = registration(&tenant).unwrap();
    let wanted: BTreeSet<String> =
        rows().iter().filter(|row| row["wizard"] == "sspr-admins").map(|row| text(&row["person"], "id")).collect();
    assert_eq!(ids, wanted);
    assert_eq!(made["publicClient"], json!({"redirectUris": ["http://localhost"]}));
    let link = format!(
        "by hand: https://login.microsoftonline.com/8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1/adminconsent?client_id={}",
        text(&made, "appId")
    );
    assert!(ran.stderr.contains(&link), "{}", ran.all());
    assert!(ran.stdout.contains("2 changes were made and verified."), "{}", ran.all());
    let grants = tenant.tenant().object("/v1.0/oauth2PermissionGrants").unwrap();
    assert_eq!(grants["value"], json!([]), "consent is a person's to give");
    let back = ["rollback", "--yes", "--tenant", "contoso.example"];
    let _ = sandbox.run_at(&tenant, &back).exits(0);
    assert_eq!(tenant.canonical(), before);
}

/// Runs with a fault; returns how often each collection was posted to.
fn posts(fault: &str) -> (Ran, Served, [usize; 2]) {
    let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "complete", &[fault]));
    // Only the name is new, so both objects are missing.
    let ran = sandbox.run_at(&tenant, &[&RUN[..], &["--set", "name=Another"]].concat());
    let count = |path: &str| {
        let log = tenant.tenant();
        log.log().iter().filter(|request| request.method == "POST" && request.path == path).count()
    };
    let lost = tenant.tenant().log().iter().filter(|request| request.delivery == Delivery::Close).count();
    assert_eq!(lost, 1, "{fault}");
    let counts = [count("/v1.0/applications"), count("/v1.0/serviceprincipals")];
    (ran, tenant, counts)
}

#[test]
fn a_lost_reply_never_makes_a_second_registration_or_principal() {
    for fault in ["drop=POST /v1.0/applications", "drop=POST /v1.0/servicePrincipals"] {
        let (ran, tenant, counts) = posts(fault);
        assert_eq!(counts, [1, 1], "{fault}: {}", ran.all());
        let ran = ran.exits(3);
        assert!(ran.stdout.contains("2 changes were made and verified."), "{fault}: {}", ran.all());
        let principals = tenant.tenant().object("/v1.0/servicePrincipals").unwrap();
        let named = |one: &&Value| one["displayName"] == "Another";
        assert_eq!(principals["value"].as_array().unwrap().iter().filter(named).count(), 1);
    }
}

#[test]
fn an_app_that_somebody_else_registered_is_not_adopted_by_yes_alone() {
    for (case, shown) in [
        ("squatted-certificate", "thumbprint A3F1C09B5D2E47860F1A2B3C4D5E6F7081920A3B, key ID 5f1b6a52-0003"),
        ("squatted-secret", "Client secrets: key ID 5f1b6a52-0004-4c55-9d2e-7a1b2c3d4e04, name mine."),
        ("squatted-owner", "Owners besides you: Mallory Member (user mallory@contoso.example, object ID "),
        ("squatted-mark", "The existing app registration Payroll: blocked"),
    ] {
        let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, case, &[]));
        let more: &[&str] = if case == "squatted-certificate" { &["--set", "sign_in=unattended"] } else { &[] };
        let ran = sandbox.run_at(&tenant, &[&RUN[..], more].concat()).exits(4);
        let said = ran.all();
        assert!(said.contains(shown) && said.contains("registered on 2026-10-30T22:14:00Z"), "{case}: {said}");
        assert!(said.contains(&format!("--approve {APPROVAL}")), "{case}: {said}");
        assert!(!said.contains("adminconsent") && !said.contains("--client-id"), "{case}: {said}");
        let approved = [&RUN[..], more, &["--approve", "existing", "--approve", "registration"]].concat();
        let _ = sandbox.run_at(&tenant, &approved).exits(4);
        assert_eq!(tenant.writes(), [""; 0], "{case}");
        // Nor is it remembered from what was only looked at.
        assert!(
            sandbox.run_at(&tenant, &[&["check"], &RUN[1..2], &RUN[3..], more].concat()).exits(3).all().contains(shown)
        );
    }
}

#[test]
fn without_the_approval_the_cases_of_squatted_names_fail() {
    let sandbox = Sandbox::new();
    for (name, text) in folder(&project(WIZARD)) {
        let gate = text.find("[approval]").zip(text.find("[guide]"));
        let text = gate.map_or(text.clone(), |(gate, guide)| text[..gate].to_owned() + &text[guide..]);
        sandbox.write(&format!("open/{name}"), &text);
    }
    let ran = sandbox.run(&["test", "./open"]).exits(3);
    for case in [
        "squatted-certificate",
        "squatted-mark",
        "squatted-owner",
        "squatted-secret",
        "approved-another",
        "foreign-owner",
    ] {
        assert!(ran.stdout.contains(&format!("case {case}: FAILED")), "{}", ran.all());
    }
}

#[test]
fn an_approval_by_its_id_leads_on_and_its_owner_stays_a_problem() {
    let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "approved", &[]));
    let ran = sandbox.run_at(&tenant, &[&RUN[..], &["--approve", APPROVAL]].concat()).exits(3);
    assert!(ran.stdout.contains("1 change was made and verified."), "{}", ran.all());
    assert!(ran.all().contains("Owners besides you: Mallory Member"), "{}", ran.all());
    assert_eq!(tenant.writes(), ["PATCH /v1.0/applications/d4a5b6c7-0009-4d2e-8f90-a1b2c3d4e509"]);
}

#[test]
fn while_others_own_the_app_neither_consent_nor_a_role_is_asked_for() {
    let known = |case: &str| {
        let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, case, &[]));
        let _ = sandbox.run(&["client-id", "contoso.example", APP]).exits(0);
        (sandbox, tenant)
    };
    for more in [&[][..], &["--set", "sign_in=unattended", "--set", &format!("app_id={APP}")]] {
        let (sandbox, tenant) = known("foreign-owner");
        let run = [&RUN[..], more].concat();
        let said = sandbox.run_at(&tenant, &run).exits(4).all();
        for owner in [
            "Mallory Member (user mallory@contoso.example, object ID b2e2a1d4-000d-4c1e-8a55-6d0f1a2b3c0d)",
            "Backup Tool (service principal, object ID d4a5b6c7-00f1-4d2e-8f90-a1b2c3d4e5f1)",
            "Name not known (service principal, object ID d4a5b6c7-00f2-4d2e-8f90-a1b2c3d4e5f2)",
        ] {
            assert!(said.contains(owner), "{owner}: {said}");
        }
        assert!(!said.contains("Maria Admin (") && said.contains(&format!("--approve {APPROVAL}")), "{said}");
        assert!(!said.contains("adminconsent") && !said.contains("--client-id"), "{said}");
        assert!(more.is_empty() || said.contains("A directory role for the unattended run: blocked"), "{said}");
        assert_eq!(tenant.writes(), [""; 0]);
        // Once the person says so, or they are gone, it goes on.
        let approved = [&run[..], &["--approve", APPROVAL, "--approve", "registration"]].concat();
        let said = sandbox.run_at(&tenant, &approved).exits(3).all();
        assert!(said.contains("adminconsent") && said.contains("Owners besides you: Mallory Member"), "{said}");
    }
    let seed = fs_err::read_to_string(project(&format!("{WIZARD}/rehearsal/foreign-owner/tenant.toml"))).unwrap();
    let (seed, owners) = seed.split_once("/owners\"]\n").unwrap();
    assert!(owners.contains("Mallory Member"), "{owners}");
    let (sandbox, tenant) = (Sandbox::new(), Served::start(seed.rsplit_once("\n[objects.").unwrap().0, &[]));
    let _ = sandbox.run(&["client-id", "contoso.example", APP]).exits(0);
    let said = sandbox.run_at(&tenant, &[&RUN[..], &["--approve", "registration"]].concat()).exits(3).all();
    assert!(said.contains("adminconsent") && !said.contains("Owners besides you"), "{said}");
}

#[test]
fn look_alikes_stand_under_a_heading_in_words() {
    let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "twice", &[]));
    let said = sandbox.run_at(&tenant, &RUN).exits(3).all();
    let heading = "Another app registration with that name or tag: fixforme sspr-admins: 0 of 2 are ready";
    assert!(said.contains(heading), "{said}");
    // One with the tag has another name.
    let seed = fs_err::read_to_string(project(&format!("{WIZARD}/rehearsal/twice/tenant.toml"))).unwrap();
    let seed = seed.replacen(
        "displayName = \"fixforme sspr-admins\"",
        "displayName = \"Pay\\nroll\", tags = [\"fixforme: sspr-admins\"]",
        1,
    );
    let said = sandbox.run_at(&Served::start(&seed, &[]), &RUN).exits(3).all();
    assert!(said.contains("Another app registration with that name or tag: 0 of 2 are ready"), "{said}");
}

#[test]
fn a_journal_of_another_root_of_graph_makes_no_app_known() {
    let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "contoso", &[]));
    let _ = sandbox.run_at(&tenant, &RUN).exits(3);
    let (made, _) = registration(&tenant).unwrap();
    let app = text(&made, "appId");
    // The same tenant's id and the same app, where somebody else answers.
    let seed = fs_err::read_to_string(project(&format!("{WIZARD}/rehearsal/contoso/tenant.toml"))).unwrap();
    let old = "id = \"d4a5b6c7-0004-4d2e-8f90-a1b2c3d4e504\", appId = \"d4a5b6c7-0002-4d2e-8f90-a1b2c3d4e502\"";
    assert!(seed.contains(old), "{seed}");
    let new = format!("id = \"{}\", appId = \"{app}\"", text(&made, "id"));
    let elsewhere =
        Served::start(&seed.replace(old, &new).replace("fixforme sspr-admins (old)", "fixforme sspr-admins"), &[]);
    let said = sandbox.run_at(&elsewhere, &RUN).exits(4).all();
    assert!(
        said.contains("not known to this machine") && said.contains(&format!("--approve existing={app}")),
        "{said}"
    );
    let said = sandbox.run_at(&tenant, &RUN).exits(3).all();
    assert!(said.contains(", known to this machine."), "{said}");
}

#[test]
fn only_the_certificate_that_the_administrator_names_counts_whatever_stands_beside_another() {
    let unattended = [&RUN[..], &["--set", "sign_in=unattended"]].concat();
    let file = format!("certificate={}", project(&format!("{WIZARD}/rehearsal/unattended-complete/certificate.pem")));
    let ran = |case: &str, more: &[&str], code: i32| {
        let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, case, &[]));
        let _ = sandbox.run(&["client-id", "contoso.example", APP]).exits(0);
        let ran = sandbox.run_at(&tenant, &[&unattended[..], more].concat()).exits(code);
        assert_eq!(tenant.writes(), [""; 0], "{case}");
        ran.all()
    };
    let named = ran("unattended-complete", &["--set", &file], 0);
    assert!(!named.contains("Certificates: "), "{named}");
    // Nothing says which of them is the administrator's: neither consent nor a role is asked for.
    for (case, more) in [("unattended-complete", &[][..]), ("forged-thumbprint", &["--set", &file])] {
        let said = ran(case, more, 3);
        assert!(said.contains("Certificates: thumbprint ") && said.contains(", name CN=fixforme."), "{case}: {said}");
        assert!(!said.contains("adminconsent") && !said.contains("roleAssignments"), "{case}: {said}");
    }
    let said = ran("forged-thumbprint", &["--set", &file], 3);
    assert!(said.contains("The app does not have the certificate in your file."), "{said}");
    // An issuer of somebody else's vouches for any subject.
    for (issuer, subject, code) in [
        ("https://evil.example/", "repo:contoso/ops:ref:refs/heads/main", 3),
        ("https://token.actions.githubusercontent.com", "repo:contoso/ops:ref:refs/heads/main", 4),
    ] {
        let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "all-applications", &[]));
        let _ = sandbox.run(&["client-id", "contoso.example", APP]).exits(0);
        let (issuer, subject) = (format!("issuer={issuer}"), format!("subject={subject}"));
        let more = ["--set", "for=app-registration", "--set", &file, "--set", &issuer, "--set", &subject];
        let said = sandbox.run_at(&tenant, &[&unattended[..], &more].concat()).exits(code).all();
        assert_eq!(said.contains("Federated credentials: pipeline"), code == 3, "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_person_types_the_id_of_the_app_and_enter_alone_is_a_no() {
    use crate::support::terminal::Terminal;
    for (typed, code, asked) in [(APP, 3, true), ("", 3, false)] {
        let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "approved", &[]));
        let mut terminal =
            Terminal::at(&sandbox.command_at(&tenant, &["run", "app-registration", "--set", "for=sspr-admins"]));
        terminal.sees("Do you approve this? The existing app registration fixforme sspr-admins");
        terminal.sees("Enter alone means no.").types(&format!("{typed}\r"));
        if asked {
            terminal.sees("Make this change in Contoso Ltd?").types("y\r");
        }
        let _left = terminal.leaves().exits(code);
        assert_eq!(tenant.writes().len(), usize::from(asked), "{typed:?}");
    }
}

#[test]
fn what_an_earlier_run_registered_is_known_from_its_journal_and_to_nobody_else() {
    let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "contoso", &[]));
    let _ = sandbox.run_at(&tenant, &RUN).exits(3);
    let (made, _) = registration(&tenant).unwrap();
    let ran = sandbox.run_at(&tenant, &RUN).exits(3);
    assert!(ran.all().contains("known to this machine."), "{}", ran.all());
    assert_eq!(tenant.posts().len(), 2, "nothing is registered twice: {:?}", tenant.posts());
    // On another machine nothing says who made it.
    let other = Sandbox::new().run_at(&tenant, &RUN).exits(4);
    assert!(other.all().contains(&format!("--approve existing={}", text(&made, "appId"))), "{}", other.all());
    // Nor does a journal whose seal does not hold.
    for (run, _) in sandbox.journals() {
        let path = sandbox.state().join(format!("runs/{run}.ndjson"));
        let forged = fs_err::read_to_string(&path).unwrap().replacen("Contoso Ltd", "Contoso LTD", 1);
        fs_err::write(&path, forged).unwrap();
    }
    let _ = sandbox.run_at(&tenant, &RUN).exits(4);
    // What the administrator says is.
    let _ = sandbox.run(&["client-id", "contoso.example", &text(&made, "appId")]).exits(0);
    let _ = sandbox.run_at(&tenant, &RUN).exits(3);
}

#[test]
fn redirects_of_a_registration_that_is_there_are_changed_only_after_typed_approval() {
    let (sandbox, tenant) = (Sandbox::new(), Served::case(WIZARD, "too-few", &[]));
    let _ = sandbox.run(&["client-id", "contoso.example", APP]).exits(0);
    let ran = sandbox.run_at(&tenant, &RUN).exits(4);
    assert!(ran.stderr.contains("--approve registration"), "{}", ran.all());
    assert!(tenant.writes().is_empty());
    let _ = sandbox.run_at(&tenant, &[&RUN[..], &["--approve", "registration"]].concat()).exits(3);
    assert_eq!(tenant.writes().len(), 1);
}

#[test]
fn the_practice_tenant_keeps_registration_and_principal_together() {
    let practice = Practice::new(CONTOSO);
    let before = practice.tenant().canonical();
    let access = json!([{"resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}]}]);
    for body in [
        json!({"signInAudience": "AzureADMyOrg"}),
        json!({"displayName": "A", "frob": 1}),
        json!({"displayName": "A", "publicClient": {"redirectUris": "http://localhost"}}),
        json!({"displayName": "A", "requiredResourceAccess": [{"resourceAppId": "x", "resourceAccess": []}]}),
        json!({"displayName": "A", "requiredResourceAccess": {"resourceAppId": "x"}}),
    ] {
        let refused = practice.send("POST", "/v1.0/applications", &body);
        assert_eq!((refused.status, refused.code()), (400, "Request_BadRequest"), "{body}");
    }
    let mine = json!({"displayName": "A", "appId": "mine"});
    assert_eq!(practice.send("POST", "/v1.0/applications", &mine).status, 400, "the service gives the client id");
    let body = json!({"displayName": "A", "requiredResourceAccess": access});
    let made = practice.send("POST", "/v1.0/applications", &body);
    assert_eq!(made.status, 201);
    let (id, app_id) = (text(&made.body, "id"), text(&made.body, "appId"));
    let path = format!("/v1.0/applications/{id}");
    for body in [json!({"appId": "x"}), json!({"requiredResourceAccess": [{}]}), json!({"frob": 1})] {
        assert_eq!(practice.send("PATCH", &path, &body).status, 400, "{body}");
    }
    assert_eq!(practice.get(&format!("/v1.0/applications(appId='{app_id}')")).body["id"], id.as_str());
    assert_eq!(practice.get(&format!("{path}/federatedIdentityCredentials")).body["value"], json!([]));
    let unknown = practice.send("POST", "/v1.0/servicePrincipals", &json!({"appId": id}));
    assert_eq!((unknown.status, unknown.code()), (400, "NoBackingApplicationObject"));
    let principal = practice.send("POST", "/v1.0/servicePrincipals", &json!({"appId": app_id}));
    assert_eq!((principal.status, principal.body["displayName"].as_str()), (201, Some("A")));
    let again = practice.send("POST", "/v1.0/servicePrincipals", &json!({"appId": app_id}));
    assert_eq!((again.status, again.code()), (409, "Request_MultipleObjectsWithSameKeyValue"));
    let principal = format!("/v1.0/servicePrincipals/{}", text(&principal.body, "id"));
    assert_eq!(practice.get(&format!("{principal}/appRoleAssignments")).body["value"], json!([]));
    assert_eq!(practice.get("/v1.0/servicePrincipals/nobody/appRoleAssignments").status, 404);
    assert_eq!(practice.send("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(practice.get(&principal).status, 404, "the principal goes with its registration");
    assert_eq!(practice.tenant().canonical(), before);
}
