//! What the token endpoint grants: an access token, and for a person a refresh token and an ID token.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{Kind, SignInError};
use crate::ports::Token;
use crate::ports::credentials::Claims;

/// The answer of the token endpoint. `Debug` shows nothing of it.
#[derive(Deserialize, Serialize)]
pub(super) struct Granted {
    access_token: AccessToken,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default)]
    id_token: Option<String>,
    #[serde(skip, default = "bearer")]
    token_type: BasicTokenType,
}

/// What is kept of it: the token for Graph, and the one for the next sign-in.
pub(super) struct Kept {
    pub token: Token,
    pub refresh: Option<SecretString>,
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Granted(hidden)")
    }
}

impl TokenResponse for Granted {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        None
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl Granted {
    /// Takes the tokens out, into memory that is wiped.
    ///
    /// An ID token that came straight from the token endpoint needs no look at its signature (OpenID Connect Core
    /// 3.1.3.7); that it is for this app and this very sign-in is checked.
    pub(super) fn keep(self, client_id: &str, nonce: Option<&str>) -> Result<Kept, SignInError> {
        let access = self.access_token.into_secret();
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
        let refresh = self.refresh_token.map(|token| SecretString::from(token.into_secret()));
        Ok(Kept { token: Token::new(access).beside(beside), refresh })
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
