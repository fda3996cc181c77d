//! What an author sees: every mistake with file, line, column, caret and what to do, several at once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use fixforme::wizard::{Wizard, WizardSource, builtin};
use snapbox::{assert_data_eq, file};

use crate::support::wizards::{HEAD, errors, folder, said, wizard};

#[test]
fn ten_mistakes_give_ten_carets_in_one_report() {
    let report = Wizard::from_files(WizardSource::Folder("ten".into()), folder("tests/lab/mistakes/ten")).unwrap_err();
    assert_eq!(report.summary(), "10 errors in 3 files");
    assert_data_eq!(report.to_string(), file!["../lab/mistakes/ten.txt"].raw());
}

#[test]
fn the_documented_example_loads_without_a_word() {
    let (wizard, report) = Wizard::from_files(WizardSource::Shipped, folder("tests/lab/example")).unwrap();
    assert_eq!(report.to_string(), "\nno mistakes found");
    assert_eq!(
        wizard.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(),
        ["policy", "admins", "contacts", "registration"]
    );
    assert_eq!(wizard.cases(), ["contoso"]);
    assert_eq!(wizard.sha256.len(), 64);
    let answers = wizard.files.get("rehearsal/contoso/answers.toml").unwrap();
    let (answers, _) = wizard.answers("answers.toml", answers).unwrap();
    assert_eq!(answers.answers_to("contacts", Some(("a1", "ANN@contoso.example")), "phone"), ["+1 5550100123"]);
}

#[test]
fn shipped_wizards_load_without_a_word() {
    for shipped in builtin::shipped() {
        let files = shipped.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        match Wizard::from_files(WizardSource::Shipped, files) {
            Ok((wizard, report)) => {
                assert!(report.is_empty(), "{}\n{report}", shipped.id);
                assert_eq!(wizard.id, shipped.id, "a shipped wizard's id is its folder's name");
            }
            Err(report) => panic!("{}\n{report}", shipped.id),
        }
    }
}

/// A setting; `more` stands before its object, `object` in it.
fn setting(more: &str, object: &str) -> String {
    format!(
        "kind = \"setting\"\ntitle = \"Policy\"\nwhy = \"Lab.\"\nscopes = {{ check = [\"Policy.Read.All\"], fix = [\"Policy.ReadWrite.Authorization\"] }}\n{more}\n\
         [[object]]\nid = \"policy\"\nget = \"/v1.0/policies/authorizationPolicy\"\nfields = [\"allowedToUseSSPR\"]\n\
         managed = [\"allowedToUseSSPR\"]\ndesired = {{ allowedToUseSSPR = \"true\" }}\n{object}\n"
    )
}

/// Actions of one write; `write` stands in it.
fn actions(http: &str, write: &str) -> String {
    format!(
        "kind = \"actions\"\ntitle = \"Sessions\"\nwhy = \"Lab.\"\nscopes = {{ check = [\"User.Read.All\"], fix = [\"User.ReadWrite.All\", \"Group.ReadWrite.All\"] }}\n\
         [[write]]\nid = \"write\"\nhttp = \"{http}\"\n{write}\n"
    )
}

const REVOKE: &str = "POST /v1.0/users/{{ inputs.user }}/revokeSignInSessions";
const BECAUSE: &str = "irreversible = \"Sessions cannot be given back.\"";

#[track_caller]
fn complains(step: &str, words: &str) {
    assert!(said(step).contains(words), "`{words}` is not in:\n{}\n{step}", said(step));
    assert!(!errors(step).is_empty(), "only a warning:\n{}", said(step));
}

#[test]
fn the_lab_steps_themselves_are_right() {
    assert_eq!(errors(&setting("", "")), Vec::<String>::new(), "{}", said(&setting("", "")));
    assert_eq!(errors(&actions(REVOKE, BECAUSE)), Vec::<String>::new(), "{}", said(&actions(REVOKE, BECAUSE)));
}

#[test]
fn unknown_keys_words_and_types() {
    complains(&setting("tilte = \"x\"", ""), "did you mean `title`?");
    complains(&setting("kind_ = 1", ""), "unknown key `kind_`");
    complains(&setting("severity = \"hihg\"", ""), "did you mean `high`?");
    complains(&setting("", "select = \"true\""), "write true without quotes");
    complains(&setting("", "managed = [\"x\"]"), "duplicate key");
    complains(&setting("", "scopes = \"Policy.Read.All\""), "must be a list");
    complains(&setting("", "send = \"everything\""), "one of `changes`, `all`");
    complains("title = \"x\"", "the key `kind` is missing");
    complains(&setting("[verify]\nup_to = \"60\"", ""), "is not a duration");
    complains(&setting("[verify]\nup_to = \"2h\"", ""), "between 1 and 900 seconds");
    complains("kind = ", "string values must be quoted");
}

#[test]
fn a_misspelt_scope_is_shown_where_it_stands() {
    let step = setting("", "").replace("Policy.ReadWrite.Authorization", "Policy.ReadWrite.Authorisation");
    complains(&step, "did you mean `Policy.ReadWrite.Authorization`?");
    assert!(said(&step).contains("step.toml:4:48"), "{}", said(&step));
}

#[test]
fn a_text_and_a_name_are_told_apart() {
    let body = |text: &str| actions(REVOKE, &format!("{BECAUSE}\nbody = {{ who = \"{text}\" }}"));
    assert!(
        said(&body("inputs.user")).contains("write \"{{ inputs.user }}\" for its value"),
        "{}",
        said(&body("inputs.user"))
    );
    for plain in ["{{ inputs.user }}", "inputs.usr", "user", "contoso.com", "inputs.user and more"] {
        assert!(!said(&body(plain)).contains("looks like an expression"), "{plain}: {}", said(&body(plain)));
    }
    let desired = setting("", "").replace("= \"true\" }", "= \"adminsAndGuestInviters\" }");
    complains(&desired, "a fixed text needs inner quotes: `\"'adminsAndGuestInviters'\"`");
}

#[test]
fn names_are_known_where_they_are_known() {
    complains(&setting("problem = [{ when = \"objects.polcy.absent\", text = \"x\" }]", ""), "did you mean `policy`?");
    complains(
        &setting("problem = [{ when = \"objects.policy.allowedToUseSPR\", text = \"x\" }]", ""),
        "did you mean `allowedToUseSSPR`?",
    );
    complains(
        &setting("problem = [{ when = \"objects.policy.allowedToUseSSPR\", text = \"{{ before.x }}\" }]", ""),
        "known in an object's `desired`",
    );
    complains(&setting("", "when = \"ask.x\""), "what is read cannot depend on them");
    for of in ["inputs.user", "'yes'", "objects.policy.allowedToUseSSPR or 'yes'"] {
        let approval = format!("approval = {{ when = \"true\", of = \"{of}\", text = \"x\" }}");
        complains(&setting(&approval, ""), "not named by a value that was read");
    }
    complains(&setting("", "when = \"objects.policy.absent\""), "`objects` is not known here");
    complains(&setting("problem = [{ when = \"inputs.user\", text = \"x\" }]", ""), "inputs.user");
    complains(&setting("problem = [{ when = \"steps.later.x\", text = \"x\" }]", ""), "`steps` is not known here");
    complains(&setting("problem = [{ when = \"{{ true }}\", text = \"x\" }]", ""), "leave out the braces");
    complains(&setting("problem = [{ when = \"true\", text = \"{% if x %}\" }]", ""), "only `{{ … }}` is read here");
    // Each placeholder of a text is looked at, and pointed to where it is.
    let two = setting("problem = [{ when = \"true\", text = \"Größe {{ tenant.nmae }} {{  nobody }}\" }]", "");
    complains(&two, "did you mean `name`?");
    complains(&two, "{{  nobody }}\" }]\n  |                                                                 ^^^^^^");
    complains(
        &actions(REVOKE, &format!("{BECAUSE}\nlabel = \"{{{{ captured.x }}}}\"")),
        "`captured` is not known here",
    );
}

#[test]
fn a_choice_is_compared_with_its_options() {
    let problem = |when: &str| setting(&format!("problem = [{{ when = \"{when}\", text = \"x\" }}]"), "");
    assert_eq!(errors(&problem("inputs.chosen == '+1 4255550101'")), Vec::<String>::new());
    complains(&problem("inputs.chosen == '+1 4255550111'"), "is not an option of `inputs.chosen`");
    complains(&problem("inputs.chosen not in ['+1 4255550101', 'x']"), "`x` is not an option");
}

#[test]
fn a_first_step_sees_its_own_captures() {
    let step = "kind = \"query\"\ntitle = \"Q\"\nwhy = \"Lab.\"\nok_when = \"steps.step.x == 1\"\n[capture.x]\nvalue = \"1\"\n";
    assert_eq!(errors(step), Vec::<String>::new(), "{}", said(step));
}

#[test]
fn steps_use_earlier_steps_only() {
    let head = format!("{HEAD}\n[[steps]]\nid = \"second\"\nfile = \"second.toml\"\nneeds = [\"step\"]\n");
    let query = "kind = \"query\"\ntitle = \"Q\"\nwhy = \"Lab.\"\n[capture.x]\nvalue = \"1\"\n";
    let uses =
        |step: &str| format!("kind = \"query\"\ntitle = \"Q\"\nwhy = \"Lab.\"\n[capture.y]\nvalue = \"{step}\"\n");
    let report =
        |first: &str, second: &str, head: &str| match wizard(head, &[("step.toml", first), ("second.toml", second)]) {
            Ok(_) => String::new(),
            Err(report) => report.to_string(),
        };
    assert_eq!(report(query, &uses("steps.step.x"), &head), "");
    assert!(report(&uses("steps.second.x"), query, &head).contains("`steps` is not known here"));
    assert!(report(query, &uses("steps.step.z"), &head).contains("there is no `z` here"));
    let circle = head.replace("file = \"step.toml\"", "file = \"step.toml\"\nneeds = [\"second\"]");
    assert!(report(query, query, &circle).contains("the steps need each other: step → second → step"));
    let early = HEAD.replace(
        "file = \"step.toml\"",
        "file = \"step.toml\"\nneeds = [\"second\"]\n[[steps]]\nid = \"second\"\nfile = \"second.toml\"",
    );
    assert!(report(query, query, &early).contains("the step `second` comes after this one"));
    let itself = HEAD.replace("file = \"step.toml\"", "file = \"step.toml\"\nneeds = [\"step\"]");
    assert!(report(query, query, &itself).contains("step → step"));
}

#[test]
fn every_change_can_be_taken_back() {
    complains(
        &setting("", "").replace("managed = [", "managed = [\"blockMsolPowerShell\", "),
        "could not be rolled back",
    );
    complains(&setting("", "").replace("desired = {", "desired = { other = \"1\", "), "is not managed");
    complains(&setting("", "want = \"'absent'\""), "nothing creates it again");
    complains(&setting("", "want = \"'gone'\""), "not 'gone'");
    complains(&actions(REVOKE, ""), "cannot be taken back");
    complains(&actions(REVOKE, "irreversible = \"no\""), "says why in a sentence");
    complains(
        &actions(REVOKE, &format!("{BECAUSE}\nundo = {{ http = \"POST /v1.0/users/{{{{ inputs.user }}}}/x\" }}")),
        "either `undo` or `irreversible`",
    );
    complains(&actions("POST /v1.0/groups", &format!("{BECAUSE}\nonce = true")), "`once` needs `landed`");
    complains(
        &actions("POST /v1.0/groups", &format!("{BECAUSE}\nexpect = [201]")),
        "sending it twice would create two",
    );
    complains(
        &actions("POST /v1.0/groups", &format!("{BECAUSE}\ncapture = {{ id = \"/id\" }}")),
        "sending it twice would create two",
    );
    let landed = "once = true\ncapture = { id = \"/id\" }\nlanded = { get = \"/v1.0/groups\", items = \"/value\", match = { displayName = \"x\" } }";
    complains(&actions("POST /v1.0/groups", &format!("{BECAUSE}\n{landed}")), "does not say where `id` is found");
    let landed = "once = true\nlanded = { get = \"/v1.0/groups\", match = { displayName = \"x\" } }";
    complains(
        &actions("POST /v1.0/groups", &format!("{BECAUSE}\n{landed}")),
        "without `items` the answer itself must match",
    );
}

#[test]
fn kinds_have_their_sections() {
    complains(&setting("", "").replace("\"setting\"", "\"query\""), "reads only; it may not write");
    complains(&setting("", "").replace("\"setting\"", "\"assert\""), "reads only; it may not write");
    complains(&actions(REVOKE, BECAUSE).replace("\"actions\"", "\"query\""), "reads only; it may not write");
    complains(&actions(REVOKE, BECAUSE).replace("\"actions\"", "\"setting\""), "belongs to kind `actions`");
    complains("kind = \"setting\"\ntitle = \"x\"", "needs `[[object]]`");
    complains("kind = \"assert\"\ntitle = \"x\"", "needs `ok_when`");
    complains("kind = \"manual\"\ntitle = \"x\"", "needs `[manual]`");
    complains(&setting("ok_when = \"true\"", ""), "has no `ok_when`");
    complains(&actions("GET /v1.0/users", BECAUSE), "a request that reads does not belong here");
    complains(
        &setting("", "set = { http = \"DELETE /v1.0/policies/authorizationPolicy\" }"),
        "DELETE does not fit here",
    );
}

#[test]
fn ids_are_unique() {
    complains(
        &setting("read = [{ id = \"policy\", get = \"/v1.0/organization\", fields = [\"id\"] }]", ""),
        "the id `policy` is taken already",
    );
    complains(&setting("", "").replace("id = \"policy\"", "id = \"Policy-1\""), "cannot be the id of an object");
    let twice = format!("{HEAD}\n[[steps]]\nid = \"step\"\nfile = \"step.toml\"\n");
    assert!(
        wizard(&twice, &[("step.toml", &setting("", ""))])
            .unwrap_err()
            .to_string()
            .contains("the step `step` stands here twice")
    );
    complains(
        &setting("on_status = [{ id = \"polcy\", status = 403, text = \"x\", then = \"blocked\" }]", ""),
        "there is no object, read or write `polcy`",
    );
    complains(
        &setting("on_status = [{ id = \"policy\", status = 200, text = \"x\", then = \"blocked\" }]", ""),
        "400 to 599",
    );
}

#[test]
fn scopes_are_declared_and_suffice() {
    let fix = "fix = [\"Policy.ReadWrite.Authorization\"]";
    complains(&setting("", "").replace(fix, "fix = []"), "no scope is declared for this request in [scopes] fix");
    complains(&setting("", "").replace(fix, "fix = [\"Policy.Read.All\"]"), "one of `Policy.ReadWrite.Authorization`");
    complains(
        &setting("", "").replace("check = [\"Policy.Read.All\"]", "check = [\"User.Read.All\"]"),
        "one of `Policy.Read.All`",
    );
    complains(
        &setting("", "").replace(fix, "fix = [\"Policy.ReadWrite.Authorization\", \".default\"]"),
        "is the sign-in's own matter",
    );
    complains(
        &setting("", "").replace(fix, "fix = [\"https://vault.azure.net/.default\"]"),
        "another resource cannot be asked for",
    );
    complains(&setting("", "").replace(fix, "fix = [\"PolicyReadWrite\"]"), "is not the name of a Graph scope");
    let wide = setting("", "").replace(fix, "fix = [\"Policy.ReadWrite.Authorization\", \"Mail.ReadWrite\"]");
    assert!(said(&wide).contains("no request of this step needs `Mail.ReadWrite`"));
    let members = "kind = \"query\"\ntitle = \"Q\"\nwhy = \"Lab.\"\n[scopes]\ncheck = [\"GroupMember.Read.All\", \"User.Read.All\"]\n\
                   [[read]]\nid = \"members\"\nget = \"/v1.0/groups/{{ tenant.id }}/members\"\nfields = [\"userPrincipalName\"]\n";
    assert!(!said(members).contains("no request"), "{}", said(members));
    let unknown = actions("POST /v1.0/users/{{ tenant.id }}/insights/used", BECAUSE);
    assert!(
        errors(&unknown).is_empty() && said(&unknown).contains("it is not known which scope"),
        "{}",
        said(&unknown)
    );
}

#[test]
fn paths_name_no_host_and_hide_nothing() {
    for (path, words) in [
        ("https://evil.example/v1.0/users", "may not name a host"),
        ("//evil.example/users", "may not name a host"),
        ("/v2.0/users", "begins with /v1.0/"),
        ("v1.0/users", "begins with /v1.0/"),
        ("/v1.0", "names nothing"),
        ("/v1.0/users/../me", "may not go up"),
        ("/v1.0//users", "is empty"),
        ("/v1.0/users/", "is empty"),
        ("/v1.0/users?$filter=x", "has no query"),
        ("/v1.0/users/%2e%2e", "written decoded"),
        ("/v1.0/users/a b", "not taken in a path"),
        ("/v1.0/users/a\\\\b", "not taken in a path"),
        ("/v1.0/$batch", "$batch"),
        ("/v1.0/{{ inputs.user }}", "only for an id"),
        ("/{{ inputs.user }}/users", "begins with /v1.0/"),
        ("/v1.0/users/{{ inputs.user }}/{{ inputs.user }}", "only for an id"),
        ("/v1.0/users/x{{ inputs.user }}", "fill its whole segment"),
        ("/v1.0/users/{{ inputs.user }}x", "fill its whole segment"),
        ("/v1.0/users/{{ inputs.user }}{{ inputs.user }}", "fill its whole segment"),
        ("/v1.0/users/{{ inputs.user", "has no `}}`"),
        ("/v1.0/users/{{ inputs.usr }}", "did you mean `user`?"),
    ] {
        let read = format!("read = [{{ id = \"x\", get = \"{path}\", fields = [\"id\"] }}]");
        complains(&setting(&read, ""), words);
    }
    let read = |rest: &str| {
        setting(
            &format!("read = [{{ id = \"x\", get = \"/v1.0/users\", fields = [\"id\"], page = true, {rest} }}]"),
            "",
        )
    };
    complains(&read("query = { \"$filtre\" = \"x\" }"), "did you mean `$filter`?");
    complains(&read("query = { \"$filter\" = \"id eq '{{ inputs.user }}'\" }"), "leave out the quotes");
    complains(&read("headers = { Authorization = \"x\" }"), "may not set the header");
    complains(&read("headers = { Prefer = \"a\\r\\nb: c\" }"), "plain ASCII");
}

#[test]
fn files_are_small_utf_8_and_toml_1_0() {
    let files = |bytes: Vec<u8>| {
        let mut files: std::collections::BTreeMap<String, Vec<u8>> =
            folder("tests/lab/example").into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        files.insert("10-policy.toml".into(), bytes);
        Wizard::from_bytes(WizardSource::Shipped, files).unwrap_err().to_string()
    };
    assert!(files(b"kind = \"\xff\"".to_vec()).contains("the file is not UTF-8: byte 8"));
    assert!(files("# x\n".repeat(20_000).into_bytes()).contains("the file is too large"));
    complains(&setting("guide = { portal = [\"a\"],\n note = \"b\" }", ""), "TOML 1.1");
    complains(&setting("docs = \"\\u001b[2J\"", ""), "the character U+001B is not allowed");
    let steps: String =
        (0..101).map(|number| format!("[[steps]]\nid = \"s{number}\"\nfile = \"step.toml\"\n")).collect();
    let head = format!("{}{steps}", HEAD.split("[[steps]]").next().unwrap());
    assert!(wizard(&head, &[("step.toml", &setting("", ""))]).unwrap_err().to_string().contains("at most 100 steps"));
}

#[test]
fn what_is_never_used_is_warned_of() {
    let said = said(&setting("[ask.unused]\ntype = \"text\"\nlabel = \"X\"\n", ""));
    assert!(said.contains("`ask.unused` is never used") && said.contains("the input `chosen` is never used"), "{said}");
}

#[test]
fn a_review_date_in_the_past_is_no_mistake() {
    let head = HEAD.replace("summary", "review_by = 2020-01-01\nsummary");
    assert!(wizard(&head, &[("step.toml", &setting("", ""))]).is_ok());
    let quoted = HEAD.replace("summary", "review_by = \"2020-01-01\"\nsummary");
    assert!(
        wizard(&quoted, &[("step.toml", &setting("", ""))]).unwrap_err().to_string().contains("a date without quotes")
    );
}

#[test]
fn answers_are_held_against_the_wizard() {
    let (example, _) = Wizard::from_files(WizardSource::Shipped, folder("tests/lab/example")).unwrap();
    let wrong = "wizard = \"sspr-admin\"\nversion = \"0.9.0\"\nacknowledge = [\"baseline-conflct\"]\n[inputs]\ngaol = \"enable\"\nwrite_to = \"mail\"\n\
                 [answers.contacts.\"ann@contoso.example\"]\nemial = \"a@b.example\"\nphone = \"0123\"\nemail = \"skip\"\n";
    let said = example.answers("answers.toml", wrong).unwrap_err().to_string();
    for words in [
        "not for `sspr-admins`",
        "version 0.9.0",
        "`baseline-conflict`",
        "`goal`",
        "answers.toml:6:12",
        "`email`",
        "answers.toml:9:9",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
}

const LABEL: &str = r#"
kind  = "setting"
title = "A label"
why   = "Lab."
scopes = { check = ["Policy.Read.All"], fix = ["Policy.ReadWrite.Authorization"] }

[[object]]
id      = "label"
find    = { get = "/v1.0/admin/labLabels", match = { displayName = "Secret" } }
path    = "/v1.0/admin/labLabels/{{ id }}"
fields  = ["displayName", "colour"]
managed = ["displayName", "colour"]
desired = { displayName = "'Secret'", colour = "'red'" }
create  = { http = "POST /v1.0/admin/labLabels" }
"#;

#[test]
fn a_put_that_would_lose_what_it_does_not_send_is_refused() {
    let put = |send: &str| {
        let set = format!(
            "create  = {{ http = \"POST /v1.0/admin/labLabels\" }}\nset = {{ http = \"PUT /v1.0/admin/labLabels/{{{{ id }}}}\" }}\n{send}"
        );
        LABEL.replace("create  = { http = \"POST /v1.0/admin/labLabels\" }", &set)
    };
    assert_eq!(errors(&put("send = \"all\"")), Vec::<String>::new());
    for send in ["", "send = \"changes\""] {
        assert!(errors(&put(send)).iter().any(|error| error.contains("PUT replaces the whole object")), "{send}");
    }
}

#[test]
fn what_is_created_must_be_found_the_next_time() {
    assert_eq!(errors(LABEL), Vec::<String>::new());
    for (from, to) in [
        ("displayName = \"'Secret'\"", "displayName = \"'Secrets'\""),
        ("{ displayName = \"'Secret'\", colour", "{ colour"),
    ] {
        let step = LABEL.replace(from, to);
        let found = errors(&step);
        assert!(found.iter().any(|error| error.contains("would not be found by its `displayName`")), "{found:?}");
    }
}

#[test]
fn an_undo_of_what_may_have_been_so_before_is_warned_of() {
    let write = |when: &str| {
        format!(
            "kind = \"actions\"\ntitle = \"Lamp\"\nwhy = \"Lab.\"\n\
             scopes = {{ check = [\"Policy.Read.All\"], fix = [\"Policy.ReadWrite.Authorization\"] }}\n\
             [[read]]\nid = \"lamp\"\nget = \"/v1.0/admin/labLamp\"\nfields = [\"lit\"]\n\
             [[write]]\nid = \"light\"\n{when}http = \"PATCH /v1.0/admin/labLamp\"\nbody = {{ lit = true }}\n\
             undo = {{ http = \"PATCH /v1.0/admin/labLamp\", body = {{ lit = false }}, \
             guard = {{ get = \"/v1.0/admin/labLamp\", match = {{ lit = true }} }} }}\n"
        )
    };
    assert!(said(&write("")).contains("would also undo what was so before"), "{}", said(&write("")));
    let with = write("when = \"not reads.lamp.body.lit\"\n");
    assert!(!said(&with).contains("would also undo"), "{}", said(&with));
}

#[test]
fn a_field_that_a_user_has_only_when_asked_for_needs_a_select() {
    let person = |more: &str| {
        format!(
            "kind = \"setting\"\ntitle = \"Person\"\nwhy = \"Lab.\"\nscopes = {{ check = [\"User.Read.All\"], fix = [\"User.ReadWrite.All\"] }}\n\
             [[object]]\nid = \"person\"\nget = \"/v1.0/users/ann@contoso.example\"\nfields = [\"department\", \"jobTitle\"]\n\
             managed = [\"department\", \"jobTitle\"]\ndesired = {{ department = \"'HQ'\" }}\n{more}\n"
        )
    };
    let found = errors(&person(""));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`department` is in no answer that does not ask for it"), "{found:?}");
    assert_eq!(errors(&person("select = true")), Vec::<String>::new());
}
