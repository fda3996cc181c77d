//! Checking one detached signature.

use std::fmt;

use anyhow::{Result, bail, ensure};
use minisign_verify::{Error, Signature};

use super::{Key, Keys};

/// What a signature is for: the exact trusted comment that it must carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose(String);

impl Purpose {
    /// The index of a channel's releases, format 1.
    pub fn index(channel: &str) -> Self {
        Self(format!("fixforme index 1 {channel}"))
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Keys {
    /// Checks that one of the keys has signed `content` for `purpose`, and returns which.
    ///
    /// `signature` is the text of a `.minisig` file: four lines and nothing else. The legacy algorithm, which signs
    /// without hashing first, is refused.
    pub fn verify(&self, content: &[u8], signature: &[u8], purpose: &Purpose) -> Result<&Key> {
        let Ok(text) = std::str::from_utf8(signature) else { bail!("this is not a minisign signature") };
        ensure!(text.lines().count() == 4 && !text.contains('\r'), "this is not a minisign signature of four lines");
        let Ok(signature) = Signature::decode(text) else { bail!("this is not a minisign signature") };
        let mut known = false;
        for key in [&self.current, &self.next] {
            match key.public.verify(content, &signature, false) {
                // A key is known by its id, which is not a secret and proves nothing.
                Err(Error::UnexpectedKeyId) => continue,
                Err(Error::UnexpectedAlgorithm) => bail!("the signature is made by minisign's old way, without a hash"),
                Err(_) => known = true,
                Ok(()) => {
                    let found = signature.trusted_comment();
                    ensure!(
                        found == purpose.to_string(),
                        "the signature is for something else: `{}` instead of `{purpose}`",
                        crate::ports::text::one_line(found)
                    );
                    return Ok(key);
                }
            }
        }
        if known {
            bail!("the signature does not belong to these bytes");
        }
        bail!("the signature is by a key that fixforme does not know");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_keys_can_be_read_and_tell_good_from_bad() {
        Keys::pinned().unwrap().self_test().unwrap();
    }

    #[test]
    fn one_key_twice_is_no_pair_of_keys() {
        let key = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/keys/current.pub"));
        let renamed = key.replace("current", "next");
        assert!(Keys::read(key, &renamed).unwrap_err().to_string().contains("the same"));
        assert!(Keys::read(key, "no key").is_err());
        assert!(Keys::read("", key).is_err());
    }
}
