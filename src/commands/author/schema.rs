//! `fixforme schema`: the editor schemas of the wizard format.

use crate::cli::{self, SchemaName};
use crate::commands::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::wizard::schema;

/// Prints the schemas, or writes them into a folder.
pub fn schema(host: &Host, flags: &cli::Schema) -> Result<ExitCode, Failure> {
    if let Some(folder) = &flags.write {
        fs_err::create_dir_all(folder).or_fail(Kind::Usage)?;
        for (name, text) in schema::SCHEMAS {
            fs_err::write(folder.join(name), text).or_fail(Kind::Usage)?;
        }
        return Ok(ExitCode::AsWanted);
    }
    if let Some(name) = flags.name {
        let file = match name {
            SchemaName::Wizard => "wizard.schema.json",
            SchemaName::Step => "step.schema.json",
            SchemaName::Answers => "answers.schema.json",
            SchemaName::Expect => "expect.schema.json",
        };
        schema::SCHEMAS.iter().filter(|(known, _)| *known == file).for_each(|(_, text)| host.ui.print(text));
        return Ok(ExitCode::AsWanted);
    }
    let all: Vec<String> = schema::SCHEMAS.iter().map(|(name, text)| format!("\"{name}\": {}", text.trim())).collect();
    host.ui.print(&format!("{{\n{}\n}}\n", all.join(",\n")));
    Ok(ExitCode::AsWanted)
}
