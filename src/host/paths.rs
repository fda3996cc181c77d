//! Where state lives: the platform's folder for data of this machine, which does not roam and is not backed up to
//! another one, since the journal's key must not leave it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Looks up a variable of the environment; `settings` hands in the real one.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Returns the state folder: `given`, or else `%LOCALAPPDATA%\fixforme`, `~/Library/Application Support/fixforme`,
/// `$XDG_STATE_HOME/fixforme` or `~/.local/state/fixforme`. Nothing is created.
pub fn state_folder(given: Option<&Path>, environment: Environment<'_>) -> Result<PathBuf> {
    match given {
        Some(given) if given.is_absolute() => Ok(given.to_path_buf()),
        Some(given) => bail!(
            "`{}` (FIXFORME_STATE_DIR) is not an absolute path: started from another folder, fixforme would not find its \
             earlier runs",
            given.display()
        ),
        None => Ok(base(environment)?.join("fixforme")),
    }
}

/// Returns where the program lies when it is installed for one user: `%LOCALAPPDATA%\Programs\fixforme\fixforme.exe`, or
/// `~/.local/bin/fixforme`.
pub fn own_program(environment: Environment<'_>) -> Result<PathBuf> {
    #[cfg(windows)]
    let path = base(environment)?.join("Programs").join("fixforme").join("fixforme.exe");
    #[cfg(not(windows))]
    let path = home(environment)?.join(".local").join("bin").join("fixforme");
    Ok(path)
}

/// Windows gives every session this variable. To ask Windows itself would link two more libraries into the program.
#[cfg(windows)]
fn base(environment: Environment<'_>) -> Result<PathBuf> {
    folder(environment, "LOCALAPPDATA")
        .context("the folder for local application data is not known; give the folder for state by hand")
}

#[cfg(target_os = "macos")]
fn base(environment: Environment<'_>) -> Result<PathBuf> {
    Ok(home(environment)?.join("Library").join("Application Support"))
}

#[cfg(not(any(windows, target_os = "macos")))]
fn base(environment: Environment<'_>) -> Result<PathBuf> {
    match folder(environment, "XDG_STATE_HOME") {
        Some(state) => Ok(state),
        None => Ok(home(environment)?.join(".local").join("state")),
    }
}

#[cfg(not(windows))]
fn home(environment: Environment<'_>) -> Result<PathBuf> {
    match folder(environment, "HOME") {
        Some(home) => Ok(home),
        None => etcetera::home_dir().context("the home folder is not known; give the folder for state by hand"),
    }
}

/// A relative path in such a variable would depend on the current folder and is ignored, as the XDG specification asks.
fn folder(environment: Environment<'_>, name: &str) -> Option<PathBuf> {
    environment(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(all(test, not(any(windows, target_os = "macos"))))]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn found(given: Option<&str>, variables: &[(&str, &str)]) -> Result<PathBuf> {
        let environment =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        state_folder(given.map(Path::new), &environment)
    }

    fn of(given: Option<&str>, variables: &[(&str, &str)]) -> PathBuf {
        found(given, variables).unwrap()
    }

    #[test]
    fn the_state_folder_follows_the_platform() {
        assert_eq!(of(None, &[("HOME", "/home/ann")]), Path::new("/home/ann/.local/state/fixforme"));
        let both = [("HOME", "/home/ann"), ("XDG_STATE_HOME", "/state")];
        assert_eq!(of(None, &both), Path::new("/state/fixforme"));
        let relative = [("HOME", "/home/ann"), ("XDG_STATE_HOME", "state")];
        assert_eq!(of(None, &relative), Path::new("/home/ann/.local/state/fixforme"));
        assert_eq!(of(Some("/elsewhere"), &both), Path::new("/elsewhere"));
        let refused = found(Some("state"), &both).unwrap_err().to_string();
        assert!(refused.contains("(FIXFORME_STATE_DIR) is not an absolute path"), "{refused}");
    }
}
