//! The one file of settings that a person may keep, as text.

use std::path::PathBuf;

use anyhow::Result;

/// Reads the file; none where there is none.
pub type Read = dyn Fn() -> Result<Option<String>> + Send + Sync;
/// Replaces the file in one step.
pub type Write = dyn Fn(&str) -> Result<()> + Send + Sync;

/// The file, and what can be done with it.
pub struct ConfigFile {
    /// Where it is, for errors.
    pub path: PathBuf,
    /// Reads it.
    pub read: Box<Read>,
    /// Writes it.
    pub write: Box<Write>,
}
