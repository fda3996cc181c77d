//! Built-in directory roles: template id and display name.
//!
//! The ids are the same in every tenant and cloud. Source: Microsoft's list of Entra built-in roles; only those that
//! fixforme's wizards and the rules on who may write whom name are here. Other roles are shown by id.

/// Template id and display name.
pub const ROLES: &[(&str, &str)] = &[
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    ("0526716b-113d-4c15-b2c8-68e3c22b9f80", "Authentication Policy Administrator"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("8329153b-31d0-4727-b945-745eb3bc5f31", "Domain Name Administrator"),
    ("4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"),
];

/// Every account of a tenant carries this in `wids`; it says "member of the tenant" and is no administrator's role.
pub const ORDINARY_USER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Returns the display name of a role's template id.
pub fn name(template_id: &str) -> Option<&'static str> {
    ROLES.iter().find(|(id, _)| id.eq_ignore_ascii_case(template_id)).map(|(_, name)| *name)
}

/// Returns the template id of a role's display name.
pub fn template_id(name: &str) -> Option<&'static str> {
    ROLES.iter().find(|(_, each)| each.eq_ignore_ascii_case(name)).map(|(id, _)| *id)
}
