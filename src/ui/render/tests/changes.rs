//! The plan and what becomes of its changes, as the screen shows them.

use super::*;

#[test]
fn the_list_of_changes() {
    assert_data_eq!(
        shown(Glyphs::Utf8, &[Event::Plan(plan())]),
        str![[r#"

 Not changed: cy@contoso.example: synchronized from Active Directory.

 The list of changes: 2 changes. Each can be rolled back.
  1  Password reset for administrators (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowed  false → true
  2  E-mail and phone of bob@contoso.example (one account)
     PATCH /v1.0/users/a1000000-0000-0000-0000-000000000001
       otherMails   [] → ["bob.private@example.net"]
       mobilePhone  (none) → "+1 5550100123"
 Affects: EIDSCA.AP01: passes now, will fail
 Permissions: User-Phone.ReadWrite.All

"#]]
        .raw()
    );
    assert_data_eq!(
        shown(Glyphs::Words, &[Event::Plan(plan())]),
        str![[r#"
Not changed: cy@contoso.example: synchronized from Active Directory.
The list of changes: 2 changes. Each can be rolled back.
Change 1. Password reset for administrators (whole tenant).
PATCH /v1.0/policies/authorizationPolicy
allowed: false becomes true
Change 2. E-mail and phone of bob@contoso.example (one account).
PATCH /v1.0/users/a1000000-0000-0000-0000-000000000001
otherMails: [] becomes ["bob.private@example.net"]
mobilePhone: (none) becomes "+1 5550100123"
Affects: EIDSCA.AP01: passes now, will fail
Permissions: User-Phone.ReadWrite.All

"#]]
        .raw()
    );
}

#[test]
fn what_cannot_be_rolled_back_is_said_at_the_change() {
    let mut mixed = plan();
    mixed.changes[0].tier0 = true;
    mixed.changes[1].irreversible =
        Some("Revoked sessions cannot be given back; the person signs in again.".to_owned());
    mixed.changes[1].fields[1].known_after = Some("known after step 1".to_owned());
    assert_data_eq!(
        shown(Glyphs::Ascii, &[Event::Plan(mixed)]),
        str![[r#"

 Not changed: cy@contoso.example: synchronized from Active Directory.

 The list of changes: 2 changes. Not all can be rolled back.
  1  Password reset for administrators (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowed  false -> true
     [!!] This is not an ordinary change. It needs your typed approval.
     can be rolled back
  2  E-mail and phone of bob@contoso.example (one account)
     PATCH /v1.0/users/a1000000-0000-0000-0000-000000000001
       otherMails   [] -> ["bob.private@example.net"]
       mobilePhone  (none) -> (known after step 1)
     [!!] cannot be rolled back: Revoked sessions cannot be given back; the
          person signs in again.
 Affects: EIDSCA.AP01: passes now, will fail
 Permissions: User-Phone.ReadWrite.All

"#]]
        .raw()
    );
}

#[test]
fn an_empty_plan() {
    let nothing = Plan { changes: Vec::new(), affects: Vec::new(), ..plan() };
    assert_data_eq!(
        shown(Glyphs::Ascii, &[Event::Plan(nothing)]),
        str![[r#"

 The list of changes: nothing to change.
 Not changed: cy@contoso.example: synchronized from Active Directory.

"#]]
        .raw()
    );
}

#[test]
fn five_changes_and_the_question_fit_a_screen() {
    let mut five = plan();
    five.changes = (1..=5).map(|number| PlannedChange { number, ..plan().changes.remove(1) }).collect();
    // The empty line above may scroll away; the question takes one line.
    let screen = shown(Glyphs::Ascii, &[Event::Plan(five)]);
    // What is left alone stands above and may scroll away.
    let list = screen.split_once("The list of changes").map_or("", |(_, list)| list);
    assert!((10..=24).contains(&list.lines().count()), "{list}");
}

#[test]
fn changes_and_drift() {
    assert_data_eq!(
        shown(Glyphs::Utf8, &changes()),
        str![[r#"

 Change
 ✔ 2  E-mail and phone of bob@contoso.example: verified by reading it back
 ✘ 2  E-mail and phone of bob@contoso.example: failed
      Somebody changed it since the check. Left as it is.
      field       expected  there now          we wanted
      otherMails  []        ["x@example.org"]  ["bob@example.net"]
      request ids: 9f-01
 ! 2  E-mail and phone of bob@contoso.example: left as it is: changed by
   somebody else
      otherMails
        expected   []
        there now  ["somebody.with.a.long.name@fabrikam.example"]
        we wanted  ["bob.private@example.net"]

"#]]
        .raw()
    );
    assert_data_eq!(shown(Glyphs::Words, &changes()), str![[r#"
Change
Making change 1 of 2: Password reset for administrators
Microsoft asked us to wait 12 s (busy).
Change 2 of 2. E-mail and phone of bob@contoso.example: verified by reading it back.
Change 2 of 2. E-mail and phone of bob@contoso.example: failed.
Somebody changed it since the check. Left as it is.
otherMails: expected [], there now ["x@example.org"], we wanted ["bob@example.net"].
request ids: 9f-01
Change 2 of 2. E-mail and phone of bob@contoso.example: left as it is: changed by somebody else.
otherMails: expected [], there now ["somebody.with.a.long.name@fabrikam.example"], we wanted ["bob.private@example.net"].

"#]].raw());
}
