//! The terminal as a [`Ui`]: events become lines beside the live line, questions go to a prompt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use console::Term;
use serde_json::Value;

use super::activity::Activity;
use super::keys::Unanswered;
use super::{accessible, prompt};
use crate::ports::Ui;
use crate::ports::event::Event;
use crate::ports::ui::{Form, NoReply, Question, Reply};
use crate::ui::render::{Transcript, finish, wrap};
use crate::ui::streams;
use crate::ui::style::Style;

/// Below so many rows a list is not moved about in: dialoguer has no room for it, and panics below three.
const FEWEST_ROWS: u16 = 5;

/// How a [`Terminal`] looks and behaves.
#[derive(Debug, Clone)]
pub struct TerminalOptions {
    /// The look of standard error, where the conversation is.
    pub stderr: Style,
    /// The look of standard output, where the receipt goes.
    pub stdout: Style,
    /// Whether standard output is a terminal. When not, the state of the tenant is also said on standard error.
    pub stdout_is_terminal: bool,
    /// Whether standard output is kept to the data of a command: the receipt goes to standard error.
    pub keeps_stdout: bool,
    /// No cursor movement, no spinner, answers typed with Enter.
    pub accessible: bool,
    /// Whether questions may be asked (`--yes` forbids it).
    pub may_ask: bool,
    /// Set by the interrupt handler, and by Ctrl-C in a prompt.
    pub interrupted: Arc<AtomicBool>,
    /// Forgets keys that were typed and not read yet.
    pub forget_typed: fn(),
}

pub struct Terminal {
    options: TerminalOptions,
    transcript: Mutex<Transcript>,
    activity: Activity,
    accessible: accessible::Reader,
}

impl Terminal {
    pub fn new(options: TerminalOptions) -> Self {
        let transcript = Mutex::new(Transcript::new(options.stderr.clone()));
        let activity = Activity::new(options.stderr.live && !options.accessible);
        let accessible = accessible::Reader::new(Arc::clone(&options.interrupted));
        Self { options, transcript, activity, accessible }
    }

    fn receive(&self, event: &Event) {
        let lines = self.transcript.lock().unwrap_or_else(PoisonError::into_inner).add(event);
        self.activity.follow(event);
        if !lines.is_empty() {
            self.activity.beside(|| streams::lines_to_stderr(&lines));
        }
    }
}

impl Ui for Terminal {
    fn show(&self, event: &Event) {
        self.receive(event);
        if let Event::RunFinished(finished) = event {
            self.activity.beside(|| {
                if self.options.keeps_stdout {
                    return streams::lines_to_stderr(&finish::lines(finished, &self.options.stderr));
                }
                streams::lines_to_stdout(&finish::lines(finished, &self.options.stdout));
                if !self.options.stdout_is_terminal {
                    streams::lines_to_stderr(&wrap::wrap("", 0, &finished.state, None));
                }
            });
        }
    }

    fn print(&self, text: &str) {
        self.activity.beside(|| streams::to_stdout(text));
    }

    fn row(&self, _: &Value, text: &str) {
        self.print(text);
    }

    fn can_ask(&self) -> bool {
        self.options.may_ask
    }

    fn ask(&self, question: &Question) -> Result<Reply, NoReply> {
        if !self.options.may_ask {
            return Err(NoReply::Failed(format!("nobody may be asked: {}", question.prompt)));
        }
        if self.interrupted() {
            return Err(NoReply::Stopped);
        }
        let held_back = self.transcript.lock().unwrap_or_else(PoisonError::into_inner).flush();
        let _quiet = self.activity.pause();
        streams::lines_to_stderr(&held_back);
        if !matches!(question.form, Form::Text { .. } | Form::Secret) {
            // Keys that were typed before the question was seen do not answer it.
            (self.options.forget_typed)();
        }
        let rows = Term::stderr().size_checked().map(|(rows, _)| rows);
        let reply = if self.options.accessible || rows.is_some_and(|rows| rows < FEWEST_ROWS) {
            self.accessible.ask(question)
        } else {
            prompt::ask(question, &self.options.stderr, &|| self.interrupted())
        };
        match reply {
            Err(Unanswered::Interrupted) => {
                self.options.interrupted.store(true, Ordering::SeqCst);
                Err(NoReply::Stopped)
            }
            Err(Unanswered::Signalled | Unanswered::Escaped) => Err(NoReply::Stopped),
            Err(Unanswered::Failed(reason)) => Err(NoReply::Failed(reason)),
            Ok(reply) => Ok(reply),
        }
    }

    fn interrupted(&self) -> bool {
        self.options.interrupted.load(Ordering::SeqCst)
    }
}
