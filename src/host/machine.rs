//! This machine, as commands reach it: the browser, the Azure CLI, standard input, a file for secrets, the settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::child::Limits;
use super::console::Console;
use super::interrupt::Interrupt;
use super::programs::Programs;
use super::secret_file;
use super::state_files::StateFiles;
use crate::ports::{ConfigFile, Machine, ProgramOutput};

/// What the Azure CLI may use up, an interpreter that starts slowly.
const AZURE_CLI: Limits = Limits { time: Duration::from_secs(90), output: 256 * 1024 };
const CONFIG: &str = "config.toml";

/// The machine that this process runs on.
pub struct ThisMachine {
    pub programs: Programs,
    pub interrupt: Interrupt,
    /// Whether there is a screen that a browser can open on.
    pub has_screen: bool,
}

impl Machine for ThisMachine {
    fn open_page(&self, url: &str) -> Result<()> {
        ensure!(self.has_screen, "there is no display");
        self.programs.open_page(url)
    }

    fn azure_cli(&self, args: &[&str]) -> Result<ProgramOutput> {
        let names: &[&str] = if cfg!(windows) { &["az.cmd", "az.exe"] } else { &["az"] };
        let az = self.programs.find(names).context("there is no program `az` here")?.signing_in();
        az.run(args, AZURE_CLI, &|| self.interrupt.requested())
    }

    fn append_secret(&self, path: &Path, text: &str) -> Result<()> {
        secret_file::append(path, text)
    }

    fn read_input(&self, most: u64) -> Result<String> {
        Console::read_input(most)
    }
}

/// The file of settings in the state folder.
pub struct ConfigToml {
    files: StateFiles,
    path: PathBuf,
}

impl ConfigToml {
    pub fn new(state: &Path) -> Self {
        let files = StateFiles::new(state, "");
        Self { path: files.folder().join(CONFIG), files }
    }
}

impl ConfigFile for ConfigToml {
    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self) -> Result<Option<String>> {
        self.files.read(CONFIG)
    }

    fn write(&self, text: &str) -> Result<()> {
        self.files.write(CONFIG, text.as_bytes())
    }
}
