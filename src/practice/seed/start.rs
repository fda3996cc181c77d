//! What a practice tenant starts from, once its file is read and checked.

use serde::Deserialize;

use crate::practice::store::Store;

/// A parsed `tenant.toml`, with nothing left to check.
#[derive(Debug, Clone)]
pub struct Seed {
    pub(in crate::practice) now: Option<jiff::Timestamp>,
    pub(in crate::practice) cloud: &'static str,
    pub(in crate::practice) store: Store,
    pub(in crate::practice) page_size: Option<usize>,
    pub(in crate::practice) shows_nulls: bool,
    pub(in crate::practice) licenses: Vec<String>,
    pub(in crate::practice) organization: String,
    pub(in crate::practice) me: Me,
    pub(in crate::practice) permissions: Vec<OwnPermission>,
    pub(in crate::practice) actions: Vec<Action>,
}

impl Seed {
    /// Returns the time at which the tenant's story begins, where its file names one.
    pub fn now(&self) -> Option<jiff::Timestamp> {
        self.now
    }

    /// Returns the cloud that a rehearsal takes the tenant to be in.
    pub fn cloud(&self) -> &'static str {
        self.cloud
    }
}

#[derive(Debug, Clone)]
pub struct Me {
    /// The account's or service principal's object id.
    pub id: String,
    /// Role ids that the token lists; `None` means whatever the directory says.
    pub roles: Vec<String>,
    /// The only scopes that a token may carry.
    pub scopes: Option<Vec<String>>,
    /// Whether an application signs in, without a person.
    pub app_only: bool,
    /// The apps that `client-id` remembers for this tenant.
    pub client_ids: Vec<String>,
}

/// Who may use a path that the seed names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnPermission {
    /// The path with its version; `*` stands for one segment.
    pub path: String,
    /// Scopes of which one suffices to read.
    #[serde(default)]
    pub read: Vec<String>,
    /// Scopes of which one suffices to write.
    #[serde(default)]
    pub write: Vec<String>,
    /// Roles, by id or built-in name, of which a person needs one to write; none means any.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A call that is not a plain object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The path with its version; `*` stands for one segment.
    pub path: String,
    #[serde(default)]
    pub status: Option<u16>,
    #[serde(default)]
    pub body: Option<toml::Value>,
    /// Properties set on the object whose path is this one without its last segment.
    #[serde(default)]
    pub sets: Option<toml::Table>,
}
