//! The public keys: two, by construction.

use anyhow::{Context, Result, ensure};
use minisign_verify::PublicKey;

/// The key that signs now, and the one that follows it.
#[derive(Debug)]
pub struct Keys {
    pub(super) current: PublicKey,
    pub(super) next: PublicKey,
}

impl Keys {
    /// Returns the keys that are compiled in from `dist/keys/`.
    pub fn pinned() -> Result<Self> {
        Self::read(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/keys/current.pub")),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/keys/next.pub")),
        )
    }

    /// Reads two public keys as `minisign -G` writes them. Fails where one is none, or both are the same.
    pub fn read(current: &str, next: &str) -> Result<Self> {
        let read = |text: &str, which: &str| {
            PublicKey::decode(text).with_context(|| format!("the {which} key for signatures is no minisign key"))
        };
        let keys = Self { current: read(current, "current")?, next: read(next, "next")? };
        // Their first lines are comments.
        ensure!(current.lines().nth(1) != next.lines().nth(1), "both keys for signatures are the same");
        Ok(keys)
    }

    /// Returns both keys, the current one first.
    pub(super) fn each(&self) -> [&PublicKey; 2] {
        [&self.current, &self.next]
    }
}
