//! The contract: what it says of paths, types and permissions, what it costs, and who has to unpack it.

use std::io::BufRead as _;
use std::time::Duration;

use fixforme::contract::{self, End, Type, graph};
use fixforme::wizard::{Wizard, WizardSource, builtin};
use fs_err as fs;

use crate::support::program::exe;
use crate::support::sandbox::{CONTOSO, Sandbox, Served, copy_program, project};
use crate::support::wizards::{folder, said};

#[test]
fn a_path_leads_through_roots_keys_casts_navigations_and_operations() {
    for (path, plain, of) in [
        ("/v1.0/users", "/users", "user"),
        ("/v1.0/USERS/ann@contoso.example", "/users/{id}", "user"),
        ("/v1.0/users('ann')/mobilePhone", "/users/{id}/mobilephone", "string"),
        ("/v1.0/me/memberOf/microsoft.graph.group", "/users/{id}/memberof", "group"),
        (
            "/v1.0/groups/{id}/microsoft.graph.group/members/{id}/$ref",
            "/groups/{id}/members/{id}/$ref",
            "directoryObject",
        ),
        ("/v1.0/applications(appId='x')/addPassword", "/applications/{id}/addpassword", "passwordCredential"),
        ("/v1.0/applications/{id}/microsoft.graph.addPassword", "/applications/{id}/addpassword", "passwordCredential"),
        ("/v1.0/directory/deletedItems/microsoft.graph.user", "/directory/deleteditems", "user"),
        ("/v1.0/policies/authorizationPolicy", "/policies/authorizationpolicy", "authorizationPolicy"),
    ] {
        let place = graph().place_of(path).unwrap_or_else(|no| panic!("{path}: {no:?}"));
        assert_eq!(place.plain, plain, "{path}");
        assert_eq!(place.of.unwrap().name, of, "{path}");
    }
    for path in ["/v1.0/user", "/v1.0/users/{id}/x", "/v1.0/policies/{id}", "/v1.0/users/microsoft.graph.group", "/"] {
        assert!(graph().place_of(path).is_err(), "{path}");
    }
}

#[test]
fn a_write_that_would_hit_the_object_behind_a_link_is_told_from_one_on_the_link() {
    for (path, through) in [
        ("/v1.0/groups/{id}/members/{id}", Some("members")),
        ("/v1.0/users/{id}/manager", Some("manager")),
        ("/v1.0/groups/{id}/members/{id}/microsoft.graph.user", Some("members")),
        ("/v1.0/groups/{id}/members/{id}/$ref", None),
        ("/v1.0/users/{id}/manager/$ref", None),
        ("/v1.0/users/{id}", None),
        ("/v1.0/users/{id}/authentication/phoneMethods/{id}", None),
        ("/v1.0/organization/{id}/certificateBasedAuthConfiguration/{id}", None),
    ] {
        let place = graph().place_of(path).unwrap();
        assert_eq!(place.through.map(|member| member.name), through, "{path}");
    }
}

#[test]
fn lint_demands_the_link_where_a_write_would_hit_what_stands_behind_it() {
    let group = "b2e2a1d4-0001-4c1e-8a55-6d0f1a2b3c01";
    let head = "title = \"Members\"\nwhy = \"Lab.\"\nscopes = { check = [\"Group.Read.All\"], fix = [\"GroupMember.ReadWrite.All\"] }\n";
    let action = |http: &str, undo: &str| {
        format!("kind = \"actions\"\n{head}[[write]]\nid = \"it\"\nhttp = \"{http}\"\nundo = {{ http = \"{undo}\" }}\n")
    };
    let member = format!("/v1.0/groups/{group}/members/{{{{ tenant.id }}}}");
    let add = format!("POST /v1.0/groups/{group}/members/$ref");
    let whole = said(&action(&format!("DELETE {member}/$ref"), &add));
    assert!(!whole.contains("error"), "{whole}");
    let deletes = "this would delete what `members` leads to, not the link to it";
    for (what, step) in [
        ("the action", action(&format!("DELETE {member}"), &add)),
        ("its undo", action(&add, &format!("DELETE {member}"))),
        ("through a cast", action(&format!("DELETE {member}/microsoft.graph.user"), &add)),
        (
            "a derived removal",
            format!(
                "kind = \"setting\"\n{head}[[object]]\nid = \"it\"\nget = \"{member}\"\nfields = [\"id\"]\nmanaged = [\"id\"]\n\
                 want = \"'absent'\"\ndesired = {{ id = \"tenant.id\" }}\ncreate = {{ http = \"{add}\" }}\n"
            ),
        ),
    ] {
        let said = said(&step);
        assert!(said.contains(deletes) && said.contains("end the path with `/$ref`"), "{what}: {said}");
    }
}

/// A setting of a policy, with what is wanted of it.
fn policy(fields: &str, desired: &str) -> String {
    format!(
        "kind = \"setting\"\ntitle = \"Policy\"\nwhy = \"Lab.\"\nscopes = {{ check = [\"Policy.Read.All\"], fix = [\"Policy.ReadWrite.Authorization\"] }}\n\
         [[object]]\nid = \"policy\"\nget = \"/v1.0/policies/authorizationPolicy\"\nfields = [{fields}]\nmanaged = [{fields}]\ndesired = {{ {desired} }}\n"
    )
}

/// An action, and what it needs.
fn action(scope: &str, http: &str, body: &str) -> String {
    format!(
        "kind = \"actions\"\ntitle = \"Action\"\nwhy = \"Lab.\"\nscopes = {{ fix = {scope} }}\n\
         [[write]]\nid = \"it\"\nhttp = \"{http}\"\nbody = {body}\nirreversible = \"for a test\"\n"
    )
}

fn read(get: &str, fields: &str, query: &str) -> String {
    format!(
        "kind = \"query\"\ntitle = \"Q\"\nwhy = \"Lab.\"\nscopes = {{ check = [\"User.Read.All\"] }}\nok_when = \"reads.it.status == 200\"\n\
         [[read]]\nid = \"it\"\nget = \"{get}\"\nquery = {{ {query} }}\nfields = [{fields}]\n"
    )
}

#[test]
fn what_graph_would_refuse_is_said_before_anybody_signs_in() {
    let access = "[\"Policy.ReadWrite.ConditionalAccess\", \"Policy.Read.All\"]";
    let consent = "[\"Policy.ReadWrite.ConsentRequest\"]";
    let policies = "POST /v1.0/identity/conditionalAccess/policies";
    for (step, words) in [
        // Types, at any depth, of objects and of bodies.
        (
            policy("\"allowedToUseSSPR\"", "allowedToUseSSPR = \"'maybe'\""),
            &["`allowedToUseSSPR` is true or false, not the text `maybe`"][..],
        ),
        (
            policy(
                "\"defaultUserRolePermissions.allowedToCreateApps\"",
                "\"defaultUserRolePermissions.allowedToCreateApps\" = \"'no'\"",
            ),
            &["`allowedToCreateApps` is true or false, not the text `no`"],
        ),
        (policy("\"guestUserRoleId\"", "guestUserRoleId = \"'guest'\""), &["`guestUserRoleId` is an id (GUID)"]),
        // Enumerations.
        (
            policy("\"allowInvitesFrom\"", "allowInvitesFrom = \"'everybody'\""),
            &["`allowInvitesFrom` is one of `none`, `adminsAndGuestInviters`", "did you mean `everyone`?"],
        ),
        (
            action(access, policies, "{ displayName = \"A\", state = \"AAA\" }"),
            &["`state` is one of `enabled`, `disabled`, `enabledForReportingButNotEnforced`, not `AAA`"],
        ),
        // Names, nested ones too.
        (
            policy("\"allowInviteFrom\"", "allowInviteFrom = \"'none'\""),
            &["`authorizationPolicy` has no `allowInviteFrom`", "did you mean `allowInvitesFrom`?"],
        ),
        (
            action(access, policies, "{ displayName = \"A\", conditions = { users = { includeUser = [\"All\"] } } }"),
            &["`conditionalAccessUsers` has no `includeUser`", "did you mean `includeUsers`?"],
        ),
        (
            read("/v1.0/users", "\"id\"", "\"$select\" = \"id,displayNam\""),
            &["`user` has no `displayNam`", "did you mean `displayName`?"],
        ),
        (
            read("/v1.0/users", "\"id\"", "\"$filter\" = \"accountEnable eq true and userType eq 'Member'\""),
            &["`user` has no `accountEnable`"],
        ),
        // Read-only.
        (
            action(
                "[\"User.ReadWrite.All\"]",
                "PATCH /v1.0/users/{{ account.id }}",
                "{ createdDateTime = \"2027-01-01T00:00:00Z\" }",
            ),
            &["`createdDateTime` is read-only"],
        ),
        // Verbs and paths.
        (
            action(consent, "PATCH /v1.0/policies/adminConsentRequestPolicy", "{ isEnabled = true }"),
            &["Graph v1.0 takes no PATCH at this path", "it takes GET, PUT"],
        ),
        (
            action(consent, "PUT /v1.0/policies/adminConsentRequestPolicies", "{ isEnabled = true }"),
            &[
                "no such path in Graph v1.0: `policyRoot` has no `adminConsentRequestPolicies`",
                "did you mean `adminConsentRequestPolicy`?",
            ],
        ),
        (read("/v1.0/user", "\"id\"", ""), &["nothing begins with `/user`", "did you mean `users`?"]),
    ] {
        let said = said(&step);
        for words in words {
            assert!(said.contains(words) && said.contains("^"), "{words}\n{step}\n{said}");
        }
    }
    for right in [
        policy("\"allowInvitesFrom\"", "allowInvitesFrom = \"'none' if account.id == 'x' else 'everyone'\""),
        action(
            access,
            policies,
            "{ displayName = \"A\", state = \"disabled\", conditions = { users = { includeUsers = [\"All\"] } } }",
        ),
        read(
            "/v1.0/users",
            "\"id\"",
            "\"$filter\" = \"assignedLicenses/any(l:l/skuId eq {{ account.id }}) and startswith(displayName,'and')\"",
        ),
        read("/v1.0/users", "\"id\", \"signInActivity.lastSignInDateTime\"", "\"$select\" = \"id,signInActivity\"")
            .replace("[\"User.Read.All\"]", "[\"User.Read.All\", \"AuditLog.Read.All\"]"),
    ] {
        let said = said(&right);
        assert!(!said.contains("error") && !said.contains("no request of this step"), "{right}\n{said}");
    }
}

#[test]
fn properties_are_known_at_any_depth_with_their_types() {
    let of = graph().place_of("/v1.0/policies/authorizationPolicy").unwrap().of.unwrap();
    let member = graph().field(of, &["defaultUserRolePermissions", "ALLOWEDTOCREATEAPPS"]).unwrap().unwrap();
    assert_eq!((member.name, member.of.name, member.of.is_list), ("allowedToCreateApps", "bool", false));
    let misnamed = graph().field(of, &["allowInviteFrom"]).unwrap_err();
    assert!(misnamed.known.contains(&"allowInvitesFrom"), "{misnamed:?}");
    let (values, several) = graph().values("allowInvitesFrom").unwrap();
    assert!(values.contains(&"everyone") && !several);
    let user = graph().member("user", "signInActivity").unwrap();
    assert!(user.is_read_only());
    // What an answer holds may be of a derived type.
    let config = "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}";
    let of = graph().place_of(config).unwrap().of.unwrap();
    assert!(graph().field(of, &["includeTargets", "id"]).unwrap().is_some());
}

#[test]
fn permissions_suffice_alone_or_together() {
    let enough = |method: &str, path: &str, keys: &[&str], scopes: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let needs = contract::needed(method, &graph().place_of(path).unwrap(), &keys);
        assert!(!needs.is_empty(), "{method} {path}");
        needs.iter().all(|need| contract::granted(need, scopes).is_ok())
    };
    let policies = "/v1.0/identity/conditionalAccess/policies";
    assert!(!enough("POST", policies, &[], &["Policy.ReadWrite.ConditionalAccess"]));
    assert!(enough("POST", policies, &[], &["Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"]));
    assert!(enough("GET", "/v1.0/groups", &[], &["group.readbasic.all"]));
    assert!(enough("PATCH", "/v1.0/users/{id}", &["otherMails"], &["User-Mail.ReadWrite.All"]));
    assert!(!enough("PATCH", "/v1.0/users/{id}", &["otherMails", "mobilePhone"], &["User-Mail.ReadWrite.All"]));
    assert!(!enough("PATCH", "/v1.0/users/{id}", &["displayName"], &["User-Mail.ReadWrite.All"]));
    assert!(enough("POST", "/v1.0/groups/{id}/members/$ref", &[], &["GroupMember.ReadWrite.All"]));
    assert_eq!(contract::roles::name("62E90394-69f5-4237-9190-012177145e10"), Some("Global Administrator"));
}

/// What is shipped is not held against the contract when it is loaded, so that a check need not unpack it.
#[test]
fn shipped_wizards_and_those_of_the_lab_agree_with_the_contract() {
    for shipped in builtin::shipped() {
        let files = shipped.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let (_, report) = Wizard::from_files(WizardSource::Folder(shipped.id.into()), files)
            .unwrap_or_else(|report| panic!("{report}"));
        assert!(report.is_empty(), "{report}");
    }
    let (_, report) = Wizard::from_files(WizardSource::Folder("example".into()), folder("tests/lab/example")).unwrap();
    assert!(report.is_empty(), "{report}");
}

const WRITING: [&str; 4] = ["POST", "PATCH", "PUT", "DELETE"];

fn is_type(name: &str) -> bool {
    graph().type_named(name) == Some(name)
}

fn is_action(of: &str, name: &str) -> bool {
    let types = fs::read_to_string(project("src/contract/types.txt")).unwrap();
    let bound = graph().line_of(of).into_iter().flat_map(|of| [format!("action {of} "), format!("action [{of}] ")]);
    bound.into_iter().any(|bound| types.lines().any(|line| line.starts_with(&format!("{bound}{name}("))))
}

/// Why a line `ordinary` says what the contract does not know.
fn misfits(methods: &str, target: &str, keys: &str) -> impl Iterator<Item = String> {
    let mut wrong: Vec<String> = methods
        .split(',')
        .filter(|method| !WRITING.contains(method))
        .map(|method| format!("no method {method}"))
        .collect();
    let (target, is_link) = target.strip_suffix("/$ref").map_or((target, false), |target| (target, true));
    let (of, member) = target.split_once('/').map_or((target, None), |(of, member)| (of, member.split('(').next()));
    let found = member.and_then(|member| graph().member(of, member));
    let fits = match (member, found) {
        (None, _) => !is_link,
        (Some(_), Some(found)) => found.is_navigation && (!is_link || found.is_reference()),
        (Some(member), None) => is_action(of, member) && !is_link && methods == "POST",
    };
    if !is_type(of) || !fits {
        wrong.push(format!("nothing is called {target}"));
    }
    let body = if member.is_none() { Some(of) } else { found.map(|found| found.of.name) };
    for key in keys.split(' ').filter(|key| !key.is_empty()) {
        let (names, values) = key.split_once('=').unwrap_or((key, ""));
        let Some(body) = body.filter(|_| !is_link) else { continue };
        let names: Vec<&str> = names.split('.').collect();
        let at = Type { name: graph().type_named(body).unwrap_or("any"), is_list: false };
        match graph().field(at, &names) {
            Ok(Some(member)) => {
                let known = graph().values(member.of.name).map(|(known, _)| known);
                let known = known.or((member.of.name == "bool").then(|| vec!["true", "false"]));
                let unknown = values.split('|').filter(|value| !value.is_empty() && *value != "[]");
                let unknown = unknown.filter(|value| known.as_ref().is_some_and(|known| !known.contains(value)));
                wrong.extend(unknown.map(|value| format!("no value {value} of {key}")));
            }
            _ => wrong.push(format!("no {key} in {body}")),
        }
    }
    wrong.into_iter()
}

#[test]
fn every_line_of_the_overlay_has_a_source_and_names_what_there_is() {
    let text = fs::read_to_string(project("src/contract/overlay.txt")).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("role ")) {
        let Some((fact, _)) = line.split_once(" ; ") else {
            wrong.push(format!("no source: {line}"));
            continue;
        };
        let (subject, told) = fact.split_once(" : ").unwrap_or((fact, ""));
        let words: Vec<&str> = subject.split(' ').collect();
        let listed = || told.split([' ', '&', '|']).filter(|word| !word.is_empty());
        match words.as_slice() {
            ["grant" | "grant!" | "uses", _, path] => {
                if graph().place_of(path).is_err() {
                    wrong.push(format!("no such path: {line}"));
                }
                wrong.extend(
                    listed()
                        .filter(|scope| !contract::scopes().any(|known| known == *scope))
                        .map(|scope| format!("no scope {scope}: {line}")),
                );
            }
            ["roles", _, path] => {
                if graph().place_of(path.trim_end_matches("/**")).is_err() {
                    wrong.push(format!("no such path: {line}"));
                }
                wrong.extend(
                    told.split(", ")
                        .filter(|role| contract::roles::template_id(role).is_none())
                        .map(|role| format!("no role {role}: {line}")),
                );
            }
            ["covers" | "read-only" | "creates" | "requires", .., of] => {
                wrong.extend(
                    listed()
                        .filter(|name| graph().member(of, name).is_none())
                        .map(|name| format!("no {name} in {of}: {line}")),
                );
            }
            ["owns", of, name] => {
                if !graph().member(of, name).is_some_and(|member| member.is_reference()) {
                    wrong.push(format!("nothing to say: {line}"));
                }
            }
            ["ordinary", methods, target] => {
                wrong.extend(misfits(methods, target, told).map(|why| format!("{why}: {line}")))
            }
            ["takeover", methods, targets @ ..] => {
                let known = |target: &&&str| match target.split_once(['/', '.']) {
                    None => is_type(target),
                    Some((of, name)) => is_type(of) && (graph().member(of, name).is_some() || is_action(of, name)),
                };
                wrong.extend(
                    targets.iter().filter(|target| !known(target)).map(|target| format!("no {target}: {line}")),
                );
                if told.is_empty() || !methods.split(',').all(|method| method == "*" || WRITING.contains(&method)) {
                    wrong.push(format!("not understood: {line}"));
                }
            }
            ["everybody", path] if graph().place_of(path).is_ok() => {}
            _ => wrong.push(format!("not understood: {line}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(matches!(graph().place_of("/v1.0/users/{id}/revokeSignInSessions").unwrap().end, End::Action));
}

/// Where the packed contract lies in the program.
fn packed(program: &[u8]) -> std::ops::Range<usize> {
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/contract.gz"));
    let mut rest = program;
    while let Ok(1..) = rest.skip_until(packed[0]) {
        let at = program.len() - rest.len() - 1;
        if program[at..].starts_with(packed) {
            return at..at + packed.len();
        }
    }
    panic!("the program does not hold the contract");
}

/// Proved by a program whose contract is broken: what does not need it goes on as before.
#[test]
fn the_contract_is_small_and_the_check_of_a_shipped_wizard_does_not_unpack_it() {
    let mut program = fs::read(exe()).unwrap();
    let place = packed(&program);
    assert!(place.len() <= 300 * 1024, "the contract takes {} bytes of the program: at most 300 KiB", place.len());
    program[place.clone()][64..].fill(0);
    let sandbox = Sandbox::new();
    let broken = sandbox.folder.path().join("broken");
    copy_program(&exe(), &broken);
    fs::write(&broken, program).unwrap();
    let tenant = Served::start(CONTOSO, &[]);
    let run = |args: &[&str]| {
        let mut command = sandbox.command_of(&broken, args);
        command.env("FIXFORME_ACCESS_TOKEN", tenant.token());
        crate::support::sandbox::Ran::of(command.output().unwrap())
    };
    let _ = run(&["--version"]).exits(0);
    let _ = run(&["list"]).exits(0);
    let root = tenant.server.root();
    let checked = run(&["check", "sspr-admins", "--set", "goal=enable", "--graph-root", &root]);
    assert!(checked.code == 3, "{} {}", checked.stdout, checked.stderr);
}

/// The first who asks pays for it: at most 40 ms of CPU in a release build, about ten times as much without optimization.
#[test]
fn the_contract_is_unpacked_quickly() {
    let before = std::time::Instant::now();
    assert!(graph().type_named("user").is_some());
    let took = before.elapsed();
    let most = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 40 });
    assert!(took < most, "{took:?}");
}
