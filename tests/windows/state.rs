//! The state folder on Windows: made for its owner alone, and refused when it is open to others.
//!
//! Wine shows access lists as this machine's modes, and the other way round: administrators are the group.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::program::{Download, windows_path};
use crate::support::sandbox::{Ran, project};

fn mode(path: &Path) -> u32 {
    fs_err::metadata(path).unwrap().permissions().mode() & 0o777
}

fn open_to(path: &Path, mode: u32) {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn rehearse(download: &Download, state: &Path) -> Ran {
    let answers = project("wizards/sspr-admins/rehearsal/contoso/answers.toml");
    let mut command = download.command(&["rehearse", "sspr-admins", "--yes", "--answers", &answers]);
    command.env("FIXFORME_STATE_DIR", windows_path(state));
    Ran::of(command.output().unwrap())
}

#[test]
fn a_state_folder_is_made_for_its_owner_alone_with_every_folder_above_it_that_is_missing() {
    let download = Download::new();
    open_to(download.folder.path(), 0o755);
    let state = download.folder.path().join("above").join("state");
    let _ = rehearse(&download, &state).exits(0);
    let journals = state.join("rehearsals");
    for folder in [state.parent().unwrap(), &state, &journals, &journals.join("runs")] {
        assert_eq!(mode(folder) & 0o007, 0, "{}", folder.display());
    }
    for file in ["journal.key", "runs"] {
        assert!(journals.join(file).exists(), "{file}");
    }
}

#[test]
fn a_state_folder_that_is_open_to_others_is_refused() {
    let download = Download::new();
    let state = download.folder.path().join("state");
    let _ = rehearse(&download, &state).exits(0);
    let journals = state.join("rehearsals");
    let runs = || fs_err::read_dir(journals.join("runs")).unwrap().count();
    assert_eq!(runs(), 1);
    for (folder, others) in
        [(&journals, 0o777), (&journals, 0o755), (&journals, 0o703), (&journals.join("runs"), 0o755)]
    {
        open_to(folder, others);
        let ran = rehearse(&download, &state);
        let words = format!("`{}` is open to others (S-1-1-0)", windows_path(folder));
        assert!(ran.code != 0 && ran.stderr.contains(&words), "{others:o}: {}", ran.all());
        assert!(ran.all().contains("Nothing was changed."), "{}", ran.all());
        open_to(folder, 0o750);
    }
    assert_eq!(runs(), 1);
    let _ = rehearse(&download, &state).exits(0);
}
