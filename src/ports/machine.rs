//! The machine that the program runs on: time, a file of settings, a store for secrets, a browser, other programs.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

/// Time and randomness, so that a rehearsal can run on virtual time and a test can stand still.
pub trait Clock: Send + Sync {
    /// Returns the current time (UTC).
    fn now(&self) -> Timestamp;

    /// Returns the time since some moment, for measuring: whoever sets the clock of the machine does not make it jump.
    fn ticks(&self) -> Duration {
        Duration::try_from(self.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
    }

    /// Waits for `duration`, or until the person interrupts the program, whichever comes first.
    ///
    /// A virtual clock moves its time forward and returns at once.
    fn sleep(&self, duration: Duration);

    /// Fills `buffer` with random bytes from the operating system.
    fn random(&self, buffer: &mut [u8]);
}

/// The one file of settings that a person may keep, as text.
pub trait ConfigFile: Send + Sync {
    /// Returns where it is, for errors.
    fn path(&self) -> &Path;

    /// Reads it; `None` where there is none.
    fn read(&self) -> Result<Option<String>>;

    /// Replaces it in one step.
    fn write(&self, text: &str) -> Result<()>;
}

/// The operating system's store for secrets, of the person who runs the program. Each ability works whole or fails: there is
/// no other place to fall back to.
pub trait SecretStore: Send + Sync {
    /// Returns what a person calls it: "the keyring of this desktop".
    fn name(&self) -> &'static str;

    /// Reads the secret of a name; `None` where there is none.
    fn read(&self, name: &str) -> Result<Option<SecretString>>;

    /// Writes the secret of a name, in place of the one before.
    fn write(&self, name: &str, secret: &SecretString) -> Result<()>;

    /// Removes every secret that this program has written.
    fn clear(&self) -> Result<()>;
}

/// What other programs of the machine, and its standard input, do for us.
pub trait Machine: Send + Sync {
    /// Opens a page in the person's browser, or says why there is none.
    fn open_page(&self, url: &str) -> Result<()>;

    /// Runs the Azure CLI with these arguments to its end; an error says why that was not possible.
    fn azure_cli(&self, args: &[&str]) -> Result<ProgramOutput>;

    /// Appends a text to a file for secrets, which only its owner may read; an empty text only proves that it can.
    fn append_secret(&self, path: &Path, text: &str) -> Result<()>;

    /// Reads standard input to its end, which may be `most` bytes; used only where a flag names it.
    fn read_input(&self, most: u64) -> Result<String>;
}

/// What a program that ended by itself has left. It may be a token, so it has no `Debug` and is zeroised when dropped.
pub struct ProgramOutput {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: Zeroizing<Vec<u8>>,
    pub stderr: Zeroizing<Vec<u8>>,
}
