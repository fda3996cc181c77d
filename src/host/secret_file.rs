//! The file that a person names for secrets which are shown once.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use fs_err as fs;

/// Appends `text` to the file, which is made where there is none, for its owner alone. An empty text only proves that
/// the file is fit.
pub fn append(path: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        // Neither led elsewhere by a link, nor held up by a pipe that nobody reads.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits() as i32);
    }
    let mut file = options.open(path).context("failed to open the file for the secret; name a new one")?;
    fit(&file.metadata()?, path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

/// Judges the open file, not its name, which may mean another one by now.
fn fit(about: &std::fs::Metadata, path: &Path) -> Result<()> {
    let shown = path.display();
    if !about.is_file() {
        bail!("{shown} is not a plain file; name a new file for the secret");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if about.uid() != rustix::process::geteuid().as_raw() {
            bail!("{shown} belongs to another user; name a new file for the secret");
        }
        if about.mode() & 0o077 != 0 {
            bail!("others may read {shown}; name a new file for the secret");
        }
        if about.nlink() != 1 {
            bail!("{shown} has a second name; name a new file for the secret");
        }
    }
    Ok(())
}
