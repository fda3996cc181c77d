//! A planned change as plain data: everything that carrying it out, verifying it and taking it back needs.
//!
//! A change is one request to one object. It is written to the journal as it stands here, so a run can be resumed or
//! rolled back by any later version without the wizard. Values that only the answer to an earlier change tells are
//! deferred values, `{"$captured": {"of": "<change>", "pointer": "/id"}}`; a text around a deferred value is
//! `{"$text": [ … ]}`. Secrets
//! are deferred values too (`of` is `$input` or `$generated`) and never reach the journal.
//!
//! These types reach disk: fields are only added, with a default that says what their absence means.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ports::http::Method;
use crate::ports::terms::Risk;
use crate::wizard::Step;
use crate::wizard::step::{Comparison, StatusMeaning};

/// A path's segments, decoded; a deferred value is an object. The request, its way back and what reads the object share
/// them: of ten thousand changes each has them three times.
pub type Segments = Arc<[Value]>;

/// A planned change, forwards or backwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// `step`, `step[label]`, with `/object` where the step has several objects or writes.
    pub id: String,
    /// The step's id.
    pub step: String,
    /// The item's key, in a repeated step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The item's label, in a repeated step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The author's words for it.
    pub title: String,
    pub kind: ChangeKind,
    pub request: ChangeRequest,
    /// The fields, before and after; for an action what its body says.
    pub fields: Vec<FieldChange>,
    /// How the object is read; an action has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// The path of an object that is found in a collection, with its id as a deferred value: once the answer to its
    /// creation tells the id, it is read there, because a query reads an index that lags more. Absent: it has a path of
    /// its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Segments>,
    /// What must hold just before the request is sent (actions and their way back).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preconditions: Vec<Precondition>,
    /// How to find out whether an action that may not be repeated was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed: Option<Box<LandedProbe>>,
    /// Whether its step says itself when it is done (`ok_when`). Only a run that holds the wizard can ask it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judged: bool,
    /// Names and JSON pointers into the answer: what an action hands on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
    /// A JSON pointer to a secret of the answer, shown once and never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reveal: Option<String>,
    pub inverse: Inverse,
    /// How long the change may take to show when read back, in seconds.
    pub verify_seconds: u32,
    /// Why it needs typed approval, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier0: Option<String>,
    /// The author's word on the blast radius.
    #[serde(default)]
    pub risk: Risk,
    #[serde(default)]
    pub scopes: Arc<[String]>,
    /// The scopes that reading it back needs.
    #[serde(default)]
    pub read_scopes: Arc<[String]>,
    /// The changes that must be verified before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Whether its failure leaves the others alone.
    #[serde(default)]
    pub continue_on_error: bool,
    /// What certain statuses mean, in the author's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_status: Vec<StatusWords>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Sets fields of an object that is there.
    Set,
    /// Creates an object that is absent.
    Create,
    /// Removes an object that is there.
    Remove,
    Action,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeRequest {
    pub method: Method,
    pub path: Segments,
    /// The body; null when there is none. Of a set it is rebuilt from the fields that may be written.
    #[serde(default)]
    pub body: Value,
    /// The statuses that mean success; any 2xx when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<u16>,
    /// JSON pointers of managed subtrees that are sent as they are read just before, with the leaves replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merge: Vec<String>,
}

/// One field, before and after. Absent is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// A JSON pointer into the object.
    pub pointer: String,
    pub before: Value,
    pub after: Value,
    #[serde(default, skip_serializing_if = "is_exact")]
    pub compare: Comparison,
}

/// How an object is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub path: Segments,
    /// Query options, decoded; one around a deferred value is `{"$text": [ … ]}`, whose deferred values become OData
    /// literals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, Value)>,
    /// In a collection: JSON pointers and the values that the item has. All pages are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub find: Vec<(String, Value)>,
}

/// What must hold just before a request is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Precondition {
    pub probe: Probe,
    /// JSON pointers and the values that must be there.
    pub fields: Vec<(String, Value)>,
}

/// How to find out whether an action was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LandedProbe {
    pub path: Segments,
    /// A JSON pointer to the list in the answer; the answer is the item when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// JSON pointers and the values that the item has.
    pub matches: Vec<(String, Value)>,
    /// Names and JSON pointers into the item.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inverse {
    /// This request; deferred values are filled from the change's own answer.
    Request {
        kind: ChangeKind,
        request: ChangeRequest,
        /// What must hold before it is sent (actions).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        preconditions: Vec<Precondition>,
        /// How the object is read that it creates again, which will have another id than before. Absent: as the change
        /// reads it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        probe: Option<Box<Probe>>,
    },
    /// There is none, because.
    Irreversible(String),
}

/// What a status means, in the author's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusWords {
    pub status: u16,
    pub then: StatusMeaning,
    pub text: String,
}

impl Change {
    /// Returns why it cannot be taken back, where it cannot.
    pub fn irreversible(&self) -> Option<&str> {
        match &self.inverse {
            Inverse::Irreversible(because) => Some(because),
            Inverse::Request { .. } => None,
        }
    }

    /// Returns whether something can be read that shows it.
    pub fn can_be_read_back(&self) -> bool {
        self.probe.is_some() || self.landed.is_some() || self.judged
    }

    /// Returns how long it may take to show.
    pub fn window(&self) -> Duration {
        Duration::from_secs(u64::from(self.verify_seconds))
    }

    /// Returns whether it belongs to the same step, of the same item.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.step == other.step && self.key == other.key
    }

    /// Returns the ids of the changes whose answers it needs.
    pub fn captured_from(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for value in self.request.path.iter().chain([&self.request.body]) {
            super::deferred::collect(value, &mut ids);
        }
        if let Some(probe) = &self.probe {
            let named = probe.find.iter().chain(&probe.query).map(|(_, value)| value);
            for value in probe.path.iter().chain(named) {
                super::deferred::collect(value, &mut ids);
            }
        }
        for field in &self.fields {
            super::deferred::collect(&field.after, &mut ids);
        }
        ids.retain(|id| !id.starts_with('$'));
        ids.sort();
        ids.dedup();
        ids
    }
}

/// Returns a path's segments for people, deferred values as `{…}`.
pub fn show_path(path: &[Value]) -> String {
    path.iter()
        .map(|segment| match segment {
            Value::String(text) => format!("/{text}"),
            _ => "/{known later}".to_owned(),
        })
        .collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_exact(comparison: &Comparison) -> bool {
    *comparison == Comparison::Exact
}

/// Returns a change's id: `step`, `step[label]`, with `/object` where the step has several.
pub fn change_id(step: &Step, label: Option<&str>, object: &str) -> String {
    let item = label.map(|label| format!("[{label}]")).unwrap_or_default();
    let part = if step.objects().len() + step.writes().len() > 1 { format!("/{object}") } else { String::new() };
    format!("{}{item}{part}", step.id)
}
