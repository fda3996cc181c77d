//! A step's file as written: one struct with `kind` and optional sections; `parse` says which a kind may have.

use schemars::JsonSchema;
use serde::Deserialize;

use super::placed::{Any, Placed, Table};
use super::wizard_file::{OptionEntry, TypeName};

/// A step: what it reads, what it wants, what it asks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "fixforme step")]
pub struct StepFile {
    /// What sort of step it is.
    pub kind: Placed<KindName>,
    /// Its title; may hold `{{ }}`.
    pub title: Placed<String>,
    /// Why it matters; may hold `{{ }}`.
    pub why: Option<Placed<String>>,
    /// How bad it is when it is not as it should be; "medium" when left out.
    pub severity: Option<SeverityName>,
    /// How far its changes reach; "one-object" when left out.
    pub risk: Option<RiskName>,
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
    /// How written values are read back (`setting`, `actions`).
    pub verify: Option<Placed<VerifySection>>,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
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

/// How bad it is when a step's subject is not as it should be.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityName {
    /// Only for information.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// How far a step's changes reach.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RiskName {
    /// Nothing is changed.
    None,
    /// One object that is no account.
    OneObject,
    /// One account.
    OneAccount,
    /// Several accounts or objects.
    Several,
    /// The whole tenant.
    TenantWide,
}

/// The Graph scopes that a step needs, by name: "Policy.Read.All".
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AffectsSection {
    /// Its name.
    pub id: Placed<String>,
    /// When it passes. An expression over `value.<object>.<field>`.
    pub passes_when: Placed<String>,
}

/// The items that a step is repeated for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
    pub on_error: Option<OnErrorName>,
}

/// What a failed item means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnErrorName {
    /// It is reported, the others go on.
    Continue,
    /// The step has failed.
    Stop,
}

/// When a step does not apply.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnStatusSection {
    /// The object, read or write; any of them when left out.
    pub id: Option<Placed<String>>,
    /// The status, 400 to 599.
    pub status: Placed<u16>,
    /// What to tell the person; may hold `{{ }}`.
    pub text: Placed<String>,
    /// What follows.
    pub then: ThenName,
}

/// What follows from a status.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThenName {
    /// The step does not apply.
    NotApplicable,
    /// A right, role or licence is missing.
    Blocked,
    /// This request counts as not made.
    Skip,
    /// The check or change failed.
    Fail,
}

/// A sentence on what is not as it should be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemSection {
    /// The condition. An expression.
    pub when: Placed<String>,
    /// The sentence; may hold `{{ }}`.
    pub text: Placed<String>,
    /// How it counts; "problem" when left out.
    pub level: Option<LevelName>,
}

/// How a sentence counts.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LevelName {
    /// Only for information.
    Info,
    /// Worth a look.
    Warning,
    /// The step is not as it should be.
    Problem,
}

/// A further read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureSection {
    /// The value. An expression.
    pub value: Placed<String>,
    /// For objects and lists of objects: the fields that are kept; all when left out.
    #[serde(default)]
    pub fields: Vec<Placed<String>>,
}

/// A question that is asked only where its answer is missing.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskSection {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Placed<TypeName>,
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
    /// What a valid answer, `value`, fulfils beyond its type. An expression.
    pub check: Option<Placed<String>>,
    /// Why an answer that does not is refused; may hold `{{ }}`.
    pub reject: Option<Placed<String>>,
}

/// An object of the tenant and its wanted values.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectSection {
    /// Its id: expressions know its fields as `objects.<id>`.
    pub id: Placed<String>,
    /// When it takes part; it counts as absent otherwise. An expression.
    pub when: Option<Placed<String>>,
    /// The path that it is read at; 404 means absent. Either this or `find` with `path`.
    pub get: Option<Placed<String>>,
    /// The collection that it is found in.
    pub find: Option<Placed<FindSection>>,
    /// The path of a found object, with its `{{ id }}`.
    pub path: Option<Placed<String>>,
    /// All that is read, as dotted paths.
    pub fields: Placed<Vec<Placed<String>>>,
    /// Whether the read asks for `$select` of the fields.
    #[serde(default)]
    pub select: bool,
    /// All that may be written: fields or paths below them.
    #[serde(default)]
    pub managed: Vec<Placed<String>>,
    /// When it is managed at all; it is only read otherwise. An expression.
    pub manage_when: Option<Placed<String>>,
    /// The wanted values: a managed path, or a leaf below one in quotes, and an expression.
    #[serde(default)]
    pub desired: Table<Placed<String>>,
    /// Yields 'present' or 'absent'; present when left out. An expression.
    pub want: Option<Placed<String>>,
    /// How it is created, where it may be.
    pub create: Option<Placed<RequestSection>>,
    /// How it is changed; PATCH on its path when left out.
    pub set: Option<Placed<RequestSection>>,
    /// How it is removed; DELETE on its path when left out.
    pub remove: Option<Placed<RequestSection>>,
    /// Which fields a change sends; "changes" when left out.
    pub send: Option<SendName>,
    /// How fields compare, where not by typed equality.
    #[serde(default)]
    pub compare: Table<Placed<CompareName>>,
    /// The Graph scopes that its changes need; the step's `fix` when left out.
    #[serde(default)]
    pub scopes: Vec<Placed<String>>,
}

/// How an object is found in a collection.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindSection {
    /// The collection's path.
    pub get: Placed<String>,
    /// Query options such as "$filter".
    #[serde(default)]
    pub query: Table<Placed<String>>,
    /// What the item's fields are: literals, or one `{{ }}`.
    #[serde(rename = "match")]
    pub matches: Placed<Table<Placed<Any>>>,
}

/// A writing request of an object.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestSection {
    /// Method and path: "POST /v1.0/groups".
    pub http: Placed<String>,
    /// The statuses that mean success; any 2xx when left out.
    #[serde(default)]
    pub expect: Vec<Placed<u16>>,
    /// Why it cannot be taken back, where it cannot.
    pub irreversible: Option<Placed<String>>,
}

/// Which fields a change sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SendName {
    /// Only the managed fields that differ.
    Changes,
    /// Every managed field, as read, with the wanted leaves replaced.
    All,
}

/// How a field compares.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompareName {
    /// Typed equality; null is absent. The default.
    Exact,
    /// A list whose order does not matter.
    Set,
    /// Text without regard to case.
    IgnoreCase,
    /// Phone numbers without regard to blanks and punctuation.
    Phone,
}

/// A writing action.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteSection {
    /// Its id.
    pub id: Placed<String>,
    /// When it is to be done. An expression.
    pub when: Option<Placed<String>>,
    /// What it does; may hold `{{ }}`.
    pub label: Option<Placed<String>>,
    /// Method and path: "POST /v1.0/users/{{ inputs.user }}/revokeSignInSessions".
    pub http: Placed<String>,
    /// The body; its texts may hold `{{ }}`.
    pub body: Option<Placed<Any>>,
    /// The statuses that mean success; any 2xx when left out.
    #[serde(default)]
    pub expect: Vec<Placed<u16>>,
    /// Whether sending it twice would do it twice; needs `landed`.
    pub once: Option<Placed<bool>>,
    /// How to find out whether it was done.
    pub landed: Option<Placed<LandedSection>>,
    /// Names and JSON pointers into the answer; expressions read them as `captured.<name>`.
    #[serde(default)]
    pub capture: Table<Placed<String>>,
    /// A JSON pointer to a secret of the answer, shown once and kept nowhere.
    pub reveal: Option<Placed<String>>,
    /// The request that takes it back.
    pub undo: Option<Placed<UndoSection>>,
    /// Why it cannot be taken back.
    pub irreversible: Option<Placed<String>>,
    /// The Graph scopes that it needs; the step's `fix` when left out.
    #[serde(default)]
    pub scopes: Vec<Placed<String>>,
}

/// How to find out whether an action was done.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LandedSection {
    /// The path of the collection or object.
    pub get: Placed<String>,
    /// A JSON pointer to the list in the answer; the answer itself is the item when left out.
    pub items: Option<Placed<String>>,
    /// What the item's fields are.
    #[serde(rename = "match")]
    pub matches: Placed<Table<Placed<Any>>>,
    /// Names and JSON pointers into the item, as in the write's `capture`.
    #[serde(default)]
    pub capture: Table<Placed<String>>,
}

/// The request that takes an action back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoSection {
    /// Method and path.
    pub http: Placed<String>,
    /// The body.
    pub body: Option<Placed<Any>>,
    /// The statuses that mean success; any 2xx when left out.
    #[serde(default)]
    pub expect: Vec<Placed<u16>>,
    /// What must hold for it to be sent.
    pub guard: Option<Placed<GuardSection>>,
}

/// What must hold before an action is taken back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardSection {
    /// The path that is read.
    pub get: Placed<String>,
    /// What its fields must be.
    #[serde(rename = "match")]
    pub matches: Placed<Table<Placed<Any>>>,
}

/// What a person must do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManualSection {
    /// The instruction; may hold `{{ }}`.
    pub instruction: Placed<String>,
    /// Where to do it (https).
    pub link: Option<Placed<String>>,
}

/// How written values are read back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifySection {
    /// How long a written value may take to show: "60s" when left out, "15m" at most.
    pub up_to: Option<Placed<String>>,
}
