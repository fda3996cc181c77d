//! `fixforme new`: makes the folder of a first wizard, which lints and passes its case, for its author to change.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use serde_json::json;

use crate::cli;
use crate::commands::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::wizard::{Wizard, WizardSource, builtin, starter};

/// Makes the folder and says what to do with it.
pub fn new(host: &Host, flags: &cli::New) -> Result<ExitCode, Failure> {
    let path = flags.path.as_path();
    let id = path.file_name().and_then(|name| name.to_str()).context("the folder needs a name").or_fail(Kind::Usage)?;
    let files = starter::files(id);
    fits(id, path)?;
    is_free(path)?;
    for (name, text) in &files {
        write(&path.join(name), text).or_fail(Kind::Usage)?;
    }
    let folder = path.display();
    let mut text = format!("{id}: a wizard of one step, and a case to rehearse it\n");
    for name in starter::names() {
        text.push_str(&format!("  {}\n", path.join(name).display()));
    }
    text.push_str(&format!(
        "Change it, and try it as often as you like; no tenant is needed:\n  fixforme lint {folder}\n  \
         fixforme rehearse {folder}\n  fixforme test {folder}\n"
    ));
    let names: Vec<&str> = starter::names().collect();
    host.ui.row(&json!({"type": "made", "wizard": id, "folder": path, "files": names}), &text);
    Ok(ExitCode::AsWanted)
}

/// Refuses a name that is not a wizard's id, before anything is written.
fn fits(id: &str, path: &Path) -> Result<(), Failure> {
    if builtin::shipped().iter().any(|shipped| shipped.id == id) {
        let words = format!("a wizard `{id}` ships with the program, and wins over a folder of that name");
        return Err(Failure::words(Kind::Usage, words).hint("name the folder otherwise"));
    }
    let origin = WizardSource::Folder(path.display().to_string());
    let Err(report) = Wizard::from_files(origin, starter::files(id)) else { return Ok(()) };
    let mut errors = report.diagnostics().iter().filter(|one| one.is_error);
    let Some(error) = errors.next() else { return Ok(()) };
    let failure = Failure::words(Kind::Usage, format!("{}, and the folder's name becomes its id", error.title));
    Err(error.help.iter().fold(failure, |failure, help| failure.hint(help)))
}

/// Refuses a folder that holds something, and what is none.
fn is_free(path: &Path) -> Result<(), Failure> {
    match fs_err::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let words = format!("`{}` is there already, and not empty", path.display());
            Err(Failure::words(Kind::Usage, words).hint("name a folder that is not there yet; nothing is overwritten"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::new(Kind::Usage, error)),
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().ok_or_else(|| anyhow!("`{}` lies in no folder", path.display()))?;
    fs_err::create_dir_all(folder)?;
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
