//! Access tokens: who may ask for one, and the type that keeps it from being printed.

use std::fmt;

use anyhow::{Context, Result};
use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Gives an access token that carries at least the scopes asked for, where the way of signing in can choose them.
///
/// A token may carry more than was asked for (Entra returns all earlier consents), or, when it was handed to us ready
/// made, less. The engine compares [`Token::claims`] with what a step needs.
pub trait Credentials: Send + Sync {
    /// Returns a token for `scopes`, signing in (again) where needed.
    fn token(&self, scopes: &[String]) -> Result<Token>;

    /// Returns a token that answers a challenge of the service that took the last one. Where the way of signing in has
    /// nothing to add, it is another token as before.
    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        let _ = challenge;
        self.token(scopes)
    }

    /// Returns whether a token carries the scopes that it is asked for. When not, its scopes were decided elsewhere: by
    /// whoever made the token, or by the permissions of an application.
    fn chooses_scopes(&self) -> bool {
        true
    }
}

/// What a service wants a token to prove before it does what it is asked (a claims challenge).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The claims, as JSON text to be handed on to whoever signs in.
    pub claims: String,
    /// Whether a token that was got for these very claims was challenged again: what is kept of a sign-in does not do.
    pub again: bool,
}

/// An access token. It has no `Display`, its `Debug` shows nothing, and it is zeroised when dropped.
#[derive(Clone)]
pub struct Token {
    text: SecretString,
    /// What came beside it: an ID token's word on tenant and account, for an access token that cannot be read.
    beside: Option<Claims>,
}

/// What a token's payload says of itself: hints for messages and the preflight, never a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Delegated scopes (`scp`) and application roles (`roles`). `None` when the token cannot be read.
    pub scopes: Option<Vec<String>>,
    /// Role template ids of the signed-in account (`wids`). `None` when the token does not carry them.
    pub roles: Option<Vec<String>>,
    /// Tenant id (`tid`).
    pub tenant: Option<String>,
    /// Object id of the account or service principal (`oid`).
    pub account_id: Option<String>,
    /// User principal name (`upn`, `preferred_username`), absent in an app-only token.
    pub account: Option<String>,
    /// Whether this is an app-only token (`idtyp` is `app`).
    pub app_only: bool,
    /// Whether the token is an unsigned one of the practice tenant (header `alg` is `none`): Entra never issues such.
    pub practice: bool,
}

impl Token {
    /// Wraps a token.
    pub fn new(token: String) -> Self {
        Self { text: SecretString::from(token), beside: None }
    }

    /// Adds what came beside the token: it fills in what the token itself does not tell.
    #[must_use]
    pub fn beside(self, claims: Option<Claims>) -> Self {
        Self { beside: claims, ..self }
    }

    /// Shows the token to the one function that writes the `Authorization` header.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// Reads the payload of a JSON web token, without any check of its signature.
    ///
    /// Microsoft may change or encrypt access tokens at any time, so nothing may break when this finds nothing.
    pub fn claims(&self) -> Claims {
        let mut claims = Claims::of_jwt(self.expose()).unwrap_or_default();
        if let Some(beside) = &self.beside {
            let fill = |known: &mut Option<String>, other: &Option<String>| {
                if known.is_none() {
                    known.clone_from(other);
                }
            };
            fill(&mut claims.tenant, &beside.tenant);
            fill(&mut claims.account_id, &beside.account_id);
            fill(&mut claims.account, &beside.account);
        }
        claims
    }
}

impl Claims {
    /// Reads the payload of a JSON web token, without any check of its signature.
    pub fn of_jwt(token: &str) -> Result<Self> {
        let mut parts = token.split('.');
        let header = decode(parts.next().context("no header")?)?;
        let payload = decode(parts.next().context("no payload")?)?;
        let text = |key: &str| payload.get(key).and_then(Value::as_str).map(str::to_owned);
        let list = |key: &str| {
            payload
                .get(key)
                .and_then(Value::as_array)
                .map(|items| items.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())
        };
        let mut scopes = list("roles").unwrap_or_default();
        if let Some(scp) = text("scp") {
            scopes.extend(scp.split_whitespace().map(str::to_owned));
        }
        Ok(Claims {
            scopes: Some(scopes),
            roles: list("wids"),
            tenant: text("tid"),
            account_id: text("oid"),
            account: text("upn").or_else(|| text("preferred_username")),
            app_only: text("idtyp").as_deref() == Some("app"),
            practice: header.get("alg").and_then(Value::as_str) == Some("none"),
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

fn decode(part: &str) -> Result<Value> {
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part.trim_end_matches('='))?;
    Ok(serde_json::from_slice(&bytes)?)
}
