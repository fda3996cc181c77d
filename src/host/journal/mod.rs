//! Journals as files: one a run, append-only, owner-only, chained with this state folder's key.
//!
//! `runs/<run>.ndjson` holds the records, `journal.key` the key, `locks/` the locks by which one run at a time writes
//! to a tenant. What a record means is not known here.

mod files;
mod key;
mod line;

pub use files::JournalFolder;
