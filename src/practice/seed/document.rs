//! `tenant.toml` as written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::generate::Generate;
use super::start::{Action, OwnPermission};

/// An entity's properties, each name with its place in the file.
pub type Properties = BTreeMap<Spanned<String>, toml::Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub now: Option<Spanned<String>>,
    pub cloud: Option<Spanned<String>>,
    pub lag: Option<Spanned<String>>,
    pub page_size: Option<Spanned<usize>>,
    pub nulls: Option<Spanned<String>>,
    #[serde(default)]
    pub licenses: Vec<String>,
    pub organization: Option<toml::Table>,
    pub me: Option<MeTable>,
    #[serde(default)]
    pub users: Vec<Spanned<Properties>>,
    #[serde(default)]
    pub groups: Vec<Spanned<Properties>>,
    #[serde(default)]
    pub service_principals: Vec<Spanned<Properties>>,
    #[serde(default)]
    pub role_assignments: Vec<RoleAssignment>,
    #[serde(default)]
    pub role_definitions: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    pub generate: Vec<Generate>,
    #[serde(default)]
    pub objects: BTreeMap<Spanned<String>, toml::Table>,
    #[serde(default)]
    pub permissions: Vec<OwnPermission>,
    #[serde(default)]
    pub actions: Vec<Action>,
}

/// `[me]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeTable {
    pub id: Option<Spanned<String>>,
    #[serde(rename = "userPrincipalName")]
    pub user_principal_name: Option<Spanned<String>>,
    pub roles: Option<Vec<Spanned<String>>>,
    pub scopes: Option<Vec<String>>,
    #[serde(default)]
    pub client_ids: Vec<String>,
    #[serde(default)]
    pub app_only: bool,
}

/// `[[role_assignments]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleAssignment {
    pub role: Spanned<String>,
    pub principal: Spanned<String>,
    pub scope: Option<String>,
}
