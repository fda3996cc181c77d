//! What every command that changes a tenant stands on, and the one way from an approved plan to changes: run, resume,
//! rollback, and the rollback after a failure.

use std::path::Path;
use std::sync::Arc;

use super::{incremental_consent, secrets};
use crate::commands::account::connect::{Connected, Target};
use crate::commands::host::Host;
use crate::engine::apply::{Apply, Ended};
use crate::engine::approval::Approved;
use crate::engine::deferred::Captured;
use crate::engine::journal_writer::JournalWriter;
use crate::engine::verify::Judge;
use crate::failure::{Failure, Kind, OrFail};

pub struct RunContext<'run> {
    pub host: &'run Host,
    pub target: &'run Target,
    pub connected: &'run Connected,
    /// Where secrets that are shown once go in an unattended run.
    pub reveal_to: Option<&'run Path>,
}

impl RunContext<'_> {
    /// Gets the permissions that approved changes need beside those to read, and proves that their secrets can be shown.
    pub fn prepare(&self, read_scopes: &[String], approved: &Approved) -> Result<(), Failure> {
        incremental_consent::require(self.host, self.target, self.connected, read_scopes, approved)?;
        secrets::can_reveal(self.host, approved.changes(), self.reveal_to)
    }

    pub fn apply(
        &self,
        approved: &Approved,
        secrets: Captured,
        ledger: &mut JournalWriter<'_>,
        judge: Option<&Judge<'_>>,
    ) -> Result<Ended, Failure> {
        let writer = approved.writer(Arc::clone(&self.connected.session));
        let apply = Apply {
            reader: &self.connected.reader,
            writer: &writer,
            clock: self.target.clock.as_ref(),
            ui: self.host.ui.as_ref(),
            judge,
            is_rollback: approved.is_rollback(),
            secrets,
            reveal: &|label, secret| secrets::reveal(self.host, self.reveal_to, label, secret),
        };
        apply.run(approved.changes(), ledger).map_err(|error| unwritten(error, ledger))
    }
}

/// One run at a time writes to a tenant.
pub fn lock(target: &Target, tenant: &str) -> Result<Box<dyn Send>, Failure> {
    target.journal.lock(tenant).or_fail(Kind::Internal)?.ok_or_else(|| {
        Failure::words(Kind::Temporary, "another run of fixforme is working on this tenant")
            .hint("wait until it has ended, then run this again")
            .state("Nothing was changed by this run. Another run of fixforme is at work in this tenant.")
    })
}

/// The failure of a journal that could not be written in the middle of a run: what was sent may be unknown to it.
pub fn unwritten(error: anyhow::Error, ledger: &JournalWriter<'_>) -> Failure {
    let run = &ledger.receipt().run.run;
    Failure::new(Kind::Unknown, error)
        .hint("make room on the disk, or correct the folder, first")
        .hint(format!("then run `fixforme resume {run}`, which finds out by reading"))
        .state(format!("We do not know whether the last change was made; run `fixforme resume {run}`."))
}
