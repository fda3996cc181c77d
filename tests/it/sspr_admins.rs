//! What the wizard `sspr-admins` must never do.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::support::sandbox::{Sandbox, project, prompt_tenant};

const WIZARD: &str = "wizards/sspr-admins";

#[test]
fn a_wizard_that_counts_contact_fields_fails_its_cases() {
    let email = "any(m.emailAddress is email_outside(steps.admins.domains) for m in";
    let phone = "any(m.phoneNumber is phone_number for m in";
    let mails = "any(mail is email_outside(steps.admins.domains) for mail in objects.profile.otherMails) or ";
    let mobile = "objects.profile.mobilePhone is phone_number or ";
    for (file, plain, counting, case) in [
        ("30-contacts.toml", email, format!("{mails}{email}"), "fields-only"),
        ("30-contacts.toml", phone, format!("{mobile}{phone}"), "fields-only"),
        (
            "41-registration.toml",
            "when   = \"steps.admins.fields_count\"",
            "when   = \"true\"".to_owned(),
            "profile-filled",
        ),
    ] {
        let sandbox = Sandbox::new();
        for (path, mut text) in files(WIZARD) {
            if path == file {
                assert!(text.contains(plain), "{file} has no `{plain}` any more");
                text = text.replace(plain, &counting);
            }
            sandbox.write(&format!("mine/{path}"), &text);
        }
        let ran = sandbox.run(&["test", "./mine"]).exits(3);
        assert!(ran.stdout.contains(&format!("case {case}: FAILED")), "{file}, {counting}: {}", ran.all());
    }
}

/// Every file of a folder of the project, by its path below it.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(project(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = files(&format!("{folder}/{name}"));
            found.extend(below.into_iter().map(|(path, text)| (format!("{name}/{path}"), text)));
        } else {
            found.push((name, fs_err::read_to_string(entry.path()).unwrap()));
        }
    }
    found
}

#[test]
fn the_switch_stays_off_while_it_is_not_known_who_is_an_administrator() {
    let answers = project(&format!("{WIZARD}/rehearsal/contoso/answers.toml"));
    let unknown = ["--set", "exclude=emergncy@contoso.onmicrosoft.com"];
    for (faults, more, code, why) in [
        (
            &["html=GET /v1.0/groups/*/transitiveMembers#1"][..],
            &[][..],
            3,
            "Members of Helpdesk: could not be found out",
        ),
        (
            &["fail=GET /v1.0/roleManagement/directory/roleAssignments:403"],
            &[],
            5,
            "Your role cannot list role assignments.",
        ),
        (&["fail=GET /v1.0/groups/*/transitiveMembers:404"], &[], 3, "Members of Helpdesk: could not be found out"),
        (&[], &unknown, 3, "Not an administrator in this tenant: emergncy@contoso.onmicrosoft.com (named"),
    ] {
        let (sandbox, tenant) = (Sandbox::new(), prompt_tenant("contoso", faults));
        let run = [&["run", "sspr-admins", "--yes", "--answers", &answers][..], more].concat();
        let ran = sandbox.run_at(&tenant, &run).exits(code);
        assert!(ran.stderr.contains(why) && ran.stdout.contains("Nothing was changed."), "{why}: {}", ran.all());
        assert_eq!(tenant.writes(), [""; 0], "{why}");
        assert_eq!(tenant.canonical().to_string(), tenant.start, "{why}");
        assert!(sandbox.journals().is_empty(), "{why}");
    }
}

#[test]
fn the_switch_stays_off_while_no_administrator_is_found() {
    let tenant = fs_err::read_to_string(project(&format!("{WIZARD}/rehearsal/disable/tenant.toml"))).unwrap();
    let sandbox = Sandbox::new();
    let guests =
        tenant.replace("\"Member\"", "\"Guest\"").replace("allowedToUseSSPR = true", "allowedToUseSSPR = false");
    sandbox.write("guests.toml", &guests);
    let run = ["rehearse", "sspr-admins", "--practice", "guests.toml", "--yes", "--set", "goal=enable"];
    let ran = sandbox.run(&[&run[..], &["--acknowledge", "baseline-conflict"]].concat()).exits(3);
    let why = "No administrator with an enabled account of this organization was found.";
    assert!(ran.all().contains(why) && ran.stdout.contains("Nothing was changed."), "{}", ran.all());
}
