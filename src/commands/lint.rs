//! `fixforme lint`: every mistake of a wizard, with its place, before anything is fetched.

use serde_json::json;

use super::host::Host;
use super::{load, practice};
use crate::cli;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind};
use crate::seam::event::{Event, Level, Message};

/// Lints a wizard's folder, its cases included.
pub fn lint(host: &Host, flags: &cli::Lint) -> Result<ExitCode, Failure> {
    let (wizard, warnings) = load::folder(&flags.path)?;
    if !warnings.is_empty() {
        host.ui.show(&Event::Message(Message { level: Level::Warning, text: warnings.render(false) }));
    }
    let mut mistakes = Vec::new();
    let cases = practice::cases(&wizard);
    for name in &cases {
        if let Err(failure) = practice::case(&wizard, Some(name), None) {
            mistakes.push(format!("{:#}", failure.error));
        }
    }
    if !mistakes.is_empty() {
        return Err(Failure::words(Kind::Usage, mistakes.join("\n")));
    }
    let (steps, version) = (wizard.steps.len(), wizard.version.to_string());
    let row = json!({"type": "linted", "wizard": wizard.id, "version": version, "steps": steps, "cases": cases});
    let text = format!("{} {version}: {steps} steps, {} cases, no mistakes\n", wizard.id, cases.len());
    host.ui.row(&row, &text);
    Ok(ExitCode::AsWanted)
}
