//! Which rule answers which path.

use super::actions;
use super::applications;
use super::directory;
use super::generic;
use super::methods;
use super::permission;
use super::report;
use super::users;
use crate::contract::{self, End, Place, Written, graph};
use crate::practice::address::Address;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::schema::Schema;
use crate::practice::spot::{Spot, What};
use crate::practice::state::State;

/// Answers a request of a known caller: checks scopes and roles, then hands it to the rule for its path.
pub fn answer(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    if !matches!(call.method, "GET" | "POST" | "PATCH" | "PUT" | "DELETE") {
        return Err(Refusal::method(call.method));
    }
    let is_me = call.address.lower.first().is_some_and(|first| first == "me");
    if is_me && call.caller.app_only {
        return Err(Refusal::bad("/me request is only valid with delegated authentication flow."));
    }
    let place = place(call.address);
    let full = call.address.full_segments();
    let is_call = state.actions.iter().any(|action| permission::fits(&action.path.to_ascii_lowercase(), &full));
    if place.is_none() && !is_call {
        let _ = Spot::find(&state.store, &|item| item.newest().cloned(), call.address)?;
    }
    permission::check(&state.permissions, call.address, place.as_ref(), call.method, &call.keys(), call.caller)?;
    if let Some(reply) = generic::declared(state, call) {
        return reply;
    }
    // What a seed declares need not be Graph's.
    if let Some(place) = &place
        && !state.permissions.iter().any(|own| permission::fits(&own.path.to_ascii_lowercase(), &full))
    {
        as_declared(state, call, place)?;
    }
    if is_me { me(state, call) } else { routed(state, call) }
}

/// Returns where a path leads in Graph v1.0.
fn place(address: &Address) -> Option<Place> {
    let segments: Vec<Option<&str>> = address.segments.iter().map(|part| Some(part.as_str())).collect();
    graph().place(&segments).ok().filter(|_| address.version == "v1.0")
}

/// Refuses what the cloud lacks, a verb that the path does not take, and a body that does not fit the type behind it.
fn as_declared(state: &State, call: &Call<'_>, place: &Place) -> Result<(), Refusal> {
    let letter = match state.cloud {
        "usgov" | "usgov-dod" => 'F',
        "china" => 'M',
        _ => ' ',
    };
    if place.lacking.contains(letter) {
        return Err(Refusal::no_segment(call.address.segments.last().map_or("", String::as_str)));
    }
    if !contract::takes(place, call.method) {
        let verbs = ["GET", "POST", "PATCH", "PUT", "DELETE"];
        let taken: Vec<&str> = verbs.into_iter().filter(|method| contract::takes(place, method)).collect();
        return Err(Refusal::not_among(call.method, &taken));
    }
    let written = match call.method {
        "POST" => Written::Created,
        "PATCH" | "PUT" => Written::Changed,
        _ => return Ok(()),
    };
    let is_entity = matches!(place.end, End::Root | End::Item | End::Member(_));
    let Some(of) = place.of.filter(|_| is_entity) else { return Ok(()) };
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(&call.request.body) else { return Ok(()) };
    if let Some(why) = contract::refused(of, &body, written) {
        return Err(Refusal::value(why));
    }
    let required = contract::required(of.name).iter().filter(|_| written == Written::Created && body.is_object());
    let has = |name: &&&str| body.get(**name).is_some_and(|value| !value.is_null());
    match required.copied().find(|name| !has(&name)) {
        Some(name) => {
            let why = format!("A value is required for property '{name}' of resource '{}'.", of.name);
            Err(Refusal::value(why))
        }
        None => Ok(()),
    }
}

fn routed(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let address = call.address;
    let Some(place) = place(address) else { return generic::answer(state, call) };
    let is_read = call.method == "GET";
    let now = call.now;
    let find = |state: &State| {
        Spot::find(&state.store, &|item| if is_read { item.at(now) } else { item.newest() }.cloned(), address)
    };
    let is_one = place.of.is_some_and(|of| !of.is_list);
    if !is_read && is_one && (place.through.is_some() || place.plain.starts_with("/directoryobjects/")) {
        let spot = find(state)?;
        if spot.what == What::Object && spot.stored() != address.lower_path() && spot.key().is_some() {
            return elsewhere(state, call, spot.path.split('/').skip(1).map(str::to_owned).collect());
        }
    }
    let items =
        place.trail.iter().zip(&address.segments).filter(|(step, _)| matches!(step.end, End::Item) && !step.is_cast);
    let keys: Vec<&str> = items.map(|(_, sent)| sent.as_str()).collect();
    let key = keys.first().copied().unwrap_or_default();
    let cast = place.of.filter(|_| place.trail.iter().any(|step| step.is_cast));
    let schema = || place.of.and_then(Schema::of);
    let plain = place.plain.strip_suffix("/$count").unwrap_or(&place.plain);
    match (call.method, plain) {
        ("GET" | "POST", "/users") => users::users(state, call, schema().as_ref()),
        (_, "/users/{id}") => users::user(state, call, key, schema().as_ref()),
        (_, path) if path.starts_with("/users/{id}/authentication/") => {
            methods::answer(state, call, key, address.segments.get(3..).unwrap_or(&[]))
        }
        ("GET", "/users/{id}/memberof") => directory::member_of(state, call, key, false, cast),
        ("GET", "/users/{id}/transitivememberof") => directory::member_of(state, call, key, true, cast),
        (_, "/users/{id}/revokesigninsessions") => users::revoke_sessions(state, call, key),
        ("GET", "/groups/{id}/transitivemembers") => directory::all_members(state, call, key, cast),
        ("POST" | "DELETE", path) if path.starts_with("/groups/{id}/members/") => {
            directory::may_change_members(state, call, key)?;
            generic::answer(state, call)
        }
        ("GET", path) if path.starts_with("/directoryroles") => {
            let key = keys.first().copied();
            directory::directory_roles(state, call, key, path.ends_with("/members"), cast)
        }
        ("POST", "/rolemanagement/directory/roleassignments") => directory::assign(state, call),
        (_, path) if path.starts_with("/rolemanagement/directory/roleeligibility") && !has_p2(state) => {
            let message = "The tenant needs Microsoft Entra ID P2 or Microsoft Entra ID Governance.";
            Err(Refusal::new(400, "AadPremiumLicenseRequired", message))
        }
        ("POST", "/applications") => applications::register(state, call, &find(state)?),
        ("PATCH", "/applications/{id}") => applications::change(state, call),
        ("DELETE", "/applications/{id}") => applications::unregister(state, call, key),
        ("POST", "/serviceprincipals") => applications::enrol(state, call, &find(state)?),
        ("GET", path) if path.starts_with("/reports/authenticationmethods/userregistrationdetails") => {
            report::answer(state, call, keys.first().copied())
        }
        ("POST", "/directory/deleteditems/{id}/restore") => users::restore(state, call, key),
        ("POST", _) if matches!(place.end, End::Action) => actions::answer(state, call, &find(state)?),
        _ => generic::answer(state, call),
    }
}

fn has_p2(state: &State) -> bool {
    state.licenses.iter().any(|license| license.eq_ignore_ascii_case("AAD_PREMIUM_P2"))
}

/// Answers `/me` and what is below it as the signed-in user's own path.
fn me(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let below = call.address.segments.iter().skip(1).cloned();
    let segments = ["users".to_owned(), call.caller.id.clone()].into_iter().chain(below).collect();
    elsewhere(state, call, segments)
}

/// Answers a request as one to another path.
fn elsewhere(state: &mut State, call: &Call<'_>, segments: Vec<String>) -> Result<Reply, Refusal> {
    let mut address: Address = call.address.clone();
    address.set_segments(segments);
    let call = Call { address: &address, ..*call };
    routed(state, &call)
}
