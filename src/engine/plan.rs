//! The plan: a pure function of findings and answers.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::approval::tier0_both_ways;
use super::change::{
    Change, ChangeKind, ChangeRequest, FieldChange, Inverse, LandedProbe, Precondition, Probe, StatusWords,
};
use super::check::item::pointer;
use super::check::verdict::{captured_node, without_answers};
use super::diff::{Diff, comparison, diff};
use super::finding::{Facts, Finding, ObjectFact, StepFindings};
use super::render::{self, Rendered};
use crate::seam::event::{Affect, CheckOutcome};
use crate::seam::http::Method;
use crate::wizard::expression::{Node, Scope};
use crate::wizard::step::{FieldPath, Kind, Object, Send, StatusMeaning, WayBack, Write};
use crate::wizard::template::{JsonTemplate, PathTemplate};
use crate::wizard::{Step, Wizard};

/// The changes that would make the tenant as wanted.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The changes in order.
    pub changes: Vec<Change>,
    /// What is left alone, and why.
    pub not_changed: Vec<String>,
    /// Checks of others that turn.
    pub affects: Vec<Affect>,
    /// Whether this plan takes changes back.
    pub is_rollback: bool,
    /// Steps and items that could not be planned: their finding counts as unknown.
    pub unplanned: Vec<(usize, Option<String>, String)>,
}

/// The person's answers to a step's asks.
pub type AskAnswers = BTreeMap<(usize, Option<String>), BTreeMap<String, AskAnswer>>;

/// Method, path, expected statuses, and why it cannot be taken back, where it cannot.
type OwnRequest = (Method, Vec<Value>, Vec<u16>, Option<String>);

/// An answer to an ask.
#[derive(Debug, Clone, PartialEq)]
pub enum AskAnswer {
    /// A value of the ask's type.
    Value(Value),
    /// The person left it out.
    Skipped,
}

/// Returns a change's id: `step`, `step[label]`, with `/object` where the step has several.
pub fn change_id(step: &Step, label: Option<&str>, object: &str) -> String {
    let item = label.map(|label| format!("[{label}]")).unwrap_or_default();
    let part = if step.objects.len() + step.writes.len() > 1 { format!("/{object}") } else { String::new() };
    format!("{}{item}{part}", step.id)
}

/// Makes the plan.
pub fn plan(wizard: &Wizard, findings: &[StepFindings], answers: &AskAnswers) -> Plan {
    let mut plan = Plan::default();
    let mut ids_by_step: BTreeMap<&str, Vec<(Option<String>, String)>> = BTreeMap::new();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &checked.findings {
            let key = finding.key().map(str::to_owned);
            let given = answers.get(&(checked.step, key.clone()));
            if let Some(facts) = finding.facts.as_ref().filter(|_| finding.outcome == CheckOutcome::Problem) {
                match plan_item(step, finding, facts, given, &mut plan.not_changed) {
                    Ok(mut changes) => {
                        for change in &mut changes {
                            change.after.extend(predecessors(step, key.as_deref(), &ids_by_step));
                            change.after.extend(change.captured_from());
                            change.after.retain(|id| *id != change.id);
                            change.after.sort();
                            change.after.dedup();
                        }
                        let ids = changes.iter().map(|change| (key.clone(), change.id.clone()));
                        ids_by_step.entry(&step.id).or_default().extend(ids);
                        plan.changes.extend(changes);
                    }
                    Err(error) => plan.unplanned.push((checked.step, key, format!("{error:#}"))),
                }
            }
        }
    }
    plan.affects = affects(wizard, findings, &plan);
    plan
}

/// The changes of the steps that this one needs: of the same item, where both are repeated over the same keys.
fn predecessors(step: &Step, key: Option<&str>, ids: &BTreeMap<&str, Vec<(Option<String>, String)>>) -> Vec<String> {
    let mut after = Vec::new();
    for needed in &step.needs {
        let Some(changes) = ids.get(needed.as_str()) else { continue };
        let same_item = |other: &Option<String>| match (key, other.as_deref()) {
            (Some(key), Some(other)) => key == other,
            _ => true,
        };
        after.extend(changes.iter().filter(|(other, _)| same_item(other)).map(|(_, id)| id.clone()));
    }
    after
}

fn plan_item(
    step: &Step,
    finding: &Finding,
    facts: &Facts,
    given: Option<&BTreeMap<String, AskAnswer>>,
    not_changed: &mut Vec<String>,
) -> Result<Vec<Change>> {
    let scope = with_answers(step, &facts.scope, given);
    for ask in &finding.asks {
        match given.and_then(|given| given.get(&ask.name)) {
            Some(AskAnswer::Value(_)) => {}
            Some(AskAnswer::Skipped) => not_changed.push(format!("{}: left out by your choice", ask.label)),
            None => not_changed.push(format!("{}: not answered", ask.label)),
        }
    }
    let mut changes: Vec<Change> = Vec::new();
    if step.kind == Kind::Setting {
        for (object, fact) in step.objects.iter().zip(&facts.objects) {
            changes.extend(plan_object(step, finding, object, fact, &scope)?);
        }
    }
    if step.kind == Kind::Actions {
        changes.extend(plan_writes(step, finding, &scope)?);
    }
    for change in &mut changes {
        change.tier0 = tier0_both_ways(&change.request, &change.inverse);
    }
    Ok(changes)
}

/// Returns the scope with the answers given to the step's asks.
pub fn with_answers(step: &Step, scope: &Scope, given: Option<&BTreeMap<String, AskAnswer>>) -> Scope {
    let Some(given) = given else { return without_answers(step, scope) };
    let asks = step.asks.iter().map(|ask| {
        let node = match given.get(&ask.name) {
            Some(AskAnswer::Value(value)) => Node::json(value),
            Some(AskAnswer::Skipped) | None => Node::Unanswered(ask.name.clone()),
        };
        (ask.name.clone(), node)
    });
    scope.with("ask", Node::table(asks))
}

fn plan_object(
    step: &Step,
    finding: &Finding,
    object: &Object,
    fact: &ObjectFact,
    scope: &Scope,
) -> Result<Option<Change>> {
    let found = diff(object, fact, scope)?;
    let (kind, fields) = match found {
        Diff::None | Diff::CannotCreate => return Ok(None),
        Diff::Fields { create: true, fields, .. } => (ChangeKind::Create, fields),
        Diff::Fields { fields, .. } if fields.is_empty() => return Ok(None),
        Diff::Fields { fields, .. } => (ChangeKind::Set, fields),
        Diff::Remove => {
            let managed = object.managed.iter();
            let gone = managed.map(|path| (path.clone(), path.get(&fact.fields).clone(), Value::Null)).collect();
            (ChangeKind::Remove, gone)
        }
    };
    let id = change_id(step, finding.label(), &object.id);
    let changed: Vec<FieldChange> = fields
        .iter()
        .map(|(path, before, after)| FieldChange {
            pointer: pointer(path),
            before: before.clone(),
            after: after.clone(),
            compare: comparison(object, path),
        })
        .collect();
    let with_id = match &fact.id {
        Some(found) => scope.with("id", Node::json(&Value::String(found.clone()))),
        None if kind == ChangeKind::Create => {
            scope.with("id", Node::Captured { of: id.clone(), pointer: "/id".to_owned() })
        }
        None => scope.clone(),
    };
    let merge = if object.send == Send::All { object.managed.iter().map(pointer).collect() } else { Vec::new() };
    let own = |request: Option<&crate::wizard::step::Request>, method: Method| -> Result<OwnRequest> {
        Ok(match request {
            Some(request) => {
                (request.method, path(&request.path, &with_id)?, request.expect.clone(), request.irreversible.clone())
            }
            None => (method, own_path(object, fact, &with_id)?, Vec::new(), None),
        })
    };
    let after_image = image(object, fact, &fields, object.send == Send::All || kind == ChangeKind::Create);
    let before_image = restored(object, fact, &fields, kind);
    let (method, target, expect, irreversible) = match kind {
        ChangeKind::Create => own(object.create.as_ref(), Method::Post)?,
        ChangeKind::Remove => own(object.remove.as_ref(), Method::Delete)?,
        ChangeKind::Set | ChangeKind::Action => own(object.set.as_ref(), Method::Patch)?,
    };
    let body = if kind == ChangeKind::Remove { Value::Null } else { after_image };
    let inverse = match irreversible {
        Some(because) => Inverse::Irreversible(because),
        None => {
            let (kind, (method, path, expect, _), body) = match kind {
                ChangeKind::Create => (ChangeKind::Remove, own(object.remove.as_ref(), Method::Delete)?, Value::Null),
                ChangeKind::Remove => (ChangeKind::Create, own(object.create.as_ref(), Method::Post)?, before_image),
                ChangeKind::Set | ChangeKind::Action => {
                    (ChangeKind::Set, own(object.set.as_ref(), Method::Patch)?, before_image)
                }
            };
            let request = ChangeRequest { method, path, body, expect, merge: merge.clone() };
            Inverse::Request { kind, request, preconditions: Vec::new() }
        }
    };
    let scopes = if object.scopes.is_empty() { &step.fix_scopes } else { &object.scopes };
    let merge = if kind == ChangeKind::Set { merge } else { Vec::new() };
    Ok(Some(Change {
        id,
        step: step.id.clone(),
        key: finding.key().map(str::to_owned),
        label: finding.label().map(str::to_owned),
        title: finding.title.clone(),
        kind,
        tier0: None,
        request: ChangeRequest { method, path: target, body, expect, merge },
        fields: changed,
        probe: Some(fact.probe.clone()),
        preconditions: Vec::new(),
        landed: None,
        capture: if kind == ChangeKind::Create { handed_on(object) } else { BTreeMap::new() },
        reveal: None,
        inverse,
        verify_seconds: step.verify_up_to,
        risk: step.risk.clone(),
        scopes: scopes.clone(),
        read_scopes: step.check_scopes.clone(),
        after: Vec::new(),
        continue_on_error: step.for_each.as_ref().is_some_and(|for_each| for_each.continue_on_error),
        on_status: status_words(step, &object.id, scope),
    }))
}

/// What a creation hands on: the object's id, and every field that later steps may use.
fn handed_on(object: &Object) -> BTreeMap<String, String> {
    let fields = object.fields.iter().map(pointer).chain(["/id".to_owned()]);
    fields.map(|pointer| (pointer.clone(), pointer)).collect()
}

/// The path of an object's own: that it was read by, or of an object still to be created, the item's with its id.
fn own_path(object: &Object, fact: &ObjectFact, with_id: &Scope) -> Result<Vec<Value>> {
    match &object.locate {
        crate::wizard::step::Locate::Find { path: item, .. } => path(item, with_id),
        crate::wizard::step::Locate::Get(_) => Ok(fact.path.clone()),
    }
}

/// The body of a create or set: the fields that change, or every managed subtree with the leaves replaced.
fn image(object: &Object, fact: &ObjectFact, fields: &[(FieldPath, Value, Value)], whole: bool) -> Value {
    let mut body = Value::Object(Map::new());
    if whole {
        for managed in &object.managed {
            let value = without_annotations(managed.get(&fact.fields));
            if !value.is_null() {
                managed.put(&mut body, value);
            }
        }
    }
    for (path, _, after) in fields {
        path.put(&mut body, after.clone());
    }
    body
}

/// The body that brings an object back. Restoring absence writes null, of a collection an empty list.
fn restored(object: &Object, fact: &ObjectFact, fields: &[(FieldPath, Value, Value)], kind: ChangeKind) -> Value {
    let mut body = Value::Object(Map::new());
    if object.send == Send::All || kind == ChangeKind::Remove {
        for managed in &object.managed {
            let value = without_annotations(managed.get(&fact.fields));
            if !value.is_null() {
                managed.put(&mut body, value);
            }
        }
    }
    if kind != ChangeKind::Remove {
        for (path, before, after) in fields {
            path.put(&mut body, written(before, after));
        }
    }
    body
}

/// Returns what is written so that a field becomes `value`: absence of a collection is an empty list.
pub fn written(value: &Value, other: &Value) -> Value {
    if value.is_null() && other.is_array() { Value::Array(Vec::new()) } else { value.clone() }
}

/// Returns a value without the annotations that Graph adds and does not take back.
pub fn without_annotations(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, _)| !key.starts_with("@odata.") && !key.contains("@odata.context"))
                .map(|(key, value)| (key.clone(), without_annotations(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_annotations).collect()),
        plain => plain.clone(),
    }
}

fn plan_writes(step: &Step, finding: &Finding, scope: &Scope) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    let captured = captured_node(step, finding.label(), scope)?;
    let scope = scope.with("captured", captured);
    for write in &step.writes {
        match render::condition(write.when.as_ref(), true, &scope)? {
            Rendered::Ready(true) => {}
            Rendered::Ready(false) | Rendered::Unanswered(_) => continue,
            Rendered::NotYet => bail!("whether `{}` is to be done depends on something that was not read", write.id),
            Rendered::Consumed(of) => bail!("whether `{}` is to be done depends on change `{of}`", write.id),
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
        Some(body) => match render::json(body, scope)? {
            Rendered::Ready(body) => body,
            // An ask without an answer leaves what needs it undone.
            Rendered::Unanswered(_) => return Ok(None),
            Rendered::NotYet => bail!("the body of `{}` depends on something that was not read", write.id),
            Rendered::Consumed(of) => bail!("the body of `{}` computes with the answer to `{of}`", write.id),
        },
    };
    let target = path(&write.path, scope)?;
    let fields = said(&body);
    let inverse = match &write.way_back {
        WayBack::Irreversible(because) => Inverse::Irreversible(because.clone()),
        WayBack::Undo(undo) => {
            let body = undo.body.as_ref().map_or(Ok(Value::Null), |body| ready(render::json(body, scope)?))?;
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
            Inverse::Request { kind: ChangeKind::Action, request, preconditions }
        }
    };
    let landed = match &write.landed {
        None => None,
        Some(landed) => Some(LandedProbe {
            path: path(&landed.get, scope)?,
            items: landed.items.clone(),
            matches: matches(&landed.matches, scope)?,
            capture: landed.capture.iter().cloned().collect(),
        }),
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
        preconditions: preconditions(step, write, scope)?,
        landed,
        capture: write.capture.iter().cloned().collect(),
        reveal: write.reveal.clone(),
        inverse,
        verify_seconds: step.verify_up_to,
        risk: step.risk.clone(),
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
            query.push((name.clone(), ready(render::query(value, scope)?)?));
        }
        let Some(Node::Table(reads)) = scope.get("reads") else { continue };
        let Some(Node::Known(known)) = reads.get(&read.id) else { continue };
        let body = known.to_json().get("body").cloned().unwrap_or(Value::Null);
        if body.is_null() {
            continue;
        }
        conditions.push(Precondition {
            probe: Probe { path: path(&read.get, scope)?, query, find: Vec::new() },
            fields: read.fields.iter().map(|field| (pointer(field), field.get(&body).clone())).collect(),
        });
    }
    Ok(conditions)
}

fn matches(matches: &[(FieldPath, JsonTemplate)], scope: &Scope) -> Result<Vec<(String, Value)>> {
    matches.iter().map(|(field, value)| Ok((pointer(field), ready(render::json(value, scope)?)?))).collect()
}

fn path(template: &PathTemplate, scope: &Scope) -> Result<Vec<Value>> {
    ready(render::path(template, scope)?)
}

fn ready<T>(value: Rendered<T>) -> Result<T> {
    match value {
        Rendered::Ready(value) => Ok(value),
        Rendered::NotYet => bail!("it depends on something that was not read"),
        Rendered::Unanswered(asks) => bail!("it needs the answer to {}", asks.join(", ")),
        Rendered::Consumed(of) => {
            bail!("it computes with a value that is known only after `{of}`; hand it on as it is")
        }
    }
}

fn status_words(step: &Step, id: &str, scope: &Scope) -> Vec<StatusWords> {
    let rules = step.on_status.iter().filter(|rule| rule.id.as_deref().is_none_or(|rule| rule == id));
    rules
        .map(|rule| StatusWords {
            status: rule.status,
            then: match rule.then {
                StatusMeaning::NotApplicable => "not_applicable",
                StatusMeaning::Blocked => "blocked",
                StatusMeaning::Skip => "skip",
                StatusMeaning::Fail => "fail",
            }
            .to_owned(),
            text: rule.text.show(scope),
        })
        .collect()
}

/// Returns what the body of a way back says, as fields for people.
pub fn leaves_as_fields(inverse: &Inverse) -> Vec<FieldChange> {
    let Inverse::Request { request, .. } = inverse else { return Vec::new() };
    said(&request.body)
}

fn said(body: &Value) -> Vec<FieldChange> {
    let compare = crate::wizard::step::Comparison::Exact;
    let field = |(pointer, after)| FieldChange { pointer, before: Value::Null, after, compare };
    leaves(body).into_iter().map(field).collect()
}

/// Returns the leaves of a body with their JSON pointers; a list is a leaf.
pub fn leaves(body: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    fn walk(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(map) if super::hole::parts(value).is_none() && !map.contains_key("$text") => {
                for (key, value) in map {
                    walk(&format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), value, found);
                }
            }
            Value::Null if at.is_empty() => {}
            other => found.push((at.to_owned(), other.clone())),
        }
    }
    walk("", body, &mut found);
    found
}

/// Returns how checks of others turn: their condition on the values before and after the plan.
fn affects(wizard: &Wizard, findings: &[StepFindings], plan: &Plan) -> Vec<Affect> {
    let mut affects = Vec::new();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &checked.findings {
            let Some(facts) = &finding.facts else { continue };
            let mut before = Map::new();
            let mut after = Map::new();
            for (object, fact) in step.objects.iter().zip(&facts.objects) {
                let mut wanted = fact.fields.clone();
                let id = change_id(step, finding.label(), &object.id);
                for field in plan.changes.iter().filter(|change| change.id == id).flat_map(|change| &change.fields) {
                    put(&mut wanted, &field.pointer, field.after.clone());
                }
                before.insert(object.id.clone(), fact.fields.clone());
                after.insert(object.id.clone(), wanted);
            }
            let passes = |values: &Map<String, Value>, rule: &crate::wizard::step::Affects| {
                let scope = facts.scope.with("value", Node::json(&Value::Object(values.clone())));
                match render::condition(Some(&rule.passes_when), false, &scope) {
                    Ok(Rendered::Ready(passes)) => Some(passes),
                    _ => None,
                }
            };
            for rule in &step.affects {
                affects.push(Affect {
                    id: rule.id.clone(),
                    before: passes(&before, rule),
                    after: passes(&after, rule),
                });
            }
        }
    }
    affects
}

/// Puts a value at a JSON pointer, making the objects on the way.
pub fn put(value: &mut Value, pointer: &str, new: Value) {
    field_path(pointer).put(value, new);
}

/// Returns a JSON pointer as a field path.
pub fn field_path(pointer: &str) -> FieldPath {
    FieldPath(pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect())
}
