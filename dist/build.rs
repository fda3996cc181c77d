//! Lists the files of the shipped wizards, `wizards/<id>/**/*.toml`, as one table that is compiled in, and hands on the
//! name of the target, by which an update finds its own archive. Nothing else.
#![expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a build script has no settings and no ui")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=wizards");
    println!("cargo::rerun-if-changed=dist/build.rs");
    println!("cargo::rustc-env=FIXFORME_TARGET={}", env::var("TARGET")?);
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("wizards");
    let mut table = String::from("&[\n");
    for wizard in entries(&root)?.into_iter().filter(|path| path.is_dir()) {
        let mut files = Vec::new();
        collect(&wizard, &mut files)?;
        writeln!(table, "    ShippedFiles {{ id: {:?}, files: &[", name(&wizard))?;
        for file in files {
            let inside = file.strip_prefix(&wizard)?.to_string_lossy().replace('\\', "/");
            let path = format!("/wizards/{}/{inside}", name(&wizard));
            writeln!(table, "        ({inside:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),")?;
        }
        table.push_str("    ] },\n");
    }
    table.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("shipped.rs"), table)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

/// Returns what a folder holds, sorted, so that every build yields the same table.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
