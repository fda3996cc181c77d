//! Whether a caller's scopes and roles suffice for a request: the first row of the table whose path fits decides.
//!
//! A path outside the table is readable with any scope and writable with any scope that contains `ReadWrite`, unless
//! the seed says otherwise.

use crate::practice::address::Address;
use crate::practice::answer::Refusal;
use crate::practice::facts::permission_table::{ANY, NONE, TABLE};
use crate::practice::seed::OwnPermission;
use crate::practice::token::Caller;

/// Refuses a request whose token lacks the scope or whose caller lacks the role.
pub fn check(own: &[OwnPermission], address: &Address, is_write: bool, caller: &Caller) -> Result<(), Refusal> {
    let full: Vec<String> = std::iter::once(address.version.to_owned()).chain(address.lower.iter().cloned()).collect();
    if let Some(own) = own.iter().find(|own| fits(&own.path.to_ascii_lowercase(), &full)) {
        let scopes: Vec<&str> = if is_write { &own.write } else { &own.read }.iter().map(String::as_str).collect();
        let roles: Vec<&str> = own.roles.iter().map(String::as_str).collect();
        return decide(address, caller, &scopes, if is_write { &roles } else { NONE });
    }
    if let Some(row) = TABLE.iter().find(|row| fits(row.path, &address.lower)) {
        let (scopes, roles) = if is_write { (row.write, row.write_roles) } else { (row.read, row.read_roles) };
        return decide(address, caller, scopes, roles);
    }
    if !is_write {
        return decide(address, caller, ANY, NONE);
    }
    if caller.scopes.iter().any(|scope| scope.to_ascii_lowercase().contains("readwrite")) {
        return Ok(());
    }
    Err(denied(address, "the token needs a scope that writes"))
}

fn decide(address: &Address, caller: &Caller, scopes: &[&str], roles: &[&str]) -> Result<(), Refusal> {
    let enough = if scopes == ANY { !caller.scopes.is_empty() } else { caller.has_any(scopes) };
    if !enough {
        return Err(denied(address, &format!("the token needs one of the scopes {}", scopes.join(", "))));
    }
    // An application is judged by its permission alone here; what it may do to people is decided where it does it.
    if !roles.is_empty() && !caller.app_only && !roles.iter().any(|role| caller.roles.iter().any(|held| held == role)) {
        return Err(denied(address, "the signed-in account lacks the directory role for it"));
    }
    Ok(())
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
