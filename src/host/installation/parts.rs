//! The two parts of `self_update` that are used, and the one file that names it.
//!
//! Not its own way of replacing a running program: on Windows that leaves no program at all when it fails half-way, and
//! starts copies of itself and a command line by their bare names. Not its download either: it takes no client of ours,
//! follows an address to plain http, and cannot be made where no certificates are installed.

use std::path::Path;

use anyhow::{Context, Result};
use self_update::{ArchiveKind, Compression, Extract, Move};

/// Unpacks one file of an archive into `folder`, below its path in the archive.
pub(super) fn unpack(archive: &Path, name: &str, folder: &Path) -> Result<()> {
    Extract::from_source(archive)
        .archive(ArchiveKind::Tar(Some(Compression::Gz)))
        .extract_file(folder, name)
        .context("the archive could not be unpacked")
}

/// Puts `new` into the place of `path` in one step: there is never a moment without a program.
///
/// What was there must have a second name, or be gone for good.
#[cfg(not(windows))]
pub(super) fn put(new: &Path, path: &Path) -> Result<()> {
    Move::from_source(new).to_dest(path).with_context(|| not_moved(path))
}

/// How often, and how long apart, Windows is asked: a virus scanner holds a new file for a moment, and lets nobody move it.
#[cfg(windows)]
const TRIES: usize = 20;
#[cfg(windows)]
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(250);

/// Moves the program at `path` to `pending` and `new` into its place. Where the second step fails, it moves it back.
#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "a virus scanner works in real time")]
pub(super) fn swap(new: &Path, path: &Path, pending: &Path) -> Result<()> {
    for _ in 1..TRIES {
        match Move::from_source(new).replace_using_temp(pending).to_dest(path) {
            // Everything is where it was.
            Err(_) if new.is_file() && path.is_file() => std::thread::sleep(BETWEEN),
            moved => return moved.with_context(|| not_moved(path)),
        }
    }
    Move::from_source(new).replace_using_temp(pending).to_dest(path).with_context(|| not_moved(path))
}

fn not_moved(path: &Path) -> String {
    format!("the new program could not be moved to `{}`", path.display())
}
