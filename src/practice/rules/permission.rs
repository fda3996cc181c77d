//! Whether a caller's permissions and roles suffice for a request, by the contract.
//!
//! Where it does not know what a path needs, any permission reads it and any that contains `ReadWrite` writes it. What the
//! seed says goes first.

use crate::contract::{self, Missing, Place, roles};
use crate::practice::address::Address;
use crate::practice::answer::Refusal;
use crate::practice::seed::OwnPermission;
use crate::practice::token::Caller;

/// Refuses a request whose token lacks the permission or whose caller lacks the role. `keys` are its body's outer keys.
pub fn check(
    own: &[OwnPermission],
    address: &Address,
    place: Option<&Place>,
    method: &str,
    keys: &[String],
    caller: &Caller,
) -> Result<(), Refusal> {
    let full = address.full_segments();
    let is_write = method != "GET";
    if let Some(own) = own.iter().find(|own| fits(&own.path.to_ascii_lowercase(), &full)) {
        let scopes: Vec<&str> = if is_write { &own.write } else { &own.read }.iter().map(String::as_str).collect();
        if !caller.has_any(&scopes) {
            return Err(lacks(address, &scopes.join(", ")));
        }
        let wanted: Vec<&str> = own.roles.iter().map(String::as_str).collect();
        return if is_write { holds(address, caller, &wanted) } else { Ok(()) };
    }
    let scopes: Vec<&str> = caller.scopes.iter().map(String::as_str).collect();
    let needs = place.map(|place| contract::needed(method, place, keys)).unwrap_or_default();
    let everybody = !is_write && place.is_none_or(|place| contract::read_by_everybody(&place.spelled));
    if !everybody || scopes.is_empty() {
        for need in &needs {
            contract::granted(need, &scopes).map_err(|Missing(one_of)| lacks(address, &one_of.join(", ")))?;
        }
    }
    if needs.is_empty() {
        let writes = |scope: &&str| scope.to_ascii_lowercase().contains("readwrite");
        if scopes.is_empty() || is_write && !scopes.iter().any(writes) {
            return Err(denied(
                address,
                if is_write { "the token needs a permission that writes" } else { "the token has no permission" },
            ));
        }
    }
    let wanted = place.map_or(&[] as &[&str], |place| contract::roles_for(method, &place.plain));
    holds(address, caller, &wanted.iter().filter_map(|name| roles::template_id(name)).collect::<Vec<_>>())
}

/// An application is judged by its permission alone here; what it may do to people is decided where it does it.
fn holds(address: &Address, caller: &Caller, roles: &[&str]) -> Result<(), Refusal> {
    if roles.is_empty() || caller.app_only || roles.iter().any(|role| caller.roles.iter().any(|held| held == role)) {
        return Ok(());
    }
    Err(denied(address, "the signed-in account lacks the directory role for it"))
}

fn lacks(address: &Address, one_of: &str) -> Refusal {
    denied(address, &format!("the token needs one of the permissions {one_of}"))
}

/// Makes the 403 of the service behind an address; services differ in the code.
pub fn denied(address: &Address, why: &str) -> Refusal {
    let lower: Vec<&str> = address.lower.iter().map(String::as_str).collect();
    let (code, message) = match lower.as_slice() {
        ["users", _, "authentication", ..] => ("accessDenied", "Request Authorization failed"),
        ["identity", "conditionalaccess", ..] | ["policies", ..] if lower.get(1) != Some(&"authorizationpolicy") => {
            ("AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token.")
        }
        _ => ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    };
    Refusal::new(403, code, format!("{message} (Practice tenant: {why}.)"))
}

/// Returns whether lower-case segments fit a pattern of literal segments, `*`, and a last `**`.
pub fn fits(pattern: &str, segments: &[String]) -> bool {
    let mut segments = segments.iter();
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if part == "**" {
            return true;
        }
        match segments.next() {
            Some(segment) if part == "*" || part == segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}
