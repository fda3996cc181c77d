//! One step as meant: what it reads, what it wants, what it asks, and how it says so.

use std::sync::Arc;

use super::field_path::FieldPath;
use super::input::InputType;
use super::template::{JsonTemplate, LinkTemplate, PathTemplate, Template};
use crate::expr::Expression;
use crate::ports::http::Method;
use crate::ports::terms::{Level, Risk, Severity};
#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone)]
pub struct Step {
    pub id: String,
    /// Its file's name, for messages.
    pub file: String,
    /// Ids of the steps that must be as they should be before this one changes anything.
    pub needs: Vec<String>,
    /// When it takes part at all (scope: inputs, data, tenant, cloud, run).
    pub when: Option<Expression>,
    pub kind: StepKind,
    pub title: Template,
    pub why: Template,
    /// How bad it is when its subject is not as it should be.
    pub severity: Severity,
    /// The author's word on the blast radius.
    pub risk: Risk,
    /// Where to read more.
    pub docs: Option<String>,
    pub check_scopes: Arc<[String]>,
    /// Scopes that the fix needs, unless an object or write names its own.
    pub fix_scopes: Arc<[String]>,
    pub guide: Option<Guide>,
    /// The items that it is repeated for.
    pub for_each: Option<ForEach>,
    /// When it does not apply.
    pub not_applicable: Vec<NotApplicable>,
    /// What certain statuses of certain requests mean.
    pub on_status: Vec<OnStatus>,
    /// Sentences on what is not as it should be.
    pub problems: Vec<Problem>,
    pub reads: Vec<Read>,
    /// Values handed on as `steps.<id>.<name>`.
    pub captures: Vec<Capture>,
    pub asks: Vec<Ask>,
    /// When a person must approve what was found by its own name.
    pub approval: Option<Approval>,
    /// How long a written value may take to show when read back, in seconds.
    pub verify_up_to: u32,
}

/// What a step is, with what only its kind has. What differs by kind is decided by exhaustive matches, here where it is a
/// plain answer, so that the compiler names the places that a new kind needs.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// Objects with wanted values; everything else is derived.
    Setting(Setting),
    /// Explicit writes, each with its own way back.
    Actions(Actions),
    Query {
        ok_when: Option<Expression>,
    },
    /// A person does it; the engine explains and checks again.
    Manual(Manual),
    Assert {
        ok_when: Expression,
    },
}

/// Objects with wanted values.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    pub objects: Vec<Object>,
    /// Checks of others that this step turns.
    pub affects: Vec<Affects>,
}

/// Explicit writes.
#[derive(Debug, Clone)]
pub struct Actions {
    pub writes: Vec<Write>,
    /// When nothing is to be done; else each write's `when` says it.
    pub ok_when: Option<Expression>,
}

/// What a person must do.
#[derive(Debug, Clone)]
pub struct Manual {
    pub instruction: Template,
    pub link: Option<LinkTemplate>,
    /// When it is done; without it only a person can say.
    pub ok_when: Option<Expression>,
}

impl Step {
    pub fn objects(&self) -> &[Object] {
        match &self.kind {
            StepKind::Setting(setting) => &setting.objects,
            StepKind::Actions(_) | StepKind::Query { .. } | StepKind::Manual(_) | StepKind::Assert { .. } => &[],
        }
    }

    pub fn writes(&self) -> &[Write] {
        match &self.kind {
            StepKind::Actions(actions) => &actions.writes,
            StepKind::Setting(_) | StepKind::Query { .. } | StepKind::Manual(_) | StepKind::Assert { .. } => &[],
        }
    }

    pub fn affects(&self) -> &[Affects] {
        match &self.kind {
            StepKind::Setting(setting) => &setting.affects,
            StepKind::Actions(_) | StepKind::Query { .. } | StepKind::Manual(_) | StepKind::Assert { .. } => &[],
        }
    }

    pub fn manual(&self) -> Option<&Manual> {
        match &self.kind {
            StepKind::Manual(manual) => Some(manual),
            StepKind::Setting(_) | StepKind::Actions(_) | StepKind::Query { .. } | StepKind::Assert { .. } => None,
        }
    }

    /// Returns when everything is as it should be, where the author says it.
    pub fn ok_when(&self) -> Option<&Expression> {
        match &self.kind {
            StepKind::Setting(_) => None,
            StepKind::Actions(Actions { ok_when, .. })
            | StepKind::Query { ok_when }
            | StepKind::Manual(Manual { ok_when, .. }) => ok_when.as_ref(),
            StepKind::Assert { ok_when } => Some(ok_when),
        }
    }

    /// Returns whether it has a way to make its subject as it should be.
    pub fn can_change(&self) -> bool {
        match &self.kind {
            StepKind::Setting(_) | StepKind::Actions(_) => true,
            StepKind::Assert { .. } | StepKind::Query { .. } | StepKind::Manual(_) => false,
        }
    }

    /// Returns whether it is checked once more after changes: `own` when it has made some, `before` when a step that it
    /// builds on has.
    pub fn is_rechecked(&self, own: bool, before: bool) -> bool {
        match &self.kind {
            // What it wanted was read back already.
            StepKind::Setting(_) => false,
            StepKind::Actions(actions) => own && actions.ok_when.is_some(),
            StepKind::Query { .. } | StepKind::Manual(_) | StepKind::Assert { .. } => before,
        }
    }
}

/// How to do a step by hand.
#[derive(Debug, Clone)]
pub struct Guide {
    /// The way through the portal, one stop an element.
    pub portal: Vec<Template>,
    /// The PowerShell line of today; values become single-quoted literals.
    pub powershell: Option<Template>,
    /// The retired line that it replaces.
    pub retired: Option<Template>,
    /// Anything else to know.
    pub note: Option<Template>,
}

/// A check of somebody else.
#[derive(Debug, Clone)]
pub struct Affects {
    pub id: String,
    /// When it passes, in terms of `value.<object>.<field>`.
    pub passes_when: Expression,
}

/// The items that a step is repeated for.
#[derive(Debug, Clone)]
pub struct ForEach {
    pub items: Expression,
    /// The name of the loop variable.
    pub name: String,
    /// Yields an item's key, unique and stable.
    pub key: Expression,
    /// Yields an item's label.
    pub label: Option<Expression>,
    /// How many items may be worked on at a time; the engine decides when left out.
    pub parallel: Option<usize>,
    /// Whether a failed item leaves the others alone.
    pub continue_on_error: bool,
}

/// When a step does not apply.
#[derive(Debug, Clone)]
pub struct NotApplicable {
    pub when: Expression,
    pub reason: Template,
    /// Where a person can go on by hand.
    pub link: Option<String>,
}

/// An approval of what was found: without it the step is blocked, and what needs it waits.
#[derive(Debug, Clone)]
pub struct Approval {
    pub when: Expression,
    /// The object's own id or name: what is typed.
    pub of: Expression,
    /// Why it is needed.
    pub text: Template,
}

/// What a status of one request means.
#[derive(Debug, Clone)]
pub struct OnStatus {
    /// The object, read or write; any of them when absent.
    pub id: Option<String>,
    pub status: u16,
    /// What to tell the person.
    pub text: Template,
    pub then: StatusMeaning,
}

/// What follows from a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatusMeaning {
    /// The step does not apply.
    NotApplicable,
    /// A right, role or license is missing.
    Blocked,
    /// This request counts as not made.
    Skip,
    /// The check or change failed.
    Fail,
}

/// A sentence on what is not as it should be.
#[derive(Debug, Clone)]
pub struct Problem {
    pub when: Expression,
    pub text: Template,
    /// `Level::Problem` makes the step a problem; warnings and infos do not.
    pub level: Level,
}

#[derive(Debug, Clone)]
pub struct Read {
    pub id: String,
    /// When it is made; its status and body are null otherwise.
    pub when: Option<Expression>,
    pub get: PathTemplate,
    /// Query options in order; a value's placeholders become OData literals.
    pub query: Vec<(String, Template)>,
    /// Headers, such as `ConsistencyLevel`.
    pub headers: Vec<(String, String)>,
    /// Whether all pages are read; the items are `reads.<id>.items`.
    pub page: bool,
    /// All that is kept, as dotted paths (of the items where paged).
    pub fields: Vec<FieldPath>,
}

/// A value handed on.
#[derive(Debug, Clone)]
pub struct Capture {
    pub name: String,
    pub value: Expression,
    /// For lists and objects: the fields that are kept; empty keeps all.
    pub fields: Vec<FieldPath>,
}

/// A question that is asked only where its answer is missing.
#[derive(Debug, Clone)]
pub struct Ask {
    pub name: String,
    pub kind: InputType,
    pub label: Template,
    pub help: Option<Template>,
    /// Options of a choice: value and label.
    pub options: Vec<(String, String)>,
    /// When the answer is missing; always when absent. True is a problem at check.
    pub when: Option<Expression>,
    /// Yields an answer from what the person already gave (a CSV, an input); null where it has none.
    pub from: Option<Expression>,
    /// Yields what a person is offered: contact data of the same person's profile.
    pub suggest: Option<Expression>,
    /// What a valid answer (`value`) fulfills beyond its type.
    pub check: Option<Expression>,
    /// Why an answer that does not is refused.
    pub reject: Option<Template>,
}

/// An object of the tenant and its wanted values.
#[derive(Debug, Clone)]
pub struct Object {
    pub id: String,
    /// When it takes part; it counts as absent otherwise.
    pub when: Option<Expression>,
    pub locate: Locate,
    pub fields: Vec<FieldPath>,
    /// Whether the read asks for `$select` of the fields.
    pub select: bool,
    pub managed: Vec<FieldPath>,
    /// When it is managed at all; only read otherwise.
    pub manage_when: Option<Expression>,
    /// The wanted values: a managed path or a leaf below one, and what it shall be.
    pub desired: Vec<(FieldPath, Expression)>,
    /// Yields `'present'` or `'absent'`; present when left out.
    pub want: Option<Expression>,
    pub create: Option<Request>,
    /// How it is changed; PATCH on its path when left out.
    pub set: Option<Request>,
    pub remove: Option<Request>,
    /// Which fields a change sends.
    pub send: Send,
    /// How fields compare, where not by typed equality.
    pub compare: Vec<(FieldPath, Comparison)>,
    /// The scopes that its changes need; the step's fix scopes when empty.
    pub scopes: Arc<[String]>,
}

/// How an object is read.
#[derive(Debug, Clone)]
pub enum Locate {
    /// At a path of its own; 404 means absent.
    Get(PathTemplate),
    /// In a collection, by fields that match.
    Find {
        /// The collection; all pages are read.
        get: PathTemplate,
        query: Vec<(String, Template)>,
        /// What the item's fields are: literals, or one typed placeholder.
        matches: Vec<(FieldPath, JsonTemplate)>,
        /// The item's own path, with `id` known.
        path: PathTemplate,
    },
}

/// Which fields a change sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Send {
    /// Only the managed fields that differ.
    #[default]
    Changes,
    /// Every managed field, as read, with the wanted leaves replaced.
    All,
}

/// How a field compares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Typed equality; null is absent. The default.
    #[default]
    Exact,
    /// A list whose order does not matter.
    Set,
    /// Text without regard to case.
    IgnoreCase,
    /// Phone numbers without regard to blanks and punctuation.
    Phone,
}

/// A writing request of an object or action.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub path: PathTemplate,
    /// The statuses that mean success; any 2xx when empty.
    pub expect: Vec<u16>,
    /// Why it cannot be taken back, where it cannot.
    pub irreversible: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Write {
    pub id: String,
    pub when: Option<Expression>,
    /// What it does, in the author's words.
    pub label: Option<Template>,
    pub method: Method,
    pub path: PathTemplate,
    pub body: Option<JsonTemplate>,
    /// The statuses that mean success; any 2xx when empty.
    pub expect: Vec<u16>,
    /// Whether sending it twice would do it twice.
    pub once: bool,
    pub landed: Option<Landed>,
    /// Names and JSON pointers into the answer, readable as `captured.<name>`.
    pub capture: Vec<(String, String)>,
    /// A JSON pointer to a secret of the answer, shown once.
    pub reveal: Option<String>,
    pub way_back: WayBack,
    /// The scopes that it needs; the step's fix scopes when empty.
    pub scopes: Arc<[String]>,
}

/// How to find out whether an action that may not be repeated was done. All data, no expressions but placeholders.
#[derive(Debug, Clone)]
pub struct Landed {
    /// The collection or object.
    pub get: PathTemplate,
    /// A JSON pointer to the list in the answer; the answer itself is the item when left out.
    pub items: Option<String>,
    /// What the item's fields are.
    pub matches: Vec<(FieldPath, JsonTemplate)>,
    /// Names and JSON pointers into the item, as `capture`.
    pub capture: Vec<(String, String)>,
}

/// How an action is taken back.
#[derive(Debug, Clone)]
pub enum WayBack {
    Undo(Box<Undo>),
    Irreversible(String),
}

/// The request that takes an action back.
#[derive(Debug, Clone)]
pub struct Undo {
    pub method: Method,
    /// The path; may use `captured.<name>`.
    pub path: PathTemplate,
    pub body: Option<JsonTemplate>,
    /// The statuses that mean success; any 2xx when empty.
    pub expect: Vec<u16>,
    /// What must hold for it to be sent: somebody else's later edit is never overwritten.
    pub guard: Option<Guard>,
}

/// What must hold before an undo.
#[derive(Debug, Clone)]
pub struct Guard {
    /// What is read; may use `captured.<name>`.
    pub get: PathTemplate,
    /// What its fields must be.
    pub matches: Vec<(FieldPath, JsonTemplate)>,
}
