//! Which rule answers which path.

use super::applications;
use super::directory;
use super::generic;
use super::methods;
use super::permission;
use super::report;
use super::users;
use crate::contract::{self, End, graph};
use crate::practice::address::Address;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::schema;
use crate::practice::query::Query;
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
    permission::check(&state.permissions, call.address, call.method, &call.keys(), call.caller)?;
    let lower: Vec<String> =
        std::iter::once(call.address.version.to_owned()).chain(call.address.lower.iter().cloned()).collect();
    // What a seed declares need not be Graph's.
    if !state.permissions.iter().any(|own| permission::fits(&own.path.to_ascii_lowercase(), &lower)) {
        as_declared(call)?;
    }
    if is_me { me(state, call) } else { routed(state, call) }
}

/// Refuses a verb that the path does not take, and a body that does not fit the type behind it.
fn as_declared(call: &Call<'_>) -> Result<(), Refusal> {
    let segments: Vec<Option<&str>> = call.address.segments.iter().map(|part| Some(part.as_str())).collect();
    let Ok(place) = graph().place(&segments) else { return Ok(()) };
    if call.method == "GET" || call.address.version == "beta" {
        return Ok(());
    }
    let known = contract::methods(&place);
    if !known.contains(&call.method) && known.iter().any(|method| *method != "GET") {
        let mut refusal = Refusal::method(call.method);
        refusal.headers.push(("Allow".to_owned(), known.join(", ")));
        return Err(refusal);
    }
    let is_entity = matches!(place.end, End::Root | End::Item | End::Member(_)) && call.method != "DELETE";
    let Some(of) = place.of.filter(|_| is_entity) else { return Ok(()) };
    let Ok(body) = serde_json::from_slice(&call.request.body) else { return Ok(()) };
    // The rules of accounts and of what else has a schema of its own here say themselves which names they take.
    let parent = place.plain.strip_suffix("/{id}").unwrap_or(&place.plain);
    let outer = schema::of(parent).is_none() && !place.plain.contains("/authentication/");
    contract::refused(of, &body, outer).map_or(Ok(()), |why| Err(Refusal::value(why)))
}

fn routed(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let address = call.address;
    let lower: Vec<&str> = address.lower.iter().map(String::as_str).collect();
    let sent = |place: usize| address.segments.get(place).map_or("", String::as_str);
    let is_read = call.method == "GET";
    match lower.as_slice() {
        ["users"] | ["users", "$count"] => users::users(state, call),
        ["users", _] => users::user(state, call, sent(1)),
        ["users", _, "authentication", rest @ ..] if !rest.is_empty() => {
            methods::answer(state, call, sent(1), address.segments.get(3..).unwrap_or(&[]))
        }
        ["users", _, name @ ("memberof" | "transitivememberof"), rest @ ..] if is_read && rest.len() <= 1 => {
            directory::member_of(state, call, sent(1), *name == "transitivememberof", cast(rest))
        }
        ["users", _, "revokesigninsessions"] => users::revoke_sessions(state, call, sent(1)),
        ["groups", _, name @ ("members" | "transitivemembers"), rest @ ..] if is_read && rest.len() <= 1 => {
            directory::group_members(state, call, sent(1), *name == "transitivemembers", cast(rest))
        }
        ["groups", _, "members", ..] => directory::change_members(state, call, sent(1)),
        ["directoryroles", rest @ ..] if is_read => directory::directory_roles(state, call, rest),
        ["rolemanagement", "directory", "roleassignments", _] if matches!(call.method, "PATCH" | "PUT") => {
            Err(Refusal::method(call.method))
        }
        ["rolemanagement", "directory", "roleassignments"] if call.method == "POST" => directory::assign(state, call),
        ["rolemanagement", "directory", name, ..] if name.starts_with("roleeligibility") && !has_p2(state) => {
            let message = "The tenant needs Microsoft Entra ID P2 or Microsoft Entra ID Governance.";
            Err(Refusal::new(400, "AadPremiumLicenseRequired", message))
        }
        ["applications"] if call.method == "POST" => applications::register(state, call),
        ["applications", _] if call.method == "PATCH" => applications::change(state, call),
        ["applications", _] if call.method == "DELETE" => applications::unregister(state, call, sent(1)),
        ["serviceprincipals"] if call.method == "POST" => applications::enrol(state, call),
        ["applications", _, "federatedidentitycredentials" | "owners", ..]
        | [
            "serviceprincipals",
            _,
            "approleassignments" | "approleassignedto" | "oauth2permissiongrants" | "owners",
            ..,
        ] => applications::below(state, call),
        ["reports", "authenticationmethods", "userregistrationdetails"] => report::answer(state, call, None),
        ["reports", "authenticationmethods", "userregistrationdetails", _] => {
            report::answer(state, call, Some(sent(3)))
        }
        ["directory", "deleteditems", "microsoft.graph.user"] if is_read => {
            let Some(bin) = state.store.collection("/directory/deleteditems") else {
                return Err(Refusal::no_such_path(&address.path()));
            };
            let query = Query::of_list(address, call.request, None, state.page_size)?;
            state.collection(call, None, bin, &query)
        }
        ["directory", "deleteditems", _, "restore"] if call.method == "POST" => users::restore(state, call, sent(2)),
        _ => generic::answer(state, call),
    }
}

/// Returns the type that a list of directory objects is narrowed to, if its path names one.
fn cast<'a>(rest: &[&'a str]) -> Option<&'a str> {
    rest.first().copied().filter(|name| *name != "$count")
}

fn has_p2(state: &State) -> bool {
    state.licences.iter().any(|licence| licence.eq_ignore_ascii_case("AAD_PREMIUM_P2"))
}

/// Answers `/me` and what is below it as the signed-in user's own path.
fn me(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut address: Address = call.address.clone();
    let mut segments = vec!["users".to_owned(), call.caller.id.clone()];
    segments.extend(address.segments.iter().skip(1).cloned());
    address.set_segments(segments);
    let call = Call { address: &address, ..*call };
    routed(state, &call)
}
