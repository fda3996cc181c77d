//! What the practice tenant answers to reads.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use serde_json::json;

use crate::support::practice::{CONTOSO, Practice};

#[test]
fn a_user_comes_with_graphs_default_properties_and_others_by_select() {
    let practice = Practice::new(CONTOSO);
    let bob = practice.get("/v1.0/users/bob@contoso.example");
    assert_eq!(bob.status, 200);
    let names: Vec<&String> = bob.body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["@odata.context", "businessPhones", "displayName", "id", "mobilePhone", "userPrincipalName"]);
    assert_eq!(bob.body["@odata.context"], json!(format!("{}/v1.0/$metadata#users/$entity", practice.server.root())));
    let bob = practice.get("/v1.0/users/BOB-ID?$select=otherMails,accountEnabled,onPremisesSyncEnabled");
    assert_eq!(bob.body["otherMails"], json!(["bob@example.net"]));
    assert_eq!(bob.body["accountEnabled"], json!(true));
    assert!(bob.body.get("onPremisesSyncEnabled").is_none());
    let wrong = practice.get("/v1.0/users/bob-id?$select=otherMail");
    assert_eq!((wrong.status, wrong.code()), (400, "BadRequest"));
    assert!(wrong.text.contains("Could not find a property named 'otherMail' on type 'microsoft.graph.user'"));
    let shown = Practice::new(&format!("nulls = \"shown\"\n{CONTOSO}"));
    let ann = shown.get("/v1.0/users/ann-id?$select=mobilePhone,otherMails");
    assert_eq!((&ann.body["mobilePhone"], &ann.body["otherMails"]), (&json!(null), &json!([])));
}

#[test]
fn paths_collapse_and_unknown_ones_are_refused_as_graph_does() {
    let practice = Practice::new(CONTOSO);
    assert_eq!(practice.get("//v1.0//users//bob-id").status, 200);
    assert_eq!(practice.get("/v1.0/Users/bob-id").status, 200);
    assert_eq!(practice.get("/v1.0/users('bob-id')").status, 200);
    let gone = practice.get("/v1.0/users/nobody");
    assert_eq!((gone.status, gone.code()), (404, "Request_ResourceNotFound"));
    let nowhere = practice.get("/v1.0/nowhere/at/all");
    assert_eq!((nowhere.status, nowhere.code()), (400, "BadRequest"));
    assert!(nowhere.text.contains("Resource not found for the segment 'nowhere'."), "{}", nowhere.text);
    assert!(practice.get("/v1.0/users/bob-id/nothing").text.contains("for the segment 'nothing'."));
    assert_eq!(practice.get("/v2.0/users").status, 400);
    assert_eq!(practice.send("POST", "/v1.0/policies/authorizationPolicy", &json!({})).status, 405);
}

#[test]
fn an_error_has_graphs_form_and_ids() {
    let practice = Practice::new(CONTOSO);
    let request = practice.request("GET", "/v1.0/users/nobody").header("client-request-id", "my-own-id");
    let answer = crate::support::practice::read(request.send().unwrap());
    assert_eq!(answer.header("client-request-id"), "my-own-id");
    let inner = &answer.body["error"]["innerError"];
    assert_eq!(inner["client-request-id"], "my-own-id");
    assert_eq!(inner["request-id"], answer.header("request-id"));
    assert_eq!(inner["date"], "2026-09-21T14:13:20");
    assert_ne!(practice.get("/v1.0/users/nobody").header("request-id"), answer.header("request-id"));
}

#[test]
fn administrators_are_found_by_assignment_and_by_role() {
    let practice = Practice::new(CONTOSO);
    let all = practice.get("/v1.0/roleManagement/directory/roleAssignments?$expand=principal");
    let kinds: Vec<_> =
        all.body["value"].as_array().unwrap().iter().map(|one| one["principal"]["@odata.type"].clone()).collect();
    assert_eq!(kinds, ["#microsoft.graph.user", "#microsoft.graph.user", "#microsoft.graph.group"]);
    assert_eq!(all.body["value"][0]["principal"]["userPrincipalName"], "ann@contoso.example");
    let one = practice.get("/v1.0/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '62e90394-69f5-4237-9190-012177145e10'&$expand=principal($select=id)");
    assert_eq!(one.body["value"].as_array().unwrap().len(), 1);
    assert_eq!(one.body["value"][0]["principal"], json!({"@odata.type": "#microsoft.graph.user", "id": "ann-id"}));
    let roles = practice.get("/v1.0/directoryRoles?$select=displayName");
    assert_eq!(roles.column("displayName"), ["Global Administrator", "Helpdesk Administrator", "Reports Reader"]);
    let members = practice.get("/v1.0/directoryRoles/roleTemplateId=4a5d8f65-41da-4de4-8968-e035b65339cf/members");
    assert_eq!(members.column("@odata.type"), ["#microsoft.graph.group"]);
    let mine =
        practice.get("/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=roleTemplateId,displayName");
    assert_eq!(mine.column("displayName"), ["Global Administrator"]);
    let bobs = practice.get("/v1.0/users/bob-id/transitiveMemberOf");
    assert_eq!(bobs.column("displayName"), ["Reports Reader", "Inner", "Admins"]);
}

#[test]
fn groups_are_expanded_through_groups() {
    let practice = Practice::new(CONTOSO);
    assert_eq!(practice.get("/v1.0/groups/outer-id/members").column("id"), ["inner-id", "app-id"]);
    assert_eq!(practice.get_eventual("/v1.0/groups/outer-id/transitiveMembers/$count").text, "4");
    let all = practice.get("/v1.0/groups/outer-id/transitiveMembers");
    let mut ids = all.column("id");
    ids.sort();
    assert_eq!(ids, ["app-id", "bob-id", "eve-id", "inner-id"]);
    let users = practice.get("/v1.0/groups/outer-id/transitiveMembers/microsoft.graph.user?$select=id,accountEnabled");
    assert_eq!(users.column("id"), ["eve-id", "bob-id"]);
}

#[test]
fn the_registration_report_needs_a_license_and_tells_of_the_past() {
    let without = Practice::new(&CONTOSO.replace("AAD_PREMIUM", "EXCHANGE_S_STANDARD"));
    let report = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
    let refused = without.get(report);
    assert_eq!((refused.status, refused.code()), (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"));
    let practice = Practice::new(CONTOSO);
    let admins = practice.get(&format!("{report}?$filter=isAdmin eq true"));
    assert_eq!(admins.column("id"), ["ann-id", "bob-id", "syn-id", "eve-id"]);
    let bob = &practice.get(&format!("{report}/bob-id")).body;
    assert_eq!(bob["methodsRegistered"], json!(["email", "microsoftAuthenticatorPush"]));
    assert_eq!(bob["isSsprRegistered"], true);
    assert_eq!(bob["isSsprCapable"], true);
    let ann = "/v1.0/users/ann-id/authentication/emailMethods";
    assert_eq!(practice.send("POST", ann, &json!({"emailAddress": "ann@example.net"})).status, 201);
    assert_eq!(practice.get(&format!("{report}/ann-id")).body["methodsRegistered"], json!([]));
}

#[test]
fn advanced_queries_of_the_directory_need_their_header() {
    let practice = Practice::new(CONTOSO);
    for filter in ["displayName ne 'Ann'", "not startsWith(displayName,'A')", "endsWith(userPrincipalName,'.example')"]
    {
        let plain = practice.get(&format!("/v1.0/users?$filter={filter}"));
        assert_eq!((plain.status, plain.code()), (400, "Request_UnsupportedQuery"), "{filter}");
        let advanced = practice.get_eventual(&format!("/v1.0/users?$filter={filter}&$count=true"));
        assert_eq!(advanced.status, 200, "{filter}");
        assert_eq!(advanced.body["@odata.count"], json!(advanced.column("id").len()));
    }
    assert_eq!(practice.get("/v1.0/users?$filter=displayName eq 'Bob O''Neil'").column("id"), ["bob-id"]);
    assert_eq!(practice.get("/v1.0/users?$filter=otherMails/any(m:m eq 'bob@example.net')").column("id"), ["bob-id"]);
    assert_eq!(practice.get_eventual("/v1.0/users/$count").text, "4");
    assert_eq!(practice.get("/v1.0/users/$count").status, 400);
    for bad in
        ["$filter=displayName eq", "$filter=frob eq 1", "$top=0", "$top=1000", "$skip=1", "$search=x", "$orderby=frob"]
    {
        assert_eq!(practice.get(&format!("/v1.0/users?{bad}")).status, 400, "{bad}");
    }
}

#[test]
fn organization_licenses_and_me() {
    let practice = Practice::new(CONTOSO);
    let organization = practice.get("/v1.0/organization?$select=id,displayName,verifiedDomains");
    assert_eq!(organization.column("displayName"), ["Contoso Ltd"]);
    assert_eq!(practice.get("/v1.0/me").body["userPrincipalName"], "ann@contoso.example");
    let mut practice = practice;
    practice.sign_in(&["Organization.Read.All", "Domain.Read.All"]);
    let skus = practice.get("/v1.0/subscribedSkus");
    assert_eq!(skus.body["value"][0]["servicePlans"][0]["servicePlanName"], "AAD_PREMIUM");
    assert_eq!(practice.get("/v1.0/domains").column("id"), ["contoso.example"]);
}
