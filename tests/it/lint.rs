//! What an author sees: every mistake with file, line, column, caret and what to do, several at once.

use fixforme::wizard::{Origin, Wizard};
use std::collections::BTreeMap;

fn folder(path: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![std::path::PathBuf::from(path)];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let at = entry.unwrap().path();
            if at.is_dir() { folders.push(at); continue }
            files.insert(at.strip_prefix(path).unwrap().to_str().unwrap().to_owned(), fs_err::read_to_string(&at).unwrap());
        }
    }
    files
}
#[test]
fn ten() {
    match Wizard::from_files(Origin::Shipped, folder("tests/lab/mistakes/ten")) {
        Ok((w, r)) => panic!("OK {}\n{r}", w.id),
        Err(r) => panic!("\n{r}"),
    }
}
