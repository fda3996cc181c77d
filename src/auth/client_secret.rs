//! An application with a secret: client credentials, for runs without a person.

use std::sync::Arc;

use anyhow::{Result, bail};
use secrecy::{ExposeSecret, SecretString};

use super::app::{App, SignInContext};
use super::error::SignInError;
use super::retry::Repeat;
use super::token_endpoint::{Endpoint, Fields, TokenResponse};
use crate::ports::{Challenge, Credentials, SignInMethod, Token};

/// Signs an application in by its secret.
pub struct ClientSecret {
    app: Arc<App>,
    secret: SecretString,
}

impl ClientSecret {
    /// Takes the secret; `source` says where it was given. A text that cannot be a secret is refused, without being
    /// shown.
    pub fn new(app: Arc<App>, secret: &SecretString, source: &str) -> Result<Self> {
        let text = secret.expose_secret();
        // Editors end a file with a line end; a secret has none.
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            bail!("the client secret in {source} is empty");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!(
                "the client secret in {source} has a space, a line end or a character that no secret has; give it alone"
            );
        }
        Ok(Self { app, secret: SecretString::from(text.to_owned()) })
    }

    fn ask(&self, scopes: &[String], challenge: Option<&Challenge>) -> Result<Token, SignInError> {
        let context = self.app.context(SignInMethod::ClientSecret, scopes);
        let proof = || Ok(vec![("client_secret", self.secret.expose_secret().to_owned())]);
        client_credentials(&self.app, context, &proof, challenge)
    }
}

impl Credentials for ClientSecret {
    /// Returns a token with the application's permissions, whatever is asked for: they are granted in the tenant.
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(self.ask(scopes, None)?)
    }

    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        Ok(self.ask(scopes, Some(challenge))?)
    }

    fn chooses_scopes(&self) -> bool {
        false
    }
}

/// Asks for a token of the application itself, which `proof` proves.
pub(super) fn client_credentials(
    app: &App,
    context: SignInContext,
    proof: Fields<'_>,
    challenge: Option<&Challenge>,
) -> Result<Token, SignInError> {
    let service = &app.service;
    let endpoint = Endpoint::new(service, context, Repeat::Freely);
    let fields = || {
        let mut fields = app.form("client_credentials", challenge.map(|challenge| challenge.claims.as_str()));
        fields.push(("scope", format!("{}/.default", service.resource)));
        fields.extend(proof()?);
        Ok(fields)
    };
    let response: TokenResponse =
        endpoint.post(&service.authority.address(None, "token"), &fields).map_err(|(error, _)| error)?;
    Ok(response.tokens(&app.client_id, None)?.access)
}
