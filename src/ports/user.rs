//! What Microsoft Graph tells of a user: the rule of the lint and the practice tenant that holds to it share it.

/// The properties that an answer has without `$select` (Graph v1.0, resource type user: "By default, only a limited set
/// of properties are returned").
pub const WITHOUT_SELECT: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
