//! The path of a resource of Microsoft Graph, checked once and then only handed on.
//!
//! A path is a list of segments, each held as the text that it means. Whoever has a path as text (a wizard's literal,
//! a journal) parses it; whoever has data to put into one (an object id, a user principal name) gives whole segments
//! and never concatenates. What leaves the program is always encoded here, so data cannot add a segment, climb to
//! another collection, or begin a query.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::text::visible;

/// The most bytes that one segment may have, decoded.
pub const MAX_SEGMENT: usize = 1024;
/// The most bytes that a path may have, encoded.
pub const MAX_PATH: usize = 4096;

/// Everything but RFC 3986's unreserved characters and `$`, which OData needs as it is (`$ref`, `$count`).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'$');

/// A checked path, such as `/v1.0/users/ann%40contoso.example`.
///
/// `Display` gives the encoded form, which parses to an equal path again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourcePath {
    segments: Vec<String>,
    encoded: String,
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathError {
    /// It does not begin with `/v1.0/` or `/beta/`, or names nothing below that.
    Root,
    /// A segment is empty (`//`, or a slash at the end).
    Empty,
    /// A segment is `.` or `..`, plain or encoded.
    Dots,
    /// A segment holds a slash or a backslash, plain or encoded.
    Slash(String),
    /// A segment holds a control, direction or invisible character.
    Deceiving(String),
    /// A segment is `$batch`, which only the client itself may use.
    Batch,
    /// The text has a query or a fragment.
    Query,
    /// A percent sign does not begin an escape of valid UTF-8.
    Escape(String),
    /// Brackets are not those of a plain function call, such as `getReport(period='D7')`.
    Call(String),
    /// A segment or the whole path is too long.
    Long,
}

impl ResourcePath {
    /// Reads a path as it is written in a wizard or in a journal: percent-escapes are decoded, and a segment may be a
    /// function call with literal arguments.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_PATH {
            return Err(PathError::Long);
        }
        if text.contains(['?', '#']) {
            return Err(PathError::Query);
        }
        let relative = text.strip_prefix('/').ok_or(PathError::Root)?;
        let mut path = Self { segments: Vec::new(), encoded: String::new() };
        for raw in relative.split('/') {
            if raw.contains(['(', ')']) {
                // A call is taken as it stands. With escapes in it, encoding again could change what it means.
                if !is_plain_call(raw) {
                    return Err(PathError::Call(visible(raw)));
                }
                path.push(raw.to_owned(), raw)?;
            } else {
                let segment = decode(raw)?;
                let encoded = encode(&segment);
                path.push(segment, &encoded)?;
            }
        }
        path.checked()
    }

    /// Makes a path of decoded segments, `v1.0` or `beta` first. Every character of data stays data.
    pub fn from_segments(segments: Vec<String>) -> Result<Self, PathError> {
        let mut path = Self { segments: Vec::with_capacity(segments.len()), encoded: String::new() };
        for segment in segments {
            let encoded = encode(&segment);
            path.push(segment, &encoded)?;
        }
        path.checked()
    }

    /// Returns the segments as the texts that they mean, the version first.
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Returns the path as it stands in a URL, beginning with a slash.
    pub fn encoded(&self) -> String {
        self.encoded.clone()
    }

    fn push(&mut self, segment: String, encoded: &str) -> Result<(), PathError> {
        check_segment(&segment)?;
        self.encoded.push('/');
        self.encoded.push_str(encoded);
        self.segments.push(segment);
        // The limit is looked at while building, so that a hostile list cannot grow without bound first.
        if self.encoded.len() > MAX_PATH { Err(PathError::Long) } else { Ok(()) }
    }

    fn checked(self) -> Result<Self, PathError> {
        match self.segments.first().map(String::as_str) {
            Some("v1.0" | "beta") if self.segments.len() > 1 => Ok(self),
            _ => Err(PathError::Root),
        }
    }
}

impl fmt::Display for ResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encoded)
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("a path must begin with `/v1.0/` or `/beta/` and name a resource below it"),
            Self::Empty => f.write_str("a path must not have an empty segment (`//`, or a slash at its end)"),
            Self::Dots => f.write_str("a path must not have `.` or `..` as a segment"),
            Self::Slash(segment) => write!(f, "the path segment `{segment}` must not contain a slash or a backslash"),
            Self::Deceiving(segment) => {
                write!(f, "the path segment `{segment}` must not contain control, direction or invisible characters")
            }
            Self::Batch => f.write_str("`$batch` is used by the program itself and must not stand in a path"),
            Self::Query => f.write_str(
                "a path must not contain `?` or `#`; a query is given apart, as data it is written %3F or %23",
            ),
            Self::Escape(segment) => {
                write!(f, "the percent escapes of the path segment `{segment}` are not valid UTF-8")
            }
            Self::Call(segment) => write!(
                f,
                "the path segment `{segment}` is not a plain function call such as `getReport(period='D7')`; \
                 brackets in data are written %28 and %29"
            ),
            Self::Long => write!(
                f,
                "a path may have {MAX_PATH} bytes in all and {MAX_SEGMENT} in one segment; this one is longer"
            ),
        }
    }
}

impl std::error::Error for PathError {}

fn check_segment(segment: &str) -> Result<(), PathError> {
    if segment.is_empty() {
        return Err(PathError::Empty);
    }
    if segment.len() > MAX_SEGMENT {
        return Err(PathError::Long);
    }
    if segment == "." || segment == ".." {
        return Err(PathError::Dots);
    }
    if segment.contains(['/', '\\']) {
        return Err(PathError::Slash(visible(segment)));
    }
    if segment.chars().any(char::is_control) || visible(segment) != segment {
        return Err(PathError::Deceiving(visible(segment)));
    }
    // Graph compares names without regard to case.
    if segment.eq_ignore_ascii_case("$batch") {
        return Err(PathError::Batch);
    }
    Ok(())
}

fn is_plain_call(raw: &str) -> bool {
    let Some((name, arguments)) = raw.split_once('(') else { return false };
    let Some(arguments) = arguments.strip_suffix(')') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._".contains(c);
    !name.is_empty() && name.chars().all(is_name) && arguments.chars().all(|c| is_name(c) || "-,='@:".contains(c))
}

fn decode(raw: &str) -> Result<String, PathError> {
    let invalid = || PathError::Escape(visible(raw));
    // The decoder leaves a stray percent sign as it is; here it is an error, since nobody can say what was meant.
    for (at, _) in raw.match_indices('%') {
        let is_escape = raw.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if !is_escape {
            return Err(invalid());
        }
    }
    percent_decode_str(raw).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| invalid())
}

fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, ENCODED).to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ResourcePath, PathError> {
        ResourcePath::parse(text)
    }

    fn with(data: &str) -> Result<ResourcePath, PathError> {
        ResourcePath::from_segments(vec!["v1.0".to_owned(), "users".to_owned(), data.to_owned()])
    }

    #[test]
    fn a_path_is_its_segments() {
        let path = parse("/v1.0/users/ann%40contoso.example").unwrap();
        assert_eq!(path.segments(), ["v1.0", "users", "ann@contoso.example"]);
        assert_eq!(path.to_string(), "/v1.0/users/ann%40contoso.example");
        assert_eq!(parse("/v1.0/users/ann@contoso.example").unwrap(), path);
        assert_eq!(with("ann@contoso.example").unwrap(), path);
        let call = parse("/beta/reports/getUsers(period='D7')").unwrap();
        assert_eq!(call.encoded(), "/beta/reports/getUsers(period='D7')");
        assert_eq!(parse("/v1.0/groups/1/members/$ref").unwrap().encoded(), "/v1.0/groups/1/members/$ref");
    }

    #[test]
    fn what_could_reach_another_resource_is_refused() {
        for text in ["", "/", "v1.0/me", "/v1.0", "/v1.0/", "/v2.0/me", "/V1.0/me", "https://evil.example/v1.0/me"] {
            assert!(matches!(parse(text), Err(PathError::Root | PathError::Empty)), "{text}");
        }
        for text in ["/v1.0//evil.example/me", "/v1.0/users/", "/v1.0/users//manager"] {
            assert_eq!(parse(text), Err(PathError::Empty), "{text}");
        }
        for text in ["/v1.0/users/../me", "/v1.0/users/%2e%2E", "/v1.0/./me", "/v1.0/%2e/me"] {
            assert_eq!(parse(text), Err(PathError::Dots), "{text}");
        }
        assert!(matches!(parse("/v1.0/users/a%2fb"), Err(PathError::Slash(_))));
        assert!(matches!(parse("/v1.0/users/a%5Cb"), Err(PathError::Slash(_))));
        assert!(matches!(parse("/v1.0/users/a\\b"), Err(PathError::Slash(_))));
        assert!(matches!(parse("/v1.0/users/a%0d%0ab"), Err(PathError::Deceiving(_))));
        assert!(matches!(parse("/v1.0/users/a%00"), Err(PathError::Deceiving(_))));
        assert!(matches!(parse("/v1.0/users/a\tb"), Err(PathError::Deceiving(_))));
        assert!(matches!(with("a\u{202e}b"), Err(PathError::Deceiving(_))));
        assert_eq!(parse("/v1.0/$BATCH"), Err(PathError::Batch));
        assert_eq!(parse("/v1.0/%24batch"), Err(PathError::Batch));
        assert_eq!(parse("/v1.0/me?$select=id"), Err(PathError::Query));
        assert!(matches!(parse("/v1.0/users/100%"), Err(PathError::Escape(_))));
        assert!(matches!(parse("/v1.0/users/%ff"), Err(PathError::Escape(_))));
        assert!(matches!(parse("/v1.0/users/f(x='%27')"), Err(PathError::Call(_))));
        assert!(matches!(parse("/v1.0/users/f(x)/(y"), Err(PathError::Call(_))));
        assert_eq!(parse(&format!("/v1.0/{}", "a".repeat(1025))), Err(PathError::Long));
        assert_eq!(with(&"ü".repeat(513)), Err(PathError::Long));
        assert_eq!(parse(&"/v1.0/users".repeat(1000)), Err(PathError::Long));
    }

    proptest::proptest! {
        #[test]
        fn data_fills_one_segment_and_nothing_else(data in "\\PC{1,60}") {
            if let Ok(path) = with(&data) {
                proptest::prop_assert_eq!(&parse(&path.encoded()).unwrap(), &path);
                let url = url::Url::parse(&format!("https://graph.microsoft.com{path}")).unwrap();
                proptest::prop_assert_eq!(url.host_str(), Some("graph.microsoft.com"));
                proptest::prop_assert_eq!(url.path(), path.encoded());
                let last = percent_decode_str(url.path_segments().unwrap().next_back().unwrap());
                proptest::prop_assert_eq!(last.decode_utf8().unwrap(), data);
            }
        }
    }
}
