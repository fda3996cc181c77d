//! What the rules match, whatever the spelling.

use super::*;

fn matched(path: &str) -> Matched {
    Matched::new(path.split('/').skip(1).map(|segment| Some(segment).filter(|segment| *segment != "{}")))
}

fn why(method: Method, path: &str, keys: &[&str]) -> Option<&'static str> {
    let segments: Vec<Option<&str>> =
        path.split('/').skip(1).map(|part| Some(part).filter(|part| *part != "{}")).collect();
    tier0(method, &segments, &keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
}

#[test]
fn paths_are_matched_whatever_their_spelling() {
    for path in [
        "/v1.0/users/{}/mobilePhone",
        "/beta/USERS/ann/MobilePhone",
        "/v1.0/me/mobilephone",
        "/v1.0/users/ann/microsoft.graph.user/mobilePhone",
        "/v1.0/users('ann')/mobilePhone",
        "/v1.0/users/{}/otherMails/$value",
    ] {
        assert!(matched(path).names_contact(), "{path}");
    }
    assert!(!matched("/v1.0/users/mobilePhone").writes_person() || !matched("/v1.0/users/{}").names_contact());
}

#[test]
fn a_placeholder_may_not_stand_for_a_sinks_own_word() {
    for path in [
        "/v1.0/me/{}",
        "/v1.0/users/ann/{}",
        "/v1.0/users/{}/authentication/{}",
        "/v1.0/applications/a/{}",
        "/v1.0/policies/{}",
    ] {
        assert!(matched(path).hides_sink(), "{path}");
    }
    for path in [
        "/v1.0/users/{}",
        "/v1.0/users/{}/authentication/phoneMethods/{}",
        "/v1.0/groups/{}",
        "/v1.0/subscribedSkus/{}",
    ] {
        assert!(!matched(path).hides_sink(), "{path}");
    }
}

#[test]
fn tier0_writes_are_known() {
    use Method::{Delete, Get, Patch, Post};
    for (method, path, keys) in [
        (Post, "/v1.0/roleManagement/directory/roleAssignments", &[][..]),
        (Post, "/beta/RoleManagement/directory/roleEligibilityScheduleRequests", &[]),
        (Post, "/v1.0/directoryRoles/{}/members/$ref", &[]),
        (Post, "/v1.0/applications/{}/addPassword", &[]),
        (Patch, "/v1.0/servicePrincipals/{}", &["KeyCredentials"]),
        (Patch, "/v1.0/servicePrincipals/{}", &["replyUrls"]),
        (Patch, "/v1.0/applications/{}", &["publicClient", "redirectUris"]),
        (Patch, "/v1.0/applications/{}", &["web.redirectUris"]),
        (Post, "/v1.0/oauth2PermissionGrants", &[]),
        (Post, "/v1.0/servicePrincipals/{}/appRoleAssignedTo", &[]),
        (Post, "/v1.0/me/appRoleAssignments", &[]),
        (Patch, "/v1.0/domains/contoso.example", &["authenticationType"]),
        (Post, "/v1.0/domains/{}/federationConfiguration", &[]),
        (Post, "/v1.0/groups/{}/members/$ref", &[]),
        (Patch, "/v1.0/groups/{}", &["members@odata.bind"]),
        (Patch, "/v1.0/identity/conditionalAccess/policies/{}", &["conditions.users.excludeUsers"]),
        (Delete, "/v1.0/identity/conditionalAccess/policies/{}", &[]),
        (Post, "/v1.0/users/{}/authentication/fido2Methods", &[]),
        (Post, "/beta/me/authentication/softwareOathMethods", &["secretKey"]),
        (Post, "/v1.0/applications/{}/microsoft.graph.addPassword", &[]),
        (Post, "/v1.0/servicePrincipals/{}/Microsoft.Graph.AddKey", &[]),
        (Post, "/v1.0/applications/{}/graph.addPassword", &[]),
        (Post, "/v1.0/users/microsoft.graph.ann@contoso.example/authentication/fido2Methods", &[]),
        (Post, "/v1.0/groups/{}/microsoft.graph.group/members/$ref", &[]),
        (Post, "/v1.0/teams/{}/members", &["roles"]),
        (Post, "/v1.0/directoryObjects/{}/microsoft.graph.application/addPassword", &[]),
        (Post, "/v1.0/me/ownedObjects/{}/microsoft.graph.servicePrincipal/addKey", &[]),
        (Post, "/v1.0/directoryObjects/{}/graph.directoryRole/members/$ref", &[]),
        (Patch, "/v1.0/users/ann/ownedObjects/{}/microsoft.graph.application", &["web.redirectUris"]),
    ] {
        assert!(why(method, path, keys).is_some(), "{method} {path}");
    }
    for (method, path, keys) in [
        (Patch, "/v1.0/policies/authorizationPolicy", &["blockMsolPowerShell"][..]),
        (Patch, "/v1.0/users/{}", &["accountEnabled"]),
        (Patch, "/v1.0/domains/{}", &["isDefault"]),
        (Get, "/v1.0/roleManagement/directory/roleAssignments", &[]),
        (Post, "/v1.0/groups", &["displayName"]),
        (Post, "/v1.0/applications", &["publicClient", "redirectUris", "requiredResourceAccess"]),
        (Patch, "/v1.0/applications/{}", &["requiredResourceAccess"]),
        (Post, "/v1.0/users/{}/authentication/phoneMethods", &["phoneNumber"]),
        (Delete, "/v1.0/users/{}/authentication/fido2Methods/{}", &[]),
        (Patch, "/v1.0/identity/conditionalAccess/policies/{}", &["displayName"]),
    ] {
        assert_eq!(why(method, path, keys), None, "{method} {path}");
    }
}

#[test]
fn keys_are_matched_in_parts_and_any_case() {
    for key in ["mobilePhone", "MOBILEPHONE", "mobilePhone@odata.type", "contact.otherMails", "a/phoneNumber"] {
        assert!(is_contact_key(key), "{key}");
    }
    assert!(!is_contact_key("preferredLanguage"));
    assert_eq!(body_keys(&serde_json::json!({ "a": [{ "b": { "c": 1 } }] })), ["a", "b", "c"]);
}
