//! Whole runs as a person sees them: standard output, standard error, exit code. Two are of a shipped wizard, the others of
//! the small wizard `office`, so that a word in a shipped one breaks few.

#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use snapbox::{assert_data_eq, str};

use crate::support::sandbox::{Ran, Sandbox, Served, project};
use crate::support::wizards::two_settings;

const POLICY: &str = "/v1.0/policies/authorizationPolicy";

/// Ids, ports, days and paths differ from run to run, the version from release to release; the practice tenant's own ids
/// do not.
fn tidy(sandbox: &Sandbox, ran: &Ran) -> String {
    let text = ran.all().replace(sandbox.folder.path().to_str().unwrap(), "[SANDBOX]");
    let text = text.replace(env!("CARGO_MANIFEST_DIR"), "[PROJECT]");
    let text = text.replace(concat!(" fixforme ", env!("CARGO_PKG_VERSION"), " - "), " fixforme [VERSION] - ");
    let mut tidied = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        if let Some(id) = rest.get(..36).filter(|id| is_volatile(id)) {
            tidied.push_str("[ID]");
            rest = &rest[id.len()..];
        } else if let Some(port) = rest.strip_prefix("127.0.0.1:") {
            tidied.push_str("127.0.0.1:[PORT]");
            rest = port.trim_start_matches(|digit: char| digit.is_ascii_digit());
        } else if let Some(day) = rest.strip_prefix("The report of ") {
            tidied.push_str("The report of [DAY]");
            rest = &day[10..];
        } else {
            tidied.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    tidied
}

fn is_volatile(text: &str) -> bool {
    let fixed = ["8a1f0c52", "b2e2a1d4", "c7d1e0f2", "d4a5b6c7"];
    let is_id = text.char_indices().all(|(at, letter)| match at {
        8 | 13 | 18 | 23 => letter == '-',
        _ => letter.is_ascii_hexdigit(),
    });
    is_id && !fixed.iter().any(|start| text.starts_with(start))
}

/// A rehearsal of the small wizard `office` in its own tenant, with some of that exchanged.
fn office(exchanged: &[(&str, &str)], more: &[&str]) -> String {
    let (sandbox, folder) = (Sandbox::new(), project("tests/lab/office"));
    let mut tenant = fs_err::read_to_string(format!("{folder}/rehearsal/people/tenant.toml")).unwrap();
    for (from, to) in exchanged {
        assert!(tenant.contains(from), "the tenant of the office has no `{from}`");
        tenant = tenant.replacen(from, to, 1);
    }
    let tenant = sandbox.write("tenant.toml", &tenant);
    let ran = sandbox.run(&[&["rehearse", &folder, "--yes", "--practice", &tenant], more].concat());
    tidy(&sandbox, &ran)
}

const OFF: [&str; 2] = ["--set", "goal=off"];

fn answers() -> String {
    project("tests/lab/office/rehearsal/people/answers.toml")
}

fn rehearsed(more: &[&str]) -> String {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&[&["rehearse", "sspr-admins", "--yes"], more].concat());
    tidy(&sandbox, &ran)
}

fn contoso() -> String {
    project("wizards/sspr-admins/rehearsal/contoso/answers.toml")
}

const ENABLE: [&str; 4] = ["--set", "goal=enable", "--acknowledge", "baseline-conflict"];

#[test]
fn the_happy_path() {
    assert_data_eq!(
        rehearsed(&["--answers", &contoso()]),
        str![[r#"
exit 0
--- stdout

 [OK] 4 changes were made and verified.
      4 changes stand, 4 verified by reading back.
      Now: The practice tenant ends with this program; in a real tenant `fixforme rollback` takes these changes back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson

--- stderr

 fixforme [VERSION] - rehearse: Self-service password reset for administrators (sspr-admins 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  Administrators' self-service password reset: problem, severity high
         Self-service password reset for administrators is OFF. A change can take up to 60 minutes to take effect.
 [OK] 2  Who holds a directory role?
         Skipped: Nightly backup (an application has no password to reset).
         Skipped: Sync_DC01_5f2a@contoso.onmicrosoft.com (a directory sync account is not a person).
         People who are only eligible for a role (Privileged Identity Management) count once they activate it.
 [OK] 3  Members of Helpdesk
 [OK] 4  Who is an administrator?
         Skipped: lee_fabrikam.example#EXT#@contoso.onmicrosoft.com (a guest resets the password in the home tenant).
         Skipped: old.admin@contoso.example (disabled). Remove the administrator roles of accounts that you no longer need.
 [OK] 5  The emergency-access accounts are known
 [OK] 6  Microsoft's user registration report
         The report of [DAY] lists 12 accounts with a role. With enough methods registered: 5. Able to reset the password: 0.
 [!!] 7  Recovery details: 5 of 8 are ready, 2 have a problem, 1 does not apply
         [!!] ann@contoso.example
              Missing: Alternate e-mail address of ann@contoso.example
              Missing: Mobile phone of ann@contoso.example
              A registered phone also works for multifactor authentication and, where the policy allows it, for sign-in by text message.
         [!!] bob@contoso.example
              Missing: Alternate e-mail address of bob@contoso.example
              Contact fields of the profile (not used for password reset since October 5, 2026): bob@contoso.onmicrosoft.com, +1 4255550103.
         [--] emergency@contoso.onmicrosoft.com does not apply: Skipped: an emergency-access account must not depend on anybody's phone or mailbox.
 [!!] 8  Two verification methods: 5 of 8 are ready, 2 have a problem, 1 does not apply
         [!!] ann@contoso.example: Needs two verification methods. Registered: none.
         [!!] bob@contoso.example: Needs two verification methods. Registered: authenticator app.
         [--] emergency@contoso.onmicrosoft.com does not apply: Skipped: an emergency-access account.
 [OK] 9  Does each administrator have a mailbox and phone of their own?
 [!!] 10 What each administrator must do personally: problem, severity medium
         Ask ann@contoso.example, bob@contoso.example to sign in at https://aka.ms/mysecurityinfo, add an authenticator app, and confirm an e-mail address or a phone. Then check again.

 ----------------------------------------------------------------------
 [!!] Notice `baseline-conflict`
 Microsoft's security baselines recommend keeping this OFF. If you turn it on, two baseline checks fail: EIDSCA.AP01, and test 21842 of Microsoft's Zero Trust Assessment ("Block administrators from using SSPR").
 Source: https://maester.dev/docs/tests/EIDSCA.AP01
 Source: https://learn.microsoft.com/entra/fundamentals/configure-security
 ----------------------------------------------------------------------

 The list of changes: 4 changes. Each can be rolled back.
  1  Administrators' self-service password reset (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  false -> true
  2  Recovery details of ann@contoso.example (one account)
     POST /v1.0/users/b2e2a1d4-0002-4c1e-8a55-6d0f1a2b3c02/authentication/emailMethods
       emailAddress  (none) -> "ann.private@example.net"
  3  Recovery details of ann@contoso.example (one account)
     POST /v1.0/users/b2e2a1d4-0002-4c1e-8a55-6d0f1a2b3c02/authentication/phoneMethods
       phoneNumber  (none) -> "+1 4255550102"
       phoneType    (none) -> "mobile"
  4  Recovery details of bob@contoso.example (one account)
     POST /v1.0/users/b2e2a1d4-0003-4c1e-8a55-6d0f1a2b3c03/authentication/emailMethods
       emailAddress  (none) -> "bob.private@example.net"
 Affects: EIDSCA.AP01: passes now, will fail
 Affects: Zero Trust 21842: passes now, will fail
 Permissions: Policy.ReadWrite.Authorization, UserAuthMethod-Email.ReadWrite.All, UserAuthMethod-Phone.ReadWrite.All

 Change
 Making change 1 of 4: Administrators' self-service password reset
 Making change 2 of 4: Recovery details of ann@contoso.example
 Making change 3 of 4: Recovery details of ann@contoso.example
 Making change 4 of 4: Recovery details of bob@contoso.example
 [OK] 1  Administrators' self-service password reset: verified by reading it back
 [OK] 2  Recovery details of ann@contoso.example: verified by reading it back
 [OK] 3  Recovery details of ann@contoso.example: verified by reading it back
 [OK] 4  Recovery details of bob@contoso.example: verified by reading it back

 Check again
 [OK] 8  Two verification methods: 7 of 8 are ready, 1 does not apply
         [--] ann@contoso.example, bob@contoso.example: Registered by an administrator, not yet confirmed by its owner.
         [--] emergency@contoso.onmicrosoft.com does not apply: Skipped: an emergency-access account.
 [OK] 9  Does each administrator have a mailbox and phone of their own?
 [OK] 10 What each administrator must do personally
         warning: Registered by an administrator, not yet confirmed by its owner: ann@contoso.example, bob@contoso.example. Ask each of them to sign in at https://aka.ms/mysecurityinfo and confirm the registered methods.

"#]]
    );
}

#[test]
fn nothing_to_do() {
    assert_data_eq!(
        rehearsed(&[&["--case", "healthy"][..], &ENABLE].concat()),
        str![[r#"
exit 0
--- stdout

 [OK] Nothing was changed.

--- stderr

 fixforme [VERSION] - rehearse: Self-service password reset for administrators (sspr-admins 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [OK] 1  Administrators' self-service password reset
 [OK] 2  Who holds a directory role?
         People who are only eligible for a role (Privileged Identity Management) count once they activate it.
 [OK] 3  Who is an administrator?
 [OK] 4  Microsoft's user registration report
         The report of [DAY] lists 2 accounts with a role. With enough methods registered: 2. Able to reset the password: 2.
 [OK] 5  Recovery details: 2 of 2 are ready
 [OK] 6  Two verification methods: 2 of 2 are ready
 [OK] 7  Does each administrator have a mailbox and phone of their own?
 [OK] 8  What each administrator must do personally
         No emergency-access ("break glass") account was named. Such accounts must not depend on anybody's phone or mailbox. Name them in the input `exclude`, and fixforme leaves them alone.

 The list of changes: nothing to change.
 Affects: EIDSCA.AP01: fails now, will still fail
 Affects: Zero Trust 21842: fails now, will still fail

"#]]
    );
}

#[test]
fn one_change() {
    assert_data_eq!(
        office(&[], &OFF),
        str![[r#"
exit 0
--- stdout

 [OK] 1 change was made and verified.
      1 change stands, 1 verified by reading back.
      Now: The practice tenant ends with this program; in a real tenant `fixforme rollback` takes these changes back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high

 The list of changes: 1 change. It can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  true -> false
 Affects: LAB.01: fails now, will pass
 Permissions: Policy.ReadWrite.Authorization

 Change
 Making change 1 of 1: The switch
 [OK] 1  The switch: verified by reading it back

"#]]
    );
}

#[test]
fn somebody_else_changes_it_to_something_else() {
    let drift = format!("drift=GET {POLICY}#2:{{\"allowedToUseSSPR\":null}}");
    assert_data_eq!(
        office(&[], &[&OFF[..], &["--fault", &drift]].concat()),
        str![[r#"
exit 6
--- stdout

 [XX] Nothing was changed.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson
      Exit code 6.

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high

 The list of changes: 1 change. It can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  true -> false
 Affects: LAB.01: fails now, will pass
 Permissions: Policy.ReadWrite.Authorization

 Change
 Making change 1 of 1: The switch
 [XX] 1  The switch: failed
         Somebody else has changed it since it was checked; it was left as it is.
         field             expected  there now  we wanted
         allowedToUseSSPR  true      (none)     false

"#]]
    );
}

#[test]
fn somebody_else_makes_the_same_change() {
    let drift = format!("drift=GET {POLICY}#2:{{\"allowedToUseSSPR\":false}}");
    assert_data_eq!(
        office(&[], &[&OFF[..], &["--fault", &drift]].concat()),
        str![[r#"
exit 0
--- stdout

 [OK] Nothing was changed.
      Now: 1 change was not needed any more: somebody else has made the same. It is not rolled back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high

 The list of changes: 1 change. It can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  true -> false
 Affects: LAB.01: fails now, will pass
 Permissions: Policy.ReadWrite.Authorization

 Change
 Making change 1 of 1: The switch
 [OK] 1  The switch: verified by reading it back
         It is as wanted already: somebody else has set it.

"#]]
    );
}

#[test]
fn one_change_of_several_is_refused() {
    assert_data_eq!(
        office(&[], &["--answers", &answers(), "--fault", "fail=PATCH /v1.0/users/*#1:400"]),
        str![[r#"
exit 7
--- stdout

 [XX] 2 of 3 changes were made and verified.
      2 changes stand, 2 verified by reading back.
      Now: The other changes were not rolled back. Use `--on-failure rollback` to do that.
      Now: These changes do not solve every problem: see what the check says above.
      Now: The practice tenant ends with this program; in a real tenant `fixforme rollback` takes these changes back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson
      Exit code 7.

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high
 [!!] 2  The job: 0 of 2 are ready, 2 have a problem
         [!!] ann@contoso.example: Missing: What is the job of ann@contoso.example?
         [!!] bob@contoso.example: Missing: What is the job of bob@contoso.example?
 [OK] 3  Microsoft's report

 The list of changes: 3 changes. Each can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  true -> false
  2  The job of ann@contoso.example (one account)
     PATCH /v1.0/users/ann@contoso.example
       jobTitle  (none) -> "Clerk"
  3  The job of bob@contoso.example (one account)
     PATCH /v1.0/users/bob@contoso.example
       jobTitle  (none) -> "Clerk"
 Affects: LAB.01: fails now, will pass
 Permissions: Policy.ReadWrite.Authorization, User.ReadWrite.All

 Change
 Making change 1 of 3: The switch
 [OK] 1  The switch: verified by reading it back
 Making change 2 of 3: The job of ann@contoso.example
 [XX] 2  The job of ann@contoso.example: failed
         Microsoft refused it: 400 Request_BadRequest. The practice tenant was told to fail here.
         request ids: [ID]
 Making change 3 of 3: The job of bob@contoso.example
 [OK] 3  The job of bob@contoso.example: verified by reading it back

"#]]
    );
}

#[test]
fn no_role_that_may_change_it() {
    const ME: (&str, &str) = ("[me]\nuserPrincipalName = \"maria.admin@", "[me]\nuserPrincipalName = \"ann@");
    const ROLE: (&str, &str) = (
        "[[role_assignments]]\n",
        "[[role_assignments]]\nrole = \"Global Reader\"\nprincipal = \"ann@contoso.example\"\n\n[[role_assignments]]\n",
    );
    assert_data_eq!(
        office(&[ME, ROLE], &OFF),
        str![[r#"
exit 5
--- stdout

 [XX] Nothing was changed.
      Now: The switch: a permission or role is missing
      Exit code 5.

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as ann@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Reader.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high
 [XX] Your account has none of the roles that these changes need: User Administrator, Global Administrator.

 The list of changes: no change is possible.
 Affects: LAB.01: fails now, will still fail
 Not changed: The switch: a permission or role is missing

"#]]
    );
}

#[test]
fn no_license_for_the_report() {
    assert_data_eq!(
        office(&[("licenses = [\"AAD_PREMIUM\"]", "licenses = []")], &["--answers", &answers()]),
        str![[r#"
exit 0
--- stdout

 [OK] 3 changes were made and verified.
      3 changes stand, 3 verified by reading back.
      Now: The practice tenant ends with this program; in a real tenant `fixforme rollback` takes these changes back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high
 [!!] 2  The job: 0 of 2 are ready, 2 have a problem
         [!!] ann@contoso.example: Missing: What is the job of ann@contoso.example?
         [!!] bob@contoso.example: Missing: What is the job of bob@contoso.example?
 [--] 3  Microsoft's report: does not apply
         The report needs a license.
         request ids: [ID], [ID]

 The list of changes: 3 changes. Each can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  true -> false
  2  The job of ann@contoso.example (one account)
     PATCH /v1.0/users/ann@contoso.example
       jobTitle  (none) -> "Clerk"
  3  The job of bob@contoso.example (one account)
     PATCH /v1.0/users/bob@contoso.example
       jobTitle  (none) -> "Clerk"
 Affects: LAB.01: fails now, will pass
 Permissions: Policy.ReadWrite.Authorization, User.ReadWrite.All

 Change
 Making change 1 of 3: The switch
 [OK] 1  The switch: verified by reading it back
 Making change 2 of 3: The job of ann@contoso.example
 [OK] 2  The job of ann@contoso.example: verified by reading it back
 Making change 3 of 3: The job of bob@contoso.example
 [OK] 3  The job of bob@contoso.example: verified by reading it back

"#]]
    );
}

#[test]
fn throttled() {
    assert_data_eq!(
        office(&[], &[&OFF[..], &["--fault", "throttle=3:7"]].concat()),
        str![[r#"
exit 0
--- stdout

 [OK] 1 change was made and verified.
      1 change stands, 1 verified by reading back.
      Now: The practice tenant ends with this program; in a real tenant `fixforme rollback` takes these changes back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.
 Microsoft asked us to wait 7 s (busy).
 Microsoft asked us to wait 7 s (busy), second time.
 Microsoft asked us to wait 7 s (busy), third time.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high

 The list of changes: 1 change. It can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  true -> false
 Affects: LAB.01: fails now, will pass
 Permissions: Policy.ReadWrite.Authorization

 Change
 Making change 1 of 1: The switch
 [OK] 1  The switch: verified by reading it back

"#]]
    );
}

#[test]
fn answers_are_missing() {
    assert_data_eq!(
        office(
            &[("allowedToUseSSPR = true", "allowedToUseSSPR = false")],
            &["--set", "goal=on", "--set", "people=true"]
        ),
        str![[r#"
exit 4
--- stdout

 [!!] Nothing was changed.
      Exit code 4.

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high
 [!!] 2  The job: 0 of 2 are ready, 2 have a problem
         [!!] ann@contoso.example: Missing: What is the job of ann@contoso.example?
         [!!] bob@contoso.example: Missing: What is the job of bob@contoso.example?
 [OK] 3  Microsoft's report

 The list of changes: 1 change. It can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  false -> true
 Affects: LAB.01: passes now, will fail
 Permissions: Policy.ReadWrite.Authorization
 [XX] error: 3 answers are missing
 hint: the flag to add:
         --acknowledge on   Switched on, LAB.01 fails.
 hint: the lines to fill in of an answers file, `--answers FILE`:
         wizard = "office"
         version = "1.0.0"
         acknowledge = ["on"]
         [answers.jobs."ann@contoso.example"]
         job = ""   # What is the job of ann@contoso.example? (a text)
         [answers.jobs."bob@contoso.example"]
         job = ""   # What is the job of bob@contoso.example? (a text)
 hint: an answer may be "skip"; it then stays as it is

"#]]
    );
}

#[test]
fn a_failure_rolls_back_what_was_made() {
    let fault = ["--on-failure", "rollback", "--fault", "fail=PATCH /v1.0/users/*#1:400"];
    assert_data_eq!(
        office(&[], &[&["--answers", &answers()], &fault[..]].concat()),
        str![[r#"
exit 6
--- stdout

 [XX] 1 of 3 changes was made and rolled back.
      0 changes stand, 1 rolled back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson
      Exit code 6.

--- stderr

 fixforme [VERSION] - rehearse: The office (office 1.0.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example).
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high
 [!!] 2  The job: 0 of 2 are ready, 2 have a problem
         [!!] ann@contoso.example: Missing: What is the job of ann@contoso.example?
         [!!] bob@contoso.example: Missing: What is the job of bob@contoso.example?
 [OK] 3  Microsoft's report

 The list of changes: 3 changes. Each can be rolled back.
  1  The switch (whole tenant)
     PATCH /v1.0/policies/authorizationPolicy
       allowedToUseSSPR  true -> false
  2  The job of ann@contoso.example (one account)
     PATCH /v1.0/users/ann@contoso.example
       jobTitle  (none) -> "Clerk"
  3  The job of bob@contoso.example (one account)
     PATCH /v1.0/users/bob@contoso.example
       jobTitle  (none) -> "Clerk"
 Affects: LAB.01: fails now, will pass
 Permissions: Policy.ReadWrite.Authorization, User.ReadWrite.All

 Change
 Making change 1 of 3: The switch
 [OK] 1  The switch: verified by reading it back
 Making change 2 of 3: The job of ann@contoso.example
 [XX] 2  The job of ann@contoso.example: failed
         Microsoft refused it: 400 Request_BadRequest. The practice tenant was told to fail here.
         request ids: [ID]

 Rollback
 Rolling back change 1 of 1: The switch
 [OK] 1  The switch: rolled back, verified by reading it back

"#]]
    );
}

#[test]
fn a_failure_stops_where_that_is_wanted() {
    let sandbox = Sandbox::new();
    two_settings(&sandbox);
    let fault = "fail=PATCH /v1.0/policies/two:400";
    let ran = sandbox.run(&["rehearse", "./two", "--yes", "--on-failure", "stop", "--fault", fault]);
    assert_data_eq!(
        tidy(&sandbox, &ran),
        str![[r#"
exit 7
--- stdout

 [XX] 1 of 2 changes was made and verified.
      1 change stands, 1 verified by reading back.
      Now: The practice tenant ends with this program; in a real tenant `fixforme rollback` takes these changes back.
      Run: [ID]
      Journal: [SANDBOX]/state/rehearsals/runs/[ID].ndjson
      Exit code 7.

--- stderr
 [!!] Warning: no such path in Graph v1.0: `policyRoot` has no `one`
        --> one.toml:13:23
         |
      13 | get = "/v1.0/policies/one"
         |                       ^^^
         |
         = help: compare with its reference page
         = note: what Microsoft added after August 2026 is not known here

      warning: no such path in Graph v1.0: `policyRoot` has no `two`
        --> two.toml:13:23
         |
      13 | get = "/v1.0/policies/two"
         |                       ^^^
         |
         = help: compare with its reference page
         = note: what Microsoft added after August 2026 is not known here

 fixforme [VERSION] - rehearse: Two settings (two 0.1.0)
 This is a practice tenant: nothing real is read or changed.

 [OK] Signed in as admin@practice.example to Practice tenant (practice.example).
      Roles: Global Administrator.
      Tenant: [ID] at http://127.0.0.1:[PORT]

 Check
 [!!] 1  Setting one: problem, severity low
 [!!] 2  Setting two: problem, severity low

 The list of changes: 2 changes. Each can be rolled back.
  1  Setting one (one object)
     PATCH /v1.0/policies/one
       on  false -> true
     [!!] This is not an ordinary change. It needs your typed approval.
  2  Setting two (one object)
     PATCH /v1.0/policies/two
       on  false -> true
     [!!] This is not an ordinary change. It needs your typed approval.
 Permissions: Policy.ReadWrite.Authorization

 Change
 Making change 1 of 2: Setting one
 [OK] 1  Setting one: verified by reading it back
 Making change 2 of 2: Setting two
 [XX] 2  Setting two: failed
         Microsoft refused it: 400 Request_BadRequest. The practice tenant was told to fail here.
         request ids: [ID]

"#]]
    );
}

#[test]
fn a_case_that_ends_otherwise_than_expected() {
    let sandbox = Sandbox::new();
    two_settings(&sandbox);
    let ran = sandbox.run(&["test", "./two"]);
    assert_data_eq!(
        tidy(&sandbox, &ran),
        str![[r#"
exit 3
--- stdout
case off: FAILED
    the exit code is 0, expected 3
0 passed, 1 failed

--- stderr

 [!!] Nothing was changed but practice tenants.
      Now: correct the wizard, or what that case expects in its `expect.toml`, then run this again
      Exit code 3.

"#]]
    );
}

#[test]
fn there_is_no_run_to_resume_or_roll_back() {
    let sandbox = Sandbox::new();
    let said = ["resume", "rollback"].map(|verb| tidy(&sandbox, &sandbox.run(&[verb]))).join("\n");
    assert_data_eq!(
        said,
        str![[r#"
exit 0
--- stdout

 [OK] No run was interrupted, so there is nothing to resume. Nothing was changed.

--- stderr

exit 2
--- stdout

 [XX] Nothing was changed.
      Exit code 2.

--- stderr
 [XX] error: there is no run to roll back
 hint: `fixforme runs` lists the runs that are kept

"#]]
    );
}

#[test]
fn a_token_without_the_permission_to_write_changes_nothing() {
    let sandbox = Sandbox::new();
    let served = Served::case("tests/lab/office", "people", &[]);
    let token = served.token_for(&["Policy.Read.All".to_owned()]);
    let mut command = sandbox.command(&[&["run", &project("tests/lab/office"), "--yes"], &OFF[..]].concat());
    command.args(["--graph-root", &served.server.root()]).env("FIXFORME_ACCESS_TOKEN", token);
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(served.writes(), Vec::<String>::new(), "{}", ran.all());
    assert_data_eq!(
        tidy(&sandbox, &ran),
        str![[r#"
exit 5
--- stdout

 [XX] Nothing was changed.
      Now: The switch: a permission or role is missing
      Exit code 5.

--- stderr

 fixforme [VERSION] - run: The office (office 1.0.0)

 [OK] Signed in as maria.admin@contoso.example to Contoso Ltd (contoso.example), a practice tenant.
      Roles: Global Administrator.
      Tenant: 8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1 at http://127.0.0.1:[PORT]

 Check
 [!!] 1  The switch: problem, severity high
 [XX] The access token lacks the permission Policy.ReadWrite.Authorization, which `switch` needs.

 The list of changes: no change is possible.
 Affects: LAB.01: fails now, will still fail
 Not changed: The switch: a permission or role is missing

"#]]
    );
}

#[test]
fn retry_after_is_never_undercut() {
    let served = Served::case("tests/lab/office", "people", &["throttle=1:1"]);
    let sandbox = Sandbox::new();
    let ran = sandbox.run_at(&served, &[&["run", &project("tests/lab/office"), "--yes"], &OFF[..]].concat()).exits(0);
    let times: Vec<_> = served.tenant().log().iter().map(|received| received.at).collect();
    let waited = times[1].duration_since(times[0]);
    assert!(
        waited.as_millis() >= 1000,
        "the second request came {waited:?} after the first, which was told to wait 1 s"
    );
    assert!(ran.stderr.contains("Microsoft asked us to wait 1 s (busy)"), "{}", ran.all());
}
