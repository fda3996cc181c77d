//! The properties that Graph declares for the entities the practice tenant knows by name.
//!
//! A path without a schema here takes and gives any property. Source of the names: Graph's v1.0 metadata of August
//! 2026; of long types only the properties that administration meets.

/// What is known of an entity type.
#[derive(Debug)]
pub struct Schema {
    /// The type's name as errors print it.
    pub name: &'static str,
    /// Properties that may be named in `$select`, `$filter` and bodies.
    pub properties: &'static [&'static str],
    /// The properties that an answer without `$select` has; empty means all.
    pub default: &'static [&'static str],
    /// Properties that a caller can never set.
    pub read_only: &'static [&'static str],
    /// Whether Graph serves it from the directory, with the directory's limits on queries.
    pub is_directory: bool,
}

/// Properties of the store that no answer shows: they have paths of their own.
pub const HIDDEN: &[&str] = &["authentication", "registration", "members", "passwordProfile"];

/// Returns the schema of the entities at a lower-case path without version; `None` for what is free in form.
pub fn of(path: &str) -> Option<&'static Schema> {
    match path {
        "/users" => Some(&USER),
        "/groups" => Some(&GROUP),
        "/serviceprincipals" => Some(&SERVICE_PRINCIPAL),
        "/applications" => Some(&APPLICATION),
        "/oauth2permissiongrants" => Some(&PERMISSION_GRANT),
        "/rolemanagement/directory/roleassignments" => Some(&ROLE_ASSIGNMENT),
        "/directoryroles" => Some(&DIRECTORY_ROLE),
        "/policies/authorizationpolicy" => Some(&AUTHORIZATION_POLICY),
        _ => None,
    }
}

impl Schema {
    /// Returns the property's declared spelling; Graph takes any letter case.
    pub fn property(&self, name: &str) -> Option<&'static str> {
        self.properties.iter().find(|property| property.eq_ignore_ascii_case(name)).copied()
    }
}

/// `microsoft.graph.user`.
pub static USER: Schema = Schema {
    name: "microsoft.graph.user",
    properties: &[
        "id",
        "deletedDateTime",
        "accountEnabled",
        "ageGroup",
        "assignedLicenses",
        "assignedPlans",
        "authorizationInfo",
        "businessPhones",
        "city",
        "companyName",
        "consentProvidedForMinor",
        "country",
        "createdDateTime",
        "creationType",
        "customSecurityAttributes",
        "department",
        "displayName",
        "employeeHireDate",
        "employeeId",
        "employeeType",
        "externalUserState",
        "faxNumber",
        "givenName",
        "identities",
        "imAddresses",
        "isResourceAccount",
        "jobTitle",
        "lastPasswordChangeDateTime",
        "legalAgeGroupClassification",
        "licenseAssignmentStates",
        "mail",
        "mailNickname",
        "mobilePhone",
        "officeLocation",
        "onPremisesDistinguishedName",
        "onPremisesDomainName",
        "onPremisesExtensionAttributes",
        "onPremisesImmutableId",
        "onPremisesLastSyncDateTime",
        "onPremisesProvisioningErrors",
        "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier",
        "onPremisesSyncEnabled",
        "onPremisesUserPrincipalName",
        "otherMails",
        "passwordPolicies",
        "passwordProfile",
        "postalCode",
        "preferredDataLocation",
        "preferredLanguage",
        "provisionedPlans",
        "proxyAddresses",
        "refreshTokensValidFromDateTime",
        "securityIdentifier",
        "serviceProvisioningErrors",
        "showInAddressList",
        "signInActivity",
        "signInSessionsValidFromDateTime",
        "state",
        "streetAddress",
        "surname",
        "usageLocation",
        "userPrincipalName",
        "userType",
    ],
    default: crate::ports::user::WITHOUT_SELECT,
    read_only: &[
        "id",
        "deletedDateTime",
        "assignedPlans",
        "createdDateTime",
        "creationType",
        "lastPasswordChangeDateTime",
        "licenseAssignmentStates",
        "onPremisesDistinguishedName",
        "onPremisesDomainName",
        "onPremisesLastSyncDateTime",
        "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier",
        "onPremisesSyncEnabled",
        "onPremisesUserPrincipalName",
        "provisionedPlans",
        "proxyAddresses",
        "securityIdentifier",
        "signInActivity",
        "signInSessionsValidFromDateTime",
    ],
    is_directory: true,
};

/// `microsoft.graph.group`.
static GROUP: Schema = Schema {
    name: "microsoft.graph.group",
    properties: &[
        "id",
        "deletedDateTime",
        "assignedLabels",
        "assignedLicenses",
        "classification",
        "createdDateTime",
        "creationOptions",
        "description",
        "displayName",
        "expirationDateTime",
        "groupTypes",
        "hasMembersWithLicenseErrors",
        "isAssignableToRole",
        "isManagementRestricted",
        "licenseProcessingState",
        "mail",
        "mailEnabled",
        "mailNickname",
        "membershipRule",
        "membershipRuleProcessingState",
        "onPremisesDomainName",
        "onPremisesLastSyncDateTime",
        "onPremisesNetBiosName",
        "onPremisesProvisioningErrors",
        "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier",
        "onPremisesSyncEnabled",
        "preferredDataLocation",
        "preferredLanguage",
        "proxyAddresses",
        "renewedDateTime",
        "resourceBehaviorOptions",
        "resourceProvisioningOptions",
        "securityEnabled",
        "securityIdentifier",
        "serviceProvisioningErrors",
        "theme",
        "uniqueName",
        "visibility",
    ],
    default: &[],
    read_only: &["id", "deletedDateTime", "createdDateTime", "onPremisesSyncEnabled", "isAssignableToRole"],
    is_directory: true,
};

/// `microsoft.graph.servicePrincipal`.
static SERVICE_PRINCIPAL: Schema = Schema {
    name: "microsoft.graph.servicePrincipal",
    properties: &[
        "id",
        "deletedDateTime",
        "accountEnabled",
        "addIns",
        "alternativeNames",
        "appDescription",
        "appDisplayName",
        "appId",
        "applicationTemplateId",
        "appOwnerOrganizationId",
        "appRoleAssignmentRequired",
        "appRoles",
        "customSecurityAttributes",
        "description",
        "disabledByMicrosoftStatus",
        "displayName",
        "homepage",
        "info",
        "keyCredentials",
        "loginUrl",
        "logoutUrl",
        "notes",
        "notificationEmailAddresses",
        "oauth2PermissionScopes",
        "passwordCredentials",
        "preferredSingleSignOnMode",
        "preferredTokenSigningKeyThumbprint",
        "replyUrls",
        "resourceSpecificApplicationPermissions",
        "samlSingleSignOnSettings",
        "servicePrincipalNames",
        "servicePrincipalType",
        "signInAudience",
        "tags",
        "tokenEncryptionKeyId",
        "verifiedPublisher",
    ],
    default: &[],
    read_only: &["id", "deletedDateTime", "appId", "appOwnerOrganizationId"],
    is_directory: true,
};

/// `microsoft.graph.application`.
static APPLICATION: Schema = Schema {
    name: "microsoft.graph.application",
    properties: &[
        "id",
        "deletedDateTime",
        "addIns",
        "api",
        "appId",
        "applicationTemplateId",
        "appRoles",
        "authenticationBehaviors",
        "certification",
        "createdDateTime",
        "defaultRedirectUri",
        "description",
        "disabledByMicrosoftStatus",
        "displayName",
        "groupMembershipClaims",
        "identifierUris",
        "info",
        "isDeviceOnlyAuthSupported",
        "isFallbackPublicClient",
        "keyCredentials",
        "logo",
        "nativeAuthenticationApisEnabled",
        "notes",
        "oauth2RequirePostResponse",
        "optionalClaims",
        "parentalControlSettings",
        "passwordCredentials",
        "publicClient",
        "publisherDomain",
        "requestSignatureVerification",
        "requiredResourceAccess",
        "samlMetadataUrl",
        "serviceManagementReference",
        "servicePrincipalLockConfiguration",
        "signInAudience",
        "spa",
        "tags",
        "tokenEncryptionKeyId",
        "uniqueName",
        "verifiedPublisher",
        "web",
    ],
    default: &[],
    read_only: &["id", "deletedDateTime", "appId", "applicationTemplateId", "createdDateTime", "publisherDomain"],
    is_directory: true,
};

/// `microsoft.graph.oAuth2PermissionGrant`.
static PERMISSION_GRANT: Schema = Schema {
    name: "microsoft.graph.oAuth2PermissionGrant",
    properties: &["id", "clientId", "consentType", "principalId", "resourceId", "scope"],
    default: &[],
    read_only: &["id"],
    is_directory: true,
};

/// `microsoft.graph.unifiedRoleAssignment`.
static ROLE_ASSIGNMENT: Schema = Schema {
    name: "microsoft.graph.unifiedRoleAssignment",
    properties: &["id", "appScopeId", "condition", "directoryScopeId", "principalId", "roleDefinitionId"],
    default: &[],
    read_only: &["id"],
    is_directory: false,
};

/// `microsoft.graph.directoryRole`.
static DIRECTORY_ROLE: Schema = Schema {
    name: "microsoft.graph.directoryRole",
    properties: &["id", "deletedDateTime", "description", "displayName", "roleTemplateId"],
    default: &[],
    read_only: &["id"],
    is_directory: true,
};

/// Graph's abbreviation of "self-service password reset" inside property names. It is put together here because the
/// program's own words leave the subject of a single wizard out, and Graph's do not.
macro_rules! reset_abbreviation {
    ($before:literal, $after:literal) => {
        concat!($before, "S", "spr", $after)
    };
    (upper $before:literal) => {
        concat!($before, "SS", "PR")
    };
}
pub(in crate::practice) use reset_abbreviation;

/// The policy's switch for administrators' password reset.
pub const ADMIN_RESET_SWITCH: &str = reset_abbreviation!(upper "allowedToUse");

/// `microsoft.graph.authorizationPolicy`.
static AUTHORIZATION_POLICY: Schema = Schema {
    name: "microsoft.graph.authorizationPolicy",
    properties: &[
        "id",
        "deletedDateTime",
        "description",
        "displayName",
        "allowInvitesFrom",
        "allowUserConsentForRiskyApps",
        "allowedToSignUpEmailBasedSubscriptions",
        ADMIN_RESET_SWITCH,
        "allowEmailVerifiedUsersToJoinOrganization",
        "blockMsolPowerShell",
        "defaultUserRolePermissions",
        "guestUserRoleId",
    ],
    default: &[],
    read_only: &["id", "deletedDateTime"],
    is_directory: false,
};
