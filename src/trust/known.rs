//! A signature that is known to be good, so that a program can tell whether it still knows good from bad.
//!
//! It is by a TEST key whose private half was thrown away, over the eight bytes `fixforme`.

use anyhow::{Result, bail};

use super::keys::Key;
use super::{Keys, Purpose};

const KEY: &str = "untrusted comment: TEST\nRWQTObG+wctGjBIal7UXYRFKPablcbRz9R2Xs4ETf67aYAMgEWed2Txi\n";
const SIGNATURE: &str = concat!(
    "untrusted comment: TEST\n",
    "RUQTObG+wctGjLoK0IRQ+kwLCu2fIUDdTlyQ3UWqwk2QjdUEhY6dSukEu3JLkvyYEn0kxBuR5/pZYcAnh1bQ/8J5Ch4SZiMMFw0=\n",
    "trusted comment: fixforme index 1 self-test\n",
    "h3wiAmg0dEGv3iW5Fq4KS9djL4rZgx0pt+nl0fXWYLKEIeEFHuvqyXfpOy9YJ3u2ye15xBCIr5U/F1XNf+/9Cw==\n",
);

impl Keys {
    /// Checks that a good signature is found good with the key that made it, and with no other, nor for other bytes.
    pub fn self_test(&self) -> Result<()> {
        let purpose = Purpose::index("self-test");
        let keys = Self { current: Key::read(KEY)?, next: self.next.clone() };
        keys.verify(b"fixforme", SIGNATURE.as_bytes(), &purpose)?;
        for (keys, content) in [(&keys, b"fixformE"), (self, b"fixforme")] {
            if keys.verify(content, SIGNATURE.as_bytes(), &purpose).is_ok() {
                bail!("a bad signature is found good");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn who_believes_what_nobody_may_sign_any_more_does_not_pass() {
        let next = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/keys/next.pub"));
        let error = Keys::read(KEY, next).unwrap().self_test().unwrap_err();
        assert_eq!(error.to_string(), "a bad signature is found good");
    }
}
