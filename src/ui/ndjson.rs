//! Events as NDJSON: one JSON object a line, numbered, timed, masked, and in ASCII only.
//!
//! `{"v":1,"seq":n,"ts":"…","run":"…" or null,"type":"…",…}`. Within `"v":1` keys are only ever added. E-mail addresses
//! and phone numbers are masked, because these lines are made to be kept and sent on. Everything outside ASCII is
//! written as `\u` escapes: no byte can steer a terminal, and no console's code page can spoil the text. The last
//! event of a run is `run.finished`, also after a panic or when the process is ended at once ([`LastWord`]).

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use serde_json::{Map, Value};

use crate::exit_code::ExitCode;
use crate::ports::event::{Event, RunFinished};
use crate::ports::text::mask_value;
use crate::ports::{Clock, event};
use crate::ui::streams;

/// Keys whose values are names or hashes of our own making: masking could only damage them.
const NEVER_MASKED: [&str; 6] = ["type", "ts", "run", "sha256", "request_ids", "tool"];

#[derive(Clone)]
pub struct Ndjson {
    shared: Arc<Shared>,
}

/// Ends the event stream from a panic hook or an interrupt: cloned out of a frontend before the run begins.
#[derive(Clone)]
pub struct LastWord {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    // Where the lines go, for people.
    place: String,
    open: Mutex<Open>,
    // Outside the mutex, so that a panic under it can still end the stream with the right number.
    seq: AtomicU64,
    is_finished: AtomicBool,
    // A second writer to the same place for the same reason.
    emergency: Emergency,
}

struct Open {
    run: Option<String>,
    writer: Box<dyn Write + Send>,
}

/// Writes one line when the usual writer is not to be had.
type Emergency = Box<dyn Fn(&str) + Send + Sync>;

impl Ndjson {
    /// Returns a stream to `writer`, which people call `place`. `emergency` writes one line to the same place without
    /// `writer`'s lock.
    pub fn new(clock: Arc<dyn Clock>, place: String, writer: Box<dyn Write + Send>, emergency: Emergency) -> Self {
        let open = Mutex::new(Open { run: None, writer });
        let is_finished = AtomicBool::new(false);
        Self { shared: Arc::new(Shared { clock, place, open, seq: AtomicU64::new(0), is_finished, emergency }) }
    }

    /// Writes one event. After `run.finished` nothing but a new run is written: the last line says how it ended.
    pub fn write(&self, event: &Event) {
        let shared = &self.shared;
        let mut open = shared.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            Event::RunStarted(started) => {
                open.run.clone_from(&started.run);
                shared.is_finished.store(false, Ordering::SeqCst);
            }
            Event::RunFinished(finished) => {
                if finished.run.is_some() {
                    open.run.clone_from(&finished.run);
                }
                if shared.is_finished.swap(true, Ordering::SeqCst) {
                    return;
                }
            }
            _ if shared.is_finished.load(Ordering::SeqCst) => return,
            _ => {}
        }
        let line = shared.line(event, open.run.as_deref());
        // What is lost must not stop a run: the end of the process tells it.
        let written = open.writer.write_all(line.as_bytes()).and_then(|()| open.writer.flush());
        streams::keep_in_mind(&shared.place, written);
    }

    /// Returns the handle for the panic hook.
    pub fn last_word(&self) -> LastWord {
        LastWord { shared: Arc::clone(&self.shared) }
    }
}

/// Returns one row of a command's result as a line: `{"v":1,"type":"…",…}`, masked like the events.
pub fn row(row: &Value) -> String {
    let mut record = Map::from_iter([("v".to_owned(), 1.into())]);
    if let Value::Object(fields) = row.clone() {
        record.extend(fields.into_iter().map(masked_field));
    }
    ascii(&Value::Object(record).to_string()) + "\n"
}

impl LastWord {
    /// Writes `run.finished` with exit code 1, unless the stream has ended already.
    ///
    /// Never blocks and never panics: the panic may have come from under the stream's own lock.
    pub fn finish_after_panic(&self) {
        let shared = &self.shared;
        if shared.is_finished.swap(true, Ordering::SeqCst) {
            return;
        }
        let open = match shared.open.try_lock() {
            Ok(open) => Some(open),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        let state =
            "fixforme stopped because of an error of its own. Whether a change was under way is in the journal.";
        let next = vec!["Run `fixforme resume`: it finds out what was changed.".to_owned()];
        shared.end(open, ExitCode::Internal, state, next);
    }

    /// Writes `run.finished`, unless the stream has ended already: the process is about to be ended.
    ///
    /// Waits for the event that is being written: it must not be cut in two, or follow the last one.
    pub fn finish(&self, exit: ExitCode, state: &str, next: Vec<String>) {
        let shared = &self.shared;
        let open = shared.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !shared.is_finished.swap(true, Ordering::SeqCst) {
            shared.end(Some(open), exit, state, next);
        }
    }
}

fn last_event(run: Option<String>, exit: ExitCode, state: &str, next: Vec<String>) -> Event {
    Event::RunFinished(RunFinished::unchanged(run, exit.number(), state.to_owned(), next))
}

impl Shared {
    /// Writes the last event, past the lock where that is not to be had.
    fn end(&self, open: Option<MutexGuard<'_, Open>>, exit: ExitCode, state: &str, next: Vec<String>) {
        let run = open.as_ref().and_then(|open| open.run.clone());
        let line = self.line(&last_event(run.clone(), exit, state, next), run.as_deref());
        match open {
            Some(mut open) => {
                let _ = open.writer.write_all(line.as_bytes()).and_then(|()| open.writer.flush());
            }
            None => (self.emergency)(&line),
        }
    }

    fn line(&self, event: &Event, run: Option<&str>) -> String {
        let mut record = Map::new();
        record.insert("v".to_owned(), 1.into());
        record.insert("seq".to_owned(), (self.seq.fetch_add(1, Ordering::SeqCst) + 1).into());
        record.insert("ts".to_owned(), format!("{:.3}", self.clock.now()).into());
        record.insert("run".to_owned(), run.into());
        record.insert("type".to_owned(), type_name(event).into());
        if let Ok(Value::Object(fields)) = serde_json::to_value(event) {
            for (key, value) in fields {
                if !record.contains_key(&key) {
                    let (key, value) = masked_field((key, value));
                    record.insert(key, value);
                }
            }
        }
        ascii(&Value::Object(record).to_string()) + "\n"
    }
}

/// The wire name, also for an event that cannot be serialized.
fn type_name(event: &event::Event) -> &'static str {
    match event {
        Event::RunStarted(_) => "run.started",
        Event::SignedIn(_) => "signed_in",
        Event::Progress(_) => "progress",
        Event::Wait(_) => "wait",
        Event::StepChecked(_) => "step.checked",
        Event::Plan(_) => "plan",
        Event::ChangeStarted(_) => "change.started",
        Event::ChangeFinished(_) => "change.finished",
        Event::Notice(_) => "notice",
        Event::Message(_) => "message",
        Event::Reveal(_) => "reveal",
        Event::Update(_) => "update",
        Event::RunFinished(_) => "run.finished",
    }
}

/// Masks a record's own field. Below it the names of keys are no more ours: they may be those of a body.
fn masked_field((key, value): (String, Value)) -> (String, Value) {
    let value = if NEVER_MASKED.contains(&key.as_str()) { value } else { masked(value) };
    (key, value)
}

/// Masks every string, also the names of keys below (a body may use an address as a key).
fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask_value(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(masked).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (mask_value(&key), masked(value))).collect())
        }
        other => other,
    }
}

/// Writes what is not printable ASCII as `\u` escapes. In JSON such characters only occur within strings.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            text.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use snapbox::IntoData;

    use super::*;
    use crate::ports::event::{Level, Message, Reveal, RunStarted};
    use crate::ports::terms::Mode;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::from_second(1_800_000_000).unwrap()
        }
        fn sleep(&self, _: Duration) {}
        fn random(&self, _: &mut [u8]) {}
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn stream() -> (Ndjson, Kept) {
        let kept = Kept::default();
        let other = kept.clone();
        let emergency = Box::new(move |line: &str| other.0.lock().unwrap().extend_from_slice(line.as_bytes()));
        (Ndjson::new(Arc::new(Still), "a test".to_owned(), Box::new(kept.clone()), emergency), kept)
    }

    fn message(text: &str) -> Event {
        Event::Message(Message { level: Level::Info, text: text.to_owned() })
    }

    fn started() -> Event {
        let (run, wizard) = (Some("0198-r".to_owned()), None);
        Event::RunStarted(RunStarted { run, mode: Mode::Run, wizard, tool: "0.1.0", practice: true, steps: 4 })
    }

    #[test]
    fn events_are_wrapped_masked_and_ascii() {
        let (stream, kept) = stream();
        stream.write(&started());
        stream.write(&message("to ann@contoso.example\u{1b}[2J\u{9b}\u{202e}\n✔ 𝄞"));
        stream.write(&Event::Reveal(Reveal { label: "Password".to_owned(), secret: "hunter2".to_owned() }));
        snapbox::assert_data_eq!(
            kept.text(),
            snapbox::str![[r#"
{"v":1,"seq":1,"ts":"2027-01-15T08:00:00.000Z","run":"0198-r","type":"run.started","mode":"run","wizard":null,"tool":"0.1.0","practice":true,"steps":4}
{"v":1,"seq":2,"ts":"2027-01-15T08:00:00.000Z","run":"0198-r","type":"message","level":"info","text":"to a***@c***.example\u001b[2J\u009b\u202e\n\u2714 \ud834\udd1e"}
{"v":1,"seq":3,"ts":"2027-01-15T08:00:00.000Z","run":"0198-r","type":"reveal","label":"Password"}

"#]]
            .raw()
        );
    }

    #[test]
    fn masking_reaches_nested_values_and_keys() {
        let value =
            masked(json!({"ann@contoso.example": ["+1 4255550123"], "type": "bob@b.example", "x": "4255550123"}));
        assert_eq!(
            value.to_string(),
            r#"{"a***@c***.example":["+1 *** **23"],"type":"b***@b***.example","x":"*** **23"}"#
        );
        let line = row(&json!({"type": "a@b.c", "account": "ann@contoso.example"}));
        assert_eq!(line, "{\"v\":1,\"type\":\"a@b.c\",\"account\":\"a***@c***.example\"}\n");
    }

    #[test]
    fn the_last_line_of_a_panicking_run_is_its_end_once() {
        let (stream, kept) = stream();
        stream.write(&started());
        let last_word = stream.last_word();
        let held = stream.shared.open.lock().unwrap();
        last_word.finish_after_panic();
        drop(held);
        last_word.finish_after_panic();
        stream.write(&message("too late"));
        let text = kept.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        let last: Value = serde_json::from_str(lines[1]).unwrap();
        assert_eq!((&last["type"], &last["exit"], &last["seq"]), (&json!("run.finished"), &json!(1), &json!(2)));
    }
}
