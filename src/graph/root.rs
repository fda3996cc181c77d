//! Where Graph answers: `https://` and a host, or a practice tenant on this machine.

use anyhow::Result;
use url::Url;

use crate::ports::Origin;
use crate::ports::origin::Purpose;

/// The root under which every request goes, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphRoot(Origin);

impl GraphRoot {
    /// Reads a root such as `https://graph.microsoft.com` or `http://127.0.0.1:8080`.
    pub fn parse(text: &str) -> Result<Self> {
        let example = "https://graph.microsoft.com";
        Ok(Self(Origin::parse(text, Purpose { name: "an address of Graph", example, secret: "the token" })?))
    }

    /// Returns whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.0.is_loopback()
    }

    /// Returns the root as text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the scheme and the host behind it.
    pub fn origin(&self) -> &Origin {
        &self.0
    }

    /// Returns whether `url` has this root's scheme, host and port, and nothing before the host.
    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        self.0.is_origin_of(url)
    }
}
