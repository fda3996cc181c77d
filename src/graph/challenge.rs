//! What Graph wants a token to prove before it goes on: a claims challenge, for instance after a policy was changed or a
//! session was revoked.
//!
//! Source of its form: Microsoft's "Claims challenges, claims requests, and client capabilities". We do not declare that
//! we understand them (`cp1`), and are challenged all the same where a policy asks for it.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use serde_json::Value;

/// The most characters of a challenge; real ones have some hundred.
const LONGEST: usize = 16 << 10;
/// The most characters of a word of it on the screen.
const LONGEST_WORD: usize = 60;

/// Returns the claims that an answer of 401 asks for, as JSON text.
pub(super) fn claims(headers: &[(String, String)]) -> Option<String> {
    let challenges = headers.iter().filter(|(name, _)| name == "www-authenticate").map(|(_, value)| value);
    challenges.filter(|value| parameter(value, "error") == Some("insufficient_claims")).find_map(|value| {
        let text = parameter(value, "claims").filter(|text| text.len() <= LONGEST)?;
        let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let decode = |alphabet| GeneralPurpose::new(alphabet, padding).decode(text).ok();
        let claims = String::from_utf8(decode(&STANDARD).or_else(|| decode(&URL_SAFE))?).ok()?;
        serde_json::from_str::<Value>(&claims).is_ok_and(|claims| claims.is_object()).then_some(claims)
    })
}

/// Returns the value of a parameter, in quotes or bare, in any order.
fn parameter<'header>(header: &'header str, name: &str) -> Option<&'header str> {
    let mut rest = header;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.rsplit([' ', ',']).next().unwrap_or_default();
        let (value, next) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once([',', ' ']).unwrap_or((after, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = next;
    }
    None
}

/// Returns the words for a service that takes no token of ours, with what it wants proven where it says so.
pub(super) fn refused(claims: Option<&str>) -> String {
    let Some(claims) = claims else {
        return "Microsoft Graph did not accept the sign-in (401), nor a new one; sign in again, or use a token for this \
                tenant and cloud"
            .to_owned();
    };
    format!(
        "Microsoft Graph wants the sign-in to prove more than it does (401, insufficient_claims), and a new one did not: {}. \
         A policy of your organization (Conditional Access) asks for it; whoever looks after it finds this in the sign-in \
         log",
        wanted(claims)
    )
}

/// Says in words what the claims ask for, as far as they are known.
fn wanted(claims: &str) -> String {
    let claims: Value = serde_json::from_str(claims).unwrap_or_default();
    let Some(token) = claims.get("access_token").and_then(Value::as_object) else {
        return "it does not say what".to_owned();
    };
    let words: Vec<String> = token
        .iter()
        .map(|(name, claim)| {
            let value = claim.get("value").and_then(Value::as_str).unwrap_or_default();
            let short = |text: &str| text.chars().take(LONGEST_WORD).collect::<String>();
            let time = || value.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
            match (name.as_str(), time()) {
                ("nbf", Some(time)) => format!("a sign-in that is newer than {}", time.strftime("%Y-%m-%d %H:%M:%SZ")),
                ("acrs", _) => format!("the authentication context {}", short(value)),
                ("xms_rp_ipaddr", _) => "a sign-in from the network address that Graph sees".to_owned(),
                _ => format!("the claim {}", short(name)),
            }
        })
        .collect();
    if words.is_empty() { "it does not say what".to_owned() } else { words.join(", and ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NBF: &str = r#"{"access_token":{"nbf":{"essential":true, "value":"1795433400"}}}"#;

    fn of(values: &[&str]) -> Option<String> {
        let headers: Vec<_> = values.iter().map(|value| ("www-authenticate".to_owned(), (*value).to_owned())).collect();
        claims(&headers)
    }

    #[test]
    fn a_challenge_is_found_however_it_is_written() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(NBF);
        let bare = encoded.trim_end_matches('=');
        for header in [
            format!(
                r#"Bearer realm="", authorization_uri="https://login.example/a?b=c, d", error="insufficient_claims", claims="{encoded}""#
            ),
            format!(r#"Bearer claims="{bare}", error="insufficient_claims""#),
            format!("Bearer error=insufficient_claims, claims={bare}"),
            format!(r#"PoP x="y", Bearer error="insufficient_claims",claims="{encoded}""#),
        ] {
            assert_eq!(of(&["Basic realm=\"x\"", &header]).as_deref(), Some(NBF), "{header}");
        }
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(NBF);
        for header in [
            String::new(),
            format!(r#"Bearer error="invalid_token", claims="{encoded}""#),
            r#"Bearer error="insufficient_claims""#.to_owned(),
            r#"Bearer error="insufficient_claims", claims="!!!""#.to_owned(),
            r#"Bearer error="insufficient_claims", claims="W10=""#.to_owned(),
            r#"Bearer error="insufficient_claims", claims=""#.to_owned(),
        ] {
            assert_eq!(of(&[&header]), None, "{header}");
        }
    }

    #[test]
    fn what_is_wanted_is_said() {
        let said = refused(Some(NBF));
        assert!(said.contains("newer than 2026-11-23 11:30:00Z"), "{said}");
        let said = refused(Some(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},"\u001b":{}}}"#));
        assert!(said.contains("the authentication context c1, and the claim \u{1b}"), "{said}");
        assert!(refused(Some("{}")).contains("it does not say what"));
        assert!(refused(None).contains("nor a new one"));
    }
}
