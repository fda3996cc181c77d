//! Finds and reads the wizard that the command line names, and says what its origin allows.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use secrecy::zeroize::Zeroizing;

use crate::cli::WizardAt;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::event::Level;
use crate::ports::nearest::nearest;
use crate::ports::{Ui, file, unreadable};
use crate::wizard::diagnostic::Report;
use crate::wizard::{Wizard, WizardSource, builtin};

/// More files than a wizard has any use for.
const MOST_FILES: usize = 300;
/// More bytes than any file of a wizard may have.
const MOST_BYTES: u64 = 1 << 22;

/// Loads a wizard, linted: nothing is fetched for one with mistakes.
pub fn load(ui: &dyn Ui, at: &WizardAt) -> Result<Wizard, Failure> {
    let path = match at {
        WizardAt::Shipped(id) => return shipped(id),
        WizardAt::Folder(path) => path,
    };
    let (wizard, warnings) = folder(path)?;
    warn(ui, &warnings);
    Ok(wizard)
}

/// Shows the warnings about files.
pub fn warn(ui: &dyn Ui, warnings: &Report) {
    if !warnings.is_empty() {
        // The frontend says that it warns; the first of them need not say it again.
        let text = warnings.render(false);
        let text = text.strip_prefix("warning: ").unwrap_or(&text).trim_end().to_owned();
        ui.say(Level::Warning, text);
    }
}

fn shipped(id: &str) -> Result<Wizard, Failure> {
    match builtin::load(id) {
        Some(Ok(wizard)) => Ok(wizard),
        Some(Err(report)) => Err(Failure::words(Kind::Internal, report.render(false))),
        None => {
            let failure = Failure::words(Kind::Usage, format!("there is no shipped wizard `{id}`"));
            if Path::new(id).is_dir() {
                return Err(failure.hint(format!("the folder of that name is written with a path separator: `./{id}`")));
            }
            Err(match nearest(id, builtin::shipped().iter().map(|files| files.id)) {
                Some(known) => failure.hint(format!("did you mean `{known}`?")),
                None => failure,
            }
            .hint(
                "`fixforme list` shows the shipped wizards; a folder is written with a path separator, `./my-wizard`",
            ))
        }
    }
}

pub fn folder(path: &Path) -> Result<(Wizard, Report), Failure> {
    judged(path)?.map_err(|report| {
        Failure::words(Kind::Usage, report.render(false)).hint("correct the files, then run it again")
    })
}

/// Loads a wizard from a folder, or returns everything that is wrong with it.
pub fn judged(path: &Path) -> Result<Result<(Wizard, Report), Report>, Failure> {
    let files = read_folder(path).or_fail(Kind::Usage)?;
    Ok(Wizard::from_bytes(WizardSource::Folder(path.display().to_string()), files))
}

/// Reads the TOML files of a wizard's folder: its own, and its cases'.
pub fn read_folder(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    if !folder.is_dir() {
        bail!("{} is not a folder", folder.display());
    }
    if !folder.join("wizard.toml").is_file() {
        bail!("{} holds no `wizard.toml`, so it is not a wizard", folder.display());
    }
    let mut files = BTreeMap::new();
    collect(folder, "", 0, &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, depth: usize, files: &mut BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < 2 && !name.starts_with('.') {
            collect(&entry.path(), &format!("{prefix}{name}/"), depth + 1, files)?;
        } else if kind.is_file() && name.ends_with(".toml") {
            if files.len() == MOST_FILES {
                bail!("{} holds more than {MOST_FILES} files", folder.display());
            }
            // One byte more than a file may have is enough to have it refused with its name.
            let bytes = file::read_head_of_plain(&entry.path(), MOST_BYTES)?;
            files.insert(format!("{prefix}{name}"), bytes.to_vec());
        }
    }
    Ok(())
}

/// Reads a file that the person named, with a bound.
pub fn read_bytes(path: &Path, most: u64) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    file::read(path, most).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => anyhow!("`{}` is larger than {most} bytes", path.display()),
        _ => anyhow!("`{}` cannot be read: {}", path.display(), unreadable(&error)),
    })
}

/// Reads a text that the person named, with a bound.
pub fn read_file(path: &Path, most: u64) -> anyhow::Result<String> {
    let bytes = read_bytes(path, most)?;
    file::decode(&bytes).map(|text| text.to_string()).with_context(|| {
        format!("{} is not UTF-8; save it as \"CSV UTF-8\" or with the encoding UTF-8", path.display())
    })
}

/// Loads the shipped wizards, in the order of the menu.
pub fn all_shipped() -> Result<Vec<Wizard>, Failure> {
    let loaded = builtin::shipped().iter().filter_map(|files| builtin::load(files.id));
    let mut wizards = loaded.collect::<Result<Vec<_>, _>>();
    if let Ok(wizards) = &mut wizards {
        wizards.sort_by_key(|wizard| wizard.order);
    }
    wizards.map_err(|report| Failure::words(Kind::Internal, report.render(false)))
}
