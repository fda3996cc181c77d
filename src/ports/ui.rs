//! The person, or the pipe, at the other end: it is shown events and asked questions.

use serde_json::Value;

use super::event::{Event, Level, Message};

/// Shows what happens and asks what must be asked. The engine never prints.
pub trait Ui: Send + Sync {
    /// Shows (or records) one event.
    fn show(&self, event: &Event);

    /// Writes a command's result, the data that a pipe may read, to standard output as it is.
    fn print(&self, text: &str);

    /// Writes one row of a command's result to standard output: for people as `text`, which ends its own lines; for
    /// programs as the object `row`, which names what it is by `type`, on one line.
    fn row(&self, row: &Value, text: &str);

    /// Shows a sentence.
    fn say(&self, level: Level, text: String) {
        self.show(&Event::Message(Message { level, text }));
    }

    /// Returns whether a person can be asked. When not, `ask` is never called.
    fn can_ask(&self) -> bool;

    /// Asks one question and waits for the answer.
    fn ask(&self, question: &Question) -> Result<Reply, NoReply>;

    /// Asks for a word that must be typed exactly. Who types another one is told so, and asked once more.
    fn approves(&self, prompt: String, help: Vec<String>, word: &str) -> Result<bool, NoReply> {
        let mut question = Question::new(prompt, Form::Typed { word: word.to_owned() }).help(help);
        for _ in 0..2 {
            match self.ask(&question)? {
                Reply::Text(typed) if typed == word => return Ok(true),
                Reply::Text(typed) => {
                    question.retry = Some(Retry { typed, reason: format!("What you typed is not `{word}`.") });
                }
                _ => return Ok(false),
            }
        }
        self.say(Level::Info, format!("What you typed is not `{word}` either. That counts as no."));
        Ok(false)
    }

    /// Returns whether the person has asked the program to stop (Ctrl-C, a closing console).
    fn interrupted(&self) -> bool;
}

/// One question.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is asked, one line.
    pub prompt: String,
    /// Lines shown above the prompt, where it needs explaining.
    pub help: Vec<String>,
    /// How it is answered.
    pub form: Form,
    /// What was typed before and was refused, with the reason: it is shown again to be mended, not retyped.
    pub retry: Option<Retry>,
}

impl Question {
    pub fn new(prompt: impl Into<String>, form: Form) -> Self {
        Self { prompt: prompt.into(), help: Vec::new(), form, retry: None }
    }

    /// Adds the lines above the prompt.
    #[must_use]
    pub fn help(self, help: Vec<String>) -> Self {
        Self { help, ..self }
    }
}

/// A refused answer and why.
#[derive(Debug, Clone)]
pub struct Retry {
    /// What was typed.
    pub typed: String,
    /// Why it was refused, and what to do.
    pub reason: String,
}

/// How a question is answered.
#[derive(Debug, Clone)]
pub enum Form {
    /// Free text; `suggest` is filled in to be edited.
    Text {
        /// Filled in, editable.
        suggest: Option<String>,
        /// Whether an empty answer is allowed and means "skip".
        may_skip: bool,
    },
    /// Text that is not shown while typed.
    Secret,
    /// One of several; `suggest` is only highlighted, Enter alone never picks an unsuggested one.
    Choice {
        /// The choices in order.
        options: Vec<Choice>,
        /// The index that is highlighted at first.
        suggest: Option<usize>,
    },
    /// Yes or no. Enter alone means no.
    YesNo,
    /// A word that must be typed exactly, for what cannot be rolled back; Enter alone means no. See [`Ui::approves`].
    Typed {
        /// The word.
        word: String,
    },
    /// Nothing to answer: waits for Enter.
    Continue,
}

/// One choice.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What the program gets.
    pub value: String,
    /// What the person reads.
    pub label: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The text typed, or the value chosen.
    Text(String),
    /// The person skipped the question.
    Skipped,
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReply {
    /// Ctrl-C or Esc: the person wants to stop.
    Stopped,
    /// The terminal went away, or reading failed.
    Failed(String),
}
