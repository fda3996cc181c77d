//! What a request is answered from: the store, and what this tenant was given to go by.

use std::collections::HashSet;

use jiff::Timestamp;

use super::seed::{Action, Me, OwnPermission};
use super::store::Store;

/// The tenant without its record of requests.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub store: Store,
    pub page_size: Option<usize>,
    /// Whether `$select` answers null for what is absent.
    pub shows_nulls: bool,
    /// Service plans that the tenant has.
    pub licenses: Vec<String>,
    /// The cloud that it is in, as `--cloud` names it.
    pub cloud: &'static str,
    /// The tenant's id.
    pub organization: String,
    pub me: Me,
    /// Permissions of paths that only the seed knows.
    pub permissions: Vec<OwnPermission>,
    /// Calls that only the seed knows.
    pub actions: Vec<Action>,
    /// What a token must carry to be one of this tenant's.
    pub nonce: String,
    /// Ids of the administrators at the start, for the registration report.
    pub admins: HashSet<String>,
    /// When the first request came.
    pub started: Option<Timestamp>,
    /// Where minted ids come from.
    pub random: [u8; 16],
    pub minted: u64,
}

impl State {
    /// Mints an id that no other object of this tenant has.
    pub fn new_id(&mut self) -> String {
        self.minted += 1;
        let seed = [self.random.as_slice(), &self.minted.to_be_bytes()].concat();
        let digest = ring::digest::digest(&ring::digest::SHA256, &seed);
        let mut bytes = [0_u8; 16];
        for (byte, from) in bytes.iter_mut().zip(digest.as_ref()) {
            *byte = *from;
        }
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}
