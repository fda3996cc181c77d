//! `fixforme runs`: the journals that are kept, and deleting one.

use serde_json::{Map, Value, json};

use super::report;
use super::stored_run::{self, StoredRun};
use crate::cli;
use crate::commands::host::Host;
use crate::engine::state::ChangeState;
use crate::exit_code::ExitCode;
use crate::failure::stopped;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Journal;
use crate::ports::event::Level;
use crate::ports::journal::Integrity;
use crate::ports::text::one_line;
use crate::ports::ui::{Form, Question, Reply};

/// Lists or deletes runs.
pub fn runs(host: &Host, flags: &cli::Runs) -> Result<ExitCode, Failure> {
    let journal = stored_run::journal(host, flags.rehearsal);
    if !flags.delete.is_empty() {
        for run in &flags.delete {
            delete(host, journal.as_ref(), run, flags.yes)?;
        }
        return Ok(ExitCode::AsWanted);
    }
    let runs = journal.list().or_fail(Kind::Internal)?;
    if runs.is_empty() {
        host.ui.say(Level::Info, "There are no runs.".to_owned());
    }
    for file in runs {
        let mut row = json!({"type": "run", "run": file.run});
        let line = match stored_run::read(journal.as_ref(), &file.run) {
            Ok(past) => {
                let run = &past.receipt.run;
                let open =
                    if past.receipt.is_open() && !run.rehearsal { "  (interrupted: `fixforme resume`)" } else { "" };
                if let Value::Object(row) = &mut row {
                    row.extend(known(&past));
                }
                let at = run.at.strftime("%Y-%m-%d %H:%M UTC");
                format!("{}  {at}  {}  {}  {}{open}", file.run, run.wizard, one_line(&run.domain), past.sentence())
            }
            Err(failure) => {
                row["error"] = json!(format!("{:#}", failure.error));
                format!("{}  cannot be read: {:#}", file.run, failure.error)
            }
        };
        host.ui.row(&row, &format!("{}\n", one_line(&line)));
    }
    Ok(ExitCode::AsWanted)
}

/// What a program is told about a run.
fn known(past: &StoredRun) -> Map<String, Value> {
    let (receipt, run) = (&past.receipt, &past.receipt.run);
    let row = json!({
        "at": run.at.to_string(),
        "wizard": run.wizard,
        "tenant": run.tenant,
        "domain": run.domain,
        "state": past.sentence(),
        "journal": report::words(&past.integrity),
        "exit": receipt.ended.as_ref().map(|(exit, _)| exit),
        "open": receipt.is_open(),
        "can_roll_back": receipt.can_roll_back() && !run.rehearsal,
    });
    match row {
        Value::Object(row) => row,
        _ => Map::new(),
    }
}

/// Deletes a journal. With it goes the only way to take the run's changes back, so a person confirms, or `--yes` does.
fn delete(host: &Host, journal: &dyn Journal, named: &str, yes: bool) -> Result<(), Failure> {
    let (run, past) = match stored_run::find(host, journal, Some(named), |_| true, "") {
        Ok(past) => (past.receipt.run.run.clone(), Some(past)),
        // One that cannot be read can still be deleted, by its whole id.
        Err(failure) if journal.list().or_fail(Kind::Internal)?.iter().all(|file| file.run != named) => {
            return Err(failure);
        }
        Err(_) => (named.to_owned(), None),
    };
    // Behind the damage there may be changes that stand.
    let maybe_applied = |past: &StoredRun| {
        past.receipt.count(ChangeState::maybe_applied) > 0 || matches!(past.integrity, Integrity::Damaged { .. })
    };
    let stands = past.filter(|past| !past.receipt.run.rehearsal && maybe_applied(past));
    if let Some(past) = stands.filter(|_| !yes) {
        if !host.ui.can_ask() {
            return Err(Failure::words(
                Kind::Missing,
                format!("the journal of {run} is the only way to take its changes back"),
            )
            .hint(format!("`fixforme rollback {run}` takes them back; `--yes` deletes the journal all the same"))
            .state(past.sentence()));
        }
        let question = Question::new("Delete it? Its changes can then no longer be rolled back", Form::YesNo)
            .help(vec![past.sentence()]);
        if host.ui.ask(&question).map_err(stopped)? != Reply::Yes {
            return Ok(());
        }
    }
    journal.delete(&run).or_fail(Kind::Usage)?;
    host.ui.row(&json!({"type": "deleted", "run": run}), &format!("Deleted: {run}\n"));
    Ok(())
}
