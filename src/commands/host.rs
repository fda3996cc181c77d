//! What commands get from outside: the ports' objects, and the few values that the environment gives.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use semver::Version;

use anyhow::Result;
use secrecy::SecretString;

use crate::auth::{Ambient, OpenPage, RunAz};
use crate::ports::{Clock, ConfigFile, Http, Installation, Journal, SecretStore, Token, Ui};

/// Appends a text to a file.
pub type Append = dyn Fn(&Path, &str) -> Result<()> + Send + Sync;

/// The outside, as `wiring` hands it in.
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
    pub installation: Option<Arc<Installation>>,
    /// Where the list of releases is, if the environment says so.
    pub index_url: Option<String>,
    /// Whether it may be looked for a newer version without being asked to.
    pub may_look: bool,
    /// What that look has found.
    pub newer: Arc<Newer>,
    /// The access token from the environment, if there is one.
    pub access_token: Option<Token>,
    /// The client id from the environment, if there is one.
    pub client_id: Option<String>,
    /// The client secret from the environment, if there is one.
    pub client_secret: Option<SecretString>,
    /// What the machine itself can sign in with.
    pub ambient: Ambient,
    /// Asks the Azure CLI.
    pub run_az: RunAz,
    /// The operating system's store for secrets.
    pub secrets: Arc<SecretStore>,
    pub config: Arc<ConfigFile>,
    /// Opens a page in the person's browser.
    pub open_page: OpenPage,
    /// Appends a text to a file for secrets, which only its owner may read; an empty text only proves that it can.
    pub append_secret: Arc<Append>,
    /// Reads standard input to its end, which may be so many bytes; used only where a flag names it.
    pub read_input: Arc<dyn Fn(u64) -> Result<String> + Send + Sync>,
    /// The wizard that this copy of the program is named after, whether there is one of that id or not.
    pub named_after: Option<String>,
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
