//! Secrets that are shown once: passwords are generated here, and what an answer gives is shown or put into a file.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::commands::host::Host;
use crate::engine::apply::own_secret;
use crate::engine::change::Change;
use crate::engine::deferred;
use crate::failure::stopped;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Clock;
use crate::ports::event::{Event, Level, Reveal};
use crate::ports::ui::{Form, Question};

/// Makes the passwords that a plan needs, one a change, shows each once, and keeps them nowhere else.
pub fn generate(
    host: &Host,
    clock: &dyn Clock,
    changes: &[Arc<Change>],
    reveal_to: Option<&Path>,
) -> Result<deferred::Captured, Failure> {
    let mut answers = deferred::Captured::new();
    for change in changes {
        let mut ids = Vec::new();
        deferred::collect(&change.request.body, &mut ids);
        if !ids.iter().any(|id| id == deferred::GENERATED) {
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
        let question = Question::new("Write it down now; it is not shown again", Form::Continue);
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
    deferred::collect(&change.request.body, &mut ids);
    change.reveal.is_some() || ids.iter().any(|id| id == deferred::GENERATED)
}

/// Proves, before anything is sent, that the file which is to take secrets can take them.
pub fn can_reveal(host: &Host, changes: &[Arc<Change>], reveal_to: Option<&Path>) -> Result<(), Failure> {
    match reveal_to.filter(|_| changes.iter().any(|change| shows_secret(change))) {
        Some(path) => host.machine.append_secret(path, "").or_fail(Kind::Usage),
        None => Ok(()),
    }
}

/// Shows a secret once, or appends it to the file that the person named. It exists only here: where the file cannot
/// take it, better on the screen than lost.
pub fn reveal(host: &Host, reveal_to: Option<&Path>, label: &str, secret: &str) {
    if let Some(path) = reveal_to {
        match host.machine.append_secret(path, &format!("{label}: {secret}\n")) {
            Ok(()) => return,
            Err(error) => {
                host.ui.say(Level::Problem, format!("{error:#}"));
            }
        }
    }
    host.ui.show(&Event::Reveal(Reveal { label: label.to_owned(), secret: secret.to_owned() }));
}
