//! Runs without a person: flags and files, events, reports, and what never leaves the process.

#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::sandbox::{Ran, Sandbox, foreign_token, project, prompt_tenant};
use crate::support::traces::{contains, files_below, spellings};
use crate::support::wait::wait_until;

const WIZARD: &str = "wizards/sspr-admins";
const DISABLE: [&str; 5] = ["run", "sspr-admins", "--yes", "--set", "goal=disable"];
const ENABLE: [&str; 7] = ["run", "sspr-admins", "--yes", "--set", "goal=enable", "--acknowledge", "baseline-conflict"];
const EXCLUDE: [&str; 2] = ["--set", "exclude=emergency@contoso.onmicrosoft.com"];

fn contoso() -> String {
    project("wizards/sspr-admins/rehearsal/contoso/answers.toml")
}

#[test]
fn standard_input_is_never_read() {
    let sandbox = Sandbox::new();
    let (mut kept, mut writer) = std::io::pipe().unwrap();
    let typed = b"enable\ny\ny\ny\n";
    writer.write_all(typed).unwrap();
    for args in [&["rehearse", "sspr-admins", "--yes"][..], &["rehearse", "sspr-admins", "--output", "json"]] {
        let ran = Ran::of(sandbox.command(args).stdin(Stdio::from(kept.try_clone().unwrap())).output().unwrap());
        let _ = ran.exits(4);
    }
    drop(writer);
    let mut left = Vec::new();
    kept.read_to_end(&mut left).unwrap();
    assert_eq!(left, typed, "somebody has read from standard input");
}

#[test]
fn what_is_missing_can_be_given_as_the_hints_say() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    let ran = sandbox.run_at(&served, &["run", "sspr-admins", "--set", "goal=enable"]).exits(4);
    for flag in ["--acknowledge baseline-conflict", "--yes "] {
        assert!(ran.stderr.contains(flag), "{flag} is not offered:\n{}", ran.all());
    }
    assert!(!ran.stderr.contains("not answered"), "the plan repeats what is missing:\n{}", ran.all());
    assert_eq!(served.writes(), Vec::<String>::new());
    // The lines of the hint are an answers file once the empty values are filled.
    let lines: Vec<&str> = ran.stderr.lines().skip_while(|line| !line.contains("answers file")).skip(1).collect();
    let file: Vec<String> = lines
        .iter()
        .take_while(|line| !line.starts_with(" hint:"))
        .map(|line| line.trim().replace("= \"\"", "= \"skip\""))
        .collect();
    let answers = sandbox.write("answers.toml", &file.join("\n"));
    let args = ["run", "sspr-admins", "--yes", "--set", "goal=enable", "--answers", &answers];
    let _ = sandbox.run_at(&served, &args).exits(3);
    assert_eq!(served.writes(), ["PATCH /v1.0/policies/authorizationPolicy"]);
}

#[test]
fn the_answers_file_of_a_check_is_filled_in_and_used() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    let args = [&["answers", "sspr-admins", "--from-check", "--set", "goal=enable"][..], &EXCLUDE].concat();
    let skeleton = sandbox.run_at(&served, &args).exits(0).stdout;
    // As printed, its empty lines are answers that are missing, and not wrong ones.
    let unfilled = sandbox.write("unfilled.toml", &skeleton.replace("# acknowledge", "acknowledge"));
    let ran = sandbox.run_at(&served, &["run", "sspr-admins", "--yes", "--answers", &unfilled]).exits(4);
    assert!(ran.stderr.contains("answers are missing"), "{}", ran.all());
    let filled = skeleton
        .replace("# acknowledge", "acknowledge")
        .replace("email = \"\"", "email = \"private@example.net\"")
        .replace("phone = \"\"", "phone = \"+1 4255550102\"");
    let answers = sandbox.write("folder/answers.toml", &filled);
    let _ = sandbox.run_at(&served, &["run", "sspr-admins", "--yes", "--answers", &answers]).exits(0);
    assert_eq!(served.writes().len(), 4);
}

#[test]
fn contacts_come_from_a_csv_beside_the_answers_file() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    sandbox.write(
        "folder/contacts.csv",
        "\u{feff}user;email;phone\r\nann@contoso.example;ann@example.net;+1 (425) 555-0102\r\nbob@contoso.example;bob@example.net;\r\n",
    );
    let answers = sandbox.write(
        "folder/answers.toml",
        "wizard = \"sspr-admins\"\nversion = \"1.0.0\"\nacknowledge = [\"baseline-conflict\"]\n[inputs]\ngoal = \"enable\"\n\
         exclude = [\"emergency@contoso.onmicrosoft.com\"]\ncontacts_file = \"contacts.csv\"\n",
    );
    let _ = sandbox.run_at(&served, &["run", "sspr-admins", "--yes", "--answers", &answers]).exits(0);
    assert_eq!(served.writes().len(), 4);
    let ann = "/v1.0/users/b2e2a1d4-0002-4c1e-8a55-6d0f1a2b3c02/authentication";
    let mail = served.tenant().object(&format!("{ann}/emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f")).unwrap();
    let phone = served.tenant().object(&format!("{ann}/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7")).unwrap();
    assert_eq!((&mail["emailAddress"], &phone["phoneNumber"]), (&"ann@example.net".into(), &"+1 4255550102".into()));
}

#[test]
fn every_mistake_of_a_csv_is_told_with_its_line_before_anything_is_read() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    let csv = sandbox.write("c.csv", "user,email,phone\nann@contoso.example,nobody,\nbob@contoso.example,,12\n");
    let set = format!("contacts_file={csv}");
    let ran = sandbox.run_at(&served, &[&ENABLE[..], &["--set", &set]].concat()).exits(2);
    for line in ["line 2", "line 3"] {
        assert!(ran.stderr.contains(line), "{line} is not told:\n{}", ran.all());
    }
    assert_eq!(served.tenant().log().len(), 0, "{}", ran.all());
}

#[test]
fn refused_answers_are_listed_all_at_once() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    let text = fs_err::read_to_string(contoso()).unwrap();
    let text = text
        .replace("ann.private@example.net", "ann@contoso.example")
        .replace("bob.private@example.net", "bob@contoso.example");
    let answers = sandbox.write("answers.toml", &text);
    let ran = sandbox.run_at(&served, &["run", "sspr-admins", "--yes", "--answers", &answers]).exits(2);
    for name in ["address of ann@contoso.example: ", "address of bob@contoso.example: "] {
        assert!(ran.stderr.contains(name), "{name} is not told:\n{}", ran.all());
    }
    assert_eq!(served.writes(), Vec::<String>::new());
    // Beside events standard error is kept as well, so it is masked like them.
    let run = ["run", "sspr-admins", "--yes", "--answers", &answers, "--output", "json"];
    let ran = sandbox.run_at(&served, &run).exits(2);
    assert!(ran.stderr.contains("a***@c***.example") && !ran.all().contains("ann@"), "{}", ran.all());
}

#[test]
fn a_mistake_in_the_answers_file_is_shown_at_its_place() {
    let sandbox = Sandbox::new();
    let answers = sandbox.write("answers.toml", "wizard = \"sspr-admins\"\nversion = \"1.0.0\"\naknowledge = []\n");
    let ran = sandbox.run(&["rehearse", "sspr-admins", "--yes", "--answers", &answers]).exits(2);
    for part in ["answers.toml:3:1", "^", "acknowledge"] {
        assert!(ran.stderr.contains(part), "{part} is not told:\n{}", ran.all());
    }
}

#[test]
fn answers_for_another_version_of_the_wizard_are_taken_with_a_warning() {
    let sandbox = Sandbox::new();
    let answers =
        sandbox.write("old.toml", "wizard = \"sspr-admins\"\nversion = \"0.9.0\"\n[inputs]\ngoal = \"disable\"\n");
    let ran = sandbox.run(&["rehearse", "sspr-admins", "--case", "disable", "--yes", "--answers", &answers]).exits(0);
    assert!(ran.stderr.contains("Warning: these answers were written for version 0.9.0; this is "), "{}", ran.all());
}

#[test]
fn a_skeleton_of_answers_is_toml_and_names_approvals_only_where_there_are_any() {
    let sandbox = Sandbox::new();
    let skeleton = sandbox.run(&["answers", "sspr-admins"]).exits(0).stdout;
    assert!(!skeleton.contains("approve") && skeleton.contains("such as [\"a\", \"b\"]"), "{skeleton}");
    let skeleton = sandbox.run(&["answers", "app-registration"]).exits(0).stdout;
    assert!(skeleton.contains("# approve = [\"registration\""), "{skeleton}");
}

#[test]
fn a_mistyped_command_says_what_was_meant() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "broken/wizard.toml",
        "format = 1\nid = \"broken\"\nversion = \"0.1.0\"\ntitel = \"x\"\nsummary = \"y\"\n",
    );
    sandbox.write("lag.toml", "lag = 1\n");
    for (args, parts) in [
        (&["run", "sspr-admin"][..], &["did you mean `sspr-admins`?"][..]),
        (&["run", "SSPR-ADMINS"], &["did you mean `sspr-admins`?"]),
        (&["rehearse", "broken"], &["`./broken`"]),
        (&["lint", "broken"], &["`./broken`"]),
        (&["run", "sspr-admins", "--yess"], &["'--yes'"]),
        (&["rehearse", "./broken"], &["wizard.toml:4:1", "^^^^^", "title"]),
        (&["rehearse", "sspr-admins", "--case", "none"], &["contoso"]),
        (&["rehearse", "sspr-admins", "--yes", "--set", "gaol=enable"], &["goal"]),
        (&["rehearse", "sspr-admins", "--yes", "--set", "goal=maybe"], &["enable", "disable"]),
        (&["rehearse", "sspr-admins", "--yes", "--fault", "drop"], &["write such as `drop=PATCH /v1.0/users/*`"]),
        (&["rehearse", "sspr-admins", "--max-changes", "x"], &["it must be a whole number, such as `10`"]),
        (&["rehearse", "sspr-admins", "--practice", "lag.toml"], &["lag.toml:1:7: a text, in quotes, is wanted here"]),
    ] {
        let ran = sandbox.run(args).exits(2);
        for part in parts {
            assert!(ran.stderr.contains(part), "{part} is not told:\n{}", ran.all());
        }
        assert!(!ran.stderr.contains("error: error:"), "{}", ran.all());
    }
}

#[test]
fn more_changes_than_allowed_are_not_made() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    let run = ["run", "sspr-admins", "--yes", "--answers", &contoso()];
    let ran = sandbox.run_at(&served, &[&run[..], &["--max-changes", "2"]].concat()).exits(4);
    assert!(ran.stderr.contains("--max-changes 4   the plan has 4 changes"), "{}", ran.all());
    assert_eq!(served.writes(), Vec::<String>::new());
    let _ = sandbox.run_at(&served, &[&run[..], &["--max-changes", "4"]].concat()).exits(0);
}

#[test]
fn a_token_for_another_tenant_sends_nothing() {
    let served = prompt_tenant("disable", &[]);
    let sandbox = Sandbox::new();
    let other = "00000000-0000-4000-8000-000000000001";
    let _ = sandbox.run_at(&served, &[&DISABLE[..], &["--tenant", other]].concat()).exits(5);
    assert_eq!(served.tenant().log().len(), 0);
    // A domain must be asked for; nothing follows.
    let ran = sandbox.run_at(&served, &[&DISABLE[..], &["--tenant", "fabrikam.example"]].concat()).exits(5);
    assert!(!ran.stderr.contains("Check"), "{}", ran.all());
    let asked: Vec<String> = served.tenant().log().iter().map(|received| received.path.clone()).collect();
    assert!(asked.iter().all(|path| !path.contains("policies")), "{asked:?}");
}

#[test]
fn a_practice_tenants_token_is_not_sent_to_microsoft() {
    let (served, sandbox) = (prompt_tenant("disable", &[]), Sandbox::new());
    for cloud in ["public", "china"] {
        let mut command = sandbox.command(&[&DISABLE[..], &["--cloud", cloud]].concat());
        command.env("FIXFORME_ACCESS_TOKEN", served.token()).env("FIXFORME_GRAPH_ROOT", "http://127.0.0.1:9");
        let ran = Ran::of(command.output().unwrap()).exits(2);
        assert!(ran.stderr.contains("the access token is a practice tenant's"), "{}", ran.all());
        assert!(ran.stderr.contains("it is not a variable"), "{}", ran.all());
    }
}

#[test]
fn yes_with_a_real_token_needs_the_tenant() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&DISABLE);
    let ran = Ran::of(command.env("FIXFORME_ACCESS_TOKEN", foreign_token()).output().unwrap()).exits(4);
    assert!(ran.stderr.contains("--tenant"), "{}", ran.all());
}

#[test]
fn a_foreign_host_gets_no_token_without_its_flag() {
    let sandbox = Sandbox::new();
    let args = [&DISABLE[..], &["--tenant", "contoso.example", "--graph-root", "https://graph.example.net"]].concat();
    let mut command = sandbox.command(&args);
    let ran = Ran::of(command.env("FIXFORME_ACCESS_TOKEN", foreign_token()).output().unwrap()).exits(9);
    assert!(ran.stderr.contains("--allow-host graph.example.net"), "{}", ran.all());
}

#[test]
fn a_folders_wizard_changes_no_tenant_that_may_be_real() {
    let (sandbox, tenant) = (Sandbox::new(), prompt_tenant("disable", &[]));
    let root = tenant.server.root();
    let run = ["run", &project(WIZARD), "--yes", "--set", "goal=disable", "--tenant", "contoso.example"];
    // What answers on this machine may lead on to Microsoft, and a token proves nothing about who answers.
    let elsewhere = ["--graph-root", "https://graph.example.net", "--allow-host", "graph.example.net"];
    for (place, token) in [(&["--graph-root", &root][..], foreign_token()), (&elsewhere, tenant.token())] {
        let mut command = sandbox.command(&[&run[..], place].concat());
        let ran = Ran::of(command.env("FIXFORME_ACCESS_TOKEN", token).output().unwrap()).exits(9);
        assert!(ran.stderr.contains("does not ship with fixforme, so it may not change a tenant"), "{}", ran.all());
        assert!(ran.stdout.contains("Nothing was changed."), "{}", ran.all());
    }
    assert_eq!(tenant.tenant().log().len(), 0);
}

#[test]
fn events_are_whole_counted_and_masked() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    let args = ["run", "sspr-admins", "--yes", "--answers", &contoso(), "--output", "json", "--log", "log.ndjson"];
    let ran = sandbox.run_at(&served, &args).exits(0);
    let events = ran.events();
    let seq: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(seq.windows(2).all(|pair| matches!(pair, [one, two] if two == &(one + 1))), "{seq:?}");
    assert!(events.iter().all(|event| event["v"] == 1 && event["ts"].is_string()), "{}", ran.stdout);
    let last = events.last().unwrap();
    assert_eq!((&last["type"], &last["exit"], &last["verified"]), (&"run.finished".into(), &0.into(), &4.into()));
    assert_eq!(last["rollback"], format!("fixforme rollback {}", last["run"].as_str().unwrap()));
    let log = fs_err::read_to_string(sandbox.folder.path().join("log.ndjson")).unwrap();
    assert_eq!(log.lines().count(), events.len());
    for secret in ["ann.private", "bob.private", "4255550102", "425) 555", &served.token()] {
        for (place, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr), ("the log", &log)] {
            assert!(!text.contains(secret), "{secret} is in {place}:\n{text}");
        }
    }
}

#[test]
fn a_report_is_written_at_every_end() {
    let served = prompt_tenant("contoso", &[]);
    let sandbox = Sandbox::new();
    let reports = || {
        let mut found: Vec<String> = fs_err::read_dir(sandbox.folder.path().join("reports"))
            .unwrap()
            .map(|entry| fs_err::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        found.sort();
        fs_err::remove_dir_all(sandbox.folder.path().join("reports")).unwrap();
        found
    };
    let report = ["--report", "reports"];
    let run = ["run", "sspr-admins", "--yes", "--answers", &contoso()];
    let check = ["check", "sspr-admins", "--set", "goal=enable"];
    for (args, code, state) in [
        (&check[..], 3, "Nothing was changed."),
        (&run[..], 0, "4 changes were made and verified."),
        // The report does not know yet of what was just registered, and it is believed.
        (&run[..], 3, "Nothing was changed."),
        (&["rollback", "--yes"][..], 0, "4 changes were made and rolled back."),
    ] {
        let ran = sandbox.run_at(&served, &[args, &report].concat()).exits(code);
        let [text, json] = &reports()[..] else { panic!("not two reports after {args:?}:\n{}", ran.all()) };
        let (text, json) = if text.starts_with('{') { (json, text) } else { (text, json) };
        assert!(text.contains(state), "{args:?}:\n{text}");
        let json: Value = serde_json::from_str(json).unwrap();
        assert_eq!((&json["state"], &json["exit"]), (&state.into(), &code.into()), "{args:?}");
        assert!(!text.contains("ann.private") && !json.to_string().contains("ann.private"), "{text}\n{json:#}");
        assert!(text.contains("What the check found:\n- "), "{args:?}:\n{text}");
        assert!(json["findings"][0]["step"].is_string(), "{args:?}:\n{json:#}");
    }
    let (run, _) = sandbox.journals().remove(0);
    let told = sandbox.run(&["report", &run]).exits(0).stdout;
    assert!(told.contains("What the check found:\n- ") && !told.contains("ann@"), "{told}");
}

#[test]
fn a_run_is_listed_reported_rolled_back_and_deleted_without_its_wizard() {
    let served = prompt_tenant("disable", &[]);
    let before = served.canonical();
    let sandbox = Sandbox::new();
    copy(Path::new(&project(WIZARD)), &sandbox.folder.path().join("mine"));
    let args = ["run", "./mine", "--yes", "--set", "goal=disable"];
    let _ = sandbox.run_at(&served, &args).exits(0);
    fs_err::remove_dir_all(sandbox.folder.path().join("mine")).unwrap();
    let (run, _) = sandbox.journals().remove(0);
    let listed = sandbox.run(&["runs"]).exits(0).stdout;
    assert!(listed.contains(&run) && listed.contains("1 change was made and verified."), "{listed}");
    let told = sandbox.run(&["report", &run]).exits(0).stdout;
    assert!(told.contains("allowedToUseSSPR: true -> false"), "{told}");
    let _ = sandbox.run_at(&served, &["rollback", "--yes"]).exits(0);
    assert_eq!(served.canonical(), before);
    let _ = sandbox.run(&["runs", "--delete", &run]).exits(0);
    let none = sandbox.run(&["runs"]).exits(0);
    assert_eq!((none.stdout.as_str(), none.stderr.trim()), ("", "There are no runs."));
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs_err::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn an_edited_journal_is_not_rolled_back_unattended() {
    let served = prompt_tenant("disable", &[]);
    let sandbox = Sandbox::new();
    let _ = sandbox.run_at(&served, &DISABLE).exits(0);
    let (run, _) = sandbox.journals().remove(0);
    let path = sandbox.state().join(format!("runs/{run}.ndjson"));
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replacen("\"before\":true", "\"before\":null", 1)).unwrap();
    let received = served.tenant().log().len();
    let ran = sandbox.run_at(&served, &["rollback", "--yes"]).exits(9);
    assert!(ran.stderr.contains("seal does not hold"), "{}", ran.all());
    assert_eq!(served.tenant().log().len(), received);
}

#[test]
fn a_second_run_on_the_same_tenant_waits_for_another_time() {
    let served = prompt_tenant("disable", &["stall=PATCH /v1.0/policies/**"]);
    let sandbox = Sandbox::new();
    let mut first = sandbox.command_at(&served, &DISABLE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let sending = || {
        sandbox.journals().iter().any(|(_, records)| records.iter().any(|line| line.to_string().contains("\"intent\"")))
    };
    wait_until(sending);
    let second = sandbox.run_at(&served, &DISABLE);
    first.kill().unwrap();
    first.wait().unwrap();
    let second = second.exits(10);
    assert!(second.stderr.contains("another run of fixforme is working on this tenant"), "{}", second.all());
    assert_eq!(served.writes(), Vec::<String>::new());
}

#[test]
fn the_printed_schemas_are_those_in_the_repository() {
    let sandbox = Sandbox::new();
    let _ = sandbox.run(&["schema", "--write", "schemas"]).exits(0);
    for name in ["wizard", "step", "answers", "expect"] {
        let name = format!("{name}.schema.json");
        let printed = fs_err::read_to_string(sandbox.folder.path().join("schemas").join(&name)).unwrap();
        let kept = fs_err::read_to_string(project(&format!("wizards/{name}"))).unwrap();
        assert_eq!(printed, kept, "wizards/{name} is old: `fixforme schema --write wizards` writes it anew");
    }
}

#[test]
fn only_data_stands_in_the_standard_output_of_what_prints_data() {
    let sandbox = Sandbox::new();
    for args in [&["guide", "nosuch"][..], &["answers", "nosuch"], &["permissions", "nosuch"], &["report", "1"]] {
        let ran = sandbox.run(args).exits(2);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(ran.stderr.contains("Nothing was changed."), "{}", ran.all());
    }
    let all: Value = serde_json::from_str(&sandbox.run(&["schema"]).exits(0).stdout).unwrap();
    let one: Value = serde_json::from_str(&sandbox.run(&["schema", "step"]).exits(0).stdout).unwrap();
    assert_eq!((&all["step.schema.json"], all.as_object().unwrap().len()), (&one, 4));
}

#[test]
fn what_needs_no_tenant_is_printed() {
    let sandbox = Sandbox::new();
    let script = sandbox.run(&["completions", "bash"]).exits(0).stdout;
    assert!(script.contains("rollback"), "{script}");
    let list = sandbox.run(&["permissions", "sspr-admins"]).exits(0).stdout;
    assert!(list.contains("Policy.ReadWrite.Authorization"), "{list}");
    for format in ["text", "markdown", "html"] {
        let guide = sandbox.run(&["guide", "sspr-admins", "--set", "goal=enable", "--format", format]).exits(0).stdout;
        assert!(guide.contains("Update-MgPolicyAuthorizationPolicy"), "{guide}");
    }
    let served = prompt_tenant("contoso", &[]);
    let args = ["guide", "sspr-admins", "--from-check", "--set", "goal=enable"];
    let guide = sandbox.run_at(&served, &args).exits(0).stdout;
    assert!(guide.contains("ann@contoso.example"), "{guide}");
}

#[test]
fn the_token_is_nowhere_after_any_kind_of_run() {
    let sandbox = Sandbox::new();
    let mut said = Vec::new();
    let mut tokens = vec![foreign_token()];
    let keep = ["--log", "log.ndjson", "--report", "reports"];
    let policy = "PATCH /v1.0/policies/**";
    for faults in [vec![], vec![format!("fail={policy}:400")]] {
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        let served = prompt_tenant("contoso", &faults);
        tokens.push(served.token());
        let json = ["--output", "json"];
        let run = ["run", "sspr-admins", "--yes", "--answers", &contoso()];
        for args in [
            [&["check", "sspr-admins", "--set", "goal=enable"][..], &keep].concat(),
            [&run[..], &keep].concat(),
            [&run[..], &keep, &json].concat(),
            [&["rollback", "--yes"][..], &keep].concat(),
            [&["resume", "--yes"][..], &keep].concat(),
            vec!["runs"],
        ] {
            let mut command = sandbox.command_at(&served, &args);
            if args == ["runs"] {
                command = sandbox.command(&args);
            }
            let output = command.env("FIXFORME_ACCESS_TOKEN", tokens.last().unwrap()).output().unwrap();
            said.push((format!("{args:?} {faults:?} stdout"), output.stdout));
            said.push((format!("{args:?} {faults:?} stderr"), output.stderr));
        }
    }
    let served = prompt_tenant("disable", &[]);
    let mut command = sandbox.command_at(&served, &["check", "sspr-admins", "--set", "goal=disable"]);
    let output = command.env("FIXFORME_ACCESS_TOKEN", "not-a-jwt-canary-0123456789").output().unwrap();
    assert_eq!(output.status.code(), Some(5), "a token that the tenant does not know");
    tokens.push("not-a-jwt-canary-0123456789".to_owned());
    said.extend([("no jwt".to_owned(), output.stdout), ("no jwt".to_owned(), output.stderr)]);
    files_below(sandbox.folder.path(), &mut said);
    assert!(said.iter().any(|(place, _)| place.ends_with(".ndjson")), "there is no journal to look into");
    for token in &tokens {
        for (spelling, bytes) in spellings(token) {
            for (place, text) in &said {
                let found = contains(text, &bytes);
                assert!(!found, "the token is in {place}, {spelling}");
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_told_and_is_no_success() {
    let full = || Stdio::from(fs_err::OpenOptions::new().write(true).open("/dev/full").unwrap().into_file());
    let sandbox = Sandbox::new();
    let rehearse = ["rehearse", "sspr-admins", "--yes", "--case", "disable", "--set", "goal=disable"];
    for args in [&["list"][..], &["--version"], &[&rehearse[..], &["--output", "json"]].concat(), &rehearse] {
        let ran = Ran::of(sandbox.command(args).stdout(full()).output().unwrap()).exits(1);
        assert!(ran.stderr.contains("error: standard output is not complete"), "{}", ran.all());
    }
    let ran = sandbox.run(&[&rehearse[..], &["--log", "/dev/full"]].concat()).exits(1);
    assert!(ran.stderr.contains("error: the log file `/dev/full` is not complete"), "{}", ran.all());
    // Another code says more, and a reader that went away is not a loss.
    let mut command = sandbox.command(&["rehearse", "sspr-admins", "--output", "json"]);
    let _ = Ran::of(command.stdout(full()).output().unwrap()).exits(4);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = Ran::of(sandbox.command(&["list"]).stdout(writer).output().unwrap()).exits(0);
    assert_eq!(ran.stderr, "");
}
