//! `fixforme runs`: the journals that are kept, and deleting one.

use super::host::Host;
use super::past;
use crate::cli;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::seam::text::one_line;
use crate::seam::ui::{Form, Question, Reply};

/// Lists or deletes runs.
pub fn runs(host: &Host, flags: &cli::Runs) -> Result<ExitCode, Failure> {
    let journal = past::journal(host, flags.rehearsal);
    if !flags.delete.is_empty() {
        for run in &flags.delete {
            delete(host, journal.as_ref(), run)?;
        }
        return Ok(ExitCode::AsWanted);
    }
    let runs = journal.list().or_fail(Kind::Internal)?;
    if runs.is_empty() {
        host.ui.print("There are no runs.\n");
    }
    for file in runs {
        let line = match past::read(journal.as_ref(), &file.run) {
            Ok(past) => {
                let run = &past.receipt.run;
                let open = if past.receipt.is_open() { "  (interrupted: `fixforme resume`)" } else { "" };
                let at = run.at.strftime("%Y-%m-%d %H:%M UTC");
                format!(
                    "{}  {at}  {}  {}  {}{open}",
                    file.run,
                    run.wizard,
                    one_line(&run.domain),
                    past.receipt.sentence()
                )
            }
            Err(failure) => format!("{}  cannot be read: {:#}", file.run, failure.error),
        };
        host.ui.print(&format!("{}\n", one_line(&line)));
    }
    Ok(ExitCode::AsWanted)
}

fn delete(host: &Host, journal: &dyn crate::seam::Journal, run: &str) -> Result<(), Failure> {
    if let Ok(past) = past::read(journal, run)
        && past.receipt.can_roll_back()
        && host.ui.can_ask()
    {
        let question = Question {
            prompt: "Delete it? Its changes can then no longer be rolled back".to_owned(),
            help: vec![past.receipt.sentence()],
            form: Form::YesNo,
            retry: None,
        };
        if host.ui.ask(&question) != Ok(Reply::Yes) {
            return Ok(());
        }
    }
    journal.delete(run).or_fail(Kind::Usage)?;
    host.ui.print(&format!("Deleted: {run}\n"));
    Ok(())
}
