//! The wizard format: a folder of declarative TOML files, read into types in which nothing is left to check.
//!
//! [`document`] is TOML as written (plain serde structs whose texts know their place), `parse` turns it into the types
//! of this folder as meant, [`lint`] holds it against the contract, [`takeover`] against the takeover rules, [`diagnostic`]
//! shows every mistake with its caret, [`schema`] helps editors, [`builtin`] has the wizards compiled in, [`starter`] a
//! first one for authors. There is no I/O here: a wizard comes as named texts
//! ([`Wizard::from_files`]).

pub mod builtin;
pub mod diagnostic;
pub mod document;
pub mod field_path;
pub mod input;
pub mod lint;
mod parse;
pub mod schema;
pub mod starter;
pub mod step;
pub mod takeover;
pub mod template;
mod uses;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

pub use crate::expr::Expression;
use crate::ports::terms::OnFailure;
pub use input::Input;
pub use parse::secret_file;
pub use step::Step;
pub use template::Template;

#[derive(Debug, Clone)]
pub struct Wizard {
    /// Its id: the folder's name for shipped ones.
    pub id: String,
    pub version: semver::Version,
    pub title: String,
    /// What it does, in a sentence or two.
    pub summary: String,
    /// Its place in the menu, smallest first; the largest number where none is given.
    pub order: u32,
    pub replaces: Vec<String>,
    /// Where to read more.
    pub docs: Option<String>,
    /// The day after which its author wants it looked at again; afterwards a line in the report, never a refusal.
    pub review_by: Option<jiff::civil::Date>,
    /// Clouds it is made for, by name; never empty.
    pub clouds: Vec<String>,
    /// Directory roles of which the signed-in account needs one (any of them), by display name.
    pub roles: Vec<String>,
    /// What an unattended run does when a change fails.
    pub on_failure: OnFailure,
    /// How many changes an unattended run may make without `--max-changes`.
    pub max_changes: usize,
    /// Tables readable as `data.X`.
    pub data: Arc<Value>,
    /// Inputs in the order of the file.
    pub inputs: Vec<Input>,
    /// Notices in the order of the file.
    pub notices: Vec<Notice>,
    /// Steps in the order of the file.
    pub steps: Vec<Step>,
    /// SHA-256 over names and contents of all files, hexadecimal.
    pub sha256: String,
    /// Where it comes from, which decides what it may do.
    pub origin: WizardSource,
    /// Its files by name (`wizard.toml`, `10-policy.toml`, `rehearsal/contoso/tenant.toml`).
    pub files: Arc<BTreeMap<String, String>>,
}

/// Where a wizard comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WizardSource {
    /// Compiled into the executable: it may write.
    Shipped,
    /// A folder on disk: it may be linted, rehearsed and checked.
    Folder(String),
}

/// A text that must be acknowledged before consent.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its id, as `--acknowledge` takes it.
    pub id: String,
    /// When it applies; always when absent.
    pub when: Option<Expression>,
    pub text: Template,
    pub sources: Vec<String>,
}

impl Wizard {
    /// Returns what names it on the command line: the id of a shipped one, else its folder.
    pub fn at(&self) -> &str {
        match &self.origin {
            WizardSource::Shipped => &self.id,
            WizardSource::Folder(folder) => folder,
        }
    }

    /// Returns the scopes that its check needs, each once.
    pub fn check_scopes(&self) -> Vec<String> {
        let mut scopes: Vec<String> = self.steps.iter().flat_map(|step| step.check_scopes.iter().cloned()).collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }
}
