//! The frontend for programs: NDJSON on standard output, problems on standard error, nobody to ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::ndjson::{self, LastWord, Ndjson};
use super::render::line_writer::LineWriter;
use super::render::say;
use super::streams;
use super::style::Style;
use crate::ports::event::{Event, Level, Message};
use crate::ports::text::mask;
use crate::ports::ui::{NoReply, Question, Reply};
use crate::ports::{Clock, Ui};

/// Writes every event to standard output, see [`super::ndjson`].
pub struct Json {
    stream: Ndjson,
    interrupted: Arc<AtomicBool>,
}

impl Json {
    /// Returns the frontend. `interrupted` is set by the interrupt handler.
    pub fn new(clock: Arc<dyn Clock>, interrupted: Arc<AtomicBool>) -> Self {
        // Rust's lock on standard output may be taken again by the thread that holds it: the emergency writer is the
        // same one.
        let place = "standard output".to_owned();
        let stream = Ndjson::new(clock, place, Box::new(std::io::stdout()), Box::new(streams::to_stdout));
        Self { stream, interrupted }
    }

    /// Returns the handle that ends the stream from a panic hook.
    pub fn last_word(&self) -> LastWord {
        self.stream.last_word()
    }
}

impl Ui for Json {
    fn show(&self, event: &Event) {
        self.stream.write(event);
        match event {
            Event::Message(message) if message.level == Level::Problem => problem(&message.text),
            Event::RunFinished(finished) if finished.exit != 0 => {
                problem(&finished.state);
                finished.next.iter().for_each(|next| problem(next));
            }
            _ => {}
        }
    }

    fn print(&self, text: &str) {
        streams::to_stdout(text);
    }

    fn row(&self, row: &Value, _: &str) {
        streams::to_stdout(&ndjson::row(row));
    }

    fn can_ask(&self) -> bool {
        false
    }

    fn ask(&self, question: &Question) -> Result<Reply, NoReply> {
        Err(NoReply::Failed(format!("nobody can be asked with `--output json`: {}", question.prompt)))
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

/// Standard error of an unattended run ends up in a file as well, so it is masked too.
fn problem(text: &str) {
    let style = Style::plain();
    let mut writer = LineWriter::new(&style);
    say::message(&mut writer, &Message { level: Level::Problem, text: mask(text) });
    streams::lines_to_stderr(&writer.into_lines());
}
