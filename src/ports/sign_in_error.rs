//! How a sign-in fails, for a person: one sentence, what to do now, and what Microsoft's support asks for.

use std::fmt;

/// Why there is no token.
#[derive(Debug)]
pub struct SignInError {
    /// What kind of failure it is.
    pub kind: Kind,
    /// What went wrong.
    pub sentence: String,
    /// What to do now, a sentence each.
    pub now: Vec<String>,
    /// What the service says of itself, for its support.
    pub reference: Option<Box<Reference>>,
}

/// The kinds of failure, as far as anybody acts on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The sign-in is refused, or cannot be made.
    Refused,
    /// The service or the network fails, for now.
    Temporary,
    /// The person stopped.
    Stopped,
}

/// The code of a refusal and the ids that Microsoft's support asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reference {
    /// `AADSTS65001`, or the word of OAuth where there is no such code.
    pub code: String,
    /// The trace id.
    pub trace: Option<String>,
    /// The correlation id.
    pub correlation: Option<String>,
    /// The service's time.
    pub timestamp: Option<String>,
}

impl SignInError {
    /// Makes a failure that is nobody's refusal but a fact of this side.
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into(), now: Vec::new(), reference: None }
    }

    /// Adds something to do.
    #[must_use]
    pub fn now(mut self, hint: impl Into<String>) -> Self {
        self.now.push(hint.into());
        self
    }

    /// Makes the failure of a person who stopped.
    pub fn stopped() -> Self {
        Self::new(Kind::Stopped, "you stopped the sign-in")
    }
}

impl fmt::Display for SignInError {
    /// Writes the sentence and what to do, for places that have one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        self.now.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for SignInError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.reference.as_deref().map(|reference| reference as &(dyn std::error::Error + 'static))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        for (name, value) in [("trace id", &self.trace), ("correlation id", &self.correlation)] {
            if let Some(value) = value {
                write!(f, ", {name} {value}")?;
            }
        }
        self.timestamp.iter().try_for_each(|timestamp| write!(f, ", {timestamp}"))
    }
}

impl std::error::Error for Reference {}
