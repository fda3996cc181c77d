//! The program as it is installed: what an update is described by, and what the outside can do with the file.
//!
//! Each ability is one whole step that leaves a program in its place whatever happens. What may be installed is not decided
//! here.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, ensure};
use ring::digest::{Digest, SHA256, digest};
use semver::Version;
use serde::{Deserialize, Serialize};

/// SHA-256 of some bytes, written as 64 small hexadecimal digits and no other way.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from(digest(&SHA256, bytes))
    }
}

impl From<Digest> for Sha256 {
    /// Takes a digest of 32 bytes.
    fn from(digest: Digest) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        Self(hash)
    }
}

impl FromStr for Sha256 {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let digits: Option<Vec<u8>> = text.bytes().map(value).collect();
        let digits = digits.unwrap_or_default();
        ensure!(digits.len() == 64, "a SHA-256 is 64 digits of 0-9 and a-f, not `{}`", super::text::one_line(text));
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        }
        Ok(Self(hash))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An archive with one executable in it, as a signed index describes both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The version of the executable.
    pub version: Version,
    /// The target triple that it is built for.
    pub target: String,
    /// The archive's file name.
    pub name: String,
    /// The archive's length in bytes.
    pub length: u64,
    /// The archive's hash.
    pub sha256: Sha256,
    /// The executable's length in bytes.
    pub executable_length: u64,
    /// The executable's hash.
    pub executable_sha256: Sha256,
}

/// An executable, as it is known without being started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executable {
    pub version: Version,
    pub sha256: Sha256,
}

/// What a started executable says of itself in its self-test, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildInfo {
    /// `fixforme`.
    pub product: String,
    /// Its version.
    pub version: Version,
    /// The target triple that it is built for.
    pub target: String,
}

/// The running program's file, and what can be done with it.
pub trait Installation: Send + Sync {
    /// Returns what this program is.
    fn build(&self) -> &BuildInfo;

    /// Returns where it was started from, links followed.
    fn path(&self) -> &Path;

    /// Returns where it lies when it is installed for one user.
    fn own_path(&self) -> &Path;

    /// Returns what a file `installed-by` beside a program says, as a package manager left it, or somebody else.
    fn installed_by(&self, program: &Path) -> Option<String>;

    /// Returns where its state is kept, for people.
    fn state(&self) -> &Path;

    /// Reads a small file of its state by name.
    fn read(&self, name: &str) -> Result<Option<String>>;

    /// Replaces a small file of its state; it is whole, old or new, whatever happens.
    fn write(&self, name: &str, text: &str) -> Result<()>;

    /// Takes the lock that lets one process at a time update. `None` when another one holds it.
    fn lock(&self) -> Result<Option<Box<dyn Send>>>;

    /// Starts an executable and returns what its self-test says.
    fn self_test(&self, path: &Path) -> Result<BuildInfo>;

    /// Puts the executable of an archive, whose bytes are given, into its place at a path, where another one may lie,
    /// of which a backup is kept. After an error the place is as it was.
    fn install(&self, archive: &Archive, bytes: &[u8], path: &Path) -> Result<(), NotInstalled>;

    /// Returns the backup of the executable that was replaced at a path, if it is still there, unchanged.
    fn backup(&self, path: &Path) -> Result<Option<Executable>>;

    /// Swaps the executable at a path and its backup. After an error both are as they were.
    fn restore(&self, path: &Path) -> Result<(), NotInstalled>;

    /// Ends a replacement that an earlier process has begun and not ended; nearly always there is none. Returns whether
    /// there is none any more: while another process is at one, that is left to it.
    fn repair(&self) -> Result<bool>;
}

/// Why an executable did not get a place.
#[derive(Debug)]
pub enum NotInstalled {
    /// It is not what was announced, or it does not work.
    Untrusted(anyhow::Error),
    /// This machine failed: the disk, a right, another process.
    Machine(anyhow::Error),
}

impl From<anyhow::Error> for NotInstalled {
    fn from(error: anyhow::Error) -> Self {
        Self::Machine(error)
    }
}

impl From<std::io::Error> for NotInstalled {
    fn from(error: std::io::Error) -> Self {
        Self::Machine(error.into())
    }
}
