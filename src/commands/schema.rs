//! `fixforme schema`: the editor schemas of the wizard format.

use super::host::Host;
use crate::cli;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::wizard::schema;

/// Prints the schemas, or writes them into a folder.
pub fn schema(host: &Host, flags: &cli::Schema) -> Result<ExitCode, Failure> {
    for (name, text) in schema::SCHEMAS {
        match &flags.write {
            Some(folder) => {
                fs_err::create_dir_all(folder).or_fail(Kind::Usage)?;
                fs_err::write(folder.join(name), text).or_fail(Kind::Usage)?;
            }
            None => host.ui.print(text),
        }
    }
    Ok(ExitCode::AsWanted)
}
