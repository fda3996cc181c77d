//! What is agreed to and what is not: ways back that could hand over the tenant, secrets that are shown once, values that
//! would pass for the journal's own, and changes that are left out because one before them was not made.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Stdio;

use crate::support::sandbox::{CONTOSO, Ran, Sandbox, Served};
use crate::support::wait::wait_until;

const TENANT: &str = r#"
[organization]
displayName     = "Contoso Ltd"
verifiedDomains = [{ name = "contoso.example", isDefault = true }]

[[users]]
id                = "b2e2a1d4-0002-4c1e-8a55-6d0f1a2b3c02"
userPrincipalName = "ann@contoso.example"

[[users]]
id                = "b2e2a1d4-0003-4c1e-8a55-6d0f1a2b3c03"
userPrincipalName = "bob@contoso.example"

[objects."/v1.0/admin/lamps"]
value = [{ id = "ann", lit = false, shade = false }, { id = "bob", lit = false, shade = false }]

[objects."/v1.0/applications"]
value = [{ id = "app", appId = "b2e2a1d4-0009-4c1e-8a55-6d0f1a2b3c09", displayName = "App" }]
"#;

/// Writes a wizard of these steps, each with its file's text, and the entries beside `id` and `file`.
fn wizard(sandbox: &Sandbox, steps: &[(&str, &str, &str)]) {
    let mut head = "format = 1\nid = \"mine\"\nversion = \"0.1.0\"\ntitle = \"Mine\"\nsummary = \"For tests.\"\n\
                    [data.rows]\nnames = [\"ann\", \"bob\"]\n"
        .to_owned();
    for (id, entry, text) in steps {
        head.push_str(&format!("[[steps]]\nid = \"{id}\"\nfile = \"{id}.toml\"\n{entry}\n"));
        sandbox.write(
            &format!("mine/{id}.toml"),
            &format!(
                "title = \"Step {id}\"\nwhy = \"A reason.\"\nseverity = \"low\"\nrisk = \"one-object\"\n{text}\n[verify]\nup_to = \"1s\"\n"
            ),
        );
    }
    sandbox.write("mine/wizard.toml", &head);
}

const SCOPES: &str = "[scopes]\ncheck = [\"User.Read.All\", \"Policy.Read.All\"]\n\
    fix = [\"User.ReadWrite.All\", \"Policy.ReadWrite.Authorization\", \"User-PasswordProfile.ReadWrite.All\", \"Application.ReadWrite.All\"]\n";

fn lamp(field: &str) -> String {
    format!(
        "kind = \"setting\"\n{SCOPES}[for_each]\nitems = \"data.rows.names\"\nas = \"name\"\nkey = \"name\"\n\
         on_error = \"continue\"\n[[object]]\nid = \"lamp\"\nget = \"/v1.0/admin/lamps/{{{{ name }}}}\"\nfields = [\"{field}\"]\n\
         managed = [\"{field}\"]\ndesired = {{ {field} = \"true\" }}\n"
    )
}

#[test]
fn a_way_back_that_could_hand_over_the_tenant_is_approved_beforehand() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(TENANT, &[]));
    let step = format!(
        "kind = \"actions\"\n{SCOPES}[[write]]\nid = \"light\"\nhttp = \"PATCH /v1.0/users/ann@contoso.example\"\n\
         body = {{ jobTitle = \"x\" }}\n\
         undo = {{ http = \"POST /v1.0/applications/app/addPassword\", body = {{ a = 1 }}, expect = [200], guard = {{ get = \
         \"/v1.0/users/ann@contoso.example\", match = {{ jobTitle = \"x\" }} }} }}\n"
    );
    wizard(&sandbox, &[("light", "", &step)]);
    let ran = sandbox.run_at(&tenant, &["run", "./mine", "--yes"]).exits(4);
    assert!(ran.stderr.contains("--approve light") && ran.stderr.contains("its rollback"), "{}", ran.all());
    assert_eq!(tenant.writes(), Vec::<String>::new());
    let _ = sandbox.run_at(&tenant, &["run", "./mine", "--yes", "--approve", "light"]).exits(0);
    // The rollback is judged by its own request, whatever the journal says of it.
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(4);
    assert!(ran.stderr.contains("--approve light"), "{}", ran.all());
    assert_eq!(tenant.writes().len(), 1);
}

fn passwords() -> String {
    format!(
        "kind = \"actions\"\n{SCOPES}[for_each]\nitems = \"data.rows.names\"\nas = \"name\"\nkey = \"name\"\n[[write]]\nid = \"reset\"\n\
         label = \"A new password for {{{{ name }}}}\"\nhttp = \"PATCH /v1.0/users/{{{{ name ~ '@contoso.example' }}}}\"\n\
         body = {{ passwordProfile = {{ password = \"{{{{ generated.password }}}}\" }} }}\nirreversible = \"The old one is not known.\"\n"
    )
}

#[test]
fn every_account_gets_a_password_of_its_own_which_is_shown_once_and_kept_nowhere() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(TENANT, &[]));
    wizard(&sandbox, &[("reset", "", &passwords())]);
    let file = sandbox.folder.path().join("secrets.txt");
    let run = ["run", "./mine", "--yes", "--approve", "reset", "--reveal-to", file.to_str().unwrap()];
    let ran = sandbox.run_at(&tenant, &run).exits(0);
    let shown = fs_err::read_to_string(&file).unwrap();
    let secrets: Vec<&str> = shown.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert!(secrets.len() == 2 && secrets[0] != secrets[1] && secrets.iter().all(|each| each.len() == 24), "{shown}");
    let sent: Vec<String> = tenant.tenant().log().iter().filter_map(|each| each.body.clone()).collect();
    assert!(secrets.iter().all(|secret| sent.iter().any(|body| body.contains(secret))), "{sent:?}");
    let (_, records) = sandbox.journals().remove(0);
    let kept = format!("{records:?}{}", ran.all());
    assert!(!secrets.iter().any(|secret| kept.contains(secret)), "{kept}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs_err::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_secret_goes_into_no_file_that_others_may_read() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(TENANT, &[]));
    wizard(&sandbox, &[("reset", "", &passwords())]);
    let file = sandbox.write("secrets.txt", "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let run = ["run", "./mine", "--yes", "--approve", "reset", "--reveal-to", &file];
    let ran = sandbox.run_at(&tenant, &run).exits(2);
    assert!(ran.stderr.contains("others may read"), "{}", ran.all());
    assert!(ran.stdout.contains("Nothing was changed."), "{}", ran.all());
    assert_eq!((tenant.writes(), fs_err::read_to_string(&file).unwrap()), (Vec::new(), String::new()));
    #[cfg(unix)]
    for (name, says) in [("link", "failed to open"), ("second", "has a second name")] {
        use std::os::unix::fs::PermissionsExt as _;
        let (own, named) = (sandbox.write("own.txt", ""), sandbox.folder.path().join(name));
        fs_err::set_permissions(&own, std::fs::Permissions::from_mode(0o600)).unwrap();
        if name == "link" {
            fs_err::os::unix::fs::symlink(&own, &named).unwrap();
        } else {
            fs_err::hard_link(&own, &named).unwrap();
        }
        let run = ["run", "./mine", "--yes", "--approve", "reset", "--reveal-to", named.to_str().unwrap()];
        let ran = sandbox.run_at(&tenant, &run).exits(2);
        assert!(ran.stderr.contains(says), "{}", ran.all());
        assert_eq!((tenant.writes(), fs_err::read_to_string(&own).unwrap()), (Vec::new(), String::new()));
    }
    // Without a place for it, nobody would see it.
    let ran = sandbox.run_at(&tenant, &["run", "./mine", "--yes", "--approve", "reset"]).exits(3);
    assert!(ran.stderr.contains("add `--reveal-to FILE`"), "{}", ran.all());
    assert_eq!(tenant.writes(), Vec::<String>::new());
}

/// The file for the secret is spoilt before the request that makes it is sent: lines that may end up in a file do not get
/// it in its place.
#[cfg(unix)]
#[test]
fn a_secret_whose_file_is_spoilt_is_in_no_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let issue = "kind = \"actions\"\ntitle = \"A pass\"\n[[write]]\nid = \"issue\"\nhttp = \"POST /v1.0/admin/labSafe/issue\"\n\
                 once = true\nlanded = { get = \"/v1.0/admin/labSafe\", match = { owner = \"nobody\" } }\n\
                 reveal = \"/secretText\"\nirreversible = \"For a test.\"\n[verify]\nup_to = \"1s\"\n";
    let seed = "[objects.\"/v1.0/admin/labSafe\"]\nlocked = false\n[[actions]]\npath = \"/v1.0/admin/labSafe/issue\"\n\
                status = 201\nbody = { secretText = \"practice-pass\" }\n";
    for face in [&[][..], &["--output", "json"]] {
        let tenant = Served::start(&format!("{CONTOSO}\n{seed}"), &["stall=GET /v1.0/admin/labSafe#1"]);
        let sandbox = Sandbox::new();
        let wizard = sandbox.wizard(&[("pass", issue)]);
        let run = ["run", wizard, "--yes", "--approve", "pass", "--reveal-to", "secret.txt", "--log", "log.ndjson"];
        let mut command = sandbox.command_at(&tenant, &[&run[..], face].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| tenant.server.stalled() > 0);
        let file = sandbox.folder.path().join("secret.txt");
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        tenant.tenant().set_faults(Vec::new());
        tenant.server.release();
        let ran = Ran::of(child.wait_with_output().unwrap());
        let log = fs_err::read_to_string(sandbox.folder.path().join("log.ndjson")).unwrap();
        assert!(ran.stderr.contains("others may read"), "{}", ran.all());
        assert!(!format!("{}{log}", ran.all()).contains("practice-pass"), "{}\n{log}", ran.all());
        assert_eq!((tenant.posts().len(), fs_err::read_to_string(&file).unwrap()), (1, String::new()), "{}", ran.all());
    }
}

#[test]
fn a_secret_input_is_taken_from_a_file_and_from_no_flag() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(TENANT, &[]));
    let step = format!(
        "kind = \"actions\"\n{SCOPES}[[write]]\nid = \"code\"\nhttp = \"PATCH /v1.0/admin/lamps/ann\"\n\
         body = {{ code = \"{{{{ inputs.code }}}}\" }}\nirreversible = \"The old one is not known.\"\n"
    );
    wizard(&sandbox, &[("code", "", &step)]);
    let head = fs_err::read_to_string(sandbox.folder.path().join("mine/wizard.toml")).unwrap();
    sandbox.write("mine/wizard.toml", &format!("{head}[inputs.code]\ntype = \"secret\"\nlabel = \"The code\"\n"));
    let run = ["run", "./mine", "--yes", "--approve", "code"];
    let ran = sandbox.run_at(&tenant, &[&run[..], &["--set", "code=canary"]].concat()).exits(2);
    assert!(ran.stderr.contains("other programs can read what a flag holds"), "{}", ran.all());
    let answers = |code: &str| {
        sandbox
            .write("folder/answers.toml", &format!("wizard = \"mine\"\nversion = \"0.1.0\"\n[inputs]\ncode = {code}\n"))
    };
    let ran = sandbox.run_at(&tenant, &[&run[..], &["--answers", &answers("\"canary\"")]].concat()).exits(2);
    assert!(ran.stderr.contains("may not stand among the answers"), "{}", ran.all());
    sandbox.write("folder/code.txt", "canary\r\n");
    let ran =
        sandbox.run_at(&tenant, &[&run[..], &["--answers", &answers("{ file = \"code.txt\" }")]].concat()).exits(0);
    assert!(tenant.tenant().log().iter().any(|each| each.body.as_deref() == Some("{\"code\":\"canary\"}")));
    let kept = format!("{:?}{}", sandbox.journals(), ran.all());
    assert!(!kept.contains("canary"), "{kept}");
}

#[test]
fn a_value_that_would_pass_for_the_journals_own_is_not_written() {
    let seed = format!(
        "{TENANT}\n[objects.\"/v1.0/admin/evil\"]\nvalue = {{ \"$captured\" = {{ of = \"x\", pointer = \"/id\" }} }}\n\
         [objects.\"/v1.0/admin/lamp\"]\nsetting = \"old\"\n"
    );
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&seed, &[]));
    let step = format!(
        "kind = \"setting\"\n{SCOPES}[[read]]\nid = \"evil\"\nget = \"/v1.0/admin/evil\"\nfields = [\"value\"]\n[[object]]\nid = \"lamp\"\n\
         get = \"/v1.0/admin/lamp\"\nfields = [\"setting\"]\nmanaged = [\"setting\"]\ndesired = {{ setting = \"reads.evil.body.value\" }}\n"
    );
    wizard(&sandbox, &[("evil", "", &step)]);
    let ran = sandbox.run_at(&tenant, &["run", "./mine", "--yes"]).exits(3);
    assert!(ran.stderr.contains("which only the journal may use"), "{}", ran.all());
    assert_eq!(tenant.writes(), Vec::<String>::new());
}

#[test]
fn a_change_that_is_left_out_says_why_in_the_journal_too() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(TENANT, &["fail=PATCH /v1.0/admin/lamps/ann#1:400"]));
    wizard(&sandbox, &[("light", "", &lamp("lit")), ("shade", "needs = [\"light\"]", &lamp("shade"))]);
    let approved = ["--approve", "light", "--approve", "shade"];
    let ran = sandbox.run_at(&tenant, &[&["run", "./mine", "--yes"][..], &approved].concat()).exits(7);
    let reason = "Not tried: the change before it (Step light) is failed.";
    assert!(ran.stderr.contains(reason), "{}", ran.all());
    assert!(ran.stdout.contains("2 of 4 changes were made and verified."), "{}", ran.all());
    let (run, records) = sandbox.journals().remove(0);
    let left_out: Vec<&str> = records
        .iter()
        .filter(|record| record["code"] == "fixforme.left_out")
        .map(|record| record["change"].as_str().unwrap())
        .collect();
    assert_eq!(left_out, ["shade[ann]"]);
    let report = sandbox.run(&["report", &run]).exits(0).stdout;
    assert!(report.contains(reason), "{report}");
    let _ = sandbox.run_at(&tenant, &[&["rollback", "--yes"][..], &approved].concat()).exits(0);
}

/// Turning protection up is ordinary; putting the weaker state back later is approved like any weakening.
#[test]
fn what_a_rollback_weakens_is_approved_again() {
    let (sandbox, tenant) = (Sandbox::new(), Served::start(TENANT, &[]));
    let step = format!(
        "kind = \"setting\"\n{SCOPES}[[object]]\nid = \"ann\"\nget = \"/v1.0/users/ann@contoso.example\"\nselect = true\n\
         fields = [\"accountEnabled\"]\nmanaged = [\"accountEnabled\"]\ndesired = {{ accountEnabled = \"false\" }}\n"
    );
    wizard(&sandbox, &[("block", "", &step)]);
    let _ = sandbox.run_at(&tenant, &["run", "./mine", "--yes"]).exits(0);
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(4);
    assert!(ran.stderr.contains("--approve block   it enables an account"), "{}", ran.all());
    assert_eq!(tenant.writes().len(), 1);
    let _ = sandbox.run_at(&tenant, &["rollback", "--yes", "--approve", "block"]).exits(0);
    assert_eq!(tenant.canonical().to_string(), tenant.start);
}

/// Deleting what the run itself made gives nobody anything; deleting anything else is a change of its own.
#[test]
fn a_way_back_that_deletes_what_the_run_made_is_as_ordinary_as_making_it() {
    for (undo, is_own) in [("captured.id", true), ("captured.other", false)] {
        let (sandbox, tenant) = (Sandbox::new(), Served::start(TENANT, &[]));
        let step = format!(
            "kind = \"actions\"\n{SCOPES}[[write]]\nid = \"make\"\nhttp = \"POST /v1.0/groups\"\nscopes = [\"Group.ReadWrite.All\"]\n\
             body = {{ displayName = \"A\", mailEnabled = false, mailNickname = \"a\", securityEnabled = true }}\nexpect = [201]\n\
             once = true\nlanded = {{ get = \"/v1.0/groups\", items = \"/value\", match = {{ displayName = \"A\" }}, \
             capture = {{ id = \"/id\", other = \"/mailNickname\" }} }}\ncapture = {{ id = \"/id\", other = \"/mailNickname\" }}\n\
             undo = {{ http = \"DELETE /v1.0/groups/{{{{ {undo} }}}}\" }}\n"
        )
        .replace("\"User.Read.All\"", "\"Group.Read.All\"");
        wizard(&sandbox, &[("make", "", &step)]);
        let ran = sandbox.run_at(&tenant, &["run", "./mine", "--yes"]).exits(if is_own { 0 } else { 4 });
        let said = "--approve make   its rollback: it is not on the list of ordinary changes";
        assert_eq!(ran.stderr.contains(said), !is_own, "{}", ran.all());
        if is_own {
            let _ = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
        }
    }
}

#[test]
fn an_action_by_its_qualified_name_is_approved_like_by_its_short_one() {
    let add = r#"
kind   = "actions"
title  = "A secret of the application"
why    = "For a test."
scopes = { check = ["Application.Read.All"], fix = ["Application.ReadWrite.All"] }

[[write]]
id           = "add"
http         = "POST /v1.0/applications/b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01/NAME"
body         = { passwordCredential = { displayName = "x" } }
undo         = { http = "POST /v1.0/applications/b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01/removePassword" }
"#;
    for name in ["addPassword", "microsoft.graph.addPassword"] {
        let (sandbox, tenant) = (Sandbox::new(), Served::start(CONTOSO, &[]));
        let wizard = sandbox.wizard(&[("add", &add.replace("NAME", name))]);
        let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes"]).exits(4);
        assert!(ran.stderr.contains("--approve add"), "{name}: {}", ran.all());
    }
}

#[test]
fn a_secret_inside_what_is_captured_does_not_reach_the_journal() {
    let issue = r#"
kind  = "actions"
title = "A pass"

[[write]]
id           = "issue"
http         = "POST /v1.0/admin/labSafe/issue"
once         = true
landed       = { get = "/v1.0/admin/labSafe", match = { owner = "nobody" }, capture = { pass = "/pass" } }
capture      = { pass = "/pass" }
irreversible = "For a test."

[verify]
up_to = "1s"
"#;
    let seed = r#"
[objects."/v1.0/admin/labSafe"]
locked = false

[[actions]]
path   = "/v1.0/admin/labSafe/issue"
status = 201
body   = { pass = { name = "visible-name", kinds = [{ secretText = "practice-pass" }] } }
"#;
    let (sandbox, tenant) = (Sandbox::new(), Served::start(&format!("{CONTOSO}{seed}"), &[]));
    let wizard = sandbox.wizard(&[("issue", issue)]);
    let ran = sandbox.run_at(&tenant, &["run", wizard, "--yes", "--approve", "issue"]).exits(11);
    let kept = format!("{:?}", sandbox.journals());
    assert!(kept.contains("visible-name"), "{}", ran.all());
    assert!(!kept.contains("practice-pass"), "{}", ran.all());
}
