//! The takeover rules against everything that an author could try.

use crate::support::wizards::{errors, said};

/// A setting that writes a person's phone number to `value`.
fn setting(value: &str) -> String {
    format!(
        r#"
kind  = "setting"
title = "Phone"
why   = "Lab."
scopes = {{ check = ["User.Read.All"], fix = ["User.ReadWrite.All"] }}

[[read]]
id     = "boss"
get    = "/v1.0/users/boss@contoso.example"
fields = ["mobilePhone", "displayName"]

[[object]]
id      = "profile"
get     = "/v1.0/users/{{{{ inputs.user }}}}"
fields  = ["mobilePhone", "businessPhones", "otherMails", "displayName"]
managed = ["mobilePhone", "businessPhones", "otherMails", "displayName"]
select  = true
desired = {{ {value} }}

[ask.phone]
type  = "phone"
label = "Mobile phone"

[ask.taken]
type  = "phone"
label = "Mobile phone"
from  = "reads.boss.body.mobilePhone"

[ask.looked_up]
type  = "phone"
label = "Mobile phone"
from  = "inputs.numbers | lookup('user', inputs.user, 'phone')"

[ask.shown]
type    = "choice"
label   = "Mobile phone"
options = [{{ value = "+1 4255550100", label = "One" }}, {{ value = "+1 4255550101", label = "Other" }}]
"#
    )
}

/// Actions that send `http` with `body`.
fn write(http: &str, body: &str) -> String {
    format!(
        r#"
kind  = "actions"
title = "Phone"
why   = "Lab."
scopes = {{ check = ["User.Read.All"], fix = ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"] }}

[[read]]
id     = "boss"
get    = "/v1.0/users/boss@contoso.example"
fields = ["mobilePhone", "displayName", "profile"]
query  = {{ "$select" = "mobilePhone,displayName,profile" }}

[[write]]
id           = "write"
http         = "{http}"
body         = {body}
irreversible = "This is only a test of the rules."

[ask.phone]
type  = "phone"
label = "Mobile phone"
"#
    )
}

fn is_takeover(error: &str) -> bool {
    [
        "recovery contact",
        "secret",
        "must be written out",
        "decides what is taken over",
        "password",
        "stand only for an id",
        "not taken in the path",
        "$batch",
    ]
    .iter()
    .any(|words| error.contains(words))
}

#[track_caller]
fn refused(step: &str) {
    assert!(errors(step).iter().any(|error| is_takeover(error)), "{step}\nlet through:\n{}", said(step));
}

#[track_caller]
fn taken(step: &str) {
    assert_eq!(errors(step), Vec::<String>::new(), "{step}\n{}", said(step));
}

#[test]
fn what_the_person_gave_is_taken() {
    for value in [
        r#"mobilePhone = "ask.phone""#,
        r#"mobilePhone = "before.mobilePhone or ask.phone""#,
        r#"mobilePhone = "inputs.phone""#,
        r#"mobilePhone = "inputs.phone or before.mobilePhone or ask.looked_up""#,
        r#"businessPhones = "[ask.phone]""#,
        r#"businessPhones = "before.businessPhones or [inputs.phone, ask.phone]""#,
        r#"businessPhones = "before.businessPhones | union([ask.phone])""#,
        r#"mobilePhone = "inputs.numbers | lookup('user', inputs.user, 'phone')""#,
        r#"mobilePhone = "(inputs.numbers | lookup('user', inputs.user, 'phone')) or ask.phone""#,
        r#"displayName = "'Boss'""#,
    ] {
        taken(&setting(value));
    }
    taken(&write("PATCH /v1.0/users/{{ inputs.user }}", r#"{ mobilePhone = "{{ ask.phone }}" }"#));
    taken(&write("PATCH /v1.0/users/{{ inputs.user }}", r#"{ businessPhones = ["{{ inputs.phone }}"] }"#));
    taken(&write("PATCH /v1.0/users/{{ inputs.user }}", r#"{ displayName = "{{ reads.boss.body.displayName }}" }"#));
}

#[test]
fn only_the_same_persons_own_contact_data_is_suggested() {
    let suggests = |value: &str, kind: &str, other: &str| {
        let ask = format!("[ask.phone]\ntype  = \"{kind}\"\nsuggest = \"{value}\"");
        let step = setting(r#"mobilePhone = "ask.phone""#).replace("[ask.phone]\ntype  = \"phone\"", &ask);
        let object = format!("[[object]]\nid = \"method\"\nfields = [\"phoneNumber\"]\n{other}\n\n[ask.taken]");
        if other.is_empty() { step } else { step.replace("[ask.taken]", &object) }
    };
    let refuses = |step: &str| said(step).contains("a recovery contact may not be suggested from here");
    let profile = "objects.profile.mobilePhone";
    let method = "authentication/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7";
    taken(&suggests(profile, "phone", ""));
    taken(&suggests("objects.profile.businessPhones", "phone", ""));
    assert!(!refuses(&suggests(profile, "phone", &format!("get = \"/v1.0/users/{{{{ inputs.user }}}}/{method}\""))));
    for value in [
        "'+1 4255550100'",
        "objects.profile.mobilePhone or '+1 4255550100'",
        "objects.profile.mobilePhone ~ '0'",
        "objects.profile.displayName",
        "objects.profile",
        "objects.profile.businessPhones[0]",
        "objects.profile.businessPhones | first",
        "reads.boss.body.mobilePhone",
        "before.mobilePhone",
        "data.people.rows[0].mobilePhone",
        "inputs.given",
        "ask.looked_up",
    ] {
        assert!(refuses(&suggests(value, "phone", "")), "{value}");
    }
    assert!(refuses(&suggests(profile, "text", "")));
    for path in [
        format!("/v1.0/users/boss@contoso.example/{method}"),
        format!("/v1.0/users/{{{{ inputs.other }}}}/{method}"),
        format!("/v1.0/users/{{{{ inputs.user }}}}x/{method}"),
        "/v1.0/me".to_owned(),
    ] {
        assert!(refuses(&suggests(profile, "phone", &format!("get = \"{path}\""))), "{path}");
    }
    let elsewhere = "get = \"/v1.0/users/{{ inputs.user }}/authentication/phoneMethods/x\"\n\
        create = { http = \"POST /v1.0/users/boss@contoso.example/authentication/phoneMethods\" }";
    assert!(refuses(&suggests(profile, "phone", elsewhere)));
    let boss = suggests(profile, "phone", "")
        .replace("get     = \"/v1.0/users/{{ inputs.user }}\"", "get = \"/v1.0/users/boss@contoso.example\"");
    assert!(refuses(&boss));
}

#[test]
fn no_expression_brings_in_another_value() {
    for value in [
        "'+1 4255550100'",
        "ask.phone if false else '+1 4255550100'",
        "ask.phone if true else ask.phone",
        "'+1 4255550100' if inputs.chosen == 'x' else ask.phone",
        "ask.phone or '+1 4255550100'",
        "before.mobilePhone or '+1 4255550100'",
        "ask.phone and '+1 4255550100'",
        "ask.phone ~ ''",
        "'+1 42555501' ~ '00'",
        "['+1 4255550100'][0]",
        "[ask.phone, '+1 4255550100'] | last",
        "[ask.phone, '+1 4255550100'][1]",
        "[x for x in [ask.phone, '+1 4255550100']] | last",
        "ask.phone | replace('1', '2')",
        "ask.phone if ask.phone else '+1 4255550100'",
        "before.displayName",
        "before.businessPhones",
        "before['displayName']",
        "before",
        "ask",
        "inputs",
        "inputs.given",
        "inputs.suggested",
        "inputs.chosen",
        "inputs['given']",
        "ask.taken",
        "ask.shown",
        "ask.taken or ask.phone",
        "data.people.rows | lookup('user', inputs.user, 'mobilePhone')",
        "[p.mobilePhone for p in data.people.rows] | first",
        "inputs.numbers | lookup('user', inputs.user, data.people.rows[0].user)",
        "([n for n in inputs.numbers if n.phone is none] | union(data.people.rows)) | lookup('user', inputs.user, 'mobilePhone')",
        "[n.phone for n in inputs.numbers] | first",
        "reads.boss.body.mobilePhone",
        "reads.boss.body.mobilePhone or ask.phone",
        "account.upn",
        "tenant.name",
        "none",
        "[]",
        "{'a': ask.phone}",
        "not ask.phone",
        "[ask.phone] | union(['+1 4255550100'])",
        "['+1 4255550100'] | union([ask.phone])",
        "[ask.phone] | union([p.mobilePhone for p in data.people.rows])",
        "[ask.phone] | union(before.businessPhones)",
        "[ask.phone] | union([ask.phone]) | first",
    ] {
        refused(&setting(&format!("mobilePhone = \"{value}\"")));
    }
}

#[test]
fn no_spelling_of_a_key_slips_through() {
    for key in [
        "mobilePhone",
        "MOBILEPHONE",
        "mobilephone",
        "\"mobilePhone@odata.type\"",
        "\"contact.mobilePhone\"",
        "businessPhones",
        "otherMails",
    ] {
        let body = format!("{{ {key} = \"+1 4255550100\" }}");
        refused(&write("PATCH /v1.0/users/{{ inputs.user }}", &body));
    }
    for body in [
        r#"{ additionalData = { mobilePhone = "+1 4255550100" } }"#,
        r#"{ a = [{ b = { MobilePhone = "+1 4255550100" } }] }"#,
        r#"{ mobilePhone = ["+1 4255550100"] }"#,
        r#"{ mobilePhone = { value = "{{ ask.phone }}", other = "x" } }"#,
        r#"{ mobilePhone = "{{ ask.phone }}0" }"#,
        r#"{ mobilePhone = "" }"#,
        r#"{ mobilePhone = 14255550100 }"#,
        r#"{ mobilePhone = true }"#,
        r#"{ otherMails = [] }"#,
        r#""{{ reads.boss.body }}""#,
        r#""{{ data.people.rows[0] }}""#,
        r#""{{ {'mobilePhone': '+1 4255550100'} }}""#,
        r#""{{ {'mobilePhone': ask.phone} }}""#,
        r#"{ a = "{{ {'MOBILEPHONE': '+1 4255550100'} }}" }"#,
        r#"{ a = "{{ data.people.rows }}" }"#,
        r#"{ a = "{{ data.people.rows | first }}" }"#,
        r#"{ a = "{{ reads.boss.body }}" }"#,
    ] {
        refused(&write("PATCH /v1.0/users/{{ inputs.user }}", body));
    }
    let computed = r#"{ a = "{{ {'mobile' ~ 'Phone': '+1 4255550100'} }}" }"#;
    assert!(!errors(&write("PATCH /v1.0/users/{{ inputs.user }}", computed)).is_empty());
    refused(&setting(r#"displayName = "{'mobilePhone': '+1 4255550100'}""#));
    refused(&setting(r#"displayName = "data.people.rows""#));
}

#[test]
fn no_spelling_of_a_path_slips_through() {
    for http in [
        "PUT /v1.0/users/{{ inputs.user }}/mobilePhone",
        "PUT /v1.0/users/{{ inputs.user }}/MOBILEPHONE",
        "PATCH /beta/me/mobilePhone",
        "PUT /v1.0/users/{{ inputs.user }}/microsoft.graph.user/otherMails",
        "PUT /v1.0/users/{{ inputs.user }}/mobilePhone/$value",
        "PUT /v1.0/directoryObjects/{{ inputs.user }}/microsoft.graph.user/mobilePhone",
        "PATCH /v1.0/users/{{ inputs.user }}/{{ inputs.user }}",
        "PATCH /v1.0/me/{{ inputs.user }}",
        "PATCH /v1.0/users/ann@contoso.example/{{ inputs.user }}",
        "PATCH /v1.0/users/ann@contoso.example/authentication/{{ inputs.user }}",
        "POST /v1.0/{{ inputs.user }}",
        "POST /v1.0/$batch",
        "POST /v1.0/$BATCH",
        "PATCH /v1.0/users('ann@contoso.example')/mobilePhone",
        "PATCH /v1.0/users(userPrincipalName='ann@contoso.example')",
        "PATCH /v1.0/applications/x/{{ inputs.user }}",
        "POST /v1.0/groups/x/{{ inputs.user }}",
    ] {
        refused(&write(http, r#"{ value = "+1 4255550100" }"#));
    }
    for (http, body) in [
        ("PATCH /v1.0/me", r#"{ mobilePhone = "+1 4255550100" }"#),
        ("PATCH /beta/ME", r#"{ mobilePhone = "+1 4255550100" }"#),
        ("POST /v1.0/me/authentication/phoneMethods", r#"{ phoneNumber = "+1 4255550100", phoneType = "mobile" }"#),
        ("POST /v1.0/users/{{ inputs.user }}/authentication/emailMethods", r#"{ emailAddress = "a@evil.example" }"#),
        ("PATCH /v1.0/users/{{ inputs.user }}/authentication/emailMethods/x", r#"{ EmailAddress = "a@evil.example" }"#),
        ("POST /v1.0/users/{{ inputs.user }}/authentication/emailMethods", r#""{{ reads.boss.body.profile }}""#),
    ] {
        refused(&write(http, body));
    }
}

#[test]
fn rows_of_the_persons_csv_are_taken_and_no_other_rows() {
    let repeated = |items: &str| {
        let step = setting(r#"mobilePhone = "row.phone""#).replace("{{ inputs.user }}", "{{ row.user }}");
        step.replace(
            "[[read]]",
            &format!("for_each = {{ items = \"{items}\", as = \"row\", key = \"row.user\" }}\n[[read]]"),
        )
    };
    taken(&repeated("inputs.numbers"));
    refused(&repeated("inputs.numbers | union([{'user': 'a', 'phone': '+1 4255550100'}])"));
    refused(&repeated("[{'user': 'ann@contoso.example', 'phone': '+1 4255550100'}]"));
    refused(&repeated("data.people.rows").replace("row.phone", "row.mobilePhone"));
}

#[test]
fn before_is_the_value_of_the_same_object_only() {
    let elsewhere = setting(r#"mobilePhone = "before.mobilePhone""#)
        .replace("desired =", "set = { http = \"PATCH /v1.0/users/someone@contoso.example\" }\ndesired =");
    refused(&elsewhere);
    let created = setting(r#"mobilePhone = "before.mobilePhone""#)
        .replace("desired =", "create = { http = \"POST /v1.0/education/users\" }\ndesired =");
    refused(&created);
    let found = |path: &str| {
        let find =
            format!("find = {{ get = \"/v1.0/users\", match = {{ displayName = \"Boss\" }} }}\npath = \"{path}\"");
        setting(r#"mobilePhone = "before.mobilePhone or ask.phone""#)
            .replace("get     = \"/v1.0/users/{{ inputs.user }}\"", &find)
    };
    taken(&found("/v1.0/users/{{ id }}"));
    assert!(!errors(&found("/v1.0/users/{{ inputs.user }}")).is_empty());
    refused(&found("/v1.0/users/{{ id }}/manager"));
}

#[test]
fn passwords_are_made_by_the_engine_and_kept_nowhere() {
    let reset = "POST /v1.0/users/{{ inputs.user }}/authentication/passwordMethods/x/resetPassword";
    taken(&write(reset, r#"{ newPassword = "{{ generated.password }}" }"#));
    taken(&write(
        "PATCH /v1.0/users/{{ inputs.user }}",
        r#"{ passwordProfile = { password = "{{ generated.password }}", forceChangePasswordNextSignIn = true } }"#,
    ));
    for body in [
        r#"{ newPassword = "Summer2026!" }"#,
        r#"{ NEWPASSWORD = "Summer2026!" }"#,
        r#"{ newPassword = "{{ generated.password }}x" }"#,
        r#"{ newPassword = "{{ ask.phone }}" }"#,
        r#"{ newPassword = "{{ inputs.token }}" }"#,
        r#"{ newPassword = "{{ generated.password if true else 'x' }}" }"#,
        r#"{ passwordProfile = "{{ reads.boss.body.profile }}" }"#,
        r#"{ passwordProfile = { password = "x" } }"#,
        r#"{ passwordProfile = "{{ {'password': 'x'} }}" }"#,
        r#"{ displayName = "{{ generated.password }}" }"#,
        r#"{ displayName = "{{ generated }}" }"#,
    ] {
        refused(&write(reset, body));
    }
    refused(&setting(r#"displayName = "generated.password""#));
    refused(&setting(r#""passwordProfile.password" = "'x'""#));
}

#[test]
fn secrets_are_neither_shown_nor_kept() {
    let secret = |part: &str| {
        errors(
            &write("PATCH /v1.0/users/{{ inputs.user }}", "{ displayName = \"x\" }").replace("title = \"Phone\"", part),
        )
    };
    for part in [
        "title = \"Phone {{ inputs.token }}\"",
        "title = \"Phone {{ generated.password }}\"",
        "title = \"Phone\"\nguide = { portal = [\"{{ inputs.token }}\"] }",
        "title = \"Phone\"\ncapture = { x = { value = \"inputs.token\" } }",
        "title = \"Phone\"\ncapture = { x = { value = \"[x for x in [inputs]]\" } }",
        "title = \"Phone\"\nproblem = [{ when = \"inputs.token == 'x'\", text = \"x\" }]",
        "title = \"Phone\"\nproblem = [{ when = \"true\", text = \"{{ inputs.token }}\" }]",
    ] {
        assert!(secret(part).iter().any(|error| error.contains("secret")), "{part}: {:?}", secret(part));
    }
    let sent = |body: &str| errors(&write("PATCH /v1.0/users/{{ inputs.user }}", body));
    assert_eq!(sent("{ department = \"{{ inputs.token }}\" }"), Vec::<String>::new());
    for body in [
        "{ a = \"{{ inputs }}\" }",
        "{ a = \"x{{ inputs.token }}\" }",
        "{ a = \"{{ inputs.token | lower }}\" }",
        "{ a = \"{{ [inputs.token] }}\" }",
    ] {
        assert!(sent(body).iter().any(|error| error.contains("secret")), "{body}: {:?}", sent(body));
    }
    let pass = |extra: &str| {
        let step = write(
            "POST /v1.0/users/{{ inputs.user }}/authentication/temporaryAccessPassMethods",
            "{ lifetimeInMinutes = 60 }",
        );
        errors(&step.replace("irreversible", &format!("{extra}\nirreversible")))
    };
    assert!(pass("").iter().any(|error| error.contains("nobody would see")));
    assert_eq!(pass("reveal = \"/temporaryAccessPass\""), Vec::<String>::new());
    assert!(
        pass("reveal = \"/temporaryAccessPass\"\ncapture = { pass = \"/temporaryAccessPass\" }")
            .iter()
            .any(|error| error.contains("secret"))
    );
    assert!(pass("reveal = \"/a/b\"\ncapture = { pass = \"/a\" }").iter().any(|error| error.contains("secret")));
}

#[test]
fn what_is_derived_from_where_an_object_is_read_obeys_the_same_rules() {
    for get in ["/v1.0/me/{{ inputs.user }}", "/v1.0/applications/x/{{ inputs.user }}", "/v1.0/users('ann')"] {
        let step = setting(r#"displayName = "'x'""#).replace("/v1.0/users/{{ inputs.user }}", get);
        refused(&step);
    }
}

#[test]
fn an_object_is_not_read_for_its_secret() {
    let step = setting(r#"displayName = "'x'""#).replace("fields  = [", "fields  = [\"secretText\", ");
    assert!(errors(&step).iter().any(|error| error.contains("is a secret")), "{}", said(&step));
}
