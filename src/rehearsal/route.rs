//! Which rule answers which path.

use super::address::Address;
use super::answer::{Refusal, Reply};
use super::directory;
use super::generic;
use super::methods;
use super::permission;
use super::report;
use super::state::{Call, State};
use super::users;

/// Answers a request of a known caller: checks scopes and roles, then hands it to the rule for its path.
pub(super) fn answer(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    if !matches!(call.method, "GET" | "POST" | "PATCH" | "PUT" | "DELETE") {
        return Err(Refusal::method(call.method));
    }
    let address = call.address;
    if address.lower.first().is_some_and(|first| first == "me") {
        return me(state, call);
    }
    permission::check(&state.permissions, address, call.method != "GET", call.caller)?;
    let lower: Vec<&str> = address.lower.iter().map(String::as_str).collect();
    let sent = |place: usize| address.segments.get(place).map_or("", String::as_str);
    let reads =
        |reply: fn(&State, &Call<'_>, &str, bool, Option<&str>) -> Result<Reply, Refusal>, transitive: bool, cast| {
            if call.method == "GET" {
                reply(state, call, sent(1), transitive, cast)
            } else {
                Err(Refusal::method(call.method))
            }
        };
    match lower.as_slice() {
        ["users"] | ["users", "$count"] => users::users(state, call),
        ["users", _] => users::user(state, call, sent(1)),
        ["users", _, "authentication", rest @ ..] if !rest.is_empty() => {
            methods::answer(state, call, sent(1), address.segments.get(3..).unwrap_or(&[]))
        }
        ["users", _, "memberof"] => reads(directory::member_of, false, None),
        ["users", _, "memberof", cast] => reads(directory::member_of, false, Some(*cast)),
        ["users", _, "transitivememberof"] => reads(directory::member_of, true, None),
        ["users", _, "transitivememberof", cast] => reads(directory::member_of, true, Some(*cast)),
        ["users", _, "revokesigninsessions"] => users::revoke_sessions(state, call, sent(1)),
        ["groups", _, "members"] => reads(directory::group_members, false, None),
        ["groups", _, "members", cast] if cast.starts_with("microsoft.graph.") => {
            reads(directory::group_members, false, Some(*cast))
        }
        ["groups", _, "members", ..] => directory::change_members(state, call, sent(1)),
        ["groups", _, "transitivemembers"] => reads(directory::group_members, true, None),
        ["groups", _, "transitivemembers", cast] => reads(directory::group_members, true, Some(*cast)),
        ["directoryroles", rest @ ..] if call.method == "GET" => directory::directory_roles(state, call, rest),
        ["rolemanagement", "directory", "roleassignments"] if call.method == "POST" => directory::assign(state, call),
        ["rolemanagement", "directory", name, ..] if name.starts_with("roleeligibility") && !has_p2(state) => {
            let message = "The tenant needs Microsoft Entra ID P2 or Microsoft Entra ID Governance.";
            Err(Refusal::new(400, "AadPremiumLicenseRequired", message))
        }
        ["reports", "authenticationmethods", "userregistrationdetails"] => report::answer(state, call, None),
        ["reports", "authenticationmethods", "userregistrationdetails", _] => {
            report::answer(state, call, Some(sent(3)))
        }
        ["directory", "deleteditems", "microsoft.graph.user"] if call.method == "GET" => {
            let Some(bin) = state.store.collection("/directory/deleteditems") else {
                return Err(Refusal::no_such_path(&address.path()));
            };
            let query = super::query::Query::of_list(address, call.request, None, state.page_size)?;
            state.collection(call, None, bin, &query)
        }
        ["directory", "deleteditems", _, "restore"] if call.method == "POST" => users::restore(state, call, sent(2)),
        _ => generic::answer(state, call),
    }
}

fn has_p2(state: &State) -> bool {
    state.licences.iter().any(|licence| licence.eq_ignore_ascii_case("AAD_PREMIUM_P2"))
}

/// Answers `/me` and what is below it as the signed-in user's own path.
fn me(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.caller.app_only {
        return Err(Refusal::bad("/me request is only valid with delegated authentication flow."));
    }
    let mut address: Address = call.address.clone();
    let mut segments = vec!["users".to_owned(), call.caller.id.clone()];
    segments.extend(address.segments.iter().skip(1).cloned());
    address.set_segments(segments);
    let call = Call { address: &address, ..*call };
    if address.segments.len() == 2 && call.method == "GET" {
        return users::user(state, &call, &call.caller.id);
    }
    answer(state, &call)
}
