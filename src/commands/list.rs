//! `fixforme list`: the shipped wizards.

use serde_json::json;

use super::host::Host;
use super::load;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub fn list(host: &Host) -> Result<ExitCode, Failure> {
    let wizards = load::all_shipped()?;
    let width = wizards.iter().map(|wizard| wizard.id.len()).max().unwrap_or(0);
    for wizard in &wizards {
        let row = json!({
            "type": "wizard",
            "id": wizard.id,
            "version": wizard.version.to_string(),
            "title": wizard.title,
            "summary": wizard.summary,
            "sha256": wizard.sha256,
        });
        host.ui.row(&row, &format!("{:width$}  {}  {}\n", wizard.id, wizard.version, wizard.title));
    }
    Ok(ExitCode::AsWanted)
}
