//! The Keychain of macOS, through the system's own tool. It takes a secret on its standard input when it is led by lines,
//! so that none is ever among its arguments, which everybody on the machine could read.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::host::child::{Limits, Program};
use crate::host::interrupt::Interrupt;
use crate::ports::{ProgramOutput, SecretStore};

/// A person may have to unlock the Keychain in a window.
const UNLOCKING: Duration = Duration::from_secs(120);
/// Where there is nobody to do so, it answers soon or never.
const UNATTENDED: Duration = Duration::from_secs(5);
/// The most bytes that the tool says.
const OUTPUT: usize = 64 * 1024;
const TOOL: &str = "/usr/bin/security";
/// What all secrets of this program have in common in the Keychain.
const SERVICE: &str = "fixforme sign-in";
/// How the tool says that there is none (`errSecItemNotFound`, cut to a byte).
const NOT_FOUND: i32 = 44;
/// The longest line that the tool reads whole.
const LONGEST_LINE: usize = 4000;
/// More sign-ins than anybody has.
const MOST: usize = 1000;

/// The Keychain, as `security` reaches it.
pub(super) struct Keychain {
    interrupt: Interrupt,
    limits: Limits,
}

impl Keychain {
    pub(super) fn new(interrupt: &Interrupt, attended: bool) -> Self {
        let limits = Limits { time: if attended { UNLOCKING } else { UNATTENDED }, output: OUTPUT };
        Self { interrupt: interrupt.clone(), limits }
    }

    fn tool(&self, args: &[&str], input: Option<&SecretString>) -> Result<Option<ProgramOutput>> {
        let tool = Program::at(Path::new(TOOL))?;
        let output = tool.run_reading(args, input, self.limits, &|| self.interrupt.requested())?;
        match output.code {
            Some(0) => Ok(Some(output)),
            Some(NOT_FOUND) => Ok(None),
            code => bail!("`security` ended with {code:?}; is the Keychain locked?"),
        }
    }
}

impl SecretStore for Keychain {
    fn name(&self) -> &'static str {
        "the Keychain"
    }

    fn read(&self, name: &str) -> Result<Option<SecretString>> {
        let output = self.tool(&["find-generic-password", "-s", SERVICE, "-a", name, "-w"], None)?;
        let Some(output) = output else { return Ok(None) };
        let decoded = STANDARD.decode(output.stdout.trim_ascii()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded.context("what it holds is not ours").map(|text| Some(SecretString::from(text)))
    }

    fn write(&self, name: &str, secret: &SecretString) -> Result<()> {
        let encoded = Zeroizing::new(STANDARD.encode(secret.expose_secret()));
        let line = Zeroizing::new(format!(
            "add-generic-password -U -s \"{SERVICE}\" -a \"{name}\" -l \"Sign-in of fixforme\" -w {}\n",
            encoded.as_str()
        ));
        ensure!(!name.contains(['"', '\\', '\n']), "the name of the sign-in cannot be written");
        ensure!(line.len() <= LONGEST_LINE, "the sign-in is too long for it");
        self.tool(&["-i"], Some(&SecretString::from(line.as_str())))?;
        // Led by lines the tool does not tell how a line has ended.
        let kept = self.read(name)?;
        ensure!(kept.is_some_and(|kept| kept.expose_secret() == secret.expose_secret()), "it did not take the sign-in");
        Ok(())
    }

    fn clear(&self) -> Result<()> {
        for _ in 0..MOST {
            if self.tool(&["delete-generic-password", "-s", SERVICE], None)?.is_none() {
                return Ok(());
            }
        }
        bail!("sign-ins are left in it")
    }
}
