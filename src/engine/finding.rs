//! What a check found: the outcome, the sentences, and the facts that a plan is made of.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Probe, Segments};
use super::record::Found;
use crate::expr::{Datum, Scope};
use crate::ports::event::{CheckOutcome, Line};
use crate::wizard::Wizard;

/// The findings of one step: one, or one for each item of a repeated step.
#[derive(Debug, Clone)]
pub struct StepFindings {
    /// The step's index in the wizard.
    pub step: usize,
    /// Whether the step takes part (its `when` holds).
    pub takes_part: bool,
    pub findings: Vec<Finding>,
}

impl StepFindings {
    /// Returns what is kept of the findings for a report.
    pub fn found<'run>(wizard: &'run Wizard, checked: &'run [Self]) -> impl Iterator<Item = Found> + 'run {
        checked.iter().flat_map(|checked| {
            let step = wizard.steps.get(checked.step).map(|step| step.id.as_str()).unwrap_or_default();
            checked.findings.iter().map(move |finding| Found {
                step: step.to_owned(),
                title: finding.title.clone(),
                outcome: finding.outcome,
                lines: finding.lines.iter().map(|line| line.text.clone()).collect(),
            })
        })
    }
}

#[derive(Debug, Clone)]
pub struct Finding {
    /// The item, in a repeated step.
    pub item: Option<Item>,
    pub title: String,
    pub outcome: CheckOutcome,
    /// Why it is blocked or unknown, where it is.
    pub cause: Option<Cause>,
    pub lines: Vec<Line>,
    /// Where a person can go on by hand.
    pub link: Option<String>,
    pub request_ids: Vec<String>,
    /// What the step hands on; a value known only later is a deferred value.
    pub captures: BTreeMap<String, Value>,
    /// What a person must approve by its own name before anything goes on.
    pub approval: Option<WantedApproval>,
    /// What the step's own condition (`ok_when`) says, where it has one and it could be found out.
    pub holds: Option<bool>,
    /// What is asked, where it is missing: name, and the answer that the person's own data gives.
    pub asks: Vec<WantedAsk>,
    /// What a plan is made of; `None` where nothing can come of it.
    pub facts: Option<Facts>,
}

/// An item of a repeated step.
#[derive(Debug, Clone)]
pub struct Item {
    pub key: String,
    pub label: String,
    pub value: Datum,
}

/// A question whose answer is missing.
#[derive(Debug, Clone)]
pub struct WantedAsk {
    /// The ask's name.
    pub name: String,
    pub label: String,
    /// What the person's own data (`from`) gives, not yet validated.
    pub from: Option<Value>,
    /// What stands in the person's profile (`suggest`), not yet validated: offered, never taken over.
    pub in_profile: Vec<Value>,
}

#[derive(Debug, Clone)]
pub struct WantedApproval {
    /// What is typed: the object's own id or name.
    pub of: String,
    pub why: String,
}

impl WantedApproval {
    /// Returns how flags and answers files name it: `STEP=NAME`.
    pub fn named(&self, step: &str) -> String {
        format!("{step}={}", self.of)
    }

    /// Returns whether it is among the approvals given.
    pub fn is_in(&self, step: &str, given: &[String]) -> bool {
        let named = self.named(step);
        given.iter().any(|given| given.eq_ignore_ascii_case(&named))
    }
}

/// Why a check is blocked or unknown: it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A right, role, scope or license is missing.
    Access,
    /// A step before it stands in the way.
    Needs,
    /// The service was not available, or the person stopped.
    Temporary,
    /// Only a person can say.
    Person,
    /// A person must approve what was found.
    Approval,
    /// The answer of the service, or a value, is not what the wizard expects.
    Unexpected,
}

/// What a plan is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Every name but `ask` and `before`, with what was read.
    pub scope: Scope,
    /// The step's objects, in its order.
    pub objects: Vec<ObjectFact>,
}

#[derive(Debug, Clone)]
pub struct ObjectFact {
    /// Whether it takes part (its `when` holds and its request was not skipped).
    pub takes_part: bool,
    pub exists: bool,
    /// Its path's segments, known as far as it exists or is read by a path of its own.
    pub path: Segments,
    /// How it is read again.
    pub probe: Probe,
    /// How it was found in a collection, where it was: the only way to read one that is created again with another id.
    pub found_by: Option<Probe>,
    /// Its id, where it was found in a collection.
    pub id: Option<String>,
    /// Its fields as read; null where absent.
    pub fields: Value,
}

impl ObjectFact {
    /// Returns what expressions see of the object: its fields and whether it is absent.
    pub fn visible(&self) -> Value {
        let mut value = self.fields.clone();
        if let Value::Object(map) = &mut value {
            map.insert("absent".to_owned(), Value::Bool(!self.exists));
        }
        value
    }
}

impl Finding {
    /// Makes a finding without facts.
    pub fn new(item: Option<Item>, title: String, outcome: CheckOutcome) -> Self {
        Self {
            item,
            title,
            outcome,
            cause: None,
            lines: Vec::new(),
            link: None,
            request_ids: Vec::new(),
            captures: BTreeMap::new(),
            approval: None,
            holds: None,
            asks: Vec::new(),
            facts: None,
        }
    }

    /// Returns the item's key.
    pub fn key(&self) -> Option<&str> {
        self.item.as_ref().map(|item| item.key.as_str())
    }

    /// Returns the item's label.
    pub fn label(&self) -> Option<&str> {
        self.item.as_ref().map(|item| item.label.as_str())
    }
}
