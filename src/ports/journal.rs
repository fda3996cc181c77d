//! Where runs are written down: append-only, one file a run, durable before `append` returns.
//!
//! What the records mean is the engine's business (`engine::record`); this port only keeps their order, their
//! integrity and their secrecy.

use anyhow::Result;
use serde_json::Value;

/// Keeps the journals of one state folder.
pub trait Journal: Send + Sync {
    /// Makes the folder, and fails where no journal could be written.
    fn ready(&self) -> Result<()>;

    /// Creates the journal of a new run, owner-only. Fails if it exists.
    fn create(&self, run: &str) -> Result<()>;

    /// Appends one record, given as JSON on one line, and returns once it is durable (`fsync`).
    fn append(&self, run: &str, record: String) -> Result<()>;

    /// Reads a run's records, as far as they can be trusted.
    fn read(&self, run: &str) -> Result<Records>;

    /// Lists the runs, those that began last first.
    fn list(&self) -> Result<Vec<RunFile>>;

    /// Deletes one run's journal.
    fn delete(&self, run: &str) -> Result<()>;

    /// Takes the lock that lets one run at a time write to `tenant`; it is let go when the guard is dropped or the
    /// process dies. `None` when another process holds it.
    fn lock(&self, tenant: &str) -> Result<Option<Box<dyn Send>>>;

    /// Returns where a run's journal is, for people.
    fn location(&self, run: &str) -> String;
}

/// A run's records as read back.
#[derive(Debug, Clone)]
pub struct Records {
    /// The records in order, all before the first damage.
    pub records: Vec<Value>,
    /// What is known of the file's integrity.
    pub integrity: Integrity,
}

/// The state of a journal file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// Every record is whole and chained with this state folder's key. A torn last record was dropped.
    Whole,
    /// Every record is whole, but the chain does not hold (edited, or from another machine): shown and rolled back
    /// only with typed consent, never under `--yes`.
    Unchained {
        /// The first line whose chain does not hold, from 1.
        line: usize,
    },
    /// A record before the last is damaged: what follows cannot be read, and nothing may be written from it.
    Damaged {
        /// The damaged line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// One journal file.
#[derive(Debug, Clone)]
pub struct RunFile {
    /// The run's id, which is the file's name without its ending.
    pub run: String,
}
