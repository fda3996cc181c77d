//! What Microsoft Graph tells of a user, and how the practice tenant says that it is not Graph: what more than one of the
//! floor above go by.

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

/// The code of an error that the practice tenant gives for itself: of what it lacks and Graph may well do.
pub const PRACTICE_TENANT: &str = "practiceTenant";
