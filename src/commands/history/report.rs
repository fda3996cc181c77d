//! `fixforme report`: what a run did, for a ticket.

use std::path::Path;

use serde_json::{Value, json};

use super::stored_run;
use crate::cli;
use crate::commands::host::Host;
use crate::engine::receipt::Receipt;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::event::Level;
use crate::ports::journal::Integrity;
use crate::report::run_report;

/// Prints the report, or writes it into a folder.
pub fn report(host: &Host, flags: &cli::Report) -> Result<ExitCode, Failure> {
    let journal = stored_run::journal(host, flags.rehearsal);
    let past = stored_run::find(host, journal.as_ref(), Some(&flags.run), |_| true, "there are no runs")?;
    match &flags.report {
        Some(folder) => write(host, folder, &past.receipt, &past.integrity)?,
        None => {
            let (integrity, state) = (words(&past.integrity), past.sentence());
            let mut row = json!({"type": "report"});
            if let (Value::Object(row), Ok(Value::Object(report))) =
                (&mut row, serde_json::from_str(&run_report::json(&past.receipt, &integrity, &state)))
            {
                row.extend(report);
            }
            host.ui.row(&row, &run_report::text(&past.receipt, &integrity, &state));
        }
    }
    Ok(ExitCode::AsWanted)
}

/// Writes the report of a run, as text and as JSON, into a folder.
pub fn write(host: &Host, folder: &Path, receipt: &Receipt, integrity: &Integrity) -> Result<(), Failure> {
    let (integrity, state) = (words(integrity), stored_run::sentence(receipt, integrity));
    let texts = [run_report::text(receipt, &integrity, &state), run_report::json(receipt, &integrity, &state)];
    files(host, folder, &receipt.run.run, texts)
}

/// Writes the report of a run that changed nothing and has no journal.
pub fn write_unchanged(host: &Host, folder: &Path, receipt: &Receipt) -> Result<(), Failure> {
    const NO_JOURNAL: &str = "none: nothing was changed";
    let state = receipt.sentence();
    let texts = [run_report::text(receipt, NO_JOURNAL, &state), run_report::json(receipt, NO_JOURNAL, &state)];
    files(host, folder, &receipt.run.run, texts)
}

fn files(host: &Host, folder: &Path, run: &str, [text, json]: [String; 2]) -> Result<(), Failure> {
    fs_err::create_dir_all(folder).or_fail(Kind::Usage)?;
    let name = format!("fixforme-report-{run}");
    for (ending, text) in [("txt", text), ("json", json)] {
        let path = folder.join(format!("{name}.{ending}"));
        fs_err::write(&path, text).or_fail(Kind::Usage)?;
        host.ui.say(Level::Info, format!("Report: {}", path.display()));
    }
    Ok(())
}

/// Returns what is known of a journal, in words.
pub fn words(integrity: &Integrity) -> String {
    match integrity {
        Integrity::Whole => "whole".to_owned(),
        Integrity::Unchained { line } => format!("its seal does not hold from line {line} on"),
        Integrity::Damaged { line, reason } => format!("damaged in line {line}: {reason}"),
    }
}
