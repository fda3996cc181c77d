//! The program's own file on the disk: where it is, testing another one, exchanging it, and what is remembered of that.

mod archive;
mod exchange;
mod parts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fs_err as fs;
use semver::Version;

use self::exchange::{Exchange, StandingBy};
use super::child::{Limits, Program};
use super::interrupt::Interrupt;
use super::state_files::StateFiles;
use crate::ports::installation::{Passport, Testing};
use crate::ports::{Installation, file};

/// What a self-test may use up.
const SELF_TEST: Limits = Limits { time: Duration::from_secs(10), output: 64 * 1024 };
/// The file beside a program in which a package manager says that it looks after it.
const MARKER: &str = "installed-by";
/// The most bytes of it: a manager's name, and the end of its line.
const MOST_MARKER_BYTES: u64 = 64;

/// What the abilities share.
struct Inner {
    files: StateFiles,
    running: (PathBuf, Version),
    self_test: Box<Testing>,
    stand_by: Box<StandingBy>,
}

impl Inner {
    fn exchange(&self) -> Exchange<'_> {
        Exchange { files: &self.files, self_test: &*self.self_test, stand_by: &*self.stand_by, running: &self.running }
    }
}

/// Finds out what the running program is. `state` is the state folder, `started` what the system says where it was started
/// from, `own_path` where a per-user installation lies.
pub fn find(state: &Path, started: &Path, own_path: &Path, interrupt: &Interrupt) -> Result<Installation> {
    let path = plain(fs::canonicalize(started)?);
    let passport = Passport {
        product: "fixforme".to_owned(),
        version: Version::parse(env!("CARGO_PKG_VERSION"))?,
        target: env!("FIXFORME_TARGET").to_owned(),
    };
    let (stop, own) = (interrupt.clone(), path.clone());
    let inner = Arc::new(Inner {
        files: StateFiles::new(state, "update"),
        running: (path.clone(), passport.version.clone()),
        self_test: Box::new(move |path| self_test(path, &stop)),
        stand_by: Box::new(move || Program::at(&own)?.stand_by(&["finish-update"])),
    });
    let own_path = real_folder(own_path);
    let [a, b, c, d, e, f, g, h] = std::array::from_fn(|_| Arc::clone(&inner));
    Ok(Installation {
        passport,
        installed_by: marker(&path),
        installed_there: marker(&own_path),
        path,
        own_path,
        state: inner.files.folder().to_path_buf(),
        read: Box::new(move |name| a.files.read(name)),
        write: Box::new(move |name, text| b.files.write(name, text.as_bytes())),
        lock: Box::new(move || c.files.lock()),
        self_test: Box::new(move |path| (d.self_test)(path)),
        install: Box::new(move |archive, bytes, path| e.exchange().install(archive, bytes, path)),
        kept: Box::new(move |path| f.exchange().kept(path)),
        bring_back: Box::new(move |path| g.exchange().bring_back(path)),
        repair: Box::new(move || h.exchange().repair()),
    })
}

/// Reads the marker beside a program. Anything but a small plain file is none.
fn marker(program: &Path) -> Option<String> {
    let bytes = file::read_head_of_plain(&program.with_file_name(MARKER), MOST_MARKER_BYTES + 1).ok()?;
    let text = std::str::from_utf8(&bytes).ok().filter(|_| bytes.len() as u64 <= MOST_MARKER_BYTES)?;
    Some(text.to_owned())
}

/// Starts an executable with the hidden command `self-test`.
fn self_test(path: &Path, interrupt: &Interrupt) -> Result<Passport> {
    let said = Program::at(path)?.run(&["self-test"], SELF_TEST, &|| interrupt.requested())?;
    ensure!(
        said.code == Some(0),
        "its self-test failed: {}",
        crate::ports::text::one_line(&String::from_utf8_lossy(&said.stderr)).chars().take(500).collect::<String>()
    );
    serde_json::from_slice(&said.stdout).context("its self-test does not say what it is")
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
