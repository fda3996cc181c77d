//! A scheme and a host to which a secret may go: the root of Graph, the authority that signs in.

use anyhow::{Result, bail};
use url::{Host, Url};

/// A scheme, a host and perhaps a port: `https`, or plain `http` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    url: Url,
    text: String,
}

/// What an origin is for, as errors call it.
#[derive(Debug, Clone, Copy)]
pub struct Purpose {
    /// "an address of Graph".
    pub name: &'static str,
    /// How it is written: `https://graph.microsoft.com`.
    pub example: &'static str,
    /// What plain `http` would show to the network: "the token".
    pub secret: &'static str,
}

impl Origin {
    /// Reads an origin such as `https://graph.microsoft.com` or `http://127.0.0.1:8080`.
    ///
    /// Plain http is for loopback alone: everywhere else it would show a secret to the network.
    pub fn parse(text: &str, purpose: Purpose) -> Result<Self> {
        let Purpose { name, example, secret } = purpose;
        let shown = text.escape_debug();
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => bail!("`{shown}` is not {name} ({error}); write it like {example}"),
        };
        if url.host().is_none() || !matches!(url.scheme(), "https" | "http") {
            bail!("`{shown}` is not {name}; write it like {example}");
        }
        let canonical = url.origin().ascii_serialization();
        // The parser repairs a great deal (tabs, backslashes, numbers as addresses). What it had to repair is refused,
        // so that a person sees the very host that will be spoken to.
        if !text.strip_suffix('/').unwrap_or(text).eq_ignore_ascii_case(&canonical) {
            bail!(
                "`{shown}` must be a scheme and a host (and a port), with no path, query or account; write it as {canonical}"
            );
        }
        let origin = Self { text: canonical, url };
        if origin.url.scheme() == "http" && !origin.is_loopback() {
            bail!(
                "`{}` would send {secret} unencrypted; only this machine itself may be spoken to by http",
                origin.text
            );
        }
        Ok(origin)
    }

    /// Returns whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Returns the origin as text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the host and, where there is one, the port, as a person types them.
    pub fn host(&self) -> &str {
        self.text.split_once("://").map_or(self.text.as_str(), |(_, host)| host)
    }

    /// Returns whether `url` has this scheme, host and port, and nothing before the host.
    pub fn is_origin_of(&self, url: &Url) -> bool {
        url.scheme() == self.url.scheme()
            && url.host() == self.url.host()
            && url.port_or_known_default() == self.url.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
    }
}

/// Returns whether an address is of this machine: the only place to which anything goes without TLS.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Origin> {
        let example = "https://graph.microsoft.com";
        Origin::parse(text, Purpose { name: "an address of Graph", example, secret: "the token" })
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        for good in ["https://graph.microsoft.com", "https://graph.microsoft.us/", "https://graph.example:8443"] {
            assert_eq!(parse(good).unwrap().as_str(), good.trim_end_matches('/'));
            assert!(!parse(good).unwrap().is_loopback());
        }
        for loopback in ["http://127.0.0.1:8080", "http://[::1]:9", "http://localhost:1", "https://localhost"] {
            assert!(parse(loopback).unwrap().is_loopback(), "{loopback}");
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
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
