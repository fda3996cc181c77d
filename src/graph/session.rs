//! One sign-in to one tenant: who is asked over what, and the token that is held for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};

use crate::ports::credentials::Claims;
use crate::ports::retry::RetryPolicy;
use crate::ports::{Challenge, Clock, Credentials, Http, Token, Ui};

use super::root::GraphRoot;
use super::throttle::Throttle;

/// What readers and writers share: the way out, the token, and the retry policy.
pub struct Session {
    pub(super) http: Arc<dyn Http>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ui: Arc<dyn Ui>,
    pub(super) root: GraphRoot,
    pub(super) policy: RetryPolicy,
    credentials: Arc<dyn Credentials>,
    held: Mutex<Held>,
    /// Set by a 503: the next request, whichever it is, leaves the connection that led to the failing server.
    leave_connection: AtomicBool,
    pub(super) throttle: Throttle,
}

#[derive(Default)]
struct Held {
    scopes: Vec<String>,
    token: Option<Token>,
    /// What the next token is to prove.
    challenge: Option<Challenge>,
    /// The claims that the held token was got for.
    proven: Option<String>,
    /// Counts the tokens, so that of several requests that one token failed only the first asks for a new one.
    generation: u64,
    /// Tenant and account of the first token: a later one must not be for somebody else.
    whose: Option<(Option<String>, Option<String>)>,
}

impl Session {
    /// Makes a session that has no token yet; it is asked for when the first request needs it.
    pub fn new(
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
        ui: Arc<dyn Ui>,
        credentials: Arc<dyn Credentials>,
        root: GraphRoot,
        policy: RetryPolicy,
    ) -> Self {
        Self {
            http,
            clock,
            ui,
            root,
            policy,
            credentials,
            held: Mutex::default(),
            leave_connection: AtomicBool::new(false),
            throttle: Throttle::default(),
        }
    }

    /// Sets the scopes that the next token is asked for: those of the checks first, after consent those of the plan.
    pub fn require(&self, scopes: &[String]) {
        let mut held = self.held();
        if held.scopes != scopes {
            held.scopes = scopes.to_vec();
            held.token = None;
        }
    }

    /// Returns what the token says of itself, signing in where there is none yet.
    pub fn claims(&self) -> Result<Claims> {
        Ok(self.token()?.0.claims())
    }

    /// Returns the token and its generation, signing in where there is none.
    ///
    /// The lock is held meanwhile, so that parallel requests lead to one sign-in.
    pub(super) fn token(&self) -> Result<(Token, u64)> {
        let mut held = self.held();
        if let Some(token) = &held.token {
            return Ok((token.clone(), held.generation));
        }
        let token = match &held.challenge {
            Some(challenge) => self.credentials.answer(&held.scopes, challenge)?,
            None => self.credentials.token(&held.scopes)?,
        };
        held.proven = held.challenge.take().map(|challenge| challenge.claims);
        let claims = token.claims();
        if let Some((tenant, account)) = &held.whose {
            ensure!(
                differs(tenant.as_ref(), claims.tenant.as_ref()).is_none()
                    && differs(account.as_ref(), claims.account_id.as_ref()).is_none(),
                "the new sign-in is for another account or tenant than the first one; sign in as the same account, or start again"
            );
        } else {
            held.whose = Some((claims.tenant, claims.account_id));
        }
        held.generation += 1;
        held.token = Some(token.clone());
        Ok((token, held.generation))
    }

    /// Drops the token of that generation, which the service did not accept; the next one is to prove `claims`.
    pub(super) fn drop_token(&self, generation: u64, claims: Option<String>) {
        let mut held = self.held();
        if held.generation == generation {
            held.token = None;
            let again = |claims: &String| held.proven.as_ref() == Some(claims);
            held.challenge = claims.map(|claims| Challenge { again: again(&claims), claims });
        }
    }

    /// Returns how often a request may get a new token. A person is asked at the second challenge, when what is kept of
    /// the sign-in did not do for the first; with an app there is nobody to ask.
    pub(super) fn renewals(&self, is_challenge: bool) -> usize {
        if is_challenge && self.credentials.chooses_scopes() { 2 } else { 1 }
    }

    /// Asks for a new connection for the next request.
    pub(super) fn leave_connection(&self) {
        self.leave_connection.store(true, Ordering::SeqCst);
    }

    /// Returns whether a new connection was asked for, once.
    pub(super) fn leaves_connection(&self) -> bool {
        self.leave_connection.swap(false, Ordering::SeqCst)
    }

    pub(super) fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.clock.random(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two known values that are not the same. What a token does not tell is not a difference.
fn differs<'a>(one: Option<&'a String>, other: Option<&'a String>) -> Option<(&'a String, &'a String)> {
    one.zip(other).filter(|(one, other)| one != other)
}
