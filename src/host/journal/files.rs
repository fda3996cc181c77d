//! The folder of journals: creating, appending durably, reading, listing, locking.

use std::collections::HashMap;
use std::io::{BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;
use ring::{digest, hmac};

use crate::host::Interrupt;
use crate::host::secure_folder;
use crate::ports::Journal;
use crate::ports::journal::{Integrity, Records, RunFile};

use super::key;
use super::line::{Chain, scan};

/// The journals of one state folder. Nothing is created before the first run is.
pub struct JournalFolder {
    state: PathBuf,
    interrupt: Interrupt,
    open: Mutex<HashMap<String, Open>>,
}

/// A journal that this process appends to.
struct Open {
    file: fs::File,
    key: hmac::Key,
    chain: Chain,
    /// Set when an append failed: what is on the disk behind the last whole line is not known then.
    broken: bool,
}

impl JournalFolder {
    /// Makes the journals of a state folder; each durable record tells `interrupt` that the outcome of the writes
    /// before it is known.
    pub fn new(state: PathBuf, interrupt: Interrupt) -> Self {
        Self { state, interrupt, open: Mutex::default() }
    }

    fn runs(&self) -> PathBuf {
        self.state.join("runs")
    }

    fn path(&self, run: &str) -> Result<PathBuf> {
        ensure!(is_run_id(run), "`{}` is not the id of a run; `fixforme runs` lists them", run.escape_debug());
        Ok(self.runs().join(format!("{run}.ndjson")))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the journal of an earlier run to write on: behind its last whole line.
    fn reopen(&self, run: &str) -> Result<Open> {
        let path = self.path(run)?;
        secure_folder::check(&self.state)?;
        secure_folder::check(&self.runs())?;
        // Cutting off needs a handle that may write anywhere; what is kept for appending may not.
        let file = secure_folder::owner_only().read(true).write(true).open(&path)?;
        let key = key::find_or_create(&self.state)?;
        let found = scan(BufReader::new(&file), run, Some(&key)).with_context(|| unreadable(&path))?;
        if let Integrity::Damaged { line, reason } = found.integrity {
            bail!(
                "the journal `{}` is damaged in line {line} ({reason}); nothing more is written to it",
                path.display()
            );
        }
        // A torn record would stand in the middle once something follows it.
        file.set_len(found.whole_bytes)?;
        file.sync_all()?;
        let file = secure_folder::owner_only().append(true).open(&path)?;
        Ok(Open { file, key, chain: found.chain, broken: false })
    }
}

impl JournalFolder {
    /// Makes the folders, or judges those that are there.
    fn folders(&self) -> Result<()> {
        secure_folder::ensure(&self.state)?;
        secure_folder::ensure(&self.runs())
    }
}

impl Journal for JournalFolder {
    fn ready(&self) -> Result<()> {
        self.folders()?;
        let trial = self.runs().join(format!("trial-{}", std::process::id()));
        secure_folder::owner_only().create(true).truncate(false).write(true).open(&trial)?;
        match fs::remove_file(&trial) {
            // Another run of this process has had the same trial, and has removed it already.
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn create(&self, run: &str) -> Result<()> {
        let path = self.path(run)?;
        self.folders()?;
        let key = key::find_or_create(&self.state)?;
        let file = secure_folder::owner_only().append(true).create_new(true).open(&path)?;
        file.sync_all()?;
        secure_folder::sync(&self.runs())?;
        let chain = Chain::begin(run, Some(&key));
        self.open().insert(run.to_owned(), Open { file, key, chain, broken: false });
        Ok(())
    }

    fn append(&self, run: &str, record: String) -> Result<()> {
        let mut open = self.open();
        let journal = match open.entry(run.to_owned()) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(self.reopen(run)?),
        };
        if journal.broken {
            bail!(
                "the journal of run {run} could not be written before, so nothing more is written to it; \
                 make room on the disk and run `fixforme resume {run}`"
            );
        }
        let (line, chain) = journal.chain.next(&journal.key, record)?;
        let written = journal.file.write_all(&line).and_then(|()| journal.file.sync_data());
        if let Err(error) = written {
            journal.broken = true;
            return Err(error).context("the journal could not be written; no further change may be made in this run");
        }
        journal.chain = chain;
        self.interrupt.set_settled(true);
        Ok(())
    }

    fn read(&self, run: &str) -> Result<Records> {
        let path = self.path(run)?;
        let file = match secure_folder::owner_only().read(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("there is no run {run} in `{}`; `fixforme runs` lists them", self.state.display())
            }
            Err(error) => return Err(error.into()),
        };
        secure_folder::check(&self.state)?;
        secure_folder::check(&self.runs())?;
        let key = key::find(&self.state)?;
        let found = scan(BufReader::new(file), run, key.as_ref()).with_context(|| unreadable(&path))?;
        Ok(Records { records: found.records, integrity: found.integrity })
    }

    fn list(&self) -> Result<Vec<RunFile>> {
        let entries = match fs::read_dir(self.runs()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        // What else lies there, and what vanishes meanwhile, is none of our runs.
        let mut runs: Vec<RunFile> = entries.filter_map(|entry| run_file(&entry.ok()?)).collect();
        // A run's id begins with the time of its start. What was written to last may be an older run that was resumed.
        runs.sort_by(|one, other| other.run.cmp(&one.run));
        Ok(runs)
    }

    fn delete(&self, run: &str) -> Result<()> {
        let path = self.path(run)?;
        self.open().remove(run);
        fs::remove_file(&path)?;
        secure_folder::sync(&self.runs())
    }

    fn lock(&self, tenant: &str) -> Result<Option<Box<dyn Send>>> {
        let locks = self.state.join("locks");
        secure_folder::ensure(&self.state)?;
        secure_folder::ensure(&locks)?;
        let file = secure_folder::owner_only()
            .create(true)
            .truncate(false)
            .write(true)
            .open(locks.join(format!("{}.lock", name_of(tenant))))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("failed to lock `{}`", locks.display()))
            }
        }
    }

    fn location(&self, run: &str) -> String {
        self.path(run).unwrap_or_else(|_| self.runs()).display().to_string()
    }
}

/// Only the exact text of a UUID becomes a file's name.
fn is_run_id(run: &str) -> bool {
    uuid::Uuid::try_parse(run).is_ok_and(|id| id.hyphenated().to_string() == run)
}

fn run_file(entry: &fs::DirEntry) -> Option<RunFile> {
    let name = entry.file_name();
    let run = Path::new(&name).to_str()?.strip_suffix(".ndjson")?;
    entry.metadata().ok().filter(|about| about.is_file() && is_run_id(run))?;
    Some(RunFile { run: run.to_owned() })
}

/// A tenant's name for its lock: an id, a domain or anything else becomes a plain file name.
fn name_of(tenant: &str) -> String {
    let hash = digest::digest(&digest::SHA256, tenant.to_ascii_lowercase().as_bytes());
    hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn unreadable(path: &Path) -> String {
    format!("failed to read the journal `{}`", path.display())
}
