//! How a command fails: one kind that decides the exit code, what went wrong, what to do now, and the state of the
//! tenant, which every failure tells.

use std::fmt;

use crate::exit_code::ExitCode;
use crate::ports::ui::NoReply;

#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    pub error: anyhow::Error,
    pub hints: Vec<String>,
    pub state: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The person's mistake: usage, an invalid wizard or answers file.
    Usage,
    /// Answers, approval or acknowledgement are missing.
    Missing,
    /// A sign-in, consent, role, scope or license is missing.
    Access,
    Trust,
    /// The world's failure, for now.
    Temporary,
    Unknown,
    Interrupted,
    /// Our bug, or this machine's failure.
    Internal,
}

/// The sentence of every failure before the first change.
pub const NOTHING_CHANGED: &str = "Nothing was changed.";

impl Failure {
    /// Makes a failure before anything was changed.
    pub fn new(kind: Kind, error: impl Into<anyhow::Error>) -> Self {
        Self { kind, error: error.into(), hints: Vec::new(), state: NOTHING_CHANGED.to_owned() }
    }

    pub fn words(kind: Kind, words: impl fmt::Display) -> Self {
        Self::new(kind, anyhow::anyhow!("{words}"))
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = state.into();
        self
    }

    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Usage => ExitCode::Usage,
            Kind::Missing => ExitCode::AnswersMissing,
            Kind::Access => ExitCode::AccessMissing,
            Kind::Trust => ExitCode::TrustRefused,
            Kind::Temporary => ExitCode::Temporary,
            Kind::Unknown => ExitCode::OutcomeUnknown,
            Kind::Interrupted => ExitCode::Interrupted,
            Kind::Internal => ExitCode::Internal,
        }
    }
}

/// Says which kind an error is, where it has none of its own.
pub trait OrFail<T> {
    /// Makes an error a failure of that kind, before anything was changed.
    fn or_fail(self, kind: Kind) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for Result<T, E> {
    fn or_fail(self, kind: Kind) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(kind, error))
    }
}

/// Returns the failure of a person who stopped at a question.
pub fn stopped(no: NoReply) -> Failure {
    match no {
        NoReply::Stopped => Failure::words(Kind::Interrupted, "you stopped"),
        NoReply::Failed(reason) => {
            Failure::words(Kind::Missing, reason).hint("give the answers as flags or in an answers file, with `--yes`")
        }
    }
}
