//! A look at every entry of an archive, before anything of it is unpacked.
//!
//! The archive is the one that a signed index describes, so whatever is wrong in it was signed by us. It is refused all
//! the same: a file that leads out of its folder, a link, a second file of the same name, more bytes than were announced.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use fs_err as fs;

use crate::ports::installation::Archive;
use crate::ports::text::one_line;

/// An archive holds one executable and a few texts.
const MOST_ENTRIES: usize = 32;
/// What the texts and the archive's own bookkeeping may come to.
const MOST_OTHER_BYTES: u64 = 4 << 20;

/// The folder inside the archive: its own name without the ending.
pub(super) fn folder(archive: &Archive) -> &str {
    archive.name.strip_suffix(".tar.gz").unwrap_or(&archive.name)
}

/// The executable's path inside the archive.
pub(super) fn executable(archive: &Archive) -> String {
    let ending = if archive.target.contains("windows") { ".exe" } else { "" };
    format!("{}/fixforme{ending}", folder(archive))
}

/// Looks at every entry. Fails where one is not a plain file directly in the archive's folder.
pub(super) fn look(path: &Path, archive: &Archive) -> Result<()> {
    let most = archive.executable_length + MOST_OTHER_BYTES;
    let unpacked = GzDecoder::new(fs::File::open(path)?).take(most);
    let mut seen: Vec<String> = Vec::new();
    let mut archive_reader = tar::Archive::new(unpacked);
    for entry in archive_reader.entries().context("the archive cannot be read")? {
        // A cut stream shows here as well, be it cut by the limit or by whoever packed it.
        let entry = entry.context("the archive is damaged, or unpacks to more than was announced")?;
        ensure!(seen.len() < MOST_ENTRIES, "the archive has more than {MOST_ENTRIES} entries");
        let bytes = entry.path_bytes();
        let Ok(name) = std::str::from_utf8(&bytes) else { bail!("an entry of the archive has no readable name") };
        let name = name.to_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            ensure!(name.trim_end_matches('/') == folder(archive), "the archive holds a folder `{}`", one_line(&name));
            continue;
        }
        ensure!(kind.is_file(), "the archive holds `{}`, which is not a plain file", one_line(&name));
        let plain = |inside: &str| {
            let character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !inside.starts_with('.') && !inside.is_empty() && inside.chars().all(character)
        };
        let inside = name.strip_prefix(folder(archive)).and_then(|rest| rest.strip_prefix('/'));
        ensure!(inside.is_some_and(plain), "the archive holds `{}`, outside of its folder", one_line(&name));
        // Windows does not tell names apart by case.
        let small = name.to_lowercase();
        ensure!(!seen.contains(&small), "the archive holds `{}` twice", one_line(&name));
        if name == executable(archive) {
            let (size, announced) = (entry.size(), archive.executable_length);
            ensure!(size == announced, "the executable has {size} bytes, and {announced} were announced");
        } else {
            ensure!(entry.size() <= MOST_OTHER_BYTES, "`{}` is too large", one_line(&name));
        }
        seen.push(small);
    }
    ensure!(seen.contains(&executable(archive)), "the archive does not hold `{}`", executable(archive));
    Ok(())
}
