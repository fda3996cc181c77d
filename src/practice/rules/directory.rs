//! Who belongs to what: groups with groups inside, directory roles and their members.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::generic::is_a;
use super::permission::denied;
use crate::contract::Type;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::roles::GLOBAL_ADMIN;
use crate::practice::facts::schema::Schema;
use crate::practice::memberships::{groups_of, members_of};
use crate::practice::object::{Object, guid, text};
use crate::practice::state::State;
use crate::practice::store::{ASSIGNMENTS, DEFINITIONS, GROUPS, USERS};

/// Answers `/groups/{id}/transitiveMembers`, narrowed to a type where the path ends in one.
pub fn all_members(state: &State, call: &Call<'_>, group: &str, cast: Option<Type>) -> Result<Reply, Refusal> {
    let found = state.store.all(GROUPS).find(group).and_then(|item| item.at(call.now));
    let first = found.ok_or_else(|| Refusal::not_found(group))?;
    let members = |id: &str| members_of(&state.store, id, &|item| item.at(call.now).cloned());
    let mut seen = HashSet::new();
    let mut open: VecDeque<String> = members(&text(first, "id")).into();
    let mut found = Vec::new();
    while let Some(id) = open.pop_front() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let Some((kind, item)) = state.store.principal(&id) else { continue };
        let Some(member) = item.at(call.now) else { continue };
        if kind == "#microsoft.graph.group" {
            open.extend(members(&id));
        }
        found.push(typed(kind, member));
    }
    principals(state, call, found, cast)
}

fn typed(kind: &str, object: &Object) -> Object {
    let mut typed = Object::with_capacity(object.len() + 1);
    typed.insert("@odata.type".to_owned(), json!(kind));
    typed.extend(object.clone());
    typed
}

/// Answers a list of directory objects of several types.
fn principals(state: &State, call: &Call<'_>, all: Vec<Object>, cast: Option<Type>) -> Result<Reply, Refusal> {
    let wanted = all.into_iter().filter(|object| cast.is_none_or(|cast| is_a(object, cast))).map(Arc::new);
    let schema = Schema::of(cast.unwrap_or(Type { name: "directoryObject", is_list: true }));
    state.list(call, schema.as_ref(), "directoryObjects", wanted.collect())
}

/// Answers `/users/{id}/memberOf` and `/users/{id}/transitiveMemberOf`.
pub fn member_of(
    state: &State,
    call: &Call<'_>,
    user: &str,
    transitive: bool,
    cast: Option<Type>,
) -> Result<Reply, Refusal> {
    let now = call.now;
    let found = state.store.all(USERS).find(user).and_then(|item| item.at(now));
    let id = text(found.ok_or_else(|| Refusal::not_found(user))?, "id");
    let groups = groups_of(&state.store, &id, transitive, &|item| item.at(now).cloned());
    let mut holders: HashSet<String> = HashSet::from([id]);
    if transitive {
        holders.extend(groups.iter().map(|group| text(group, "id")));
    }
    let held = assignments(state, call).filter(|one| holders.contains(&text(one, "principalId")));
    let held: HashSet<String> = held.map(|one| text(one, "roleDefinitionId")).collect();
    let roles = active_roles(state, call).into_iter().filter(|role| held.contains(&text(role, "roleTemplateId")));
    let mut answer: Vec<Object> = roles.map(|role| typed("#microsoft.graph.directoryRole", &role)).collect();
    answer.extend(groups.iter().map(|group| typed("#microsoft.graph.group", group)));
    principals(state, call, answer, cast)
}

/// Lists the directory roles that are activated: those that somebody holds for the whole tenant, and the highest.
pub fn active_roles(state: &State, call: &Call<'_>) -> Vec<Object> {
    let held: HashSet<String> = assignments(state, call).map(|one| text(one, "roleDefinitionId")).collect();
    let active = state.store.all(DEFINITIONS).visible_from(0, call.now).map(|(_, role)| role);
    let active = active.filter(|role| {
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
    let visible = state.store.all(ASSIGNMENTS).visible_from(0, call.now).map(|(_, one)| one);
    visible.filter(|one| one.get("directoryScopeId").is_none_or(|scope| scope == "/"))
}

fn holders_of(state: &State, call: &Call<'_>, role: &str) -> Vec<String> {
    let of_role = assignments(state, call).filter(|one| one.get("roleDefinitionId").is_some_and(|id| id == role));
    of_role.map(|one| text(one, "principalId")).collect()
}

/// Answers `/directoryRoles`, one of them, or its members. A role is addressed by its id in this tenant, or as
/// `roleTemplateId=…`.
pub fn directory_roles(
    state: &State,
    call: &Call<'_>,
    key: Option<&str>,
    are_members: bool,
    cast: Option<Type>,
) -> Result<Reply, Refusal> {
    let schema = Schema::of(Type { name: "directoryRole", is_list: true });
    let roles = active_roles(state, call);
    let Some(key) = key else {
        return state.list(call, schema.as_ref(), "directoryRoles", roles.into_iter().map(Arc::new).collect());
    };
    let is_it = |role: &&Object| {
        let template = format!("roleTemplateId={}", text(role, "roleTemplateId"));
        key.eq_ignore_ascii_case(&text(role, "id")) || key.eq_ignore_ascii_case(&template)
    };
    let role = roles.iter().find(is_it).ok_or_else(|| Refusal::not_found(key))?;
    if !are_members {
        return state.entity(call, schema.as_ref(), "directoryRoles", role);
    }
    let holders = holders_of(state, call, &text(role, "roleTemplateId"));
    let found = holders.iter().filter_map(|id| {
        let (kind, item) = state.store.principal(id)?;
        Some(typed(kind, item.at(call.now)?))
    });
    principals(state, call, found.collect(), cast)
}

/// Answers `POST /roleManagement/directory/roleAssignments`.
pub fn assign(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let (role, principal) = (text(&body, "roleDefinitionId"), text(&body, "principalId"));
    let scope = body.get("directoryScopeId").and_then(Value::as_str).unwrap_or("/").to_owned();
    if state.store.all(DEFINITIONS).find(&role).is_none() {
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
    if state.store.all(ASSIGNMENTS).newest().any(|one| same(&one)) {
        return Err(Refusal::value(
            "A conflicting object with one or more of the specified property values is present in the directory.",
        ));
    }
    let id = state.new_id();
    let made = json!({"id": id, "principalId": principal, "directoryScopeId": scope, "roleDefinitionId": role});
    let made = made.as_object().cloned().unwrap_or_default();
    state.store.write(call.now, &format!("/roleManagement/directory/roleAssignments/{id}"), Some(made.clone()));
    Ok(Reply::entity(201, call.context("roleManagement/directory/roleAssignments/$entity"), made))
}

/// Refuses a change of the members of a role-assignable group to who may not give roles.
pub fn may_change_members(state: &State, call: &Call<'_>, group: &str) -> Result<(), Refusal> {
    let found = state.store.all(GROUPS).find(group).and_then(|item| item.newest());
    let gives_roles = found.and_then(|group| group.get("isAssignableToRole")).and_then(Value::as_bool).unwrap_or(false);
    if gives_roles && !call.caller.has_any(&["RoleManagement.ReadWrite.Directory"]) {
        return Err(denied(call.address, "members of a role-assignable group need RoleManagement.ReadWrite.Directory"));
    }
    Ok(())
}
