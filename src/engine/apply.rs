//! Carries out a plan, forwards or backwards: for each change write the intent down, read the object again and
//! compare it with the plan, send, write down what became of it, and queue it to be read back.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value};

use super::change::{Change, ChangeKind, Precondition};
use super::check::verdict::line;
use super::hole::{self, Answers};
use super::ledger::Ledger;
use super::live::{self, Live, Stand};
use super::plan::{field_path, put, without_annotations, written};
use super::receipt::State;
use super::record::{INTERRUPTED, Outcome, Record, SendResult, UNAVAILABLE};
use super::verify::{Verifier, VerifyQueue};
use crate::graph::{Answer, ReadError, Reader, Write, WriteError, Writer};
use crate::seam::event::{ChangeFinished, ChangeStarted, Drift, Event, Level, Line};
use crate::seam::path::ResourcePath;
use crate::seam::{Clock, Ui};

/// What carrying out a plan needs.
pub struct Apply<'run> {
    /// The client that reads.
    pub reader: &'run Reader,
    /// The client that writes what was approved, and nothing else.
    pub writer: &'run Writer,
    /// Time.
    pub clock: &'run dyn Clock,
    /// Who is told.
    pub ui: &'run dyn Ui,
    /// Whether changes are being taken back.
    pub is_rollback: bool,
    /// Secrets that fill holes (`$input`, `$generated`); they are kept nowhere else.
    pub secrets: Answers,
    /// Hands a secret of an answer, shown once, to whoever is to see it: what it is, and the secret.
    pub reveal: &'run dyn Fn(&str, &str),
}

/// How carrying out a plan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every change had its turn.
    Through,
    /// A change failed, and the rest was not tried.
    Failed,
    /// The person interrupted.
    Interrupted,
}

/// What became of one change, before it is written down.
struct Sent {
    result: SendResult,
    status: Option<u16>,
    code: Option<String>,
    lines: Vec<Line>,
    drift: Vec<Drift>,
    request_ids: Vec<String>,
    captured: Value,
    refused: Vec<String>,
}

impl Apply<'_> {
    /// Carries out `changes`, whose journal is `ledger`.
    ///
    /// An error means that the journal could not be written: the caller says what is unknown and ends.
    pub fn run(&self, changes: &[Change], ledger: &mut Ledger<'_>) -> Result<Ended> {
        let verifier = Verifier { reader: self.reader, clock: self.clock, ui: self.ui, is_rollback: self.is_rollback };
        let mut queue = VerifyQueue::default();
        let mut ended = Ended::Through;
        let total = changes.len();
        for (at, change) in changes.iter().enumerate() {
            let number = at + 1;
            if self.ui.interrupted() {
                ended = Ended::Interrupted;
                break;
            }
            if !self.is_rollback {
                while queue.waits_for(&change.after) && !self.ui.interrupted() {
                    queue.poll(&verifier, ledger, &self.answers(ledger))?;
                    if queue.waits_for(&change.after) {
                        queue.wait(&verifier);
                    }
                }
                if let Some(reason) = missing_before(change, ledger) {
                    self.finished(change, number, total, ledger, vec![line(Level::Warning, reason)], Vec::new());
                    continue;
                }
            }
            self.ui.show(&Event::ChangeStarted(ChangeStarted {
                change: change.id.clone(),
                number,
                total,
                title: change.title.clone(),
                is_rollback: self.is_rollback,
            }));
            let known_before = !ledger.state(&change.id).is_open();
            let mark = ledger.mark(&change.id);
            ledger.append(if self.is_rollback { Record::RollbackIntent(mark) } else { Record::Intent(mark) })?;
            let sent = self.send(change, changes, ledger, known_before);
            self.write_down(change, &sent, ledger)?;
            let state = ledger.state(&change.id);
            if matches!(state, State::Applied | State::RollbackApplied)
                || state == State::RollbackRefused && sent.result == SendResult::Applied
            {
                // What was left as it is is not waited for.
                let mut made = change.clone();
                made.fields.retain(|field| !sent.refused.contains(&field.pointer));
                queue.push(&made, number, total, ledger.now());
            }
            if !matches!(state, State::Applied | State::RollbackApplied) {
                self.finished(change, number, total, ledger, sent.lines.clone(), sent.drift.clone());
            }
            queue.poll(&verifier, ledger, &self.answers(ledger))?;
            if sent.code.as_deref() == Some(INTERRUPTED) {
                ended = Ended::Interrupted;
                break;
            }
            let failed = matches!(state, State::Failed | State::Drift | State::Unknown);
            if failed && !self.is_rollback && (!change.continue_on_error || state == State::Unknown) {
                ended = if self.ui.interrupted() { Ended::Interrupted } else { Ended::Failed };
                break;
            }
        }
        queue.drain(&verifier, ledger, &self.answers(ledger))?;
        if ended == Ended::Through && self.ui.interrupted() {
            ended = Ended::Interrupted;
        }
        Ok(ended)
    }

    fn answers(&self, ledger: &Ledger<'_>) -> Answers {
        let mut answers = ledger.receipt().answers();
        answers.extend(self.secrets.clone());
        answers
    }

    fn write_down(&self, change: &Change, sent: &Sent, ledger: &mut Ledger<'_>) -> Result<()> {
        let outcome = Outcome {
            change: change.id.clone(),
            at: ledger.now(),
            result: sent.result,
            status: sent.status,
            code: sent.code.clone(),
            reason: sent.lines.first().map(|line| line.text.clone()),
            request_ids: sent.request_ids.clone(),
            captured: sent.captured.clone(),
            refused: sent.refused.clone(),
        };
        ledger.outcome(outcome, self.is_rollback).with_context(|| {
            format!("change `{}` ended as {:?}, and that could not be written down", change.id, sent.result)
        })
    }

    fn finished(
        &self,
        change: &Change,
        number: usize,
        total: usize,
        ledger: &Ledger<'_>,
        lines: Vec<Line>,
        drift: Vec<Drift>,
    ) {
        let receipt = ledger.receipt().find(&change.id);
        self.ui.show(&Event::ChangeFinished(ChangeFinished {
            change: change.id.clone(),
            number,
            total,
            title: change.title.clone(),
            outcome: ledger.state(&change.id).outcome(),
            lines,
            drift,
            request_ids: receipt.map(|receipt| receipt.request_ids.clone()).unwrap_or_default(),
        }));
    }

    /// Reads again, decides, sends. Never fails: whatever happens is an outcome.
    fn send(&self, change: &Change, changes: &[Change], ledger: &Ledger<'_>, known_before: bool) -> Sent {
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

    fn decide(
        &self,
        change: &Change,
        changes: &[Change],
        ledger: &Ledger<'_>,
        answers: &mut Answers,
        known_before: bool,
    ) -> Result<Decision> {
        if change.kind == ChangeKind::Action {
            return self.decide_action(change, changes, ledger, answers, known_before);
        }
        let Some(mut live) = live::read_change(self.reader, change, answers)? else {
            return Ok(Decision::send(hole::fill(&change.request.body, answers)?));
        };
        if self.is_rollback && change.kind == ChangeKind::Remove && !live.exists && !known_before {
            live = self.wait_to_appear(change, answers)?;
        }
        if self.is_rollback && live.exists && live.object.get("id").is_some_and(|id| !id.is_null()) {
            // The way back of a creation whose answer was lost needs the id that is found now.
            let own = answers.entry(change.id.clone()).or_insert_with(|| Value::Object(Map::new()));
            if own.get("id").is_none_or(Value::is_null) {
                put(own, "/id", live.object.get("id").cloned().unwrap_or(Value::Null));
            }
        }
        let stands = live.stands(change, answers)?;
        match (change.kind, live.exists) {
            (ChangeKind::Set, false) => Ok(Decision::gone(change)),
            (ChangeKind::Set, true) => self.decide_set(change, &live, &stands, answers),
            (ChangeKind::Create, false) => Ok(Decision::send(hole::fill(&change.request.body, answers)?)),
            (ChangeKind::Create, true) if live.is_as_wanted(change, answers)? => {
                let captured = captured(change, &live.object);
                Ok(Decision::Already { words: "It is there already, just as wanted.".to_owned(), captured })
            }
            (ChangeKind::Create, true) => Ok(Decision::drift(
                "Somebody else has created it in the meantime, with other values.",
                live.drift(change, &stands),
            )),
            (ChangeKind::Remove, false) => Ok(Decision::already("It is gone already.")),
            (ChangeKind::Remove, true) if stands.contains(&Stand::Else) => Ok(Decision::drift(
                "Somebody else has changed it since; it was left as it is.",
                live.drift(change, &stands),
            )),
            (ChangeKind::Remove, true) => Ok(Decision::send(Value::Null)),
            (ChangeKind::Action, _) => Err(anyhow!("an action has no object")),
        }
    }

    fn decide_set(&self, change: &Change, live: &Live, stands: &[Stand], answers: &Answers) -> Result<Decision> {
        let drift = live.drift(change, stands);
        if !self.is_rollback {
            if !drift.is_empty() {
                return Ok(Decision::drift(
                    "Somebody else has changed it since it was checked; it was left as it is.",
                    drift,
                ));
            }
            if stands.iter().all(|stand| *stand == Stand::After) {
                return Ok(Decision::already("It is as wanted already: somebody else has set it."));
            }
        }
        if stands.iter().all(|stand| *stand == Stand::Else) {
            return Ok(Decision::drift("Somebody else has changed it since; it was left as it is.", drift));
        }
        let mut body = Value::Object(Map::new());
        for pointer in &change.request.merge {
            let subtree = without_annotations(field_path(pointer).get(&live.object));
            if !subtree.is_null() {
                put(&mut body, pointer, subtree);
            }
        }
        let mut refused = Vec::new();
        for (field, stand) in change.fields.iter().zip(stands) {
            match stand {
                Stand::Else => refused.push(field.pointer.clone()),
                // Backwards the before-image is sent also where it is there already: a lagging read may hide our write.
                Stand::After if !self.is_rollback => {}
                Stand::Before | Stand::After => {
                    let after = hole::fill(&field.after, answers)?;
                    put(&mut body, &field.pointer, written(&after, &field.before));
                }
            }
        }
        Ok(Decision::Send { body, refused, drift })
    }

    fn decide_action(
        &self,
        change: &Change,
        changes: &[Change],
        ledger: &Ledger<'_>,
        answers: &Answers,
        known_before: bool,
    ) -> Result<Decision> {
        for condition in &change.preconditions {
            let mut drift = live::broken(self.reader, condition, answers)?;
            if !self.is_rollback {
                // What an earlier change of this plan did to the same object is no drift.
                let ours: Vec<String> = changes
                    .iter()
                    .take_while(|other| other.id != change.id)
                    .filter(|other| other.request.path == condition.probe.path)
                    .filter(|other| matches!(ledger.state(&other.id), State::Applied | State::Verified))
                    .flat_map(|other| other.fields.iter().map(|field| field_path(&field.pointer).dotted()))
                    .collect();
                drift.retain(|field| !ours.contains(&field.field));
            }
            if drift.is_empty() {
                continue;
            }
            // What was made a moment ago may not show yet: look for as long as it may take to.
            let is_young = !known_before || self.is_young(change, ledger);
            if self.is_rollback && is_young && self.comes_to_hold(condition, change, answers)? {
                continue;
            }
            if self.is_rollback && !known_before {
                return Ok(Decision::already("It was not made, so there is nothing to take back."));
            }
            return Ok(Decision::drift("Somebody else has changed it since; it was left as it is.", drift));
        }
        Ok(Decision::send(hole::fill(&change.request.body, answers)?))
    }

    /// Returns whether a change was made so lately that a read may still lag behind it.
    fn is_young(&self, change: &Change, ledger: &Ledger<'_>) -> bool {
        let made = ledger.receipt().find(&change.id).and_then(|receipt| receipt.settled_at);
        let window = Duration::from_secs(u64::from(change.verify_seconds));
        made.and_then(|made| made.checked_add(window).ok()).is_some_and(|until| self.clock.now() < until)
    }

    /// Waits for what a way back is guarded by to hold, for as long as the change may take to show.
    fn comes_to_hold(&self, condition: &Precondition, change: &Change, answers: &Answers) -> Result<bool> {
        let deadline = self.clock.now().checked_add(Duration::from_secs(u64::from(change.verify_seconds)))?;
        while self.clock.now() < deadline {
            if self.ui.interrupted() {
                return Err(anyhow::Error::new(ReadError::Stopped));
            }
            self.clock.sleep(Duration::from_secs(1));
            if live::broken(self.reader, condition, answers)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits for an object that may still come to show, for as long as a change may take to.
    fn wait_to_appear(&self, change: &Change, answers: &Answers) -> Result<Live> {
        let seconds = u64::from(change.verify_seconds);
        let deadline = self.clock.now().checked_add(Duration::from_secs(seconds))?;
        loop {
            let live = live::read_change(self.reader, change, answers)?;
            match live {
                Some(live) if live.exists || self.clock.now() >= deadline => return Ok(live),
                // Whether it will still come to show is not known: nothing is concluded from a wait cut short.
                Some(_) if self.ui.interrupted() => return Err(anyhow::Error::new(ReadError::Stopped)),
                Some(_) => self.clock.sleep(Duration::from_secs(1)),
                None => return Err(anyhow!("the object cannot be read")),
            }
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
        match settle(self.reader, self.clock, self.ui, change, answers) {
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

/// Reads for the whole verify window whether a change was carried out; returns what it hands on when it was.
pub fn settle(
    reader: &Reader,
    clock: &dyn Clock,
    ui: &dyn Ui,
    change: &Change,
    answers: &Answers,
) -> Result<Option<Value>> {
    let window = Duration::from_secs(u64::from(change.verify_seconds));
    let deadline = clock.now().checked_add(window)?;
    let mut pause = Duration::from_millis(500);
    loop {
        let found = if let Some(probe) = &change.landed {
            live::landed(reader, probe, answers)
        } else if change.probe.is_some() {
            match live::read_change(reader, change, answers) {
                Ok(Some(live)) if live.is_as_wanted(change, answers)? => Ok(Some(captured(change, &live.object))),
                Ok(_) => Ok(None),
                Err(error) => Err(error),
            }
        } else {
            settled_by_guard(reader, change, answers)
        };
        let now = clock.now();
        match found {
            Ok(Some(captured)) => return Ok(Some(captured)),
            Ok(None) if now >= deadline || ui.interrupted() => return Ok(None),
            Err(error) if now >= deadline || ui.interrupted() => return Err(error),
            _ => {}
        }
        let left = Duration::try_from(deadline.duration_since(now)).unwrap_or_default();
        clock.sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_secs(8));
    }
}

/// An action without a trace of its own was done when what its way back is guarded by holds.
fn settled_by_guard(reader: &Reader, change: &Change, answers: &Answers) -> Result<Option<Value>> {
    let super::change::Inverse::Request { preconditions, .. } = &change.inverse else { return Ok(None) };
    if preconditions.is_empty() {
        return Ok(None);
    }
    for condition in preconditions {
        if !live::broken(reader, condition, answers)?.is_empty() {
            return Ok(None);
        }
    }
    Ok(Some(Value::Null))
}

enum Decision {
    Send { body: Value, refused: Vec<String>, drift: Vec<Drift> },
    Already { words: String, captured: Value },
    Drift { words: String, drift: Vec<Drift>, refused: Vec<String> },
}

impl Decision {
    fn send(body: Value) -> Self {
        Self::Send { body, refused: Vec::new(), drift: Vec::new() }
    }

    fn drift(words: &str, drift: Vec<Drift>) -> Self {
        Self::Drift { words: words.to_owned(), drift, refused: Vec::new() }
    }

    fn already(words: &str) -> Self {
        Self::Already { words: words.to_owned(), captured: Value::Null }
    }

    fn gone(change: &Change) -> Self {
        Self::drift(&format!("The object of `{}` is not there any more.", change.title), Vec::new())
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

/// Returns the name under which the password that was made for a change is handed in: no two changes share one.
pub fn own_secret(change: &str) -> String {
    format!("$generated for {change}")
}

/// Returns whether an answer says that what was to be removed is not there.
fn is_gone(change: &Change, answer: &Answer) -> bool {
    change.kind == ChangeKind::Remove && matches!(answer.status, 404 | 410)
}

/// What a change hands on: of an action only what the author names, of a creation the object's fields.
fn captured(change: &Change, body: &Value) -> Value {
    if change.capture.is_empty() { Value::Null } else { live::capture(body, change.capture.iter()) }
}

/// Returns why a change cannot be made: one that it comes after was not made.
fn missing_before(change: &Change, ledger: &Ledger<'_>) -> Option<String> {
    let mut states = BTreeMap::new();
    for id in &change.after {
        if let Some(receipt) = ledger.receipt().find(id) {
            states.insert(id, (receipt.state, receipt.change.title.clone()));
        }
    }
    states
        .values()
        .find(|(state, _)| !matches!(state, State::Verified | State::Already))
        .map(|(state, title)| format!("Not tried: the change before it ({title}) is {}.", state.outcome().words()))
}
