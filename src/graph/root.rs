//! Where Graph answers: `https://` and a host, or a practice tenant on this machine.

use anyhow::{Result, bail};
use url::{Host, Url};

/// The root under which every request goes, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphRoot {
    url: Url,
    text: String,
}

impl GraphRoot {
    /// Reads a root such as `https://graph.microsoft.com` or `http://127.0.0.1:8080`.
    ///
    /// Plain http is for loopback alone: everywhere else it would show the token to the network.
    pub fn parse(text: &str) -> Result<Self> {
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => bail!(
                "`{}` is not an address of Graph ({error}); write it like https://graph.microsoft.com",
                text.escape_debug()
            ),
        };
        if url.host().is_none() || !matches!(url.scheme(), "https" | "http") {
            bail!("`{}` is not an address of Graph; write it like https://graph.microsoft.com", text.escape_debug());
        }
        let canonical = url.origin().ascii_serialization();
        // The parser repairs a great deal (tabs, backslashes, numbers as addresses). What it had to repair is refused,
        // so that a person sees the very host that will be spoken to.
        if !text.strip_suffix('/').unwrap_or(text).eq_ignore_ascii_case(&canonical) {
            bail!(
                "`{}` must be a scheme and a host (and a port), with no path, query or account; write it as {canonical}",
                text.escape_debug()
            );
        }
        let root = Self { text: canonical, url };
        if root.url.scheme() == "http" && !root.is_loopback() {
            bail!(
                "`{}` would send the token unencrypted; only a practice tenant on this machine may use http",
                root.text
            );
        }
        Ok(root)
    }

    /// Returns whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Returns the root as text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether `url` has this root's scheme, host and port, and nothing before the host.
    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        url.scheme() == self.url.scheme()
            && url.host() == self.url.host()
            && url.port_or_known_default() == self.url.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_a_scheme_and_a_host() {
        for good in ["https://graph.microsoft.com", "https://graph.microsoft.us/", "https://graph.example:8443"] {
            assert_eq!(GraphRoot::parse(good).unwrap().as_str(), good.trim_end_matches('/'));
            assert!(!GraphRoot::parse(good).unwrap().is_loopback());
        }
        for loopback in ["http://127.0.0.1:8080", "http://[::1]:9", "http://localhost:1", "https://localhost"] {
            assert!(GraphRoot::parse(loopback).unwrap().is_loopback(), "{loopback}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "graph.microsoft.com",
            "http://graph.microsoft.com",
            "http://localhost.evil.example",
            "https://graph.microsoft.com/v1.0",
            "https://graph.microsoft.com?x",
            "https://graph.microsoft.com#x",
            "https://a@graph.microsoft.com",
            "https://graph.microsoft.com\\@evil.example",
            "https:/graph.microsoft.com",
            "https://graph.micro\tsoft.com",
            "http://2130706433",
            "file:///etc/passwd",
            "data:,x",
        ] {
            assert!(GraphRoot::parse(bad).is_err(), "{bad}");
        }
    }
}
