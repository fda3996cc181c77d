//! Who belongs to what: groups with groups inside, directory roles and their members.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::permission::denied;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::roles::GLOBAL_ADMIN;
use crate::practice::facts::schema;
use crate::practice::memberships::{groups_of, members_of};
use crate::practice::object::{Object, guid, text};
use crate::practice::state::State;

/// Answers `/groups/{id}/members` and `/groups/{id}/transitiveMembers`, with or without a type at the end.
pub fn group_members(
    state: &State,
    call: &Call<'_>,
    group: &str,
    transitive: bool,
    cast: Option<&str>,
) -> Result<Reply, Refusal> {
    let found = state.store.groups.find(group).and_then(|item| item.at(call.now));
    let first = found.ok_or_else(|| Refusal::not_found(group))?;
    let mut seen = HashSet::new();
    let mut open: VecDeque<String> = members_of(first).map(str::to_owned).collect();
    let mut members = Vec::new();
    while let Some(id) = open.pop_front() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let Some((kind, item)) = state.store.principal(&id) else { continue };
        let Some(member) = item.at(call.now) else { continue };
        if transitive && kind == "#microsoft.graph.group" {
            open.extend(members_of(member).map(str::to_owned));
        }
        members.push((kind, Arc::clone(member)));
    }
    principals(state, call, members, cast)
}

/// Answers a list of directory objects of several types.
fn principals(
    state: &State,
    call: &Call<'_>,
    members: Vec<(&'static str, Arc<Object>)>,
    cast: Option<&str>,
) -> Result<Reply, Refusal> {
    let wanted = cast.map(|cast| format!("#{cast}"));
    let members =
        members.into_iter().filter(|(kind, _)| wanted.as_ref().is_none_or(|cast| kind.eq_ignore_ascii_case(cast)));
    let typed = members.map(|(kind, member)| {
        let mut object = Object::with_capacity(member.len() + 1);
        object.insert("@odata.type".to_owned(), json!(kind));
        object.extend(member.as_ref().clone());
        object
    });
    let schema = match cast {
        Some("microsoft.graph.group") => schema::of("/groups"),
        Some("microsoft.graph.serviceprincipal") => schema::of("/serviceprincipals"),
        _ => Some(&schema::USER),
    };
    state.list(call, schema, "directoryObjects", typed.collect())
}

/// Answers `/users/{id}/memberOf` and `/users/{id}/transitiveMemberOf`.
pub fn member_of(
    state: &State,
    call: &Call<'_>,
    user: &str,
    transitive: bool,
    cast: Option<&str>,
) -> Result<Reply, Refusal> {
    let now = call.now;
    let found = state.store.users.find(user).and_then(|item| item.at(now));
    let id = text(found.ok_or_else(|| Refusal::not_found(user))?, "id");
    let groups = groups_of(&state.store, &id, transitive, &|item| item.at(now).cloned());
    let mut holders: HashSet<String> = HashSet::from([id]);
    if transitive {
        holders.extend(groups.iter().map(|group| text(group, "id")));
    }
    let held = assignments(state, call).filter(|one| holders.contains(&text(one, "principalId")));
    let held: HashSet<String> = held.map(|one| text(one, "roleDefinitionId")).collect();
    let mut answer: Vec<Object> = Vec::new();
    for role in active_roles(state, call) {
        if held.contains(&text(&role, "roleTemplateId")) {
            let mut typed = Object::new();
            typed.insert("@odata.type".to_owned(), json!("#microsoft.graph.directoryRole"));
            typed.extend(role);
            answer.push(typed);
        }
    }
    for group in groups {
        let mut typed = Object::new();
        typed.insert("@odata.type".to_owned(), json!("#microsoft.graph.group"));
        typed.extend(group.as_ref().clone());
        answer.push(typed);
    }
    if let Some(cast) = cast {
        let wanted = format!("#{cast}");
        answer.retain(|object| text(object, "@odata.type").eq_ignore_ascii_case(&wanted));
    }
    let schema = match cast {
        Some("microsoft.graph.directoryrole") => schema::of("/directoryroles"),
        Some("microsoft.graph.group") => schema::of("/groups"),
        _ => None,
    };
    state.list(call, schema, "directoryObjects", answer)
}

/// Lists the directory roles that are activated: those that somebody holds for the whole tenant, and the highest.
pub fn active_roles(state: &State, call: &Call<'_>) -> Vec<Object> {
    let definitions = state.store.others.get("/rolemanagement/directory/roledefinitions");
    let held: HashSet<String> = assignments(state, call).map(|one| text(one, "roleDefinitionId")).collect();
    let definitions = definitions.into_iter().flat_map(|all| all.visible_from(0, call.now));
    let active = definitions.map(|(_, role)| role).filter(|role| {
        let id = text(role, "id");
        id == GLOBAL_ADMIN || held.contains(&id)
    });
    let roles = active.map(|role| {
        let id = text(role, "id");
        let role = json!({
            "id": guid(&format!("{} {id}", state.organization)),
            "displayName": role.get("displayName"),
            "description": role.get("description").cloned().unwrap_or_else(|| json!(format!("Practice role {}", text(role, "displayName")))),
            "roleTemplateId": id,
        });
        role.as_object().cloned().unwrap_or_default()
    });
    roles.collect()
}

fn assignments<'a>(state: &'a State, call: &Call<'_>) -> impl Iterator<Item = &'a Arc<Object>> {
    let visible = state.store.role_assignments.visible_from(0, call.now).map(|(_, one)| one);
    visible.filter(|one| one.get("directoryScopeId").is_none_or(|scope| scope == "/"))
}

fn holders_of(state: &State, call: &Call<'_>, role: &str) -> Vec<String> {
    let of_role = assignments(state, call).filter(|one| one.get("roleDefinitionId").is_some_and(|id| id == role));
    of_role.map(|one| text(one, "principalId")).collect()
}

/// Answers `/directoryRoles`, one of them, or its members. A role is addressed by its id in this tenant, or as
/// `roleTemplateId=…`.
pub fn directory_roles(state: &State, call: &Call<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    let schema = schema::of("/directoryroles");
    let roles = active_roles(state, call);
    let Some((key, rest)) = rest.split_first() else { return state.list(call, schema, "directoryRoles", roles) };
    let is_it = |role: &&Object| {
        let template = format!("roletemplateid={}", text(role, "roleTemplateId"));
        *key == text(role, "id") || *key == template
    };
    let role = roles.iter().find(is_it).ok_or_else(|| Refusal::not_found(key))?;
    match rest {
        [] => state.entity(call, schema, "directoryRoles", role),
        ["members"] | ["members", _] => {
            let holders = holders_of(state, call, &text(role, "roleTemplateId"));
            let found = holders.iter().filter_map(|id| {
                let (kind, item) = state.store.principal(id)?;
                Some((kind, Arc::clone(item.at(call.now)?)))
            });
            principals(state, call, found.collect(), rest.get(1).copied())
        }
        _ => Err(Refusal::no_such_path(&call.address.path())),
    }
}

/// Answers `POST /roleManagement/directory/roleAssignments`.
pub fn assign(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let (role, principal) = (text(&body, "roleDefinitionId"), text(&body, "principalId"));
    let scope = body.get("directoryScopeId").and_then(Value::as_str).unwrap_or("/").to_owned();
    let definitions = state.store.collection("/rolemanagement/directory/roledefinitions");
    if definitions.and_then(|all| all.find(&role)).is_none() {
        return Err(Refusal::value(format!("The role definition '{role}' does not exist.")));
    }
    if state.store.principal(&principal).and_then(|(_, item)| item.newest()).is_none() {
        return Err(Refusal::not_found(&principal));
    }
    let same = |one: &&Arc<Object>| {
        text(one, "principalId") == principal
            && text(one, "roleDefinitionId") == role
            && text(one, "directoryScopeId") == scope
    };
    if state.store.role_assignments.newest().any(|one| same(&one)) {
        return Err(Refusal::value(
            "A conflicting object with one or more of the specified property values is present in the directory.",
        ));
    }
    let id = state.new_id();
    let made = json!({"id": id, "principalId": principal, "directoryScopeId": scope, "roleDefinitionId": role});
    let made = made.as_object().cloned().unwrap_or_default();
    let lag = state.store.lag;
    state.store.role_assignments.create(call.now, lag, made.clone(), &[&id]);
    Ok(Reply::entity(201, call.context("roleManagement/directory/roleAssignments/$entity"), made))
}

/// Answers `POST /groups/{id}/members/$ref` and `DELETE /groups/{id}/members/{member}/$ref`.
pub fn change_members(state: &mut State, call: &Call<'_>, group: &str) -> Result<Reply, Refusal> {
    let found = state.store.groups.find(group).and_then(|item| item.newest()).cloned();
    let mut found = found.ok_or_else(|| Refusal::not_found(group))?.as_ref().clone();
    let role_assignable = found.get("isAssignableToRole").and_then(Value::as_bool).unwrap_or(false);
    if role_assignable && !call.caller.has_any(&["RoleManagement.ReadWrite.Directory"]) {
        return Err(denied(call.address, "members of a role-assignable group need RoleManagement.ReadWrite.Directory"));
    }
    let rest: Vec<&str> = call.address.lower.iter().skip(3).map(String::as_str).collect();
    let mut members: Vec<Value> = members_of(&found).map(|member| json!(member)).collect();
    match (call.method, rest.as_slice()) {
        ("POST", ["$ref"]) => {
            let link = text(&call.body()?, "@odata.id");
            let wanted = link.rsplit('/').next().unwrap_or_default();
            let member = state.store.principal(wanted).and_then(|(_, item)| item.newest());
            let member = text(member.ok_or_else(|| Refusal::not_found(wanted))?, "id");
            if members.iter().any(|one| *one == member) {
                return Err(Refusal::value(
                    "One or more added object references already exist for the following modified properties: 'members'.",
                ));
            }
            members.push(Value::String(member));
        }
        ("DELETE", [_, "$ref"]) => {
            let wanted = call.address.segments.get(3).map_or("", String::as_str);
            let before = members.len();
            members.retain(|member| member.as_str().is_none_or(|id| !id.eq_ignore_ascii_case(wanted)));
            if members.len() == before {
                return Err(Refusal::not_found(wanted));
            }
        }
        _ => return Err(Refusal::method(call.method)),
    }
    let id = text(&found, "id");
    found.insert("members".to_owned(), Value::Array(members));
    state.write(call.now, "/groups", &id, Some(found));
    Ok(Reply::no_content())
}
