//! A person's sign-in kept from one start of the program to the next, where that was asked for: the refresh token and
//! whose it is, in the operating system's own store and nowhere else.
//!
//! It fails closed: where the store cannot be used there is no sign-in that would be forgotten by surprise, and no other
//! place for it.

use std::sync::Arc;

use anyhow::Result;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::error::{Kind, SignInError};
use super::service::Service;
use crate::ports::SecretStore;

/// The sign-in of one app to one authority and tenant.
pub struct Remembered {
    store: Arc<dyn SecretStore>,
    name: String,
}

/// What is kept.
pub(super) struct KeptSignIn {
    pub refresh: SecretString,
    pub account: Account,
}

/// How it is written. A later version that adds to it keeps `v`; one that changes it does not.
#[derive(Serialize, Deserialize)]
struct Written<'text> {
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

    /// Returns what is kept. What no version of this program has written counts as nothing.
    pub(super) fn read(&self) -> Result<Option<KeptSignIn>, SignInError> {
        let text = self.store.read(&self.name).map_err(|error| self.unusable(&error))?;
        let written = text.as_ref().and_then(|text| serde_json::from_str::<Written<'_>>(text.expose_secret()).ok());
        Ok(written.filter(|written| written.v == VERSION && !written.refresh_token.is_empty()).map(|written| {
            let refresh = SecretString::from(written.refresh_token.into_owned());
            let account = Account { tenant: written.tenant, id: written.account_id, name: written.account };
            KeptSignIn { refresh, account }
        }))
    }

    /// Keeps a sign-in in place of the one before.
    pub(super) fn write(&self, kept: &KeptSignIn) -> Result<(), SignInError> {
        let written = Written {
            v: VERSION,
            refresh_token: kept.refresh.expose_secret().into(),
            tenant: kept.account.tenant.clone(),
            account: kept.account.name.clone(),
            account_id: kept.account.id.clone(),
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
