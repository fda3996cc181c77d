//! What a check concludes once everything is read.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, bail};
use serde_json::Value;

use super::reads::{self, ReadRequest, ReadResult, ReadResults};
use crate::engine::change::change_id;
use crate::engine::diff::{Diff, diff};
use crate::engine::finding::{Cause, Facts, Finding, Item, WantedApproval, WantedAsk};
use crate::engine::names::{captured_node, with_step, without_answers};
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::graph::{Answer, ReadError};
use crate::ports::event::{CheckOutcome, Level, Line};
use crate::wizard::Step;
use crate::wizard::step::{Locate, Object, StatusMeaning, StepKind, Write};

/// More than one object matches: a person must look, so the step is blocked.
#[derive(Debug)]
pub struct Ambiguous(pub String);

impl fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Ambiguous {}

/// Returns the finding, or `None` when it still needs an earlier step.
pub fn evaluate(step: &Step, item: Option<Item>, results: &ReadResults, mut facts: Facts) -> Result<Option<Finding>> {
    let mut finding = Finding::new(item, step.title.show(&facts.scope), CheckOutcome::Ok);
    if refused(step, results, &facts.scope, &mut finding) {
        return Ok(Some(finding));
    }
    let asking = without_answers(step, &facts.scope);
    let diffs: Result<Vec<Diff>> =
        step.objects().iter().zip(&facts.objects).map(|(object, fact)| diff(object, fact, &asking)).collect();
    let known = diffs.as_deref().unwrap_or_default();
    let Some(captured) = captures(step, &finding, &facts, known)? else { return Ok(None) };
    finding.captures = captured;
    // A step may speak of its own captures: of an item its own value.
    let own = Datum::table(finding.captures.iter().map(|(name, value)| (name.clone(), Datum::of_plan(value))));
    facts.scope = with_step(&facts.scope, &step.id, own);
    for rule in &step.not_applicable {
        match Expression::holds(Some(&rule.when), false, &facts.scope)? {
            Partial::NotRead => return Ok(None),
            Partial::Known(true) => {
                finding.outcome = CheckOutcome::NotApplicable;
                finding.lines.push(Line::new(Level::Info, rule.reason.show(&facts.scope)));
                finding.link = rule.link.clone();
                return Ok(Some(finding));
            }
            _ => {}
        }
    }
    let mut problem = false;
    for (object, diff) in step.objects().iter().zip(diffs?) {
        match diff {
            Diff::CannotCreate => {
                finding.outcome = CheckOutcome::Unknown;
                finding.cause = Some(Cause::Unexpected);
                finding.lines.push(Line::new(
                    Level::Problem,
                    format!("`{}` is not there, and this wizard has no way to create it.", object.id),
                ));
                return Ok(Some(finding));
            }
            Diff::Fields { create, fields } => problem |= create || !fields.is_empty(),
            Diff::Remove => problem = true,
            Diff::None => {}
        }
    }
    let asking = without_answers(step, &facts.scope);
    for ask in &step.asks {
        match Expression::holds(ask.when.as_ref(), true, &asking)? {
            Partial::Known(true) => {}
            Partial::NotRead => return Ok(None),
            _ => continue,
        }
        let from = match &ask.from {
            Some(from) => match from.data(&facts.scope)? {
                Partial::Known(value) if !value.is_null() => Some(value),
                Partial::NotRead => return Ok(None),
                _ => None,
            },
            None => None,
        };
        let in_profile = match &ask.suggest {
            Some(suggest) => match suggest.data(&facts.scope)? {
                Partial::Known(Value::Array(values)) => values,
                Partial::Known(value) if !value.is_null() => vec![value],
                Partial::NotRead => return Ok(None),
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        let label = ask.label.show(&facts.scope);
        problem = true;
        finding.lines.push(Line::new(Level::Problem, format!("Missing: {label}")));
        finding.asks.push(WantedAsk { name: ask.name.clone(), label, from, in_profile });
    }
    let spoken = facts.scope.clone();
    for rule in &step.problems {
        match Expression::holds(Some(&rule.when), false, &spoken)? {
            Partial::NotRead => return Ok(None),
            Partial::Known(true) => {
                problem |= rule.level == Level::Problem;
                finding.lines.push(Line::new(rule.level, rule.text.show(&spoken)));
            }
            _ => {}
        }
    }
    let as_wanted = match step.ok_when() {
        Some(ok) => match Expression::holds(Some(ok), true, &spoken)? {
            Partial::Known(ok) => Some(ok),
            Partial::NotRead => return Ok(None),
            // It depends on a change that is not made yet.
            Partial::AfterChange(_) | Partial::Unanswered(_) => Some(false),
        },
        None => None,
    };
    finding.holds = as_wanted;
    let wanting = |otherwise: bool| as_wanted.map_or(otherwise, |ok| !ok);
    match &step.kind {
        StepKind::Setting(_) | StepKind::Query { .. } | StepKind::Assert { .. } => problem |= wanting(false),
        StepKind::Actions(actions) if as_wanted.is_none() => problem |= has_write(step, &actions.writes, &spoken)?,
        StepKind::Actions(_) => problem |= wanting(false),
        StepKind::Manual(manual) => {
            problem |= wanting(true);
            if problem {
                finding.lines.push(Line::new(Level::Problem, manual.instruction.show(&spoken)));
                finding.link = manual.link.as_ref().and_then(|link| link.show(&spoken));
                finding.cause = manual.ok_when.is_none().then_some(Cause::Person);
            }
        }
    }
    if problem {
        finding.outcome = CheckOutcome::Problem;
    }
    if let Some(approval) = &step.approval {
        match Expression::holds(Some(&approval.when), true, &spoken)? {
            Partial::Known(false) => {}
            Partial::NotRead => return Ok(None),
            _ => match approval.of.data(&spoken)? {
                Partial::Known(Value::String(of)) if !of.trim().is_empty() => {
                    finding.approval = Some(WantedApproval { of, why: approval.text.show(&spoken) });
                }
                _ => bail!("`of` of [approval] must yield the id or name of what is approved"),
            },
        }
    }
    let needed = problem || !step.affects().is_empty() || step.guide.is_some() && finding.item.is_none();
    finding.facts = needed.then_some(facts);
    Ok(Some(finding))
}

/// Returns a step's title with its values; of a repeated step as a whole, without the name of an item.
pub fn title(step: &Step, item: Option<&Item>, scope: &Scope) -> String {
    if step.for_each.is_some() && item.is_none() { step.title.heading() } else { step.title.show(scope) }
}

/// Returns the finding of a check that could not be carried out.
pub fn failed(step: &Step, item: Option<Item>, scope: &Scope, error: &anyhow::Error) -> Finding {
    let ambiguous = error.downcast_ref::<Ambiguous>().is_some();
    let outcome = if ambiguous { CheckOutcome::Blocked } else { CheckOutcome::Unknown };
    let scope = match (&step.for_each, &item) {
        (Some(for_each), Some(item)) => scope.with(&for_each.name, item.value.clone()),
        _ => scope.clone(),
    };
    let title = title(step, item.as_ref(), &scope);
    let mut finding = Finding::new(item, title, outcome);
    finding.cause = Some(Cause::Unexpected);
    finding.lines.push(Line::new(Level::Problem, format!("{error:#}")));
    finding
}

/// Adds what the requests that did not succeed mean; returns whether that ends the check.
fn refused(step: &Step, results: &ReadResults, scope: &Scope, finding: &mut Finding) -> bool {
    for (request, result) in results {
        match &**result {
            ReadResult::Failed(error) => {
                let (outcome, cause) = match error {
                    ReadError::SignIn(_) => (CheckOutcome::Blocked, Cause::Access),
                    ReadError::Unavailable(_) | ReadError::SignInAway(_) | ReadError::Stopped => {
                        (CheckOutcome::Unknown, Cause::Temporary)
                    }
                    ReadError::Bad(_) => (CheckOutcome::Unknown, Cause::Unexpected),
                };
                finding.outcome = outcome;
                finding.cause = Some(cause);
                finding.lines.push(Line::new(Level::Problem, format!("{error}")));
                return true;
            }
            ReadResult::Answered(answer) if !(200..300).contains(&answer.status) => {
                if unexpected(step, *request, answer, scope, finding) {
                    finding.request_ids.extend(answer.request_ids.iter().cloned());
                    return true;
                }
            }
            ReadResult::Answered(_) | ReadResult::NotWanted | ReadResult::Pending | ReadResult::Asked => {}
        }
    }
    false
}

fn unexpected(step: &Step, request: ReadRequest, answer: &Answer, scope: &Scope, finding: &mut Finding) -> bool {
    if let Some(rule) = reads::on_status(step, request, answer.status) {
        let text = rule.text.show(scope);
        let (outcome, cause, level) = match rule.then {
            StatusMeaning::Skip => {
                finding.lines.push(Line::new(Level::Info, text));
                return false;
            }
            StatusMeaning::NotApplicable => (CheckOutcome::NotApplicable, None, Level::Info),
            StatusMeaning::Blocked => (CheckOutcome::Blocked, Some(Cause::Access), Level::Problem),
            StatusMeaning::Fail => (CheckOutcome::Unknown, Some(Cause::Unexpected), Level::Problem),
        };
        finding.outcome = outcome;
        finding.cause = cause;
        finding.lines.push(Line::new(level, text));
        return true;
    }
    let by_path = matches!(request, ReadRequest::Object(index) if matches!(step.objects().get(index), Some(Object { locate: Locate::Get(_), .. })));
    if answer.status == 404 && by_path {
        return false;
    }
    let id = reads::request_name(step, request);
    let code = answer.error.as_ref().map_or("no error code", |error| error.code.as_str());
    if matches!(answer.status, 401 | 403) {
        finding.outcome = CheckOutcome::Blocked;
        finding.cause = Some(Cause::Access);
        finding
            .lines
            .push(Line::new(Level::Problem, format!("Microsoft refused to read `{id}`: {} {code}.", answer.status)));
        finding.lines.push(Line::new(
            Level::Hint,
            format!(
                "This step reads with the permission {}; an account or application that has it can check it.",
                step.check_scopes.join(", ")
            ),
        ));
    } else {
        finding.outcome = CheckOutcome::Unknown;
        finding.cause = Some(if answer.status >= 500 { Cause::Temporary } else { Cause::Unexpected });
        finding.lines.push(Line::new(
            Level::Problem,
            format!("Reading `{id}` was answered with {} {code}, which this wizard does not expect.", answer.status),
        ));
        if let Some(error) = &answer.error {
            finding.lines.push(Line::new(Level::Hint, format!("{} says: {}", error.refused_by(), error.message)));
        }
    }
    true
}

/// Returns the step's captures, those that a change of this step gives as deferred values; `None` when an earlier step
/// is missing.
fn captures(step: &Step, finding: &Finding, facts: &Facts, diffs: &[Diff]) -> Result<Option<BTreeMap<String, Value>>> {
    let future = future(step, finding, facts, diffs)?;
    let mut captures: BTreeMap<String, Value> = BTreeMap::new();
    let mut own = Datum::table::<&str>([]);
    for capture in &step.captures {
        let value = match capture.value.data(&with_step(&future, &step.id, own.clone()))? {
            Partial::Known(value) => value,
            Partial::NotRead => return Ok(None),
            Partial::Unanswered(_) => Value::Null,
            Partial::AfterChange(of) => bail!(
                "`capture.{}` computes with a value that is known only after `{of}`; capture it as it is",
                capture.name
            ),
        };
        let value = keep(value, &capture.fields);
        own = own.with(&capture.name, Datum::of_plan(&value));
        if let Some(why) = own.too_large() {
            bail!("`capture.{}`: what this step hands on is {why}", capture.name);
        }
        captures.insert(capture.name.clone(), value);
    }
    Ok(Some(captures))
}

/// Returns the scope in which objects are as they will be: what a later step may count on.
fn future(step: &Step, finding: &Finding, facts: &Facts, diffs: &[Diff]) -> Result<Scope> {
    let mut objects = Vec::new();
    for (index, (object, fact)) in step.objects().iter().zip(&facts.objects).enumerate() {
        let mut value = fact.visible();
        if let Some(Diff::Fields { create, fields }) = diffs.get(index) {
            for (path, _, after) in fields {
                path.put(&mut value, after.clone());
            }
            if *create {
                let id = change_id(step, finding.label(), &object.id);
                for field in &object.fields {
                    if !fields.iter().any(|(path, ..)| path.is_within(field)) {
                        field.put(&mut value, crate::engine::deferred::of(&id, &field.pointer()));
                    }
                }
                if let Value::Object(map) = &mut value {
                    map.insert("absent".to_owned(), Value::Bool(false));
                }
            }
        }
        objects.push((object.id.clone(), Datum::of_plan(&value)));
    }
    let mut scope = facts.scope.with("objects", Datum::table(objects));
    if !step.writes().is_empty() {
        scope = scope.with("captured", captured_node(step, finding.label(), &facts.scope)?);
    }
    Ok(scope)
}

fn has_write(step: &Step, writes: &[Write], scope: &Scope) -> Result<bool> {
    let scope = without_answers(step, scope);
    for write in writes {
        if !matches!(Expression::holds(write.when.as_ref(), true, &scope)?, Partial::Known(false)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn keep(value: Value, fields: &[crate::wizard::field_path::FieldPath]) -> Value {
    match value {
        _ if fields.is_empty() => value,
        Value::Array(items) => Value::Array(items.iter().map(|item| reads::project(item, fields)).collect()),
        Value::Object(_) if crate::engine::deferred::parts(&value).is_none() => reads::project(&value, fields),
        other => other,
    }
}
