//! The change of one object: create, set or remove, with the way back derived from it.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Map, Value};

use super::{path, status_words};
use crate::engine::body::{without_annotations, written};
use crate::engine::change::{Change, ChangeKind, ChangeRequest, FieldChange, Inverse, Segments, change_id};
use crate::engine::diff::{Diff, comparison, diff};
use crate::engine::finding::{Finding, ObjectFact};
use crate::expr::{Datum, Scope};
use crate::ports::http::Method;
use crate::wizard::Step;
use crate::wizard::field_path::FieldPath;
use crate::wizard::step::{Locate, Object, Request, Send};

/// Method, path, expected statuses, and why it cannot be taken back, where it cannot.
type OwnRequest = (Method, Segments, Vec<u16>, Option<String>);

/// Plans what an object lacks; `None` when it lacks nothing.
pub(super) fn plan(
    step: &Step,
    finding: &Finding,
    object: &Object,
    fact: &ObjectFact,
    scope: &Scope,
) -> Result<Option<Change>> {
    let found = diff(object, fact, scope)?;
    let (kind, fields) = match found {
        Diff::None | Diff::CannotCreate => return Ok(None),
        Diff::Fields { create: true, fields } => (ChangeKind::Create, fields),
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
            pointer: path.pointer(),
            before: before.clone(),
            after: after.clone(),
            compare: comparison(object, path),
        })
        .collect();
    let with_id = match &fact.id {
        Some(found) => scope.with("id", Datum::json(&Value::String(found.clone()))),
        None if kind == ChangeKind::Create => scope.with("id", Datum::hole(&id, "/id")),
        None => scope.clone(),
    };
    let merge =
        if object.send == Send::All { object.managed.iter().map(FieldPath::pointer).collect() } else { Vec::new() };
    let own_request = |request: Option<&Request>, method: Method| -> Result<OwnRequest> {
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
        ChangeKind::Create => own_request(object.create.as_ref(), Method::Post)?,
        ChangeKind::Remove => own_request(object.remove.as_ref(), Method::Delete)?,
        ChangeKind::Set | ChangeKind::Action => own_request(object.set.as_ref(), Method::Patch)?,
    };
    let body = if kind == ChangeKind::Remove { Value::Null } else { after_image };
    let inverse = match irreversible {
        Some(because) => Inverse::Irreversible(because),
        None => {
            let (kind, (method, path, expect, _), body) = match kind {
                ChangeKind::Create => {
                    (ChangeKind::Remove, own_request(object.remove.as_ref(), Method::Delete)?, Value::Null)
                }
                ChangeKind::Remove => {
                    (ChangeKind::Create, own_request(object.create.as_ref(), Method::Post)?, before_image)
                }
                ChangeKind::Set | ChangeKind::Action => {
                    (ChangeKind::Set, own_request(object.set.as_ref(), Method::Patch)?, before_image)
                }
            };
            let request = ChangeRequest { method, path, body, expect, merge: merge.clone() };
            let probe = fact.found_by.clone().filter(|_| kind == ChangeKind::Create).map(Box::new);
            Inverse::Request { kind, request, preconditions: Vec::new(), probe }
        }
    };
    let scopes = if object.scopes.is_empty() { &step.fix_scopes } else { &object.scopes };
    let merge = if kind == ChangeKind::Set { merge } else { Vec::new() };
    let own = own_by_answer(object, &id, scope)?;
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
        own,
        preconditions: Vec::new(),
        landed: None,
        judged: false,
        capture: if kind == ChangeKind::Create { handed_on(object) } else { BTreeMap::new() },
        reveal: None,
        inverse,
        verify_seconds: step.verify_up_to,
        risk: step.risk,
        scopes: scopes.clone(),
        read_scopes: step.check_scopes.clone(),
        after: Vec::new(),
        continue_on_error: step.for_each.as_ref().is_some_and(|for_each| for_each.continue_on_error),
        on_status: status_words(step, &object.id, scope),
    }))
}

/// The path that an object of a collection has once the answer to its creation tells its id.
fn own_by_answer(object: &Object, change: &str, scope: &Scope) -> Result<Option<Segments>> {
    let Locate::Find { path: item, .. } = &object.locate else { return Ok(None) };
    let id = Datum::hole(change, "/id");
    path(item, &scope.with("id", id)).map(Some)
}

/// What a creation hands on: the object's id, and every field that later steps may use.
fn handed_on(object: &Object) -> BTreeMap<String, String> {
    let fields = object.fields.iter().map(FieldPath::pointer).chain(["/id".to_owned()]);
    fields.map(|pointer| (pointer.clone(), pointer)).collect()
}

/// The path of an object's own: that it was read by, or of an object still to be created, the item's with its id.
fn own_path(object: &Object, fact: &ObjectFact, with_id: &Scope) -> Result<Segments> {
    match &object.locate {
        Locate::Find { path: item, .. } => path(item, with_id),
        Locate::Get(_) => Ok(fact.path.clone()),
    }
}

/// The body of a create or set: the fields that change, or every managed subtree with the leaves replaced.
fn image(object: &Object, fact: &ObjectFact, fields: &[(FieldPath, Value, Value)], whole: bool) -> Value {
    let mut body = Value::Object(Map::with_capacity(fields.len()));
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
    let mut body = Value::Object(Map::with_capacity(fields.len()));
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
