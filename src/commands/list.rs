//! `fixforme list`: the shipped wizards.

use super::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind};
use crate::wizard::{Wizard, builtin};

/// Lists the wizards.
pub fn list(host: &Host) -> Result<ExitCode, Failure> {
    let wizards = shipped()?;
    let width = wizards.iter().map(|wizard| wizard.id.len()).max().unwrap_or(0);
    for wizard in &wizards {
        host.ui.print(&format!("{:width$}  {}  {}\n", wizard.id, wizard.version, wizard.title));
    }
    Ok(ExitCode::AsWanted)
}

/// Returns the shipped wizards.
pub fn shipped() -> Result<Vec<Wizard>, Failure> {
    builtin::shipped()
        .iter()
        .filter_map(|files| builtin::load(files.id))
        .map(|loaded| loaded.map_err(|report| Failure::words(Kind::Internal, report.render(false))))
        .collect()
}
