//! `fixforme test`: every lab wizard passes its own cases, and a wizard that says too little does not pass.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::support::sandbox::{Sandbox, project};

#[test]
fn every_wizard_of_the_repository_passes_its_own_cases() {
    let sandbox = Sandbox::new();
    let mut tested = 0;
    for folder in ["wizards", "tests/lab"] {
        for entry in fs_err::read_dir(project(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.join("wizard.toml").is_file() && path.join("rehearsal").is_dir() {
                let ran = sandbox.run(&["test", path.to_str().unwrap()]).exits(0);
                assert!(ran.stdout.contains(" 0 failed"), "{}", ran.all());
                tested += 1;
            }
        }
    }
    assert!(tested >= 3, "only {tested} wizards were found");
    assert!(!sandbox.state().join("rehearsals/runs").read_dir().is_ok_and(|mut left| left.next().is_some()));
}

/// The wizard `disable` of one step, with the files of one case.
fn wizard(sandbox: &Sandbox, case: &[(&str, &str)]) -> String {
    sandbox.write(
        "mine/wizard.toml",
        "format = 1\nid = \"mine\"\nversion = \"0.1.0\"\ntitle = \"Mine\"\nsummary = \"One switch.\"\n\
         [[steps]]\nid = \"switch\"\nfile = \"switch.toml\"\n",
    );
    sandbox.write(
        "mine/switch.toml",
        "kind = \"setting\"\ntitle = \"The switch\"\nwhy = \"Because.\"\nseverity = \"low\"\nrisk = \"one-object\"\n\
         [scopes]\ncheck = [\"Policy.Read.All\"]\nfix = [\"Policy.ReadWrite.Authorization\"]\n[[object]]\nid = \"switch\"\n\
         get = \"/v1.0/admin/switch\"\nfields = [\"on\"]\nmanaged = [\"on\"]\ndesired = { on = \"true\" }\n",
    );
    // No Graph has this switch, so writing to it is no ordinary change.
    let answers = "wizard = \"mine\"\nversion = \"0.1.0\"\napprove = [\"switch\"]\n";
    for (name, text) in [("answers", answers)].iter().filter(|_| !case.is_empty()).chain(case) {
        sandbox.write(&format!("mine/rehearsal/one/{name}.toml"), text);
    }
    sandbox.folder.path().join("mine").to_str().unwrap().to_owned()
}

const TENANT: (&str, &str) = ("tenant", "[objects.\"/v1.0/admin/switch\"]\non = false\n");

#[test]
fn a_wizard_without_cases_does_not_pass() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["test", &wizard(&sandbox, &[])]).exits(2);
    assert!(ran.stderr.contains("has no case, so there is nothing to test"), "{}", ran.all());
}

#[test]
fn a_case_that_expects_nothing_does_not_pass_and_shows_what_it_could_expect() {
    let sandbox = Sandbox::new();
    let mine = wizard(&sandbox, &[TENANT]);
    let ran = sandbox.run(&["test", &mine]).exits(3);
    assert!(ran.stdout.contains("there is no `rehearsal/one/expect.toml`"), "{}", ran.all());
    let lines: Vec<&str> = ran
        .stdout
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("exit ") || line.starts_with("changes "))
        .collect();
    sandbox.write("mine/rehearsal/one/expect.toml", &lines.join("\n"));
    let ran = sandbox.run(&["test", &mine]).exits(0);
    assert_eq!(ran.stdout, "case one: ok\n1 passed, 0 failed\n");
}

#[test]
fn a_case_that_ends_otherwise_says_how() {
    let sandbox = Sandbox::new();
    let expect = "exit = 3\nchanges = []\n[objects.\"/v1.0/admin/switch\"]\non = false\n";
    let ran = sandbox.run(&["test", &wizard(&sandbox, &[TENANT, ("expect", expect)])]).exits(3);
    for mistake in [
        "the exit code is 0, expected 3",
        "the changes are [\"switch\"], expected []",
        "/v1.0/admin/switch /on is true, expected false",
    ] {
        assert!(ran.stdout.contains(mistake), "{mistake}\n{}", ran.all());
    }
    assert!(ran.stderr.contains("Nothing was changed but practice tenants."), "{}", ran.all());
}

#[test]
fn a_case_that_ends_otherwise_says_why() {
    let sandbox = Sandbox::new();
    let mine = wizard(&sandbox, &[TENANT, ("expect", "exit = 0\nchanges = [\"switch\"]\n")]);
    let step = fs_err::read_to_string(sandbox.folder.path().join("mine/switch.toml")).unwrap();
    let fields = step.replace("fields = [\"on\"]", "fields = [\"on\", \"flag\"]");
    sandbox.write("mine/switch.toml", &format!("{fields}[[problem]]\nwhen = \"objects.switch.flag\"\ntext = \"x\"\n"));
    let ran = sandbox.run(&["test", &mine]).exits(3);
    let why = "the step `switch` could not be found out: ";
    assert!(ran.stdout.contains(why) && ran.stdout.contains("this is null"), "{}", ran.all());
}

#[test]
fn what_a_rollback_leaves_otherwise_is_named() {
    let sandbox = Sandbox::new();
    let mine = wizard(&sandbox, &[TENANT, ("expect", "exit = 0\nchanges = [\"switch\"]\n")]);
    sandbox.write(
        "mine/switch.toml",
        "kind = \"actions\"\ntitle = \"The switch\"\nwhy = \"Because.\"\n[scopes]\nfix = [\"Policy.ReadWrite.Authorization\"]\n\
         [[write]]\nid = \"on\"\nhttp = \"PATCH /v1.0/admin/switch\"\nbody = { on = true }\n\
         undo = { http = \"PATCH /v1.0/admin/switch\", body = { on = \"never\", by = \"me\" } }\n",
    );
    let ran = sandbox.run(&["test", &mine]).exits(3);
    for mistake in [
        "after the rollback /admin/switch by is \"me\", before the run it was absent",
        "after the rollback /admin/switch on is \"never\", before the run it was false",
    ] {
        assert!(ran.stdout.contains(mistake), "{mistake}\n{}", ran.all());
    }
}
