//! Signing in to a practice tenant: it mints what is asked for.

use std::sync::{Arc, Mutex};

use anyhow::Result;

use crate::ports::{Clock, Credentials, Token};

use super::server::{PracticeServer, lock};
use super::tenant::Tenant;

/// What tells the account's own name, and its tenant's.
const OWN_ACCOUNT: &str = "User.Read";

/// Credentials that a practice tenant gives to whoever asks.
pub struct PracticeCredentials {
    tenant: Arc<Mutex<Tenant>>,
    clock: Arc<dyn Clock>,
}

impl PracticeCredentials {
    /// Signs in to the tenant behind `server`.
    pub fn new(server: &PracticeServer) -> Self {
        Self { tenant: Arc::clone(server.tenant()), clock: Arc::clone(server.clock()) }
    }
}

impl Credentials for PracticeCredentials {
    /// Mints a token with these scopes, as far as the seed's `[me].scopes` allows them, and, as every sign-in does, with
    /// the one that reads who is signed in.
    fn token(&self, scopes: &[String]) -> Result<Token> {
        let mut scopes = scopes.to_vec();
        if !scopes.iter().any(|scope| scope == OWN_ACCOUNT) {
            scopes.push(OWN_ACCOUNT.to_owned());
        }
        Ok(lock(&self.tenant).mint(&scopes, self.clock.now()))
    }
}
