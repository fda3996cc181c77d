//! Built-in directory roles: template ids, the same in every tenant and cloud, and display names.

use super::overlay::facts;

/// Every account of a tenant carries this in `wids`; it says "member of the tenant" and is not an administrator's role.
pub const ORDINARY_USER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Returns template id and display name of every role that is known.
pub fn all() -> &'static [(&'static str, &'static str)] {
    &facts().role_ids
}

/// Returns the display name of a role's template id.
pub fn name(template_id: &str) -> Option<&'static str> {
    all().iter().find(|(id, _)| id.eq_ignore_ascii_case(template_id)).map(|(_, name)| *name)
}

/// Returns the template id of a role's display name.
pub fn template_id(name: &str) -> Option<&'static str> {
    all().iter().find(|(_, each)| each.eq_ignore_ascii_case(name)).map(|(id, _)| *id)
}
