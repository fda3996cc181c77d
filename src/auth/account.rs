//! Who has signed in, and whether that is who did so before.

use crate::ports::text::one_line;

/// Who has signed in.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// The tenant's id.
    pub(super) tenant: Option<String>,
    /// The account's object id.
    pub(super) id: Option<String>,
    /// The user principal name.
    pub(super) name: Option<String>,
}

impl Account {
    /// Returns whether it is known to be another. The name of an account may change, its id does not.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let differ = |one: &Option<String>, other: &Option<String>| {
            one.as_ref().zip(other.as_ref()).map(|(one, other)| !one.eq_ignore_ascii_case(other))
        };
        let account = differ(&self.id, &other.id).or_else(|| differ(&self.name, &other.name));
        differ(&self.tenant, &other.tenant) == Some(true) || account == Some(true)
    }

    /// Fills in from before what the newest token does not tell.
    pub(super) fn or(self, before: &Self) -> Self {
        let before = before.clone();
        Self { tenant: self.tenant.or(before.tenant), id: self.id.or(before.id), name: self.name.or(before.name) }
    }

    /// Says who it is, for a person; with the tenant where that of `other` is not the same.
    pub(super) fn words(&self, other: &Self) -> String {
        let name = self.name.as_ref().or(self.id.as_ref()).map_or("an unnamed account", String::as_str);
        match &self.tenant {
            Some(tenant) if self.tenant != other.tenant => one_line(&format!("{name} of tenant {tenant}")),
            _ => one_line(name),
        }
    }
}
