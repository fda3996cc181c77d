//! What a person's sign-in leaves in memory: a refresh token, so that the next token needs no browser, and who it was.
//!
//! It lives as long as the process, is wiped when dropped, and is written nowhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

use oauth2::{ClientId, RefreshToken, TokenUrl};
use secrecy::{ExposeSecret, SecretString};

use super::app::App;
use super::endpoint::{Endpoint, Repeat};
use super::error::SignInError;
use super::granted::{Granted, Kept};
use super::oauth::{Client, scopes};
use super::words::Way;
use crate::seam::Token;

/// Who has signed in.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// The tenant's id.
    pub tenant: Option<String>,
    /// The user principal name.
    pub name: Option<String>,
}

/// Why a person is asked to sign in.
pub(super) struct Round {
    /// Who did so before, in this process.
    pub account: Option<Account>,
    /// The permissions that the token shall carry, by their names alone.
    pub permissions: Vec<String>,
    /// Those of them that were not asked for before.
    pub new: Vec<String>,
    /// What the service wants to be proven, as JSON text.
    pub claims: Option<String>,
}

/// The memory of one person's sign-in.
#[derive(Default)]
pub(super) struct Memory(Mutex<Held>);

#[derive(Default)]
struct Held {
    refresh: Option<SecretString>,
    account: Option<Account>,
    asked: Vec<String>,
}

impl Memory {
    /// Returns a token for `wanted`: by the refresh token where that does, else by `round`, which asks the person.
    pub(super) fn token(
        &self,
        app: &App,
        way: Way,
        wanted: &[String],
        round: impl FnOnce(&Round) -> Result<Kept, SignInError>,
    ) -> Result<Token, SignInError> {
        let mut held = self.held();
        let permissions = app.permissions(wanted);
        let mut claims = None;
        if let Some(refresh) = held.refresh.take() {
            match renew(app, way, held.account.as_ref(), &permissions, &refresh) {
                Ok(Renewed::Token(kept)) => return Ok(held.keep(kept, &permissions, Some(refresh))),
                Ok(Renewed::AskThePerson(wants)) => claims = wants,
                Err(error) => {
                    held.refresh = Some(refresh);
                    return Err(error);
                }
            }
        }
        let new = permissions.iter().filter(|scope| !held.asked.contains(scope)).cloned().collect();
        let kept = round(&Round { account: held.account.clone(), permissions: permissions.clone(), new, claims })?;
        Ok(held.keep(kept, &permissions, None))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Keeps what came; a service that gives no new refresh token lets the old one live.
    fn keep(&mut self, kept: Kept, permissions: &[String], old: Option<SecretString>) -> Token {
        let claims = kept.token.claims();
        self.refresh = kept.refresh.or(old);
        if self.account.is_none() {
            self.account = Some(Account { tenant: claims.tenant, name: claims.account });
        }
        self.asked.extend(permissions.iter().cloned());
        kept.token
    }
}

enum Renewed {
    Token(Kept),
    AskThePerson(Option<String>),
}

fn renew(
    app: &App,
    way: Way,
    account: Option<&Account>,
    permissions: &[String],
    refresh: &SecretString,
) -> Result<Renewed, SignInError> {
    let tenant = account.and_then(|account| account.tenant.as_deref());
    let endpoint = Endpoint::new(app, app.about(way, permissions), Repeat::Freely);
    let Ok(url) = TokenUrl::new(app.authority.address(tenant, "token")) else { return Err(endpoint.not_understood()) };
    let client = Client::new(ClientId::new(app.client_id.clone())).set_token_uri(url);
    let refresh = RefreshToken::new(refresh.expose_secret().to_owned());
    let request = client.exchange_refresh_token(&refresh).add_scopes(scopes(app.delegated_scopes(permissions)));
    match endpoint.judge::<Granted, _>(request.request(&endpoint)) {
        Ok(granted) => Ok(Renewed::Token(granted.keep(&app.client_id, None)?)),
        Err((_, Some(refusal))) if refusal.wants_a_person() => Ok(Renewed::AskThePerson(refusal.claims)),
        Err((error, _)) => Err(error),
    }
}
