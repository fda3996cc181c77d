//! The registration report: one row a user, as the report's last run saw the tenant.
//!
//! It is a report, so it never follows writes: its rows tell of the tenant as the seed left it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::methods::of_kind;
use crate::contract::Type;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::schema::{ADMIN_RESET_SWITCH, Schema, reset_abbreviation};
use crate::practice::memberships::members_of;
use crate::practice::object::{Object, merge, text};
use crate::practice::state::State;
use crate::practice::store::{ASSIGNMENTS, Store, USERS};

/// The names of the registered methods in a row, by the type of method.
const NAMES: &[(&str, &str)] = &[
    ("emailMethods", "email"),
    ("microsoftAuthenticatorMethods", "microsoftAuthenticatorPush"),
    ("softwareOathMethods", "softwareOneTimePasscode"),
    ("fido2Methods", "fido2SecurityKey"),
    ("windowsHelloForBusinessMethods", "windowsHelloForBusiness"),
    ("temporaryAccessPassMethods", "temporaryAccessPass"),
];

/// Finds everybody who holds a role in the seed, directly or by a group.
pub fn administrators(store: &Store) -> HashSet<String> {
    let mut admins = HashSet::new();
    let mut open: Vec<String> = store.all(ASSIGNMENTS).newest().map(|one| text(one, "principalId")).collect();
    while let Some(id) = open.pop() {
        if !admins.insert(id.clone()) {
            continue;
        }
        open.extend(members_of(store, &id, &|item| item.newest().cloned()));
    }
    admins
}

/// Answers the report, or one row of it.
pub fn answer(state: &State, call: &Call<'_>, id: Option<&str>) -> Result<Reply, Refusal> {
    if !state.licenses.iter().any(|license| license.to_ascii_uppercase().starts_with("AAD_PREMIUM")) {
        return Err(Refusal::new(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        ));
    }
    let schema = Schema::of(Type { name: "userRegistrationDetails", is_list: true });
    let name = "reports/authenticationMethods/userRegistrationDetails";
    match id {
        Some(id) => {
            let user =
                state.store.all(USERS).find(id).and_then(|item| item.seed()).ok_or_else(|| Refusal::not_found(id))?;
            state.entity(call, schema.as_ref(), name, &row(state, user))
        }
        None => {
            let users = state.store.all(USERS).items().filter_map(|(_, item)| item.seed());
            state.list(call, schema.as_ref(), name, users.map(|user| Arc::new(row(state, user))).collect())
        }
    }
}

fn row(state: &State, user: &Object) -> Object {
    let id = text(user, "id");
    let is_admin = state.admins.contains(&id);
    let has = |kind: &str| !of_kind(user, kind).is_empty();
    let mut methods: Vec<&str> = Vec::new();
    for phone in of_kind(user, "phoneMethods") {
        methods.push(match phone.get("phoneType").and_then(Value::as_str) {
            Some("alternateMobile") => "alternateMobilePhone",
            Some("office") => "officePhone",
            _ => "mobilePhone",
        });
    }
    methods.extend(NAMES.iter().filter(|(kind, _)| has(kind)).map(|(_, name)| *name));
    let has_app = has("microsoftAuthenticatorMethods") || has("softwareOathMethods");
    let proofs = [has("emailMethods"), has("phoneMethods"), has_app].into_iter().filter(|has| *has).count();
    let registered = proofs >= if is_admin { 2 } else { 1 };
    let policy = state.store.object("/policies/authorizationpolicy").and_then(|policy| policy.seed());
    let switch = policy.and_then(|policy| policy.get(ADMIN_RESET_SWITCH)).and_then(Value::as_bool).unwrap_or(false);
    // The users' own policy is not in Graph; a practice tenant has it off.
    let enabled = is_admin && switch;
    let passwordless = has("fido2Methods") || has("windowsHelloForBusinessMethods");
    let mfa = has("phoneMethods") || has_app || passwordless;
    let updated = state.started.and_then(|start| start.checked_sub(jiff::SignedDuration::from_hours(6)).ok());
    let row = json!({
        "id": id,
        "userPrincipalName": user.get("userPrincipalName"),
        "userDisplayName": user.get("displayName"),
        "userType": text(user, "userType").to_ascii_lowercase(),
        "isAdmin": is_admin,
        (reset_abbreviation!("is", "Registered")): registered,
        (reset_abbreviation!("is", "Enabled")): enabled,
        (reset_abbreviation!("is", "Capable")): registered && enabled,
        "isMfaRegistered": mfa,
        "isMfaCapable": mfa,
        "isPasswordlessCapable": passwordless,
        "methodsRegistered": methods,
        "isSystemPreferredAuthenticationMethodEnabled": mfa,
        "userPreferredMethodForSecondaryAuthentication": if has_app { "push" } else { "none" },
        "lastUpdatedDateTime": updated.map(|time| time.to_string()),
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    if let Some(own) = user.get("registration").and_then(Value::as_object) {
        merge(&mut row, own);
    }
    row
}
