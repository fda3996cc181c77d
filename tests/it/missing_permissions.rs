//! What is left out because this run certainly cannot make it, what that takes with it, and what it does not.

use crate::support::crash::sentence;
use crate::support::sandbox::{CONTOSO, Ran, Sandbox, Served};
use crate::support::wizards::setting;

const POLICY: &str = r#"
kind   = "setting"
title  = "The policy"
why    = "For a test."
scopes = { check = ["Policy.Read.All"], fix = ["Policy.ReadWrite.Authorization"] }

[[object]]
id      = "policy"
get     = "/v1.0/policies/authorizationPolicy"
fields  = ["allowedToUseSSPR"]
managed = ["allowedToUseSSPR"]
desired = { allowedToUseSSPR = "true" }

[[affects]]
id          = "LAB.01"
passes_when = "value.policy.allowedToUseSSPR == true"
"#;

const TITLE: &str = r#"
# needs
kind   = "setting"
title  = "Her job"
why    = "For a test."
scopes = { check = ["User.Read.All"], fix = ["User.ReadWrite.All"] }

[[object]]
id      = "maria"
get     = "/v1.0/users/b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01"
fields  = ["jobTitle"]
managed = ["jobTitle"]
desired = { jobTitle = "'Admin'" }
"#;

const POLICY_OFF: &str = "[objects.\"/v1.0/policies/authorizationPolicy\"]\nallowedToUseSSPR = false\n";

#[test]
fn what_needs_a_step_that_a_permission_is_missing_for_is_not_made_either() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&format!("{CONTOSO}\n{POLICY_OFF}"), &[]));
    let wizard = sandbox.wizard(&[("policy", POLICY), ("job", TITLE)]);
    let scopes = ["Policy.Read.All", "User.Read.All", "User.ReadWrite.All"].map(str::to_owned);
    let mut command = sandbox.command_at(&tenant, &["run", wizard, "--yes"]);
    let ran = Ran::of(command.env("FIXFORME_ACCESS_TOKEN", tenant.token_for(&scopes)).output().unwrap()).exits(5);
    assert_eq!(sentence(&ran), "Nothing was changed.", "{}", ran.all());
    assert!(ran.stderr.contains("Her job: it needs the step before it (The policy)"), "{}", ran.all());
    assert!(!ran.stderr.contains("LAB.01: fails now, will pass"), "{}", ran.all());
    assert_eq!(tenant.writes(), [""; 0]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
    assert_eq!(sentence(&ran), "2 changes were made and verified.", "{}", ran.all());
}

#[test]
fn a_role_that_is_not_known_by_name_is_left_to_the_service_to_judge() {
    let seed = CONTOSO.replace("\"Global Administrator\"", "\"Printer Administrator\"");
    let seed = format!("{seed}\n[objects.\"/v1.0/admin/labLamp\"]\nlit = false\n");
    let lamp = setting("The lamp", "/v1.0/admin/labLamp", "lit", "true");
    for (role, code) in [("Printer Administrator", 0), ("global administrator", 5)] {
        let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
        let wizard = sandbox.wizard(&[("lamp", &lamp)]);
        let head = fs_err::read_to_string(sandbox.folder.path().join("small/wizard.toml")).unwrap();
        sandbox.write("small/wizard.toml", &head.replace("[run]", &format!("[graph]\nroles = [{role:?}]\n[run]")));
        let _ = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(code);
    }
}

#[test]
fn items_whose_labels_read_alike_are_told_apart() {
    let each = r#"
kind  = "setting"
title = "Lamp"

[for_each]
items = "[{'id': 'a', 'name': 'Lamp'}, {'id': 'b', 'name': 'Lamp'}, {'id': 'c', 'name': 'Lamp (a)'}]"
as    = "lamp"
key   = "lamp.id"
label = "lamp.name"

[[object]]
id      = "lamp"
get     = "/v1.0/admin/labLamps/{{ lamp.id }}"
fields  = ["lit"]
managed = ["lit"]
desired = { lit = "true" }
"#;
    let lamps = "[objects.\"/v1.0/admin/labLamps\"]\nvalue = [{ id = \"a\" }, { id = \"b\" }, { id = \"c\" }]\n";
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&format!("{CONTOSO}\n{lamps}"), &[]));
    let wizard = sandbox.wizard(&[("lamps", each)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(0);
    assert_eq!(sentence(&ran), "3 changes were made and verified.", "{}", ran.all());
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(tenant.canonical().to_string(), tenant.start, "{}", ran.all());
}

#[test]
fn items_that_are_no_list_are_not_no_items() {
    let seed = format!("{CONTOSO}\n[objects.\"/v1.0/admin/labLamp\"]\nbulbs = {{ id = \"one\" }}\n");
    let each = r#"
kind  = "query"
title = "Each bulb"

[for_each]
items = "steps.lamp.bulbs"
as    = "bulb"
key   = "bulb.id"

[[read]]
id     = "bulb"
get    = "/v1.0/admin/labLamp"
fields = ["bulbs"]
"#;
    let lamp = r#"
kind  = "query"
title = "The lamp"

[[read]]
id     = "lamp"
get    = "/v1.0/admin/labLamp"
fields = ["bulbs"]

[capture.bulbs]
value = "reads.lamp.body.bulbs"
"#;
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
    let wizard = sandbox.wizard(&[("lamp", lamp), ("each", each)]);
    let ran = sandbox.run_at(&tenant, &["check", wizard]).exits(3);
    assert!(ran.stderr.contains("the items of this step are not a list"), "{}", ran.all());
}

#[test]
fn a_wizard_that_reads_nothing_can_be_rehearsed() {
    let revoke = r#"
kind   = "actions"
title  = "Signed out"
why    = "For a test."
scopes = { fix = ["User.RevokeSessions.All"] }

[[write]]
id           = "revoke"
http         = "POST /v1.0/users/b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01/revokeSignInSessions"
irreversible = "The person signs in again."
"#;
    let sandbox = Sandbox::new();
    let wizard = sandbox.wizard(&[("revoke", revoke)]);
    sandbox.write("small/rehearsal/contoso/tenant.toml", CONTOSO);
    let ran = sandbox.run(&["rehearse", wizard, "--yes", "--approve", "revoke"]).exits(0);
    assert_eq!(sentence(&ran), "1 change was accepted by Microsoft, not read back.", "{}", ran.all());
}
