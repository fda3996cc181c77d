//! The address of a request: API version, path segments, OData options.

use percent_encoding::percent_decode_str;

use super::answer::Refusal;

/// A request target, taken apart and decoded.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// `v1.0` or `beta`.
    pub version: &'static str,
    /// Path segments after the version, decoded; empty ones (double slashes) are gone.
    pub segments: Vec<String>,
    /// The same in lower case: Graph does not tell letter case apart in names.
    pub lower: Vec<String>,
    options: Vec<(String, String)>,
}

const OPTIONS: &[&str] =
    &["$select", "$filter", "$top", "$orderby", "$count", "$expand", "$skiptoken", "$skip", "$search", "$format"];

impl Address {
    /// Takes a target such as `/v1.0/users?$top=2` apart.
    pub fn parse(target: &str) -> Result<Self, Refusal> {
        let target = target.split('#').next().unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut segments = Vec::new();
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            let segment = decode(segment)?;
            match key_in_brackets(&segment) {
                Some((name, key)) => segments.extend([name, key]),
                None => segments.push(segment),
            }
        }
        if segments.is_empty() {
            return Err(Refusal::bad("Empty path: a request starts with /v1.0 or /beta."));
        }
        let version = match segments.remove(0).to_ascii_lowercase().as_str() {
            "v1.0" => "v1.0",
            "beta" => "beta",
            other => return Err(Refusal::bad(format!("Invalid version: {other}"))),
        };
        let lower = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        Ok(Self { version, segments, lower, options: options(query)? })
    }

    /// Returns an OData option's value.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns all options but the page token, in order: what a page token belongs to.
    pub fn options_of_page(&self) -> impl Iterator<Item = (&str, &str)> {
        let options = self.options.iter().filter(|(key, _)| key != "$skiptoken");
        options.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns the path without the version: `/users/1`.
    pub fn path(&self) -> String {
        self.segments.iter().fold(String::new(), |path, segment| path + "/" + segment)
    }

    /// Returns the path without the version in lower case.
    pub fn lower_path(&self) -> String {
        self.path().to_ascii_lowercase()
    }

    /// Returns the path that what a seed declares is kept under.
    pub fn stored_path(&self) -> String {
        if self.version == "beta" { self.full_path() } else { self.path() }
    }

    /// Returns the path with the version: `/v1.0/users/1`.
    pub fn full_path(&self) -> String {
        format!("/{}{}", self.version, self.path())
    }

    /// Returns the version and the segments in lower case.
    pub fn full_segments(&self) -> Vec<String> {
        std::iter::once(self.version.to_owned()).chain(self.lower.iter().cloned()).collect()
    }

    /// Replaces the segments, as when `/me` stands for a user.
    pub fn set_segments(&mut self, segments: Vec<String>) {
        self.lower = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        self.segments = segments;
    }
}

fn decode(text: &str) -> Result<String, Refusal> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| Refusal::bad("The address is not UTF-8 after percent-decoding."))
}

/// Reads OData's key form `users('ann@contoso.example')` or `directoryRoles(roleTemplateId='…')`.
fn key_in_brackets(segment: &str) -> Option<(String, String)> {
    let (name, rest) = segment.split_once('(')?;
    let key = rest.strip_suffix(')')?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) || key.is_empty() {
        return None;
    }
    Some((name.to_owned(), key.replace('\'', "")))
}

fn options(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut options: Vec<(String, String)> = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = decode(&name.replace('+', " "))?.to_ascii_lowercase();
        if !name.starts_with('$') {
            continue;
        }
        if !OPTIONS.contains(&name.as_str()) {
            return Err(Refusal::bad(format!("The query option '{name}' is not known.")));
        }
        if options.iter().any(|(key, _)| *key == name) {
            return Err(Refusal::bad(format!("The query option '{name}' was given more than once.")));
        }
        options.push((name, decode(&value.replace('+', " "))?));
    }
    Ok(options)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn double_slashes_collapse_and_keys_in_brackets_are_segments() {
        let address =
            Address::parse("//v1.0//Users('ann%40contoso.example')//authentication?%24top=2&$filter=a+b").unwrap();
        assert_eq!(address.lower, ["users", "ann@contoso.example", "authentication"]);
        assert_eq!(address.option("$top"), Some("2"));
        assert_eq!(address.option("$filter"), Some("a b"));
        assert_eq!(address.full_path(), "/v1.0/Users/ann@contoso.example/authentication");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for target in ["/", "/v2.0/users", "/v1.0/%ff", "/v1.0/users?$top=1&$top=2", "/v1.0/users?$frob=1"] {
            assert_eq!(Address::parse(target).unwrap_err().status, 400, "{target}");
        }
    }
}
