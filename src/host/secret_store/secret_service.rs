//! The keyring of a Linux desktop (Secret Service), through libsecret's own tool, which hands a secret over by standard
//! input and output alone.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use secrecy::SecretString;

use crate::host::child::Limits;
use crate::host::interrupt::Interrupt;
use crate::host::programs::Programs;
use crate::ports::text::one_line;
use crate::ports::{ProgramOutput, SecretStore};

/// A person may have to unlock the keyring in a window of the desktop.
const UNLOCKING: Duration = Duration::from_secs(120);
/// Where there is nobody to do so, it answers soon or never.
const UNATTENDED: Duration = Duration::from_secs(5);
/// The most bytes that the tool says.
const OUTPUT: usize = 64 * 1024;
/// What all secrets of this program have in common in the keyring.
const OURS: [&str; 2] = ["application", "fixforme"];
/// The name of the one by which they differ.
const WHICH: &str = "sign-in";
/// The most characters of what the tool says of its own trouble.
const LONGEST_REASON: usize = 200;

/// The keyring, as `secret-tool` reaches it.
pub(super) struct SecretService {
    programs: Programs,
    interrupt: Interrupt,
    limits: Limits,
}

impl SecretService {
    pub(super) fn new(programs: &Programs, interrupt: &Interrupt, attended: bool) -> Self {
        let limits = Limits { time: if attended { UNLOCKING } else { UNATTENDED }, output: OUTPUT };
        Self { programs: programs.clone(), interrupt: interrupt.clone(), limits }
    }

    fn tool(&self, args: &[&str], input: Option<&SecretString>) -> Result<Option<ProgramOutput>> {
        let tool = self
            .programs
            .find(&["secret-tool"])
            .context("there is no program `secret-tool` here; the package libsecret-tools has it")?;
        let output = tool.run_reading(args, input, self.limits, &|| self.interrupt.requested())?;
        // It answers "there is none" by 1 and silence.
        match output.code {
            Some(0) => Ok(Some(output)),
            Some(1) if output.stderr.is_empty() => Ok(None),
            _ => bail!("{}", reason(&output)),
        }
    }
}

impl SecretStore for SecretService {
    fn name(&self) -> &'static str {
        "the keyring of this desktop"
    }

    fn read(&self, name: &str) -> Result<Option<SecretString>> {
        let Some(output) = self.tool(&["lookup", OURS[0], OURS[1], WHICH, name], None)? else { return Ok(None) };
        let text = std::str::from_utf8(&output.stdout).context("it does not contain text")?;
        Ok(Some(SecretString::from(text.trim_end_matches('\n'))))
    }

    fn write(&self, name: &str, secret: &SecretString) -> Result<()> {
        let args = ["store", "--label", "Sign-in of fixforme", OURS[0], OURS[1], WHICH, name];
        self.tool(&args, Some(secret))?.map(drop).context("it did not take the secret")
    }

    fn clear(&self) -> Result<()> {
        self.tool(&["clear", OURS[0], OURS[1]], None).map(drop)
    }
}

fn reason(output: &ProgramOutput) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or_default();
    let line: String = line.trim_start_matches("secret-tool: ").chars().take(LONGEST_REASON).collect();
    if line.is_empty() { format!("secret-tool ended with {:?}", output.code) } else { one_line(&line) }
}
