//! The plan: a pure function of findings and answers.

mod object;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::approval;
use super::body::put;
use super::change::{Change, Segments, StatusWords, change_id};
use super::finding::{Facts, Finding, StepFindings};
use super::names::without_answers;
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::ports::event::{Affect, CheckOutcome};
use crate::wizard::step::{Object, StepKind};
use crate::wizard::template::PathTemplate;
use crate::wizard::{Step, Wizard};

/// The changes that would make the tenant as wanted.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The changes in order.
    pub changes: Vec<Arc<Change>>,
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

#[derive(Debug, Clone, PartialEq)]
pub enum AskAnswer {
    /// A value of the ask's type.
    Value(Value),
    /// The person left it out.
    Skipped,
}

/// Makes the plan, and uses up the facts of the findings: of thousands of items both together would take much memory.
/// How it turns the checks of others is said once it is whole ([`affects`]).
pub fn plan(wizard: &Wizard, findings: &mut [StepFindings], answers: &AskAnswers) -> Plan {
    let mut plan = Plan::default();
    let mut ids_by_step: BTreeMap<&str, Planned> = BTreeMap::new();
    for checked in findings.iter_mut() {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &mut checked.findings {
            let facts = finding.facts.take();
            let key = finding.key().map(str::to_owned);
            // An item that is as it should be stands here with no change: it is a counterpart all the same.
            ids_by_step.entry(&step.id).or_default().entry(key.clone()).or_default();
            let given = answers.get(&(checked.step, key.clone()));
            if let Some(facts) = facts.as_ref().filter(|_| finding.outcome == CheckOutcome::Problem) {
                match plan_item(step, finding, facts, given, &mut plan.not_changed) {
                    Ok(mut changes) => {
                        for change in &mut changes {
                            change.after.extend(predecessors(step, key.as_deref(), &ids_by_step));
                            change.after.extend(change.captured_from());
                            change.after.retain(|id| *id != change.id);
                            change.after.sort();
                            change.after.dedup();
                        }
                        let ids = changes.iter().map(|change| change.id.clone());
                        ids_by_step.entry(&step.id).or_default().entry(key.clone()).or_default().extend(ids);
                        plan.changes.extend(changes.into_iter().map(Arc::new));
                    }
                    Err(error) => plan.unplanned.push((checked.step, key, format!("{error:#}"))),
                }
            }
            finding.facts = facts.filter(|_| !step.affects().is_empty());
        }
    }
    plan
}

/// The ids of a step's changes, by item.
type Planned = BTreeMap<Option<String>, Vec<String>>;

/// The changes of the steps that this one needs: of the same item, where both are repeated and it has a counterpart.
fn predecessors(step: &Step, key: Option<&str>, ids: &BTreeMap<&str, Planned>) -> Vec<String> {
    let mut after = Vec::new();
    for needed in &step.needs {
        let Some(changes) = ids.get(needed.as_str()) else { continue };
        match changes.get(&key.map(str::to_owned)) {
            Some(of_the_same) => after.extend(of_the_same.iter().cloned()),
            None => after.extend(changes.values().flatten().cloned()),
        }
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
    let mut changes = match &step.kind {
        StepKind::Setting(setting) => {
            let mut changes = Vec::new();
            for (object, fact) in setting.objects.iter().zip(&facts.objects) {
                changes.extend(object::plan(step, finding, object, fact, &scope)?);
            }
            changes
        }
        StepKind::Actions(actions) => write::plan(step, &actions.writes, finding, &scope)?,
        StepKind::Query { .. } | StepKind::Manual(_) | StepKind::Assert { .. } => Vec::new(),
    };
    for change in &mut changes {
        change.tier0 = approval::tier0_both_ways(change);
    }
    Ok(changes)
}

/// Returns the scope with the answers given to the step's asks.
pub fn with_answers(step: &Step, scope: &Scope, given: Option<&BTreeMap<String, AskAnswer>>) -> Scope {
    let Some(given) = given else { return without_answers(step, scope) };
    let asks = step.asks.iter().map(|ask| {
        let node = match given.get(&ask.name) {
            Some(AskAnswer::Value(value)) => Datum::json(value),
            Some(AskAnswer::Skipped) | None => Datum::unanswered(&ask.name),
        };
        (ask.name.clone(), node)
    });
    scope.with("ask", Datum::table(asks))
}

/// Returns how checks of others turn: their condition on the values before and after the plan.
pub fn affects(wizard: &Wizard, findings: &[StepFindings], plan: &Plan) -> Vec<Affect> {
    let mut affects = Vec::new();
    let changes: HashMap<&str, &Change> = plan.changes.iter().map(|change| (change.id.as_str(), &**change)).collect();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step).filter(|step| !step.affects().is_empty()) else { continue };
        for finding in &checked.findings {
            let Some(facts) = &finding.facts else { continue };
            // What the tenant does not show, or nobody may manage, turns no check of others.
            let is_managed = |object: &Object| {
                Expression::holds(object.manage_when.as_ref(), true, &facts.scope).ok() == Some(Partial::Known(true))
            };
            if !step.objects().iter().all(is_managed) {
                continue;
            }
            let mut before = Map::new();
            let mut after = Map::new();
            for (object, fact) in step.objects().iter().zip(&facts.objects) {
                let mut wanted = fact.fields.clone();
                let id = change_id(step, finding.label(), &object.id);
                for field in changes.get(id.as_str()).into_iter().flat_map(|change| &change.fields) {
                    put(&mut wanted, &field.pointer, field.after.clone());
                }
                before.insert(object.id.clone(), fact.fields.clone());
                after.insert(object.id.clone(), wanted);
            }
            let passes = |values: &Map<String, Value>, rule: &crate::wizard::step::Affects| {
                let scope = facts.scope.with("value", Datum::json(&Value::Object(values.clone())));
                match Expression::holds(Some(&rule.passes_when), false, &scope) {
                    Ok(Partial::Known(passes)) => Some(passes),
                    _ => None,
                }
            };
            for rule in step.affects() {
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

fn path(template: &PathTemplate, scope: &Scope) -> Result<Segments> {
    ready(template.segments(scope)?)
}

fn ready<T>(value: Partial<T>) -> Result<T> {
    match value {
        Partial::Known(value) => Ok(value),
        Partial::NotRead => bail!("it depends on something that was not read"),
        Partial::Unanswered(asks) => bail!("it needs the answer to {}", asks.join(", ")),
        Partial::AfterChange(of) => {
            bail!("it computes with a value that is known only after `{of}`; hand it on as it is")
        }
    }
}

fn status_words(step: &Step, id: &str, scope: &Scope) -> Vec<StatusWords> {
    let rules = step.on_status.iter().filter(|rule| rule.id.as_deref().is_none_or(|rule| rule == id));
    rules.map(|rule| StatusWords { status: rule.status, then: rule.then, text: rule.text.show(scope) }).collect()
}
