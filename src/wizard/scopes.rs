//! Which Graph scopes suffice for which request, as far as it is known, and whether a step declares one of them.
//!
//! Sources: the service's own permission map and v1.0 reference pages as of August 2026. A request that is not in the
//! table is only warned of; a scope that reads is also held by the scope that writes the same.

use super::diagnostic::{Diagnostic, nearest, quoted};
use super::document::{Placed, StepFile};
use super::parse::{Page, Requested};
use super::template::{PathTemplate, Segment};
use crate::seam::http::Method;

/// One request and the scopes of which any one suffices (delegated or application, whichever the sign-in is).
struct Known {
    methods: &'static [Method],
    /// The path in lower case, without version; `*` is any id.
    path: &'static str,
    /// The key that it writes, where scopes differ by key; any other key where empty.
    key: &'static str,
    scopes: &'static [&'static str],
}

const READ: &[Method] = &[Method::Get];
const WRITE: &[Method] = &[Method::Post, Method::Patch, Method::Put, Method::Delete];
const CHANGE: &[Method] = &[Method::Patch, Method::Put];
const POST: &[Method] = &[Method::Post];
const DELETE: &[Method] = &[Method::Delete];

const DIRECTORY_READ: &str = "Directory.Read.All";
const DIRECTORY_WRITE: &str = "Directory.ReadWrite.All";

const fn known(methods: &'static [Method], path: &'static str, key: &'static str, scopes: &'static [&'static str]) -> Known {
    Known { methods, path, key, scopes }
}

/// The table. A more particular line stands before a more general one: the first whose path and key fit is taken.
const TABLE: &[Known] = &[
    known(READ, "me", "", &["User.Read", "User.Read.All", DIRECTORY_READ]),
    known(READ, "organization", "", &["Organization.Read.All", "User.Read", DIRECTORY_READ]),
    known(READ, "organization/*", "", &["Organization.Read.All", "User.Read", DIRECTORY_READ]),
    known(WRITE, "organization/*", "", &["Organization.ReadWrite.All", DIRECTORY_WRITE]),
    known(READ, "subscribedskus", "", &["LicenseAssignment.Read.All", "Organization.Read.All", DIRECTORY_READ]),
    known(READ, "users", "", &["User.ReadBasic.All", "User.Read.All", DIRECTORY_READ]),
    known(READ, "users/*", "", &["User.ReadBasic.All", "User.Read.All", "User-Mail.ReadWrite.All", "User-Phone.ReadWrite.All", DIRECTORY_READ]),
    known(CHANGE, "users/*", "othermails", &["User-Mail.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(CHANGE, "users/*", "mobilephone", &["User-Phone.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(CHANGE, "users/*", "businessphones", &["User-Phone.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(CHANGE, "users/*", "accountenabled", &["User.EnableDisableAccount.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(CHANGE, "users/*", "passwordprofile", &["User-PasswordProfile.ReadWrite.All", "User.ReadWrite.All", "Directory.AccessAsUser.All", DIRECTORY_WRITE]),
    known(CHANGE, "users/*", "", &["User.ReadWrite.All", DIRECTORY_WRITE]),
    known(POST, "users", "", &["User.ReadWrite.All", DIRECTORY_WRITE]),
    known(DELETE, "users/*", "", &["User.DeleteRestore.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(READ, "users/*/transitivememberof", "", &["User.Read.All", "GroupMember.Read.All", DIRECTORY_READ]),
    known(READ, "users/*/memberof", "", &["User.Read.All", "GroupMember.Read.All", DIRECTORY_READ]),
    known(READ, "users/*/licensedetails", "", &["LicenseAssignment.Read.All", "User.Read.All", DIRECTORY_READ]),
    known(POST, "users/*/assignlicense", "", &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(POST, "users/*/reprocesslicenseassignment", "", &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(POST, "users/*/revokesigninsessions", "", &["User.RevokeSessions.All", "User.ReadWrite.All", DIRECTORY_WRITE]),
    known(READ, "users/*/authentication/methods", "", &["UserAuthenticationMethod.Read.All"]),
    known(READ, "users/*/authentication/methods/*", "", &["UserAuthenticationMethod.Read.All"]),
    known(READ, "users/*/authentication/emailmethods", "", &["UserAuthMethod-Email.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(READ, "users/*/authentication/emailmethods/*", "", &["UserAuthMethod-Email.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(WRITE, "users/*/authentication/emailmethods", "", &["UserAuthMethod-Email.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(WRITE, "users/*/authentication/emailmethods/*", "", &["UserAuthMethod-Email.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(READ, "users/*/authentication/phonemethods", "", &["UserAuthMethod-Phone.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(READ, "users/*/authentication/phonemethods/*", "", &["UserAuthMethod-Phone.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(WRITE, "users/*/authentication/phonemethods", "", &["UserAuthMethod-Phone.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(WRITE, "users/*/authentication/phonemethods/*", "", &["UserAuthMethod-Phone.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(READ, "users/*/authentication/temporaryaccesspassmethods", "", &["UserAuthMethod-TAP.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(READ, "users/*/authentication/temporaryaccesspassmethods/*", "", &["UserAuthMethod-TAP.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(WRITE, "users/*/authentication/temporaryaccesspassmethods", "", &["UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(WRITE, "users/*/authentication/temporaryaccesspassmethods/*", "", &["UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(READ, "users/*/authentication/microsoftauthenticatormethods", "", &["UserAuthMethod-MicrosoftAuthApp.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(DELETE, "users/*/authentication/microsoftauthenticatormethods/*", "", &["UserAuthMethod-MicrosoftAuthApp.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(READ, "users/*/authentication/fido2methods", "", &["UserAuthMethod-Passkey.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(DELETE, "users/*/authentication/fido2methods/*", "", &["UserAuthMethod-Passkey.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(READ, "users/*/authentication/softwareoathmethods", "", &["UserAuthMethod-SoftwareOATH.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(DELETE, "users/*/authentication/softwareoathmethods/*", "", &["UserAuthMethod-SoftwareOATH.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(READ, "users/*/authentication/windowshelloforbusinessmethods", "", &["UserAuthMethod-WindowsHello.Read.All", "UserAuthenticationMethod.Read.All"]),
    known(DELETE, "users/*/authentication/windowshelloforbusinessmethods/*", "", &["UserAuthMethod-WindowsHello.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]),
    known(READ, "reports/authenticationmethods/userregistrationdetails", "", &["AuditLog.Read.All"]),
    known(READ, "reports/authenticationmethods/userregistrationdetails/*", "", &["AuditLog.Read.All"]),
    known(READ, "directoryroles", "", &["RoleManagement.Read.Directory", DIRECTORY_READ]),
    known(READ, "directoryroles/*/members", "", &["RoleManagement.Read.Directory", DIRECTORY_READ]),
    known(WRITE, "directoryroles/*/members", "", &["RoleManagement.ReadWrite.Directory"]),
    known(READ, "rolemanagement/directory/roleassignments", "", &["RoleManagement.Read.Directory", "RoleManagement.Read.All", DIRECTORY_READ]),
    known(READ, "rolemanagement/directory/roleassignments/*", "", &["RoleManagement.Read.Directory", "RoleManagement.Read.All", DIRECTORY_READ]),
    known(WRITE, "rolemanagement/directory/roleassignments", "", &["RoleManagement.ReadWrite.Directory"]),
    known(WRITE, "rolemanagement/directory/roleassignments/*", "", &["RoleManagement.ReadWrite.Directory"]),
    known(READ, "rolemanagement/directory/roledefinitions", "", &["RoleManagement.Read.Directory", "RoleManagement.Read.All", DIRECTORY_READ]),
    known(READ, "rolemanagement/directory/roleeligibilityscheduleinstances", "", &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"]),
    known(READ, "rolemanagement/directory/roleassignmentscheduleinstances", "", &["RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory"]),
    known(READ, "policies/authorizationpolicy", "", &["Policy.Read.All", "Policy.ReadWrite.Authorization"]),
    known(CHANGE, "policies/authorizationpolicy", "", &["Policy.ReadWrite.Authorization"]),
    known(READ, "policies/identitysecuritydefaultsenforcementpolicy", "", &["Policy.Read.All", "Policy.ReadWrite.SecurityDefaults"]),
    known(CHANGE, "policies/identitysecuritydefaultsenforcementpolicy", "", &["Policy.ReadWrite.SecurityDefaults"]),
    known(READ, "policies/authenticationmethodspolicy", "", &["Policy.Read.AuthenticationMethod", "Policy.Read.All"]),
    known(CHANGE, "policies/authenticationmethodspolicy", "", &["Policy.ReadWrite.AuthenticationMethod"]),
    known(READ, "policies/authenticationmethodspolicy/authenticationmethodconfigurations/*", "", &["Policy.Read.AuthenticationMethod", "Policy.Read.All"]),
    known(CHANGE, "policies/authenticationmethodspolicy/authenticationmethodconfigurations/*", "", &["Policy.ReadWrite.AuthenticationMethod"]),
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
    known(POST, "directory/deleteditems/*/restore", "", &["User.DeleteRestore.All", "User.ReadWrite.All", "Group.ReadWrite.All", "Application.ReadWrite.All", DIRECTORY_WRITE]),
    known(READ, "directory/recovery/snapshots", "", &["EntraBackup.Read.All"]),
    known(READ, "applications", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(READ, "applications/*", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(POST, "applications", "", &["AppRegistration.Create", "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(WRITE, "applications/*", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(POST, "applications/*/addpassword", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(POST, "applications/*/removepassword", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(READ, "serviceprincipals", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(READ, "serviceprincipals/*", "", &["Application.Read.All", "Application.ReadWrite.OwnedBy", DIRECTORY_READ]),
    known(POST, "serviceprincipals", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(WRITE, "serviceprincipals/*", "", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    known(READ, "serviceprincipals/*/approleassignedto", "", &["Application.Read.All", DIRECTORY_READ]),
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
    known(READ, "groups/*/members", "", &["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", DIRECTORY_READ]),
    known(READ, "groups/*/transitivemembers", "", &["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", DIRECTORY_READ]),
    known(WRITE, "groups/*/members", "", &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]),
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

/// Checks a step's declared scopes against its requests.
pub fn check(page: &Page<'_>, file: &StepFile, requested: &[Requested]) {
    let declared = file.scopes.as_ref().map(|scopes| &scopes.value);
    let check = declared.map(|scopes| scopes.check.as_slice()).unwrap_or_default();
    let fix = declared.map(|scopes| scopes.fix.as_slice()).unwrap_or_default();
    let mut unknown = false;
    let mut used: Vec<&str> = Vec::new();
    for request in requested {
        let reads = request.method == Method::Get;
        let (scopes, list) = match (reads, request.scopes.is_empty()) {
            (true, _) => (check, "check"),
            (false, true) => (fix, "fix"),
            (false, false) => (request.scopes.as_slice(), "scopes"),
        };
        let mut sufficient: Vec<&'static str> = Vec::new();
        for known in lookup(request) {
            let fits: Vec<&str> = scopes.iter().filter(|scope| suffices(scope, known.scopes)).map(|scope| scope.value.as_str()).collect();
            used.extend(&fits);
            if fits.is_empty() {
                sufficient.extend(known.scopes.iter().filter(|scope| !sufficient.contains(scope)).take(3).collect::<Vec<_>>());
            }
        }
        let place = if list == "scopes" { "`scopes`" } else if reads { "[scopes] check" } else { "[scopes] fix" };
        if lookup(request).is_empty() {
            unknown = true;
            if scopes.is_empty() {
                let title = format!("no scope is declared for this request in {place}");
                page.error(&request.range, title, "name the Graph permission that its reference page lists first");
            } else {
                let title = "it is not known which scope this request needs";
                let note = format!("declared: {}", quoted(&scopes.iter().map(|scope| scope.value.as_str()).collect::<Vec<_>>()));
                page.say(Diagnostic::warning(page.file, request.range.clone(), title).help("compare with its reference page").note(note));
            }
        } else if !sufficient.is_empty() {
            let title = if scopes.is_empty() { format!("no scope is declared for this request in {place}") } else { format!("none of the scopes in {place} is known to suffice for this request") };
            page.error(&request.range, title, &format!("one of {}", quoted(&sufficient)));
        }
    }
    // A request that could not be read is not among those that are known here.
    if !unknown && !page.has_errors() {
        unneeded(page, check.iter().chain(fix), &used);
    }
}

fn unneeded<'a>(page: &Page<'_>, declared: impl Iterator<Item = &'a Placed<String>>, used: &[&str]) {
    for scope in declared.filter(|scope| !used.contains(&scope.value.as_str())) {
        page.warning(&scope.range, format!("no request of this step needs `{}`", scope.value), "remove it: a wizard asks for no more than it needs");
    }
}

impl Page<'_> {
    /// Reads scope names.
    pub fn scopes(&self, scopes: &[Placed<String>]) -> Vec<String> {
        for (index, scope) in scopes.iter().enumerate() {
            if let Some((title, help)) = implausible(&scope.value) {
                self.error(&scope.range, title, &help);
            } else if scopes.iter().take(index).any(|other| other.value == scope.value) {
                self.warning(&scope.range, format!("the scope `{}` stands here twice", scope.value), "");
            }
        }
        scopes.iter().map(|scope| scope.value.clone()).collect()
    }
}

fn implausible(scope: &str) -> Option<(String, String)> {
    let plain = || "write the permission's name, such as \"Policy.Read.All\"".to_owned();
    if scope.contains("/") || scope.contains(':') {
        return Some(("a scope is a name of Microsoft Graph; another resource cannot be asked for".to_owned(), plain()));
    }
    if ["offline_access", "openid", "profile", "email", ".default"].contains(&scope.to_lowercase().as_str()) {
        return Some((format!("`{scope}` is the sign-in's own matter"), plain()));
    }
    let parts: Vec<&str> = scope.split('.').collect();
    let word = |part: &&str| !part.is_empty() && part.chars().all(|each| each.is_ascii_alphanumeric() || each == '-');
    let shaped = (2..=5).contains(&parts.len()) && parts.iter().all(word) && scope.len() <= 100;
    if shaped {
        return None;
    }
    let names = TABLE.iter().flat_map(|known| known.scopes.iter().copied());
    let help = nearest(scope, names).map_or_else(plain, |name| format!("did you mean `{name}`?"));
    Some((format!("`{scope}` is no name of a Graph scope"), help))
}

/// Returns the lines of the table that a request needs: one for every key that it writes.
fn lookup(request: &Requested) -> Vec<&'static Known> {
    rows(request.method, &plain_path(&request.path), &request.keys)
}

/// Returns the table's rows for a request: one for each key that has its own, the general one for the others.
fn rows(method: Method, path: &[String], keys: &[String]) -> Vec<&'static Known> {
    let fits = |known: &&'static Known, key: &str| {
        known.methods.contains(&method) && known.key == key && same_path(known.path, path)
    };
    let general = TABLE.iter().find(|known| fits(known, ""));
    let mut found: Vec<&'static Known> = Vec::new();
    for key in keys {
        let key = key.to_lowercase();
        if let Some(known) = TABLE.iter().find(|known| fits(known, &key)).or(general)
            && !found.iter().any(|other| std::ptr::eq(*other, known))
        {
            found.push(known);
        }
    }
    if keys.is_empty() { general.into_iter().collect() } else { found }
}

/// Returns the scopes of which a write would need one more, where the table knows it and `granted` has none of them.
///
/// `path` is the path as it is sent, version first; `keys` are the body's outer keys. A request outside the table is
/// left to the service to judge.
pub fn lacking(method: Method, path: &[Option<&str>], keys: &[String], granted: &[String]) -> Option<String> {
    let path: Vec<String> = path
        .iter()
        .skip(1)
        .map(|segment| segment.map_or_else(|| "*".to_owned(), str::to_lowercase))
        .filter(|segment| !segment.starts_with("microsoft.graph.") && !segment.starts_with('$'))
        .collect();
    let rows = rows(method, &path, keys);
    let lacks = rows.iter().find(|known| !granted.iter().any(|scope| suffices(scope, known.scopes)))?;
    lacks.scopes.first().map(|scope| (*scope).to_owned())
}

fn suffices(declared: &str, sufficient: &[&str]) -> bool {
    sufficient.iter().any(|scope| declared.eq_ignore_ascii_case(scope) || declared.eq_ignore_ascii_case(&scope.replacen(".Read.", ".ReadWrite.", 1)) || (declared == "Directory.ReadWrite.All" && *scope == DIRECTORY_READ))
}

/// Returns a path's segments in lower case: `*` for placeholders, without version, casts and `$…` segments.
fn plain_path(path: &PathTemplate) -> Vec<String> {
    let mut plain: Vec<String> = Vec::new();
    for (index, segment) in path.segments.iter().enumerate().skip(1) {
        match segment {
            Segment::Value(_) => plain.push("*".to_owned()),
            Segment::Literal(text) => {
                let text = text.to_lowercase();
                let skipped = text.starts_with("microsoft.graph.") || text.starts_with('$');
                match text.as_str() {
                    "me" if index == 1 && path.segments.len() > 2 => plain.extend(["users".to_owned(), "*".to_owned()]),
                    _ if skipped => {}
                    _ => plain.push(text),
                }
            }
        }
    }
    plain
}

fn same_path(pattern: &str, path: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(wanted, segment)| *wanted == "*" || wanted == segment)
}
