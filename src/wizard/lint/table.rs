//! Requests and the Graph scopes of which any one suffices.
//!
//! Sources: the service's own permission map and the v1.0 reference pages, as of August 2026.

use crate::ports::http::Method;

/// One request and the scopes of which any one suffices (delegated or application, whichever the sign-in is).
pub struct Known {
    /// Its methods.
    pub methods: &'static [Method],
    /// The path in lower case, without version; `*` is any id.
    pub path: &'static str,
    /// The key that it writes, where scopes differ by key; any other key where empty.
    pub key: &'static str,
    /// The scopes.
    pub scopes: &'static [&'static str],
}

const READ: &[Method] = &[Method::Get];
const WRITE: &[Method] = &[Method::Post, Method::Patch, Method::Put, Method::Delete];
const CHANGE: &[Method] = &[Method::Patch, Method::Put];
const POST: &[Method] = &[Method::Post];
const DELETE: &[Method] = &[Method::Delete];

/// The scope that reads the whole directory.
pub const DIRECTORY_READ: &str = "Directory.Read.All";
const DIRECTORY_WRITE: &str = "Directory.ReadWrite.All";

const fn known(
    methods: &'static [Method],
    path: &'static str,
    key: &'static str,
    scopes: &'static [&'static str],
) -> Known {
    Known { methods, path, key, scopes }
}

/// The table. A more particular line stands before a more general one: the first whose path and key fit is taken.
pub const TABLE: &[Known] = &[
    known(READ, "me", "", &["User.Read", "User.Read.All", DIRECTORY_READ]),
    known(READ, "organization", "", &["Organization.Read.All", "User.Read", DIRECTORY_READ]),
    known(READ, "organization/*", "", &["Organization.Read.All", "User.Read", DIRECTORY_READ]),
    known(WRITE, "organization/*", "", &["Organization.ReadWrite.All", DIRECTORY_WRITE]),
    known(READ, "subscribedskus", "", &["LicenseAssignment.Read.All", "Organization.Read.All", DIRECTORY_READ]),
    known(READ, "users", "", &["User.ReadBasic.All", "User.Read.All", DIRECTORY_READ]),
    known(
        READ,
        "users/*",
        "",
        &["User.ReadBasic.All", "User.Read.All", "User-Mail.ReadWrite.All", "User-Phone.ReadWrite.All", DIRECTORY_READ],
    ),
    known(CHANGE, "users/*", "othermails", &["User-Mail.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(CHANGE, "users/*", "mobilephone", &["User-Phone.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(CHANGE, "users/*", "businessphones", &["User-Phone.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(
        CHANGE,
        "users/*",
        "accountenabled",
        &["User.EnableDisableAccount.All", "User.ReadWrite.All", DIRECTORY_WRITE],
    ),
    known(
        CHANGE,
        "users/*",
        "passwordprofile",
        &["User-PasswordProfile.ReadWrite.All", "User.ReadWrite.All", "Directory.AccessAsUser.All", DIRECTORY_WRITE],
    ),
    known(CHANGE, "users/*", "", &["User.ReadWrite.All", DIRECTORY_WRITE]),
    known(POST, "users", "", &["User.ReadWrite.All", DIRECTORY_WRITE]),
    known(DELETE, "users/*", "", &["User.DeleteRestore.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(READ, "users/*/transitivememberof", "", &["User.Read.All", "GroupMember.Read.All", DIRECTORY_READ]),
    known(READ, "users/*/memberof", "", &["User.Read.All", "GroupMember.Read.All", DIRECTORY_READ]),
    known(READ, "users/*/licensedetails", "", &["LicenseAssignment.Read.All", "User.Read.All", DIRECTORY_READ]),
    known(
        POST,
        "users/*/assignlicense",
        "",
        &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE],
    ),
    known(
        POST,
        "users/*/reprocesslicenseassignment",
        "",
        &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE],
    ),
    known(
        POST,
        "users/*/revokesigninsessions",
        "",
        &["User.RevokeSessions.All", "User.ReadWrite.All", DIRECTORY_WRITE],
    ),
    known(READ, "users/*/authentication/methods", "", &["UserAuthenticationMethod.Read.All"]),
    known(READ, "users/*/authentication/methods/*", "", &["UserAuthenticationMethod.Read.All"]),
    known(
        READ,
        "users/*/authentication/emailmethods",
        "",
        &["UserAuthMethod-Email.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        READ,
        "users/*/authentication/emailmethods/*",
        "",
        &["UserAuthMethod-Email.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        WRITE,
        "users/*/authentication/emailmethods",
        "",
        &["UserAuthMethod-Email.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        WRITE,
        "users/*/authentication/emailmethods/*",
        "",
        &["UserAuthMethod-Email.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        READ,
        "users/*/authentication/phonemethods",
        "",
        &["UserAuthMethod-Phone.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        READ,
        "users/*/authentication/phonemethods/*",
        "",
        &["UserAuthMethod-Phone.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        WRITE,
        "users/*/authentication/phonemethods",
        "",
        &["UserAuthMethod-Phone.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        WRITE,
        "users/*/authentication/phonemethods/*",
        "",
        &["UserAuthMethod-Phone.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        READ,
        "users/*/authentication/temporaryaccesspassmethods",
        "",
        &["UserAuthMethod-TAP.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        READ,
        "users/*/authentication/temporaryaccesspassmethods/*",
        "",
        &["UserAuthMethod-TAP.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        WRITE,
        "users/*/authentication/temporaryaccesspassmethods",
        "",
        &["UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        WRITE,
        "users/*/authentication/temporaryaccesspassmethods/*",
        "",
        &["UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        READ,
        "users/*/authentication/microsoftauthenticatormethods",
        "",
        &["UserAuthMethod-MicrosoftAuthApp.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        DELETE,
        "users/*/authentication/microsoftauthenticatormethods/*",
        "",
        &["UserAuthMethod-MicrosoftAuthApp.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        READ,
        "users/*/authentication/fido2methods",
        "",
        &["UserAuthMethod-Passkey.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        DELETE,
        "users/*/authentication/fido2methods/*",
        "",
        &["UserAuthMethod-Passkey.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        READ,
        "users/*/authentication/softwareoathmethods",
        "",
        &["UserAuthMethod-SoftwareOATH.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        DELETE,
        "users/*/authentication/softwareoathmethods/*",
        "",
        &["UserAuthMethod-SoftwareOATH.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(
        READ,
        "users/*/authentication/windowshelloforbusinessmethods",
        "",
        &["UserAuthMethod-WindowsHello.Read.All", "UserAuthenticationMethod.Read.All"],
    ),
    known(
        DELETE,
        "users/*/authentication/windowshelloforbusinessmethods/*",
        "",
        &["UserAuthMethod-WindowsHello.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"],
    ),
    known(READ, "reports/authenticationmethods/userregistrationdetails", "", &["AuditLog.Read.All"]),
    known(READ, "reports/authenticationmethods/userregistrationdetails/*", "", &["AuditLog.Read.All"]),
    known(READ, "directoryroles", "", &["RoleManagement.Read.Directory", DIRECTORY_READ]),
    known(READ, "directoryroles/*/members", "", &["RoleManagement.Read.Directory", DIRECTORY_READ]),
    known(WRITE, "directoryroles/*/members", "", &["RoleManagement.ReadWrite.Directory"]),
    known(
        READ,
        "rolemanagement/directory/roleassignments",
        "",
        &["RoleManagement.Read.Directory", "RoleManagement.Read.All", DIRECTORY_READ],
    ),
    known(
        READ,
        "rolemanagement/directory/roleassignments/*",
        "",
        &["RoleManagement.Read.Directory", "RoleManagement.Read.All", DIRECTORY_READ],
    ),
    known(WRITE, "rolemanagement/directory/roleassignments", "", &["RoleManagement.ReadWrite.Directory"]),
    known(WRITE, "rolemanagement/directory/roleassignments/*", "", &["RoleManagement.ReadWrite.Directory"]),
    known(
        READ,
        "rolemanagement/directory/roledefinitions",
        "",
        &["RoleManagement.Read.Directory", "RoleManagement.Read.All", DIRECTORY_READ],
    ),
    known(
        READ,
        "rolemanagement/directory/roleeligibilityscheduleinstances",
        "",
        &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"],
    ),
    known(
        READ,
        "rolemanagement/directory/roleassignmentscheduleinstances",
        "",
        &["RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory"],
    ),
    known(READ, "policies/authorizationpolicy", "", &["Policy.Read.All", "Policy.ReadWrite.Authorization"]),
    known(CHANGE, "policies/authorizationpolicy", "", &["Policy.ReadWrite.Authorization"]),
    known(
        READ,
        "policies/identitysecuritydefaultsenforcementpolicy",
        "",
        &["Policy.Read.All", "Policy.ReadWrite.SecurityDefaults"],
    ),
    known(CHANGE, "policies/identitysecuritydefaultsenforcementpolicy", "", &["Policy.ReadWrite.SecurityDefaults"]),
    known(READ, "policies/authenticationmethodspolicy", "", &["Policy.Read.AuthenticationMethod", "Policy.Read.All"]),
    known(CHANGE, "policies/authenticationmethodspolicy", "", &["Policy.ReadWrite.AuthenticationMethod"]),
    known(
        READ,
        "policies/authenticationmethodspolicy/authenticationmethodconfigurations/*",
        "",
        &["Policy.Read.AuthenticationMethod", "Policy.Read.All"],
    ),
    known(
        CHANGE,
        "policies/authenticationmethodspolicy/authenticationmethodconfigurations/*",
        "",
        &["Policy.ReadWrite.AuthenticationMethod"],
    ),
    known(READ, "policies/adminconsentrequestpolicy", "", &["Policy.Read.All", "Policy.ReadWrite.ConsentRequest"]),
    known(CHANGE, "policies/adminconsentrequestpolicy", "", &["Policy.ReadWrite.ConsentRequest"]),
    known(READ, "policies/permissiongrantpolicies", "", &["Policy.Read.PermissionGrant", "Policy.Read.All"]),
    known(READ, "identity/conditionalaccess/policies", "", &["Policy.Read.ConditionalAccess", "Policy.Read.All"]),
    known(READ, "identity/conditionalaccess/policies/*", "", &["Policy.Read.ConditionalAccess", "Policy.Read.All"]),
    known(WRITE, "identity/conditionalaccess/policies", "", &["Policy.ReadWrite.ConditionalAccess"]),
    known(WRITE, "identity/conditionalaccess/policies/*", "", &["Policy.ReadWrite.ConditionalAccess"]),
    known(READ, "domains", "", &["Domain.Read.All", DIRECTORY_READ]),
    known(READ, "domains/*", "", &["Domain.Read.All", DIRECTORY_READ]),
    known(WRITE, "domains/*", "", &["Domain.ReadWrite.All"]),
    known(READ, "domains/*/verificationdnsrecords", "", &["Domain.Read.All"]),
    known(READ, "domains/*/serviceconfigurationrecords", "", &["Domain.Read.All"]),
    known(POST, "domains/*/verify", "", &["Domain.ReadWrite.All"]),
    known(
        POST,
        "directory/deleteditems/*/restore",
        "",
        &[
            "User.DeleteRestore.All",
            "User.ReadWrite.All",
            "Group.ReadWrite.All",
            "Application.ReadWrite.All",
            DIRECTORY_WRITE,
        ],
    ),
    known(READ, "directory/recovery/snapshots", "", &["EntraBackup.Read.All"]),
    known(READ, "applications", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(READ, "applications/*", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(
        POST,
        "applications",
        "",
        &["AppRegistration.Create", "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"],
    ),
    known(WRITE, "applications/*", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(POST, "applications/*/addpassword", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(POST, "applications/*/removepassword", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(
        READ,
        "applications/*/federatedidentitycredentials",
        "",
        &["Application.Read.All", "Application.ReadWrite.OwnedBy"],
    ),
    known(READ, "serviceprincipals", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(READ, "serviceprincipals/*", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(POST, "serviceprincipals", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(WRITE, "serviceprincipals/*", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(READ, "serviceprincipals/*/approleassignedto", "", &["Application.Read.All", DIRECTORY_READ]),
    known(READ, "serviceprincipals/*/approleassignments", "", &["Application.Read.All", DIRECTORY_READ]),
    known(WRITE, "serviceprincipals/*/approleassignments", "", &["AppRoleAssignment.ReadWrite.All"]),
    known(WRITE, "serviceprincipals/*/approleassignments/*", "", &["AppRoleAssignment.ReadWrite.All"]),
    known(READ, "serviceprincipals/*/oauth2permissiongrants", "", &[DIRECTORY_READ]),
    known(WRITE, "serviceprincipals/*/approleassignedto", "", &["AppRoleAssignment.ReadWrite.All"]),
    known(WRITE, "serviceprincipals/*/approleassignedto/*", "", &["AppRoleAssignment.ReadWrite.All"]),
    known(READ, "oauth2permissiongrants", "", &[DIRECTORY_READ, "DelegatedPermissionGrant.Read.All"]),
    known(READ, "oauth2permissiongrants/*", "", &[DIRECTORY_READ, "DelegatedPermissionGrant.Read.All"]),
    known(WRITE, "oauth2permissiongrants", "", &["DelegatedPermissionGrant.ReadWrite.All"]),
    known(WRITE, "oauth2permissiongrants/*", "", &["DelegatedPermissionGrant.ReadWrite.All"]),
    known(READ, "groups", "", &["Group.ReadBasic.All", "Group.Read.All", "GroupMember.Read.All", DIRECTORY_READ]),
    known(READ, "groups/*", "", &["Group.ReadBasic.All", "Group.Read.All", "GroupMember.Read.All", DIRECTORY_READ]),
    known(POST, "groups", "", &["Group.Create", "Group.ReadWrite.All", DIRECTORY_WRITE]),
    known(WRITE, "groups/*", "", &["Group.ReadWrite.All", DIRECTORY_WRITE]),
    known(
        READ,
        "groups/*/members",
        "",
        &["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", DIRECTORY_READ],
    ),
    known(
        READ,
        "groups/*/transitivemembers",
        "",
        &["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", DIRECTORY_READ],
    ),
    known(
        WRITE,
        "groups/*/members",
        "",
        &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "RoleManagement.ReadWrite.Directory"],
    ),
    known(READ, "groups/*/memberswithlicenseerrors", "", &["GroupMember.Read.All", "Group.Read.All", DIRECTORY_READ]),
    known(READ, "groupsettings", "", &["GroupSettings.Read.All", DIRECTORY_READ]),
    known(READ, "groupsettings/*", "", &["GroupSettings.Read.All", DIRECTORY_READ]),
    known(WRITE, "groupsettings", "", &["GroupSettings.ReadWrite.All", DIRECTORY_WRITE]),
    known(WRITE, "groupsettings/*", "", &["GroupSettings.ReadWrite.All", DIRECTORY_WRITE]),
    known(READ, "users/*/mailfolders/*/messagerules", "", &["MailboxSettings.Read"]),
    known(READ, "users/*/mailfolders/*/messagerules/*", "", &["MailboxSettings.Read"]),
    known(WRITE, "users/*/mailfolders/*/messagerules", "", &["MailboxSettings.ReadWrite"]),
    known(WRITE, "users/*/mailfolders/*/messagerules/*", "", &["MailboxSettings.ReadWrite"]),
    known(READ, "auditlogs/directoryaudits", "", &["AuditLog.Read.All"]),
    known(READ, "auditlogs/signins", "", &["AuditLog.Read.All"]),
    known(READ, "identityprotection/riskyusers", "", &["IdentityRiskyUser.Read.All"]),
    known(POST, "identityprotection/riskyusers/confirmcompromised", "", &["IdentityRiskyUser.ReadWrite.All"]),
    known(POST, "identityprotection/riskyusers/dismiss", "", &["IdentityRiskyUser.ReadWrite.All"]),
    known(READ, "admin/reportsettings", "", &["ReportSettings.Read.All"]),
    known(CHANGE, "admin/reportsettings", "", &["ReportSettings.ReadWrite.All"]),
];
