//! The practice tenant is a store by the contract: any path of Graph v1.0 is known by its type, and what lint refuses it
//! refuses. Asked without a network between, but where the text says otherwise.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use std::collections::{BTreeMap, HashSet};

use fixforme::contract::{self, End, graph};
use fixforme::practice::{PracticeRequest, PracticeResponse, Seed, Tenant};
use fs_err as fs;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::practice::{CONTOSO, Practice};
use crate::support::sandbox::project;
use crate::support::wizards::{HEAD, said, wizard};

/// A tenant and a token for it.
struct Asked {
    tenant: Tenant,
    token: String,
}

impl Asked {
    fn new(seed: &str) -> Self {
        let mut asked =
            Self { tenant: Tenant::new(&Seed::parse("tenant.toml", seed).unwrap(), [7; 16]), token: String::new() };
        asked.sign_in(&Tenant::every_scope());
        asked
    }

    fn sign_in(&mut self, scopes: &[String]) {
        self.token = self.tenant.mint(scopes, now()).expose().to_owned();
    }

    fn send(&mut self, method: &str, target: &str, body: &Value) -> PracticeResponse {
        let headers =
            [("Authorization", format!("Bearer {}", self.token)), ("Content-Type", "application/json".to_owned())];
        let request = PracticeRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            root: "http://127.0.0.1:1".to_owned(),
        };
        self.tenant.answer(now(), &request)
    }

    fn get(&mut self, target: &str) -> PracticeResponse {
        self.send("GET", target, &Value::Null)
    }

    /// Sends what must be refused, and returns what is said.
    fn refused(&mut self, method: &str, target: &str, body: &Value, status: u16) -> String {
        let before = self.tenant.canonical();
        let answer = self.send(method, target, body);
        let text = answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer.status, status, "{method} {target} {body}: {}", answer.json());
        assert_eq!(self.tenant.canonical(), before, "{method} {target} {body} was stored");
        text
    }
}

fn now() -> Timestamp {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

const POLICY: &str = "/v1.0/policies/authorizationPolicy";
const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

/// A step that writes one body.
fn writing(scope: &str, http: &str, body: &str) -> String {
    format!(
        "kind = \"actions\"\ntitle = \"Action\"\nwhy = \"Lab.\"\nscopes = {{ fix = [\"{scope}\"] }}\n\
         [[write]]\nid = \"it\"\nhttp = \"{http}\"\nbody = {body}\nirreversible = \"for a test\"\n"
    )
}

#[test]
fn a_mistake_a_value_of_the_wrong_type() {
    let why = Asked::new(CONTOSO).refused("PATCH", POLICY, &json!({"allowedToUseSSPR": "maybe"}), 400);
    assert_eq!(why, "Invalid value specified for property 'allowedToUseSSPR': bool is expected.");
    let step =
        writing("Policy.ReadWrite.Authorization", &format!("PATCH {POLICY}"), "{ allowedToUseSSPR = \"maybe\" }");
    assert!(said(&step).contains("`allowedToUseSSPR` is true or false, not the text `maybe`"));
}

#[test]
fn a_mistake_a_member_that_an_enumeration_lacks() {
    let mut asked = Asked::new(CONTOSO);
    let why = asked.refused("POST", POLICIES, &json!({"displayName": "A", "state": "AAA"}), 400);
    assert!(why.contains("'state'"), "{why}");
    let why = asked.refused("PATCH", POLICY, &json!({"allowInvitesFrom": "everybody"}), 400);
    assert!(why.contains("'allowInvitesFrom'"), "{why}");
}

#[test]
fn a_mistake_a_misspelt_name_at_any_depth() {
    let mut asked = Asked::new(CONTOSO);
    for (method, target, body, name) in [
        ("PATCH", POLICY, json!({"defaultUserRolePermissions": {"allowed": true}}), "allowed"),
        (
            "POST",
            POLICIES,
            json!({"displayName": "A", "conditions": {"users": {"includeUser": ["All"]}}}),
            "includeUser",
        ),
        ("POST", "/v1.0/users/bob-id/mailFolders/inbox/messageRules", json!({"displayNam": "x"}), "displayNam"),
    ] {
        let why = asked.refused(method, target, &body, 400);
        assert!(why.starts_with(&format!("The property '{name}' does not exist on type 'microsoft.graph.")), "{why}");
    }
}

#[test]
fn a_mistake_a_property_that_is_read_only() {
    let mut asked = Asked::new(CONTOSO);
    for (method, target, body) in [
        ("PATCH", "/v1.0/users/bob-id", json!({"createdDateTime": "2027-01-01T00:00:00Z"})),
        ("PATCH", "/v1.0/groups/inner-id", json!({"isAssignableToRole": true})),
        ("POST", "/v1.0/applications", json!({"displayName": "A", "appId": "a"})),
    ] {
        let why = asked.refused(method, target, &body, 400);
        assert!(why.ends_with("is read-only and cannot be set."), "{why}");
    }
    // When a group is made it may be said, and never again.
    let group = json!({"displayName": "G", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, "isAssignableToRole": true});
    assert_eq!(asked.send("POST", "/v1.0/groups", &group).json()["isAssignableToRole"], true);
}

#[test]
fn a_mistake_a_verb_that_the_path_does_not_take() {
    let mut asked = Asked::new(CONTOSO);
    let target = "/v1.0/policies/adminConsentRequestPolicy";
    let body = json!({"isEnabled": true});
    let why = asked.refused("PATCH", target, &body, 405);
    assert_eq!(why, "The HTTP method 'PATCH' is not allowed here.");
    assert_eq!(asked.send("PATCH", target, &body).header("Allow"), Some("GET, PUT"));
    assert_eq!(asked.send("DELETE", POLICY, &Value::Null).header("Allow"), Some("GET, PATCH"));
    let step = writing("Policy.ReadWrite.ConsentRequest", &format!("PATCH {target}"), "{ isEnabled = true }");
    assert!(said(&step).contains("Graph v1.0 takes no PATCH at this path"));
}

#[test]
fn a_mistake_a_path_of_beta() {
    let mut asked = Asked::new(&format!("{CONTOSO}\n[objects.\"/beta/lab/lamp\"]\non = true\n"));
    let why = asked.refused("GET", "/beta/users/bob-id", &Value::Null, 400);
    assert!(why.starts_with("The practice tenant does not know Graph beta"), "{why}");
    assert_eq!(asked.get("/beta/users").json()["error"]["code"], "practiceTenant");
    assert_eq!(asked.get("/beta/lab/lamp").json()["on"], true);
    assert_eq!(asked.get("/v1.0/lab/lamp").status, 400);
}

#[test]
fn a_mistake_a_misspelt_name_in_an_option() {
    let mut asked = Asked::new(CONTOSO);
    for (target, name, of) in [
        ("/v1.0/users?$select=id,displayNam", "displayNam", "user"),
        ("/v1.0/users?$filter=accountEnable%20eq%20true", "accountEnable", "user"),
        ("/v1.0/groups?$orderby=displayNam", "displayNam", "group"),
        (
            &format!("{POLICIES}?$filter=conditions/users/include/any(u:u%20eq%20'All')"),
            "include",
            "conditionalAccessUsers",
        ),
        ("/v1.0/users?$filter=assignedLicenses/any(l:l/sku%20eq%20null)", "sku", "assignedLicense"),
        ("/v1.0/domains?$select=isDefaul", "isDefaul", "domain"),
    ] {
        let why = asked.refused("GET", target, &Value::Null, 400);
        assert!(
            why.contains(&format!("Could not find a property named '{name}' on type 'microsoft.graph.{of}'")),
            "{why}"
        );
    }
    let why = asked.refused("GET", "/v1.0/groups?$expand=member", &Value::Null, 400);
    assert!(why.contains("Could not find a property named 'member'"), "{why}");
}

#[test]
fn a_mistake_a_quoted_date_in_a_filter() {
    let mut asked = Asked::new(CONTOSO);
    for filter in [
        "createdDateTime ge '2026-01-01T00:00:00Z'",
        "assignedLicenses/any(l:l/skuId eq '6fd2c87f-b296-42f0-b197-1e91e994b900')",
        "accountEnabled eq 'true'",
        "displayName eq 6fd2c87f-b296-42f0-b197-1e91e994b900",
    ] {
        let why =
            asked.refused("GET", &format!("/v1.0/users?$filter={}", filter.replace(' ', "%20")), &Value::Null, 400);
        assert!(why.contains("A binary operator with incompatible types was detected."), "{filter}: {why}");
    }
    for filter in [
        "createdDateTime ge 2026-01-01T00:00:00Z",
        "assignedLicenses/any(l:l/skuId eq 6fd2c87f-b296-42f0-b197-1e91e994b900)",
        "displayName in ('Ann','6fd2c87f-b296-42f0-b197-1e91e994b900') and accountEnabled eq true",
    ] {
        let answer = asked.get(&format!("/v1.0/users?$filter={}", filter.replace(' ', "%20")));
        assert_eq!(answer.status, 200, "{filter}: {}", answer.json());
    }
}

#[test]
fn a_mistake_null_for_a_collection() {
    let mut asked = Asked::new(CONTOSO);
    for (target, body) in [
        ("/v1.0/users/bob-id", json!({"otherMails": null})),
        ("/v1.0/users/bob-id", json!({"otherMails": [null]})),
        ("/v1.0/groups/inner-id", json!({"groupTypes": null})),
        (POLICY, json!({"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": null}})),
        (POLICY, json!({"allowInvitesFrom": 7})),
    ] {
        let why = asked.refused("PATCH", target, &body, 400);
        assert!(why.starts_with("Invalid value specified for property"), "{why}");
    }
    let app = asked.send("POST", "/v1.0/applications", &json!({"displayName": "A", "api": {}})).json();
    assert_eq!((&app["identifierUris"], &app["api"]["knownClientApplications"]), (&json!([]), &json!([])));
    let id = app["id"].as_str().unwrap();
    let app = asked.get(&format!("/v1.0/applications/{id}?$select=tags")).json();
    assert_eq!(app["tags"], json!([]));
}

/// Method and path of every request that permissions are known for.
fn known_requests() -> Vec<(String, String)> {
    let map = fs::read_to_string(project("src/contract/permissions.txt")).unwrap();
    let overlay = fs::read_to_string(project("src/contract/overlay.txt")).unwrap();
    let listed = map.lines().filter_map(|line| line.strip_prefix(' ')?.split_once(' '));
    let added = overlay
        .lines()
        .filter_map(|line| line.strip_prefix("grant").and_then(|line| line.split_once(' ')?.1.split_once(' ')));
    let added = added
        .flat_map(|(methods, rest)| methods.split(',').map(move |method| (method, rest.split(' ').next().unwrap())));
    let all = listed.chain(added).map(|(method, path)| (method.to_owned(), path.to_owned()));
    let mut found: Vec<(String, String)> = all.collect();
    found.sort();
    found.dedup();
    found
}

/// A mistake that both must see: a permission of another path. For every request of Graph v1.0 and every permission that it
/// is known to need, and for some that it is not, lint and the practice tenant say the same.
#[test]
fn what_lint_accepts_the_practice_tenant_accepts_and_the_other_way_round() {
    let requests = known_requests();
    assert!(requests.len() > 4_700, "{}", requests.len());
    let mut asked: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (method, path) in &requests {
        let needs = contract::needed(method, &graph().place_of(path).unwrap(), &[]);
        let named = needs.iter().flatten().flat_map(|each| each.with.iter().copied().chain([each.scope]));
        for scope in named.collect::<HashSet<&str>>() {
            asked.entry(scope).or_default().push((method, path));
        }
    }
    asked.retain(|scope, _| !contract::is_hidden(graph(), scope));
    let pairs: usize = asked.values().map(Vec::len).sum();
    assert!(asked.len() > 500 && pairs > 9_000, "{} {pairs}", asked.len());
    let scopes: Vec<&str> = asked.keys().copied().collect();
    for (turn, (method, path)) in requests.iter().enumerate().step_by(5) {
        asked.get_mut(scopes[turn * 7 % scopes.len()]).unwrap().push((method, path));
    }
    // A step of many requests takes long: each knows all others.
    let mut parts: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for (scope, all) in &asked {
        parts.extend(all.chunks(16).map(|part| (*scope, part.to_vec())));
    }
    let wrong: Vec<String> = std::thread::scope(|threads| {
        let parts: Vec<_> =
            parts.chunks(parts.len().div_ceil(2)).map(|part| threads.spawn(|| disagreements(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

fn disagreements(all: &[(&str, Vec<(&str, &str)>)]) -> Vec<String> {
    let mut practice = Asked::new(CONTOSO);
    let mut wrong = Vec::new();
    for (scope, requests) in all {
        let mut step = format!(
            "kind = \"actions\"\ntitle = \"All\"\nwhy = \"Lab.\"\nscopes = {{ check = [\"{scope}\"], fix = [\"{scope}\"] }}\n"
        );
        let mut lines = 4;
        let mut places = Vec::new();
        for (at, (method, path)) in requests.iter().enumerate() {
            let path = path.replace("{id}", "x1");
            step += &match *method {
                "GET" => format!("[[read]]\nid = \"r{at}\"\nget = \"/v1.0{path}\"\nfields = [\"id\"]\n"),
                _ => format!(
                    "[[write]]\nid = \"w{at}\"\nhttp = \"{method} /v1.0{path}\"\nirreversible = \"for a test\"\n"
                ),
            };
            lines += 4;
            places.push(lines);
        }
        let refused = scope_errors(&step);
        practice.sign_in(&[(*scope).to_owned()]);
        for ((method, path), line) in requests.iter().zip(places) {
            let body = if *method == "GET" { Value::Null } else { json!({}) };
            let answer = practice.send(method, &format!("/v1.0{}", path.replace("{id}", "x1")), &body);
            let text = String::from_utf8_lossy(&answer.body);
            let practice = answer.status == 403 && text.contains("the token needs one of");
            let lint = refused.contains(&(line - 1));
            if practice != lint {
                wrong.push(format!("{method} {path} with {scope}: lint {lint}, practice {practice} {}", answer.status));
            }
        }
    }
    wrong
}

/// The lines of a step at which lint misses a permission.
fn scope_errors(step: &str) -> HashSet<usize> {
    let Err(report) = wizard(HEAD, &[("step.toml", step)]) else { return HashSet::new() };
    let found = report.diagnostics().iter().filter(|each| each.title.contains("is known to suffice"));
    found.filter_map(|each| report.place(each)).map(|(line, _)| line).collect()
}

#[test]
fn every_path_of_graph_is_known_and_what_nobody_declared_is_empty_or_new() {
    let mut asked = Asked::new(CONTOSO);
    let (mut lists, mut objects, mut lacking) = (0, 0, 0);
    for (_, path) in known_requests().iter().filter(|(method, _)| method == "GET") {
        let target = path.replacen("/users/{id}", "/users/bob-id", 1).replace("{id}", "x1");
        let place = graph().place_of(path).unwrap();
        if matches!(place.end, End::Action) {
            continue;
        }
        let needed = contract::needed("GET", &place, &[]);
        let needed =
            needed.iter().filter_map(|need| need.first()).flat_map(|each| each.with.iter().chain([&each.scope]));
        asked.sign_in(&["Any.Read"].iter().chain(needed).map(|scope| (*scope).to_owned()).collect::<Vec<_>>());
        let answer = asked.get(&format!("/v1.0{target}"));
        let (body, of) = (answer.json(), place.of);
        match answer.status {
            200 if body["value"].is_array() => lists += 1,
            200 | 204 => objects += 1,
            404 => {}
            400 if body["error"]["code"] == "practiceTenant" => lacking += 1,
            400 if path.contains("roleeligibility") || path.ends_with("/$count") => {}
            status => panic!("{path} {of:?}: {status} {body}"),
        }
    }
    assert!(lists > 350 && objects > 80 && lacking < 220, "{lists} {objects} {lacking}");
    asked.sign_in(&contract::scopes().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(asked.get("/v1.0/deviceManagement/deviceConfigurations").json()["value"], json!([]));
    assert_eq!(asked.get("/v1.0/deviceManagement/deviceConfigurations/$count").body, b"0");
    assert_eq!(
        asked.get("/v1.0/deviceManagement/deviceConfigurations/x").json()["error"]["code"],
        "Request_ResourceNotFound"
    );
    assert_eq!(asked.get("/v1.0/policies/crossTenantAccessPolicy").json()["id"], "crossTenantAccessPolicy");
    assert_eq!(asked.get("/v1.0/users/nobody/contacts").status, 404);
}

#[test]
fn what_the_practice_tenant_lacks_it_says_as_itself() {
    let mut asked = Asked::new(CONTOSO);
    for target in ["/v1.0/users/bob-id/sendMail", "/v1.0/groups/inner-id/renew"] {
        asked.sign_in(&contract::scopes().map(str::to_owned).collect::<Vec<_>>());
        let why = asked.refused("POST", target, &json!({}), 400);
        assert!(why.starts_with("The practice tenant does not carry out `"), "{why}");
    }
}

#[test]
fn a_link_is_no_object_and_a_write_behind_it_hits_the_object() {
    let mut asked = Asked::new(CONTOSO);
    let before = asked.tenant.canonical();
    let app = asked.send("POST", "/v1.0/applications", &json!({"displayName": "A"})).json();
    let owners = format!("/v1.0/applications/{}/owners", app["id"].as_str().unwrap());
    let ann = json!({"@odata.id": "https://graph.microsoft.com/v1.0/users/ann@contoso.example"});
    assert_eq!(asked.get(&owners).json()["value"], json!([]));
    assert_eq!(asked.send("POST", &format!("{owners}/$ref"), &ann).status, 204);
    assert_eq!(asked.send("POST", &format!("{owners}/$ref"), &ann).status, 400);
    let nobody = json!({"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/nobody"});
    assert_eq!(asked.send("POST", &format!("{owners}/$ref"), &nobody).status, 404);
    let listed = asked.get(&owners).json();
    assert_eq!(listed["value"][0]["@odata.type"], "#microsoft.graph.user");
    assert_eq!(listed["value"][0]["displayName"], "Ann");
    assert_eq!(asked.send("DELETE", &format!("{owners}/ann-id/$ref"), &Value::Null).status, 204);
    assert_eq!(asked.get(&owners).json()["value"], json!([]));
    assert_eq!(asked.get("/v1.0/users/ann-id").status, 200);
    let gone = asked.send("DELETE", &format!("/v1.0/applications/{}", app["id"].as_str().unwrap()), &Value::Null);
    assert_eq!((gone.status, asked.get(&owners).status), (204, 404));
    assert_eq!(asked.tenant.canonical(), before);

    let manager = "/v1.0/users/bob-id/manager";
    assert_eq!(asked.get(manager).status, 404);
    assert_eq!(asked.send("PUT", &format!("{manager}/$ref"), &ann).status, 204);
    assert_eq!(asked.get(&format!("{manager}?$select=id")).json()["id"], "ann-id");
    assert_eq!(
        asked.get("/v1.0/users/bob-id?$select=id&$expand=manager($select=id)").json()["manager"]["id"],
        "ann-id"
    );
    assert_eq!(asked.send("DELETE", &format!("{manager}/$ref"), &Value::Null).status, 204);
    assert_eq!(asked.get(manager).status, 404);

    let group = json!({"displayName": "G", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true,
        "members@odata.bind": ["https://graph.microsoft.com/v1.0/directoryObjects/eve-id"]});
    let group = asked.send("POST", "/v1.0/groups", &group).json();
    let members = format!("/v1.0/groups/{}/members", group["id"].as_str().unwrap());
    assert_eq!(asked.get(&members).json()["value"][0]["id"], "eve-id");
    assert_eq!(asked.get("/v1.0/directoryObjects/eve-id").json()["@odata.type"], "#microsoft.graph.user");
    // Without `/$ref` the account itself is deleted.
    assert_eq!(asked.send("DELETE", "/v1.0/groups/inner-id/members/eve-id", &Value::Null).status, 204);
    assert_eq!(asked.get("/v1.0/users/eve-id").status, 404);
    assert_eq!(asked.get("/v1.0/directory/deletedItems/microsoft.graph.user").json()["value"][0]["id"], "eve-id");
    assert_eq!(asked.get("/v1.0/directory/deletedItems/microsoft.graph.group").json()["value"], json!([]));
}

#[test]
fn a_seed_is_held_against_the_contract() {
    let refused = |text: &str| format!("{:#}", Seed::parse("tenant.toml", text).unwrap_err());
    for (text, words) in [
        ("[objects.\"/v1.0/policies/authorizationPolicy\"]\nallowedToUseSSPR = \"maybe\"", "'allowedToUseSSPR': bool"),
        ("[objects.\"/v1.0/policies/authorizationPolicy\"]\nvalue = []", "this path is no list"),
        (
            "[objects.\"/v1.0/identity/conditionalAccess/policies\"]\nvalue = [{ stat = \"enabled\" }]",
            "The property 'stat'",
        ),
        ("[objects.\"/v1.0/applications/x/owners\"]\nvalue = []", "Resource 'x' does not exist"),
    ] {
        let said = refused(text);
        assert!(said.starts_with("tenant.toml:1:10: ") && said.contains(words), "{said}");
    }
    let mut asked = Asked::new(
        "[objects.\"/v1.0/directory/deletedItems\"]\nvalue = [{ \"@odata.type\" = \"#microsoft.graph.user\", id = \"old-id\", displayName = \"Old\", userPrincipalName = \"old@practice.example\" }]\n",
    );
    assert_eq!(asked.send("POST", "/v1.0/directory/deletedItems/old-id/restore", &json!({})).status, 200);
    assert_eq!(asked.get("/v1.0/users/old@practice.example").json()["displayName"], "Old");
}

#[test]
fn credentials_licenses_and_domains_have_their_calls() {
    let mut asked = Asked::new(CONTOSO);
    let app = asked.send("POST", "/v1.0/applications", &json!({"displayName": "A"})).json();
    let path = format!("/v1.0/applications/{}", app["id"].as_str().unwrap());
    let made =
        asked.send("POST", &format!("{path}/addPassword"), &json!({"passwordCredential": {"displayName": "s"}})).json();
    assert!(made["secretText"].as_str().is_some_and(|secret| secret.len() > 20), "{made}");
    let kept = asked.get(&path).json();
    assert_eq!(
        (&kept["passwordCredentials"][0]["displayName"], &kept["passwordCredentials"][0]["secretText"]),
        (&json!("s"), &json!(null))
    );
    let key = json!({"keyId": made["keyId"]});
    assert_eq!(asked.send("POST", &format!("{path}/removePassword"), &key).status, 204);
    assert_eq!(asked.send("POST", &format!("{path}/removePassword"), &key).status, 400);
    let sku = asked.get("/v1.0/subscribedSkus").json()["value"][0]["skuId"].clone();
    let license = json!({"addLicenses": [{"skuId": sku}], "removeLicenses": []});
    let assign = "/v1.0/users/bob-id/assignLicense";
    assert_eq!(asked.send("POST", assign, &license).status, 400, "without a usage location");
    assert_eq!(asked.send("PATCH", "/v1.0/users/bob-id", &json!({"usageLocation": "DE"})).status, 204);
    assert_eq!(asked.send("POST", assign, &license).status, 200);
    assert_eq!(asked.get("/v1.0/users/bob-id?$select=assignedLicenses").json()["assignedLicenses"][0]["skuId"], sku);
    assert_eq!(asked.send("POST", "/v1.0/domains/contoso.example/verify", &json!({})).json()["isVerified"], true);
}

/// The same over the network, for a few of each kind.
#[test]
fn over_http_it_is_the_same() {
    let practice = Practice::new(CONTOSO);
    assert_eq!(practice.get("/v1.0/groups/inner-id/owners").body["value"], json!([]));
    let refused = practice.send("DELETE", POLICY, &Value::Null);
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, PATCH"));
    assert_eq!(practice.send("PATCH", POLICY, &json!({"allowedToUseSSPR": "maybe"})).status, 400);
    assert_eq!(practice.get("/beta/me").code(), "practiceTenant");
}
