//! The public keys: two, by construction.

use anyhow::{Context, Result, ensure};
use minisign_verify::PublicKey;

/// The key that signs now, and the one that follows it.
#[derive(Debug, Clone)]
pub struct Keys {
    pub(super) current: Key,
    pub(super) next: Key,
}

#[derive(Debug, Clone)]
pub struct Key {
    pub(super) public: PublicKey,
    text: String,
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
        let current = Key::read(current).context("the current key for signatures cannot be read")?;
        let next = Key::read(next).context("the next key for signatures cannot be read")?;
        ensure!(current.text != next.text, "both keys for signatures are the same");
        Ok(Self { current, next })
    }

    /// Returns the key that takes over from the current one.
    pub fn next(&self) -> &Key {
        &self.next
    }
}

impl Key {
    pub(super) fn read(text: &str) -> Result<Self> {
        let public = PublicKey::decode(text)?;
        // The first line is a comment.
        let text = text.lines().nth(1).context("it is not a minisign key")?;
        Ok(Self { public, text: text.to_owned() })
    }

    /// Returns the key as minisign writes it, by which it is known again.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
