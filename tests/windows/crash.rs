//! A program that is ended in the middle of a change: the next one finds out how the tenant stands.

use crate::desktop::{Desktop, pause};
use crate::program::{Download, windows_path};
use crate::support::sandbox::{Served, project};

/// The practice tenant of the shipped case, whose writes show at once, and which carries out the second change and does
/// not answer.
fn stalling() -> Served {
    let seed = fs_err::read_to_string(project("wizards/sspr-admins/rehearsal/contoso/tenant.toml")).unwrap();
    Served::start(&seed.replace(r#"= "2s""#, r#"= "0s""#), &["stall-after=POST /v1.0/users/*/authentication/*"])
}

/// A copy of the wizard beside the program that looks for a second whether a change shows, not for a minute.
fn quick_wizard(download: &Download) -> Vec<String> {
    let folder = download.folder.path().join("wizard");
    fs_err::create_dir(&folder).unwrap();
    for entry in fs_err::read_dir(project("wizards/sspr-admins")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let mut text = fs_err::read_to_string(&path).unwrap();
            if text.contains("= \"setting\"") && !text.contains("[verify]") {
                text += "\n[verify]\nup_to = \"1s\"\n";
            }
            fs_err::write(folder.join(path.file_name().unwrap()), text).unwrap();
        }
    }
    let answers = windows_path(project("wizards/sspr-admins/rehearsal/contoso/answers.toml").as_ref());
    ["run", r".\wizard", "--yes", "--answers", &answers].map(str::to_owned).to_vec()
}

fn wait_for_stall(tenant: &Served) {
    for _ in 0..800 {
        if tenant.server.stalled() > 0 {
            return;
        }
        pause();
    }
    panic!("the change was never sent");
}

fn go_on(tenant: &Served) {
    tenant.tenant().set_faults(Vec::new());
    tenant.server.release();
    while tenant.server.stalled() > 0 {
        pause();
    }
}

/// Opens a run in a window of its own and lets it come to the change that stalls.
fn opened(download: &Download, tenant: &Served) -> Desktop {
    let mut args = quick_wizard(download);
    args.extend(["--graph-root".to_owned(), tenant.server.root()]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let desktop = Desktop::opens_with(download, &args, &[("FIXFORME_ACCESS_TOKEN", &tenant.token())]);
    wait_for_stall(tenant);
    desktop
}

/// The kinds of records of the one journal, in order.
fn records(download: &Download) -> Vec<String> {
    let runs = download.state().join("runs");
    let mut journals: Vec<_> = fs_err::read_dir(runs).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(journals.len(), 1, "{journals:?}");
    let text = fs_err::read_to_string(journals.remove(0)).unwrap();
    let kind = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["r"]["type"].as_str().unwrap_or_default().to_owned()
    };
    text.lines().map(kind).collect()
}

#[test]
fn what_the_task_manager_ended_in_the_middle_of_a_change_is_resumed() {
    let (download, tenant) = (Download::new(), stalling());
    let mut desktop = opened(&download, &tenant);
    desktop.kills();
    assert_eq!(desktop.ends(), 1, "the code that the task manager gives");
    go_on(&tenant);
    let ran = download.run_at(&tenant, &["resume", "--yes"]).exits(0);
    assert!(ran.stdout.contains("4 changes"), "{}", ran.all());
}

#[test]
fn a_window_that_is_closed_leaves_a_change_in_flight_to_resume() {
    let (download, tenant) = (Download::new(), stalling());
    let mut desktop = opened(&download, &tenant);
    desktop.closes();
    desktop.ends();
    go_on(&tenant);
    let ran = download.run_at(&tenant, &["resume", "--yes"]).exits(0);
    assert!(ran.stdout.contains("4 changes"), "{}", ran.all());
}

#[test]
fn a_closing_window_lets_a_change_in_flight_have_its_outcome_written_down() {
    let (download, tenant) = (Download::new(), stalling());
    let mut desktop = opened(&download, &tenant);
    desktop.is_closing();
    pause();
    go_on(&tenant);
    assert_eq!(desktop.ends(), 130);
    let records = records(&download);
    let count = |kind: &str| records.iter().filter(|record| *record == kind).count();
    assert_eq!((count("intent"), count("outcome")), (2, 2), "{records:?}");
    let _ = download.run_at(&tenant, &["rollback", "--yes"]).exits(0);
}

#[test]
fn a_closing_window_does_not_wait_for_an_answer_that_never_comes_and_calls_it_unknown() {
    let (download, tenant) = (Download::new(), stalling());
    let mut desktop = opened(&download, &tenant);
    desktop.is_closing();
    assert_eq!(desktop.ends(), 8);
    let records = records(&download);
    let count = |kind: &str| records.iter().filter(|record| *record == kind).count();
    assert_eq!((count("intent"), count("outcome")), (2, 1), "{records:?}");
    go_on(&tenant);
    let _ = download.run_at(&tenant, &["resume", "--yes"]).exits(0);
}
