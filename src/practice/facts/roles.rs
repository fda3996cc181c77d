//! Directory roles: their template ids, and who may touch whose account.
//!
//! Source of the rules: Microsoft Graph, resource `user`, "Who can perform sensitive actions" (July 2026).

/// Global Administrator.
pub const GLOBAL_ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Privileged Authentication Administrator.
pub const PRIVILEGED_AUTH_ADMIN: &str = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13";
/// Authentication Administrator.
pub const AUTH_ADMIN: &str = "c4e39bd9-1100-46d3-8c65-fb160da0071f";
/// User Administrator.
pub const USER_ADMIN: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
/// Helpdesk Administrator.
pub const HELPDESK_ADMIN: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
/// Groups Administrator.
pub const GROUPS_ADMIN: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";
/// Directory Writers.
pub const DIRECTORY_WRITERS: &str = "9360feb5-f418-4baa-8175-e2a00bac4301";
/// Directory Readers.
pub const DIRECTORY_READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
/// Guest Inviter.
pub const GUEST_INVITER: &str = "95e79109-95c0-4d8e-aee3-d01accf2d47b";
/// Message Center Reader.
pub const MESSAGE_CENTER_READER: &str = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b";
/// Password Administrator.
pub const PASSWORD_ADMIN: &str = "966707d0-3269-4727-9be2-8c3a10f19b9d";
/// Reports Reader.
pub const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";
/// Usage Summary Reports Reader.
pub const USAGE_REPORTS_READER: &str = "75934031-6c7e-415a-99d7-48dbd49e875e";
/// Global Reader.
pub const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
/// Roles whose holders the lesser administrators may still change.
const LIMITED: &[&str] =
    &[DIRECTORY_READERS, GUEST_INVITER, MESSAGE_CENTER_READER, PASSWORD_ADMIN, REPORTS_READER, USAGE_REPORTS_READER];
/// Roles whose holders a User Administrator may change besides.
const BELOW_USER_ADMIN: &[&str] = &[GROUPS_ADMIN, HELPDESK_ADMIN, USER_ADMIN];

/// What protects an account from lesser administrators.
#[derive(Debug, Default)]
pub struct Standing {
    /// Role ids that the account holds, directly or by a group.
    pub roles: Vec<String>,
    /// Whether it is a member of a role-assignable group, which lifts it above everyone but the highest two.
    pub in_role_assignable_group: bool,
}

impl Standing {
    fn only(&self, allowed: &[&[&str]]) -> bool {
        let is_allowed = |role: &String| allowed.iter().any(|list| list.contains(&role.as_str()));
        !self.in_role_assignable_group && self.roles.iter().all(is_allowed)
    }
}

/// Returns whether a caller with `roles` may take a sensitive action on an account: change contact data, name,
/// password or state, delete or restore it.
pub fn may_take_sensitive_action(roles: &[String], target: &Standing) -> bool {
    let holds = |role: &str| roles.iter().any(|held| held == role);
    holds(GLOBAL_ADMIN)
        || holds(PRIVILEGED_AUTH_ADMIN)
        || holds(AUTH_ADMIN) && target.only(&[LIMITED, &[AUTH_ADMIN]])
        || holds(USER_ADMIN) && target.only(&[LIMITED, BELOW_USER_ADMIN])
}

/// Returns whether a caller with `roles` may change an account's authentication methods.
pub fn may_change_methods(roles: &[String], target: &Standing) -> bool {
    let holds = |role: &str| roles.iter().any(|held| held == role);
    holds(GLOBAL_ADMIN) || holds(PRIVILEGED_AUTH_ADMIN) || holds(AUTH_ADMIN) && target.only(&[LIMITED, &[AUTH_ADMIN]])
}

/// Returns whether a caller with `roles` may read an account's authentication methods.
pub fn may_read_methods(roles: &[String], target: &Standing) -> bool {
    roles.iter().any(|held| held == GLOBAL_READER) || may_change_methods(roles, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(roles: &[&str]) -> Standing {
        Standing { roles: roles.iter().map(|role| (*role).to_owned()).collect(), in_role_assignable_group: false }
    }

    #[test]
    fn the_table_of_sensitive_actions() {
        let custom = "00000000-0000-0000-0000-00000000cafe";
        // Targets, then whether Authentication, User, Privileged Authentication and Global Administrator may.
        let rows: &[(&[&str], [bool; 4])] = &[
            (&[], [true, true, true, true]),
            (&[REPORTS_READER, DIRECTORY_READERS], [true, true, true, true]),
            (&[AUTH_ADMIN], [true, false, true, true]),
            (&[HELPDESK_ADMIN], [false, true, true, true]),
            (&[USER_ADMIN, GUEST_INVITER], [false, true, true, true]),
            (&[GLOBAL_ADMIN], [false, false, true, true]),
            (&["e8611ab8-c189-46e8-94e1-60213ab1f814"], [false, false, true, true]),
            (&[custom], [false, false, true, true]),
        ];
        for (target, expected) in rows {
            let callers = [AUTH_ADMIN, USER_ADMIN, PRIVILEGED_AUTH_ADMIN, GLOBAL_ADMIN];
            let may = callers.map(|role| may_take_sensitive_action(&[role.to_owned()], &standing(target)));
            assert_eq!(may, *expected, "{target:?}");
        }
        let in_group = Standing { roles: Vec::new(), in_role_assignable_group: true };
        assert!(!may_take_sensitive_action(&[USER_ADMIN.to_owned()], &in_group));
        assert!(!may_take_sensitive_action(&[GLOBAL_READER.to_owned()], &standing(&[])));
    }
}
