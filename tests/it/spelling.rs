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

/// Reports the words of a file, or of all files below a folder. What Microsoft wrote stays as it is.
fn look(path: &Path, wrong: &mut String) {
    if path.is_dir() {
        for entry in fs_err::read_dir(path).unwrap() {
            look(&entry.unwrap().path(), wrong);
        }
        return;
    }
    let name = path.strip_prefix(project("")).unwrap().to_str().unwrap().replace('\\', "/");
    let is_given = name.starts_with("src/contract/") && name.ends_with(".txt");
    let Ok(text) = fs_err::read_to_string(path) else { return };
    for (number, line) in text.lines().enumerate().filter(|_| !is_given) {
        let lower = line.to_lowercase();
        for (elsewhere, here) in WORDS.iter().filter(|(elsewhere, _)| lower.contains(elsewhere)) {
            writeln!(wrong, "  {name}:{}: `{elsewhere}…` is written `{here}…` here", number + 1).unwrap();
        }
    }
}

#[test]
fn words_are_written_as_in_the_admin_centers() {
    let mut wrong = String::new();
    for name in ["src", "wizards", "dist", ".github", ".ci", "README.md", "CHANGELOG.md", "Cargo.toml"] {
        look(Path::new(&project(name)), &mut wrong);
    }
    assert!(wrong.is_empty(), "The admin centers are in US English, and so is what stands beside them:\n{wrong}");
}
