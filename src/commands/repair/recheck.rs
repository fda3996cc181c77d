//! What is looked at once more after the changes: queries, gates and manual steps that depend on them, and the manual
//! steps that only a person can confirm.

use std::collections::BTreeSet;

use super::check::Checked;
use crate::commands::history::finish;
use crate::commands::host::Host;
use crate::engine::check::Check;
use crate::engine::deferred;
use crate::engine::finding::{Finding, StepFindings};
use crate::engine::journal_writer::JournalWriter;
use crate::engine::verify::Judgment;
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
    settle_findings(&mut checked.findings, wizard, ledger);
    if !wanted.is_empty() {
        checked.findings =
            checked.check(host, wizard).run(Some(&checked.findings), &|step: &Step| wanted.contains(&step.id));
    }
    Ok(())
}

/// Asks a step's own condition once more, without a word.
pub fn judge(host: &Host, checked: &Checked, wizard: &Wizard, step: &str, ledger: &JournalWriter<'_>) -> Judgment {
    let mut before = checked.findings.clone();
    settle_findings(&mut before, wizard, ledger);
    let check = Check { ui: None, ..checked.check(host, wizard) };
    let is_asked = |each: &Step| each.id == step;
    let found = check.run(Some(&before), &is_asked);
    let mine = found.into_iter().filter(|found| wizard.steps.get(found.step).is_some_and(is_asked));
    let says = |finding: Finding| {
        let holds = finding.holds.or_else(|| (finding.outcome == CheckOutcome::NotApplicable).then_some(true));
        (finding.key().map(str::to_owned), holds)
    };
    mine.flat_map(|found| found.findings).map(says).collect()
}

/// A finding whose changes were all made is as it should be now, and what they handed on is known: what needs it may go on.
fn settle_findings(findings: &mut [StepFindings], wizard: &Wizard, ledger: &JournalWriter<'_>) {
    let answers = ledger.receipt().answers();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &mut checked.findings {
            for value in finding.captures.values_mut().filter(|value| deferred::is_deferred(value)) {
                if let Ok(filled) = deferred::fill(value, &answers) {
                    *value = filled;
                }
            }
            if finding.outcome == CheckOutcome::Problem
                && finding.asks.is_empty()
                && finish::repaired(Some(ledger.receipt()), &step.id, finding.key())
            {
                finding.outcome = CheckOutcome::Ok;
            }
        }
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
