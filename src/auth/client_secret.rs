//! An application with a secret: client credentials, for runs without a person.

use std::sync::Arc;

use anyhow::{Result, bail};
use oauth2::{ClientId, Scope, TokenUrl};
use secrecy::{ExposeSecret, SecretString};

use super::about::{About, Way};
use super::app::App;
use super::endpoint::{Endpoint, Proof, Repeat};
use super::error::SignInError;
use super::granted::Granted;
use super::oauth::Client;
use crate::ports::{Challenge, Credentials, Token};

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
        let text = text.strip_suffix('\r').unwrap_or(text).trim_start_matches('\u{feff}');
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
        let about = self.app.about(Way::ClientSecret, scopes);
        let proof = || Ok(vec![("client_secret", self.secret.expose_secret().to_owned())]);
        client_credentials(&self.app, about, &proof, challenge)
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
    about: About,
    proof: Proof<'_>,
    challenge: Option<&Challenge>,
) -> Result<Token, SignInError> {
    let service = &app.service;
    let endpoint = Endpoint::new(service, about, Repeat::Freely).proven(proof);
    let Ok(url) = TokenUrl::new(service.authority.address(None, "token")) else {
        return Err(endpoint.not_understood());
    };
    let client = Client::new(ClientId::new(app.client_id.clone())).set_token_uri(url);
    let scope = Scope::new(format!("{}/.default", service.resource));
    let mut request = client.exchange_client_credentials().add_scope(scope);
    if let Some(challenge) = challenge {
        request = request.add_extra_param("claims", challenge.claims.clone());
    }
    let granted = endpoint.judge::<Granted, _>(request.request(&endpoint)).map_err(|(error, _)| error)?;
    Ok(granted.keep(&app.client_id, None)?.token)
}
