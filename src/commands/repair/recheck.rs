//! What is looked at once more after the changes: queries, gates and manual steps that depend on them, and the manual
//! steps that only a person can confirm.

use std::collections::BTreeSet;

use super::check::Checked;
use crate::commands::history::finish;
use crate::commands::host::Host;
use crate::engine::deferred;
use crate::engine::finding::{Finding, StepFindings};
use crate::engine::journal_writer::JournalWriter;
use crate::failure::Failure;
use crate::ports::event::CheckOutcome;
use crate::ports::ui::{Form, Question, Reply};
use crate::wizard::{Step, Wizard};

/// Checks again what depends on what was changed: queries, gates, manual steps, and actions that say when they are done.
pub fn check(host: &Host, checked: &mut Checked, wizard: &Wizard, ledger: &JournalWriter<'_>) -> Result<(), Failure> {
    let changed: BTreeSet<String> = ledger.receipt().changes.iter().map(|change| change.change.step.clone()).collect();
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for step in &wizard.steps {
        let before = step.needs.iter().any(|id| changed.contains(id) || wanted.contains(id))
            || step.mentions(&|id| changed.contains(id) || wanted.contains(id));
        if step.is_rechecked(changed.contains(&step.id), before) {
            wanted.insert(step.id.clone());
        }
    }
    let answers = ledger.receipt().answers();
    for finding in checked.findings.iter_mut().flat_map(|checked| &mut checked.findings) {
        for value in finding.captures.values_mut() {
            if deferred::is_deferred(value)
                && let Ok(filled) = deferred::fill(value, &answers)
            {
                *value = filled;
            }
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    settle_findings(&mut checked.findings, wizard, ledger);
    checked.findings =
        checked.check(host, wizard).run(Some(&checked.findings), &|step: &Step| wanted.contains(&step.id));
    Ok(())
}

/// A finding whose changes were all made is as it should be now: what needs it may go on.
fn settle_findings(findings: &mut [StepFindings], wizard: &Wizard, ledger: &JournalWriter<'_>) {
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        let settle = |finding: &mut Finding| {
            if finding.outcome == CheckOutcome::Problem
                && finding.asks.is_empty()
                && finish::repaired(Some(ledger.receipt()), &step.id, finding.key())
            {
                finding.outcome = CheckOutcome::Ok;
            }
        };
        checked.findings.iter_mut().for_each(settle);
    }
}

/// Asks the person to confirm the manual steps that nothing can check.
pub fn manual(host: &Host, wizard: &Wizard, findings: &mut [StepFindings]) -> Result<(), Failure> {
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        if step.manual().is_none_or(|manual| manual.ok_when.is_some()) {
            continue;
        }
        for finding in checked.findings.iter_mut().filter(|finding| finding.outcome == CheckOutcome::Problem) {
            if !host.ui.can_ask() {
                finding.outcome = CheckOutcome::Blocked;
                continue;
            }
            let question = Question::new(format!("Is this done: {}?", finding.title), Form::YesNo)
                .help(finding.lines.iter().map(|line| line.text.clone()).collect());
            if host.ui.ask(&question).map_err(crate::failure::stopped)? == Reply::Yes {
                finding.outcome = CheckOutcome::Ok;
            }
        }
    }
    Ok(())
}
