//! Whoever has signed in to the Azure CLI: `az` is asked for a token.
//!
//! It can do little here. A person's token of `az` carries the permissions that Microsoft has given that app, once and
//! for all, and those to read or set policies are not among them; an app's has its own. So what a token lacks is said
//! before anything is checked.

use std::sync::Arc;

use anyhow::Result;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

use super::app::Service;
use super::error::{Kind, SignInError};
use super::error_messages::explain;
use super::refusal::Refusal;
use crate::ports::event::{Event, Wait};
use crate::ports::{Credentials, Machine, ProgramOutput, SignInMethod, Token};

/// The client id of `az`, for the words of a refusal.
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/// How long it may take, for the screen: it starts slowly.
const USUALLY: f64 = 10.0;

/// Asks the Azure CLI.
pub struct AzureCli {
    service: Arc<Service>,
    tenant: Option<String>,
    machine: Arc<dyn Machine>,
}

/// Its answer, as far as it is used.
#[derive(Deserialize)]
struct CliToken {
    #[serde(rename = "accessToken")]
    access_token: String,
}

impl AzureCli {
    /// Asks for tokens of `tenant`, or of the tenant that `az` is signed in to.
    pub fn new(service: Arc<Service>, tenant: Option<&str>, machine: Arc<dyn Machine>) -> Self {
        Self { service, tenant: tenant.map(str::to_owned), machine }
    }

    fn ask(&self, scopes: &[String]) -> Result<Token, SignInError> {
        let reason = "Asking the Azure CLI for a token.".to_owned();
        self.service.ui.show(&Event::Wait(Wait { reason, seconds: USUALLY, attempt: 1 }));
        let mut args = vec!["account", "get-access-token", "--output", "json", "--resource", &self.service.resource];
        if let Some(tenant) = &self.tenant {
            args.extend(["--tenant", tenant]);
        }
        let output = self.machine.azure_cli(&args).map_err(|error| match self.service.ui.interrupted() {
            true => SignInError::stopped(),
            false => SignInError::new(Kind::Refused, format!("the Azure CLI cannot be asked: {error:#}"))
                .now("install it, or choose another way with `--sign-in`"),
        })?;
        let token = serde_json::from_slice::<CliToken>(&output.stdout).ok().filter(|_| output.code == Some(0));
        let Some(token) = token else { return Err(self.refused(&output, scopes)) };
        let fits = !token.access_token.is_empty() && token.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        match fits {
            true => Ok(Token::new(token.access_token)),
            false => Err(SignInError::new(Kind::Refused, "the Azure CLI did not answer with a token")),
        }
    }

    /// Its own words are looked at, and shown as little as those of the service.
    fn refused(&self, output: &ProgramOutput, scopes: &[String]) -> SignInError {
        let stderr = Zeroizing::new(String::from_utf8_lossy(&output.stderr).into_owned());
        let refusal = Refusal::of_redirect("invalid_grant".to_owned(), Some(stderr.to_string()));
        if !refusal.codes().is_empty() {
            let mut context = self.service.context(SignInMethod::AzureCli, scopes);
            context.client_id = AZURE_CLI.to_owned();
            return explain(&refusal, &context).now(self.login());
        }
        if stderr.contains("az login") {
            return SignInError::new(Kind::Refused, "nobody is signed in to the Azure CLI, or no longer")
                .now(self.login());
        }
        SignInError::new(Kind::Refused, "the Azure CLI gave no token")
            .now(format!("see why: `az account get-access-token --output none --resource {}`", self.service.resource))
    }

    fn login(&self) -> String {
        let tenant = self.tenant.as_ref().map(|tenant| format!(" --tenant {tenant}")).unwrap_or_default();
        format!("sign in to it: `az login --allow-no-subscriptions{tenant}`")
    }
}

impl Credentials for AzureCli {
    /// Returns the token that `az` has, whatever is asked for.
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(self.ask(scopes)?)
    }

    fn chooses_scopes(&self) -> bool {
        false
    }
}
