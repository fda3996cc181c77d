//! What a seed need not say: ids, the organization, who signs in, policies that every tenant has.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::practice::facts::roles::GLOBAL_ADMIN;
use crate::practice::facts::schema::ADMIN_RESET_SWITCH;
use crate::practice::object::{Object, guid, text};
use crate::practice::store::{ASSIGNMENTS, Collection, Store, USERS};

/// Returns an object's id, giving it one made from `name` if it has none.
pub fn id(object: &mut Object, name: &str) -> String {
    if object.get("id").and_then(Value::as_str).is_none_or(str::is_empty) {
        object.insert("id".to_owned(), Value::String(guid(name)));
    }
    text(object, "id")
}

pub fn add(collection: &mut Collection, object: Value) {
    if let Value::Object(object) = object {
        let id = text(&object, "id");
        collection.seed(Arc::new(object), &[&id]);
    }
}

pub fn organization(mut given: Object) -> Object {
    given.entry("id").or_insert_with(|| json!(guid("practice tenant")));
    given.entry("displayName").or_insert(json!("Practice tenant"));
    let domains = json!([{"name": "practice.example", "isDefault": true, "isInitial": true, "type": "Managed", "capabilities": "Email"}]);
    given.entry("verifiedDomains").or_insert(domains);
    given.entry("tenantType").or_insert(json!("AAD"));
    given
}

pub fn default_domain(organization: &Object) -> String {
    let domains = organization.get("verifiedDomains").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let is_default = |domain: &&Value| domain.get("isDefault").and_then(Value::as_bool).unwrap_or(false);
    let domain = domains.iter().find(is_default).or_else(|| domains.first());
    let name = domain.and_then(|domain| domain.get("name")).and_then(Value::as_str);
    name.unwrap_or("practice.example").to_owned()
}

pub fn assign(store: &mut Store, role: &str, principal: &str, scope: &str) {
    let id = guid(&format!("{role} {principal} {scope}"));
    let assignment = json!({"id": id, "principalId": principal, "directoryScopeId": scope, "roleDefinitionId": role});
    add(store.under("/roleManagement/directory/roleAssignments", true), assignment);
}

/// Returns whether a principal holds a role by an assignment of its own.
pub fn has_role(store: &Store, role: &str, principal: &str) -> bool {
    let is_it = |assignment: &&Arc<Object>| {
        text(assignment, "principalId") == principal && text(assignment, "roleDefinitionId") == role
    };
    store.all(ASSIGNMENTS).newest().any(|assignment| is_it(&assignment))
}

/// Lists the roles that a principal holds by assignments of its own.
pub fn roles_of(store: &Store, principal: &str) -> Vec<String> {
    let own = store.all(ASSIGNMENTS).newest().filter(|assignment| text(assignment, "principalId") == principal);
    let mut roles: Vec<String> = own.map(|assignment| text(assignment, "roleDefinitionId")).collect();
    roles.dedup();
    roles
}

/// Finds the user who signs in where the seed does not say: the first Global Administrator.
pub fn first_admin(store: &Store) -> Option<String> {
    let admins = store.all(ASSIGNMENTS).newest().filter(|one| text(one, "roleDefinitionId") == GLOBAL_ADMIN);
    let mut admins = admins.map(|assignment| text(assignment, "principalId"));
    admins.find(|id| store.all(USERS).find(id).is_some())
}

/// Adds a Global Administrator to a tenant that has none: a rehearsal as somebody without a role would show nothing but
/// refusals, which is asked for by `[me]` alone.
pub fn add_admin(store: &mut Store, domain: &str) -> String {
    let taken = store.all(USERS).find(&format!("admin@{domain}")).is_some();
    let name = if taken { format!("practice.admin@{domain}") } else { format!("admin@{domain}") };
    let user = json!({"id": guid(&name), "displayName": "Practice Admin", "userPrincipalName": name, "accountEnabled": true, "userType": "Member"});
    if let Value::Object(user) = user {
        store.under(USERS, true).seed(Arc::new(user), &[&guid(&name), &name]);
    }
    assign(store, GLOBAL_ADMIN, &guid(&name), "/");
    guid(&name)
}

/// Names the section that a path has of its own, so that it cannot be given as a free object.
pub fn own_section(path: &str) -> Option<&'static str> {
    Some(match path {
        "/users" => "`[[users]]`",
        "/me" => "`[me]`",
        "/groups" => "`[[groups]]`",
        "/serviceprincipals" => "`[[service_principals]]`",
        "/organization" => "`[organization]`",
        "/rolemanagement/directory/roleassignments" | "/directoryroles" => "`[[role_assignments]]`",
        "/rolemanagement/directory/roledefinitions" => "`[[role_definitions]]`",
        "/reports/authenticationmethods/userregistrationdetails" => "`registration` inside `[[users]]`",
        _ if path.starts_with("/users/") && path.contains("/authentication") => "`authentication` inside `[[users]]`",
        _ => return None,
    })
}

/// Adds what every tenant has and the seed left out.
pub fn fill(store: &mut Store, organization: Object, licenses: &[String]) {
    if store.all("/domains").newest().next().is_none() {
        for domain in organization.get("verifiedDomains").and_then(Value::as_array).into_iter().flatten() {
            let name = domain.get("name").cloned().unwrap_or_default();
            let flag = |key: &str| domain.get(key).and_then(Value::as_bool).unwrap_or(false);
            let more = json!({"id": name, "authenticationType": "Managed", "isDefault": flag("isDefault"), "isInitial": flag("isInitial"), "isAdminManaged": true, "isRoot": true, "isVerified": true, "supportedServices": ["Email"]});
            add(store.under("/domains", true), more);
        }
    }
    if store.all("/subscribedskus").newest().next().is_none() {
        for license in licenses {
            let sku = guid(&format!("license {license}"));
            let plan = json!({"servicePlanId": guid(&format!("plan {license}")), "servicePlanName": license, "provisioningStatus": "Success", "appliesTo": "User"});
            add(
                store.under("/subscribedSkus", true),
                json!({"id": sku, "skuId": sku, "skuPartNumber": license, "appliesTo": "User", "capabilityStatus": "Enabled", "consumedUnits": 0, "prepaidUnits": {"enabled": 25, "suspended": 0, "warning": 0}, "servicePlans": [plan]}),
            );
        }
    }
    add(store.under("/organization", true), Value::Object(organization));
    let mut policy = |name: &str, policy: Value| {
        if let (None, Value::Object(policy)) =
            (store.object(&format!("/policies/{}", name.to_ascii_lowercase())), policy)
        {
            store.under("/policies", false).seed(Arc::new(policy), &[name]);
        }
    };
    policy("authorizationPolicy", authorization_policy());
    policy(
        "identitySecurityDefaultsEnforcementPolicy",
        json!({"id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults", "isEnabled": false}),
    );
    policy(
        "authenticationMethodsPolicy",
        json!({"id": "authenticationMethodsPolicy", "displayName": "Authentication Methods Policy", "policyVersion": "1.5"}),
    );
    let configurations = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations";
    for (id, kind, state) in METHODS {
        if store.object(&format!("{configurations}/{id}").to_ascii_lowercase()).is_none() {
            let kind = format!("#microsoft.graph.{kind}AuthenticationMethodConfiguration");
            add(store.under(configurations, true), json!({"@odata.type": kind, "id": id, "state": state}));
        }
    }
}

/// The methods of the authentication methods policy with their types and their states in a new tenant. Source: the
/// reference page of `authenticationMethodsPolicy`, August 2026.
const METHODS: [(&str, &str, &str); 6] = [
    ("Email", "email", "enabled"),
    ("Fido2", "fido2", "disabled"),
    ("MicrosoftAuthenticator", "microsoftAuthenticator", "enabled"),
    ("Sms", "sms", "disabled"),
    ("SoftwareOath", "softwareOath", "enabled"),
    ("TemporaryAccessPass", "temporaryAccessPass", "disabled"),
];

/// The authorization policy of a new tenant, from the documentation's example.
fn authorization_policy() -> Value {
    let mut policy = json!({
        "id": "authorizationPolicy",
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": true,
        "allowEmailVerifiedUsersToJoinOrganization": true,
        "allowUserConsentForRiskyApps": false,
        "blockMsolPowerShell": false,
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {
            "allowedToCreateApps": true,
            "allowedToCreateSecurityGroups": true,
            "allowedToCreateTenants": true,
            "allowedToReadOtherUsers": true,
            "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-low"],
        },
    });
    if let Some(policy) = policy.as_object_mut() {
        policy.insert(ADMIN_RESET_SWITCH.to_owned(), Value::Bool(true));
    }
    policy
}
