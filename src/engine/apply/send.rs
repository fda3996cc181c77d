//! Sends the request of one change, and says what became of it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use serde_json::Value;

use super::decide::Decision;
use super::settle::{Doubt, Settled, lacking, trace};
use super::{Apply, Prior, captured, own_secret};
use crate::engine::change::{Change, ChangeKind};
use crate::engine::current_state;
use crate::engine::deferred::{self, Captured};
use crate::engine::journal_writer::JournalWriter;
use crate::engine::record::{INTERRUPTED, LEFT_OUT, LOST, SendResult, UNAVAILABLE, UNSEEN};
use crate::graph::{Answer, ReadError, SendErrorKind, Write};
use crate::ports::event::{Drift, Event, Level, Line, Wait};
use crate::ports::http::Method;
use crate::ports::path::ResourcePath;
use crate::wizard::step::StatusMeaning;

/// How often the object is looked at afresh because it changed while the request waited.
const MOST_LOOKS: usize = 4;

/// What sending needs to know besides the request.
struct Sending<'a> {
    prior: Prior,
    /// What is to be removed was accepted once and has never been seen since.
    unseen: bool,
    /// Whether the request still fits what is there, after a wait.
    still: &'a dyn Fn(bool) -> bool,
}

/// A request waited, and does not fit any more what is there.
struct Overtaken {
    maybe_done: bool,
}

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
    pub(super) kept: Vec<String>,
}

impl Apply<'_> {
    /// Looks, before the intent is written down, whether the trace of an action that is sent once is there already: then
    /// it is not ours, and after a lost answer nobody could tell it from ours.
    pub(super) fn done_before(&self, change: &Change, ledger: &JournalWriter<'_>) -> Option<Sent> {
        let probe = change.landed.as_ref().filter(|_| !self.is_rollback)?;
        match current_state::landed(self.reader, probe, &self.answers(ledger)) {
            Ok(None) => None,
            Ok(Some(captured)) => {
                let words = "What it would leave behind is there already, so it was not sent.".to_owned();
                Some(Sent { lines: vec![Line::new(Level::Info, words)], captured, ..Sent::new(SendResult::Already) })
            }
            Err(error) => Some(Sent::not_sent(&error)),
        }
    }

    /// Reads again, decides, sends. Never fails: whatever happens is an outcome.
    pub(super) fn send(
        &self,
        change: &Change,
        changes: &[Arc<Change>],
        ledger: &JournalWriter<'_>,
        prior: Prior,
    ) -> Sent {
        let mut answers = self.answers(ledger);
        if let Some(own) = answers.get(&own_secret(&change.id)).cloned() {
            answers.insert(deferred::GENERATED.to_owned(), own);
        }
        let (mut prior, mut tried, mut looks, mut pause, mut again) = (prior, false, 0, 1, true);
        while looks < MOST_LOOKS {
            match self.decide(change, changes, ledger, &mut answers, prior) {
                Ok(Decision::Send { body, refused, drift, kept, unseen }) => {
                    // A wait, or a new sign-in, is long enough for somebody else: the object is looked at once more.
                    let still = |maybe_done: bool| {
                        let mut answers = answers.clone();
                        // Of an action nobody could say whether what is seen then is its own doing.
                        maybe_done && change.kind == ChangeKind::Action
                            || matches!(
                                self.decide(change, changes, ledger, &mut answers, prior),
                                Ok(Decision::Send { body: again, refused: others, .. })
                                    if again == body && others == refused
                            )
                    };
                    match self.request(change, &body, &answers, &Sending { prior, unseen, still: &still }) {
                        Err(Overtaken { maybe_done }) => {
                            looks += 1;
                            if maybe_done {
                                tried = true;
                                prior = prior.tried(self.is_rollback);
                            }
                        }
                        Ok(sent) if self.is_too_early(change, &sent, ledger) => {
                            self.wait_a_little(pause);
                            pause = (pause * 2).min(8);
                        }
                        // It did not show for as long as it may take: it was not made, and may be sent once more.
                        Ok(sent) if again && sent.may_be_sent_again(change) && !self.ui.interrupted() => {
                            (again, tried) = (false, true);
                            prior = prior.tried(self.is_rollback);
                        }
                        Ok(mut sent) => {
                            if sent.result == SendResult::Refused && !unseen {
                                self.look_once_more(change, &answers, &mut sent);
                            }
                            sent.kept = kept;
                            if !refused.is_empty() {
                                let words =
                                    "Somebody else has changed what is listed here since; it was left as it is.";
                                sent.lines.push(Line::new(Level::Problem, words.to_owned()));
                                sent.drift = drift;
                                sent.refused = refused;
                            }
                            return sent;
                        }
                    }
                }
                Ok(Decision::Already { captured, .. }) if !self.is_rollback && !prior.is_known() => {
                    let words = "It had been made all the same: reading shows it now.".to_owned();
                    return Sent {
                        lines: vec![Line::new(Level::Info, words)],
                        captured,
                        ..Sent::new(SendResult::Landed)
                    };
                }
                Ok(Decision::Already { words, captured }) => {
                    return Sent {
                        lines: vec![Line::new(Level::Info, words)],
                        captured,
                        ..Sent::new(SendResult::Already)
                    };
                }
                Ok(Decision::Drift { words, drift, refused }) => {
                    let lines = vec![Line::new(Level::Problem, words)];
                    return Sent { lines, drift, refused, ..Sent::new(SendResult::Drift) };
                }
                // What may have been carried out is not "not sent" because it cannot be looked at.
                Err(_) if tried => return self.settle(change, &answers, false),
                Err(error) => return Sent::not_sent(&error),
            }
        }
        if tried {
            self.settle(change, &answers, false)
        } else {
            Sent::not_sent(&anyhow!("what it changes keeps changing"))
        }
    }

    fn request(
        &self,
        change: &Change,
        body: &Value,
        answers: &Captured,
        sending: &Sending<'_>,
    ) -> Result<Sent, Overtaken> {
        let path = deferred::fill_path(&change.request.path, answers)
            .and_then(|segments| ResourcePath::from_segments(segments).map_err(|error| anyhow!("{error}")));
        let path = match path {
            Ok(path) => path,
            Err(error) => return Ok(Sent::not_sent(&error)),
        };
        let write = Write {
            method: change.request.method,
            path,
            headers: Vec::new(),
            body: (!body.is_null()).then(|| body.clone()),
        };
        let in_doubt = if self.is_rollback { sending.prior.may_be_back() } else { !sending.prior.is_known() };
        Ok(match self.writer.send(&write, sending.still) {
            Err(error) if error.kind == SendErrorKind::Overtaken => {
                return Err(Overtaken { maybe_done: error.maybe_done });
            }
            // An earlier try may have been carried out: only reading tells what this refusal means.
            Ok(answer)
                if (answer.after_unclear || in_doubt) && !answer.is_success() && !self.is_gone(change, &answer) =>
            {
                let mut sent = self.settle(change, answers, sending.unseen);
                sent.status = Some(answer.status);
                sent.request_ids = answer.request_ids;
                sent
            }
            Ok(answer) => self.answered(change, answer, sending.unseen),
            Err(error) if error.maybe_done => {
                let mut sent = self.settle(change, answers, sending.unseen);
                sent.request_ids = error.context.request_ids;
                if sent.result == SendResult::Unknown {
                    let text = format!("Whether it was made is not known from the answer: {}", error.context.message);
                    sent.lines.insert(0, Line::new(Level::Problem, text));
                }
                sent
            }
            Err(error) => Sent {
                status: (error.kind == SendErrorKind::SignIn).then_some(401),
                code: match error.kind {
                    SendErrorKind::Stopped => Some(INTERRUPTED.to_owned()),
                    SendErrorKind::Busy | SendErrorKind::NotSent | SendErrorKind::SignInAway => {
                        Some(UNAVAILABLE.to_owned())
                    }
                    _ => None,
                },
                ..Sent::not_sent(&anyhow!("{error}"))
            },
        })
    }

    fn answered(&self, change: &Change, answer: Answer, unseen: bool) -> Sent {
        let wanted = if change.request.expect.is_empty() {
            answer.is_success()
        } else {
            change.request.expect.contains(&answer.status)
        };
        let gone = self.is_gone(change, &answer);
        let mut sent = Sent::new(SendResult::Refused);
        sent.status = Some(answer.status);
        sent.request_ids.clone_from(&answer.request_ids);
        if gone && !answer.after_unclear && !wanted {
            if unseen {
                sent.result = SendResult::Unknown;
                let words = "Microsoft accepted it, reading never showed it, and removing it finds nothing.";
                sent.lines.push(Line::new(Level::Problem, words.to_owned()));
            } else {
                // Somebody else was faster: it is gone, but not because of us.
                sent.result = SendResult::Already;
            }
            return sent;
        }
        if wanted || gone {
            sent.result = SendResult::Applied;
            sent.captured = captured(change, &answer.body);
            if let Some(pointer) = &change.reveal {
                match answer.body.pointer(pointer).and_then(Value::as_str) {
                    Some(secret) => (self.reveal)(&change.title, secret),
                    None => {
                        let words = format!("Its answer has no secret at `{pointer}`, so there is none to show.");
                        sent.code = Some(LOST.to_owned());
                        sent.lines.push(Line::new(Level::Problem, words));
                    }
                }
            }
            if let Some(words) = lacking(change, &sent.captured).filter(|_| !self.is_rollback) {
                sent.code = Some(LOST.to_owned());
                sent.lines.push(Line::new(Level::Problem, words));
            }
            return sent;
        }
        if answer.is_success() {
            // A success that the author does not expect: it may have been done.
            sent.result = SendResult::Unknown;
            sent.lines.push(Line::new(
                Level::Problem,
                format!("Microsoft answered {} where {:?} was expected.", answer.status, change.request.expect),
            ));
            return sent;
        }
        if let Some(words) = change.on_status.iter().find(|words| words.status == answer.status) {
            sent.lines.push(Line::new(Level::Problem, words.text.clone()));
            if matches!(words.then, StatusMeaning::Skip | StatusMeaning::NotApplicable) {
                sent.result = SendResult::Skipped;
            }
        }
        if let Some(error) = &answer.error {
            sent.code = Some(error.code.clone());
            let text =
                format!("{} refused it: {} {}. {}", error.refused_by(), answer.status, error.code, error.message);
            sent.lines.push(Line::new(Level::Problem, text.trim_end().to_owned()));
        } else {
            sent.lines.push(Line::new(Level::Problem, format!("Microsoft refused it: {}.", answer.status)));
        }
        if answer.status == 403 && !change.scopes.is_empty() {
            let permissions = if change.scopes.len() == 1 { "permission" } else { "permissions" };
            let scopes = change.scopes.join(", ");
            let text = format!("It needs the {permissions} {scopes} and a role that may change this object.");
            sent.lines.push(Line::new(Level::Hint, text));
        }
        sent
    }

    /// Returns whether a refusal may only mean that what was made a moment ago is not known everywhere yet: the request
    /// names it by its id, and a service principal of a new application, say, is refused with 400 until it is.
    fn is_too_early(&self, change: &Change, sent: &Sent, ledger: &JournalWriter<'_>) -> bool {
        if self.is_rollback {
            // What reading has shown, and removing does not find, is not known to whoever answered.
            let is_missed = sent.result == SendResult::Already && matches!(sent.status, Some(404 | 410));
            let made = ledger.receipt().find(&change.id);
            return is_missed && !self.ui.interrupted() && made.is_some_and(|made| self.is_young(made));
        }
        let refused = sent.result == SendResult::Refused && matches!(sent.status, Some(400 | 403 | 404));
        let has_words = change.on_status.iter().any(|words| Some(words.status) == sent.status);
        let mut made = change.captured_from().into_iter().filter_map(|id| ledger.receipt().find(&id));
        refused && !has_words && !self.ui.interrupted() && made.any(|made| self.is_young(made))
    }

    fn wait_a_little(&self, seconds: u64) {
        self.ui.show(&Event::Wait(Wait {
            reason: "Microsoft does not know everywhere yet what was made just before; trying again".to_owned(),
            seconds: seconds as f64,
            attempt: 1,
        }));
        self.clock.sleep(Duration::from_secs(seconds));
    }

    /// Returns whether an answer says that what was to be removed is not there.
    fn is_gone(&self, change: &Change, answer: &Answer) -> bool {
        let removes = change.kind == ChangeKind::Remove || self.is_rollback && change.request.method == Method::Delete;
        removes && matches!(answer.status, 404 | 410)
    }

    /// Reads once whether a request was carried out that was refused: a proxy, or a late error, may say no to what was done.
    fn look_once_more(&self, change: &Change, answers: &Captured, sent: &mut Sent) {
        if (change.probe.is_some() || change.landed.is_some())
            && let Ok(Settled::Made(captured)) = trace(self.reader, change, answers, self.is_rollback)
        {
            sent.result = SendResult::Landed;
            sent.captured = captured;
            let words = "Reading shows that it was made all the same.".to_owned();
            sent.lines.push(Line::new(Level::Info, words));
        }
    }

    /// Finds out, by reading for the whole verify window, whether a request without an answer was carried out.
    fn settle(&self, change: &Change, answers: &Captured, misleads: bool) -> Sent {
        let doubt = Doubt { is_rollback: self.is_rollback, misleads };
        let unknown = |code: Option<&str>, words: String| Sent {
            code: code.map(str::to_owned),
            lines: vec![Line::new(Level::Problem, words)],
            ..Sent::new(SendResult::Unknown)
        };
        match super::settle(self.reader, self.clock, self.ui, change, answers, doubt) {
            Ok(Settled::Made(captured)) => {
                let lost = super::lost(change, &captured).filter(|_| !self.is_rollback);
                let code = lost.as_ref().map(|_| LOST.to_owned());
                let lines = lost.into_iter().map(|words| Line::new(Level::Problem, words)).collect();
                Sent { code, captured, lines, ..Sent::new(SendResult::Landed) }
            }
            Ok(Settled::NotShown) => unknown(
                Some(UNSEEN),
                format!("Reading for {} s did not show whether it was made.", change.verify_seconds),
            ),
            Ok(Settled::NoTrace) => {
                unknown(None, "Nothing can be read that would show whether it was made.".to_owned())
            }
            Err(error) => unknown(None, format!("{error:#}")),
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
            kept: Vec::new(),
        }
    }

    /// Whether the request had no answer, did not show, and would be recognized if it was done after all.
    fn may_be_sent_again(&self, change: &Change) -> bool {
        let is_unseen = self.result == SendResult::Unknown && self.code.as_deref() == Some(UNSEEN);
        is_unseen && self.status.is_none() && (change.probe.is_some() || change.landed.is_some())
    }

    /// A change that is not tried because one before it was not made.
    pub(super) fn left_out(reason: String) -> Self {
        Self {
            code: Some(LEFT_OUT.to_owned()),
            lines: vec![Line::new(Level::Warning, reason)],
            ..Self::new(SendResult::NotSent)
        }
    }

    fn not_sent(error: &anyhow::Error) -> Self {
        let code = match error.downcast_ref::<ReadError>() {
            Some(ReadError::Stopped) => Some(INTERRUPTED.to_owned()),
            Some(ReadError::Unavailable(_) | ReadError::SignInAway(_)) => Some(UNAVAILABLE.to_owned()),
            _ => None,
        };
        Self {
            code,
            lines: vec![Line::new(Level::Problem, format!("Not sent: {error:#}"))],
            ..Self::new(SendResult::NotSent)
        }
    }
}
