//! What a person sees, whole.

mod changes;

use serde_json::{Value, json};
use snapbox::{IntoData, assert_data_eq, str};

use super::{Transcript, finish};
use crate::ports::event::{
    Affect, ChangeFinished, ChangeOutcome, ChangeStarted, CheckOutcome, Drift, Event, FieldDiff, Level, Line, Message,
    Notice, Plan, PlannedChange, RunFinished, RunStarted, SignedIn, StepChecked, Wait, WizardName,
};
use crate::ports::terms::{Mode, Risk, Severity};
use crate::ui::style::{Glyphs, Style};

fn style(glyphs: Glyphs) -> Style {
    let width = (glyphs != Glyphs::Words).then_some(80);
    Style { glyphs, color: false, width, live: glyphs == Glyphs::Utf8 }
}

fn shown(glyphs: Glyphs, events: &[Event]) -> String {
    let mut transcript = Transcript::new(style(glyphs));
    let mut lines: Vec<String> = events.iter().flat_map(|event| transcript.add(event)).collect();
    lines.append(&mut transcript.flush());
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn start() -> [Event; 2] {
    let wizard = WizardName {
        id: "contacts".to_owned(),
        version: "1.0.0".to_owned(),
        title: "Contact data of administrators".to_owned(),
        sha256: "00".to_owned(),
    };
    [
        Event::RunStarted(RunStarted {
            run: Some("0198".to_owned()),
            mode: Mode::Rehearse,
            wizard: Some(wizard),
            tool: "0.1.0",
            practice: true,
            steps: 4,
        }),
        Event::SignedIn(SignedIn {
            tenant_id: "8a1f0000-0000-0000-0000-000000000001".to_owned(),
            tenant_name: "Contoso Ltd".to_owned(),
            domain: "contoso.example".to_owned(),
            account: "maria.admin@contoso.example".to_owned(),
            roles: vec!["Global Administrator".to_owned()],
            graph_root: "http://127.0.0.1:40123".to_owned(),
            practice: true,
        }),
    ]
}

fn step(number: usize, title: &str, outcome: CheckOutcome, lines: &[(Level, &str)]) -> StepChecked {
    StepChecked {
        step: format!("step{number}"),
        key: None,
        label: None,
        number,
        title: title.to_owned(),
        outcome,
        severity: Severity::High,
        lines: lines.iter().map(|(level, text)| Line { level: *level, text: (*text).to_owned() }).collect(),
        link: None,
        request_ids: Vec::new(),
    }
}

fn item(label: &str, outcome: CheckOutcome, lines: &[(Level, &str)]) -> Event {
    let mut step = step(3, &format!("E-mail and phone of {label}"), outcome, lines);
    step.key = Some(format!("id-{label}"));
    step.label = Some(label.to_owned());
    Event::StepChecked(step)
}

fn checks() -> Vec<Event> {
    let synced = [(Level::Info, "Synchronized from Active Directory: set it there.")];
    let blocked = StepChecked {
        link: Some("https://entra.microsoft.com/".to_owned()),
        request_ids: vec!["b1c2".to_owned()],
        ..step(4, "Registration", CheckOutcome::Blocked, &[(Level::Problem, "Your role may not read the report.")])
    };
    vec![
        Event::StepChecked(step(
            1,
            "Password reset for administrators",
            CheckOutcome::Problem,
            &[
                (
                    Level::Problem,
                    "It is off for the whole tenant, so that an administrator who forgets the password needs another one.",
                ),
                (Level::Warning, "It can take up to 60 minutes to take effect."),
            ],
        )),
        Event::StepChecked(step(2, "Who is an administrator?", CheckOutcome::Ok, &[])),
        item("ann@contoso.example", CheckOutcome::Ok, &[]),
        item(
            "bob@contoso.example",
            CheckOutcome::Problem,
            &[(Level::Problem, "otherMails is missing."), (Level::Problem, "mobilePhone is missing.")],
        ),
        item("cy@contoso.example", CheckOutcome::NotApplicable, &synced),
        item("dee@contoso.example", CheckOutcome::NotApplicable, &synced),
        item("eve@contoso.example", CheckOutcome::Unknown, &[(Level::Problem, "The service answered 500.")]),
        item("\u{1b}[2Jfay@contoso.example", CheckOutcome::Ok, &[]),
        Event::StepChecked(blocked),
    ]
}

fn field(name: &str, before: Value, after: Value) -> FieldDiff {
    FieldDiff { field: name.to_owned(), before, after, known_after: None }
}

fn planned(number: usize, title: &str, fields: Vec<FieldDiff>) -> PlannedChange {
    PlannedChange {
        number,
        change: format!("step{number}"),
        title: title.to_owned(),
        method: "PATCH".to_owned(),
        path: "/v1.0/users/a1000000-0000-0000-0000-000000000001".to_owned(),
        fields,
        irreversible: None,
        tier0: false,
        risk: Risk::OneAccount,
        scopes: vec!["User-Phone.ReadWrite.All".to_owned()].into(),
    }
}

fn plan() -> Plan {
    Plan {
        changes: vec![
            PlannedChange {
                path: "/v1.0/policies/authorizationPolicy".to_owned(),
                risk: Risk::TenantWide,
                ..planned(1, "Password reset for administrators", vec![field("allowed", json!(false), json!(true))])
            },
            planned(
                2,
                "E-mail and phone of bob@contoso.example",
                vec![
                    field("otherMails", json!([]), json!(["bob.private@example.net"])),
                    field("mobilePhone", Value::Null, json!("+1 5550100123")),
                ],
            ),
        ],
        affects: vec![Affect { id: "EIDSCA.AP01".to_owned(), before: Some(true), after: Some(false) }],
        not_changed: vec!["cy@contoso.example: synchronized from Active Directory.".to_owned()],
        is_rollback: false,
    }
}

fn finished(outcome: ChangeOutcome) -> ChangeFinished {
    ChangeFinished {
        change: "step2".to_owned(),
        number: 2,
        total: 2,
        title: "E-mail and phone of bob@contoso.example".to_owned(),
        outcome,
        read_back: true,
        lines: Vec::new(),
        drift: Vec::new(),
        request_ids: vec!["9f-01".to_owned()],
    }
}

fn changes() -> Vec<Event> {
    let drift = |expected, live, wanted| Drift { field: "otherMails".to_owned(), expected, wanted, live };
    vec![
        Event::ChangeStarted(ChangeStarted {
            change: "step1".to_owned(),
            number: 1,
            total: 2,
            title: "Password reset for administrators".to_owned(),
            is_rollback: false,
        }),
        Event::Wait(Wait { reason: "Microsoft asked us to wait 12 s (busy).".to_owned(), seconds: 12.0, attempt: 1 }),
        Event::ChangeFinished(finished(ChangeOutcome::Verified)),
        Event::ChangeFinished(ChangeFinished {
            lines: vec![Line {
                level: Level::Problem,
                text: "Somebody changed it since the check. Left as it is.".to_owned(),
            }],
            drift: vec![drift(json!([]), json!(["x@example.org"]), json!(["bob@example.net"]))],
            ..finished(ChangeOutcome::Failed)
        }),
        Event::ChangeFinished(ChangeFinished {
            drift: vec![drift(
                json!([]),
                json!(["somebody.with.a.long.name@fabrikam.example"]),
                json!(["bob.private@example.net"]),
            )],
            ..finished(ChangeOutcome::RollbackRefused)
        }),
    ]
}

#[test]
fn the_head_of_a_run() {
    assert_data_eq!(
        shown(Glyphs::Utf8, &start()),
        str![[r#"

 fixforme 0.1.0 - rehearse: Contact data of administrators (contacts 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 ✔ Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
   Roles: Global Administrator.
   Tenant: 8a1f0000-0000-0000-0000-000000000001 at http://127.0.0.1:40123

"#]]
        .raw()
    );
    assert_data_eq!(
        shown(Glyphs::Words, &start()),
        str![[r#"
fixforme 0.1.0 - rehearse: Contact data of administrators (contacts 1.0.0)
This is a practice tenant: nothing real is read or changed.
Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
Roles: Global Administrator.
Tenant: 8a1f0000-0000-0000-0000-000000000001 at http://127.0.0.1:40123

"#]]
        .raw()
    );
}

#[test]
fn checked_steps() {
    assert_data_eq!(
        shown(Glyphs::Utf8, &checks()),
        str![[r#"

 Check
 ! 1  Password reset for administrators: problem, severity high
      It is off for the whole tenant, so that an administrator who forgets the
      password needs another one.
      warning: It can take up to 60 minutes to take effect.
 ✔ 2  Who is an administrator?
 ! 3  E-mail and phone: 2 of 6 are ready, 1 has a problem, 1 could not be found
   out, 2 do not apply
      ! bob@contoso.example
        otherMails is missing.
        mobilePhone is missing.
      ? eve@contoso.example: could not be found out. The service answered 500.
      – cy@contoso.example, dee@contoso.example do not apply: Synchronized from
        Active Directory: set it there.
 ✘ 4  Registration: blocked
      Your role may not read the report.
      by hand: https://entra.microsoft.com/
      request ids: b1c2

"#]]
        .raw()
    );
    assert_data_eq!(
        shown(Glyphs::Ascii, &checks()),
        str![[r#"

 Check
 [!!] 1  Password reset for administrators: problem, severity high
         It is off for the whole tenant, so that an administrator who forgets
         the password needs another one.
         warning: It can take up to 60 minutes to take effect.
 [OK] 2  Who is an administrator?
 [!!] 3  E-mail and phone: 2 of 6 are ready, 1 has a problem, 1 could not be
      found out, 2 do not apply
         [!!] bob@contoso.example
              otherMails is missing.
              mobilePhone is missing.
         [??] eve@contoso.example: could not be found out. The service answered
              500.
         [--] cy@contoso.example, dee@contoso.example do not apply: Synchronized
              from Active Directory: set it there.
 [XX] 4  Registration: blocked
         Your role may not read the report.
         by hand: https://entra.microsoft.com/
         request ids: b1c2

"#]]
        .raw()
    );
}

#[test]
fn checked_steps_in_words() {
    let mut events = start().to_vec();
    events.truncate(1);
    events.extend(checks());
    assert_data_eq!(
        shown(Glyphs::Words, &events),
        str![[r#"
fixforme 0.1.0 - rehearse: Contact data of administrators (contacts 1.0.0)
This is a practice tenant: nothing real is read or changed.
Check
Step 1. Password reset for administrators: problem, severity high.
It is off for the whole tenant, so that an administrator who forgets the password needs another one.
warning: It can take up to 60 minutes to take effect.
Step 2. Who is an administrator? ok.
Step 3. E-mail and phone: 2 of 6 are ready, 1 has a problem, 1 could not be found out, 2 do not apply.
bob@contoso.example: problem. otherMails is missing. mobilePhone is missing.
eve@contoso.example: could not be found out. The service answered 500.
cy@contoso.example, dee@contoso.example do not apply: Synchronized from Active Directory: set it there.
Step 4. Registration: blocked.
Your role may not read the report.
by hand: https://entra.microsoft.com/
request ids: b1c2

"#]]
        .raw()
    );
}

#[test]
fn notices_and_sentences() {
    let events = [
        Event::Notice(Notice {
            id: "baseline-conflict".to_owned(),
            text: "EIDSCA.AP01 recommends that administrators can NOT use self-service password reset. It will fail."
                .to_owned(),
            sources: vec!["https://maester.dev/docs/tests/EIDSCA.AP01".to_owned()],
        }),
        Event::Message(Message { level: Level::Info, text: "One.\nTwo.".to_owned() }),
        Event::Message(Message { level: Level::Warning, text: "Look here.".to_owned() }),
        Event::Message(Message { level: Level::Problem, text: "Not found.".to_owned() }),
        Event::Message(Message { level: Level::Hint, text: "run `fixforme list`".to_owned() }),
    ];
    assert_data_eq!(
        shown(Glyphs::Ascii, &events),
        str![[r#"

 ------------------------------------------------------------------------------
 [!!] Notice `baseline-conflict`
 EIDSCA.AP01 recommends that administrators can NOT use self-service password
 reset. It will fail.
 Source: https://maester.dev/docs/tests/EIDSCA.AP01
 ------------------------------------------------------------------------------
 One.
 Two.
 [!!] Warning: Look here.
 [XX] Not found.
 hint: run `fixforme list`

"#]]
        .raw()
    );
}

#[test]
fn the_receipt() {
    let receipt = |glyphs, exit| {
        let finished = RunFinished {
            run: Some("0198d2f0".to_owned()),
            exit,
            state: "2 changes were made, both verified.".to_owned(),
            changed: 2,
            verified: 2,
            answered: 0,
            rolled_back: 0,
            rollback: Some("fixforme rollback 0198d2f0".to_owned()),
            journal: Some("/state/runs/0198d2f0.ndjson".to_owned()),
            next: vec!["The setting can take up to 60 minutes to take effect.".to_owned()],
        };
        finish::lines(&finished, &style(glyphs)).iter().map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_data_eq!(
        receipt(Glyphs::Utf8, 0),
        str![[r#"

 ✔ 2 changes were made, both verified.
   2 changes stand, 2 verified by reading back.
   Now: The setting can take up to 60 minutes to take effect.
   Roll back: fixforme rollback 0198d2f0
   Run: 0198d2f0
   Journal: /state/runs/0198d2f0.ndjson

"#]]
        .raw()
    );
    assert_data_eq!(
        receipt(Glyphs::Words, 3),
        str![[r#"
2 changes were made, both verified.
2 changes stand, 2 verified by reading back.
Now: The setting can take up to 60 minutes to take effect.
Roll back: fixforme rollback 0198d2f0
Run: 0198d2f0
Journal: /state/runs/0198d2f0.ndjson
Exit code 3.

"#]]
        .raw()
    );
}

#[test]
fn color_is_never_the_only_carrier() {
    let colored = Style { color: true, ..style(Glyphs::Ascii) };
    let mut transcript = Transcript::new(colored);
    let lines: Vec<String> = checks().iter().flat_map(|event| transcript.add(event)).collect();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let bare = console::strip_ansi_codes(&text).into_owned();
    assert_eq!(bare, shown(Glyphs::Ascii, &checks()));
    assert!(text.contains("\u{1b}[33m[!!]\u{1b}[0m"));
}

#[test]
fn nothing_steers_a_terminal() {
    for glyphs in [Glyphs::Utf8, Glyphs::Ascii, Glyphs::Words] {
        let events: Vec<Event> =
            start().into_iter().chain(checks()).chain([Event::Plan(plan())]).chain(changes()).collect();
        assert!(!shown(glyphs, &events).contains('\u{1b}'));
    }
}
