//! What the practice tenant makes of writes: values, methods, lag, generic objects, batches.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use serde_json::{Value, json};

use crate::support::practice::{CONTOSO, Practice};

const EMAIL: &str = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

#[test]
fn contact_data_is_replaced_whole_and_checked() {
    let practice = Practice::new(CONTOSO);
    let bob = "/v1.0/users/bob-id";
    assert_eq!(practice.send("PATCH", bob, &json!({"otherMails": ["x@example.net"], "mobilePhone": null})).status, 204);
    let now = practice.tenant().object(bob).unwrap();
    assert_eq!(now["otherMails"], json!(["x@example.net"]));
    assert!(now.get("mobilePhone").is_none());
    let long = "x".repeat(65);
    let many: Vec<String> = (0..251).map(|number| format!("a{number}@example.net")).collect();
    for body in [
        json!({"mobilePhone": long}),
        json!({"otherMails": many}),
        json!({"otherMails": ["é@example.net"]}),
        json!({"otherMails": "x@example.net"}),
        json!({"otherMails": null}),
        json!({"businessPhones": ["1", "2"]}),
        json!({"accountEnabled": "yes"}),
        json!({"id": "x"}),
        json!({"frob": 1}),
        json!({"userPrincipalName": "bob@elsewhere.example"}),
        json!({"userPrincipalName": "ann@contoso.example"}),
        json!({}),
    ] {
        let refused = practice.send("PATCH", bob, &body);
        assert_eq!((refused.status, refused.code()), (400, "Request_BadRequest"), "{body}");
    }
    let synchronized = practice.send("PATCH", "/v1.0/users/syn-id", &json!({"mobilePhone": "+1 4255550100"}));
    assert_eq!((synchronized.status, synchronized.code()), (400, "Request_BadRequest"));
    assert_eq!(practice.send("PATCH", "/v1.0/users/syn-id", &json!({"otherMails": ["s@example.net"]})).status, 204);
    let no_type = practice.request("PATCH", bob).body("{}").send().unwrap();
    assert_eq!(no_type.status().as_u16(), 400);
    assert_eq!(
        practice.request("PATCH", bob).header("Content-Type", "application/json").body("{").send().unwrap().status(),
        400
    );
}

#[test]
fn authentication_methods_have_fixed_ids_and_one_of_each() {
    let practice = Practice::new(CONTOSO);
    let before = practice.tenant().canonical();
    let email = "/v1.0/users/ann-id/authentication/emailMethods";
    let phone = "/v1.0/users/ann-id/authentication/phoneMethods";
    assert_eq!(practice.get(&format!("{email}/{EMAIL}")).status, 404);
    let made = practice.send("POST", email, &json!({"emailAddress": "ann@example.net"}));
    assert_eq!((made.status, made.body["id"].as_str()), (201, Some(EMAIL)));
    assert_eq!(practice.send("POST", email, &json!({"emailAddress": "ann@example.net"})).status, 400);
    let alternate = json!({"phoneNumber": "+1 4255550101", "phoneType": "alternateMobile"});
    assert_eq!(practice.send("POST", phone, &alternate).status, 400);
    assert_eq!(
        practice.send("POST", phone, &json!({"phoneNumber": "+14255550100", "phoneType": "mobile"})).status,
        400
    );
    let made = practice.send("POST", phone, &json!({"phoneNumber": "+1 4255550100", "phoneType": "mobile"}));
    assert_eq!((made.status, made.body["id"].as_str()), (201, Some(MOBILE)));
    assert_eq!(practice.send("POST", phone, &alternate).status, 201);
    let changed = practice.send(
        "PATCH",
        &format!("{phone}/{MOBILE}"),
        &json!({"phoneNumber": "+1 4255550109", "phoneType": "mobile"}),
    );
    assert_eq!(changed.status, 200);
    assert_eq!(practice.get(&format!("{phone}/{MOBILE}")).body["phoneNumber"], "+1 4255550109");
    let kinds = practice.get("/v1.0/users/ann-id/authentication/methods").column("@odata.type");
    assert_eq!(kinds.len(), 4);
    assert_eq!(kinds[0], "#microsoft.graph.passwordAuthenticationMethod");
    assert_eq!(practice.send("DELETE", &format!("{phone}/{MOBILE}"), &Value::Null).status, 400);
    for id in ["b6332ec1-7057-4abe-9331-3d72feddfe41", MOBILE] {
        assert_eq!(practice.send("DELETE", &format!("{phone}/{id}"), &Value::Null).status, 204);
    }
    assert_eq!(practice.send("DELETE", &format!("{email}/{EMAIL}"), &Value::Null).status, 204);
    assert_eq!(practice.send("DELETE", &format!("{email}/{EMAIL}"), &Value::Null).status, 404);
    assert_eq!(practice.tenant().canonical(), before);
    let app = "/v1.0/users/bob-id/authentication/microsoftAuthenticatorMethods";
    assert_eq!(practice.send("POST", app, &json!({})).status, 405);
    let id = practice.get(app).body["value"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(practice.send("DELETE", &format!("{app}/{id}"), &Value::Null).status, 204);
    let pass = practice.send(
        "POST",
        "/v1.0/users/bob-id/authentication/temporaryAccessPassMethods",
        &json!({"lifetimeInMinutes": 60}),
    );
    assert_eq!(pass.body["temporaryAccessPass"].as_str().unwrap().len(), 8);
    let listed = practice.get("/v1.0/users/bob-id/authentication/temporaryAccessPassMethods");
    assert_eq!(listed.body["value"][0]["temporaryAccessPass"], Value::Null);
}

#[test]
fn reads_lag_behind_writes_everywhere_and_writes_act_on_the_newest() {
    let practice = Practice::new(&format!("lag = \"5s\"\n{CONTOSO}"));
    let bob = "/v1.0/users/bob-id?$select=otherMails,city";
    let batched = || {
        practice.send(
            "POST",
            "/v1.0/$batch",
            &json!({"requests": [{"id": "1", "method": "GET", "url": "/users/bob-id?$select=city"}]}),
        )
    };
    practice.send("PATCH", "/v1.0/users/bob-id", &json!({"city": "Bonn"}));
    practice.wait(3);
    practice.send("PATCH", "/v1.0/users/bob-id", &json!({"otherMails": []}));
    assert_eq!(practice.get(bob).body["otherMails"], json!(["bob@example.net"]));
    assert!(batched().body["responses"][0]["body"].get("city").is_none());
    assert_eq!(practice.get("/v1.0/users?$filter=city eq 'Bonn'").column("id").len(), 0);
    practice.wait(2);
    assert_eq!(practice.get(bob).body["otherMails"], json!(["bob@example.net"]));
    assert_eq!(practice.get(bob).body["city"], "Bonn");
    assert_eq!(batched().body["responses"][0]["body"]["city"], "Bonn");
    assert_eq!(practice.get("/v1.0/users?$filter=city eq 'Bonn'").column("id"), ["bob-id"]);
    practice.wait(3);
    assert_eq!(practice.get(bob).body["otherMails"], json!([]));
    let made = practice.send("POST", "/v1.0/lab/things", &json!({"name": "three"}));
    let path = format!("/v1.0/lab/things/{}", made.body["id"].as_str().unwrap());
    assert_eq!((made.status, practice.get(&path).status), (201, 404));
    assert_eq!(practice.send("PATCH", &path, &json!({"name": "drei"})).status, 204);
    practice.wait(5);
    assert_eq!(practice.get(&path).body["name"], "drei");
    assert_eq!(practice.send("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(practice.get(&path).status, 200);
    assert_eq!(practice.send("DELETE", &path, &Value::Null).status, 404);
    practice.wait(5);
    assert_eq!(practice.get(&path).status, 404);
}

#[test]
fn free_objects_merge_replace_appear_and_go() {
    let practice = Practice::new(CONTOSO);
    let settings = "/v1.0/lab/settings";
    assert_eq!(
        practice.send("PATCH", settings, &json!({"nested": {"b": {"c": null, "d": 2}}, "level": null})).status,
        204
    );
    let now = practice.get(settings).body;
    assert_eq!(now["nested"], json!({"a": 1, "b": {"d": 2}}));
    assert!(now.get("level").is_none());
    assert_eq!(practice.send("PUT", settings, &json!({"level": 9})).status, 204);
    assert_eq!(practice.tenant().object(settings).unwrap(), json!({"id": "settings", "level": 9}));
    assert_eq!(practice.get("/v1.0/lab/things?$filter=contains(name,'w')&$orderby=name desc").column("id"), ["t2"]);
    assert_eq!(practice.send("POST", "/v1.0/lab/things/t1/restart", &Value::Null).status, 204);
    assert_eq!(practice.get("/v1.0/lab/things/t1").body["restarted"], true);
    assert_eq!(practice.send("DELETE", "/v1.0/lab/things/t1", &Value::Null).status, 204);
    assert_eq!(practice.get("/v1.0/lab/things").column("id"), ["t2"]);
    let policy = "/v1.0/policies/authorizationPolicy";
    assert_eq!(
        practice
            .send(
                "PATCH",
                policy,
                &json!({"allowedToUseSSPR": false, "defaultUserRolePermissions": {"allowedToCreateApps": false}})
            )
            .status,
        204
    );
    let now = practice.get(&format!("{policy}?$select=allowedToUseSSPR,defaultUserRolePermissions")).body;
    assert_eq!(
        (&now["allowedToUseSSPR"], &now["defaultUserRolePermissions"]["allowedToCreateTenants"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(practice.send("PATCH", policy, &json!({"frob": 1})).status, 400);
}

#[test]
fn users_come_go_and_come_back() {
    let practice = Practice::new(CONTOSO);
    let before = practice.tenant().canonical();
    let body = json!({"accountEnabled": true, "displayName": "Zoe", "mailNickname": "zoe", "userPrincipalName": "zoe@contoso.example", "passwordProfile": {"password": "x"}});
    let made = practice.send("POST", "/v1.0/users", &body);
    assert_eq!(made.status, 201);
    assert_eq!(practice.send("POST", "/v1.0/users", &body).status, 400);
    assert!(!made.text.contains("password"));
    let zoe = format!("/v1.0/users/{}", made.body["id"].as_str().unwrap());
    assert_eq!(practice.send("POST", &format!("{zoe}/revokeSignInSessions"), &Value::Null).body["value"], true);
    assert_eq!(practice.send("DELETE", &zoe, &Value::Null).status, 204);
    assert_eq!(practice.get("/v1.0/users/zoe@contoso.example").status, 404);
    assert_eq!(practice.tenant().canonical(), before);
    let restored = zoe.replace("/users/", "/directory/deletedItems/") + "/restore";
    assert_eq!(practice.send("POST", &restored, &Value::Null).status, 200);
    assert_eq!(practice.get("/v1.0/users/zoe@contoso.example").body["displayName"], "Zoe");
}

#[test]
fn roles_and_members_can_be_given_and_taken() {
    let practice = Practice::new(CONTOSO);
    let before = practice.tenant().canonical();
    let all = "/v1.0/roleManagement/directory/roleAssignments";
    let body = json!({"principalId": "bob-id", "roleDefinitionId": "fe930be7-5e62-47db-91af-98c3a49a38b1", "directoryScopeId": "/"});
    let made = practice.send("POST", all, &body);
    assert_eq!(made.status, 201);
    assert_eq!(practice.send("POST", all, &body).status, 400);
    assert_eq!(
        practice.send("DELETE", &format!("{all}/{}", made.body["id"].as_str().unwrap()), &Value::Null).status,
        204
    );
    let members = "/v1.0/groups/inner-id/members";
    let link = json!({"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/ann-id"});
    assert_eq!(practice.send("POST", &format!("{members}/$ref"), &link).status, 204);
    assert_eq!(practice.send("POST", &format!("{members}/$ref"), &link).status, 400);
    assert_eq!(practice.get(members).column("id"), ["eve-id", "bob-id", "ann-id"]);
    assert_eq!(practice.send("DELETE", &format!("{members}/ann-id/$ref"), &Value::Null).status, 204);
    assert_eq!(practice.tenant().canonical(), before);
}

#[test]
fn a_batch_answers_each_request_for_itself() {
    let practice = Practice::new(CONTOSO);
    let batch = |requests: Value| practice.send("POST", "/v1.0/$batch", &json!({"requests": requests}));
    let answer = batch(json!([
        {"id": "a", "method": "GET", "url": "/users/bob-id?$select=id"},
        {"id": "b", "method": "GET", "url": "users/nobody"},
        {"id": "c", "method": "PATCH", "url": "/users/bob-id", "headers": {"content-type": "application/json"}, "body": {"city": "Ulm"}, "dependsOn": ["a"]},
        {"id": "d", "method": "GET", "url": "/users/bob-id", "dependsOn": ["b"]},
        {"id": "e", "method": "GET", "url": "/users?$filter=displayName ne 'x'&$count=true", "headers": {"consistencylevel": "eventual"}},
    ]));
    assert_eq!(answer.status, 200);
    let responses = answer.body["responses"].as_array().unwrap();
    let find = |id: &str| responses.iter().find(|one| one["id"] == id).unwrap();
    let statuses: Vec<_> = ["a", "b", "c", "d", "e"].iter().map(|id| find(id)["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 404, 204, 424, 200]);
    assert_ne!(responses[0]["id"], "a", "answers come in another order than the requests");
    assert_eq!(find("b")["body"]["error"]["code"], "Request_ResourceNotFound");
    assert_eq!(find("d")["body"]["error"]["code"], "FailedDependency");
    assert!(find("c").get("body").is_none());
    assert_eq!(practice.tenant().object("/v1.0/users/bob-id").unwrap()["city"], "Ulm");
    assert_eq!(practice.tenant().writes(), 1);
    let many: Vec<Value> =
        (0..21).map(|number| json!({"id": number.to_string(), "method": "GET", "url": "/me"})).collect();
    for requests in [
        json!(many),
        json!([]),
        json!([{"id": "1", "method": "GET", "url": "/me"}, {"id": "1", "method": "GET", "url": "/me"}]),
        json!([{"id": "1", "method": "POST", "url": "/$batch", "headers": {"Content-Type": "application/json"}, "body": {"requests": []}}]),
        json!([{"id": "1", "method": "PATCH", "url": "/users/bob-id", "body": {}}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["9"]}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}, {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]}]),
        json!([{"id": "1", "method": "GET", "url": "https://example.org/me"}]),
        json!([{"method": "GET", "url": "/me"}]),
    ] {
        assert_eq!(batch(requests.clone()).status, 400, "{requests}");
    }
    assert_eq!(practice.get("/v1.0/$batch").status, 405);
}
