//! Journals of every version that has shipped, kept for ever: each is listed, reported, settled and rolled back by the
//! program as it is now. A folder of `tests/fixtures/journals/<version>` is a state folder with the tenant as it was
//! before that run, and as the run left it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use serde_json::Value;

use crate::support::crash::kill_when_stalled;
use crate::support::sandbox::{Sandbox, Served, project};

/// Removes what nobody chooses: the id of an object that a rollback created again.
fn without_ids(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter().filter(|(key, _)| key != "id").map(|(key, it)| (key, without_ids(it))).collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_ids).collect()),
        other => other,
    }
}

fn take_back(fixture: &Path) {
    let sandbox = Sandbox::new();
    let seed = |name: &str| Served::start(&fs_err::read_to_string(fixture.join(name)).unwrap(), &[]);
    let (before, tenant) = (seed("before.toml"), seed("after.toml"));
    fs_err::create_dir_all(sandbox.state().join("runs")).unwrap();
    fs_err::copy(fixture.join("journal.key"), sandbox.state().join("journal.key")).unwrap();
    let mut run = String::new();
    for entry in fs_err::read_dir(fixture.join("runs")).unwrap() {
        let path = entry.unwrap().path();
        run = path.file_stem().unwrap().to_str().unwrap().to_owned();
        fs_err::copy(&path, sandbox.state().join("runs").join(path.file_name().unwrap())).unwrap();
    }
    let listed = sandbox.run(&["runs"]).exits(0);
    assert!(listed.stdout.contains(&run), "{}", listed.all());
    let told = sandbox.run(&["report", &run]).exits(0);
    assert!(told.stdout.contains("Journal   whole"), "{}", told.all());
    if listed.stdout.contains("(interrupted") {
        let resumed = sandbox.run_at(&tenant, &["resume", "--yes"]).exits(0);
        assert!(resumed.stdout.contains("changes were made and verified."), "{}", resumed.all());
    }
    let ran = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert!(ran.stdout.contains("made and rolled back."), "{}", ran.all());
    // The objects of a collection stand under their ids, which are compared as the sorted list of what they hold.
    let plain = |tenant: &Served| {
        let mut objects: Vec<String> = without_ids(tenant.canonical())
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, object)| format!("{} {object}", path.rsplit_once('/').unwrap().0))
            .collect();
        objects.sort();
        objects
    };
    assert_eq!(plain(&tenant), plain(&before), "{}\n{}", fixture.display(), ran.all());
}

#[test]
fn journals_of_every_version_are_read_settled_and_rolled_back() {
    let mut taken = 0;
    for version in fs_err::read_dir(project("tests/fixtures/journals")).unwrap() {
        for fixture in fs_err::read_dir(version.unwrap().path()).unwrap() {
            take_back(&fixture.unwrap().path());
            taken += 1;
        }
    }
    assert!(taken >= 2, "only {taken} old journals were found");
}

#[test]
fn a_plan_of_many_changes_is_written_in_parts_and_read_from_them() {
    let seed = r#"
        [organization]
        id = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1"
        displayName = "Big Ltd"
        verifiedDomains = [{ name = "big.example", isDefault = true }]
        [[generate]]
        users = 510
        admins = 1
    "#;
    let (sandbox, tenant) = (Sandbox::new(), Served::start(seed, &["stall=PATCH /v1.0/users/*#2"]));
    let run = sandbox.command_at(&tenant, &["run", &project("tests/lab/crowd"), "--yes"]);
    assert!(kill_when_stalled(run, &tenant));
    let (run, records) = sandbox.journals().remove(0);
    let parts: Vec<(&str, usize)> = records
        .iter()
        .filter(|record| record["type"].as_str().unwrap().starts_with("plan"))
        .map(|record| (record["type"].as_str().unwrap(), record["changes"].as_array().unwrap().len()))
        .collect();
    assert_eq!(parts, [("plan_part", 500), ("plan", 10)]);
    let told = sandbox.run(&["--output", "json", "report", &run]).exits(0);
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(report["changes"].as_array().unwrap().len(), 510);
    let _ = sandbox.run_at(&tenant, &["rollback", "--yes"]).exits(0);
    assert_eq!(tenant.canonical().to_string(), tenant.start);
}
