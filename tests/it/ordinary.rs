//! Ordinary writes and all others: what the overlay lists, and that no spelling of anything else passes for it.

use std::collections::BTreeSet;

use fixforme::contract::ordinary::{Sent, takeover};
use fixforme::contract::{graph, names_tenant};
use fs_err as fs;
use serde_json::{Value, json};

use crate::support::sandbox::{Sandbox, project};

/// Why a write needs typed approval, where it does. `{}` is an id that is not known yet.
fn why(method: &str, path: &str, body: &Value) -> Option<&'static str> {
    let segments: Vec<Option<&str>> = path.split('/').skip(1).map(|part| (part != "{}").then_some(part)).collect();
    takeover(method, &segments, &Sent::of(body), false)
}

/// Whether a path may be written to at all, approved or not.
fn is_refused(path: &str) -> bool {
    let segments: Vec<Option<&str>> = path.split('/').skip(2).map(|part| (part != "{}").then_some(part)).collect();
    let through = match graph().place(&segments) {
        Ok(place) => place.through,
        Err(nowhere) => nowhere.through,
    };
    through.is_some() || segments[0].is_some_and(names_tenant)
}

const GENERAL: &str = "it is not on the list of ordinary changes";

#[test]
fn what_could_hand_over_an_account_or_the_tenant_is_never_ordinary() {
    let roles = "it changes who holds a directory role";
    let credentials = "it changes an application's credentials";
    let members = "it changes who belongs to a group, which may carry directory roles";
    let grants = "it grants an application or account an app role";
    let redirects = "it changes where the sign-ins of an application that may hold consents are sent";
    let enables = "it enables an account";
    let signs_in = "it changes who can sign in to an account";
    let access = "it changes whom Conditional Access protects";
    for (method, path, body, reason) in [
        ("POST", "/roleManagement/directory/roleAssignments", json!({"principalId": "x"}), roles),
        ("POST", "/roleManagement/directory/roleEligibilityScheduleRequests", json!({}), roles),
        ("POST", "/directoryRoles/{}/members/$ref", json!({"@odata.id": "x"}), roles),
        ("POST", "/directoryObjects/{}/graph.directoryRole/members/$ref", json!({"@odata.id": "x"}), roles),
        ("POST", "/directory/administrativeUnits/{}/scopedRoleMembers", json!({}), roles),
        ("PATCH", "/policies/roleManagementPolicies/{}/rules/{}", json!({}), roles),
        ("POST", "/groups", json!({"displayName": "x", "isAssignableToRole": true}), roles),
        ("POST", "/applications/{}/addPassword", json!({"passwordCredential": {"displayName": "x"}}), credentials),
        ("POST", "/applications/{}/microsoft.graph.addPassword", Value::Null, credentials),
        ("POST", "/directoryObjects/{}/microsoft.graph.application/addPassword", Value::Null, credentials),
        ("POST", "/me/ownedObjects/{}/microsoft.graph.servicePrincipal/addKey", Value::Null, credentials),
        ("PATCH", "/servicePrincipals/{}", json!({"KeyCredentials": []}), credentials),
        ("POST", "/applications/{}/owners/$ref", json!({"@odata.id": "x"}), credentials),
        ("PATCH", "/servicePrincipals/{}", json!({"replyUrls": ["https://evil.example"]}), redirects),
        ("PATCH", "/applications/{}", json!({"web": {"redirectUris": []}, "notes": "x"}), redirects),
        ("PATCH", "/applications/{}", json!({"api": {"preAuthorizedApplications": []}}), GENERAL),
        ("PATCH", "/applications/{}", json!({"servicePrincipalLockConfiguration": {"isEnabled": false}}), GENERAL),
        ("PATCH", "/applications/{}", json!({"signInAudience": "AzureADMultipleOrgs"}), GENERAL),
        ("POST", "/oauth2PermissionGrants", json!({}), "it grants an application permissions"),
        ("POST", "/servicePrincipals/{}/appRoleAssignedTo", json!({}), grants),
        ("POST", "/me/appRoleAssignments", json!({}), grants),
        ("PATCH", "/domains/{}", json!({"authenticationType": "Federated"}), "it changes how a domain signs in"),
        ("POST", "/domains/{}/federationConfiguration", json!({}), "it changes how a domain signs in"),
        ("POST", "/groups/{}/members/$ref", json!({"@odata.id": "x"}), members),
        ("PATCH", "/groups/{}", json!({"members@odata.bind": ["x"]}), members),
        ("POST", "/groups", json!({"displayName": "x", "owners@odata.bind": ["x"]}), members),
        ("PATCH", "/groups/{}", json!({"membershipRule": "x", "description": "x"}), members),
        ("POST", "/teams/{}/members", json!({"roles": ["owner"]}), members),
        ("DELETE", "/groups/{}", Value::Null, GENERAL),
        ("PATCH", "/identity/conditionalAccess/policies/{}", json!({"displayName": "x"}), access),
        ("DELETE", "/identity/conditionalAccess/policies/{}", Value::Null, access),
        ("PATCH", "/identity/conditionalAccess/namedLocations/{}", json!({"isTrusted": true}), access),
        ("POST", "/users/{}/authentication/fido2Methods", json!({}), "it registers a way to sign in for somebody"),
        (
            "POST",
            "/users/{}/authentication/temporaryAccessPassMethods",
            json!({}),
            "it registers a way to sign in for somebody",
        ),
        (
            "DELETE",
            "/users/{}/authentication/microsoftAuthenticatorMethods/{}",
            Value::Null,
            "it removes a way to prove who somebody is",
        ),
        (
            "PATCH",
            "/users/{}",
            json!({"passwordProfile": {"password": {"$captured": {}}}}),
            "it sets the password of an account",
        ),
        (
            "POST",
            "/users/{}/authentication/passwordMethods/{}/resetPassword",
            json!({}),
            "it sets the password of an account",
        ),
        ("PATCH", "/users/{}", json!({"accountEnabled": true}), enables),
        ("PATCH", "/users/{}", json!({"ACCOUNTENABLED": true, "jobTitle": "x"}), enables),
        ("PATCH", "/users/{}", json!({"accountEnabled": {"$captured": {}}}), enables),
        ("PATCH", "/users/{}", json!({"identities": []}), signs_in),
        ("PATCH", "/users/{}", json!({"onPremisesImmutableId": "x"}), signs_in),
        ("PATCH", "/users/{}", json!({"userPrincipalName": "x@federated.example"}), signs_in),
        ("DELETE", "/users/{}", Value::Null, "it deletes an account"),
        (
            "POST",
            "/directory/deletedItems/{}/restore",
            Value::Null,
            "it brings a deleted object back with all its rights",
        ),
        (
            "PATCH",
            "/policies/identitySecurityDefaultsEnforcementPolicy",
            json!({"isEnabled": false}),
            "it can turn security defaults off",
        ),
        (
            "PATCH",
            "/policies/authorizationPolicy",
            json!({"allowInvitesFrom": "everyone"}),
            "it changes what all users or guests can do",
        ),
        (
            "PATCH",
            "/policies/authorizationPolicy",
            json!({"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": ["x"]}}),
            "it changes what all users or guests can do",
        ),
        (
            "PATCH",
            "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2",
            json!({"state": "disabled"}),
            "it changes which methods people can sign in with",
        ),
        (
            "PATCH",
            "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/sms",
            json!({"state": "enabled"}),
            "it changes which methods people can sign in with",
        ),
        (
            "PATCH",
            "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{}",
            json!({"state": "disabled"}),
            "it changes which methods people can sign in with",
        ),
        (
            "POST",
            "/policies/permissionGrantPolicies/{}/includes",
            json!({}),
            "it changes which permissions can be granted to applications",
        ),
        (
            "PATCH",
            "/policies/crossTenantAccessPolicy/default",
            json!({}),
            "it changes which other organizations are trusted",
        ),
        ("POST", "/policies/claimsMappingPolicies", json!({}), GENERAL),
        ("POST", "/organization/{}/certificateBasedAuthConfiguration", json!({}), GENERAL),
        ("POST", "/identity/identityProviders", json!({}), GENERAL),
        ("POST", "/subscriptions", json!({"notificationUrl": "https://evil.example"}), GENERAL),
        (
            "POST",
            "/identityGovernance/entitlementManagement/assignmentRequests",
            json!({"requestType": "adminAdd"}),
            GENERAL,
        ),
        ("POST", "/identityGovernance/lifecycleWorkflows/workflows", json!({}), GENERAL),
        ("POST", "/invitations", json!({"invitedUser": {"id": "x"}, "resetRedemption": true}), GENERAL),
        ("POST", "/identityProtection/riskyUsers/dismiss", json!({"userIds": ["x"]}), GENERAL),
        ("POST", "/sites/{}/permissions", json!({"roles": ["write"]}), GENERAL),
        ("POST", "/deviceManagement/deviceManagementScripts", json!({}), GENERAL),
        // Spellings.
        ("PATCH", "/myorganization/users/{}", json!({"displayName": "x"}), GENERAL),
        ("PATCH", "/contoso.example/users/{}", json!({"displayName": "x"}), GENERAL),
        ("PATCH", "/users/{}/displayName", json!({"value": "x"}), GENERAL),
        ("PATCH", "/users/{}", json!({"displayName ": "x"}), GENERAL),
        ("PATCH", "/users/{}", json!({"": "x"}), GENERAL),
        ("PATCH", "/users/{}", json!({"displayName": {"members@odata.bind": ["x"]}}), GENERAL),
        ("PATCH", "/users/{}", json!({"@odata.type": "#microsoft.graph.group", "displayName": "x"}), GENERAL),
        ("PATCH", "/users(' ')", json!({"displayName": "x"}), GENERAL),
        ("PATCH", "/users/{}/{}", json!({"displayName": "x"}), GENERAL),
        ("PATCH", "/directoryObjects/{}", json!({"displayName": "x"}), GENERAL),
    ] {
        let found = why(method, &format!("/v1.0{path}"), &body);
        assert_eq!(found, Some(reason), "{method} {path} {body}");
    }
    assert_eq!(why("PATCH", "/beta/users/{}", &json!({"displayName": "x"})), Some(GENERAL));
}

#[test]
fn what_administrators_do_every_day_is_ordinary() {
    let method = "/users/{}/authentication/phoneMethods";
    let configurations = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations";
    for (method, path, body) in [
        ("PATCH", "/users/{}", json!({"displayName": "x", "department": null, "jobTitle": "x"})),
        ("PATCH", "/ME", json!({"DisplayName": "x"})),
        ("PATCH", "/users('ann')/microsoft.graph.user", json!({"@odata.type": "#microsoft.graph.user", "city": "x"})),
        ("PATCH", "/directoryObjects/{}/microsoft.graph.user", json!({"city": {"$captured": {}}})),
        (
            "PATCH",
            "/users/{}",
            json!({"otherMails": ["a@b.example"], "otherMails@odata.type": "x", "mobilePhone": "1"}),
        ),
        ("PATCH", "/users/{}", json!({"accountEnabled": false})),
        ("POST", "/users/{}/revokeSignInSessions", Value::Null),
        ("POST", "/users/{}/microsoft.graph.revokeSignInSessions", json!({})),
        ("POST", method, json!({"phoneNumber": "1", "phoneType": "mobile"})),
        (
            "POST",
            "/groups",
            json!({"displayName": "x", "mailEnabled": false, "mailNickname": "x", "groupTypes": ["Unified"]}),
        ),
        ("PATCH", "/groups/{}", json!({"description": "x"})),
        ("PATCH", "/admin/reportSettings", json!({"displayConcealedNames": false})),
        ("PATCH", "/policies/authorizationPolicy", json!({"allowedToUseSSPR": true})),
        ("PATCH", "/policies/authorizationPolicy", json!({"allowInvitesFrom": "none"})),
        ("PATCH", "/policies/identitySecurityDefaultsEnforcementPolicy", json!({"isEnabled": true})),
        (
            "PATCH",
            &format!("{configurations}/sms"),
            json!({"@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration", "state": "disabled"}),
        ),
        ("PATCH", &format!("{configurations}('sms')"), json!({"state": "disabled"})),
        ("POST", "/applications", json!({"displayName": "x", "publicClient": {"redirectUris": ["http://localhost"]}})),
        ("POST", "/servicePrincipals", json!({"appId": "x"})),
        ("DELETE", "/oauth2PermissionGrants/{}", Value::Null),
        ("DELETE", "/servicePrincipals/{}/appRoleAssignedTo/{}", Value::Null),
        ("GET", "/roleManagement/directory/roleAssignments", Value::Null),
    ] {
        assert_eq!(why(method, &format!("/v1.0{path}"), &body), None, "{method} {path} {body}");
    }
}

/// Method and segments of every write that Microsoft's permission map knows, with ids filled in.
fn writes() -> BTreeSet<(String, Vec<String>)> {
    let map = fs::read_to_string(project("src/contract/permissions.txt")).unwrap();
    let rows =
        map.lines().filter_map(|line| line.strip_prefix(' ')?.split_once(' ')).filter(|(method, _)| *method != "GET");
    let ids = |part: &str| {
        if part.contains('{') { part.replace("{id}", "x1").replace("{value}", "x1") } else { part.to_owned() }
    };
    rows.map(|(method, path)| (method.to_owned(), path.split('/').skip(1).map(ids).collect())).collect()
}

/// The spellings that Graph accepts, or might, of a path without its version.
fn spellings(path: &[String]) -> Vec<Vec<String>> {
    let with = |at: usize, skip: usize, put: &[&str]| -> Vec<String> {
        let (before, after) = (&path[..at], &path[at + skip..]);
        before.iter().cloned().chain(put.iter().map(|part| (*part).to_owned())).chain(after.iter().cloned()).collect()
    };
    let mut found = vec![
        path.iter().map(|part| part.to_uppercase()).collect(),
        with(path.len(), 0, &["$ref"]),
        with(path.len(), 0, &["$value"]),
        with(0, 0, &["myorganization"]),
        with(0, 0, &["contoso.example"]),
        with(0, 0, &["b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01"]),
    ];
    for at in 0..path.len() {
        let known: Vec<Option<&str>> = path[..=at].iter().map(|part| Some(part.as_str())).collect();
        if path[at] == "x1" && at > 0 {
            found.extend(
                ["('x1')", "(id='x1')", "('')"].map(|key| with(at - 1, 2, &[&format!("{}{key}", path[at - 1])])),
            );
            found.extend(["x1 ", " ", "{}"].map(|key| with(at, 1, &[key])));
        } else if at > 0 {
            found.push(with(at, 1, &["{}"]));
            found.extend(["microsoft.graph.", "graph."].map(|space| with(at, 1, &[&format!("{space}{}", path[at])])));
        }
        if let Some(of) = graph().place(&known).ok().and_then(|place| place.of) {
            let (long, short) = (format!("microsoft.graph.{}", of.name), format!("graph.{}", of.name));
            found.extend([with(at + 1, 0, &[&long]), with(at + 1, 0, &[&short, &long])]);
            if at == 1 && graph().line_of(of.name).contains(&"directoryObject") {
                found.push(with(0, 1, &["directoryObjects"]));
                found.push(with(0, 2, &["directoryObjects", "x1", &long]));
                found.push(with(0, 2, &["me", "ownedObjects", "x1", &long]));
                found.push(with(0, 2, &["me", "memberOf", "x1", &long]));
                found.push(with(0, 2, &["groups", "x1", "members", "x1", &long]));
                found.push(with(0, 2, &["directory", "deletedItems", "x1", &long]));
            }
        }
    }
    if path.len() > 1 && path[0] == "users" && path[1] == "x1" {
        found.push(with(0, 2, &["me"]));
    }
    found
}

/// What decides over accounts and the tenant; of the rest, such as devices and classes, every fifth write is enough.
const DIRECTORY: [&str; 14] = [
    "admin",
    "applications",
    "directory",
    "directoryobjects",
    "directoryroles",
    "domains",
    "groups",
    "identity",
    "identityprotection",
    "oauth2permissiongrants",
    "organization",
    "policies",
    "rolemanagement",
    "serviceprincipals",
];

/// The writes of the permission map, with nothing and with what makes some of them ordinary.
#[test]
fn no_spelling_of_a_write_that_needs_approval_passes_for_an_ordinary_one() {
    let bodies = [
        json!({}),
        json!({"displayName": "x", "description": "x"}),
        json!({"accountEnabled": false}),
        json!({"state": "disabled"}),
    ];
    let bodies =
        bodies.map(|body| Sent::of(&body).into_iter().filter(|sent| !sent.names.is_empty()).collect::<Vec<_>>());
    let (mut needed, mut ordinary, mut escaped) = (0, 0, Vec::new());
    let is_person = |path: &[String]| path[0] == "users" && path.get(2).is_none_or(|part| !part.contains("device"));
    let chosen = writes().into_iter().enumerate().filter(|(turn, (_, path))| {
        turn % 5 == 0 || DIRECTORY.contains(&path[0].as_str()) || is_person(path) && path.len() < 6
    });
    for (_, (method, path)) in chosen {
        let all = spellings(&path);
        // What a POST of an action or a DELETE carries makes none of them ordinary.
        let bodies = if method == "PATCH" { &bodies[1..] } else { &bodies[..if method == "POST" { 2 } else { 1 }] };
        for (turn, sent) in bodies.iter().enumerate() {
            let judge = |path: &[String]| {
                let path = path.iter().map(|part| (part != "{}").then_some(part.as_str()));
                takeover(&method, &[Some("v1.0")].into_iter().chain(path).collect::<Vec<_>>(), sent, false)
            };
            if judge(&path).is_none() {
                ordinary += 1;
                continue;
            }
            needed += 1;
            let passed = all.iter().filter(|spelled| judge(spelled).is_none());
            escaped.extend(
                passed.map(|spelled| format!("{method} /{} as /{}, body {turn}", path.join("/"), spelled.join("/"))),
            );
        }
    }
    assert!(needed > 1_500 && ordinary > 20, "{needed} {ordinary}");
    assert!(escaped.is_empty(), "{} escape:\n{}", escaped.len(), escaped[..escaped.len().min(40)].join("\n"));
}

#[test]
fn what_follows_a_link_to_another_object_is_never_written() {
    let member = "/v1.0/groups/x/members/y";
    for path in [
        member.to_owned(),
        format!("{member}/microsoft.graph.user"),
        format!("{member}/graph.user/revokeSignInSessions"),
        format!("{member}/microsoft.graph.user/authentication/phoneMethods/z"),
        format!("{member}/microsoft.graph.user/mobilePhone"),
        format!("{member}/microsoft.graph.unheardOf"),
        format!("{member}/$ref/microsoft.graph.user"),
        format!("{member}/microsoft.graph.group/members/z/$ref"),
        "/v1.0/groups/x/members/microsoft.graph.user/y".to_owned(),
        "/v1.0/groups/x/members/microsoft.graph.user('y')".to_owned(),
        "/v1.0/groups('x')/members('y')".to_owned(),
        "/v1.0/users/x/manager".to_owned(),
        "/v1.0/myorganization/groups/x/members/y".to_owned(),
        "/v1.0/contoso.example/groups/x/members/y".to_owned(),
    ] {
        assert!(is_refused(&path), "{path}");
        for (method, body) in [("DELETE", json!({})), ("POST", json!({})), ("PATCH", json!({"displayName": "x"}))] {
            assert!(why(method, &path, &body).is_some(), "{method} {path}");
        }
    }
    for path in [&format!("{member}/$ref"), "/v1.0/users/x/manager/$ref", "/v1.0/users/x/authentication/phoneMethods/y"]
    {
        assert!(!is_refused(path), "{path}");
    }
}

#[test]
fn lint_names_the_writes_that_need_typed_approval_and_why() {
    let step = |object: &str| {
        format!(
            "kind = \"setting\"\ntitle = \"T\"\nwhy = \"W.\"\nseverity = \"low\"\nrisk = \"one-object\"\n\
             scopes = {{ check = [\"Policy.Read.All\"], fix = [\"Policy.ReadWrite.Authorization\"] }}\n\
             [[object]]\nid = \"policy\"\nget = \"/v1.0/policies/authorizationPolicy\"\n{object}\n"
        )
    };
    for (object, line) in [
        (
            "fields = [\"allowInvitesFrom\"]\nmanaged = [\"allowInvitesFrom\"]\ndesired = { allowInvitesFrom = \"'none'\" }",
            None,
        ),
        (
            "fields = [\"allowInvitesFrom\"]\nmanaged = [\"allowInvitesFrom\"]\ndesired = { allowInvitesFrom = \"'everyone'\" }",
            Some("needs typed approval"),
        ),
        (
            "fields = [\"allowInvitesFrom\"]\nmanaged = [\"allowInvitesFrom\"]\ndesired = { allowInvitesFrom = \"'none' if account.id == 'x' else 'everyone'\" }",
            Some("may need typed approval"),
        ),
    ] {
        let sandbox = Sandbox::new();
        let wizard = sandbox.wizard(&[("rights", &step(object))]);
        let ran = sandbox.run(&["lint", wizard]).exits(0);
        let line = line.map(|needs| {
            format!("rights/policy: PATCH /v1.0/policies/authorizationPolicy {needs}: it changes what all users or guests can do\n")
        });
        match line {
            Some(line) => assert!(ran.stdout.contains(&line), "{}", ran.all()),
            None => assert!(!ran.stdout.contains("typed approval"), "{}", ran.all()),
        }
    }
}
