//! A wizard from its files, and what else its folder holds: cases, answers, expectations.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{rehearsal, wizard};
use crate::ports::file;
use crate::wizard::diagnostic::{Diagnostic, Report};
use crate::wizard::document::{Answers, Expect};
use crate::wizard::{Wizard, WizardSource};

impl Wizard {
    /// Reads a wizard from its files by name (`wizard.toml`, `10-policy.toml`, `rehearsal/contoso/answers.toml`).
    /// Returns it with warnings, or everything that is wrong.
    pub fn from_files(origin: WizardSource, files: BTreeMap<String, String>) -> Result<(Self, Report), Report> {
        Self::read(origin, files, Vec::new())
    }

    /// Reads a wizard from its files as bytes; those that are not UTF-8 are reported with the rest.
    pub fn from_bytes(origin: WizardSource, files: BTreeMap<String, Vec<u8>>) -> Result<(Self, Report), Report> {
        let mut found = Vec::new();
        let mut texts = BTreeMap::new();
        for (name, bytes) in files {
            let text = file::decode(&bytes).map_or_else(
                || {
                    let at = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
                    let title = format!("the file is not UTF-8: byte {at} (from 0) cannot be read");
                    let help = "save it as UTF-8; spreadsheets and old editors write other encodings";
                    found.push(Diagnostic::whole_file(&name, title).help(help));
                    String::new()
                },
                |text| text.to_string(),
            );
            texts.insert(name, text);
        }
        Self::read(origin, texts, found)
    }

    fn read(
        origin: WizardSource,
        files: BTreeMap<String, String>,
        mut found: Vec<Diagnostic>,
    ) -> Result<(Self, Report), Report> {
        // A file whose encoding is broken has been reported; its empty text would only be reported again.
        let broken: HashSet<String> = found.iter().map(|diagnostic| diagnostic.file.clone()).collect();
        let files = Arc::new(files);
        let mut more = Vec::new();
        let wizard = wizard::read(origin, &files, &mut more);
        let wizard = match wizard {
            Some(wizard) => {
                rehearsal::check(&wizard, &files, &mut more);
                Some(wizard)
            }
            None => None,
        };
        more.retain(|diagnostic| !broken.contains(&diagnostic.file));
        found.extend(more);
        if wizard.is_none() && !found.iter().any(|diagnostic| diagnostic.is_error) {
            let title = "the wizard could not be read, and no reason was found";
            found.push(
                Diagnostic::whole_file("wizard.toml", title).help("this is a mistake of fixforme: please report it"),
            );
        }
        let report = Report::new(files, found);
        match wizard {
            Some(wizard) if !report.has_errors() => Ok((wizard, report)),
            _ => Err(report),
        }
    }

    /// Returns the names of the rehearsal cases, in order.
    pub fn cases(&self) -> Vec<&str> {
        let mut cases: Vec<&str> = self
            .files
            .keys()
            .filter_map(|name| name.strip_prefix("rehearsal/")?.strip_suffix("/tenant.toml"))
            .collect();
        cases.dedup();
        cases
    }

    /// Reads an answers file for this wizard: ids, types and values are checked. Returns it with warnings, or
    /// everything that is wrong.
    pub fn answers(&self, file: &str, text: &str) -> Result<(Answers, Report), Report> {
        let mut found = Vec::new();
        let answers = rehearsal::answers(self, file, text, &mut found);
        let report = Report::new(Arc::new(BTreeMap::from([(file.to_owned(), text.to_owned())])), found);
        match answers {
            Some(answers) if !report.has_errors() => Ok((answers, report)),
            _ => Err(report),
        }
    }

    /// Reads the expectations of a rehearsal of this wizard.
    pub fn expect(&self, file: &str, text: &str) -> Result<Expect, Report> {
        let mut found = Vec::new();
        let expect = rehearsal::expect(self, file, text, &mut found);
        let report = Report::new(Arc::new(BTreeMap::from([(file.to_owned(), text.to_owned())])), found);
        match expect {
            Some(expect) if !report.has_errors() => Ok(expect),
            _ => Err(report),
        }
    }
}
