//! What happens when a run does not go through: rolling back at once, and the secrets and sentences around it.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::commands::account::connect::Connected;
use crate::commands::asking::inputs::stopped;
use crate::commands::host::Host;
use crate::engine::apply::{Apply, own_secret};
use crate::engine::approval::Consent;
use crate::engine::change::Change;
use crate::engine::describe;
use crate::engine::hole;
use crate::engine::ledger::Ledger;
use crate::engine::rollback;
use crate::engine::state::State;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Clock;
use crate::ports::event::{Event, Level, Message, Reveal};
use crate::ports::terms::OnFailure;
use crate::ports::ui::{Choice, Form, Question, Reply};

/// Rolls back what a failed run has made, if the person or the policy says so.
///
/// Where the outcome of a change is unknown nothing more is done: `resume` finds out first.
pub fn after_failure(
    host: &Host,
    on_failure: OnFailure,
    connected: &Connected,
    clock: &dyn Clock,
    ledger: &mut Ledger<'_>,
    next: &mut Vec<String>,
) -> Result<(), Failure> {
    let run = ledger.receipt().run.run.clone();
    if ledger.receipt().count(State::is_open) > 0 {
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
        let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
        let question = Question {
            prompt: "A change failed. What should happen to those that were made?".to_owned(),
            help: Vec::new(),
            form: Form::Choice {
                options: vec![choice("rollback", "Roll them back"), choice("stop", "Leave them, and stop here")],
                suggest: None,
            },
            retry: None,
        };
        // A person who stops here gets what was made left as it is, and is told how to take it back.
        matches!(host.ui.ask(&question), Ok(Reply::Text(value)) if value == "rollback")
    } else {
        on_failure == OnFailure::Rollback
    };
    if !roll_back {
        return Ok(());
    }
    // Taking back what was made in this run is covered by the consent that made it.
    let steps = plan.changes.iter().map(|change| change.step.clone()).collect();
    let approved = plan.approve(&Consent { reversible: true, steps }).map_err(|_| {
        Failure::words(Kind::Internal, "the rollback could not be approved").state(ledger.receipt().sentence())
    })?;
    let writer = approved.writer(Arc::clone(&connected.session));
    let apply = Apply::back(&connected.reader, &writer, clock, host.ui.as_ref());
    apply.run(approved.changes(), ledger).map_err(|error| unwritten(error, ledger))?;
    Ok(())
}

/// The failure of a journal that could not be written in the middle of a run: what was sent may be unknown to it.
pub fn unwritten(error: anyhow::Error, ledger: &Ledger<'_>) -> Failure {
    let run = &ledger.receipt().run.run;
    Failure::new(Kind::Unknown, error)
        .hint("make room on the disk, or correct the folder, first")
        .hint(format!("then run `fixforme resume {run}`, which finds out by reading"))
        .state(format!("We do not know whether the last change was made; run `fixforme resume {run}`."))
}

/// Makes the passwords that a plan needs, one a change, shows each once, and keeps them nowhere else.
pub fn generate(
    host: &Host,
    clock: &dyn Clock,
    changes: &[Arc<Change>],
    reveal_to: Option<&Path>,
) -> Result<hole::Answers, Failure> {
    let mut answers = hole::Answers::new();
    for change in changes {
        let mut ids = Vec::new();
        hole::collect(&change.request.body, &mut ids);
        if !ids.iter().any(|id| id == hole::GENERATED) {
            continue;
        }
        let secret = password(clock);
        reveal(host, reveal_to, &format!("New password: {}", change.title), &secret);
        answers.insert(own_secret(&change.id), json!({"password": secret}));
    }
    if answers.is_empty() {
        return Ok(answers);
    }
    if host.ui.can_ask() && reveal_to.is_none() {
        let question = Question {
            prompt: "Write it down now; it is not shown again".to_owned(),
            help: Vec::new(),
            form: Form::Continue,
            retry: None,
        };
        host.ui.ask(&question).map_err(stopped)?;
    }
    Ok(answers)
}

/// 24 characters of four classes; about 130 bits.
fn password(clock: &dyn Clock) -> String {
    const CLASSES: [&[u8]; 4] = [b"abcdefghijkmnopqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#%+-=?@_"];
    let mut random = [0_u8; 48];
    clock.random(&mut random);
    let pick = |class: &[u8], byte: u8| class.get(usize::from(byte) % class.len()).copied().unwrap_or(b'x');
    let all: Vec<u8> = CLASSES.concat();
    let mut letters: Vec<u8> = random.iter().take(20).map(|byte| pick(&all, *byte)).collect();
    for (class, (byte, place)) in CLASSES.iter().zip(random.iter().skip(20).zip(random.iter().skip(30))) {
        let at = usize::from(*place) % (letters.len() + 1);
        letters.insert(at, pick(class, *byte));
    }
    String::from_utf8_lossy(&letters).into_owned()
}

/// Returns whether a change gives a secret that is shown once.
pub fn shows_secret(change: &Change) -> bool {
    let mut ids = Vec::new();
    hole::collect(&change.request.body, &mut ids);
    change.reveal.is_some() || ids.iter().any(|id| id == hole::GENERATED)
}

/// Proves, before anything is sent, that the file which is to take secrets can take them.
pub fn can_reveal(host: &Host, changes: &[Arc<Change>], reveal_to: Option<&Path>) -> Result<(), Failure> {
    match reveal_to.filter(|_| changes.iter().any(|change| shows_secret(change))) {
        Some(path) => (host.append_secret)(path, "").or_fail(Kind::Usage),
        None => Ok(()),
    }
}

/// Shows a secret once, or appends it to the file that the person named. It exists only here: where the file cannot
/// take it, better on the screen than lost.
pub fn reveal(host: &Host, reveal_to: Option<&Path>, label: &str, secret: &str) {
    if let Some(path) = reveal_to {
        match (host.append_secret)(path, &format!("{label}: {secret}\n")) {
            Ok(()) => return,
            Err(error) => {
                host.ui.show(&Event::Message(Message { level: Level::Problem, text: format!("{error:#}") }));
            }
        }
    }
    host.ui.show(&Event::Reveal(Reveal { label: label.to_owned(), secret: secret.to_owned() }));
}
