//! Sends the request of one change, and says what became of it.

use std::sync::Arc;

use anyhow::anyhow;
use serde_json::Value;

use super::decide::Decision;
use super::{Apply, captured, own_secret};
use crate::engine::change::{Change, ChangeKind};
use crate::engine::check::verdict::line;
use crate::engine::hole::{self, Answers};
use crate::engine::ledger::Ledger;
use crate::engine::record::{INTERRUPTED, LEFT_OUT, SendResult, UNAVAILABLE};
use crate::graph::{Answer, ReadError, Write, WriteError};
use crate::seam::event::{Drift, Level, Line};
use crate::seam::path::ResourcePath;

/// What became of one change, before it is written down.
pub(super) struct Sent {
    pub(super) result: SendResult,
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) drift: Vec<Drift>,
    pub(super) request_ids: Vec<String>,
    pub(super) captured: Value,
    pub(super) refused: Vec<String>,
}

impl Apply<'_> {
    /// Reads again, decides, sends. Never fails: whatever happens is an outcome.
    pub(super) fn send(
        &self,
        change: &Change,
        changes: &[Arc<Change>],
        ledger: &Ledger<'_>,
        known_before: bool,
    ) -> Sent {
        let mut answers = self.answers(ledger);
        if let Some(own) = answers.get(&own_secret(&change.id)).cloned() {
            answers.insert("$generated".to_owned(), own);
        }
        match self.decide(change, changes, ledger, &mut answers, known_before) {
            Ok(Decision::Send { body, refused, drift }) => {
                let mut sent = self.request(change, &body, &answers);
                if !refused.is_empty() {
                    sent.lines.push(line(
                        Level::Problem,
                        "Somebody else has changed what is listed here since; it was left as it is.".to_owned(),
                    ));
                    sent.drift = drift;
                    sent.refused = refused;
                }
                sent
            }
            Ok(Decision::Already { words, captured }) => {
                Sent { lines: vec![line(Level::Info, words)], captured, ..Sent::new(SendResult::Already) }
            }
            Ok(Decision::Drift { words, drift, refused }) => {
                Sent { lines: vec![line(Level::Problem, words)], drift, refused, ..Sent::new(SendResult::Drift) }
            }
            Err(error) => Sent::not_sent(&error),
        }
    }

    fn request(&self, change: &Change, body: &Value, answers: &Answers) -> Sent {
        let path = hole::fill_path(&change.request.path, answers)
            .and_then(|segments| ResourcePath::from_segments(segments).map_err(|error| anyhow!("{error}")));
        let path = match path {
            Ok(path) => path,
            Err(error) => return Sent::not_sent(&error),
        };
        let write = Write {
            method: change.request.method,
            path,
            headers: Vec::new(),
            body: (!body.is_null()).then(|| body.clone()),
        };
        match self.writer.send(&write) {
            // An earlier try may have been carried out: only reading tells what this refusal means.
            Ok(answer) if answer.after_unclear && !answer.is_success() && !is_gone(change, &answer) => {
                let mut sent = self.settle(change, answers);
                sent.status = Some(answer.status);
                sent.request_ids = answer.request_ids;
                sent
            }
            Ok(answer) => self.answered(change, answer),
            Err(WriteError::Unclear { error, request_ids }) => {
                let mut sent = self.settle(change, answers);
                sent.request_ids = request_ids;
                if sent.result == SendResult::Unknown {
                    sent.lines.insert(0, line(Level::Problem, format!("No answer came: {error:#}")));
                }
                sent
            }
            Err(error) => Sent {
                status: matches!(error, WriteError::SignIn { .. }).then_some(401),
                code: match &error {
                    WriteError::Stopped => Some(INTERRUPTED.to_owned()),
                    WriteError::Throttled { .. } | WriteError::NotSent(_) => Some(UNAVAILABLE.to_owned()),
                    _ => None,
                },
                ..Sent::not_sent(&anyhow!("{error}"))
            },
        }
    }

    fn answered(&self, change: &Change, answer: Answer) -> Sent {
        let wanted = if change.request.expect.is_empty() {
            answer.is_success()
        } else {
            change.request.expect.contains(&answer.status)
        };
        let gone = is_gone(change, &answer);
        let mut sent = Sent::new(SendResult::Refused);
        sent.status = Some(answer.status);
        sent.request_ids.clone_from(&answer.request_ids);
        if gone && !answer.after_unclear && !wanted {
            // Somebody else was faster: it is gone, but not because of us.
            sent.result = SendResult::Already;
            return sent;
        }
        if wanted || gone {
            sent.result = SendResult::Applied;
            sent.captured = captured(change, &answer.body);
            if let Some(pointer) = &change.reveal
                && let Some(secret) = answer.body.pointer(pointer).and_then(Value::as_str)
            {
                (self.reveal)(&change.title, secret);
            }
            return sent;
        }
        if answer.is_success() {
            // A success that the author does not expect: it may have been done.
            sent.result = SendResult::Unknown;
            sent.lines.push(line(
                Level::Problem,
                format!("Microsoft answered {} where {:?} was expected.", answer.status, change.request.expect),
            ));
            return sent;
        }
        if let Some(words) = change.on_status.iter().find(|words| words.status == answer.status) {
            sent.lines.push(line(Level::Problem, words.text.clone()));
            if words.then == "skip" || words.then == "not_applicable" {
                sent.result = SendResult::Skipped;
            }
        }
        if let Some(error) = &answer.error {
            sent.code = Some(error.code.clone());
            let text = format!("Microsoft refused it: {} {}. {}", answer.status, error.code, error.message);
            sent.lines.push(line(Level::Problem, text.trim_end().to_owned()));
        } else {
            sent.lines.push(line(Level::Problem, format!("Microsoft refused it: {}.", answer.status)));
        }
        if answer.status == 403 && !change.scopes.is_empty() {
            sent.lines.push(line(
                Level::Hint,
                format!("It needs the permission {} and a role that may change this object.", change.scopes.join(", ")),
            ));
        }
        sent
    }

    /// Finds out, by reading for the whole verify window, whether a request without an answer was carried out.
    fn settle(&self, change: &Change, answers: &Answers) -> Sent {
        match super::settle(self.reader, self.clock, self.ui, change, answers) {
            Ok(Some(captured)) => Sent { captured, ..Sent::new(SendResult::Landed) },
            Ok(None) => Sent {
                lines: vec![line(
                    Level::Problem,
                    format!("Reading for {} s did not show whether it was made.", change.verify_seconds),
                )],
                ..Sent::new(SendResult::Unknown)
            },
            Err(error) => {
                Sent { lines: vec![line(Level::Problem, format!("{error:#}"))], ..Sent::new(SendResult::Unknown) }
            }
        }
    }
}

impl Sent {
    fn new(result: SendResult) -> Self {
        Self {
            result,
            status: None,
            code: None,
            lines: Vec::new(),
            drift: Vec::new(),
            request_ids: Vec::new(),
            captured: Value::Null,
            refused: Vec::new(),
        }
    }

    /// A change that is not tried because one before it was not made.
    pub(super) fn left_out(reason: String) -> Self {
        Self {
            code: Some(LEFT_OUT.to_owned()),
            lines: vec![line(Level::Warning, reason)],
            ..Self::new(SendResult::NotSent)
        }
    }

    fn not_sent(error: &anyhow::Error) -> Self {
        let code = match error.downcast_ref::<ReadError>() {
            Some(ReadError::Stopped) => Some(INTERRUPTED.to_owned()),
            Some(ReadError::Unavailable(_)) => Some(UNAVAILABLE.to_owned()),
            _ => None,
        };
        Self {
            code,
            lines: vec![line(Level::Problem, format!("Not sent: {error:#}"))],
            ..Self::new(SendResult::NotSent)
        }
    }
}

/// Returns whether an answer says that what was to be removed is not there.
fn is_gone(change: &Change, answer: &Answer) -> bool {
    change.kind == ChangeKind::Remove && matches!(answer.status, 404 | 410)
}
