//! A refusal as the sign-in service writes it: OAuth's error, and what Entra adds.
//!
//! Programs are asked to look at `error`; the numbers (`AADSTS…`) are for diagnosis, and choose our words. Nothing that
//! the service writes reaches the screen as it came but ids and, for a number that we have no words for, one sentence.

use serde::Deserialize;
use serde_json::Value;

use super::error::Reference;

/// The most characters of an id or a time.
const LONGEST_ID: usize = 64;
/// The most characters of a sentence that we have no words for.
const LONGEST_SENTENCE: usize = 240;

/// Why the service gives no token.
#[derive(Clone, Default, Deserialize)]
pub struct Refusal {
    /// OAuth's word: `invalid_grant`, `access_denied`.
    pub error: String,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<Value>,
    #[serde(default)]
    trace_id: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
    #[serde(default)]
    timestamp: Option<String>,
    /// What a new sign-in must prove, as JSON text to be handed back.
    #[serde(default)]
    pub claims: Option<String>,
}

impl Refusal {
    /// Reads an answer of the token endpoint; `None` when OAuth does not know this refusal.
    pub fn of_body(body: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(body).ok().filter(|refusal| !refusal.error.is_empty())
    }

    /// Takes what the browser brought back.
    pub fn of_redirect(error: String, description: Option<String>) -> Self {
        Self { error, error_description: description, ..Self::default() }
    }

    /// Returns the numbers of the refusal, the most telling first.
    pub fn codes(&self) -> Vec<u32> {
        let listed = self.error_codes.iter().filter_map(|code| u32::try_from(code.as_u64()?).ok());
        // The description's number is the cause; the list may name others first.
        self.described().into_iter().chain(listed).collect()
    }

    /// Returns whether signing in anew, with a person, may help where a kept sign-in does not.
    pub fn wants_a_person(&self) -> bool {
        const PERSON: [&str; 4] = ["invalid_grant", "interaction_required", "login_required", "consent_required"];
        PERSON.contains(&self.error.as_str())
    }

    /// Returns what Microsoft's support asks for.
    pub fn reference(&self) -> Reference {
        let code = match self.codes().first() {
            Some(code) => format!("AADSTS{code}"),
            None => plain(&self.error).unwrap_or_else(|| "unknown error".to_owned()),
        };
        let id = |field: &Option<String>, label: &str| {
            field.as_deref().and_then(plain).or_else(|| self.labeled(label).and_then(plain))
        };
        Reference {
            code,
            trace: id(&self.trace_id, "Trace ID: "),
            correlation: id(&self.correlation_id, "Correlation ID: "),
            timestamp: id(&self.timestamp, "Timestamp: "),
        }
    }

    /// Returns the service's own first sentence, without its number, for a refusal that we have no words for.
    pub fn first_sentence(&self) -> Option<String> {
        let text = self.error_description.as_deref()?;
        let text = match text.strip_prefix("AADSTS") {
            Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches([':', ' ']),
            None => text,
        };
        let line = text.lines().next()?;
        let end = line.find(". ").or(line.find(" Trace ID:")).unwrap_or(line.len());
        let sentence: String = line.get(..end)?.trim_end_matches('.').chars().take(LONGEST_SENTENCE).collect();
        (!sentence.is_empty()).then_some(sentence)
    }

    /// The number in `AADSTS65001: …`.
    fn described(&self) -> Option<u32> {
        let rest = self.error_description.as_deref()?.split_once("AADSTS")?.1;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    }

    /// What follows a label in the description, to the end of the line or the next label.
    fn labeled(&self, label: &str) -> Option<&str> {
        let rest = self.error_description.as_deref()?.split_once(label)?.1;
        let line = rest.lines().next()?;
        let next = ["Trace ID:", "Correlation ID:", "Timestamp:"].iter().filter_map(|label| line.find(label)).min();
        line.get(..next.unwrap_or(line.len())).map(str::trim)
    }
}

/// An id or a time with nothing odd in it.
fn plain(text: &str) -> Option<String> {
    let fits = !text.is_empty()
        && text.len() <= LONGEST_ID
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:. +".contains(&byte));
    fits.then(|| text.to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_entra_is_read() {
        let body = br#"{"error":"invalid_grant","error_description":"AADSTS65001: The user has not consented. Send an interactive request.\r\nTrace ID: t-1\r\nCorrelation ID: c-1\r\nTimestamp: 2026-11-23 06:30:00Z","error_codes":[65001],"timestamp":"2026-11-23 06:30:00Z","trace_id":"t-1","correlation_id":"c-1","suberror":"consent_required","claims":"{}"}"#;
        let refusal = Refusal::of_body(body).unwrap();
        assert_eq!(refusal.codes(), [65001, 65001]);
        assert!(refusal.wants_a_person());
        assert_eq!(
            refusal.reference().to_string(),
            "AADSTS65001, trace id t-1, correlation id c-1, 2026-11-23 06:30:00Z"
        );
        assert_eq!(refusal.first_sentence().unwrap(), "The user has not consented");
    }

    #[test]
    fn what_the_browser_brings_has_its_ids_in_the_text() {
        let text = "AADSTS65004: User declined to consent. Trace ID: t-2 Correlation ID: c-2 Timestamp: 2026-11-23";
        let refusal = Refusal::of_redirect("access_denied".to_owned(), Some(text.to_owned()));
        assert_eq!(refusal.codes(), [65004]);
        assert_eq!(refusal.reference().to_string(), "AADSTS65004, trace id t-2, correlation id c-2, 2026-11-23");
    }

    #[test]
    fn odd_answers_are_no_refusal_or_show_nothing_odd() {
        for body in [&b""[..], b"<html>", b"{}", b"[]", br#"{"error":""}"#, br#"{"error":7}"#] {
            assert!(Refusal::of_body(body).is_none());
        }
        let odd =
            br#"{"error":"\u001b[2J","error_description":"AADSTSx","error_codes":["a",-1],"trace_id":"a b\u0007"}"#;
        let refusal = Refusal::of_body(odd).unwrap();
        assert_eq!(refusal.reference().to_string(), "unknown error");
    }
}
