//! The writes of an `actions` step as changes, each with its own way back.

use anyhow::{Result, bail};
use serde_json::Value;

use super::{path, ready, status_words};
use crate::engine::body::said;
use crate::engine::change::{Change, ChangeKind, ChangeRequest, Inverse, LandedProbe, Precondition, Probe, change_id};
use crate::engine::finding::Finding;
use crate::engine::names::captured_node;
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::wizard::Step;
use crate::wizard::field_path::FieldPath;
use crate::wizard::step::{WayBack, Write};
use crate::wizard::template::{JsonTemplate, query_value};

/// Plans the writes that are to be done, in their order.
pub(super) fn plan(step: &Step, writes: &[Write], finding: &Finding, scope: &Scope) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    let captured = captured_node(step, finding.label(), scope)?;
    let scope = scope.with("captured", captured);
    for write in writes {
        match Expression::holds(write.when.as_ref(), true, &scope)? {
            Partial::Known(true) => {}
            Partial::Known(false) | Partial::Unanswered(_) => continue,
            Partial::NotRead => bail!("whether `{}` is to be done depends on something that was not read", write.id),
            Partial::AfterChange(of) => bail!("whether `{}` is to be done depends on change `{of}`", write.id),
        }
        if let Some(change) = plan_write(step, finding, write, &scope)? {
            changes.push(change);
        }
    }
    // Within a step the writes keep their order.
    for at in 1..changes.len() {
        if let Some(before) = changes.get(at - 1).map(|change: &Change| change.id.clone())
            && let Some(change) = changes.get_mut(at)
        {
            change.after.push(before);
        }
    }
    Ok(changes)
}

fn plan_write(step: &Step, finding: &Finding, write: &Write, scope: &Scope) -> Result<Option<Change>> {
    let body = match &write.body {
        None => Value::Null,
        Some(body) => match body.evaluate(scope)? {
            Partial::Known(made) => match body.gap(&made) {
                Some(gap) => {
                    bail!("a value of the body of `{}` is missing: `{}` yields nothing", write.id, gap.source())
                }
                None => made,
            },
            // An ask without an answer leaves what needs it undone.
            Partial::Unanswered(_) => return Ok(None),
            Partial::NotRead => bail!("the body of `{}` depends on something that was not read", write.id),
            Partial::AfterChange(of) => bail!("the body of `{}` computes with the answer to `{of}`", write.id),
        },
    };
    let target = path(&write.path, scope)?;
    let fields = said(&body);
    let inverse = match &write.way_back {
        WayBack::Irreversible(because) => Inverse::Irreversible(because.clone()),
        WayBack::Undo(undo) => {
            let body = undo.body.as_ref().map_or(Ok(Value::Null), |body| ready(body.evaluate(scope)?))?;
            let preconditions = match &undo.guard {
                None => Vec::new(),
                Some(guard) => vec![Precondition {
                    probe: Probe { path: path(&guard.get, scope)?, query: Vec::new(), find: Vec::new() },
                    fields: matches(&guard.matches, scope)?,
                }],
            };
            let request = ChangeRequest {
                method: undo.method,
                path: path(&undo.path, scope)?,
                body,
                expect: undo.expect.clone(),
                merge: Vec::new(),
            };
            Inverse::Request { kind: ChangeKind::Action, request, preconditions, probe: None }
        }
    };
    let landed = match &write.landed {
        None => None,
        Some(landed) => Some(Box::new(LandedProbe {
            path: path(&landed.get, scope)?,
            items: landed.items.clone(),
            matches: matches(&landed.matches, scope)?,
            capture: landed.capture.iter().cloned().collect(),
        })),
    };
    let scopes = if write.scopes.is_empty() { &step.fix_scopes } else { &write.scopes };
    Ok(Some(Change {
        id: change_id(step, finding.label(), &write.id),
        step: step.id.clone(),
        key: finding.key().map(str::to_owned),
        label: finding.label().map(str::to_owned),
        title: write.label.as_ref().map_or_else(|| finding.title.clone(), |label| label.show(scope)),
        kind: ChangeKind::Action,
        tier0: None,
        request: ChangeRequest {
            method: write.method,
            path: target,
            body,
            expect: write.expect.clone(),
            merge: Vec::new(),
        },
        fields,
        probe: None,
        own: None,
        preconditions: preconditions(step, write, scope)?,
        landed,
        judged: step.ok_when().is_some(),
        capture: write.capture.iter().cloned().collect(),
        reveal: write.reveal.clone(),
        inverse,
        verify_seconds: step.verify_up_to,
        risk: step.risk,
        scopes: scopes.clone(),
        read_scopes: step.check_scopes.clone(),
        after: Vec::new(),
        continue_on_error: step.for_each.as_ref().is_some_and(|for_each| for_each.continue_on_error),
        on_status: status_words(step, &write.id, scope),
    }))
}

/// What the write's own condition was decided on is read again just before it is sent.
fn preconditions(step: &Step, write: &Write, scope: &Scope) -> Result<Vec<Precondition>> {
    let Some(when) = &write.when else { return Ok(Vec::new()) };
    let used: Vec<String> = when
        .paths()
        .into_iter()
        .map(|path| path.names)
        .filter(|names| names.first().is_some_and(|n| n == "reads"))
        .filter_map(|names| names.get(1).cloned())
        .collect();
    let mut conditions = Vec::new();
    for read in step.reads.iter().filter(|read| !read.page && used.contains(&read.id)) {
        let mut query = Vec::new();
        for (name, value) in &read.query {
            query.push((name.clone(), ready(query_value(value, scope)?)?));
        }
        let answer = scope.get("reads").and_then(|reads| reads.get(&read.id));
        let body = answer.and_then(|answer| answer.get("body")).map_or(Value::Null, Datum::to_json);
        if body.is_null() {
            continue;
        }
        conditions.push(Precondition {
            probe: Probe { path: path(&read.get, scope)?, query, find: Vec::new() },
            fields: read.fields.iter().map(|field| (field.pointer(), field.get(&body).clone())).collect(),
        });
    }
    Ok(conditions)
}

fn matches(matches: &[(FieldPath, JsonTemplate)], scope: &Scope) -> Result<Vec<(String, Value)>> {
    matches.iter().map(|(field, value)| Ok((field.pointer(), ready(value.evaluate(scope)?)?))).collect()
}
