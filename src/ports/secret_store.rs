//! The operating system's store for secrets, as far as sign-ins are kept in it.
//!
//! The abilities are functions handed in by `wiring`. Each works whole or fails: there is no other place to fall back to.

use anyhow::Result;
use secrecy::SecretString;

/// Reads the secret of a name; none where there is none.
pub type Read = dyn Fn(&str) -> Result<Option<SecretString>> + Send + Sync;
/// Writes the secret of a name, in place of the one before.
pub type Write = dyn Fn(&str, &SecretString) -> Result<()> + Send + Sync;
/// Removes every secret that this program has written.
pub type Clear = dyn Fn() -> Result<()> + Send + Sync;

/// The store of the person who runs the program.
pub struct SecretStore {
    /// What a person calls it: "the keyring of this desktop".
    pub name: &'static str,
    /// Reads.
    pub read: Box<Read>,
    /// Writes.
    pub write: Box<Write>,
    /// Removes all.
    pub clear: Box<Clear>,
}
