//! The app that signs in: its client id, and the service where it does so.

use std::sync::Arc;

use anyhow::{Result, bail};

use super::about::{About, Way};
use super::service::Service;

/// Microsoft's own public client for command-line tools of Graph, which every tenant has: `Microsoft Graph Command Line
/// Tools`. It is used only when a person chooses it.
///
/// Source: Microsoft's documentation of Graph PowerShell's authentication commands.
pub const GRAPH_COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// What every delegated sign-in asks for beside the wizard's permissions: who it is, a refresh token, and to read one's
/// own account and the tenant's name.
const ALWAYS: [&str; 3] = ["openid", "profile", "offline_access"];
const OWN_ACCOUNT: &str = "User.Read";

/// An app that signs in.
pub struct App {
    /// The application's id.
    pub client_id: String,
    /// Where it signs in.
    pub service: Arc<Service>,
}

/// Checks a client id: Entra's are GUIDs.
pub fn client_id(text: &str, source: &str) -> Result<String> {
    match uuid::Uuid::parse_str(text.trim()) {
        Ok(id) => Ok(id.hyphenated().to_string()),
        Err(_) => bail!(
            "`{}` ({source}) is no client id; it looks like 11111111-2222-3333-4444-555555555555",
            text.escape_debug()
        ),
    }
}

impl App {
    /// Returns the scopes of a delegated sign-in as OAuth wants them, with the Graph that they are for: tokens of one
    /// cloud are no good in another.
    pub(super) fn delegated_scopes(&self, scopes: &[String]) -> Vec<String> {
        let mut all: Vec<String> = ALWAYS.iter().map(|scope| (*scope).to_owned()).collect();
        all.extend(self.permissions(scopes).iter().map(|scope| format!("{}/{scope}", self.service.resource)));
        all
    }

    /// Returns the permissions of Graph that a delegated sign-in asks for, by their names alone.
    pub(super) fn permissions(&self, scopes: &[String]) -> Vec<String> {
        let mut all = scopes.to_vec();
        if !all.iter().any(|scope| scope == OWN_ACCOUNT) {
            all.push(OWN_ACCOUNT.to_owned());
        }
        all
    }

    /// Returns what a sign-in is about, for the words of a refusal.
    pub(super) fn about(&self, way: Way, scopes: &[String]) -> About {
        About { client_id: self.client_id.clone(), ..self.service.about(way, scopes) }
    }
}
