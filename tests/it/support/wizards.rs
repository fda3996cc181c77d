//! Wizards for tests: folders of `tests/lab`, and small ones put together in a test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use fixforme::wizard::diagnostic::Report;
use fixforme::wizard::{Wizard, WizardSource};

use crate::support::sandbox::Sandbox;

/// The head of a small wizard whose one step stands in `step.toml`.
pub const HEAD: &str = r#"format  = 1
id      = "lab"
version = "1.0.0"
title   = "Lab"
summary = "A small wizard."

[data.people]
rows = [{ user = "ann@contoso.example", mobilePhone = "+1 4255550100" }]

[inputs.user]
type  = "upn"
label = "Whose account?"

[inputs.phone]
type  = "phone"
label = "Which number?"

[inputs.given]
type    = "phone"
label   = "Which number?"
default = "+1 4255550100"

[inputs.suggested]
type    = "phone"
label   = "Which number?"
suggest = "+1 4255550100"

[inputs.chosen]
type    = "choice"
label   = "Which number?"
options = [{ value = "+1 4255550100", label = "One" }, { value = "+1 4255550101", label = "Other" }]

[inputs.token]
type  = "secret"
label = "A secret"

[inputs.numbers]
type    = "csv"
label   = "Numbers"
columns = { user = "upn", phone = "phone" }

[[steps]]
id   = "step"
file = "step.toml"
"#;

/// Reads all files of a folder, by name.
pub fn folder(path: &str) -> BTreeMap<String, String> {
    let root = std::path::PathBuf::from(path);
    let mut files = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let at = entry.unwrap().path();
            if at.is_dir() {
                folders.push(at);
            } else {
                let name = at.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs_err::read_to_string(&at).unwrap());
            }
        }
    }
    files
}

/// Reads a wizard of a head and further files.
pub fn wizard(head: &str, files: &[(&str, &str)]) -> Result<(Wizard, Report), Report> {
    let mut all: BTreeMap<String, String> = files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    all.insert("wizard.toml".into(), head.into());
    Wizard::from_files(WizardSource::Folder("lab".into()), all)
}

/// Reads the small wizard with a step and returns what is said about it.
pub fn said(step: &str) -> String {
    match wizard(HEAD, &[("step.toml", step)]) {
        Ok((_, report)) => report.render(false),
        Err(report) => report.to_string(),
    }
}

/// Reads the small wizard with a step and returns the titles of its errors.
pub fn errors(step: &str) -> Vec<String> {
    match wizard(HEAD, &[("step.toml", step)]) {
        Ok(_) => Vec::new(),
        Err(report) => {
            let errors = report.diagnostics().iter().filter(|each| each.is_error);
            errors.map(|each| each.title.clone()).collect()
        }
    }
}

/// A change that cannot be taken back.
pub const PASSWORD: &str = r#"
kind   = "actions"
title  = "A new password"
why    = "For a test."
scopes = { check = ["User.Read.All"], fix = ["User-PasswordProfile.ReadWrite.All"] }

[[write]]
id           = "reset"
http         = "PATCH /v1.0/users/b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01"
body         = { passwordProfile = { password = "{{ generated.password }}" } }
irreversible = "The old password is not known."
"#;

/// A step that wants a value for one field of one object; `wanted` is an expression.
pub fn setting(title: &str, path: &str, field: &str, wanted: &str) -> String {
    format!(
        "kind = \"setting\"\ntitle = {title:?}\n\n[[object]]\nid = \"it\"\nget = {path:?}\nfields = [{field:?}]\n\
         managed = [{field:?}]\ndesired = {{ {field} = {wanted:?} }}\n\n[verify]\nup_to = \"1s\"\n"
    )
}

/// Two settings, each an object of its own, so that the second can fail after the first was made.
pub fn two_settings(sandbox: &Sandbox) {
    let step = |id: &str| {
        format!(
            "kind = \"setting\"\ntitle = \"Setting {id}\"\nwhy = \"A reason.\"\nseverity = \"low\"\nrisk = \"one-object\"\n\n\
             [scopes]\ncheck = [\"Policy.Read.All\"]\nfix = [\"Policy.ReadWrite.Authorization\"]\n\n\
             [[object]]\nid = \"it\"\nget = \"/v1.0/policies/{id}\"\nfields = [\"on\"]\nmanaged = [\"on\"]\ndesired = {{ on = \"true\" }}\n"
        )
    };
    let steps: String = ["one", "two"].map(|id| format!("\n[[steps]]\nid = \"{id}\"\nfile = \"{id}.toml\"\n")).concat();
    sandbox.write(
        "two/wizard.toml",
        &format!(
            "format = 1\nid = \"two\"\nversion = \"0.1.0\"\ntitle = \"Two settings\"\nsummary = \"Two.\"\n{steps}"
        ),
    );
    sandbox.write("two/one.toml", &step("one"));
    sandbox.write("two/two.toml", &step("two"));
    let objects = ["one", "two"].map(|id| format!("[objects.\"/v1.0/policies/{id}\"]\non = false\n")).concat();
    sandbox.write("two/rehearsal/off/tenant.toml", &objects);
    sandbox.write(
        "two/rehearsal/off/answers.toml",
        "wizard = \"two\"\nversion = \"0.1.0\"\napprove = [\"one\", \"two\"]\n",
    );
    sandbox.write("two/rehearsal/off/expect.toml", "exit = 3\nchanges = [\"one\", \"two\"]\n");
}
