//! Runs of the past: found in the journal, read as far as they can be trusted, and connected to their tenant again.

use std::sync::Arc;

use anyhow::Context;

use crate::commands::host::Host;
use crate::engine::receipt::Receipt;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Journal;
use crate::ports::event::Level;
use crate::ports::journal::Integrity;

pub struct StoredRun {
    pub receipt: Receipt,
    /// What is known of the journal's integrity.
    pub integrity: Integrity,
}

impl StoredRun {
    /// Returns whether nobody knows what became of its last change. What stood behind a damage may have been one.
    pub fn is_open(&self) -> bool {
        self.receipt.is_open() || matches!(self.integrity, Integrity::Damaged { .. })
    }

    /// Returns the sentence on the state of the tenant, as far as the journal can be trusted.
    pub fn sentence(&self) -> String {
        sentence(&self.receipt, &self.integrity)
    }
}

/// Returns the sentence of a receipt on the state of the tenant, as far as its journal can be trusted.
pub fn sentence(receipt: &Receipt, integrity: &Integrity) -> String {
    let said = receipt.sentence();
    match integrity {
        Integrity::Whole => said,
        Integrity::Unchained { .. } | Integrity::Damaged { .. } => {
            format!("What the journal says cannot be trusted: {said}")
        }
    }
}

/// Returns the journals that are meant: of runs, or of rehearsals.
pub fn journal(host: &Host, rehearsal: bool) -> Arc<dyn Journal> {
    Arc::clone(if rehearsal { &host.rehearsals } else { &host.journal })
}

pub fn read(journal: &dyn Journal, run: &str) -> Result<StoredRun, Failure> {
    let records =
        journal.read(run).or_fail(Kind::Usage).map_err(|failure| failure.hint("`fixforme runs` lists the runs"))?;
    let receipt = Receipt::fold(&records.records)
        .with_context(|| format!("the journal {} cannot be used", journal.location(run)))
        .or_fail(Kind::Usage)?;
    Ok(StoredRun { receipt, integrity: records.integrity })
}

/// Reads a run once more, under its tenant's lock. What the journal has become meanwhile must be [`allowed`] as well.
pub fn read_again(host: &Host, journal: &dyn Journal, before: &StoredRun) -> Result<StoredRun, Failure> {
    let past = read(journal, &before.receipt.run.run)?;
    if past.integrity != before.integrity {
        allowed(host, &past)?;
    }
    Ok(past)
}

/// Finds the run that the person names by (the beginning of) its id, or the newest one that `wanted` takes.
pub fn find(
    host: &Host,
    journal: &dyn Journal,
    named: Option<&str>,
    wanted: impl Fn(&Receipt) -> bool,
    none: &str,
) -> Result<StoredRun, Failure> {
    let runs = journal.list().or_fail(Kind::Internal)?;
    if let Some(named) = named {
        let hits: Vec<&str> = runs.iter().map(|run| run.run.as_str()).filter(|run| run.starts_with(named)).collect();
        return match hits.as_slice() {
            [one] => read(journal, one),
            [] => Err(Failure::words(Kind::Usage, format!("there is no run `{named}`"))
                .hint("`fixforme runs` lists the runs, `fixforme runs --rehearsal` those of rehearsals")),
            _ => Err(Failure::words(Kind::Usage, format!("`{named}` is the beginning of several runs"))
                .hint("write more of the id")),
        };
    }
    for run in &runs {
        match read(journal, &run.run) {
            Ok(past) if wanted(&past.receipt) => return Ok(past),
            // What stands behind the damage may be just what is looked for.
            Ok(StoredRun { integrity: Integrity::Damaged { line, reason }, .. }) => {
                host.ui.say(
                    Level::Warning,
                    format!("skipped {}: the journal is damaged in line {line} ({reason})", run.run),
                );
            }
            Ok(_) => {}
            Err(failure) => host.ui.say(Level::Warning, format!("skipped {}: {:#}", run.run, failure.error)),
        }
    }
    Err(Failure::words(Kind::Usage, none).hint("`fixforme runs` lists the runs that are kept"))
}

/// Returns whether every run has come to its end, as far as their journals can be read, and all of them can.
pub fn all_ended(journal: &dyn Journal) -> bool {
    let Ok(runs) = journal.list() else { return false };
    let ended = |past: StoredRun| !past.is_open() && !past.receipt.is_unfinished();
    runs.iter().all(|run| read(journal, &run.run).is_ok_and(ended))
}

/// Returns the other runs in a tenant of which `wanted` is true, newest first. A journal that cannot be read is left out.
pub fn others(journal: &dyn Journal, tenant: &str, run: &str, wanted: impl Fn(&StoredRun) -> bool) -> Vec<StoredRun> {
    let Ok(files) = journal.list() else { return Vec::new() };
    let runs = files.iter().filter(|file| file.run != run).filter_map(|file| read(journal, &file.run).ok());
    runs.filter(|past| past.receipt.run.tenant.eq_ignore_ascii_case(tenant) && wanted(past)).collect()
}

/// Tells the reader about runs in this tenant that were interrupted: their changes may stand half done.
pub fn remind(host: &Host, journal: &dyn Journal, tenant: &str) {
    for past in others(journal, tenant, "", |past| past.is_open() || past.receipt.is_unfinished()) {
        let run = &past.receipt.run;
        let text = format!(
            "An earlier run here did not come to its end ({}, {}). {} To settle it first: `fixforme resume {}`",
            run.wizard_title,
            run.at.strftime("%Y-%m-%d %H:%M UTC"),
            past.sentence(),
            run.run
        );
        host.ui.say(Level::Warning, text);
    }
}

/// Refuses an unattended run in a tenant where nobody knows what became of an earlier one's last change: an object that
/// was created, and does not show yet, would be created twice.
pub fn settled(host: &Host, journal: &dyn Journal, tenant: &str) -> Result<(), Failure> {
    let open = others(journal, tenant, "", StoredRun::is_open);
    match open.first().filter(|_| !host.ui.can_ask()) {
        None => Ok(()),
        Some(past) => Err(Failure::words(Kind::Unknown, "an earlier run in this tenant was interrupted")
            .hint(format!("settle it first: `fixforme resume {}`", past.receipt.run.run))
            .state(format!("Nothing was changed now. {}", past.sentence()))),
    }
}

/// Names the runs in a tenant, but for `run`, whose changes can still be taken back.
pub fn still_standing(journal: &dyn Journal, tenant: &str, run: &str) -> Vec<String> {
    let standing = others(journal, tenant, run, |past| past.receipt.can_roll_back());
    let line = |past: &StoredRun| {
        let run = &past.receipt.run;
        let at = run.at.strftime("%Y-%m-%d %H:%M UTC");
        format!("Changes of another run stand ({}, {at}): `fixforme rollback {}`", run.wizard_title, run.run)
    };
    standing.iter().map(line).collect()
}

/// What the state of a journal allows: a damaged one writes nothing; one whose chain does not hold needs the person's
/// own word, which `--yes` is not.
pub fn allowed(host: &Host, past: &StoredRun) -> Result<(), Failure> {
    match &past.integrity {
        Integrity::Whole => Ok(()),
        Integrity::Damaged { line, reason } => Err(Failure::words(
            Kind::Usage,
            format!("the journal is damaged in line {line} ({reason}); nothing is changed from it"),
        )
        .hint("`fixforme report` shows what can still be read; take the changes back by hand where needed")
        // Until then an unattended run in this tenant may wait for it.
        .hint(format!("afterwards `fixforme runs --yes --delete {}` removes it", past.receipt.run.run))),
        Integrity::Unchained { line } => {
            let words = format!(
                "the journal's seal does not hold from line {line} on: it was edited, or comes from another machine"
            );
            if !host.ui.can_ask() {
                return Err(Failure::words(Kind::Trust, words)
                    .hint("look at the values it would write, at a terminal and without `--yes`"));
            }
            host.ui.say(Level::Warning, words);
            let help = vec!["Read the list of changes with care: somebody may have chosen the values.".to_owned()];
            match host.ui.approves("Continue anyway?".to_owned(), help, "unsealed") {
                Ok(true) => Ok(()),
                _ => Err(Failure::words(Kind::Trust, "the journal was not trusted")),
            }
        }
    }
}

/// Gives a failure the sentence that its run's journal adds up to: what an earlier process changed still stands. While
/// the outcome of a change is unknown, that is what the caller must know first.
pub fn truthful(journal: &dyn Journal, run: &str, failure: Failure) -> Failure {
    if failure.state != crate::failure::NOTHING_CHANGED {
        return failure;
    }
    let Ok(past) = read(journal, run) else { return failure };
    if past.integrity != Integrity::Whole {
        return failure.state(format!("Nothing was changed now. {}", past.sentence()));
    }
    let open = past.receipt.count(crate::engine::state::ChangeState::is_open) > 0;
    let mut failure = failure.state(past.receipt.sentence());
    if open && failure.kind != Kind::Interrupted {
        failure.kind = Kind::Unknown;
    }
    failure
}
