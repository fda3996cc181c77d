//! `fixforme rollback`: takes a run's changes back, from its journal alone, newest first.

use std::path::Path;
use std::sync::Arc;

use super::reach;
use super::run_context::{RunContext, lock, unwritten};
use super::secrets;
use crate::cli;
use crate::commands::account::connect::{self, Target};
use crate::commands::history::finish;
use crate::commands::history::stored_run;
use crate::commands::host::Host;
use crate::commands::program::revoked;
use crate::commands::prompts::consent::{self, Agreed};
use crate::commands::prompts::missing::Missing;
use crate::engine::apply::Ended;
use crate::engine::deferred::Captured;
use crate::engine::journal_writer::JournalWriter;
use crate::engine::plan::Plan;
use crate::engine::receipt::Receipt;
use crate::engine::{describe, resume as settling, rollback as way_back};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::ports::Journal;
use crate::ports::event::{Event, RunStarted, WizardName};
use crate::ports::terms::Mode;

/// Rolls a run back.
pub fn rollback(host: &Host, flags: &cli::Rollback) -> Result<ExitCode, Failure> {
    let journal = Arc::clone(&host.journal);
    let past = stored_run::find(
        host,
        journal.as_ref(),
        flags.run.as_deref(),
        crate::engine::receipt::Receipt::can_roll_back,
        "there is no run to roll back",
    )?;
    started(host, Mode::Rollback, &past);
    consent::known_in(&Agreed::of(&flags.approval, &[], &[]), &past.receipt)?;
    let run = past.receipt.run.run.clone();
    take(host, flags, &journal, past).map_err(|failure| stored_run::truthful(journal.as_ref(), &run, failure))
}

fn take(
    host: &Host,
    flags: &cli::Rollback,
    journal: &Arc<dyn Journal>,
    past: stored_run::StoredRun,
) -> Result<ExitCode, Failure> {
    // That there is nothing to take back must be true as well.
    stored_run::allowed(host, &past)?;
    let plan = way_back::plan(&past.receipt);
    if plan.changes.is_empty() {
        host.ui.show(&Event::Plan(describe::plan(&plan)));
        let state = past.receipt.sentence();
        return Ok(finish::end_unchanged(host.ui.as_ref(), past.receipt.exit_code(true), &state, plan.not_changed));
    }
    revoked::refuse(host)?;
    let reach::Reached { target, connected, scopes } = reach::reach(host, &past, &flags.tenant, flags.approval.yes)?;
    let lock = lock(&target, &connected.identity.tenant_id)?;
    // Another process may have worked on this run until it let go of the lock: only what is written now counts.
    let past = stored_run::read_again(host, journal.as_ref(), &past)?;
    let mut ledger = JournalWriter::reopen(journal.as_ref(), target.clock.as_ref(), past.receipt.clone());
    settling::settle_for_rollback(&connected.reader, target.clock.as_ref(), host.ui.as_ref(), &mut ledger)
        .map_err(|error| unwritten(error, &ledger))?;
    let plan = way_back::plan(ledger.receipt());
    let agreed = Agreed::of(&flags.approval, &[], &[]);
    host.ui.show(&Event::Plan(describe::plan(&plan)));
    lacking(host, &plan, &agreed, None)?;
    let Some(approved) = consent::consent(host.ui.as_ref(), plan, &agreed, &connected.identity.tenant_name)? else {
        finish::not_agreed(host.ui.as_ref(), "You did not confirm the rollback.");
        let state = format!("Nothing was rolled back. {}", past.sentence());
        return Ok(finish::end_unchanged(host.ui.as_ref(), ExitCode::ProblemsRemain, &state, Vec::new()));
    };
    let context = RunContext { host, target: &target, connected: &connected, reveal_to: None };
    context.prepare(&scopes, &approved)?;
    let ended = context.apply(&approved, Captured::new(), &mut ledger, None)?;
    let mut code = ledger.receipt().exit_code(true);
    let mut next = stored_run::still_standing(journal.as_ref(), &past.receipt.run.tenant, &past.receipt.run.run);
    if ended == Ended::Interrupted {
        code = if code == ExitCode::OutcomeUnknown { code } else { ExitCode::Interrupted };
        next.push(format!("To go on: `fixforme rollback {}`", past.receipt.run.run));
    }
    let code = finish::end_run(host, journal, &mut ledger, code, next, flags.approval.report.as_deref());
    drop(lock);
    Ok(code)
}

/// Takes everything of a run back that can be, without asking: the end of a tested case.
pub fn take_back(host: &Host, target: &Target, receipt: Receipt) -> Result<ExitCode, Failure> {
    let approved = way_back::plan(&receipt).approve_all();
    let connected = connect::connect(host, target, &approved.scopes())?;
    let mut ledger = JournalWriter::reopen(target.journal.as_ref(), target.clock.as_ref(), receipt);
    RunContext { host, target, connected: &connected, reveal_to: None }.apply(
        &approved,
        Captured::new(),
        &mut ledger,
        None,
    )?;
    Ok(ledger.receipt().exit_code(true))
}

/// An unattended run that goes on, or back, needs the same approvals as any plan, and a place for its secrets.
pub fn lacking(host: &Host, plan: &Plan, agreed: &Agreed, reveal_to: Option<&Path>) -> Result<(), Failure> {
    if host.ui.can_ask() {
        return Ok(());
    }
    let mut missing = Missing::default();
    consent::lacking_approval(plan, agreed, usize::MAX, &mut missing);
    if !agreed.yes {
        missing.flag("--yes", "agrees to these changes");
    }
    if reveal_to.is_none() && plan.changes.iter().any(|change| secrets::shows_secret(change)) {
        missing.flag("--reveal-to FILE", "takes the secret that is shown once");
    }
    if missing.is_empty() { Ok(()) } else { Err(missing.flags_failure()) }
}

/// Shows that work on a past run begins.
pub fn started(host: &Host, mode: Mode, past: &stored_run::StoredRun) {
    let run = &past.receipt.run;
    host.ui.show(&Event::RunStarted(RunStarted {
        run: Some(run.run.clone()),
        mode,
        wizard: Some(WizardName {
            id: run.wizard.clone(),
            version: run.wizard_version.clone(),
            title: run.wizard_title.clone(),
            sha256: run.wizard_sha256.clone(),
        }),
        tool: env!("CARGO_PKG_VERSION"),
        practice: run.practice,
        steps: 0,
    }));
}
