//! What a person's sign-in leaves in memory: a refresh token, so that the next token needs no browser, and who it was.
//!
//! It lives as long as the process and is wiped when dropped. It is written nowhere but, where that was asked for, into
//! the operating system's store ([`super::remembered`]).

use std::sync::{Mutex, MutexGuard, PoisonError};

use oauth2::{ClientId, RefreshToken, TokenUrl};
use secrecy::{ExposeSecret, SecretString};

use super::about::Way;
use super::account::Account;
use super::app::App;
use super::endpoint::{Endpoint, Repeat};
use super::error::{Kind, SignInError};
use super::granted::{Granted, Kept};
use super::oauth::{Client, scopes};
use super::remembered::{KeptSignIn, Remembered};
use crate::ports::event::Level;
use crate::ports::{Challenge, Token};

/// Why a person is asked to sign in.
pub(super) struct Round {
    /// Who did so before.
    pub account: Option<Account>,
    /// Where the sign-in is kept when the program ends.
    pub kept_in: Option<&'static str>,
    /// The permissions that the token shall carry, by their names alone.
    pub permissions: Vec<String>,
    /// Those of them that were not asked for before.
    pub new: Vec<String>,
    /// What the service wants to be proven, as JSON text.
    pub claims: Option<String>,
}

/// The memory of one person's sign-in.
pub(super) struct Memory {
    held: Mutex<Held>,
    remembered: Option<Remembered>,
}

#[derive(Default)]
struct Held {
    refresh: Option<SecretString>,
    account: Option<Account>,
    asked: Vec<String>,
    /// Whether what is kept from an earlier start was taken over.
    begun: bool,
}

impl Memory {
    /// Makes a memory that nobody has signed in to yet, and that is kept in `remembered`.
    pub(super) fn new(remembered: Option<Remembered>) -> Self {
        Self { held: Mutex::default(), remembered }
    }

    /// Returns a token for `wanted`: by the refresh token where that does, else by `round`, which asks the person.
    pub(super) fn token(
        &self,
        app: &App,
        way: Way,
        wanted: &[String],
        challenge: Option<&Challenge>,
        round: impl FnOnce(&Round) -> Result<Kept, SignInError>,
    ) -> Result<Token, SignInError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let permissions = app.permissions(wanted);
        let is_kept = self.begin(&mut held, &permissions)?;
        let mut claims = challenge.map(|challenge| challenge.claims.clone());
        let refresh = match challenge {
            Some(challenge) if challenge.again => None,
            _ => held.refresh.take(),
        };
        if let Some(refresh) = refresh {
            match renew(app, way, held.account.as_ref(), &permissions, &refresh, claims.as_deref()) {
                Ok(Renewed::Token(kept)) => {
                    if let Some(remembered) = self.remembered.as_ref().filter(|_| is_kept) {
                        let text =
                            format!("Your sign-in was kept in {}; `fixforme sign-out` removes it.", remembered.place());
                        app.service.ui.say(Level::Info, text);
                    }
                    return self.keep(&mut held, kept, &permissions, Some(refresh));
                }
                Ok(Renewed::AskThePerson(wants)) => claims = wants.or(claims),
                Err(error) => {
                    held.refresh = Some(refresh);
                    return Err(error);
                }
            }
        }
        if !app.service.ui.can_ask() {
            let sentence = "no sign-in is remembered here that would do, and nobody can be asked";
            return Err(SignInError::new(Kind::Refused, sentence)
                .now("sign in once at a terminal, with the same flags and without `--yes`"));
        }
        let new = permissions.iter().filter(|scope| !held.asked.contains(scope)).cloned().collect();
        let kept_in = self.remembered.as_ref().map(Remembered::place);
        let account = held.account.clone();
        let kept = round(&Round { account, kept_in, permissions: permissions.clone(), new, claims })?;
        self.keep(&mut held, kept, &permissions, None)
    }

    /// Takes over what is kept from an earlier start; returns whether that was just now.
    fn begin(&self, held: &mut MutexGuard<'_, Held>, permissions: &[String]) -> Result<bool, SignInError> {
        let Some(remembered) = self.remembered.as_ref().filter(|_| !held.begun) else { return Ok(false) };
        let kept = remembered.read()?;
        held.begun = true;
        let Some(kept) = kept else { return Ok(false) };
        held.refresh = Some(kept.refresh);
        held.account = Some(kept.account);
        held.asked = permissions.to_vec();
        Ok(true)
    }

    fn somebody_else(&self, before: &Account, now: &Account) -> SignInError {
        let sentence =
            format!("the new sign-in is for {}, the one before was for {}", now.words(before), before.words(now));
        let error = SignInError::new(Kind::Refused, sentence).now("run this again and sign in with the same account");
        match &self.remembered {
            Some(_) => error.now("to sign in as somebody else, first remove the kept sign-in: `fixforme sign-out`"),
            None => error,
        }
    }

    /// Keeps what came; a service that gives no new refresh token lets the old one live.
    ///
    /// What is for somebody else than the sign-in before it is kept nowhere: each later token would be for them.
    fn keep(
        &self,
        held: &mut MutexGuard<'_, Held>,
        kept: Kept,
        permissions: &[String],
        old: Option<SecretString>,
    ) -> Result<Token, SignInError> {
        let claims = kept.token.claims();
        let now = Account { tenant: claims.tenant, id: claims.account_id, name: claims.account };
        let account = match &held.account {
            Some(before) if before.differs(&now) => return Err(self.somebody_else(before, &now)),
            Some(before) => now.or(before),
            None => now,
        };
        if let (Some(remembered), Some(refresh)) = (&self.remembered, &kept.refresh) {
            remembered.write(&KeptSignIn { refresh: refresh.clone(), account: account.clone() })?;
        }
        held.refresh = kept.refresh.or(old);
        held.account = Some(account);
        held.asked.extend(permissions.iter().cloned());
        Ok(kept.token)
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
    claims: Option<&str>,
) -> Result<Renewed, SignInError> {
    let tenant = account.and_then(|account| account.tenant.as_deref());
    let endpoint = Endpoint::new(&app.service, app.about(way, permissions), Repeat::Freely);
    let Ok(url) = TokenUrl::new(app.service.authority.address(tenant, "token")) else {
        return Err(endpoint.not_understood());
    };
    let client = Client::new(ClientId::new(app.client_id.clone())).set_token_uri(url);
    let refresh = RefreshToken::new(refresh.expose_secret().to_owned());
    let mut request = client.exchange_refresh_token(&refresh).add_scopes(scopes(app.delegated_scopes(permissions)));
    if let Some(claims) = claims {
        request = request.add_extra_param("claims", claims);
    }
    match endpoint.judge::<Granted, _>(request.request(&endpoint)) {
        Ok(granted) => Ok(Renewed::Token(granted.keep(&app.client_id, None)?)),
        Err((_, Some(refusal))) if refusal.wants_a_person() => Ok(Renewed::AskThePerson(refusal.claims)),
        Err((error, _)) => Err(error),
    }
}
