//! The wizards that are compiled in: everything below `wizards/<id>/`, listed by the build script.

use std::collections::BTreeMap;

use super::diagnostic::Report;
use super::{Wizard, WizardSource};

#[derive(Debug)]
pub struct ShippedFiles {
    /// The wizard's id: its folder's name.
    pub id: &'static str,
    /// Names and texts, in order of the names.
    pub files: &'static [(&'static str, &'static str)],
}

static SHIPPED: &[ShippedFiles] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Returns all shipped wizards, in order of their ids.
pub fn shipped() -> &'static [ShippedFiles] {
    SHIPPED
}

/// Loads a shipped wizard. `None` where none has that id; a report where it is broken, which a test rules out.
pub fn load(id: &str) -> Option<Result<Wizard, Report>> {
    let shipped = SHIPPED.iter().find(|shipped| shipped.id == id)?;
    let files: BTreeMap<String, String> =
        shipped.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Some(Wizard::from_files(WizardSource::Shipped, files).map(|(wizard, _)| wizard))
}
