//! A machine for tests that run the library itself and have no process around it.

use std::path::Path;

use anyhow::{Result, bail};
use fixforme::ports::{ConfigFile, Machine, ProgramOutput, SecretStore};
use secrecy::SecretString;

/// A machine on which nothing is kept or read, and whose browser shows nobody anything.
pub struct Nowhere;

impl SecretStore for Nowhere {
    fn name(&self) -> &'static str {
        "no store"
    }

    fn read(&self, _: &str) -> Result<Option<SecretString>> {
        Ok(None)
    }

    fn write(&self, _: &str, _: &SecretString) -> Result<()> {
        bail!("nothing is kept here")
    }

    fn clear(&self) -> Result<()> {
        Ok(())
    }
}

impl ConfigFile for Nowhere {
    fn path(&self) -> &Path {
        Path::new("config.toml")
    }

    fn read(&self) -> Result<Option<String>> {
        Ok(None)
    }

    fn write(&self, _: &str) -> Result<()> {
        bail!("nothing is set here")
    }
}

impl Machine for Nowhere {
    fn open_page(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn azure_cli(&self, _: &[&str]) -> Result<ProgramOutput> {
        bail!("there is no Azure CLI here")
    }

    fn append_secret(&self, _: &Path, _: &str) -> Result<()> {
        bail!("there are no secrets here")
    }

    fn read_input(&self, _: u64) -> Result<String> {
        bail!("nothing is read here")
    }
}
