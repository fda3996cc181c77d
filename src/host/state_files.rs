//! Small files in the state folder, each replaced in one step, and a lock: what is remembered of updates, the settings, and
//! on Windows the sign-ins that are kept.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use super::secure_folder;

/// None of the files comes near this.
const MOST_BYTES: u64 = 1 << 20;

/// The files of the state folder, or of a folder in it. Nothing is created before something is written.
#[derive(Debug, Clone)]
pub struct StateFiles {
    state: PathBuf,
    folder: PathBuf,
}

impl StateFiles {
    /// Takes the folder `name` of the state folder; an empty name means the state folder itself.
    pub fn new(state: &Path, name: &str) -> Self {
        let folder = if name.is_empty() { state.to_path_buf() } else { state.join(name) };
        Self { state: state.to_path_buf(), folder }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns whether there is such a file.
    pub fn exists(&self, name: &str) -> bool {
        self.folder.join(name).is_file()
    }

    /// Reads a file of text; `None` where there is none.
    pub fn read(&self, name: &str) -> Result<Option<String>> {
        let Some(bytes) = self.read_bytes(name)? else { return Ok(None) };
        let text = String::from_utf8(bytes).ok();
        text.with_context(|| format!("`{}` is not text", self.folder.join(name).display())).map(Some)
    }

    /// Reads a file; `None` where there is none.
    pub fn read_bytes(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.folder.join(name);
        let file = match secure_folder::owner_only().read(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        secure_folder::check(&self.state)?;
        secure_folder::check(&self.folder)?;
        let mut bytes = Vec::new();
        let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
        read.with_context(|| format!("`{}` cannot be read", path.display()))?;
        ensure!(bytes.len() as u64 <= MOST_BYTES, "`{}` is larger than anything fixforme writes", path.display());
        Ok(Some(bytes))
    }

    /// Replaces a file in one step.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.ensure()?;
        let (path, new) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let mut file = secure_folder::owner_only().create(true).truncate(true).write(true).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, &path)?;
        secure_folder::sync(&self.folder)
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => secure_folder::sync(&self.folder),
        }
    }

    /// Takes the lock; `None` where another process holds it. It ends with the guard or the process.
    pub fn lock(&self) -> Result<Option<Box<dyn Send>>> {
        self.ensure()?;
        let path = self.folder.join("lock");
        let file = secure_folder::owner_only().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("failed to lock `{}`", path.display()))
            }
        }
    }

    fn ensure(&self) -> Result<()> {
        secure_folder::ensure(&self.state)?;
        secure_folder::ensure(&self.folder)
    }
}
