//! An app with the identity of a job of GitHub Actions, which the app's registration trusts. The job asks GitHub for a
//! token each time; nothing is stored in the repository.
//!
//! Source of the exchange: GitHub's "OpenID Connect reference", the two variables of a job with `id-token: write`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::app::App;
use super::error::{Kind, SignInError};
use super::federated_token::by_assertion;
use super::retry::{Asking, POLICY, Repeat, platform_request};
use crate::ports::http::HeaderValue;
use crate::ports::origin::is_loopback;
use crate::ports::{Challenge, Credentials, SignInVariables, Token};

const WHO: &str = "GitHub's token service";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What to do where GitHub gives no token.
const PERMISSION: &str = "the job needs `permissions: id-token: write` in its workflow";

/// Signs an application in by the token that GitHub gives a job.
pub struct GithubActions {
    app: Arc<App>,
    address: Url,
    bearer: SecretString,
}

/// GitHub's answer.
#[derive(Deserialize)]
struct ActionsToken {
    value: String,
}

impl GithubActions {
    /// Takes the job's address and bearer token from its variables. `audience` is what the registration trusts such
    /// tokens for.
    pub fn new(app: Arc<App>, variables: &SignInVariables, audience: &str) -> Result<Self> {
        let name = "ACTIONS_ID_TOKEN_REQUEST_URL";
        let bearer = variables.secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
        let (Some(address), Some(bearer)) = (variables.text(name), bearer) else {
            return Err(SignInError::new(Kind::Refused, "this GitHub Actions job may not ask for a token")
                .now(PERMISSION)
                .into());
        };
        let mut address = Url::parse(&address).with_context(|| format!("the variable {name} is not a URL"))?;
        ensure!(
            address.scheme() == "https" || (address.scheme() == "http" && is_loopback(&address)),
            "the variable {name} is not a URL that begins with `https://`"
        );
        address.query_pairs_mut().append_pair("audience", audience);
        Ok(Self { app, address, bearer: bearer.clone() })
    }

    fn assertion(&self) -> Result<Zeroizing<String>, SignInError> {
        let service = &self.app.service;
        let bearer = || {
            let token = Token::new(self.bearer.expose_secret().to_owned());
            ("Authorization".to_owned(), HeaderValue::Bearer(token))
        };
        let asking = Asking {
            who: WHO,
            busy: WHO,
            unreachable: "look at the runner's network and proxy, then run this again",
            repeat: Repeat::Freely,
            request: &|fresh_connection| {
                Ok(platform_request(service, &self.address, &[bearer()], fresh_connection, REQUEST_TIMEOUT))
            },
            passes: &|_| false,
            policy: POLICY,
        };
        let odd = |status: u16| {
            SignInError::new(Kind::Refused, format!("{WHO} gave no token (status {status})")).now(PERMISSION)
        };
        let response = asking.answer(service).map_err(|why| why.error(WHO, odd(200)))?;
        let body = Zeroizing::new(response.body);
        match serde_json::from_slice::<ActionsToken>(&body) {
            Ok(token) if response.status == 200 => Ok(Zeroizing::new(token.value)),
            _ => Err(odd(response.status)),
        }
    }
}

impl Credentials for GithubActions {
    /// Returns a token with the application's permissions, whatever is asked for: they are granted in the tenant.
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(by_assertion(&self.app, scopes, &self.assertion()?, WHO, None)?)
    }

    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        Ok(by_assertion(&self.app, scopes, &self.assertion()?, WHO, Some(challenge))?)
    }

    fn chooses_scopes(&self) -> bool {
        false
    }
}
