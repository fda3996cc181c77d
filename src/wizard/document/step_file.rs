//! A step's file as written: one struct with `kind` and optional sections; `parse` says which a kind may have.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::object_file::{ObjectSection, WriteSection};
use super::placed::{Placed, Table};
use super::wizard_file::OptionEntry;
use crate::ports::terms::{Level, Risk, Severity};
use crate::wizard::input::InputType;
use crate::wizard::step::StatusMeaning;

/// A step: what it reads, what it wants, what it asks.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "fixforme step"))]
pub struct StepFile {
    /// What sort of step it is.
    pub kind: Placed<KindName>,
    /// Its title; may hold `{{ }}`.
    pub title: Placed<String>,
    /// Why it matters; may hold `{{ }}`.
    pub why: Option<Placed<String>>,
    /// How bad it is when it is not as it should be; "medium" when left out.
    pub severity: Option<Severity>,
    /// How far its changes reach; "one-object" when left out.
    pub risk: Option<Risk>,
    /// Where to read more (https).
    pub docs: Option<Placed<String>>,
    /// The Graph scopes that it needs.
    pub scopes: Option<Placed<Scopes>>,
    /// How to do it by hand.
    pub guide: Option<GuideSection>,
    /// Checks of other tools that its changes turn.
    #[serde(default)]
    pub affects: Vec<AffectsSection>,
    /// Repeats the step for every item of a list.
    pub for_each: Option<Placed<ForEachSection>>,
    /// When the step does not apply.
    #[serde(default)]
    pub not_applicable: Vec<NotApplicableSection>,
    /// What certain HTTP statuses of certain requests mean.
    #[serde(default)]
    pub on_status: Vec<OnStatusSection>,
    /// Sentences on what is not as it should be.
    #[serde(default)]
    pub problem: Vec<ProblemSection>,
    /// Further reads.
    #[serde(default)]
    pub read: Vec<Placed<ReadSection>>,
    /// Values handed on to later steps as `steps.<id>.<name>`.
    #[serde(default)]
    pub capture: Table<CaptureSection>,
    /// What is asked, only where it is missing (`setting`, `actions`).
    #[serde(default)]
    pub ask: Table<AskSection>,
    /// Objects and their wanted values (`setting`).
    #[serde(default)]
    pub object: Vec<Placed<ObjectSection>>,
    /// Writing actions (`actions`).
    #[serde(default)]
    pub write: Vec<Placed<WriteSection>>,
    /// When everything is as it should be (`query`, `assert`, `manual`, `actions`). An expression.
    pub ok_when: Option<Placed<String>>,
    /// What a person must do (`manual`).
    pub manual: Option<Placed<ManualSection>>,
    /// When a person must look at what was found, and name it, before a step that needs this one goes on.
    pub approval: Option<Placed<ApprovalSection>>,
    /// How written values are read back (`setting`, `actions`).
    pub verify: Option<Placed<VerifySection>>,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum KindName {
    /// Objects with wanted values; check, plan, fix, verify and rollback are derived.
    Setting,
    /// Explicit writes, each with its own way back.
    Actions,
    /// Reads and hands on values.
    Query,
    /// A person does it; the engine explains and checks again.
    Manual,
    /// A gate: what needs this step waits until `ok_when` holds.
    Assert,
}

impl KindName {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Actions => "actions",
            Self::Query => "query",
            Self::Manual => "manual",
            Self::Assert => "assert",
        }
    }

    pub fn may_write(self) -> bool {
        match self {
            Self::Setting | Self::Actions => true,
            Self::Query | Self::Manual | Self::Assert => false,
        }
    }
}

/// The Graph scopes that a step needs, by name: "Policy.Read.All".
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scopes {
    /// For its reads.
    #[serde(default)]
    pub check: Vec<Placed<String>>,
    /// For its changes, unless an object or write names its own.
    #[serde(default)]
    pub fix: Vec<Placed<String>>,
}

/// How to do a step by hand.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GuideSection {
    /// The way through the portal, one stop an element.
    #[serde(default)]
    pub portal: Vec<Placed<String>>,
    /// The PowerShell line; `{{ }}` become single-quoted literals.
    pub powershell: Option<Placed<String>>,
    /// The retired line that it replaces.
    pub retired: Option<Placed<String>>,
    /// Anything else to know.
    pub note: Option<Placed<String>>,
}

/// A check of another tool.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AffectsSection {
    /// Its name.
    pub id: Placed<String>,
    /// When it passes. An expression over `value.<object>.<field>`.
    pub passes_when: Placed<String>,
}

/// The items that a step is repeated for.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ForEachSection {
    /// Yields the list. An expression.
    pub items: Placed<String>,
    /// The name under which expressions know the item.
    #[serde(rename = "as")]
    pub name: Placed<String>,
    /// Yields an item's key, unique and stable. An expression.
    pub key: Placed<String>,
    /// Yields an item's label; the key when left out. An expression.
    pub label: Option<Placed<String>>,
    /// How many items may be worked on at a time; the engine decides when left out.
    pub parallel: Option<Placed<u32>>,
    /// What a failed item means for the others; "stop" when left out.
    pub on_error: Option<OnError>,
}

/// What a failed item means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// It is reported, the others go on.
    Continue,
    /// The step has failed.
    Stop,
}

/// When a step does not apply.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotApplicableSection {
    /// The condition. An expression.
    pub when: Placed<String>,
    /// Why; may hold `{{ }}`.
    pub reason: Placed<String>,
    /// Where a person can go on by hand (https).
    pub link: Option<Placed<String>>,
}

/// What an HTTP status of a request means.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OnStatusSection {
    /// The object, read or write; any of them when left out.
    pub id: Option<Placed<String>>,
    /// The status, 400 to 599.
    pub status: Placed<u16>,
    /// What to tell the person; may hold `{{ }}`.
    pub text: Placed<String>,
    /// What follows.
    pub then: StatusMeaning,
}

/// A sentence on what is not as it should be.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProblemSection {
    /// The condition. An expression.
    pub when: Placed<String>,
    /// The sentence; may hold `{{ }}`.
    pub text: Placed<String>,
    /// How it counts; "problem" when left out.
    pub level: Option<Level>,
}

/// A further read.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadSection {
    /// Its id: expressions know the answer as `reads.<id>`.
    pub id: Placed<String>,
    /// When it is made. An expression.
    pub when: Option<Placed<String>>,
    /// The path, from "/v1.0/".
    pub get: Placed<String>,
    /// Query options such as "$filter"; `{{ }}` become quoted OData literals.
    #[serde(default)]
    pub query: Table<Placed<String>>,
    /// Headers: ConsistencyLevel and Prefer.
    #[serde(default)]
    pub headers: Table<Placed<String>>,
    /// Whether all pages are read, so that the items are `reads.<id>.items`.
    #[serde(default)]
    pub page: bool,
    /// All that is kept of the answer (of each item where paged), as dotted paths.
    pub fields: Placed<Vec<Placed<String>>>,
}

/// A value handed on to later steps.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CaptureSection {
    /// The value. An expression.
    pub value: Placed<String>,
    /// For objects and lists of objects: the fields that are kept; all when left out.
    #[serde(default)]
    pub fields: Vec<Placed<String>>,
}

/// A question that is asked only where its answer is missing.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AskSection {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Placed<InputType>,
    /// Its label; may hold `{{ }}`.
    pub label: Placed<String>,
    /// More words; may hold `{{ }}`.
    pub help: Option<Placed<String>>,
    /// The options of a choice.
    pub options: Option<Placed<Vec<OptionEntry>>>,
    /// When the answer is missing; always when left out. An expression.
    pub when: Option<Placed<String>>,
    /// Yields an answer from what the person already gave; null where it has none. An expression.
    pub from: Option<Placed<String>>,
    /// What a person at a terminal is offered: `objects.ID.FIELD`, a contact field of the same person's profile. It is
    /// taken only where the person chooses it, never unattended. An expression.
    pub suggest: Option<Placed<String>>,
    /// What a valid answer, `value`, fulfills beyond its type. An expression.
    pub check: Option<Placed<String>>,
    /// Why an answer that does not is refused; may hold `{{ }}`.
    pub reject: Option<Placed<String>>,
}

/// What a person must do.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ManualSection {
    /// The instruction; may hold `{{ }}`.
    pub instruction: Placed<String>,
    /// Where to do it (https).
    pub link: Option<Placed<String>>,
}

/// An approval of what was found.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApprovalSection {
    /// When it is needed. An expression.
    pub when: Placed<String>,
    /// The object's own id or name, as it was read: what the person types, and what `--approve STEP=…` names. An expression.
    pub of: Placed<String>,
    /// Why it is needed; may hold `{{ }}`.
    pub text: Placed<String>,
}

/// How written values are read back.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifySection {
    /// How long a written value may take to show: "60s" when left out, "15m" at most.
    pub up_to: Option<Placed<String>>,
}
