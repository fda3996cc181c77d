//! The frontend for logs: one line after the other on standard error, no escapes, nobody to ask.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::render::{Transcript, finish};
use super::streams;
use super::style::Style;
use crate::ports::Ui;
use crate::ports::event::{Event, Reveal};
use crate::ports::ui::{NoReply, Question, Reply};

/// Writes lines to standard error and the receipt to standard output.
pub struct Plain {
    transcript: Mutex<Transcript>,
    keeps_stdout: bool,
    interrupted: Arc<AtomicBool>,
}

impl Plain {
    /// Returns the frontend. `interrupted` is set by the interrupt handler.
    pub fn new(interrupted: Arc<AtomicBool>) -> Self {
        Self { transcript: Mutex::new(Transcript::new(Style::plain())), keeps_stdout: false, interrupted }
    }

    /// Keeps standard output to the data of a command where `keeps` says so: the receipt goes to standard error.
    #[must_use]
    pub fn keeping_stdout(self, keeps: bool) -> Self {
        Self { keeps_stdout: keeps, ..self }
    }
}

impl Ui for Plain {
    fn show(&self, event: &Event) {
        let mut transcript = self.transcript.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            // These lines end up in files, where a secret has no business.
            Event::Reveal(reveal) => {
                let secret = "(not written here: use a terminal, or `--reveal-to FILE`)".to_owned();
                streams::lines_to_stderr(
                    &transcript.add(&Event::Reveal(Reveal { label: reveal.label.clone(), secret })),
                );
            }
            Event::RunFinished(finished) => {
                streams::lines_to_stderr(&transcript.add(event));
                let receipt = finish::lines(finished, &Style::plain());
                if self.keeps_stdout { streams::lines_to_stderr(&receipt) } else { streams::lines_to_stdout(&receipt) }
            }
            _ => streams::lines_to_stderr(&transcript.add(event)),
        }
    }

    fn print(&self, text: &str) {
        streams::to_stdout(text);
    }

    fn row(&self, _: &Value, text: &str) {
        self.print(text);
    }

    fn can_ask(&self) -> bool {
        false
    }

    fn ask(&self, question: &Question) -> Result<Reply, NoReply> {
        Err(NoReply::Failed(format!("nobody can be asked without a terminal: {}", question.prompt)))
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}
