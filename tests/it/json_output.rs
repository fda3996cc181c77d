//! Results for programs: with `--output json` every line of standard output is an object, of the commands that print
//! data as well.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;

use crate::support::sandbox::{Sandbox, project, prompt_tenant};

#[test]
fn commands_that_print_data_print_one_object_a_line() {
    let sandbox = Sandbox::new();
    let served = prompt_tenant("disable", &[]);
    let _ = sandbox.run_at(&served, &["run", "sspr-admins", "--yes", "--set", "goal=disable"]).exits(0);
    let (run, _) = sandbox.journals().remove(0);
    let lab = project("tests/lab/changes");
    let rows = |args: &[&str]| -> Vec<Value> {
        let ran = sandbox.run(&[args, &["--output", "json"]].concat()).exits(0);
        let rows: Vec<Value> =
            ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["v"] == 1), "{}", ran.all());
        rows
    };
    assert!(rows(&["list"]).iter().any(|row| row["type"] == "wizard" && row["id"] == "sspr-admins"));
    let listed = rows(&["runs"]).remove(0);
    assert_eq!((&listed["type"], &listed["run"], &listed["open"]), (&"run".into(), &run.clone().into(), &false.into()));
    assert_eq!((&listed["state"], &listed["exit"]), (&"1 change was made and verified.".into(), &0.into()));
    let report = rows(&["report", &run]).remove(0);
    assert_eq!((&report["type"], &report["changes"][0]["change"]), (&"report".into(), &"policy".into()));
    let permissions = rows(&["permissions", "sspr-admins"]).remove(0);
    assert_eq!(permissions["type"], "permissions");
    assert!(
        permissions["fix"].as_array().unwrap().iter().any(|each| each["scope"] == "Policy.ReadWrite.Authorization")
    );
    assert_eq!(rows(&["lint", &lab]).last().unwrap()["cases"], serde_json::json!(["lab"]));
    sandbox.write(
        "broken/wizard.toml",
        "format = 1\nid = \"broken\"\nversion = \"0.1.0\"\ntitel = \"x\"\nsummary = \"y\"\n",
    );
    let events = sandbox.run(&["lint", "./broken", "--output", "json"]).exits(2).events();
    let mistake = events.iter().find(|row| row["type"] == "mistake" && row["line"] == 4).unwrap();
    assert_eq!((&mistake["file"], &mistake["column"]), (&"wizard.toml".into(), &1.into()), "{mistake}");
    assert_eq!(mistake["suggestion"], "did you mean `title`?", "{mistake}");
    assert_eq!(events.last().unwrap()["type"], "run.finished");
    let tested = rows(&["test", &lab]);
    assert_eq!(tested.iter().map(|row| row["type"].as_str().unwrap()).collect::<Vec<_>>(), ["case", "tested"]);
    assert_eq!(rows(&["runs", "--yes", "--delete", &run])[0]["run"], run.as_str());
}
