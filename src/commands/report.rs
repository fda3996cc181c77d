//! `fixforme report`: what a run did, for a ticket.

use std::path::Path;

use super::host::Host;
use super::past;
use crate::cli;
use crate::engine::receipt::Receipt;
use crate::engine::ticket;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::seam::event::{Event, Level, Message};
use crate::seam::journal::Integrity;

/// Prints the report, or writes it into a folder.
pub fn report(host: &Host, flags: &cli::Report) -> Result<ExitCode, Failure> {
    let journal = past::journal(host, flags.rehearsal);
    let past = past::find(host, journal.as_ref(), Some(&flags.run), |_| true, "there are no runs")?;
    match &flags.report {
        Some(folder) => write(host, folder, &past.receipt, &past.integrity)?,
        None => host.ui.print(&ticket::text(&past.receipt, &words(&past.integrity))),
    }
    Ok(ExitCode::AsWanted)
}

/// Writes the report of a run, as text and as JSON, into a folder.
pub fn write(host: &Host, folder: &Path, receipt: &Receipt, integrity: &Integrity) -> Result<(), Failure> {
    fs_err::create_dir_all(folder).or_fail(Kind::Usage)?;
    let integrity = words(integrity);
    let name = format!("fixforme-report-{}", receipt.run.run);
    for (ending, text) in [("txt", ticket::text(receipt, &integrity)), ("json", ticket::json(receipt, &integrity))] {
        let path = folder.join(format!("{name}.{ending}"));
        fs_err::write(&path, text).or_fail(Kind::Usage)?;
        host.ui.show(&Event::Message(Message { level: Level::Info, text: format!("Report: {}", path.display()) }));
    }
    Ok(())
}

fn words(integrity: &Integrity) -> String {
    match integrity {
        Integrity::Whole => "whole".to_owned(),
        Integrity::Unchained { line } => format!("its seal does not hold from line {line} on"),
        Integrity::Damaged { line, reason } => format!("damaged in line {line}: {reason}"),
    }
}
