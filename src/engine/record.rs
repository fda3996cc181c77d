//! The journal's records, format 1: data only, so that resume and rollback need neither the wizard nor the version
//! of the program that wrote them.
//!
//! These types reach disk and are read for ever. Unknown record types and unknown fields are kept in the file and
//! ignored; fields are only added, with a default; a new meaning is a new record type. `tests/fixtures/journals`
//! holds a file of every version that has shipped.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::Change;
use crate::ports::event::CheckOutcome;

/// The format's number, written into the first record.
pub const FORMAT: u32 = 1;

/// The code of a request that was not sent because the person interrupted: the change was not tried.
pub const INTERRUPTED: &str = "fixforme.interrupted";

/// The code of a request that was not carried out because the service was not available or busy: it may work later.
pub const UNAVAILABLE: &str = "fixforme.unavailable";

/// The code of a request that was not sent because a change before it was not made: it was not tried.
pub const LEFT_OUT: &str = "fixforme.left_out";

/// The code of a request in doubt that did not show though it was read for its whole window.
pub const UNSEEN: &str = "fixforme.unseen";

/// The code of a request that was done, and whose answer lacked what is given only once or is needed to take it back.
pub const LOST: &str = "fixforme.lost";

/// The code of a request in doubt of which nothing can be read that would tell.
pub const UNREADABLE: &str = "fixforme.unreadable";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Record {
    /// The first record: who, where, with what.
    #[serde(rename = "run")]
    Run(Box<RunRecord>),
    /// The first changes of a plan that is too long for one record; the record `plan` makes it whole. A run that ended
    /// before that has planned nothing.
    #[serde(rename = "plan_part")]
    PlanPart { changes: Vec<Arc<Change>> },
    /// The changes that were consented to, in order; the last of them where there are parts.
    #[serde(rename = "plan")]
    Plan { at: Timestamp, changes: Vec<Arc<Change>> },
    /// What the check found that the plan was made of, step by step; one record after the other where it is long.
    #[serde(rename = "found")]
    Found {
        at: Timestamp,
        /// The findings, in order.
        findings: Vec<Found>,
    },
    /// A change is about to be read again and sent.
    #[serde(rename = "intent")]
    Intent(Mark),
    /// What the service answered, or that it was not sent.
    #[serde(rename = "outcome")]
    Outcome(Outcome),
    /// The change was read back as wanted.
    #[serde(rename = "verified")]
    Verified(Mark),
    /// Nothing can be read that would show the change: its answer is all that is known.
    #[serde(rename = "accepted")]
    Accepted(Mark),
    /// The change was accepted, and its step says by what it reads that it is still not as wanted.
    #[serde(rename = "unconfirmed")]
    Unconfirmed(Mark),
    /// A change is about to be taken back.
    #[serde(rename = "rollback_intent")]
    RollbackIntent(Mark),
    /// What the service answered to the way back, or that it was not sent.
    #[serde(rename = "rollback_outcome")]
    RollbackOutcome(Outcome),
    /// The way back was read back.
    #[serde(rename = "rollback_verified")]
    RollbackVerified(Mark),
    /// A process ended its work on this run. A later resume or rollback adds records, and another end.
    #[serde(rename = "end")]
    End {
        at: Timestamp,
        exit: u8,
        /// The sentence on the state of the tenant.
        state: String,
    },
    /// A record of a later version, kept and ignored.
    #[serde(other)]
    Later,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The format's number.
    pub format: u32,
    /// The run's id.
    pub run: String,
    pub at: Timestamp,
    /// The program's version.
    pub tool: String,
    /// The wizard's id.
    pub wizard: String,
    pub wizard_version: String,
    pub wizard_title: String,
    /// SHA-256 of the wizard's files.
    pub wizard_sha256: String,
    /// The tenant's id.
    pub tenant: String,
    pub tenant_name: String,
    /// The tenant's default domain.
    pub domain: String,
    pub account: String,
    /// The account's object id, where known.
    #[serde(default)]
    pub account_id: Option<String>,
    /// The cloud's name.
    pub cloud: String,
    pub graph_root: String,
    /// Whether the tenant is a practice tenant.
    #[serde(default)]
    pub practice: bool,
    /// Whether the practice tenant lived in the process that wrote this: it is gone, so nothing can be resumed or rolled
    /// back.
    #[serde(default)]
    pub rehearsal: bool,
}

/// What was found of a step, or of one item of a repeated step, for the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The step's id.
    pub step: String,
    pub title: String,
    pub outcome: CheckOutcome,
    /// What was found, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

/// A change and a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The change's id.
    pub change: String,
    pub at: Timestamp,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The change's id.
    pub change: String,
    pub at: Timestamp,
    pub result: SendResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Graph's error code, where there was one; [`INTERRUPTED`], [`UNAVAILABLE`] or [`LEFT_OUT`] of a
    /// request that was not sent, [`UNSEEN`] or [`UNREADABLE`] of one in doubt, [`LOST`] of one that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_ids: Vec<String>,
    /// What later changes and the way back need from the answer.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub captured: Value,
    /// JSON pointers of the fields that were left alone because somebody else changed them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    /// JSON pointers of the fields that somebody else had set as wanted just before it was sent: they are not taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
}

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendResult {
    /// The service said yes.
    Applied,
    /// No answer came, and reading shows that it was done.
    Landed,
    /// Not sent: the live value is already as wanted.
    Already,
    /// Not sent: somebody else has changed the object.
    Drift,
    /// Not sent, or certainly not received.
    NotSent,
    /// It was in doubt, and reading for long enough showed that it was not done.
    NotMade,
    /// The service said no.
    Refused,
    /// Not sent: the author's words say that this status means it is to be skipped.
    Skipped,
    /// Nobody knows.
    Unknown,
}
