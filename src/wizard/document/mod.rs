//! TOML as written: plain structs whose texts remember their place, and the checks that need no meaning.
//!
//! `syntax` refuses what is not a small TOML 1.0 file, `known` compares it with the schema of its struct so that all
//! unknown keys and wrong types are reported at once, and only then serde reads it. What the values mean is `parse`.

mod known;
pub mod object_file;
pub mod place;
pub mod placed;
pub mod rehearsal_files;
pub mod step_file;
pub mod syntax;
pub mod wizard_file;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::diagnostic::Diagnostic;
pub use placed::{Any, Placed, Table};
pub use rehearsal_files::{Answers, AnswersFile, Expect, ExpectFile};
pub use step_file::StepFile;
pub use wizard_file::WizardFile;

/// Reads a file into its struct. Adds every mistake to `found`; a file may have mistakes and still be read (an unknown
/// key is reported and left out), so that what follows can be checked too.
pub fn read<File: DeserializeOwned>(
    file: &str,
    text: &str,
    schema: &Value,
    found: &mut Vec<Diagnostic>,
) -> Option<File> {
    let mut tree = syntax::parse(file, text, found)?;
    if !known::check(file, &mut tree, schema, found) {
        return None;
    }
    match File::deserialize(toml::de::Deserializer::from(tree)) {
        Ok(read) => Some(read),
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            found.push(Diagnostic::error(file, range, error.message()));
            None
        }
    }
}
