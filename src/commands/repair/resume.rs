//! `fixforme resume`: finds out how an interrupted run stands, then goes on with it or rolls it back.

use std::sync::Arc;

use super::reach;
use super::rollback::{lacking, started};
use super::run_context::{RunContext, lock, unwritten};
use crate::cli;
use crate::commands::history::finish;
use crate::commands::history::stored_run;
use crate::commands::host::Host;
use crate::commands::program::revoked;
use crate::commands::prompts::consent::{self, Agreed};
use crate::engine::apply::Ended;
use crate::engine::change::Change;
use crate::engine::deferred::Captured;
use crate::engine::journal_writer::JournalWriter;
use crate::engine::plan::Plan;
use crate::engine::receipt::Receipt;
use crate::engine::state::ChangeState;
use crate::engine::{describe, resume as settling, rollback};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::ports::Journal;
use crate::ports::event::Event;
use crate::ports::terms::{Mode, OnFailure};
use crate::ports::ui::{Choice, Form, Question, Reply};

pub fn resume(host: &Host, flags: &cli::Resume) -> Result<ExitCode, Failure> {
    let journal = Arc::clone(&host.journal);
    if flags.run.is_none() && stored_run::all_ended(journal.as_ref()) {
        let state = "No run was interrupted, so there is nothing to resume. Nothing was changed.";
        return Ok(finish::end_unchanged(host.ui.as_ref(), ExitCode::AsWanted, state, Vec::new()));
    }
    let past = stored_run::find(
        host,
        journal.as_ref(),
        flags.run.as_deref(),
        |receipt| receipt.is_open() || receipt.is_unfinished(),
        "there is no run that was interrupted",
    )?;
    started(host, Mode::Resume, &past);
    consent::known_in(&Agreed::of(&flags.approval, &[], &[]), &past.receipt)?;
    let run = past.receipt.run.run.clone();
    go_on(host, flags, &journal, past).map_err(|failure| stored_run::truthful(journal.as_ref(), &run, failure))
}

fn go_on(
    host: &Host,
    flags: &cli::Resume,
    journal: &Arc<dyn Journal>,
    past: stored_run::StoredRun,
) -> Result<ExitCode, Failure> {
    revoked::refuse(host)?;
    stored_run::allowed(host, &past)?;
    let reach::Reached { target, connected, scopes } = reach::reach(host, &past, &flags.tenant, flags.approval.yes)?;
    let lock = lock(&target, &connected.identity.tenant_id)?;
    // Another process may have worked on this run until it let go of the lock: only what is written now counts.
    let past = stored_run::read_again(host, journal.as_ref(), &past)?;
    let clock = target.clock.as_ref();
    let mut ledger = JournalWriter::reopen(journal.as_ref(), clock, past.receipt.clone());
    settling::settle(&connected.reader, clock, host.ui.as_ref(), &mut ledger)
        .map_err(|error| unwritten(error, &ledger))?;
    let mut next = Vec::new();
    let mut ended = Ended::Completed;
    let choice = decide(host, ledger.receipt(), flags, clock.now().as_second(), &mut next)?;
    if let Some(plan) = choice {
        let agreed = Agreed::of(&flags.approval, &[], &[]);
        let reveal_to = flags.approval.reveal_to.as_deref();
        host.ui.show(&Event::Plan(describe::plan(&plan)));
        lacking(host, &plan, &agreed, reveal_to)?;
        if let Some(approved) = consent::consent(host.ui.as_ref(), plan, &agreed, &connected.identity.tenant_name)? {
            let context = RunContext { host, target: &target, connected: &connected, reveal_to };
            context.prepare(&scopes, &approved)?;
            // A resumed change may give a secret as well; it is shown like any other.
            ended = context.apply(&approved, Captured::new(), &mut ledger, None)?;
        } else {
            finish::not_agreed(host.ui.as_ref(), "You did not confirm the changes.");
        }
    }
    let rolled_back = ledger.receipt().is_rolling_back;
    let mut code = ledger.receipt().exit_code(rolled_back);
    if ledger.receipt().count(|state| matches!(state, ChangeState::Planned | ChangeState::NotMade)) > 0 && !rolled_back
    {
        code = code.or(ExitCode::ProblemsRemain);
    }
    if ended == Ended::Interrupted && code != ExitCode::OutcomeUnknown {
        code = ExitCode::Interrupted;
    }
    let code = finish::end_run(host, journal, &mut ledger, code, next, flags.approval.report.as_deref());
    drop(lock);
    Ok(code)
}

/// Decides whether to go on or to roll back: the person, else `--on-failure`, else going on where that is possible.
fn decide(
    host: &Host,
    receipt: &Receipt,
    flags: &cli::Resume,
    now: i64,
    next: &mut Vec<String>,
) -> Result<Option<Plan>, Failure> {
    let run = &receipt.run.run;
    let rolling_back = receipt.is_rolling_back;
    let remaining: Option<Vec<Arc<Change>>> = if rolling_back { None } else { settling::remaining(receipt) };
    let old = receipt.planned_at.is_some_and(|at| now - at.as_second() > settling::PLAN_LIFETIME_SECONDS);
    let go_on = remaining.as_ref().is_some_and(|left| !left.is_empty()) && !old;
    let back = rollback::plan(receipt);
    if old && remaining.as_ref().is_some_and(|left| !left.is_empty()) {
        next.push("The plan is older than an hour, so it is not continued: run the wizard again.".to_owned());
    }
    let done = remaining.as_ref().is_some_and(Vec::is_empty);
    if done || (!go_on && back.changes.is_empty()) {
        return Ok(None);
    }
    let mut options = Vec::new();
    if go_on {
        options.push(Choice::new("continue", "Go on with the changes that are left"));
    }
    if !back.changes.is_empty() {
        options.push(Choice::new("rollback", "Roll back what was made"));
    }
    options.push(Choice::new("stop", "Leave it as it is"));
    let chosen = if host.ui.can_ask() {
        let question = Question::new("What should happen to this run?", Form::Choice { options, suggest: None })
            .help(vec![receipt.sentence()]);
        match host.ui.ask(&question) {
            Ok(Reply::Text(chosen)) => chosen,
            _ => "stop".to_owned(),
        }
    } else {
        match flags.approval.on_failure {
            Some(OnFailure::Rollback) => "rollback",
            _ if rolling_back => "rollback",
            _ if go_on => "continue",
            _ => "stop",
        }
        .to_owned()
    };
    Ok(match chosen.as_str() {
        "continue" => Some(Plan { changes: remaining.unwrap_or_default(), ..Plan::default() }),
        "rollback" => Some(back),
        _ => {
            if receipt.can_roll_back() {
                next.push(format!("To take the changes back: `fixforme rollback {run}`"));
            }
            None
        }
    })
}
