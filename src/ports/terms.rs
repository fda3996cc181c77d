//! The closed lists of words that wizards, journals, events and flags share. What an editor shows of the ones that stand
//! in a wizard is their doc comment here.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is being done to a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Check,
    /// Checks, asks and changes.
    Run,
    /// The same in a practice tenant of this process.
    Rehearse,
    /// Goes on with an interrupted run.
    Resume,
    /// Rolls back a run.
    Rollback,
}

impl Mode {
    /// Returns whether it may change the tenant, and therefore keeps a journal.
    pub fn changes(self) -> bool {
        self != Self::Check
    }

    /// Returns whether the tenant is one of this process, which nobody else works on.
    pub fn is_practice(self) -> bool {
        self == Self::Rehearse
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Check => "check",
            Self::Run => "run",
            Self::Rehearse => "rehearse",
            Self::Resume => "resume",
            Self::Rollback => "rollback",
        })
    }
}

/// How bad it is when a step's subject is not as it should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Only for information.
    Info,
    /// Low.
    Low,
    /// Medium.
    #[default]
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// How far a step's changes reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Nothing is changed.
    None,
    /// One object that is not an account.
    #[default]
    OneObject,
    /// One account.
    OneAccount,
    /// Several accounts or objects.
    Several,
    /// The whole tenant.
    TenantWide,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::OneObject => "one object",
            Self::OneAccount => "one account",
            Self::Several => "several",
            Self::TenantWide => "whole tenant",
        })
    }
}

/// How much a sentence matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only for information.
    Info,
    /// Worth a look.
    Warning,
    /// The step is not as it should be.
    #[default]
    Problem,
    /// What to do. Only the program itself says that.
    #[serde(skip_deserializing)]
    Hint,
}

/// What happens to the changes already made when one fails and nobody can be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// Roll back what can be rolled back.
    #[default]
    Rollback,
    /// Keep the changes for manual review.
    Stop,
}
