//! What Graph answered, as data: the status, the body, and the error with all its codes.

use serde_json::Value;

use crate::ports::text::in_line;
use crate::ports::user::PRACTICE_TENANT;

/// The most characters of a message that are kept. Those of Graph are a sentence or two; what is between may say anything.
const LONGEST_MESSAGE: usize = 1000;
/// The most characters of a code that are kept, and the most codes.
const LONGEST_CODE: usize = 128;
const MOST_CODES: usize = 16;

/// An answer to a read or a write, whatever its status.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; `null` where there is none. Of a paged read `{"value": [every item]}`.
    pub body: Value,
    /// What Graph says of a status of 400 and above.
    pub error: Option<GraphError>,
    /// The ids of the requests behind this answer, newest last, for Microsoft's support.
    pub request_ids: Vec<String>,
    /// Whether an earlier try of the same write may have been carried out: then a 404 to a removal, or a refusal,
    /// does not prove that nothing was changed.
    pub after_unclear: bool,
}

/// An error of Graph. Code branches on the codes; the message is for people and may change at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// The most specific code, such as `Authorization_RequestDenied`; `HTTP 403` where the body names none.
    pub code: String,
    /// All codes, the outermost first.
    pub codes: Vec<String>,
    /// The outermost message.
    pub message: String,
    /// The id that the body gives for the request.
    pub request_id: Option<String>,
}

impl Answer {
    /// Returns whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl GraphError {
    /// Says whose refusal it is: the practice tenant speaks for itself where it lacks what Graph has.
    pub fn refused_by(&self) -> &'static str {
        if self.code == PRACTICE_TENANT { "The practice tenant" } else { "Microsoft" }
    }

    /// Reads the error of a body; `None` for the body stands for one that is not JSON.
    pub(super) fn read(status: u16, body: Option<&Value>) -> Self {
        let mut found = Self { code: String::new(), codes: Vec::new(), message: String::new(), request_id: None };
        match body.and_then(|body| body.get("error")) {
            Some(Value::String(code)) => {
                // Gateways and the token service answer in the flat form of OAuth.
                found.codes.push(code.clone());
                found.message = body.and_then(|body| text(body, "error_description")).unwrap_or_default();
            }
            Some(error) => found.walk(error),
            None => {}
        }
        found.read_nested_message();
        if found.message.is_empty() {
            found.message = match body {
                Some(_) => "the service gives no reason".to_owned(),
                None => {
                    "the answer is not from Graph itself; a proxy or gateway may have refused the request".to_owned()
                }
            };
        }
        found.message = short(in_line(&found.message), LONGEST_MESSAGE);
        found.codes = found.codes.iter().take(MOST_CODES).map(|code| short(in_line(code), LONGEST_CODE)).collect();
        found.request_id = found.request_id.map(|id| short(id, LONGEST_CODE));
        found.code = found.codes.last().cloned().unwrap_or_else(|| format!("HTTP {status}"));
        found
    }

    fn walk(&mut self, error: &Value) {
        self.message = text(error, "message").unwrap_or_default();
        let mut level = Some(error);
        while let Some(inner) = level {
            if let Some(code) = text(inner, "code").filter(|code| !code.is_empty() && !self.codes.contains(code)) {
                self.codes.push(code);
            }
            if let Some(id) = text(inner, "request-id") {
                self.request_id = Some(id);
            }
            // The documentation and the services differ in the case of this name.
            level = inner.get("innerError").or_else(|| inner.get("innererror")).filter(|value| value.is_object());
        }
    }

    /// Privileged Identity Management answers `UnknownError` with a JSON text as its message.
    fn read_nested_message(&mut self) {
        if !self.message.starts_with('{') {
            return;
        }
        let Ok(nested) = serde_json::from_str::<Value>(&self.message) else { return };
        if let Some(code) = text(&nested, "errorCode").or_else(|| text(&nested, "code")) {
            self.codes.push(code);
        }
        if let Some(message) = text(&nested, "message") {
            self.message = message;
        }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn short(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{} (cut)", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_innermost_code_counts() {
        let body = json!({ "error": { "code": "BadRequest", "message": "No.", "innerError": {
            "code": "invalidPhone", "request-id": "r1", "innererror": { "code": "tooShort" } } } });
        let error = GraphError::read(400, Some(&body));
        assert_eq!(error.code, "tooShort");
        assert_eq!(error.codes, ["BadRequest", "invalidPhone", "tooShort"]);
        assert_eq!(error.request_id.as_deref(), Some("r1"));
        assert_eq!(error.message, "No.");
    }

    #[test]
    fn what_has_no_end_is_cut() {
        let inner =
            |inner: Value, number: usize| json!({"code": format!("c{number}{}", "x".repeat(999)), "innerError": inner});
        let error = (0..99).fold(json!({}), inner);
        let body = json!({"error": {"code": "Long", "message": "ä".repeat(100_000), "innerError": error}});
        let error = GraphError::read(400, Some(&body));
        assert_eq!(error.message, format!("{} (cut)", "ä".repeat(1000)));
        assert!(error.codes.len() == 16 && error.codes.iter().all(|code| code.chars().count() <= 134));
    }

    #[test]
    fn odd_bodies_still_give_an_error() {
        let nested = json!({ "error": { "code": "UnknownError",
            "message": "{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"scopes\"}" } });
        assert_eq!(GraphError::read(403, Some(&nested)).code, "PermissionScopeNotGranted");
        let flat = json!({ "error": "invalid_request", "error_description": "why" });
        assert_eq!(GraphError::read(400, Some(&flat)).code, "invalid_request");
        assert_eq!(GraphError::read(403, None).code, "HTTP 403");
        for odd in [json!(null), json!([]), json!({"error": null}), json!({"error": {"code": 7}})] {
            assert_eq!(GraphError::read(500, Some(&odd)).code, "HTTP 500");
        }
    }
}
