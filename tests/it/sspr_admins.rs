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
        (&["html=GET /v1.0/groups/*/transitiveMembers"][..], &[][..], 3, "Members of Helpdesk: could not be found out"),
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
        let names = ran.all().contains("this step is not known or not possible: Members of Helpdesk.");
        assert!(!ran.all().contains('…') && names == why.contains("Helpdesk"), "{why}: {}", ran.all());
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

/// What a rehearsal of a case says, its tenant's seed edited.
fn said(case: &str, edit: &dyn Fn(String) -> String, more: &[&str]) -> String {
    let seed = fs_err::read_to_string(project(&format!("{WIZARD}/rehearsal/{case}/tenant.toml"))).unwrap();
    let sandbox = Sandbox::new();
    sandbox.write("tenant.toml", &edit(seed));
    let run = ["rehearse", "sspr-admins", "--practice", "tenant.toml", "--yes", "--set", "goal=enable"];
    sandbox.run(&[&run[..], more].concat()).all()
}

#[test]
fn in_china_the_contact_fields_count_and_nothing_leads_to_the_public_cloud() {
    let china = said("china", &|seed| seed, &[]);
    assert!(china.contains("Here, password reset uses the contact fields of the profile:"), "{china}");
    assert!(china.contains("fixforme looks at the contact fields of each account instead."), "{china}");
    assert!(
        china.contains("Ask ann@contoso.example for a private e-mail address and a mobile phone number,"),
        "{china}"
    );
    for other in ["counts the methods", "aka.ms", "entra.microsoft.com", "no longer", "not used for password reset"] {
        assert!(!china.contains(other), "{other}: {china}");
    }
    let unset = said("china", &|seed| seed.replace("allowedToUseSSPR = true", ""), &[]);
    assert!(unset.contains("https://portal.azure.cn/#view/") && !unset.contains("entra.microsoft.com"), "{unset}");
    let public = said("healthy", &|seed| seed, &[]);
    assert!(!public.contains("Here, password reset uses the contact fields"), "{public}");
}

#[test]
fn an_answer_that_there_is_no_emergency_account_is_one() {
    let named = "No emergency-access (\"break glass\") account was named.";
    let none = "You said that none of these administrators is an emergency-access";
    for (more, says, not) in [(&[][..], named, none), (&["--set", "exclude="], none, named)] {
        let said = said("healthy", &|seed| seed, more);
        assert!(said.contains(says) && !said.contains(not), "{said}");
    }
}

#[test]
fn what_the_tenant_does_not_show_turns_no_check_of_others() {
    let affects = "Affects: EIDSCA.AP01";
    assert!(said("healthy", &|seed| seed, &[]).contains(affects));
    let unset = said("absent-setting", &|seed| seed, &[]);
    assert!(!unset.contains(affects), "{unset}");
}

#[test]
fn a_contact_of_several_administrators_is_told_of() {
    let shared = said("shared-contacts", &|seed| seed, &[]);
    let who = "(maria.admin@contoso.example, paula@contoso.example)";
    assert!(shared.contains(&format!("the same e-mail address: it.office@example.net {who}.")), "{shared}");
    assert!(shared.contains(&format!("the same phone number: +1 4255550199 {who}.")), "{shared}");
    let healthy = said("healthy", &|seed| seed, &[]);
    assert!(!healthy.contains("Several administrators have the same"), "{healthy}");
    // One's own, registered and in the profile, are no other's.
    let china = said("china", &|seed| seed, &[]);
    assert!(!china.contains("Several administrators have the same"), "{china}");
    // What the file would add is seen before it is registered.
    let sandbox = Sandbox::new();
    sandbox.write(
        "contacts.csv",
        "user,email,phone\nann@contoso.example,Both@example.net,\nbob@contoso.example,both@example.net,\n",
    );
    let run = ["rehearse", "sspr-admins", "--yes", "--set", "goal=enable", "--set", "contacts_file=contacts.csv"];
    let file = sandbox.run(&run).all();
    assert!(
        file.contains("the same e-mail address: both@example.net (ann@contoso.example, bob@contoso.example)."),
        "{file}"
    );
}

#[test]
fn the_notice_of_the_switch_is_for_who_turns_it_on() {
    let notice = "--acknowledge baseline-conflict";
    let on = said("methods", &|seed| seed, &[]);
    assert!(on.contains("answers are missing") && !on.contains(notice), "{on}");
    let off = said("methods", &|seed| seed.replace("allowedToUseSSPR = true", "allowedToUseSSPR = false"), &[]);
    assert!(off.contains(notice), "{off}");
}

#[test]
fn the_guide_and_the_answers_file_say_what_is_known_without_a_check() {
    let sandbox = Sandbox::new();
    let guide =
        |more: &[&str]| sandbox.run(&[&["guide", "sspr-admins"], more].concat()).exits(0).stdout.replace("\n     ", "");
    let (methods, profile, china) = (guide(&[]), guide(&["--set", "write_to=profile"]), guide(&["--cloud", "china"]));
    assert!(methods.contains("phoneType is mobile") && !methods.contains("otherMails is"), "{methods}");
    for fields in [profile, china] {
        assert!(fields.contains("otherMails is <") && !fields.contains("phoneType is"), "{fields}");
    }
    let answers = sandbox.run(&["answers", "sspr-admins"]).exits(0).stdout;
    assert!(answers.contains("since October 5, 2026, it accepts only registered methods"), "{answers}");
}

#[test]
fn a_line_break_in_a_name_begins_no_line_of_ours() {
    let faults = ["--fault", "html=GET /v1.0/groups/*/transitiveMembers"];
    let edit = |seed: String| {
        ["Contoso Ltd", "Helpdesk", "Nightly backup"].iter().fold(seed, |seed, name| {
            seed.replace(&format!("\"{name}\""), &format!("\"{name}\\n [OK] fine\\u001b[2J\""))
        })
    };
    let said = said("contoso", &edit, &faults);
    for shown in ["Contoso Ltd", "Members of Helpdesk", "Skipped: Nightly backup"] {
        assert!(said.contains(&format!("{shown}\\u{{a}} [OK] fine\\u{{1b}}[2J")), "{shown}: {said}");
    }
    assert!(!said.contains("\n [OK] fine") && !said.contains('\u{1b}'), "{said}");
}
