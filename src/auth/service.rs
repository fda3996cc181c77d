//! The service that signs in: where it is, the Graph that its tokens are for, and the way there.

use std::sync::Arc;

use super::about::{About, Way};
use super::authority::Authority;
use crate::ports::{Clock, Http, Ui};

/// An authority, with the way there.
pub struct Service {
    /// Where one signs in.
    pub authority: Authority,
    /// The root of Graph that permissions are asked for: `https://graph.microsoft.com`.
    pub resource: String,
    /// The network.
    pub http: Arc<dyn Http>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Who is shown and asked.
    pub ui: Arc<dyn Ui>,
}

impl Service {
    /// Returns what a sign-in is about, for the words of a refusal, as far as no app is concerned.
    pub(super) fn about(&self, way: Way, scopes: &[String]) -> About {
        About {
            way,
            client_id: String::new(),
            tenant: self.authority.tenant().to_owned(),
            authority: self.authority.as_str().to_owned(),
            resource: self.resource.clone(),
            scopes: scopes.to_vec(),
            thumbprint: None,
            issued: None,
            time: self.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        }
    }
}
