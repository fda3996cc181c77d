//! What a step needs: which finding of an earlier step stands in its way, as a whole or item by item. It holds back what
//! the step would change, never its check.

use std::collections::HashMap;

use crate::engine::finding::{Cause, Finding};
use crate::ports::event::CheckOutcome;
use crate::wizard::Step;
use crate::wizard::step::StepKind;

/// An earlier step's findings, looked at for each item of a later one.
pub struct Needed<'run> {
    by_key: HashMap<&'run str, (&'run Finding, bool)>,
    first_bad: Option<&'run Finding>,
    has_only_items: bool,
}

impl<'run> Needed<'run> {
    /// Takes the findings of an earlier step, and which of them stand in the way.
    pub fn new(findings: impl Iterator<Item = &'run Finding>, is_bad: &dyn Fn(&Finding) -> bool) -> Self {
        let mut needed = Self { by_key: HashMap::new(), first_bad: None, has_only_items: true };
        for finding in findings {
            let is_bad = is_bad(finding);
            match finding.key() {
                Some(key) => drop(needed.by_key.entry(key).or_insert((finding, is_bad))),
                None => needed.has_only_items = false,
            }
            needed.first_bad = needed.first_bad.or(is_bad.then_some(finding));
        }
        needed
    }

    /// Returns the finding that stands in the way of a step, or of its item with this key: that of the same key, else
    /// any, because an item without a counterpart waits for the whole step.
    pub fn in_the_way_of(&self, key: Option<&str>) -> Option<&'run Finding> {
        match key.and_then(|key| self.by_key.get(key)) {
            Some((finding, is_bad)) => is_bad.then_some(*finding),
            None => self.first_bad,
        }
    }

    /// Returns the finding that stands in the way of a whole step before its items are known.
    pub fn in_the_way_of_all(&self, step: &Step) -> Option<&'run Finding> {
        self.first_bad.filter(|_| step.for_each.is_none() || !self.has_only_items)
    }
}

/// Returns whether nothing is known of what a finding hands on.
pub fn is_unknown(finding: &Finding) -> bool {
    matches!(finding.outcome, CheckOutcome::Blocked | CheckOutcome::Unknown)
}

/// Returns whether a finding of `step` is not as it should be, and no change of the step can mend it.
pub fn is_beyond_repair(step: &Step, finding: &Finding) -> bool {
    let is_problem = match &step.kind {
        // What it found may be worth a word and still do to build on: its `ok_when` says.
        StepKind::Query { .. } => finding.holds == Some(false),
        StepKind::Assert { .. } | StepKind::Manual(_) => true,
        StepKind::Setting(_) | StepKind::Actions(_) => finding.cause == Some(Cause::Needs),
    };
    is_unknown(finding) || finding.outcome == CheckOutcome::Problem && is_problem
}
