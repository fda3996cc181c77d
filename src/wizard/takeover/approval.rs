//! Which writes of a step need typed approval, before anything is known of its placeholders: for lint and for the answers
//! file. What a plan needs is worked out from the plan.

use crate::contract::ordinary::{Sent, takeover};
use crate::expr::{ExprKind, Expression};
use crate::ports::http::Method;
use crate::wizard::Step;
use crate::wizard::field_path::FieldPath;
use crate::wizard::step::{Locate, Object, Send, Undo, WayBack, Write};
use crate::wizard::template::{JsonTemplate, PathTemplate, Segment};

/// A write that needs typed approval because it is not an ordinary one.
pub struct NeedsApproval {
    /// The object's or the write's id.
    pub id: String,
    pub method: Method,
    /// As the author wrote it.
    pub path: String,
    pub why: String,
    /// Whether it needs it whatever the placeholders yield.
    pub is_certain: bool,
}

/// Returns the writes of a step that are not ordinary.
pub fn needed(step: &Step) -> Vec<NeedsApproval> {
    let mut found = Vec::new();
    for write in step.writes() {
        let sent = write.body.as_ref().map(sent).unwrap_or_default();
        found.extend(judged(&write.id, write.method, &write.path, &sent, ""));
        if let WayBack::Undo(undo) = &write.way_back
            && !removes_what_was_made(write, undo)
        {
            let sent = undo.body.as_ref().map(self::sent).unwrap_or_default();
            found.extend(judged(&write.id, undo.method, &undo.path, &sent, "its rollback: "));
        }
    }
    for object in step.objects() {
        let (Locate::Get(own) | Locate::Find { path: own, .. }) = &object.locate;
        let sent = wanted(object);
        let mut judge = |method, path: &PathTemplate, sent: &[Sent]| {
            found.extend(judged(&object.id, method, path, sent, ""));
        };
        if let Some(create) = &object.create {
            judge(create.method, &create.path, &sent);
        }
        // What was found by a value has that value.
        let changed = |sent: &Sent| match &object.locate {
            Locate::Find { matches, .. } => !matches.iter().any(|(field, _)| field.0 == sent.names),
            Locate::Get(_) => true,
        };
        let sent: Vec<Sent> = sent.into_iter().filter(changed).collect();
        if !object.managed.is_empty() && !sent.is_empty() {
            let set = object.set.as_ref();
            judge(set.map_or(Method::Patch, |set| set.method), set.map_or(own, |set| &set.path), &sent);
        }
        // One that is never wanted absent is removed only to roll its creation back.
        if object.want.is_some() {
            let remove = object.remove.as_ref();
            judge(
                remove.map_or(Method::Delete, |remove| remove.method),
                remove.map_or(own, |remove| &remove.path),
                &[],
            );
        }
    }
    found
}

fn judged(id: &str, method: Method, path: &PathTemplate, sent: &[Sent], lead: &str) -> Option<NeedsApproval> {
    let segments: Vec<Option<&str>> = path.segments.iter().map(Segment::literal).collect();
    let why = takeover(method.as_str(), &segments, sent, false)?;
    Some(NeedsApproval {
        id: id.to_owned(),
        method,
        path: path.source(),
        why: format!("{lead}{why}"),
        is_certain: takeover(method.as_str(), &segments, sent, true).is_some(),
    })
}

/// Whether an undo deletes the very object that the write made, by the id of its answer.
fn removes_what_was_made(write: &Write, undo: &Undo) -> bool {
    let Some((Segment::Value(id), made_in)) = undo.path.segments.split_last() else { return false };
    let captured = id.tree().path().is_some_and(|path| match path.names.as_slice() {
        [captured, name] => captured == "captured" && write.capture.contains(&(name.clone(), "/id".to_owned())),
        _ => false,
    });
    let made_in = PathTemplate { segments: made_in.to_vec() }.source();
    captured && (write.method, undo.method) == (Method::Post, Method::Delete) && made_in == write.path.source()
}

/// What a set or a creation of an object may send.
fn wanted(object: &Object) -> Vec<Sent> {
    let whole = object
        .managed
        .iter()
        .filter(|managed| object.send == Send::All && !object.desired.iter().any(|(field, _)| field == *managed));
    let whole = whole.map(|field| Sent { names: field.0.clone(), value: None });
    object.desired.iter().flat_map(|(field, value)| literal(field, value)).chain(whole).collect()
}

fn literal(field: &FieldPath, value: &Expression) -> Vec<Sent> {
    let sent = |value: Option<serde_json::Value>| Sent { names: field.0.clone(), value };
    match &value.tree().kind {
        ExprKind::Text(text) => vec![sent(Some(text.as_ref().into()))],
        ExprKind::Bool(value) => vec![sent(Some((*value).into()))],
        ExprKind::Null => vec![sent(Some(serde_json::Value::Null))],
        ExprKind::List(items) if items.is_empty() => vec![sent(Some(serde_json::json!([])))],
        _ => vec![sent(None)],
    }
}

fn sent(body: &JsonTemplate) -> Vec<Sent> {
    let mut sent = Vec::new();
    collect(body, &mut Vec::new(), &mut sent);
    sent
}

fn collect(body: &JsonTemplate, names: &mut Vec<String>, sent: &mut Vec<Sent>) {
    let value = match body {
        JsonTemplate::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                names.push(name.clone());
                collect(value, names, sent);
                names.pop();
            }
            return;
        }
        JsonTemplate::List(items) if !items.is_empty() => {
            return items.iter().for_each(|item| collect(item, names, sent));
        }
        JsonTemplate::Object(_) => Some(serde_json::json!({})),
        JsonTemplate::List(_) => Some(serde_json::json!([])),
        JsonTemplate::Literal(value) => Some(value.clone()),
        JsonTemplate::Text(text) => text.expressions().next().is_none().then(|| text.source().into()),
    };
    sent.push(Sent { names: names.clone(), value });
}
