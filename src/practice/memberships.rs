//! Who belongs to what, and what that protects: groups with groups inside, roles by them.

use std::sync::Arc;

use serde_json::Value;

use super::facts::roles::Standing;
use super::object::{Object, text};
use super::spot::Pick;
use super::store::{ASSIGNMENTS, GROUPS, Store};

/// Returns what protects an account: its roles by assignment or group, and membership of role-assignable groups.
pub(super) fn standing(store: &Store, id: &str) -> Standing {
    let groups = groups_of(store, id, true, &|item| item.newest().cloned());
    let in_role_assignable_group =
        groups.iter().any(|group| group.get("isAssignableToRole").and_then(Value::as_bool).unwrap_or(false));
    // A list, not a set: nearly always it is the account alone, and the assignments may be thousands.
    let mut holders: Vec<String> = groups.iter().map(|group| text(group, "id")).collect();
    holders.push(id.to_owned());
    let roles = store.all(ASSIGNMENTS).newest().filter(|one| {
        let principal = one.get("principalId").and_then(Value::as_str);
        principal.is_some_and(|principal| holders.iter().any(|holder| holder == principal))
    });
    let roles = roles.map(|assignment| text(assignment, "roleDefinitionId")).collect();
    Standing { roles, in_role_assignable_group }
}

/// Returns the path of a group's members, in lower case.
pub(super) fn members(group: &str) -> String {
    format!("{GROUPS}/{}/members", group.to_ascii_lowercase())
}

/// Lists the ids of a group's members.
pub(super) fn members_of(store: &Store, group: &str, pick: Pick<'_>) -> Vec<String> {
    let links = store.all(&members(group)).items().filter_map(|(_, item)| pick(item));
    links.map(|link| text(&link, "id")).collect()
}

/// Lists the groups that hold an object, directly or through other groups; `pick` says which version counts.
pub(super) fn groups_of(store: &Store, id: &str, transitive: bool, pick: Pick<'_>) -> Vec<Arc<Object>> {
    let mut found: Vec<Arc<Object>> = Vec::new();
    let mut wanted = vec![id.to_owned()];
    while let Some(id) = wanted.pop() {
        for (name, item) in store.all(GROUPS).items() {
            let Some(group) = pick(item) else { continue };
            let known = found.iter().any(|known| Arc::ptr_eq(known, &group));
            if !known && store.all(&members(name)).find(&id).and_then(pick).is_some() {
                wanted.extend(transitive.then(|| text(&group, "id")));
                found.push(group);
            }
        }
    }
    found
}
