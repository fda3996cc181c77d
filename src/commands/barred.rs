//! What is taken out of a plan before it is shown, because this run certainly cannot make it: a role or permission is
//! missing, a value could not be worked out, a secret would have nobody to see it. The rest of the plan goes on.

use std::collections::BTreeSet;

use serde_json::Value;

use super::connect::Connected;
use super::flow::Request;
use crate::engine::change::Change;
use crate::engine::finding::{Cause, StepFindings};
use crate::engine::hole;
use crate::engine::plan::Plan;
use crate::graph::roles;
use crate::seam::Ui;
use crate::seam::event::{CheckOutcome, Event, Level, Message};
use crate::wizard::scopes;

/// A step that could not be planned counts as unknown.
pub fn unplanned(findings: &mut [StepFindings], plan: &Plan, ui: &dyn Ui) {
    for (step, key, why) in &plan.unplanned {
        for finding in findings.iter_mut().filter(|checked| checked.step == *step).flat_map(|c| &mut c.findings) {
            if finding.key() == key.as_deref() {
                finding.outcome = CheckOutcome::Unknown;
                finding.cause = Some(Cause::Unexpected);
                let text = format!("{}: the change cannot be planned: {why}", finding.title);
                ui.show(&Event::Message(Message { level: Level::Problem, text }));
            }
        }
    }
}

/// Takes out of the plan what this account may certainly not do, and says what is missing. The rest goes on.
pub fn permitted(
    request: &Request<'_>,
    connected: &Connected,
    findings: &mut [StepFindings],
    plan: &mut Plan,
    ui: &dyn Ui,
) {
    let wizard = request.wizard;
    let mut barred: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let mut words: BTreeSet<String> = BTreeSet::new();
    let held: Vec<&str> = connected.identity.roles.iter().filter_map(|id| roles::name(id)).collect();
    let role_missing = !wizard.roles.is_empty()
        && !connected.identity.roles.is_empty()
        && !connected.claims.app_only
        && !wizard.roles.iter().any(|wanted| held.contains(&wanted.as_str()));
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
        ui.show(&Event::Message(Message { level: Level::Problem, text }));
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

/// Returns the scope that a change needs and the token lacks, as far as that is known.
pub fn lacking_scope(change: &Change, granted: &[String]) -> Option<String> {
    let path: Vec<Option<&str>> = change.request.path.iter().map(Value::as_str).collect();
    let keys: Vec<String> =
        change.request.body.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    scopes::lacking(change.request.method, &path, &keys, granted)
}

/// A secret that is shown once needs somebody to show it to.
pub fn blocked_reveals(request: &Request<'_>, findings: &mut [StepFindings], plan: &mut Plan, ui: &dyn Ui) {
    if request.reveal_to.is_some() {
        return;
    }
    let needs_eyes = |change: &Change| {
        let mut ids = Vec::new();
        hole::collect(&change.request.body, &mut ids);
        change.reveal.is_some() || ids.iter().any(|id| id == "$generated")
    };
    let steps: BTreeSet<String> = plan.changes.iter().filter(|c| needs_eyes(c)).map(|c| c.step.clone()).collect();
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
        ui.show(&Event::Message(Message { level: Level::Problem, text }));
    }
}
