//! Lists the files of the shipped wizards, `wizards/<id>/**/*.toml`, as one table that is compiled in, packs the
//! contract, hands on the name of the target, by which an update finds its own archive, and gives the Windows program
//! its icon, its version and its manifest. Nothing else.
#![expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a build script has no settings and no ui")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use winresource::WindowsResource;

/// The picture and what Windows reads of the program before it starts it.
const WINDOWS_FILES: [&str; 2] = ["dist/windows/fixforme.ico", "dist/windows/fixforme.manifest"];

/// Microsoft Graph as data; the program unpacks them as one text.
const CONTRACT: [&str; 2] = ["src/contract/types.txt", "src/contract/permissions.txt"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in ["wizards", "dist/build.rs"].into_iter().chain(WINDOWS_FILES).chain(CONTRACT) {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rustc-env=FIXFORME_TARGET={}", env::var("TARGET")?);
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    list_wizards(&root.join("wizards"))?;
    pack_contract(&root)?;
    // The host that builds is often another one.
    if env::var("CARGO_CFG_TARGET_OS")? == "windows" {
        describe_to_windows(&root)?;
        if env::var("CARGO_CFG_TARGET_ENV")? == "msvc" {
            // Libraries from System32 alone; for the other linkers see src/host/dll_search.rs.
            println!("cargo::rustc-link-arg-bins=/DEPENDENTLOADFLAG:0x800");
        }
    }
    Ok(())
}

fn list_wizards(root: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut table = String::from("&[\n");
    for wizard in entries(root)?.into_iter().filter(|path| path.is_dir()) {
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

fn pack_contract(root: &Path) -> std::io::Result<()> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for file in CONTRACT {
        packed.write_all(&fs::read(root.join(file))?)?;
    }
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("contract.gz"), packed.finish()?)
}

/// The version is the package's. The description is what the task manager and the consent of an administrator show.
fn describe_to_windows(root: &Path) -> std::io::Result<()> {
    let [icon, manifest] = WINDOWS_FILES.map(|path| root.join(path).to_string_lossy().into_owned());
    let license = fs::read_to_string(root.join("LICENSE"))?;
    let copyright = license.lines().find(|line| line.starts_with("Copyright")).unwrap_or_default();
    WindowsResource::new()
        .set_icon(&icon)
        .set_manifest_file(&manifest)
        .set("LegalCopyright", copyright)
        .set("OriginalFilename", "fixforme.exe")
        .set_language(0x0409)
        .compile_for("fixforme")
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
