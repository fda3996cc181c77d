//! The small files of the state folder in which updates are remembered, and the lock of the one process that updates.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use crate::host::secure_folder;

/// None of the files comes near this.
const MOST_BYTES: u64 = 1 << 20;

/// The folder `update` of the state folder. Nothing is created before something is written.
#[derive(Debug, Clone)]
pub(super) struct Files {
    state: PathBuf,
}

impl Files {
    pub(super) fn new(state: &Path) -> Self {
        Self { state: state.to_path_buf() }
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.state.join("update")
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        self.folder().join(name).is_file()
    }

    /// Reads a file; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>> {
        let path = self.folder().join(name);
        let file = match secure_folder::owner_only().read(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        secure_folder::check(&self.state)?;
        secure_folder::check(&self.folder())?;
        let mut text = String::new();
        let read = file.take(MOST_BYTES + 1).read_to_string(&mut text);
        read.with_context(|| format!("`{}` cannot be read", path.display()))?;
        ensure!(text.len() as u64 <= MOST_BYTES, "`{}` is larger than anything fixforme writes", path.display());
        Ok(Some(text))
    }

    /// Replaces a file in one step.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        self.ensure()?;
        let (path, new) = (self.folder().join(name), self.folder().join(format!("{name}.new")));
        let mut file = secure_folder::owner_only().create(true).truncate(true).write(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, &path)?;
        secure_folder::sync(&self.folder())
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.folder().join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => secure_folder::sync(&self.folder()),
        }
    }

    /// Takes the lock; `None` where another process holds it. It ends with the guard or the process.
    pub(super) fn lock(&self) -> Result<Option<Box<dyn Send>>> {
        self.ensure()?;
        let path = self.folder().join("lock");
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
        secure_folder::ensure(&self.folder())
    }
}
