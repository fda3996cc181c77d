//! The keyring of a Linux desktop (Secret Service), through libsecret's own tool, which hands a secret over by standard
//! input and output alone.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use secrecy::SecretString;

use crate::host::child::{Limits, Said};
use crate::host::interrupt::Interrupt;
use crate::host::programs::Programs;
use crate::ports::SecretStore;
use crate::ports::text::one_line;

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

pub(super) fn store(programs: &Programs, interrupt: &Interrupt, attended: bool) -> SecretStore {
    let (programs, interrupt) = (programs.clone(), interrupt.clone());
    let limits = Limits { time: if attended { UNLOCKING } else { UNATTENDED }, output: OUTPUT };
    let tool = Arc::new(move |args: &[&str], input: Option<&SecretString>| -> Result<Option<Said>> {
        let tool = programs
            .find(&["secret-tool"])
            .context("there is no program `secret-tool` here; the package libsecret-tools has it")?;
        let said = tool.run_reading(args, input, limits, &|| interrupt.requested())?;
        // It answers "there is none" by 1 and silence.
        match said.code {
            Some(0) => Ok(Some(said)),
            Some(1) if said.stderr.is_empty() => Ok(None),
            _ => bail!("{}", reason(&said)),
        }
    });
    let (read, write, clear) = (Arc::clone(&tool), Arc::clone(&tool), tool);
    SecretStore {
        name: "the keyring of this desktop",
        read: Box::new(move |name| {
            let Some(said) = read(&["lookup", OURS[0], OURS[1], WHICH, name], None)? else { return Ok(None) };
            let text = std::str::from_utf8(&said.stdout).context("what it holds is no text")?;
            Ok(Some(SecretString::from(text.trim_end_matches('\n'))))
        }),
        write: Box::new(move |name, secret| {
            let args = ["store", "--label", "Sign-in of fixforme", OURS[0], OURS[1], WHICH, name];
            write(&args, Some(secret))?.map(drop).context("it did not take the secret")
        }),
        clear: Box::new(move || clear(&["clear", OURS[0], OURS[1]], None).map(drop)),
    }
}

fn reason(said: &Said) -> String {
    let text = String::from_utf8_lossy(&said.stderr);
    let line = text.lines().next().unwrap_or_default();
    let line: String = line.trim_start_matches("secret-tool: ").chars().take(LONGEST_REASON).collect();
    if line.is_empty() { format!("secret-tool ended with {:?}", said.code) } else { one_line(&line) }
}
