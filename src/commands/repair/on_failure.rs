//! What happens when a change failed: the person, or the policy, decides whether the others are rolled back at once.

use super::run_context::RunContext;
use crate::engine::deferred::Captured;
use crate::engine::describe;
use crate::engine::journal_writer::JournalWriter;
use crate::engine::rollback;
use crate::engine::state::ChangeState;
use crate::failure::Failure;
use crate::ports::event::Event;
use crate::ports::terms::OnFailure;
use crate::ports::ui::{Choice, Form, Question, Reply};

/// Rolls back what a failed run has made, if the person or the policy says so.
///
/// Where the outcome of a change is unknown nothing more is done: `resume` finds out first.
pub fn after_failure(
    context: &RunContext<'_>,
    on_failure: OnFailure,
    ledger: &mut JournalWriter<'_>,
    next: &mut Vec<String>,
) -> Result<(), Failure> {
    let host = context.host;
    let run = ledger.receipt().run.run.clone();
    if ledger.receipt().count(ChangeState::is_open) > 0 {
        if !ledger.receipt().run.rehearsal {
            next.push(format!("To find out: `fixforme resume {run}`"));
        }
        return Ok(());
    }
    if !ledger.receipt().can_roll_back() {
        return Ok(());
    }
    let plan = rollback::plan(ledger.receipt());
    let roll_back = if host.ui.can_ask() {
        host.ui.show(&Event::Plan(describe::plan(&plan)));
        let question = Question::new(
            "A change failed. What should happen to those that were made?",
            Form::Choice {
                options: vec![
                    Choice::new("rollback", "Roll them back"),
                    Choice::new("stop", "Leave them, and stop here"),
                ],
                suggest: None,
            },
        );
        // A person who stops here gets what was made left as it is, and is told how to take it back.
        matches!(host.ui.ask(&question), Ok(Reply::Text(value)) if value == "rollback")
    } else {
        on_failure == OnFailure::Rollback
    };
    if !roll_back {
        return Ok(());
    }
    // Rolling back what was made in this run is covered by the consent that made it.
    context.apply(&plan.approve_all(), Captured::new(), ledger, None).map(|_| ())
}
