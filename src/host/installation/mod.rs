//! The program's own file on the disk: where it is, testing another one, replacing it, and what is remembered of that.

mod archive;
mod parts;
mod replace;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fs_err as fs;
use semver::Version;

use super::child::{Limits, Program};
use super::interrupt::Interrupt;
use super::state_files::StateFiles;
use crate::ports::installation::{Archive, BuildInfo, Executable, NotInstalled};
use crate::ports::text::one_line;
use crate::ports::{Installation, file};

/// What a self-test may use up.
const SELF_TEST: Limits = Limits { time: Duration::from_secs(10), output: 64 * 1024 };
/// The file beside a program in which a package manager says that it looks after it.
const MARKER: &str = "installed-by";
/// The most bytes of it: a manager's name, and the end of its line.
const MOST_MARKER_BYTES: u64 = 64;

/// The running program's file.
pub struct InstalledProgram {
    build: BuildInfo,
    path: PathBuf,
    own_path: PathBuf,
    files: StateFiles,
    interrupt: Interrupt,
}

/// Finds out what the running program is. `state` is the state folder, `started` what the system says where it was started
/// from, `own_path` where a per-user installation lies.
pub fn find(state: &Path, started: &Path, own_path: &Path, interrupt: &Interrupt) -> Result<InstalledProgram> {
    Ok(InstalledProgram {
        build: BuildInfo {
            product: "fixforme".to_owned(),
            version: Version::parse(env!("CARGO_PKG_VERSION"))?,
            target: env!("FIXFORME_TARGET").to_owned(),
        },
        path: plain(fs::canonicalize(started)?),
        own_path: real_folder(own_path),
        files: StateFiles::new(state, "update"),
        interrupt: interrupt.clone(),
    })
}

impl Installation for InstalledProgram {
    fn build(&self) -> &BuildInfo {
        &self.build
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn own_path(&self) -> &Path {
        &self.own_path
    }

    /// Anything but a small plain file says nothing.
    fn installed_by(&self, program: &Path) -> Option<String> {
        let bytes = file::read_head_of_plain(&program.with_file_name(MARKER), MOST_MARKER_BYTES + 1).ok()?;
        let text = std::str::from_utf8(&bytes).ok().filter(|_| bytes.len() as u64 <= MOST_MARKER_BYTES)?;
        Some(text.to_owned())
    }

    fn state(&self) -> &Path {
        self.files.folder()
    }

    fn read(&self, name: &str) -> Result<Option<String>> {
        self.files.read(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        self.files.write(name, text.as_bytes())
    }

    fn lock(&self) -> Result<Option<Box<dyn Send>>> {
        self.files.lock()
    }

    /// Starts an executable with the hidden command `self-test`.
    fn self_test(&self, path: &Path) -> Result<BuildInfo> {
        let output = Program::at(path)?.run(&["self-test"], SELF_TEST, &|| self.interrupt.requested())?;
        ensure!(
            output.code == Some(0),
            "its self-test failed: {}",
            one_line(&String::from_utf8_lossy(&output.stderr)).chars().take(500).collect::<String>()
        );
        serde_json::from_slice(&output.stdout).context("its self-test does not say what it is")
    }

    fn install(&self, archive: &Archive, bytes: &[u8], path: &Path) -> Result<(), NotInstalled> {
        self.replace_by_archive(archive, bytes, path)
    }

    fn backup(&self, path: &Path) -> Result<Option<Executable>> {
        self.unchanged_backup(path)
    }

    fn restore(&self, path: &Path) -> Result<(), NotInstalled> {
        self.replace_by_backup(path)
    }

    fn repair(&self) -> Result<bool> {
        self.end_interrupted()
    }
}

/// The folder may be reached through links; the program in it counts by its own name.
fn real_folder(path: &Path) -> PathBuf {
    let real = path.parent().and_then(|folder| fs::canonicalize(folder).ok()).map(plain);
    match (real, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// Windows' own form of a long path (`\\?\C:\…`) is not what people and other programs write.
fn plain(path: PathBuf) -> PathBuf {
    let text = path.to_string_lossy();
    match text.strip_prefix(r"\\?\").filter(|rest| !rest.starts_with("UNC")) {
        Some(rest) if cfg!(windows) => PathBuf::from(rest),
        _ => path,
    }
}
