//! The one type of URL that the token is sent to.
//!
//! Every URL is built of checked parts, parsed again as the HTTP client will parse it, and compared part by part with
//! what was meant. None of these three alone is enough: the parser drops `..`, tabs and line ends without a word.

use anyhow::{Result, bail, ensure};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use crate::ports::ResourcePath;

use super::root::GraphRoot;

/// The longest URL that is sent; Graph's own limit is near it.
const MAX_URL: usize = 16 * 1024;

/// In a query, what is neither unreserved nor one of OData's harmless signs is encoded, so data stays one value.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'$')
    .remove(b',')
    .remove(b'(')
    .remove(b')')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// A URL of the session's own Graph root, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// Makes the URL of a resource with a query of decoded names and values.
    pub(super) fn of(root: &GraphRoot, path: &ResourcePath, query: &[(String, String)]) -> Result<Self> {
        let relative = relative(path, query);
        let address = Self(format!("{}{relative}", root.as_str()));
        ensure!(address.0.len() <= MAX_URL, "the request for {path} is longer than {MAX_URL} bytes");
        let url = Url::parse(&address.0)?;
        let meant = relative.split_once('?').map(|(_, query)| query);
        if !root.is_origin_of(&url) || !has_segments(&url, path) || url.query() != meant || url.fragment().is_some() {
            bail!(
                "the request for {path} would not reach what it names; this is an error of the program, please report it"
            );
        }
        Ok(address)
    }

    /// Makes the URL of `$batch` for `v1.0` or `beta`.
    pub(super) fn batch(root: &GraphRoot, version: &str) -> Self {
        let version = if version == "beta" { "beta" } else { "v1.0" };
        Self(format!("{}/{version}/$batch", root.as_str()))
    }

    /// Takes a `nextLink` of the server, which is opaque, as it is: provided that it stays on the same origin and on
    /// the path of the first page.
    pub(super) fn next(root: &GraphRoot, first: &ResourcePath, link: &str) -> Result<Self> {
        ensure!(link.len() <= MAX_URL, "the link to the next page is longer than {MAX_URL} bytes");
        let Ok(url) = Url::parse(link) else { bail!("the link to the next page is not a URL") };
        if !root.is_origin_of(&url) || url.fragment().is_some() {
            bail!("the link to the next page leads away from {}; it was not followed", root.as_str());
        }
        if !has_segments(&url, first) {
            bail!("the link to the next page leads away from {first}; it was not followed");
        }
        Ok(Self(url.into()))
    }

    /// Returns the URL.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the path and query below the root, as a `$batch` wants them once the version is taken off.
pub(super) fn relative(path: &ResourcePath, query: &[(String, String)]) -> String {
    let mut text = path.encoded();
    for (at, (name, value)) in query.iter().enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        text.extend(utf8_percent_encode(name, ENCODED));
        text.push('=');
        text.extend(utf8_percent_encode(value, ENCODED));
    }
    text
}

/// Graph compares the names in a path without regard to case and sometimes answers with another case than was asked.
fn has_segments(url: &Url, path: &ResourcePath) -> bool {
    let Some(segments) = url.path_segments() else { return false };
    let decoded: Option<Vec<String>> =
        segments.map(|each| percent_decode_str(each).decode_utf8().ok().map(std::borrow::Cow::into_owned)).collect();
    decoded.is_some_and(|decoded| {
        decoded.len() == path.segments().len()
            && decoded.iter().zip(path.segments()).all(|(one, other)| one.eq_ignore_ascii_case(other))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn root() -> GraphRoot {
        GraphRoot::parse("https://graph.microsoft.com").unwrap()
    }

    fn users() -> ResourcePath {
        ResourcePath::parse("/v1.0/users").unwrap()
    }

    #[test]
    fn a_query_is_data() {
        let query = vec![("$filter".to_owned(), "displayName eq 'a&b=c #1+2'".to_owned())];
        let address = Address::of(&root(), &users(), &query).unwrap();
        assert_eq!(
            address.as_str(),
            "https://graph.microsoft.com/v1.0/users?$filter=displayName%20eq%20%27a%26b%3Dc%20%231%2B2%27"
        );
    }

    #[test]
    fn a_link_to_the_next_page_stays_where_the_first_page_was() {
        let link = "https://graph.microsoft.com/v1.0/users?$skiptoken=a%27b";
        assert_eq!(Address::next(&root(), &users(), link).unwrap().as_str(), link);
        assert!(Address::next(&root(), &users(), "https://graph.microsoft.com:443/V1.0/Users?$skiptoken=x").is_ok());
        for evil in [
            "",
            "/v1.0/users?$skiptoken=x",
            "//graph.microsoft.com/v1.0/users",
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com.evil.example/v1.0/users",
            "https://graph.microsoft.com./v1.0/users",
            "https://evil.example/v1.0/users",
            "https://graph.microsoft.com@evil.example/v1.0/users",
            "https://evil.example\\@graph.microsoft.com/v1.0/users",
            "https://x@graph.microsoft.com/v1.0/users",
            "https://:x@graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com:8443/v1.0/users",
            "https://graph.microsoft.com/v1.0/groups",
            "https://graph.microsoft.com/v1.0/users/",
            "https://graph.microsoft.com/v1.0/users/../groups",
            "https://graph.microsoft.com/v1.0/users/1",
            "https://graph.microsoft.com/v1.0/users%2f1",
            "https://graph.microsoft.com/v1.0/users#x",
            "https://xn--grph-eoa.microsoft.com/v1.0/users",
            "https://1.1.1.1/v1.0/users",
        ] {
            assert!(Address::next(&root(), &users(), evil).is_err(), "{evil}");
        }
    }
}
