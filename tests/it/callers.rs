//! What is public has a caller: the compiler takes what tests may reach for called. This finds what has a name of its own;
//! `.ci/unused` finds the rest, in a minute.

use std::collections::{BTreeMap, BTreeSet};

use crate::floors::sources;

/// The words that define a name.
const DEFINES: [&str; 8] = ["fn", "struct", "enum", "const", "static", "trait", "type", "mod"];

/// The text without comments, tests and public re-exports.
fn production(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").or_else(|| text.find("#[cfg(test)]\n#[expect"));
    let code = text[..end.unwrap_or(text.len())].lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut kept = String::new();
    let mut re_exports = false;
    for line in code {
        re_exports |= line.starts_with("pub use ");
        if !re_exports {
            kept += line;
            kept.push('\n');
        }
        re_exports &= !line.ends_with(';');
    }
    kept
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The names that a file defines for others: public ones, and what its traits ask for.
fn offered(text: &str) -> BTreeSet<String> {
    let mut offered = BTreeSet::new();
    let mut in_trait = false;
    for line in text.lines() {
        in_trait |= line.starts_with("pub trait ");
        in_trait &= line != "}";
        let line = line.trim_start();
        if line.starts_with("pub ") && !line.starts_with("pub mod ") || (in_trait && line.starts_with("fn ")) {
            let mut rest =
                words(line).skip_while(|word| !DEFINES.contains(word)).skip(1).skip_while(|word| *word == "fn");
            offered.extend(rest.next().map(str::to_owned));
        }
    }
    offered
}

#[test]
fn what_is_public_has_a_caller() {
    let files: Vec<_> = sources().into_iter().map(|(path, _, text)| (path, production(&text))).collect();
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text) in &files {
        let mut before = "";
        for word in words(text) {
            if !DEFINES.contains(&before) {
                *used.entry(word).or_default() += 1;
            }
            before = word;
        }
    }
    let mut unused = Vec::new();
    for (path, text) in &files {
        let names = offered(text);
        unused.extend(
            names
                .iter()
                .filter(|name| !used.contains_key(name.as_str()))
                .map(|name| format!("  src/{}: {name}", path.display())),
        );
    }
    assert!(used.len() > 3000, "only {} names were found: the reader of src is broken", used.len());
    assert!(
        unused.is_empty(),
        "Nothing but tests, if anything, uses these: delete them, or call them.\n{}",
        unused.join("\n")
    );
}
