//! What is taken out of a plan before it is shown, because this run certainly cannot make it: a role or permission is
//! missing, a value could not be worked out, a secret would have nobody to see it. The rest of the plan goes on.

use std::collections::BTreeSet;

use serde_json::Value;

use super::request::RunRequest;
use super::secrets::shows_secret;
use crate::commands::account::connect::Connected;
use crate::contract::{self, roles};
use crate::engine::change::Change;
use crate::engine::check::needs::{Needed, is_beyond_repair};
use crate::engine::finding::{Cause, Finding, StepFindings};
use crate::engine::plan::Plan;
use crate::ports::Ui;
use crate::ports::event::{CheckOutcome, Level};
use crate::wizard::step::StepKind;
use crate::wizard::{Step, Wizard};

/// So many items that are not known are named in one sentence.
const NAMED: usize = 3;

/// A step that could not be planned counts as unknown.
pub fn unplanned(findings: &mut [StepFindings], plan: &Plan, ui: &dyn Ui) {
    for (step, key, why) in &plan.unplanned {
        for finding in findings.iter_mut().filter(|checked| checked.step == *step).flat_map(|c| &mut c.findings) {
            if finding.key() == key.as_deref() {
                finding.outcome = CheckOutcome::Unknown;
                finding.cause = Some(Cause::Unexpected);
                let text = format!("{}: the change cannot be planned: {why}", finding.title);
                ui.say(Level::Problem, text);
            }
        }
    }
}

/// Takes out of the plan what this account may certainly not do, and says what is missing. The rest goes on.
pub fn permitted(
    request: &RunRequest<'_>,
    connected: &Connected,
    findings: &mut [StepFindings],
    plan: &mut Plan,
    ui: &dyn Ui,
) {
    let wizard = request.wizard;
    let mut barred: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let mut words: BTreeSet<String> = BTreeSet::new();
    let role_missing = !connected.claims.app_only && has_none_of(&wizard.roles, &connected.identity.roles);
    for change in &plan.changes {
        if role_missing {
            barred.insert((change.step.clone(), change.key.clone()));
            words.insert(format!(
                "Your account has none of the roles that these changes need: {}.",
                wizard.roles.join(", ")
            ));
        }
        // A token that is given ready made may lack scopes; one that chooses its scopes gets them after consent.
        if let Some(granted) = &connected.claims.scopes
            && !request.target.sign_in.credentials.chooses_scopes()
            && !has_declared(wizard, change, granted)
            && let Some(lacks) = lacking_scope(change, granted)
        {
            barred.insert((change.step.clone(), change.key.clone()));
            words.insert(format!("The access token lacks the permission {lacks}, which `{}` needs.", change.step));
        }
    }
    if barred.is_empty() {
        return;
    }
    for text in words {
        ui.say(Level::Problem, text);
    }
    plan.changes.retain(|change| !barred.contains(&(change.step.clone(), change.key.clone())));
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &mut checked.findings {
            if barred.contains(&(step.id.clone(), finding.key().map(str::to_owned))) {
                finding.outcome = CheckOutcome::Blocked;
                finding.cause = Some(Cause::Access);
                plan.not_changed.push(format!("{}: a permission or role is missing", finding.title));
            }
        }
    }
}

/// Returns whether an account certainly has none of the roles, as far as their names and its ids are known here.
fn has_none_of(wanted: &[String], held: &[String]) -> bool {
    let ids: Vec<Option<&str>> = wanted.iter().map(|name| roles::template_id(name)).collect();
    let has = |id: &str| held.iter().any(|held| held.eq_ignore_ascii_case(id));
    // A role that is not known by name may be any of those that are not known by id.
    let may_have = ids.contains(&None) && held.iter().any(|id| roles::name(id).is_none());
    !wanted.is_empty() && !held.is_empty() && !may_have && !ids.into_iter().flatten().any(has)
}

/// Whether a token has all permissions that the wizard declares for a change: it lacks none, by the wizard's lint.
fn has_declared(wizard: &Wizard, change: &Change, granted: &[String]) -> bool {
    let Some(step) = wizard.steps.iter().find(|step| step.id == change.step) else { return false };
    let own = step.objects().iter().map(|object| &object.scopes).chain(step.writes().iter().map(|write| &write.scopes));
    let mut declared = step.fix_scopes.iter().chain(own.flat_map(|scopes| scopes.iter())).peekable();
    let held = |scope: &String| granted.iter().any(|held| held.eq_ignore_ascii_case(scope));
    declared.peek().is_some() && declared.all(held)
}

/// Returns the permission that a change needs and the token lacks, as far as that is known.
pub fn lacking_scope(change: &Change, granted: &[String]) -> Option<String> {
    let path: Vec<Option<&str>> = change.request.path.iter().skip(1).map(Value::as_str).collect();
    let keys: Vec<String> =
        change.request.body.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    let granted: Vec<&str> = granted.iter().map(String::as_str).collect();
    contract::lacking(change.request.method.as_str(), &path, &keys, &granted)
}

/// What needs a step that is not as it should be, and that this plan does not make so, is not changed either.
pub fn dependents(wizard: &Wizard, findings: &mut [StepFindings], plan: &mut Plan) {
    for at in 0..findings.len() {
        let (before, rest) = findings.split_at_mut(at);
        let Some(checked) = rest.first_mut() else { continue };
        let Some(step) = wizard.steps.get(checked.step).filter(|step| !step.needs.is_empty()) else { continue };
        let planned: BTreeSet<(&str, Option<&str>)> =
            plan.changes.iter().map(|change| (change.step.as_str(), change.key.as_deref())).collect();
        let needed: Vec<Needed<'_>> = before
            .iter()
            .filter_map(|checked| Some((wizard.steps.get(checked.step)?, checked)))
            .filter(|(other, _)| step.needs.contains(&other.id))
            .map(|(other, checked)| {
                Needed::new(checked.findings.iter(), &|finding| {
                    is_beyond_repair(other, finding)
                        || finding.outcome == CheckOutcome::Problem
                            && other.can_change()
                            && !planned.contains(&(&other.id, finding.key()))
                })
            })
            .collect();
        let mut barred: BTreeSet<Option<String>> = BTreeSet::new();
        for finding in checked.findings.iter_mut().filter(|finding| finding.outcome == CheckOutcome::Problem) {
            if !planned.contains(&(&step.id, finding.key())) && finding.cause != Some(Cause::Needs) {
                continue;
            }
            let cause = needed.iter().find_map(|needed| needed.in_the_way_of(finding.key()));
            let Some(cause) = cause else { continue };
            finding.cause = Some(Cause::Needs);
            plan.not_changed.push(format!("{}: it needs the step before it ({})", finding.title, cause.title));
            barred.insert(finding.key().map(str::to_owned));
        }
        plan.changes.retain(|change| change.step != step.id || !barred.contains(&change.key));
    }
}

/// A secret that is shown once needs somebody to show it to.
pub fn blocked_reveals(request: &RunRequest<'_>, findings: &mut [StepFindings], plan: &mut Plan, ui: &dyn Ui) {
    if request.reveal_to.is_some() {
        return;
    }
    let shown = plan.changes.iter().filter(|change| shows_secret(change));
    let steps: BTreeSet<String> = shown.map(|change| change.step.clone()).collect();
    if steps.is_empty() {
        return;
    }
    plan.changes.retain(|change| !steps.contains(&change.step));
    for checked in findings {
        let Some(step) = request.wizard.steps.get(checked.step).filter(|step| steps.contains(&step.id)) else {
            continue;
        };
        for finding in checked.findings.iter_mut().filter(|finding| finding.outcome == CheckOutcome::Problem) {
            finding.outcome = CheckOutcome::Blocked;
            finding.cause = Some(Cause::Person);
        }
        let text = format!("`{}` shows a secret once and nobody is there to see it: add `--reveal-to FILE`.", step.id);
        ui.say(Level::Problem, text);
    }
}

/// Returns the titles of a step that is blocked or unknown as a whole, of each item one: what depends on it cannot be judged, so nobody who
/// is not there decides to go on. Single items of a repeated step are looked at alone, and so is what only waits for a
/// person to see a secret.
pub fn in_the_dark(wizard: &Wizard, findings: &[StepFindings]) -> Option<String> {
    let is_dark = |finding: &Finding| {
        matches!(finding.outcome, CheckOutcome::Blocked | CheckOutcome::Unknown) && finding.cause != Some(Cause::Person)
    };
    let whole_of = |checked: &StepFindings| wizard.steps.get(checked.step);
    // Nobody to do it for, and what should have named them says that this cannot be right.
    let misled = |checked: &StepFindings| {
        let Some(step) = whole_of(checked).filter(|step| step.for_each.is_some()) else { return false };
        checked.findings.is_empty()
            && findings.iter().any(|needed| {
                let names = |named: &Step| {
                    step.needs.contains(&named.id)
                        && matches!(named.kind, StepKind::Query { .. } | StepKind::Assert { .. })
                };
                whole_of(needed).is_some_and(names)
                    && needed.findings.iter().any(|finding| finding.outcome == CheckOutcome::Problem)
            })
    };
    // What a step would change waits for one that this run cannot put in order.
    let held = |checked: &StepFindings| {
        let Some(step) = whole_of(checked) else { return false };
        let waits = |finding: &Finding| finding.outcome == CheckOutcome::Problem && finding.cause == Some(Cause::Needs);
        let gates = |gate: &StepFindings| {
            whole_of(gate).is_some_and(|whole| {
                let is_shut = |finding: &Finding| is_beyond_repair(whole, finding);
                step.needs.contains(&whole.id) && whole.for_each.is_none() && gate.findings.iter().any(is_shut)
            })
        };
        checked.findings.iter().any(waits) && findings.iter().any(gates)
    };
    let step = findings.iter().find(|checked| {
        checked.takes_part
            && (misled(checked)
                || held(checked)
                || !checked.findings.is_empty() && checked.findings.iter().all(is_dark))
    })?;
    let titles: Vec<&str> = step.findings.iter().map(|finding| finding.title.as_str()).collect();
    match titles.split_at_checked(NAMED) {
        _ if titles.is_empty() => Some(wizard.steps.get(step.step)?.title.heading()),
        Some((named, rest)) if !rest.is_empty() => Some(format!("{}; and {} more", named.join("; "), rest.len())),
        _ => Some(titles.join("; ")),
    }
}
