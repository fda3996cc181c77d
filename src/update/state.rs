//! What was seen of the indexes before, so that no older one is believed again.
//!
//! Deleting it can only lead back to what is compiled in. It remembers when the newest index was signed rather than
//! what this machine's clock said: a clock that once ran ahead must not make every later index look expired.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::index::{Index, Revoked};
use crate::ports::installation::Sha256;
use crate::trust::{Key, Keys};

/// The name of the file that it is kept in.
pub const FILE: &str = "trusted.json";

/// No index below this version is believed, also where nothing is remembered. Raised with each release (`dist/README.md`).
const FLOOR: u64 = 1;

/// No moment before this one is believed to be now. Raised with each release, which `dist/release` makes sure of.
const BUILT: Timestamp = Timestamp::constant(1_795_478_400, 0);

/// No index is from this moment or later: the first of January 3000.
const NEVER: Timestamp = Timestamp::constant(32_503_680_000, 0);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateState {
    format: u32,
    /// The key that has signed last. Once the next one has, the one before it is not believed any more.
    key: Option<String>,
    channels: BTreeMap<String, Seen>,
}

/// The newest index of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    version: u64,
    sha256: Sha256,
    issued: Timestamp,
    min_supported: Version,
    revoked: Vec<Revoked>,
}

impl Default for UpdateState {
    fn default() -> Self {
        Self { format: 1, key: None, channels: BTreeMap::new() }
    }
}

impl UpdateState {
    /// Reads what is remembered; without a file nothing is. Fails where the file is damaged or of a later format, or tells of
    /// an index from a time that none can be from.
    pub fn read(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::default()) };
        let state: Self = serde_json::from_str(text).context("it is damaged")?;
        ensure!(state.format == 1, "it was written by a later version of fixforme");
        let latest = state.channels.values().map(|seen| seen.issued).max();
        ensure!(latest < Some(NEVER), "it is damaged: it tells of a list of releases from the far future");
        Ok(state)
    }

    pub fn text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Returns the earliest moment that it can be now, given what the clock says.
    pub fn now(&self, clock: Timestamp) -> Timestamp {
        self.channels.values().map(|seen| seen.issued).chain([BUILT]).fold(clock, Timestamp::max)
    }

    /// Returns why an index that is not older in time must not be believed: it is older, or another one of the same
    /// version.
    pub fn contradicts(&self, index: &Index, sha256: &Sha256) -> Option<String> {
        if index.version < FLOOR {
            return Some(format!("its version {} is below {FLOOR}, with which this fixforme was made", index.version));
        }
        let seen = self.channels.get(&index.channel)?;
        if index.version < seen.version {
            return Some(format!("its version is {}, and {} was seen before", index.version, seen.version));
        }
        if index.version == seen.version && *sha256 != seen.sha256 {
            return Some(format!("another index of the same version {} was seen before", index.version));
        }
        (index.issued < seen.issued)
            .then(|| format!("it was issued {}, and one of {} was seen before", index.issued, seen.issued))
    }

    /// Returns whether a later key than `key` has signed before: whoever still signs with that one may have stolen it.
    pub fn has_replaced(&self, key: &Key, keys: &Keys) -> bool {
        let next = keys.next().as_str();
        key.as_str() != next && self.key.as_deref() == Some(next)
    }

    /// Returns what is remembered once `index`, signed with `key`, has been believed.
    pub fn with(&self, index: &Index, sha256: Sha256, key: &Key) -> Self {
        let mut state = self.clone();
        state.key = Some(key.as_str().to_owned());
        let seen = Seen {
            version: index.version,
            sha256,
            issued: index.issued,
            min_supported: index.min_supported.clone(),
            revoked: index.revoked.clone(),
        };
        state.channels.insert(index.channel.clone(), seen);
        state
    }

    /// Returns why a version must not be used, as far as is remembered.
    pub fn revoked(&self, version: &Version) -> Option<&str> {
        let revoked = self.channels.values().flat_map(|seen| &seen.revoked);
        revoked.filter(|revoked| revoked.version == *version).map(|revoked| revoked.because.as_str()).next()
    }

    /// Returns the oldest version that may still be installed, as far as is remembered. The strictest channel counts: looking
    /// at another one must not bring back what the first has ruled out.
    pub fn min_supported(&self) -> Option<&Version> {
        self.channels.values().map(|seen| &seen.min_supported).max()
    }
}
