//! An app with the token of another platform, which the app's registration trusts: workload identity federation. There
//! is no secret to keep; the platform writes a fresh token into a file, as Kubernetes does.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use super::app::{App, Issued};
use super::certificate::ASSERTION_TYPE;
use super::client_secret::client_credentials;
use super::error::{Kind, SignInError};
use crate::ports::{Challenge, Credentials, SignInMethod, Token, file, unreadable};

/// The most bytes of a token: those of platforms have about one thousand.
const MOST_BYTES: u64 = 32 << 10;
/// The most characters of what a token says of itself on the screen.
const LONGEST_NAME: usize = 200;

/// Signs an application in by the token in a file, which is read anew each time.
pub struct FederatedToken {
    app: Arc<App>,
    file: PathBuf,
}

impl FederatedToken {
    /// Signs in to `app` by the token in `file`.
    pub fn new(app: Arc<App>, file: &Path) -> Self {
        Self { app, file: file.to_path_buf() }
    }

    fn read(&self) -> Result<Zeroizing<String>, SignInError> {
        let shown = self.file.display();
        let failed = |why: String| {
            SignInError::new(Kind::Refused, format!("the federated token in `{shown}` cannot be read: {why}"))
                .now("look whether the platform has put it there: AZURE_FEDERATED_TOKEN_FILE, `--federated-token-file`")
        };
        let bytes = file::read(&self.file, MOST_BYTES).map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => failed(format!("it is longer than {MOST_BYTES} bytes")),
            _ => failed(unreadable(&error)),
        })?;
        file::decode(&bytes).ok_or_else(|| failed("it does not contain text".to_owned()))
    }
}

impl Credentials for FederatedToken {
    /// Returns a token with the application's permissions, whatever is asked for: they are granted in the tenant.
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(by_assertion(&self.app, scopes, &self.read()?, &self.file.display().to_string(), None)?)
    }

    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        Ok(by_assertion(&self.app, scopes, &self.read()?, &self.file.display().to_string(), Some(challenge))?)
    }

    fn chooses_scopes(&self) -> bool {
        false
    }
}

/// Exchanges another platform's token for one of the application. `source` names where it comes from.
pub(super) fn by_assertion(
    app: &App,
    scopes: &[String],
    assertion: &str,
    source: &str,
    challenge: Option<&Challenge>,
) -> Result<Token, SignInError> {
    let assertion = assertion.trim();
    let is_jwt = assertion.split('.').count() == 3 && assertion.bytes().all(|byte| byte.is_ascii_graphic());
    let Some(issued) = issued(assertion).filter(|_| is_jwt) else {
        return Err(SignInError::new(
            Kind::Refused,
            format!("what is in {source} is not a token (a JWT of three parts)"),
        )
        .now("look at what the platform gives; nothing of it was sent"));
    };
    let mut context = app.context(SignInMethod::FederatedToken, scopes);
    context.issued = Some(issued);
    let proof =
        || Ok(vec![("client_assertion_type", ASSERTION_TYPE.to_owned()), ("client_assertion", assertion.to_owned())]);
    client_credentials(app, context, &proof, challenge)
}

/// Reads what the token says of itself, for the words of a refusal: the registration must have the very same.
fn issued(assertion: &str) -> Option<Issued> {
    let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    let short = |text: &str| text.chars().take(LONGEST_NAME).collect::<String>();
    let text = |key: &str| match payload.get(key) {
        Some(Value::String(text)) => short(text),
        Some(Value::Array(items)) => short(&items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        _ => "(none)".to_owned(),
    };
    Some(Issued { issuer: text("iss"), subject: text("sub"), audience: text("aud") })
}
