//! Folders and files that only their owner may touch, and that are what they seem.
//!
//! On Unix a folder is refused when it is a link, belongs to somebody else, or may be written to by others: whoever
//! can write there could hand us a journal, or lead a write elsewhere. On Windows a folder is made with an access list for
//! its owner, the system and administrators, which everything in it inherits, and is refused when anybody else is on it.

#[cfg(windows)]
mod win32;

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use fs_err as fs;

/// Creates the folder, for its owner only, or takes the one that is there; either is checked, since not every disk knows
/// of owners.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    let folder = without_trailing_slash(folder);
    match create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("failed to create the folder `{}` for state", folder.display()))
        }
        _ => check(&folder),
    }
}

/// Creates the folder, for its owner only. Fails where anything of that name is there.
#[cfg(unix)]
pub(super) fn create_new(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    std::fs::DirBuilder::new().mode(0o700).create(folder)
}

/// Creates the folder, for its owner only. Fails where anything of that name is there.
#[cfg(windows)]
pub(super) fn create_new(folder: &Path) -> io::Result<()> {
    win32::create(folder)
}

/// Checks a folder that is there.
pub(super) fn check(folder: &Path) -> Result<()> {
    let folder = without_trailing_slash(folder);
    let about = fs::symlink_metadata(&folder).context("failed to look at the folder for state")?;
    if about.is_symlink() {
        bail!(
            "`{}` is a link; state is only kept in a real folder. Give the folder that it leads to",
            folder.display()
        );
    }
    if !about.is_dir() {
        bail!("`{}` is not a folder. Move it away, or give another folder for state", folder.display());
    }
    check_owner(&folder, &about)
}

#[cfg(unix)]
fn check_owner(folder: &Path, about: &std::fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let me = rustix::process::geteuid().as_raw();
    if about.uid() != me {
        bail!(
            "`{}` belongs to another user (id {}, yours is {me}), who could change the journals. \
             Run as that user, or give another folder for state",
            folder.display(),
            about.uid()
        );
    }
    if about.mode() & 0o022 != 0 {
        bail!(
            "`{0}` may be written to by other users, who could change the journals. Run `chmod go-w {0}` and look at what is in it",
            folder.display()
        );
    }
    Ok(())
}

#[cfg(windows)]
fn check_owner(folder: &Path, _about: &std::fs::Metadata) -> Result<()> {
    let stranger = win32::stranger(folder)
        .with_context(|| format!("failed to find out who may use the folder `{}`", folder.display()))?;
    if let Some(stranger) = stranger {
        bail!(
            "`{0}` is open to others ({stranger}), who could read or change the journals. Run `icacls \"{0}\"` and look at \
             what is in it, or give another folder for state",
            folder.display()
        );
    }
    Ok(())
}

/// Parents that are missing are made for the owner alone, too.
fn create(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent().filter(|parent| !parent.exists()) {
        match create(parent) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    create_new(folder)
}

/// Options for a file that only its owner may read, and that is never reached through a link.
pub(super) fn owner_only() -> fs::OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has a mode to set"))]
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use fs::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    options
}

/// Makes the names in a folder durable. Windows has no such call and needs none.
pub(super) fn sync(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    let _ = folder;
    Ok(())
}

/// `lstat("link/")` looks at what the link leads to.
fn without_trailing_slash(folder: &Path) -> PathBuf {
    folder.components().collect()
}
