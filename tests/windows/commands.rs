//! Commands without a window: what a pipeline or a scheduled task sees.

use crate::program::{Download, on_drive_c};
use crate::support::sandbox::project;

#[test]
fn the_version_is_told() {
    let ran = Download::new().run(&["--version"]).exits(0);
    assert_eq!(ran.stdout.trim_end(), format!("fixforme {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unattended_rehearsal_ends_well_and_keeps_its_journal_in_the_profile() {
    let download = Download::new();
    let answers = project("wizards/sspr-admins/rehearsal/contoso/answers.toml");
    // One of an earlier version, from before access lists, would be refused.
    let _ = fs_err::remove_dir_all(on_drive_c(&format!("{}\\fixforme", download.local_data())));
    let mut command = download.command(&["rehearse", "sspr-admins", "--yes", "--answers", &answers]);
    command.env_remove("FIXFORME_STATE_DIR");
    let ran = crate::support::sandbox::Ran::of(command.output().unwrap()).exits(0);
    assert!(ran.stdout.contains("4 changes were made and verified."), "{}", ran.all());
    let journal = ran.stdout.lines().find_map(|line| line.trim().strip_prefix("Journal: ")).unwrap();
    assert!(journal.contains(r"\AppData\Local\fixforme\rehearsals\runs\"), "{journal}");
    assert!(fs_err::read_to_string(on_drive_c(journal)).unwrap().lines().count() > 5, "{journal}");
}

#[test]
fn exit_codes_are_those_of_every_platform() {
    let download = Download::new();
    let _ = download.run(&["lint"]).exits(2);
    let ran = download.run(&["rehearse", "sspr-admins", "--yes"]).exits(4);
    assert!(ran.stderr.contains("--set goal="), "{}", ran.all());
    // Without a console there is nobody to lead.
    let _ = download.run(&[]).exits(2);
}

#[test]
fn a_name_that_means_something_to_a_crate_means_nothing() {
    let download = Download::named("fixforme.__selfdelete__.exe");
    let victim = download.folder.path().join("victim.txt");
    fs_err::write(&victim, "mine").unwrap();
    fs_err::write(download.folder.path().join("cmd.exe"), "nobody starts this").unwrap();
    let _ = download.run(&["0", &crate::program::windows_path(&victim)]).exits(2);
    assert_eq!(fs_err::read_to_string(&victim).unwrap(), "mine");
    let _ = download.run(&["--version"]).exits(0);
}
