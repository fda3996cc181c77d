use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::expr::{Datum, Expression, Scope};
use crate::ports::terms::{OnFailure, Risk, Severity};
use crate::wizard::field_path::FieldPath;
use crate::wizard::input::InputType;
use crate::wizard::step::{Ask, Comparison, Guide, Locate, Manual, Object, Send, Setting, Step, StepKind};
use crate::wizard::template::{LinkTemplate, PathTemplate, Segment};
use crate::wizard::{Input, Template, WizardSource};

fn text(source: &str) -> Template {
    Template::parse(source).unwrap()
}

fn expression(source: &str) -> Expression {
    Expression::parse(source).unwrap()
}

fn empty(id: &str, kind: StepKind) -> Step {
    Step {
        id: id.to_owned(),
        file: format!("{id}.toml"),
        needs: Vec::new(),
        when: None,
        kind,
        title: Template::default(),
        why: text("Because."),
        severity: Severity::High,
        risk: Risk::TenantWide,
        docs: None,
        check_scopes: vec!["Policy.Read.All".to_owned()].into(),
        fix_scopes: vec!["User.ReadWrite.All".to_owned()].into(),
        guide: None,
        for_each: None,
        not_applicable: Vec::new(),
        on_status: Vec::new(),
        problems: Vec::new(),
        reads: Vec::new(),
        captures: Vec::new(),
        asks: Vec::new(),
        approval: None,
        verify_up_to: 60,
    }
}

/// A step on one person: a switch that an input decides, and an address that is asked.
fn person() -> Step {
    let ask = Ask {
        name: "email".to_owned(),
        kind: InputType::Email,
        label: text("Alternate e-mail of {{ person.name }}"),
        help: None,
        options: Vec::new(),
        when: None,
        from: None,
        suggest: None,
        check: None,
        reject: None,
    };
    let object = Object {
        id: "profile".to_owned(),
        when: None,
        locate: Locate::Get(PathTemplate {
            segments: vec![
                Segment::Literal("v1.0".to_owned()),
                Segment::Literal("users".to_owned()),
                Segment::Value(expression("person.id")),
            ],
        }),
        fields: vec![FieldPath::parse("otherMails")],
        select: true,
        managed: vec![FieldPath::parse("otherMails")],
        manage_when: None,
        desired: vec![(FieldPath::parse("otherMails"), expression("before.otherMails or [ask.email]"))],
        want: None,
        create: None,
        set: None,
        remove: None,
        send: Send::Changes,
        compare: vec![(FieldPath::parse("otherMails"), Comparison::Set)],
        scopes: [].into(),
    };
    Step {
        title: text("Contact data of {{ person.name }}"),
        docs: Some("https://docs.example/contact".to_owned()),
        guide: Some(Guide {
            portal: vec![text("Users"), text("{{ person.name }}")],
            powershell: Some(text("Update-MgUser -UserId {{ person.name }} -OtherMails @({{ ask.email }})")),
            retired: Some(text("Set-Old -Name {{ person.name }}")),
            note: Some(text("One blank after the country code.")),
        }),
        asks: vec![ask],
        ..empty("person", StepKind::Setting(Setting { objects: vec![object], affects: Vec::new() }))
    }
}

fn wizard() -> Wizard {
    let policy = Step {
        title: text("The switch"),
        when: Some(expression("inputs.goal != 'nothing'")),
        guide: Some(Guide {
            portal: vec![text("Admin center"), text("Switch")],
            powershell: Some(text("Update-MgPolicy -On:{{ inputs.goal == 'enable' }}")),
            retired: None,
            note: None,
        }),
        ..empty("policy", StepKind::Setting(Setting::default()))
    };
    let silent = Step { title: text("Only read"), ..empty("silent", StepKind::Query { ok_when: None }) };
    let manual = Manual {
        instruction: text("Sign in and register."),
        link: LinkTemplate::new(text("https://aka.example/register")).ok(),
        ok_when: None,
    };
    let register = Step { title: text("Register"), ..empty("register", StepKind::Manual(manual)) };
    Wizard {
        id: "contact".to_owned(),
        version: semver::Version::new(1, 0, 0),
        title: "Contact data".to_owned(),
        summary: "Sets a switch and contact data.".to_owned(),
        order: 1,
        replaces: vec!["KB 1".to_owned()],
        docs: None,
        review_by: None,
        clouds: vec!["public".to_owned()],
        roles: Vec::new(),
        on_failure: OnFailure::Rollback,
        max_changes: 100,
        data: Arc::new(json!({})),
        inputs: vec![Input {
            name: "goal".to_owned(),
            kind: InputType::Choice,
            label: "What shall it be?".to_owned(),
            help: None,
            default: None,
            suggest: None,
            required: true,
            options_from: None,
            options: vec![("enable".to_owned(), "On".to_owned()), ("disable".to_owned(), "Off".to_owned())],
            columns: Vec::new(),
            when: None,
        }],
        notices: Vec::new(),
        steps: vec![policy, silent, person(), register],
        sha256: String::new(),
        origin: WizardSource::Shipped,
        files: Arc::new(BTreeMap::new()),
    }
}

fn checked(step: usize, name: &str) -> Checked {
    let profile = json!({ "otherMails": null, "absent": false });
    let scope = Scope::default()
        .with("inputs", Datum::json(&json!({ "goal": "enable" })))
        .with("person", Datum::json(&json!({ "id": "a1", "name": name })))
        .with("objects", Datum::table([("profile".to_owned(), Datum::json(&profile))]))
        .with("ask", Datum::table([("email".to_owned(), Datum::unanswered("email"))]));
    Checked { step, label: Some(name.to_owned()), scope }
}

#[test]
fn before_a_check_what_is_not_known_stands_in_angle_brackets() {
    let found = guide(&wizard(), &GuideValues::BeforeCheck(Scope::default()), GuideFormat::Text);
    snapbox::assert_data_eq!(
        found,
        snapbox::str![[r#"
Let me fix it myself: Contact data
==================================
Sets a switch and contact data.
From the wizard contact 1.0.0. It replaces KB 1. Replace the values in angle
brackets with your own.

Before the first PowerShell line:
  Connect-MgGraph -Scopes 'Policy.Read.All', 'User.ReadWrite.All'

1. The switch
   Because.

   In the portal: Admin center > Switch

   In PowerShell:
     Update-MgPolicy -On:<$true (enable) or $false (disable)>

2. Contact data of <name>
   Because.

   In the portal: Users > <name>

   In PowerShell:
     Update-MgUser -UserId <name> -OtherMails @(<email>)

   Instead of the retired:
     Set-Old -Name <name>

   Note: One blank after the country code.

   Afterwards: GET /v1.0/users/<id> shows: otherMails is <email>

   More: https://docs.example/contact

3. Register
   Because.

   To do: Sign in and register.
   Where: https://aka.example/register

"#]]
    );
}

#[test]
fn what_was_given_decides_which_steps_appear() {
    let given = Scope::default().with("inputs", Datum::json(&json!({ "goal": "nothing" })));
    let found = guide(&wizard(), &GuideValues::BeforeCheck(given), GuideFormat::Text);
    assert!(!found.contains("The switch"), "{found}");
}

#[test]
fn after_a_check_the_real_values_stand_there_and_only_what_was_found() {
    let values = GuideValues::AfterCheck(vec![checked(2, "ann@contoso.example"), checked(2, "Bob O\u{2019}Hara")]);
    let found = guide(&wizard(), &values, GuideFormat::Text);
    assert!(!found.contains("The switch"), "{found}");
    assert!(found.contains("1. Contact data of <name>"), "{found}");
    assert!(found.contains("   -- ann@contoso.example"), "{found}");
    assert_eq!(found.matches("One blank after the country code.").count(), 1, "{found}");
    assert!(found.contains("-UserId 'ann@contoso.example' -OtherMails @(<email>)"), "{found}");
    assert!(found.contains("-UserId 'Bob O\u{2019}\u{2019}Hara'"), "{found}");
    assert!(found.contains("otherMails is <Alternate e-mail of\n     ann@contoso.example>"), "{found}");
}

#[test]
fn a_name_from_the_directory_can_be_no_markup_and_no_command() {
    let hostile = "<script>alert(1)</script> `x` [a](javascript:b) '; Remove-Item C:\\ #\u{1b}[2J";
    let values = GuideValues::AfterCheck(vec![checked(2, hostile)]);

    let html = guide(&wizard(), &values, GuideFormat::Html);
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
    assert!(html.contains("default-src 'none'"), "{html}");

    let markdown = guide(&wizard(), &values, GuideFormat::Markdown);
    let prose: String = markdown.split("```").step_by(2).collect();
    assert!(!prose.replace("\\<", "").contains("<script"), "{prose}");
    assert!(!prose.replace("\\]", "").contains("](javascript"), "{prose}");

    for format in [GuideFormat::Text, GuideFormat::Markdown, GuideFormat::Html] {
        let found = guide(&wizard(), &values, format);
        assert!(!found.contains('\u{1b}'), "{found}");
        let commands = found.lines().filter(|line| line.contains("Update-MgUser"));
        for command in commands {
            let command = command.replace("&#39;", "'").replace("''", "");
            assert!(!command.contains("'; Remove-Item") && command.contains("Remove-Item"), "{command}");
        }
    }
}

#[test]
fn one_item_gives_its_name_to_the_title() {
    let values = GuideValues::AfterCheck(vec![checked(2, "ann@contoso.example")]);
    let found = guide(&wizard(), &values, GuideFormat::Markdown);
    assert!(found.contains("## 1. Contact data of ann\\@contoso.example"), "{found}");
}
