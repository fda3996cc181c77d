//! What commands get from outside: the ports' objects, and the few values that the environment gives.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::ExposeSecret;
use semver::Version;

use crate::ports::{Clock, ConfigFile, Http, Installation, Journal, Machine, SecretStore, SignInVariables, Token, Ui};

/// The outside, as `wiring` hands it in.
#[derive(Clone)]
pub struct Host {
    pub clock: Arc<dyn Clock>,
    /// Time that only moves when somebody sleeps, for rehearsals that nobody watches.
    pub virtual_clock: Arc<dyn Clock>,
    /// Who is shown and asked.
    pub ui: Arc<dyn Ui>,
    pub http: Arc<dyn Http>,
    pub journal: Arc<dyn Journal>,
    pub rehearsals: Arc<dyn Journal>,
    /// The program's own file. `None` where the system does not say where it lies.
    pub installation: Option<Arc<dyn Installation>>,
    /// Where the list of releases is, if the environment says so.
    pub index_url: Option<String>,
    /// Whether it may be looked for a newer version without being asked to.
    pub may_look: bool,
    /// What that look has found.
    pub newer: Arc<Newer>,
    /// The variables that sign in.
    pub variables: SignInVariables,
    /// The operating system's store for secrets.
    pub secrets: Arc<dyn SecretStore>,
    pub config: Arc<dyn ConfigFile>,
    /// Browser, Azure CLI, standard input, files for secrets.
    pub machine: Arc<dyn Machine>,
    /// The wizard that this copy of the program is named after, whether there is one of that id or not.
    pub named_after: Option<String>,
}

impl Host {
    /// Returns the access token that the environment gives.
    pub fn access_token(&self) -> Option<Token> {
        self.variables.given("FIXFORME_ACCESS_TOKEN").map(|token| Token::new(token.expose_secret().to_owned()))
    }
}

/// The newer version that was found and is not told of yet.
#[derive(Debug, Default)]
pub struct Newer(Mutex<Option<Version>>);

impl Newer {
    pub fn found(&self, version: Option<Version>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = version;
    }

    /// Returns what was found, once.
    pub fn take(&self) -> Option<Version> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
