//! What happens in a run, as plain data: the one stream that the terminal, the plain frontend, the NDJSON frontend and the
//! log file all read.
//!
//! Strings in events are untrusted (directory data, wizard text, server messages): every frontend passes them through
//! [`super::text::visible`]. The NDJSON frontend and the log also mask addresses and phone numbers
//! ([`super::text::mask`]); the two screen faces show them in full, because a masked value cannot be judged.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

pub use super::terms::Level;
use super::terms::{Mode, Risk, Severity};

/// One thing that happened. Serialized, `type` names it; fields are only ever added within `"v":1`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type")]
pub enum Event {
    /// The run has an id and begins.
    #[serde(rename = "run.started")]
    RunStarted(RunStarted),
    /// A token is there and the tenant has answered.
    #[serde(rename = "signed_in")]
    SignedIn(SignedIn),
    /// Work of known or unknown length goes on; only the terminal draws it.
    #[serde(rename = "progress")]
    Progress(Progress),
    /// The program waits because the service asked it to, or because a read does not show a change yet.
    #[serde(rename = "wait")]
    Wait(Wait),
    /// A step, or one item of a repeated step, has been checked.
    #[serde(rename = "step.checked")]
    StepChecked(StepChecked),
    /// The plan is made (it may be empty).
    #[serde(rename = "plan")]
    Plan(Plan),
    /// A change is about to be sent.
    #[serde(rename = "change.started")]
    ChangeStarted(ChangeStarted),
    /// What became of a change. May come twice for one change: `applied, not yet visible`, later `verified`.
    #[serde(rename = "change.finished")]
    ChangeFinished(ChangeFinished),
    /// A text that must be acknowledged.
    #[serde(rename = "notice")]
    Notice(Notice),
    /// A sentence for the reader.
    #[serde(rename = "message")]
    Message(Message),
    /// A secret that the service shows once. Only the screen faces print it; it is never serialized.
    #[serde(rename = "reveal")]
    Reveal(Reveal),
    /// What is known of newer versions of this program, or was done with one.
    #[serde(rename = "update")]
    Update(Update),
    /// The end, always the last event.
    #[serde(rename = "run.finished")]
    RunFinished(RunFinished),
}

#[derive(Debug, Clone, Serialize)]
pub struct RunStarted {
    /// The run's id; `None` for a command that keeps no journal (`check`).
    pub run: Option<String>,
    pub mode: Mode,
    /// The wizard's id, version, title and hash; `None` when only a journal is at hand.
    pub wizard: Option<WizardName>,
    /// The program's version.
    pub tool: &'static str,
    /// Whether the tenant is a practice tenant.
    pub practice: bool,
    pub steps: usize,
}

#[derive(Debug, Clone, Serialize)]
pub struct WizardName {
    /// The wizard's id.
    pub id: String,
    /// The wizard's version.
    pub version: String,
    /// The wizard's title.
    pub title: String,
    /// SHA-256 of the wizard's files, hexadecimal.
    pub sha256: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct SignedIn {
    pub tenant_id: String,
    /// The tenant's display name.
    pub tenant_name: String,
    /// The tenant's default domain.
    pub domain: String,
    /// The signed-in account, or the application's id.
    pub account: String,
    /// Names of the account's directory roles, as far as known.
    pub roles: Vec<String>,
    pub graph_root: String,
    /// Whether the tenant is a practice tenant.
    pub practice: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Progress {
    /// What goes on: `checking`, `verifying`.
    pub phase: &'static str,
    /// What is worked on, for people.
    pub label: String,
    pub done: usize,
    /// How many there are, as far as known.
    pub total: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Wait {
    /// One sentence: "Microsoft asked us to wait 12 s (busy), third time".
    pub reason: String,
    /// How long, in seconds.
    pub seconds: f64,
    /// Which time in a row, from 1.
    pub attempt: u32,
}

#[derive(Debug, Clone, Serialize)]
pub struct StepChecked {
    /// The step's id.
    pub step: String,
    /// The key of the item, in a repeated step.
    pub key: Option<String>,
    /// The label of the item, in a repeated step.
    pub label: Option<String>,
    /// The step's number among the wizard's steps, from 1.
    pub number: usize,
    pub title: String,
    pub outcome: CheckOutcome,
    /// As the step says.
    pub severity: Severity,
    /// What was found, a sentence a line: problems, warnings, the reason why a step does not apply or is blocked.
    pub lines: Vec<Line>,
    /// Where a person can go on by hand.
    pub link: Option<String>,
    /// Ids of the requests that failed, for Microsoft's support.
    pub request_ids: Vec<String>,
}

/// One sentence of a finding.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Line {
    pub level: Level,
    pub text: String,
}

impl Line {
    /// Makes a sentence that matters so much.
    pub fn new(level: Level, text: String) -> Self {
        Self { level, text }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    Ok,
    Problem,
    /// Does not apply to this tenant or cloud.
    NotApplicable,
    /// A right, a role or a license is missing, or a step before it stands in the way.
    Blocked,
    /// Could not be found out; never counts as ok.
    Unknown,
}

#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The planned changes in order.
    pub changes: Vec<PlannedChange>,
    /// Checks of others that turn by this plan.
    pub affects: Vec<Affect>,
    /// What is left alone, with the reason, a sentence a line.
    pub not_changed: Vec<String>,
    /// Whether this plan takes changes back.
    pub is_rollback: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct PlannedChange {
    /// Its number, from 1.
    pub number: usize,
    /// Its id: `step`, or `step[label]`, with `/object` where a step has several.
    pub change: String,
    /// The author's words.
    pub title: String,
    /// The engine's own words for the request: method.
    pub method: String,
    /// The engine's own words for the request: path.
    pub path: String,
    /// The fields, before and after.
    pub fields: Vec<FieldDiff>,
    /// Why it cannot be rolled back; `None` when it can.
    pub irreversible: Option<String>,
    /// Whether it needs typed approval (role assignments, consent, credentials, …).
    pub tier0: bool,
    /// The author's word on the blast radius.
    pub risk: Risk,
    /// The scopes that this change needs.
    pub scopes: Arc<[String]>,
}

/// One field of a change. Absent is `null`.
#[derive(Debug, Clone, Serialize)]
pub struct FieldDiff {
    pub field: String,
    pub before: Value,
    /// The value after. A value known only later is `{"$captured": …}`.
    pub after: Value,
    /// `Some("known after step 1")` when `after` is known only then.
    pub known_after: Option<String>,
}

/// A check of somebody else that a plan turns.
#[derive(Debug, Clone, Serialize)]
pub struct Affect {
    /// Its name, such as `EIDSCA.AP01`.
    pub id: String,
    /// Whether it passes now; `None` when unknown.
    pub before: Option<bool>,
    /// Whether it passes after the plan; `None` when unknown.
    pub after: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ChangeStarted {
    /// The change's id.
    pub change: String,
    /// Its number in the plan, from 1.
    pub number: usize,
    /// How many changes the plan has.
    pub total: usize,
    /// The author's words.
    pub title: String,
    /// Whether a change is being taken back.
    pub is_rollback: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct ChangeFinished {
    /// The change's id.
    pub change: String,
    /// Its number in the plan, from 1.
    pub number: usize,
    /// How many changes the plan has.
    pub total: usize,
    /// The author's words.
    pub title: String,
    pub outcome: ChangeOutcome,
    /// Whether that was found by reading.
    pub read_back: bool,
    /// Why, and what to do now, a sentence a line. Drift is shown as a table of three columns.
    pub lines: Vec<Line>,
    /// Fields whose live value is neither what was seen nor what is wanted.
    pub drift: Vec<Drift>,
    /// Ids of the requests, for Microsoft's support.
    pub request_ids: Vec<String>,
}

/// A field that somebody else changed.
#[derive(Debug, Clone, Serialize)]
pub struct Drift {
    pub field: String,
    /// What we saw (forwards) or wrote (rollback).
    pub expected: Value,
    /// What we would have written.
    pub wanted: Value,
    pub live: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOutcome {
    /// Read back and found as wanted.
    Verified,
    /// The service said yes, and nothing can be read that would show it.
    Accepted,
    /// The service said yes; reading back does not show it yet.
    AppliedNotYetVisible,
    /// Refused or failed; not made.
    Failed,
    Skipped,
    /// It was in doubt, and reading showed that it was not made.
    NotMade,
    /// Sent, and nobody knows whether it was made.
    Unknown,
    /// Taken back and read back.
    RolledBack,
    /// Not taken back: somebody else has changed the value since.
    RollbackRefused,
    /// Taking it back failed.
    RollbackFailed,
}

impl ChangeOutcome {
    pub fn words(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Accepted => "accepted by Microsoft, not read back",
            Self::AppliedNotYetVisible => "applied, not yet visible",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::NotMade => "not made",
            Self::Unknown => "unknown",
            Self::RolledBack => "rolled back",
            Self::RollbackRefused => "left as it is: changed by somebody else",
            Self::RollbackFailed => "rollback failed",
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// The notice's id, as `--acknowledge` takes it.
    pub id: String,
    pub text: String,
    pub sources: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Message {
    pub level: Level,
    /// The sentence; may have several lines.
    pub text: String,
}

#[derive(Clone, Serialize)]
pub struct Reveal {
    pub label: String,
    #[serde(skip)]
    pub secret: String,
}

impl std::fmt::Debug for Reveal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reveal").field("label", &self.label).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Update {
    /// The version that runs.
    pub running: String,
    /// The newest version that can be had, where it is newer.
    pub available: Option<String>,
    /// The version that was put into place.
    pub installed: Option<String>,
    pub path: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct RunFinished {
    /// The run's id, where there is a journal.
    pub run: Option<String>,
    pub exit: u8,
    /// The sentence on the state of the tenant.
    pub state: String,
    /// How many changes were made and stand.
    pub changed: usize,
    /// How many of them were read back.
    pub verified: usize,
    /// How many of them leave nothing to read back: their answer is all that is known.
    pub answered: usize,
    pub rolled_back: usize,
    /// The command that takes the changes back, where there is something to take back.
    pub rollback: Option<String>,
    pub journal: Option<String>,
    /// What to do now, a sentence a line.
    pub next: Vec<String>,
}

impl RunFinished {
    /// The end of a run that changed nothing.
    pub fn unchanged(run: Option<String>, exit: u8, state: String, next: Vec<String>) -> Self {
        let (changed, verified, answered, rolled_back) = (0, 0, 0, 0);
        Self { run, exit, state, changed, verified, answered, rolled_back, rollback: None, journal: None, next }
    }
}
