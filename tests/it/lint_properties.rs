//! No mutation of a wizard makes the reader panic or hang.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use fixforme::wizard::{Wizard, WizardSource};
use proptest::prelude::*;

use crate::support::wizards::folder;

const WORDS: [&str; 24] = [
    "\"",
    "'",
    "\"\"\"",
    "{",
    "}",
    "{{",
    "}}",
    "[",
    "]",
    "[[",
    "\n",
    "\\u001b",
    "=",
    ".",
    "$batch",
    "..",
    "//",
    "\u{202e}",
    "é",
    "\0",
    "\\",
    " | ",
    "or",
    "[object.x]",
];

fn mutated(text: &str, edits: &[(usize, usize, usize)]) -> String {
    let mut text = text.to_owned();
    for (at, remove, word) in edits {
        let clamp = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = clamp(at % (text.len() + 1));
        let end = clamp(start + remove);
        text.replace_range(start..end, WORDS.get(*word).copied().unwrap_or(""));
    }
    text
}

fn reads(files: BTreeMap<String, String>) {
    match Wizard::from_files(WizardSource::Shipped, files) {
        Ok((_, report)) => drop(report.render(true)),
        Err(report) => {
            assert!(report.has_errors());
            report.render(true);
            report.render(false);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_wizard_is_read_or_refused(file in 0_usize..7, edits in prop::collection::vec((0_usize..9000, 0_usize..12, 0_usize..25), 1..5)) {
        let mut files = folder("tests/lab/example");
        let name = files.keys().nth(file % files.len()).unwrap().clone();
        let text = mutated(&files[&name], &edits);
        files.insert(name, text);
        reads(files);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut files: BTreeMap<String, Vec<u8>> = folder("tests/lab/example").into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        files.insert("10-policy.toml".into(), bytes);
        if let Err(report) = Wizard::from_bytes(WizardSource::Shipped, files) {
            report.render(true);
        }
    }
}
