//! The sections of a step's file that say what is written: objects and their wanted values, and writes that are not an object.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::placed::{Any, Placed, Table};
use crate::wizard::step::{Comparison, Send};

/// An object of the tenant and its wanted values.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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
    pub send: Option<Send>,
    /// How fields compare, where not by typed equality.
    #[serde(default)]
    pub compare: Table<Placed<Comparison>>,
    /// The Graph scopes that its changes need; the step's `fix` when left out.
    #[serde(default)]
    pub scopes: Vec<Placed<String>>,
}

/// How an object is found in a collection.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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

/// A writing action.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
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
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GuardSection {
    /// The path that is read.
    pub get: Placed<String>,
    /// What its fields must be.
    #[serde(rename = "match")]
    pub matches: Placed<Table<Placed<Any>>>,
}
