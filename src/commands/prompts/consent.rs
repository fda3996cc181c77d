//! Notices and consent: the only place where a plan becomes an approved one.

use crate::cli;
use crate::engine::approval::{Approved, Consent, needs_typing};
use crate::engine::plan::Plan;
use crate::engine::receipt::Receipt;
use crate::expr::{Expression, Partial, Scope};
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Ui;
use crate::ports::event::{self, Event};
use crate::ports::nearest::nearest;
use crate::ports::ui::{Form, Question, Reply};
use crate::wizard::Wizard;

use super::missing::Missing;
use crate::failure::stopped;

/// What the flags and the answers file agree to.
#[derive(Debug, Clone, Default)]
pub struct Agreed {
    /// `--yes`.
    pub yes: bool,
    /// `--approve` and `approve = […]`: steps, and what was found by `STEP=NAME`.
    pub approve: Vec<String>,
    /// `--acknowledge` and `acknowledge = […]`.
    pub acknowledge: Vec<String>,
    /// `--max-changes`.
    pub max_changes: Option<usize>,
}

impl Agreed {
    /// Takes the flags; the answers file's lists are added.
    pub fn of(flags: &cli::Approval, acknowledge: &[String], approve: &[String]) -> Self {
        let both = |flags: &[String], file: &[String]| flags.iter().chain(file).cloned().collect();
        Self {
            yes: flags.yes,
            approve: both(&flags.approve, approve),
            acknowledge: both(&flags.acknowledge, acknowledge),
            max_changes: flags.max_changes,
        }
    }
}

/// Refuses approvals and acknowledgements of what is not there: a misspelt one would approve nothing, in silence.
pub fn known(agreed: &Agreed, steps: &[&str], notices: &[&str]) -> Result<(), Failure> {
    let unknown = |what: &str, given: &str, known: &[&str]| {
        let failure = Failure::words(Kind::Usage, format!("there is no {what} `{given}` to agree to"));
        let failure = match nearest(given, known.iter().copied()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        };
        if known.is_empty() { failure } else { failure.hint(format!("there are: {}", known.join(", "))) }
    };
    // What a step found is approved as `STEP=NAME`.
    let mut approved = agreed.approve.iter().map(|given| given.split('=').next().unwrap_or_default());
    if let Some(given) = approved.find(|given| !steps.contains(given)) {
        return Err(unknown("step", given, steps));
    }
    if let Some(given) = agreed.acknowledge.iter().find(|given| !notices.contains(&given.as_str())) {
        return Err(unknown("notice", given, notices));
    }
    Ok(())
}

/// Refuses approvals and acknowledgements that a wizard has no use for.
pub fn known_to(agreed: &Agreed, wizard: &Wizard) -> Result<(), Failure> {
    let steps: Vec<&str> = wizard.steps.iter().map(|step| step.id.as_str()).collect();
    let notices: Vec<&str> = wizard.notices.iter().map(|notice| notice.id.as_str()).collect();
    known(agreed, &steps, &notices)
}

/// Refuses approvals that a run's changes have no use for. A run of the past has no notices.
pub fn known_in(agreed: &Agreed, receipt: &Receipt) -> Result<(), Failure> {
    let steps: Vec<&str> = receipt.changes.iter().map(|change| change.change.step.as_str()).collect();
    known(agreed, &steps, &[])
}

/// Notes what an unattended run lacks to make this plan.
pub fn lacking(
    wizard: &Wizard,
    scope: &Scope,
    plan: &Plan,
    agreed: &Agreed,
    missing: &mut Missing,
) -> Result<(), Failure> {
    for notice in notices(wizard, scope)? {
        if !agreed.acknowledge.contains(&notice.id) {
            missing.acknowledge(&notice.id, &notice.text);
        }
    }
    lacking_approval(plan, agreed, wizard.max_changes, missing);
    Ok(())
}

/// Notes which approvals an unattended run lacks.
pub fn lacking_approval(plan: &Plan, agreed: &Agreed, max_changes: usize, missing: &mut Missing) {
    let mut named: Vec<&str> = Vec::new();
    for change in &plan.changes {
        if let Some(why) = needs_typing(change, plan.is_rollback)
            && !agreed.approve.contains(&change.step)
            && !named.contains(&change.step.as_str())
        {
            named.push(&change.step);
            missing.approve(&change.step, &why);
        }
    }
    let most = agreed.max_changes.unwrap_or(max_changes);
    if plan.changes.len() > most {
        missing.flag(
            format!("--max-changes {}", plan.changes.len()),
            format!("the plan has {} changes", plan.changes.len()),
        );
    }
}

/// Shows the notices that apply and waits until they are acknowledged; `false` when the person does not.
pub fn acknowledge(ui: &dyn Ui, wizard: &Wizard, scope: &Scope, agreed: &Agreed) -> Result<bool, Failure> {
    for notice in notices(wizard, scope)? {
        let id = notice.id.clone();
        ui.show(&Event::Notice(notice));
        if agreed.acknowledge.contains(&id) || !ui.can_ask() {
            continue;
        }
        let question = Question::new("Have you read this, and do you want to go on?", Form::YesNo);
        if ui.ask(&question).map_err(stopped)? != Reply::Yes {
            return Ok(false);
        }
    }
    Ok(true)
}

fn notices(wizard: &Wizard, scope: &Scope) -> Result<Vec<event::Notice>, Failure> {
    let mut apply = Vec::new();
    for notice in &wizard.notices {
        let when = Expression::holds(notice.when.as_ref(), true, scope).or_fail(Kind::Usage)?;
        if when == Partial::Known(true) {
            apply.push(event::Notice {
                id: notice.id.clone(),
                text: notice.text.show(scope),
                sources: notice.sources.clone(),
            });
        }
    }
    Ok(apply)
}

/// Asks for consent, or takes it from the flags; `None` when the person does not give it.
pub fn consent(ui: &dyn Ui, plan: Plan, agreed: &Agreed, tenant: &str) -> Result<Option<Approved>, Failure> {
    let mut consent = Consent { reversible: agreed.yes, steps: agreed.approve.iter().cloned().collect() };
    if ui.can_ask() && !agreed.yes {
        let mut named: Vec<String> = Vec::new();
        for change in &plan.changes {
            let Some(why) = needs_typing(change, plan.is_rollback) else { continue };
            if consent.steps.contains(&change.step) || named.contains(&change.step) {
                continue;
            }
            named.push(change.step.clone());
            let prompt = format!("Do you approve this? {}", change.title);
            if !ui.approves(prompt, vec![why], &change.step).map_err(stopped)? {
                return Ok(None);
            }
            consent.steps.insert(change.step.clone());
        }
        let count = plan.changes.len();
        let verb = if plan.is_rollback { "Roll back" } else { "Make" };
        let what = if count == 1 { "this change".to_owned() } else { format!("these {count} changes") };
        let question = Question::new(format!("{verb} {what} in {tenant}?"), Form::YesNo);
        consent.reversible = ui.ask(&question).map_err(stopped)? == Reply::Yes;
    }
    Ok(plan.approve(&consent).ok())
}
