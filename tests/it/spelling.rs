//! People read US English everywhere: in the program, its wizards, its documents and its comments.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::sandbox::project;

/// Beginnings of words as they are written elsewhere, and what is written here.
const WORDS: [(&str, &str); 16] = [
    ("organis", "organiz"),
    ("synchronis", "synchroniz"),
    ("authoris", "authoriz"),
    ("optimis", "optimiz"),
    ("initialis", "initializ"),
    ("normalis", "normaliz"),
    ("serialis", "serializ"),
    ("recognis", "recogniz"),
    ("customis", "customiz"),
    ("licence", "license"),
    ("behaviour", "behavior"),
    ("neighbour", "neighbor"),
    ("labelled", "labeled"),
    ("cancelled", "canceled"),
    ("judgement", "judgment"),
    ("fulfils", "fulfills"),
];

/// What Microsoft wrote, and what was written before this rule.
fn is_given(path: &str) -> bool {
    path.starts_with("src/contract/") && path.ends_with(".txt")
        || path.starts_with("tests/")
        || path.starts_with("target")
}

fn look(folder: &Path, wrong: &mut String) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(project("")).unwrap().to_str().unwrap().replace('\\', "/");
        if is_given(&name) || name.starts_with(".git/") {
            continue;
        }
        if path.is_dir() {
            look(&path, wrong);
            continue;
        }
        let Ok(text) = fs_err::read_to_string(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            for (elsewhere, here) in WORDS.iter().filter(|(elsewhere, _)| lower.contains(elsewhere)) {
                writeln!(wrong, "  {name}:{}: `{elsewhere}…` is written `{here}…` here", number + 1).unwrap();
            }
        }
    }
}

#[test]
fn words_are_written_as_in_the_admin_centers() {
    let mut wrong = String::new();
    for folder in ["src", "wizards", "dist", ".github", ".ci"] {
        look(Path::new(&project(folder)), &mut wrong);
    }
    for file in ["README.md", "CHANGELOG.md", "Cargo.toml"] {
        let text = fs_err::read_to_string(project(file)).unwrap().to_lowercase();
        for (elsewhere, here) in WORDS.iter().filter(|(elsewhere, _)| text.contains(elsewhere)) {
            writeln!(wrong, "  {file}: `{elsewhere}…` is written `{here}…` here").unwrap();
        }
    }
    assert!(wrong.is_empty(), "The admin centers are in US English, and so is what stands beside them:\n{wrong}");
}
