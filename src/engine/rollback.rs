//! The way back of a run, as a plan like any other: made from the receipt alone, newest change first.

use std::sync::Arc;

use super::approval;
use super::change::{Change, ChangeKind, FieldChange, Inverse};
use super::deferred::{self, Captured};
use super::plan::Plan;
use super::receipt::{ChangeReceipt, Receipt};

/// Makes the plan that takes a run's changes back.
///
/// What cannot be taken back, and what was not made, is said in `not_changed`.
pub fn plan(receipt: &Receipt) -> Plan {
    let mut plan = Plan { is_rollback: true, ..Plan::default() };
    let answers = receipt.answers();
    for change in receipt.changes.iter().rev().filter(|change| change.state.maybe_applied()) {
        match invert(change, &answers) {
            Ok(inverse) => plan.changes.push(Arc::new(inverse)),
            Err(because) => plan.not_changed.push(format!("{}: {because}", change.change.title)),
        }
    }
    plan
}

/// Returns the change that takes one back, whatever state it is in; `None` where there is no way back.
pub fn way_back(made: &ChangeReceipt, answers: &Captured) -> Option<Change> {
    invert(made, answers).ok()
}

/// Returns the change that takes `made` back, or why there is none.
fn invert(made: &ChangeReceipt, answers: &Captured) -> Result<Change, String> {
    let change = &made.change;
    let (kind, mut request, preconditions, again) = match &change.inverse {
        Inverse::Irreversible(because) => return Err(format!("cannot be rolled back: {because}")),
        Inverse::Request { kind, request, preconditions, probe } => {
            (*kind, request.clone(), preconditions.clone(), probe.clone())
        }
    };
    // What the change wrote, with its deferred values filled as far as they are known: what must still be there.
    let filled = |value: &serde_json::Value| deferred::fill(value, answers).unwrap_or_else(|_| value.clone());
    let fields = change
        .fields
        .iter()
        // What somebody else set is theirs, also where it is what we wanted.
        .filter(|field| kind != ChangeKind::Set || !made.kept.contains(&field.pointer))
        .map(|field| FieldChange {
            pointer: field.pointer.clone(),
            before: filled(&field.after),
            after: field.before.clone(),
            compare: field.compare,
        })
        .collect();
    // What is known by now is shown as what it is.
    request.path = request.path.iter().map(filled).collect();
    let mut probe = again.map(|probe| *probe).or_else(|| change.probe.clone());
    if let Some(probe) = &mut probe {
        probe.path = probe.path.iter().map(&filled).collect();
        // A created object is read by its own path once its id is known: a query reads an index that lags more.
        if kind == ChangeKind::Remove
            && !probe.find.is_empty()
            && let Some(own) = &change.own
            && let Ok(own) = deferred::fill_path(own, answers)
        {
            probe.path = own.into_iter().map(serde_json::Value::String).collect();
            probe.query.retain(|(name, _)| name == "$select");
            probe.find.clear();
        }
    }
    Ok(Change {
        kind,
        tier0: approval::tier0_of_rollback(change, &request),
        request,
        fields: if kind == ChangeKind::Action { super::body::leaves_as_fields(&change.inverse) } else { fields },
        probe,
        preconditions,
        landed: None,
        judged: false,
        // The answer to a creation tells the id under which the object is read back.
        capture: if kind == ChangeKind::Create { id_alone() } else { Default::default() },
        reveal: None,
        inverse: Inverse::Irreversible("a rollback is not taken back; run the wizard again instead".to_owned()),
        after: Vec::new(),
        continue_on_error: true,
        on_status: Vec::new(),
        ..change.as_ref().clone()
    })
}

fn id_alone() -> std::collections::BTreeMap<String, String> {
    [("/id".to_owned(), "/id".to_owned())].into()
}
