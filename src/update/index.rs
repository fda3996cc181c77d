//! The index: a channel's releases, and which of them are revoked, as one signed JSON file.
//!
//! Later versions of the program may add fields; what is read here keeps its meaning for ever, because the oldest
//! installed program must still be able to read the newest index.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::ports::installation::{Archive, Sha256};

/// The one product that an index may be about.
pub const PRODUCT: &str = "fixforme";
pub const MOST_BYTES: usize = 512 * 1024;
pub const MOST_SIGNATURE_BYTES: usize = 4 * 1024;
const MOST_ARCHIVE_BYTES: u64 = 64 << 20;
const MOST_EXECUTABLE_BYTES: u64 = 256 << 20;

/// A channel's releases.
#[derive(Debug, Clone, Deserialize)]
pub struct Index {
    format: u32,
    product: String,
    pub channel: String,
    /// Grows with each index; at most the second in which it was issued, so that nobody can run ahead of time.
    pub version: u64,
    pub issued: Timestamp,
    /// From when on it says nothing any more.
    pub expires: Timestamp,
    /// The oldest version that may still be installed.
    pub min_supported: Version,
    /// The versions that must not be used.
    pub revoked: Vec<Revoked>,
    /// The releases, in no order.
    pub releases: Vec<Release>,
}

/// A version that must not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    pub version: Version,
    /// Why, one sentence.
    pub because: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    pub version: Version,
    pub notes: Option<String>,
    archives: Vec<Entry>,
}

/// An archive as it is written in an index.
#[derive(Debug, Clone, Deserialize)]
struct Entry {
    target: String,
    name: String,
    length: u64,
    sha256: Sha256,
    executable: Executable,
}

#[derive(Debug, Clone, Deserialize)]
struct Executable {
    length: u64,
    sha256: Sha256,
}

impl Index {
    /// Reads an index whose signature has been checked. Fails where anything in it is not as it must be.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        ensure!(bytes.len() <= MOST_BYTES, "the index has more than {MOST_BYTES} bytes");
        let index: Self = serde_json::from_slice(bytes).context("the index is not written as an index is")?;
        ensure!(index.format == 1, "the index has the format {}; this fixforme reads format 1", index.format);
        ensure!(index.product == PRODUCT, "the index is about another product: `{}`", shown(&index.product));
        for (at, release) in index.releases.iter().enumerate() {
            release.check()?;
            let again = index.releases.iter().take(at).any(|other| other.version == release.version);
            ensure!(!again, "the index lists {} twice", release.version);
        }
        Ok(index)
    }

    /// Returns why a version must not be used.
    pub fn revoked(&self, version: &Version) -> Option<&str> {
        self.revoked.iter().find(|revoked| revoked.version == *version).map(|revoked| revoked.because.as_str())
    }

    pub fn release(&self, version: &Version) -> Option<&Release> {
        self.releases.iter().find(|release| release.version == *version)
    }
}

impl Release {
    pub fn archive(&self, target: &str) -> Option<Archive> {
        let entry = self.archives.iter().find(|archive| archive.target == target)?;
        Some(Archive {
            version: self.version.clone(),
            target: entry.target.clone(),
            name: entry.name.clone(),
            length: entry.length,
            sha256: entry.sha256,
            executable_length: entry.executable.length,
            executable_sha256: entry.executable.sha256,
        })
    }

    fn check(&self) -> Result<()> {
        let version = &self.version;
        for (at, archive) in self.archives.iter().enumerate() {
            let target = &archive.target;
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            ensure!(!target.is_empty() && target.chars().all(plain), "`{}` is not a target", shown(target));
            // The name becomes part of an address: it may be this one and no other.
            let name = archive_name(version, target);
            ensure!(archive.name == name, "the archive of {version} is named `{}`, not `{name}`", shown(&archive.name));
            let sound = |length: u64, most: u64| (1..=most).contains(&length);
            ensure!(
                sound(archive.length, MOST_ARCHIVE_BYTES) && sound(archive.executable.length, MOST_EXECUTABLE_BYTES),
                "the lengths of `{name}` cannot be: {} and {} bytes",
                archive.length,
                archive.executable.length
            );
            let again = self.archives.iter().take(at).any(|other| other.target == *target);
            ensure!(!again, "the index lists `{name}` twice");
        }
        Ok(())
    }
}

pub fn archive_name(version: &Version, target: &str) -> String {
    format!("{PRODUCT}-{version}-{target}.tar.gz")
}

fn shown(text: &str) -> String {
    crate::ports::text::one_line(text)
}
