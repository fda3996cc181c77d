//! Calls bound to objects: credentials, licenses, domains, risk.

use serde_json::{Value, json};

use super::applications;
use crate::practice::answer::{Refusal, Reply};
use crate::practice::call::Call;
use crate::practice::facts::schema::Schema;
use crate::practice::object::{Object, text};
use crate::practice::spot::{Spot, What};
use crate::practice::state::State;

/// Answers an action; those without a rule the practice tenant does not carry out, and says so.
pub fn answer(state: &mut State, call: &Call<'_>, spot: &Spot) -> Result<Reply, Refusal> {
    let What::Operation(name) = &spot.what else { return Err(Refusal::method(call.method)) };
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    let lacks = || Refusal::lacking(&format!("carry out `{name}`"));
    let of = spot.of.map_or("", |of| of.name);
    if of == "riskyUser" && spot.key().is_none() {
        return risk(state, call, spot, &name).ok_or_else(lacks)?;
    }
    if spot.key().is_none() {
        return Err(lacks());
    }
    let found = spot.object(&state.store, &|item| item.newest().cloned())?;
    match (of, name.as_str()) {
        ("application" | "servicePrincipal", "addpassword") => {
            applications::add_password(state, call, &spot.path, &found)
        }
        ("application" | "servicePrincipal", "removepassword") => {
            applications::remove_password(state, call, &spot.path, &found)
        }
        ("user" | "group", "assignlicense") => assign_license(state, call, spot, &found),
        ("user", "reprocesslicenseassignment") => shown(state, call, spot, &found),
        ("domain", "verify") => {
            let mut domain = found.as_ref().clone();
            domain.insert("isVerified".to_owned(), json!(true));
            state.store.write(call.now, &spot.path, Some(domain.clone()));
            shown(state, call, spot, &domain)
        }
        _ => Err(lacks()),
    }
}

fn shown(state: &State, call: &Call<'_>, spot: &Spot, object: &Object) -> Result<Reply, Refusal> {
    state.entity(call, spot.of.and_then(Schema::of).as_ref(), spot.name(), object)
}

/// Gives and takes licenses that the tenant has. Source: the reference page of `assignLicense`, August 2026.
fn assign_license(state: &mut State, call: &Call<'_>, spot: &Spot, owner: &Object) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let list = |name: &str| body.get(name).and_then(Value::as_array).cloned();
    let (Some(added), Some(removed)) = (list("addLicenses"), list("removeLicenses")) else {
        return Err(Refusal::value(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload.",
        ));
    };
    let sku = |license: &Value| license.get("skuId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let has =
        |id: &str| state.store.all("/subscribedskus").newest().any(|own| text(own, "skuId").eq_ignore_ascii_case(id));
    if let Some(unknown) = added.iter().map(sku).find(|id| !has(id)) {
        return Err(Refusal::value(format!("License {unknown} does not correspond to a valid company License.")));
    }
    if spot.of.is_some_and(|of| of.name == "user") && !added.is_empty() && text(owner, "usageLocation").is_empty() {
        return Err(Refusal::value("License assignment cannot be done for user with invalid usage location."));
    }
    let mut held = owner.get("assignedLicenses").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(unheld) = removed.iter().filter_map(Value::as_str).find(|id| !held.iter().any(|one| sku(one) == *id)) {
        return Err(Refusal::value(format!("User does not have a corresponding license: {unheld}.")));
    }
    held.retain(|one| !removed.iter().any(|id| id == &sku(one)) && !added.iter().any(|new| sku(new) == sku(one)));
    held.extend(added.iter().map(
        |one| json!({"skuId": sku(one), "disabledPlans": one.get("disabledPlans").cloned().unwrap_or(json!([]))}),
    ));
    let mut changed = owner.clone();
    changed.insert("assignedLicenses".to_owned(), Value::Array(held));
    state.store.write(call.now, &spot.path, Some(changed.clone()));
    shown(state, call, spot, &changed)
}

/// Sets the risk of users. Source: the reference pages of the actions of `riskyUsers`, August 2026.
fn risk(state: &mut State, call: &Call<'_>, spot: &Spot, name: &str) -> Option<Result<Reply, Refusal>> {
    let (level, is) = match name {
        "confirmcompromised" => ("high", "confirmedCompromised"),
        "confirmsafe" => ("none", "confirmedSafe"),
        "dismiss" => ("none", "dismissed"),
        _ => return None,
    };
    let ids = match call.body() {
        Ok(body) => body.get("userIds").and_then(Value::as_array).cloned().unwrap_or_default(),
        Err(refusal) => return Some(Err(refusal)),
    };
    for id in ids.iter().filter_map(Value::as_str) {
        let Some((_, user)) = state.store.principal(id).and_then(|(kind, item)| Some((kind, item.newest()?.clone())))
        else {
            return Some(Err(Refusal::not_found(id)));
        };
        let risky = json!({
            "id": id, "isDeleted": false, "isProcessing": false, "riskLevel": level, "riskState": is,
            "riskDetail": "none", "riskLastUpdatedDateTime": call.now.to_string(),
            "userDisplayName": text(&user, "displayName"), "userPrincipalName": text(&user, "userPrincipalName"),
        });
        state.store.write(call.now, &format!("{}/{id}", spot.path), risky.as_object().cloned());
    }
    Some(Ok(Reply::no_content()))
}
