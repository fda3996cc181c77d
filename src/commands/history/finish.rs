//! The end of every run: the exit code, the sentence on the state of the tenant, and what to do next.

use std::path::Path;
use std::sync::Arc;

use crate::commands::host::Host;
use crate::engine::finding::{Cause, StepFindings};
use crate::engine::journal_writer::JournalWriter;
use crate::engine::plan::{AskAnswer, AskAnswers};
use crate::engine::receipt::Receipt;
use crate::engine::state::ChangeState;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind};
use crate::ports::event::{CheckOutcome, Event, Level, RunFinished};
use crate::ports::journal::Integrity;
use crate::ports::{Journal, Ui};
use crate::wizard::Wizard;

/// How many objects that others have changed are named at the end.
const SHOWN: usize = 5;

/// Returns the exit code that the findings ask for, given what was repaired since.
pub fn findings_code(
    wizard: &Wizard,
    findings: &[StepFindings],
    answers: &AskAnswers,
    receipt: Option<&Receipt>,
) -> ExitCode {
    let mut code = ExitCode::AsWanted;
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &checked.findings {
            code = code.or(match (finding.outcome, finding.cause) {
                (CheckOutcome::Ok | CheckOutcome::NotApplicable, _) => ExitCode::AsWanted,
                (CheckOutcome::Problem, _) => {
                    let key = finding.key().map(str::to_owned);
                    let given = answers.get(&(checked.step, key));
                    let answered = finding
                        .asks
                        .iter()
                        .all(|ask| matches!(given.and_then(|given| given.get(&ask.name)), Some(AskAnswer::Value(_))));
                    if answered && finding.holds != Some(false) && repaired(receipt, &step.id, finding.key()) {
                        ExitCode::AsWanted
                    } else {
                        ExitCode::ProblemsRemain
                    }
                }
                (_, Some(Cause::Access)) => ExitCode::AccessMissing,
                (_, Some(Cause::Temporary)) => ExitCode::Temporary,
                (CheckOutcome::Blocked | CheckOutcome::Unknown, _) => ExitCode::ProblemsRemain,
            });
        }
    }
    code
}

/// Returns whether a finding's changes were all made; whether they are visible is the receipt's own code.
pub fn repaired(receipt: Option<&Receipt>, step: &str, key: Option<&str>) -> bool {
    let Some(receipt) = receipt else { return false };
    let mut mine = receipt
        .changes
        .iter()
        .filter(|change| change.change.step == step && change.change.key.as_deref() == key)
        .peekable();
    mine.peek().is_some() && mine.all(|change| change.state.is_done() || change.state == ChangeState::Applied)
}

pub fn end_run(
    host: &Host,
    journal: &Arc<dyn Journal>,
    ledger: &mut JournalWriter<'_>,
    code: ExitCode,
    mut next: Vec<String>,
    report: Option<&Path>,
) -> ExitCode {
    let state = ledger.receipt().sentence();
    let mut code = code;
    if let Err(error) = ledger.end(code.number(), &state) {
        // Everything that was done is in the journal; only the closing line is not.
        next.push(format!("The journal could not be closed: {error:#}"));
        code = code.or(ExitCode::Internal);
    }
    let receipt = ledger.receipt();
    let already = receipt.count(|state| state == ChangeState::Already);
    if already > 0 {
        let what = if already == 1 { "1 change was".to_owned() } else { format!("{already} changes were") };
        next.push(format!("{what} not needed any more: somebody else has made the same. It is not rolled back."));
    }
    let left = receipt.changes.iter().filter(|change| change.state == ChangeState::RollbackRefused);
    next.extend(left.take(SHOWN).map(|change| {
        format!("Look at it: {}. What somebody else has changed since was left as it is.", change.change.title)
    }));
    let run = receipt.run.run.clone();
    let rehearsal = receipt.run.rehearsal;
    let flag = if rehearsal { " --rehearsal" } else { "" };
    if let Some(folder) = report {
        let integrity = journal.read(&run).map(|read| read.integrity).unwrap_or(Integrity::Whole);
        if let Err(failure) = super::report::write(host, folder, receipt, &integrity) {
            // What was done stands; `fixforme report RUN` can still tell it.
            next.push(format!("The report could not be written ({:#}): `fixforme report {run}{flag}`", failure.error));
        }
    }
    if rehearsal && receipt.can_roll_back() {
        let way_back = "in a real tenant `fixforme rollback` takes these changes back";
        next.push(format!("The practice tenant ends with this program; {way_back}."));
    }
    host.ui.show(&Event::RunFinished(RunFinished {
        run: Some(run.clone()),
        exit: code.number(),
        state,
        changed: receipt.count(ChangeState::is_applied),
        verified: receipt.count(|state| state == ChangeState::Verified),
        answered: receipt.count(|state| state == ChangeState::Accepted),
        rolled_back: receipt.count(|state| matches!(state, ChangeState::RolledBack | ChangeState::RollbackApplied)),
        rollback: (receipt.can_roll_back() && !rehearsal).then(|| format!("fixforme rollback {run}")),
        journal: Some(journal.location(&run)),
        next,
    }));
    code
}

/// Says why a run whose changes were made does not end as wanted.
pub fn what_is_left(code: ExitCode) -> Option<String> {
    let words = match code {
        ExitCode::ProblemsRemain => "These changes do not solve every problem: see what the check says above.",
        ExitCode::AccessMissing => "A permission, a role or a license was missing for the rest: see the check above.",
        ExitCode::Temporary => "Something could not be read for now: check again later.",
        _ => return None,
    };
    Some(words.to_owned())
}

/// Says that the person said no: a fact, and nothing to do.
pub fn not_agreed(ui: &dyn Ui, words: &str) {
    ui.say(Level::Info, words.to_owned());
}

/// Ends a run that changed nothing.
pub fn end_unchanged(ui: &dyn Ui, code: ExitCode, state: &str, next: Vec<String>) -> ExitCode {
    ui.show(&Event::RunFinished(RunFinished::unchanged(None, code.number(), state.to_owned(), next)));
    code
}

/// Shows a failure and ends; the one place where failures become words.
pub fn end_failed(ui: &dyn Ui, failure: &Failure) -> ExitCode {
    if failure.kind == Kind::Interrupted {
        // The person's own wish is not an error.
        let mut words = format!("{:#}.", failure.error);
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        ui.say(Level::Info, words);
        return end_unchanged(ui, failure.exit_code(), &failure.state, failure.hints.clone());
    }
    // A report of mistakes in a file says itself what each of them is.
    let words = failure.error.to_string();
    let mut text = if words.starts_with("error: ") { words } else { format!("error: {words}") };
    for cause in failure.error.chain().skip(1) {
        text.push_str(&format!("\n  caused by: {cause}"));
    }
    ui.say(Level::Problem, text);
    for hint in &failure.hints {
        ui.say(Level::Hint, hint.clone());
    }
    end_unchanged(ui, failure.exit_code(), &failure.state, Vec::new())
}
