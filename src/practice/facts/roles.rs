//! Directory roles: their template ids, and who may touch whose account.
//!
//! Source of the rules: Microsoft Graph, resource `user`, "Who can perform sensitive actions" (July 2026).

/// A built-in role.
pub struct Role {
    /// The template id, which is also the role definition's id.
    pub id: &'static str,
    /// The display name.
    pub name: &'static str,
}

/// Global Administrator.
pub const GLOBAL_ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Privileged Role Administrator.
pub const PRIVILEGED_ROLE_ADMIN: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
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
/// Security Reader.
pub const SECURITY_READER: &str = "5d6b6bb7-de71-4623-b4af-96380a352509";
/// Security Administrator.
pub const SECURITY_ADMIN: &str = "194ae4cb-b126-40b2-bd5b-6091b380977d";
/// Conditional Access Administrator.
pub const CONDITIONAL_ACCESS_ADMIN: &str = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9";
/// Authentication Policy Administrator.
pub const AUTH_POLICY_ADMIN: &str = "0526716b-113d-4c15-b2c8-68e3c22b9f80";
/// Domain Name Administrator.
pub const DOMAIN_ADMIN: &str = "8329153b-31d0-4727-b945-745eb3bc5f31";
/// Cloud Application Administrator.
pub const CLOUD_APP_ADMIN: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";
/// Application Administrator.
pub const APP_ADMIN: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
/// License Administrator.
pub const LICENSE_ADMIN: &str = "4d6ac14f-3453-41d0-bef9-a3e0c569773a";
/// The role that every member of a tenant has and that tokens list; no directory role.
pub const ANY_MEMBER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// The built-in roles that the practice tenant knows by id.
pub const BUILT_IN: &[Role] = &[
    Role { id: GLOBAL_ADMIN, name: "Global Administrator" },
    Role { id: PRIVILEGED_ROLE_ADMIN, name: "Privileged Role Administrator" },
    Role { id: PRIVILEGED_AUTH_ADMIN, name: "Privileged Authentication Administrator" },
    Role { id: AUTH_ADMIN, name: "Authentication Administrator" },
    Role { id: USER_ADMIN, name: "User Administrator" },
    Role { id: HELPDESK_ADMIN, name: "Helpdesk Administrator" },
    Role { id: GROUPS_ADMIN, name: "Groups Administrator" },
    Role { id: DIRECTORY_WRITERS, name: "Directory Writers" },
    Role { id: DIRECTORY_READERS, name: "Directory Readers" },
    Role { id: GUEST_INVITER, name: "Guest Inviter" },
    Role { id: MESSAGE_CENTER_READER, name: "Message Center Reader" },
    Role { id: PASSWORD_ADMIN, name: "Password Administrator" },
    Role { id: REPORTS_READER, name: "Reports Reader" },
    Role { id: USAGE_REPORTS_READER, name: "Usage Summary Reports Reader" },
    Role { id: GLOBAL_READER, name: "Global Reader" },
    Role { id: SECURITY_READER, name: "Security Reader" },
    Role { id: SECURITY_ADMIN, name: "Security Administrator" },
    Role { id: "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", name: "Security Operator" },
    Role { id: CONDITIONAL_ACCESS_ADMIN, name: "Conditional Access Administrator" },
    Role { id: AUTH_POLICY_ADMIN, name: "Authentication Policy Administrator" },
    Role { id: DOMAIN_ADMIN, name: "Domain Name Administrator" },
    Role { id: CLOUD_APP_ADMIN, name: "Cloud Application Administrator" },
    Role { id: APP_ADMIN, name: "Application Administrator" },
    Role { id: "cf1c38e5-3621-4004-a7cb-879624dced7c", name: "Application Developer" },
    Role { id: LICENSE_ADMIN, name: "License Administrator" },
    Role { id: "29232cdf-9323-42fd-ade2-1d097af3e4de", name: "Exchange Administrator" },
    Role { id: "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", name: "SharePoint Administrator" },
    Role { id: "69091246-20e8-4a56-aa4d-066075b2a7a8", name: "Teams Administrator" },
    Role { id: "75941009-915a-4869-abe7-691bff18279e", name: "Skype for Business Administrator" },
    Role { id: "3a2c62db-5318-420d-8d74-23affee5d9d5", name: "Intune Administrator" },
    Role { id: "b0f54661-2d74-4c50-afa3-1ec803f12efe", name: "Billing Administrator" },
    Role { id: "f023fd81-a637-4b56-95fd-791ac0226033", name: "Service Support Administrator" },
    Role { id: "17315797-102d-40b4-93e0-432062caca18", name: "Compliance Administrator" },
    Role { id: "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", name: "Hybrid Identity Administrator" },
    Role { id: "d29b2b05-8046-44ba-8758-1e26182fcf32", name: "Directory Synchronization Accounts" },
    Role { id: "11648597-926c-4cf3-9c36-bcebb0ba8dcc", name: "Power Platform Administrator" },
    Role { id: "44367163-eba1-44c3-98af-f5787879f96a", name: "Dynamics 365 Administrator" },
    Role { id: "a9ea8996-122f-4c74-9520-8edcd192826c", name: "Fabric Administrator" },
    Role { id: "7495fdc4-34c4-4d15-a289-98788ce399fd", name: "Azure Information Protection Administrator" },
    Role { id: "7698a772-787b-4ac8-901f-60d6b08affd2", name: "Cloud Device Administrator" },
    Role { id: "be2f45a1-457d-42af-a067-6ec1fa63bc45", name: "External Identity Provider Administrator" },
    Role { id: "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e", name: "Identity Governance Administrator" },
    Role { id: "74ef975b-6605-40af-a5d2-b9539d836353", name: "Kaizala Administrator" },
    Role { id: "2b745bdf-0803-4d80-aa65-822c4493daac", name: "Office Apps Administrator" },
    Role { id: "4ba39ca4-527c-499a-b93d-d9b492c50246", name: "Partner Tier1 Support" },
    Role { id: "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", name: "Partner Tier2 Support" },
    Role { id: "644ef478-e28f-4e28-b9dc-3fdde9aa0b1f", name: "Printer Administrator" },
    Role { id: "0964bb5e-9bdb-4d7b-ac29-58e794862a40", name: "Search Administrator" },
    Role { id: "b5a8dcf3-09d5-43a9-a639-8e29ef291470", name: "Knowledge Administrator" },
    Role { id: "d37c8bed-0711-4417-ba38-b4abe66ce4c2", name: "Network Administrator" },
    Role { id: "58a13ea3-c632-46ae-9ee0-9c0d43cd7f3d", name: "Attribute Assignment Administrator" },
    Role { id: "59d46f88-662b-457b-bceb-5c3809e5908f", name: "Lifecycle Workflows Administrator" },
    Role { id: "5c4f9dcd-47dc-4cf7-8c9a-9e4207cbfc91", name: "Customer LockBox Access Approver" },
    Role { id: "38a96431-2bdf-4b4c-8b6e-5d3d8abac1a4", name: "Desktop Analytics Administrator" },
    Role { id: "eb1f4a8d-243a-41f0-9fbd-c7cdf6c5ef7c", name: "Insights Administrator" },
    Role { id: "baf37b3a-610e-45da-9e62-d9d1e5e8914b", name: "Teams Communications Administrator" },
    Role { id: "3d762c5a-1b6c-493f-843e-55a3b42923d4", name: "Teams Devices Administrator" },
    Role { id: "810a2642-a034-447f-a5e8-41beaa378541", name: "Yammer Administrator" },
    Role { id: "11451d60-acb2-45eb-a7d6-43d0f0125c13", name: "Windows 365 Administrator" },
    Role { id: "892c5842-a9a6-463a-8041-72aa08ca3cf6", name: "Cloud App Security Administrator" },
    Role { id: "92ed04bf-c94a-4b82-9729-b799a7a4c178", name: "Organizational Branding Administrator" },
    Role { id: "112ca1a2-15ad-4102-995e-45b0bc479a6a", name: "Tenant Creator" },
];

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
            (&[PRIVILEGED_ROLE_ADMIN], [false, false, true, true]),
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
