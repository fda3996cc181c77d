//! What README and authors' guide promise is what the program does: the example is a wizard, the commands are those of
//! the gate.

#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::path::Path;

use fixforme::ports::sign_in_method::{METHODS, SignsIn};

use crate::support::sandbox::Sandbox;

const README: &str = include_str!("../../README.md");
const GUIDE: &str = include_str!("../../wizards/README.md");

/// Returns the code blocks of a page that follow a line `<!-- KIND: NAME -->`, with their names.
fn blocks(page: &str, kind: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix(&format!("<!-- {kind}: ")).and_then(|rest| rest.strip_suffix(" -->"));
        let Some(name) = name else { continue };
        let body = lines.by_ref().skip_while(|line| !line.starts_with("```")).skip(1);
        let code: Vec<&str> = body.take_while(|line| !line.starts_with("```")).collect();
        found.push((name.to_owned(), code.join("\n") + "\n"));
    }
    found
}

#[test]
fn the_first_wizard_lints_and_passes_its_case() {
    let sandbox = Sandbox::new();
    let files = blocks(GUIDE, "example");
    assert_eq!(files.len(), 5, "the guide's example is five files");
    for (name, text) in files {
        sandbox.write(&name, &text);
    }
    for command in ["lint", "test", "guide", "permissions"] {
        let _ = sandbox.run(&[command, "./guest-invites"]).exits(0);
    }
}

fn read(sandbox: &Sandbox, name: &str) -> String {
    fs_err::read_to_string(sandbox.folder.path().join(name)).unwrap()
}

#[test]
fn every_way_to_sign_in_is_told_of() {
    let names: Vec<String> = METHODS.iter().map(|row| format!("`{}`", row.name)).collect();
    let row = format!("| `--sign-in METHOD` | {};", names.join(", "));
    assert!(README.contains(&row), "the README's row of `--sign-in` lists the table of methods, in its order: {row}");
    let (_, section) = README.split_once("# Sign in without a person\n").unwrap();
    let section = section.split_once("\n#").map_or(section, |(section, _)| section);
    for row in METHODS.iter().filter(|row| row.who != SignsIn::Person) {
        let own = row.variables.iter().map(|variable| variable.name()).filter(|name| *name != "FIXFORME_CLIENT_ID");
        let ways = [format!("--sign-in {}", row.name), format!("--{} FILE", row.name)];
        let is_told = ways.iter().map(String::as_str).chain(own).any(|word| section.contains(word));
        assert!(is_told, "`{}` signs in without a person, and the README's table of those does not say how", row.name);
    }
}

#[test]
fn new_makes_the_first_wizard_of_the_guide() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["new", "./guest-invites"]).exits(0);
    for (name, text) in blocks(GUIDE, "example") {
        assert_eq!(read(&sandbox, &name), text, "{name}");
        assert!(ran.stdout.contains(&format!("./{name}")), "{}", ran.all());
    }
    // Nothing that is there is overwritten.
    sandbox.write("guest-invites/wizard.toml", "mine");
    let ran = sandbox.run(&["new", "./guest-invites"]).exits(2);
    assert!(ran.stderr.contains("`./guest-invites` is there already, and not empty"), "{}", ran.all());
    assert_eq!(read(&sandbox, "guest-invites/wizard.toml"), "mine");
}

#[test]
fn new_takes_the_folders_name_as_id_or_says_why_not() {
    let sandbox = Sandbox::new();
    let _ = sandbox.run(&["new", "./deep/down/mail-flow/"]).exits(0);
    assert!(read(&sandbox, "deep/down/mail-flow/wizard.toml").contains("id      = \"mail-flow\""));
    let _ = sandbox.run(&["test", "./deep/down/mail-flow"]).exits(0);
    let ran = sandbox.run(&["--output", "json", "new", "./other"]).exits(0);
    let row: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&row["type"], &row["wizard"], row["files"].as_array().unwrap().len()),
        (&"made".into(), &"other".into(), 5)
    );
    for (name, words) in [
        ("./Mail Flow", "`Mail Flow` cannot be"),
        ("./a\"b", "cannot be"),
        ("./sspr-admins", "ships with the program"),
        ("./..", "the folder needs a name"),
        ("plain", "a folder is written with a path separator: `./plain`"),
    ] {
        let ran = sandbox.run(&["new", name]).exits(2);
        assert!(ran.stderr.contains(words), "{name}: {}", ran.all());
        assert!(!sandbox.folder.path().join(name).join("wizard.toml").exists(), "{name}");
    }
}

#[test]
fn the_action_of_the_guide_is_made_once_and_taken_back() {
    let sandbox = Sandbox::new();
    let _ = sandbox.run(&["new", "./acts"]).exits(0);
    let blocks = blocks(GUIDE, "action");
    let [(name, text)] = blocks.as_slice() else { panic!("one action is shown: {blocks:?}") };
    sandbox.write(&format!("acts/{name}"), text);
    let wizard = read(&sandbox, "acts/wizard.toml");
    sandbox.write("acts/wizard.toml", &format!("{wizard}\n[[steps]]\nid = \"helpdesk\"\nfile = \"{name}\"\n"));
    let expect = read(&sandbox, "acts/rehearsal/open/expect.toml");
    let both = expect.replace("[\"invites\"]", "[\"invites\", \"helpdesk\"]");
    sandbox.write("acts/rehearsal/open/expect.toml", &both);
    let ran = sandbox.run(&["lint", "./acts"]).exits(0);
    assert!(ran.stdout.contains("no mistakes\n"), "{}", ran.all());
    let _ = sandbox.run(&["test", "./acts"]).exits(0);
    let answers = "acts/rehearsal/open/answers.toml";
    let lost = ["rehearse", "./acts", "--yes", "--answers", answers, "--fault", "drop=POST /v1.0/groups"];
    let ran = sandbox.run(&lost).exits(0);
    assert!(ran.stdout.contains("2 changes were made and verified."), "{}", ran.all());
}

#[test]
fn the_gate_finds_its_commands_in_the_readme() {
    let commands = blocks(README, "ci");
    let names: Vec<&str> = commands.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["pipe", "test"], "`.ci/run` takes the commands after `<!-- ci: NAME -->` from the README");
    assert!(commands.iter().all(|(_, code)| code.lines().count() == 1), "{commands:?}");
}

#[test]
fn the_guide_names_every_filter() {
    for filter in fixforme::expr::FILTERS {
        let written = [format!("\\| {}`", filter.name), format!("\\| {}(", filter.name)];
        assert!(written.iter().any(|form| GUIDE.contains(form)), "the guide lacks the filter `{}`", filter.name);
    }
}

#[test]
fn every_case_of_the_shipped_wizards_ends_as_expected() {
    let sandbox = Sandbox::new();
    let wizards = Path::new(env!("CARGO_MANIFEST_DIR")).join("wizards");
    for entry in fs_err::read_dir(wizards).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let _ = sandbox.run(&["test", path.to_str().unwrap()]).exits(0);
        }
    }
}
