//! The token endpoint over our own HTTP: a form is posted, patiently where the service is busy, and never twice what counts
//! once; what it grants is checked before it is used.
//!
//! An answer may hold tokens, so nothing of it goes into an error but what [`Refusal`] lets through.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use super::app::{Service, SignInContext};
use super::error::{Kind, SignInError};
use super::error_messages::{explain, is_passing};
use super::refusal::Refusal;
use super::retry::{Asking, NoAnswer, POLICY, Repeat, too_busy};
use crate::ports::Token;
use crate::ports::credentials::Claims;
use crate::ports::http::{Body, HeaderValue, Method, Request, Response};
use crate::ports::retry::headers;

/// The most bytes of an answer: tokens of many groups stay far below.
const MAX_BODY: usize = 1024 * 1024;
/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Fields of a form, made anew for each try: an assertion that proves an app counts once.
pub(super) type Fields<'fields> = &'fields dyn Fn() -> Result<Vec<(&'static str, String)>, SignInError>;

/// A failed request: the failure in our words, and the refusal where the service gave one.
pub(super) type Refused = (SignInError, Option<Box<Refusal>>);

/// One endpoint of the sign-in service for one purpose.
pub(super) struct Endpoint<'app> {
    service: &'app Service,
    context: SignInContext,
    repeat: Repeat,
}

impl<'app> Endpoint<'app> {
    pub(super) fn new(service: &'app Service, context: SignInContext, repeat: Repeat) -> Self {
        Self { service, context, repeat }
    }

    /// Posts a form and reads the answer to it.
    pub(super) fn post<T: for<'de> Deserialize<'de>>(&self, url: &str, fields: Fields<'_>) -> Result<T, Refused> {
        let response = self.send(Method::Post, url, Some(fields)).map_err(|error| (error, None))?;
        if self.service.ui.interrupted() {
            return Err((SignInError::stopped(), None));
        }
        let (status, body) = (response.status, Zeroizing::new(response.body));
        if status == 200
            && let Ok(answer) = serde_json::from_slice(&body)
        {
            return Ok(answer);
        }
        match Refusal::of_body(&body).filter(|_| status != 200) {
            Some(refusal) => Err((explain(&refusal, &self.context), Some(Box::new(refusal)))),
            None => Err((self.not_understood(status), None)),
        }
    }

    /// Asks for a document, and returns the answer whatever its status.
    pub(super) fn get(&self, url: &str) -> Result<Response, SignInError> {
        self.send(Method::Get, url, None)
    }

    /// Makes the failure of an answer that OAuth does not define.
    pub(super) fn not_understood(&self, status: u16) -> SignInError {
        let host = self.service.authority.as_str();
        let sentence = format!("{host} returned an unexpected response (status {status})");
        SignInError::new(Kind::Temporary, sentence)
            .now("look whether a proxy or a guest network answers in its place, then run this again")
    }

    /// Sends until there is an answer or no hope of one.
    fn send(&self, method: Method, url: &str, fields: Option<Fields<'_>>) -> Result<Response, SignInError> {
        let asking = Asking {
            who: self.service.authority.as_str(),
            busy: "the sign-in service",
            unreachable: "look at the network and the proxy, then run this again",
            repeat: self.repeat,
            request: &|fresh_connection| {
                let body = fields.map(|fields| Ok::<_, SignInError>(form(&fields()?))).transpose()?;
                Ok(self.request(method, url, body, fresh_connection))
            },
            passes: &|response| Refusal::of_body(&response.body).is_some_and(|refusal| is_passing(&refusal)),
            policy: POLICY,
        };
        asking.answer(self.service).map_err(|why| match why {
            NoAnswer::Failed(error) => error,
            NoAnswer::TooLarge => self.not_understood(200),
            // Its own words say more, where it has some.
            NoAnswer::Busy(response, asked) => match Refusal::of_body(&response.body) {
                Some(refusal) => SignInError { kind: Kind::Temporary, ..explain(&refusal, &self.context) },
                None => too_busy("the sign-in service", &response, asked),
            },
        })
    }

    fn request(&self, method: Method, url: &str, body: Option<Body>, fresh_connection: bool) -> Request {
        let (mut headers, _) = headers(self.service.clock.as_ref());
        if body.is_some() {
            let form = "application/x-www-form-urlencoded";
            headers.push(("Content-Type".to_owned(), HeaderValue::Plain(form.to_owned())));
        }
        Request {
            method,
            url: url.to_owned(),
            headers,
            body,
            may_change: false,
            fresh_connection,
            timeout: REQUEST_TIMEOUT,
            max_body: MAX_BODY,
        }
    }
}

fn form(fields: &[(&'static str, String)]) -> Body {
    Body::new(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes())
}

/// The answer of the token endpoint.
#[derive(Deserialize)]
pub(super) struct TokenResponse {
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    id_token: Option<String>,
}

/// What is kept of it: the token for Graph, and the one for the next sign-in.
pub(super) struct Tokens {
    pub access: Token,
    pub refresh: Option<SecretString>,
}

impl TokenResponse {
    /// Takes the tokens out, into memory that is wiped.
    ///
    /// An ID token that came straight from the token endpoint needs no look at its signature (OpenID Connect Core
    /// 3.1.3.7); that it is for this app and this very sign-in is checked.
    pub(super) fn tokens(self, client_id: &str, nonce: Option<&str>) -> Result<Tokens, SignInError> {
        let access = self.access_token;
        if access.is_empty() || !access.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(foreign("an access token that no header can carry"));
        }
        let beside = match self.id_token {
            Some(text) => {
                check(&text, client_id, nonce)?;
                Claims::of_jwt(&text).ok()
            }
            // It alone says that the answer is to this sign-in and no other.
            None if nonce.is_some() => return Err(foreign("no ID token, though one was asked for")),
            None => None,
        };
        let refresh = self.refresh_token.map(SecretString::from);
        Ok(Tokens { access: Token::new(access).beside(beside), refresh })
    }
}

/// Checks that an ID token is for this app and answers this sign-in.
fn check(token: &str, client_id: &str, nonce: Option<&str>) -> Result<(), SignInError> {
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let payload = payload.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let Some(payload) = payload else { return Err(foreign("an ID token that cannot be read")) };
    let text = |key: &str| payload.get(key).and_then(Value::as_str);
    if !text("aud").is_some_and(|audience| audience.eq_ignore_ascii_case(client_id)) {
        return Err(foreign("an ID token for another app"));
    }
    if nonce.is_some() && text("nonce") != nonce {
        return Err(foreign("an ID token of another sign-in"));
    }
    Ok(())
}

fn foreign(what: &str) -> SignInError {
    SignInError::new(Kind::Refused, format!("the sign-in service answered with {what}; nothing of it was used"))
        .now("run this again; if it stays so, somebody may be standing between you and Microsoft")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_token_is_for_this_app_and_this_sign_in() {
        let refused = |payload: Value, nonce: Option<&str>| {
            let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload.to_string()));
            check(&token, "App-1", nonce).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(refused(json!({"aud": "app-1", "nonce": "n"}), Some("n")), "");
        assert_eq!(refused(json!({"aud": "app-1"}), None), "");
        for other in
            [json!({"aud": "app-2", "nonce": "n"}), json!({"aud": ["app-1"], "nonce": "n"}), json!({"nonce": "n"})]
        {
            assert!(refused(other.clone(), Some("n")).contains("for another app"), "{other}");
        }
        for other in [json!({"aud": "app-1", "nonce": "m"}), json!({"aud": "app-1"})] {
            assert!(refused(other.clone(), Some("n")).contains("of another sign-in"), "{other}");
        }
        assert!(refused(json!("nothing"), Some("n")).contains("for another app"));
    }
}
