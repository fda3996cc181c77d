//! What a check found and a person must approve by its own name, before anything that needs it goes on.

use super::missing::Missing;
use crate::engine::check::Check;
use crate::engine::finding::{Finding, StepFindings, WantedApproval};
use crate::failure::Failure;
use crate::failure::stopped;
use crate::ports::Ui;
use crate::ports::event::CheckOutcome;
use crate::wizard::{Step, Wizard};

/// Asks for each approval that is missing, and checks again what waits for it. `check` checks the steps that are wanted,
/// with these approvals given. Returns the findings, and the approvals with those given now.
pub fn ask(
    ui: &dyn Ui,
    check: &Check<'_>,
    mut findings: Vec<StepFindings>,
) -> Result<(Vec<StepFindings>, Vec<String>), Failure> {
    let mut approved = check.approved.to_vec();
    let mut refused: Vec<String> = Vec::new();
    loop {
        let mut wanting = open(check.wizard, &findings);
        let next = wanting.find(|(step, _, wanted)| !wanted.is_in(&step.id, &refused));
        let Some((step, finding, wanted)) = next else { break };
        // What was found, and why it must be approved, once more: other findings have scrolled it away.
        let help = finding.lines.iter().map(|line| line.text.clone()).collect();
        let named = wanted.named(&step.id);
        if !ui.approves(format!("Do you approve this? {}", finding.title), help, &wanted.of).map_err(stopped)? {
            refused.push(named);
            continue;
        }
        approved.push(named);
        let waiting = waiting(check.wizard, step);
        let check = Check { base: check.base.clone(), approved: &approved, ..*check };
        let again = check.run(Some(&findings), &|step| waiting.contains(&step.id));
        drop(wanting);
        findings = again;
    }
    Ok((findings, approved))
}

/// Notes the approvals that an unattended run lacks.
pub fn lacking(wizard: &Wizard, findings: &[StepFindings], missing: &mut Missing) {
    for (step, finding, wanted) in open(wizard, findings) {
        missing.approve(&wanted.named(&step.id), &finding.title);
    }
}

fn open<'run>(
    wizard: &'run Wizard,
    findings: &'run [StepFindings],
) -> impl Iterator<Item = (&'run Step, &'run Finding, &'run WantedApproval)> {
    findings.iter().flat_map(|checked| {
        let blocked = checked.findings.iter().filter(|finding| finding.outcome == CheckOutcome::Blocked);
        blocked.filter_map(|finding| Some((wizard.steps.get(checked.step)?, finding, finding.approval.as_ref()?)))
    })
}

/// The ids of a step and of all that wait for it.
fn waiting(wizard: &Wizard, approved: &Step) -> Vec<String> {
    let mut ids = vec![approved.id.clone()];
    for step in &wizard.steps {
        if step.needs.iter().any(|id| ids.contains(id)) || step.mentions(&|id| ids.contains(id)) {
            ids.push(step.id.clone());
        }
    }
    ids.dedup();
    ids
}
