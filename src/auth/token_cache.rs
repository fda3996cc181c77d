//! What a person's sign-in leaves: a refresh token, so that the next token needs no browser, and who it was.
//!
//! It lives as long as the process and is wiped when dropped. It is written nowhere but, where that was asked for, into
//! the operating system's own store. That fails closed: where the store cannot be used there is no sign-in that would be
//! forgotten by surprise, and no other place for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::app::{App, Service};
use super::error::{Kind, SignInError};
use super::retry::Repeat;
use super::token_endpoint::{Endpoint, Refused, TokenResponse, Tokens};
use crate::ports::event::Level;
use crate::ports::text::one_line;
use crate::ports::{Challenge, SecretStore, SignInMethod, Token};

/// Why a person is asked to sign in.
pub(super) struct Prompt {
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

impl Prompt {
    /// Returns the tenant of whoever signed in before.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.account.as_ref().and_then(|account| account.tenant.as_deref())
    }
}

/// What one person's sign-in leaves.
pub(super) struct TokenCache {
    held: Mutex<Cached>,
    remembered: Option<Remembered>,
}

#[derive(Default)]
struct Cached {
    refresh: Option<SecretString>,
    account: Option<Account>,
    asked: Vec<String>,
    /// Whether what is kept from an earlier start was taken over.
    begun: bool,
}

impl TokenCache {
    /// Makes a cache that nobody has signed in to yet, and that is kept in `remembered`.
    pub(super) fn new(remembered: Option<Remembered>) -> Self {
        Self { held: Mutex::default(), remembered }
    }

    /// Returns a token for `wanted`: by the refresh token where that does, else by `prompt`, which asks the person.
    pub(super) fn token(
        &self,
        app: &App,
        method: SignInMethod,
        wanted: &[String],
        challenge: Option<&Challenge>,
        prompt: impl FnOnce(&Prompt) -> Result<Tokens, SignInError>,
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
            match renew(app, method, held.account.as_ref(), &permissions, &refresh, claims.as_deref()) {
                Ok(tokens) => {
                    if let Some(remembered) = self.remembered.as_ref().filter(|_| is_kept) {
                        let text =
                            format!("Your sign-in was kept in {}; `fixforme sign-out` removes it.", remembered.place());
                        app.service.ui.say(Level::Info, text);
                    }
                    return self.keep(&mut held, tokens, &permissions, Some(refresh));
                }
                Err((_, Some(refusal))) if refusal.wants_a_person() => claims = refusal.claims.or(claims),
                Err((error, _)) => {
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
        let tokens = prompt(&Prompt { account, kept_in, permissions: permissions.clone(), new, claims })?;
        self.keep(&mut held, tokens, &permissions, None)
    }

    /// Takes over what is kept from an earlier start; returns whether that was just now.
    fn begin(&self, held: &mut MutexGuard<'_, Cached>, permissions: &[String]) -> Result<bool, SignInError> {
        let Some(remembered) = self.remembered.as_ref().filter(|_| !held.begun) else { return Ok(false) };
        let kept = remembered.read()?;
        held.begun = true;
        let Some(kept) = kept else { return Ok(false) };
        let (refresh, account) = kept;
        held.refresh = Some(refresh);
        held.account = Some(account);
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
        held: &mut MutexGuard<'_, Cached>,
        tokens: Tokens,
        permissions: &[String],
        old: Option<SecretString>,
    ) -> Result<Token, SignInError> {
        let claims = tokens.access.claims();
        let now = Account { tenant: claims.tenant, id: claims.account_id, name: claims.account };
        let account = match &held.account {
            Some(before) if before.differs(&now) => return Err(self.somebody_else(before, &now)),
            Some(before) => now.or(before),
            None => now,
        };
        if let (Some(remembered), Some(refresh)) = (&self.remembered, &tokens.refresh) {
            remembered.write(refresh, &account)?;
        }
        held.refresh = tokens.refresh.or(old);
        held.account = Some(account);
        held.asked.extend(permissions.iter().cloned());
        Ok(tokens.access)
    }
}

fn renew(
    app: &App,
    method: SignInMethod,
    account: Option<&Account>,
    permissions: &[String],
    refresh: &SecretString,
    claims: Option<&str>,
) -> Result<Tokens, Refused> {
    let tenant = account.and_then(|account| account.tenant.as_deref());
    let endpoint = Endpoint::new(&app.service, app.context(method, permissions), Repeat::Freely);
    let fields = || {
        let mut fields = app.form("refresh_token", claims);
        fields.push(("refresh_token", refresh.expose_secret().to_owned()));
        fields.push(("scope", app.delegated_scopes(permissions)));
        Ok(fields)
    };
    let response: TokenResponse = endpoint.post(&app.service.authority.address(tenant, "token"), &fields)?;
    response.tokens(&app.client_id, None).map_err(|error| (error, None))
}

/// Who has signed in.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// The tenant's id.
    pub(super) tenant: Option<String>,
    /// The account's object id.
    pub(super) id: Option<String>,
    /// The user principal name.
    pub(super) name: Option<String>,
}

impl Account {
    /// Returns whether it is known to be another. The name of an account may change, its id does not.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let differ = |one: &Option<String>, other: &Option<String>| {
            one.as_ref().zip(other.as_ref()).map(|(one, other)| !one.eq_ignore_ascii_case(other))
        };
        let account = differ(&self.id, &other.id).or_else(|| differ(&self.name, &other.name));
        differ(&self.tenant, &other.tenant) == Some(true) || account == Some(true)
    }

    /// Fills in from before what the newest token does not tell.
    pub(super) fn or(self, before: &Self) -> Self {
        let before = before.clone();
        Self { tenant: self.tenant.or(before.tenant), id: self.id.or(before.id), name: self.name.or(before.name) }
    }

    /// Says who it is, for a person; with the tenant where that of `other` is not the same.
    pub(super) fn words(&self, other: &Self) -> String {
        let name = self.name.as_ref().or(self.id.as_ref()).map_or("an unnamed account", String::as_str);
        match &self.tenant {
            Some(tenant) if self.tenant != other.tenant => one_line(&format!("{name} of tenant {tenant}")),
            _ => one_line(name),
        }
    }
}

/// The sign-in of one app to one authority and tenant.
pub struct Remembered {
    store: Arc<dyn SecretStore>,
    name: String,
}

/// How it is written. A later version that adds to it keeps `v`; one that changes it does not.
#[derive(Serialize, Deserialize)]
struct StoredSignIn<'text> {
    v: u32,
    refresh_token: std::borrow::Cow<'text, str>,
    tenant: Option<String>,
    account: Option<String>,
    account_id: Option<String>,
}

const VERSION: u32 = 1;

impl Remembered {
    /// Names the sign-in of an app, and tries the store: who cannot keep a sign-in need not make one.
    pub fn new(store: Arc<dyn SecretStore>, service: &Service, client_id: &str) -> Result<Self, SignInError> {
        let authority = &service.authority;
        let name = format!("{} {} {client_id}", authority.as_str(), authority.tenant().to_ascii_lowercase());
        let remembered = Self { store, name };
        let _ = remembered.read()?;
        Ok(remembered)
    }

    /// Says where it is kept.
    pub fn place(&self) -> &'static str {
        self.store.name()
    }

    /// Returns the refresh token that is kept, and whose it is. What no version of this program has written counts as nothing.
    fn read(&self) -> Result<Option<(SecretString, Account)>, SignInError> {
        let text = self.store.read(&self.name).map_err(|error| self.unusable(&error))?;
        let written =
            text.as_ref().and_then(|text| serde_json::from_str::<StoredSignIn<'_>>(text.expose_secret()).ok());
        Ok(written.filter(|written| written.v == VERSION && !written.refresh_token.is_empty()).map(|written| {
            let refresh = SecretString::from(written.refresh_token.into_owned());
            let account = Account { tenant: written.tenant, id: written.account_id, name: written.account };
            (refresh, account)
        }))
    }

    /// Keeps a sign-in in place of the one before.
    fn write(&self, refresh: &SecretString, account: &Account) -> Result<(), SignInError> {
        let written = StoredSignIn {
            v: VERSION,
            refresh_token: refresh.expose_secret().into(),
            tenant: account.tenant.clone(),
            account: account.name.clone(),
            account_id: account.id.clone(),
        };
        let text = Zeroizing::new(serde_json::to_string(&written).unwrap_or_default());
        self.store.write(&self.name, &SecretString::from(text.as_str())).map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &anyhow::Error) -> SignInError {
        let sentence = format!("the sign-in cannot be remembered: {} cannot be used ({error:#})", self.store.name());
        SignInError::new(Kind::Refused, sentence)
            .now("leave out `--remember-sign-in`: the sign-in then lasts until the program ends")
    }
}
