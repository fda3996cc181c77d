//! Questions for a screen reader or a terminal without cursor movement: lines out, lines in.
//!
//! Choices are numbered and typed with Enter. Lines are read on a thread of their own, so that Ctrl-C is noticed
//! while one is awaited: reading itself would simply go on after the signal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use console::Term;

use super::keys::{Keys, Unanswered};
use super::line_editor::{Echo, read_line};
use super::prompt::typed_reply;
use crate::ports::text::one_line;
use crate::ports::ui::{Choice, Form, Question, Reply};
use crate::ui::streams;

/// How long it takes at most until an interruption is noticed.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

pub struct Reader {
    interrupted: Arc<AtomicBool>,
    lines: Mutex<Option<Lines>>,
}

/// The thread that reads standard input: one request, one line.
struct Lines {
    wanted: Sender<()>,
    read: Receiver<std::io::Result<Option<String>>>,
}

impl Reader {
    /// Returns a reader; standard input is not touched before the first question.
    pub fn new(interrupted: Arc<AtomicBool>) -> Self {
        Self { interrupted, lines: Mutex::new(None) }
    }

    /// Asks `question`.
    pub fn ask(&self, question: &Question) -> Result<Reply, Unanswered> {
        for line in &question.help {
            say(line);
        }
        if let Some(retry) = &question.retry {
            say(&format!("Refused: {} You typed: {}", retry.reason, retry.typed));
        }
        say(&question.prompt);
        match &question.form {
            Form::Text { suggest, may_skip } => self.text(question, suggest.as_deref(), *may_skip),
            Form::Secret => self.secret(),
            Form::Choice { options, suggest } => self.choice(options, *suggest),
            Form::YesNo => self.yes_no(),
            Form::Typed { word } => {
                say(&format!("Type {word}, then Enter, to agree. Enter alone means no. Ctrl-C stops."));
                Ok(typed_reply(&self.line()?))
            }
            Form::Continue => {
                say("Press Enter to continue. Ctrl-C stops.");
                self.line().map(|_| Reply::Yes)
            }
        }
    }

    fn text(&self, question: &Question, suggest: Option<&str>, may_skip: bool) -> Result<Reply, Unanswered> {
        // A refused answer cannot be edited here; Enter alone would only send it again.
        let suggest = suggest.filter(|_| question.retry.is_none());
        loop {
            match (suggest, may_skip) {
                (Some(suggest), _) => {
                    say(&format!("Type an answer, then Enter. Ctrl-C stops. Enter alone takes {suggest}"))
                }
                (None, true) => say("Type an answer, then Enter. Enter alone skips this question. Ctrl-C stops."),
                (None, false) => say("Type an answer, then Enter. Ctrl-C stops."),
            }
            let answer = self.line()?;
            match (answer.trim(), suggest) {
                ("", Some(suggest)) => return Ok(Reply::Text(suggest.to_owned())),
                ("", None) if may_skip => return Ok(Reply::Skipped),
                ("", None) => {}
                (answer, _) => return Ok(Reply::Text(answer.to_owned())),
            }
        }
    }

    fn choice(&self, options: &[Choice], suggest: Option<usize>) -> Result<Reply, Unanswered> {
        let suggest = suggest.filter(|index| *index < options.len());
        for (index, option) in options.iter().enumerate() {
            say(&format!("{}. {}", index + 1, option.label));
        }
        loop {
            match suggest {
                Some(index) => {
                    say(&format!("Type a number, then Enter. Enter alone takes {}. Ctrl-C stops.", index + 1))
                }
                None => say("Type a number, then Enter. Enter alone chooses nothing. Ctrl-C stops."),
            }
            let answer = self.line()?;
            let index = match answer.trim() {
                "" => suggest,
                number => number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)),
            };
            if let Some(option) = index.and_then(|index| options.get(index)) {
                return Ok(Reply::Text(option.value.clone()));
            }
            let given =
                if answer.trim().is_empty() { "Nothing was chosen." } else { "That is not one of the numbers." };
            say(&format!("{given} The choices are 1 to {}.", options.len()));
        }
    }

    fn yes_no(&self) -> Result<Reply, Unanswered> {
        loop {
            say("Type yes or no, then Enter. Enter alone means no. Ctrl-C stops.");
            match self.line()?.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(Reply::Yes),
                "" | "n" | "no" => return Ok(Reply::No),
                _ => {}
            }
        }
    }

    fn secret(&self) -> Result<Reply, Unanswered> {
        let interrupted = || self.interrupted.load(Ordering::SeqCst);
        let keys = Keys::open(&interrupted);
        say("Type the secret, then Enter. What you type is not shown. Ctrl-C stops.");
        loop {
            let answer = read_line(&Term::stderr(), &keys, "", "", Echo::Hidden)?;
            if !answer.is_empty() {
                return Ok(Reply::Text(answer));
            }
        }
    }

    fn line(&self) -> Result<String, Unanswered> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = || Unanswered::Failed("standard input cannot be read".to_owned());
        if lines.is_none() {
            *lines = Some(Lines::start().ok_or_else(failed)?);
        }
        let Some(reader) = lines.as_ref() else { return Err(failed()) };
        reader.wanted.send(()).map_err(|_| failed())?;
        loop {
            if self.interrupted.load(Ordering::SeqCst) {
                return Err(Unanswered::Interrupted);
            }
            match reader.read.recv_timeout(POLL_INTERVAL) {
                // On Windows an interruption ends the reading with an empty line.
                Ok(Ok(Some(_))) if self.interrupted.load(Ordering::SeqCst) => return Err(Unanswered::Interrupted),
                Ok(Ok(Some(line))) => return Ok(line),
                Ok(Ok(None)) => return Err(Unanswered::Failed("the input has ended".to_owned())),
                Ok(Err(error)) => return Err(Unanswered::Failed(format!("standard input cannot be read: {error}"))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(failed()),
            }
        }
    }
}

impl Lines {
    fn start() -> Option<Self> {
        let (wanted, requests) = channel::<()>();
        let (answers, read) = channel();
        let work = move || {
            while requests.recv().is_ok() {
                let mut line = String::new();
                let answer = std::io::stdin().read_line(&mut line).map(|bytes| (bytes > 0).then_some(line));
                if answers.send(answer).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("lines".to_owned()).spawn(work).ok()?;
        Some(Self { wanted, read })
    }
}

fn say(text: &str) {
    streams::lines_to_stderr(&[one_line(text)]);
}
