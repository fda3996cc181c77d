//! A plan as consent shows it: the author's words beside the engine's own.

use serde_json::Value;

use super::body::field_path;
use super::change::{Change, show_path};
use super::deferred;
use super::plan::Plan;
use crate::ports::event;

pub fn plan(plan: &Plan) -> event::Plan {
    event::Plan {
        changes: plan.changes.iter().enumerate().map(|(at, change)| self::change(at + 1, change, plan)).collect(),
        affects: plan.affects.clone(),
        not_changed: plan.not_changed.clone(),
        is_rollback: plan.is_rollback,
    }
}

fn change(number: usize, change: &Change, plan: &Plan) -> event::PlannedChange {
    event::PlannedChange {
        number,
        change: change.id.clone(),
        title: change.title.clone(),
        method: change.request.method.to_string(),
        path: show_path(&change.request.path),
        fields: change
            .fields
            .iter()
            .map(|field| event::FieldDiff {
                field: field_path(&field.pointer).dotted(),
                before: field.before.clone(),
                after: field.after.clone(),
                known_after: known_after(&field.after, plan),
            })
            .collect(),
        irreversible: if plan.is_rollback { None } else { change.irreversible().map(str::to_owned) },
        tier0: change.tier0.is_some(),
        risk: change.risk,
        scopes: change.scopes.clone(),
    }
}

fn known_after(value: &Value, plan: &Plan) -> Option<String> {
    let mut ids = Vec::new();
    deferred::collect(value, &mut ids);
    let of = ids.first()?;
    if of.starts_with('$') {
        return Some(
            if of == deferred::GENERATED { "made when it is sent, shown once" } else { "a secret of yours" }.to_owned(),
        );
    }
    let number = plan.changes.iter().position(|change| change.id == *of)? + 1;
    Some(format!("known after change {number}"))
}
