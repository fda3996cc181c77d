//! The scopes and roles that each path needs, as data.
//!
//! Source: the permission map of Microsoft Graph (August 2026) and its pages on roles.

use super::roles::{
    APP_ADMIN, AUTH_POLICY_ADMIN, CLOUD_APP_ADMIN, CONDITIONAL_ACCESS_ADMIN, DOMAIN_ADMIN, GLOBAL_ADMIN, GLOBAL_READER,
    GROUPS_ADMIN, LICENSE_ADMIN, PRIVILEGED_ROLE_ADMIN, REPORTS_READER, SECURITY_ADMIN, SECURITY_READER, USER_ADMIN,
};

/// What one path needs.
#[derive(Debug)]
pub struct Permission {
    /// The path in lower case; `*` is one segment, a last `**` any number of them.
    pub path: &'static str,
    /// Scopes of which one suffices to read; `A+B` means both. [`ANY`] means any scope at all.
    pub read: &'static [&'static str],
    /// Scopes of which one suffices to write; empty means that the path cannot be written.
    pub write: &'static [&'static str],
    /// Roles of which a person needs one to read; empty means any.
    pub read_roles: &'static [&'static str],
    /// Roles of which a person needs one to write; empty means that other rules decide.
    pub write_roles: &'static [&'static str],
}

/// Any scope suffices: every client reads these to see where it is.
pub const ANY: &[&str] = &["*"];
/// None.
pub const NONE: &[&str] = &[];

/// Scopes that read every user property.
pub const USER_READ: &[&str] = &[
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Directory.AccessAsUser.All",
];
/// Scopes that write every user property.
pub const USER_WRITE: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"];

/// Scopes for a few user properties, which also read the identifying ones.
pub const USER_PROPERTIES: &[(&str, &[&str])] = &[
    ("User-Mail.ReadWrite.All", &["otherMails", "mail", "mailNickname", "proxyAddresses"]),
    ("User-Phone.ReadWrite.All", &["mobilePhone", "businessPhones"]),
    ("User.EnableDisableAccount.All", &["accountEnabled"]),
    ("User-PasswordProfile.ReadWrite.All", &["passwordProfile"]),
];
/// The identifying properties, all that `User.ReadBasic.All` reads.
pub const USER_BASIC: &[&str] =
    &["id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "userType", "onPremisesSyncEnabled"];

const USERS_READ: &[&str] = &[
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "User-Mail.ReadWrite.All",
    "User-Phone.ReadWrite.All",
    "User.EnableDisableAccount.All",
    "User-PasswordProfile.ReadWrite.All",
    "User.Read",
    "User.ReadWrite",
];
const USERS_WRITE: &[&str] = &[
    "User.ReadWrite.All",
    "Directory.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "User-Mail.ReadWrite.All",
    "User-Phone.ReadWrite.All",
    "User.EnableDisableAccount.All",
    "User-PasswordProfile.ReadWrite.All",
    "User.DeleteRestore.All",
];
const ROLES_READ: &[&str] = &[
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagement.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const ROLES_WRITE: &[&str] = &["RoleManagement.ReadWrite.Directory"];
const GROUPS_READ: &[&str] = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const GROUPS_WRITE: &[&str] = &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
const APPS_READ: &[&str] = &[
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Application.ReadWrite.OwnedBy",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const APPS_WRITE: &[&str] = &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"];
const APPS_ROLES: &[&str] = &[APP_ADMIN, CLOUD_APP_ADMIN, GLOBAL_ADMIN];

macro_rules! method_scopes {
    ($path:literal, $name:literal) => {
        Permission {
            path: concat!("/users/*/authentication/", $path, "/**"),
            read: &[
                concat!("UserAuthMethod-", $name, ".Read.All"),
                concat!("UserAuthMethod-", $name, ".ReadWrite.All"),
                "UserAuthenticationMethod.Read.All",
                "UserAuthenticationMethod.ReadWrite.All",
            ],
            write: &[concat!("UserAuthMethod-", $name, ".ReadWrite.All"), "UserAuthenticationMethod.ReadWrite.All"],
            read_roles: NONE,
            write_roles: NONE,
        }
    };
}

const fn row(path: &'static str, read: &'static [&'static str], write: &'static [&'static str]) -> Permission {
    Permission { path, read, write, read_roles: NONE, write_roles: NONE }
}

const fn led_by(permission: Permission, write_roles: &'static [&'static str]) -> Permission {
    Permission { write_roles, ..permission }
}

/// The table; the first row that fits decides.
pub static TABLE: &[Permission] = &[
    led_by(row("/organization/**", ANY, &["Organization.ReadWrite.All"]), &[GLOBAL_ADMIN]),
    row(
        "/subscribedskus/**",
        &[
            "LicenseAssignment.Read.All",
            "Organization.Read.All",
            "Organization.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        NONE,
    ),
    method_scopes!("emailmethods", "Email"),
    method_scopes!("phonemethods", "Phone"),
    method_scopes!("microsoftauthenticatormethods", "MicrosoftAuthApp"),
    method_scopes!("softwareoathmethods", "SoftwareOATH"),
    method_scopes!("fido2methods", "Passkey"),
    method_scopes!("windowshelloforbusinessmethods", "WindowsHello"),
    method_scopes!("temporaryaccesspassmethods", "TAP"),
    method_scopes!("passwordmethods", "Password"),
    row(
        "/users/*/authentication/**",
        &["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"],
        &["UserAuthenticationMethod.ReadWrite.All"],
    ),
    row(
        "/users/*/transitivememberof/**",
        &[
            "User.Read",
            "User.Read.All",
            "User.ReadWrite.All",
            "GroupMember.Read.All",
            "RoleManagement.Read.Directory",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        NONE,
    ),
    row(
        "/users/*/memberof/**",
        &[
            "User.Read",
            "User.Read.All",
            "User.ReadWrite.All",
            "GroupMember.Read.All",
            "RoleManagement.Read.Directory",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        NONE,
    ),
    row(
        "/users/*/revokesigninsessions",
        NONE,
        &["User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
    ),
    row("/users/*/licensedetails", &["LicenseAssignment.Read.All", "User.Read.All", "Directory.Read.All"], NONE),
    led_by(
        row(
            "/users/*/assignlicense",
            NONE,
            &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
        ),
        &[LICENSE_ADMIN, USER_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/users/*/reprocesslicenseassignment",
            NONE,
            &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
        ),
        &[LICENSE_ADMIN, USER_ADMIN, GLOBAL_ADMIN],
    ),
    row(
        "/users/*/mailfolders/**",
        &["MailboxSettings.Read", "MailboxSettings.ReadWrite"],
        &["MailboxSettings.ReadWrite"],
    ),
    row(
        "/users/*/messagerules/**",
        &["MailboxSettings.Read", "MailboxSettings.ReadWrite"],
        &["MailboxSettings.ReadWrite"],
    ),
    row("/users", USERS_READ, USERS_WRITE),
    row("/users/$count", USERS_READ, NONE),
    row("/users/*", USERS_READ, USERS_WRITE),
    Permission {
        path: "/reports/authenticationmethods/userregistrationdetails/**",
        read: &["AuditLog.Read.All"],
        write: NONE,
        read_roles: &[REPORTS_READER, SECURITY_READER, SECURITY_ADMIN, GLOBAL_READER, GLOBAL_ADMIN],
        write_roles: NONE,
    },
    row("/directoryroles/**", ROLES_READ, ROLES_WRITE),
    row(
        "/rolemanagement/directory/roleeligibilityscheduleinstances/**",
        &[
            "RoleEligibilitySchedule.Read.Directory",
            "RoleEligibilitySchedule.ReadWrite.Directory",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
            "RoleManagement.Read.All",
        ],
        NONE,
    ),
    row(
        "/rolemanagement/directory/roleassignmentscheduleinstances/**",
        &[
            "RoleAssignmentSchedule.Read.Directory",
            "RoleAssignmentSchedule.ReadWrite.Directory",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
            "RoleManagement.Read.All",
        ],
        NONE,
    ),
    led_by(row("/rolemanagement/directory/**", ROLES_READ, ROLES_WRITE), &[PRIVILEGED_ROLE_ADMIN, GLOBAL_ADMIN]),
    led_by(
        row(
            "/policies/authorizationpolicy/**",
            &["Policy.Read.All", "Policy.ReadWrite.Authorization"],
            &["Policy.ReadWrite.Authorization"],
        ),
        &[PRIVILEGED_ROLE_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/policies/identitysecuritydefaultsenforcementpolicy",
            &["Policy.Read.All"],
            &["Policy.Read.All+Policy.ReadWrite.SecurityDefaults"],
        ),
        &[CONDITIONAL_ACCESS_ADMIN, SECURITY_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/policies/authenticationmethodspolicy/**",
            &["Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"],
            &["Policy.ReadWrite.AuthenticationMethod"],
        ),
        &[AUTH_POLICY_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/policies/adminconsentrequestpolicy",
            &["Policy.Read.All", "Policy.ReadWrite.ConsentRequest"],
            &["Policy.ReadWrite.ConsentRequest"],
        ),
        &[GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/policies/permissiongrantpolicies/**",
            &["Policy.Read.PermissionGrant", "Policy.ReadWrite.PermissionGrant", "Policy.Read.All"],
            &["Policy.ReadWrite.PermissionGrant"],
        ),
        &[PRIVILEGED_ROLE_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/identity/conditionalaccess/**",
            &["Policy.Read.All", "Policy.Read.ConditionalAccess"],
            &[
                "Policy.Read.All+Policy.ReadWrite.ConditionalAccess",
                "Policy.Read.ConditionalAccess+Policy.ReadWrite.ConditionalAccess",
            ],
        ),
        &[CONDITIONAL_ACCESS_ADMIN, SECURITY_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/domains/**",
            &["Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
            &["Domain.ReadWrite.All"],
        ),
        &[DOMAIN_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/directory/deleteditems/**",
            &[
                "User.DeleteRestore.All",
                "User.Read.All",
                "User.ReadWrite.All",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
            ],
            &["User.DeleteRestore.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
        ),
        NONE,
    ),
    row("/directory/recovery/**", &["EntraBackup.Read.All"], NONE),
    led_by(row("/applications/**", APPS_READ, APPS_WRITE), APPS_ROLES),
    led_by(
        row("/serviceprincipals/*/approleassignedto/**", APPS_READ, &["AppRoleAssignment.ReadWrite.All"]),
        &[PRIVILEGED_ROLE_ADMIN, GLOBAL_ADMIN, APP_ADMIN, CLOUD_APP_ADMIN],
    ),
    led_by(
        row("/serviceprincipals/*/approleassignments/**", APPS_READ, &["AppRoleAssignment.ReadWrite.All"]),
        &[PRIVILEGED_ROLE_ADMIN, GLOBAL_ADMIN, APP_ADMIN, CLOUD_APP_ADMIN],
    ),
    row(
        "/serviceprincipals/*/oauth2permissiongrants/**",
        &["Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"],
        NONE,
    ),
    led_by(row("/serviceprincipals/**", APPS_READ, APPS_WRITE), APPS_ROLES),
    led_by(
        row(
            "/oauth2permissiongrants/**",
            &[
                "Directory.Read.All",
                "Directory.ReadWrite.All",
                "DelegatedPermissionGrant.Read.All",
                "DelegatedPermissionGrant.ReadWrite.All",
            ],
            &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"],
        ),
        &[PRIVILEGED_ROLE_ADMIN, APP_ADMIN, CLOUD_APP_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/groupsettings/**",
            &["GroupSettings.Read.All", "GroupSettings.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
            &["GroupSettings.ReadWrite.All", "Directory.ReadWrite.All"],
        ),
        &[GROUPS_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row("/groups/**", GROUPS_READ, GROUPS_WRITE),
        &[GROUPS_ADMIN, USER_ADMIN, PRIVILEGED_ROLE_ADMIN, GLOBAL_ADMIN],
    ),
    row("/auditlogs/**", &["AuditLog.Read.All"], NONE),
    led_by(
        row(
            "/identityprotection/riskyusers/**",
            &["IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"],
            &["IdentityRiskyUser.ReadWrite.All"],
        ),
        &[SECURITY_ADMIN, GLOBAL_ADMIN],
    ),
    led_by(
        row(
            "/admin/reportsettings",
            &["ReportSettings.Read.All", "ReportSettings.ReadWrite.All"],
            &["ReportSettings.ReadWrite.All"],
        ),
        &[GLOBAL_ADMIN],
    ),
];

/// Returns every scope that the table knows, for a token that is handed to other programs.
pub fn every_scope() -> Vec<String> {
    let listed = TABLE.iter().flat_map(|row| row.read.iter().chain(row.write));
    let properties = USER_PROPERTIES.iter().map(|(scope, _)| scope);
    let mut scopes: Vec<String> = listed
        .chain(properties)
        .flat_map(|scope| scope.split('+'))
        .filter(|scope| *scope != "*")
        .map(str::to_owned)
        .collect();
    scopes.sort();
    scopes.dedup();
    scopes
}
