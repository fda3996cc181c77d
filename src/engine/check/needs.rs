//! What a step needs: which finding of an earlier step stands in its way, as a whole or item by item.

use std::collections::HashMap;

use crate::engine::finding::Finding;
use crate::ports::event::CheckOutcome;
use crate::wizard::Step;

/// An earlier step with its findings, looked at for each item of a later one.
pub struct Needed<'run> {
    step: &'run Step,
    by_key: HashMap<&'run str, &'run Finding>,
    first_bad: Option<&'run Finding>,
    all_bad: bool,
    has_only_items: bool,
}

impl<'run> Needed<'run> {
    /// Takes an earlier step and its findings.
    pub fn new(step: &'run Step, findings: impl Iterator<Item = &'run Finding>) -> Self {
        let mut needed = Self { step, by_key: HashMap::new(), first_bad: None, all_bad: true, has_only_items: true };
        for finding in findings {
            match finding.key() {
                Some(key) => drop(needed.by_key.entry(key).or_insert(finding)),
                None => needed.has_only_items = false,
            }
            match needed.is_bad(finding) {
                true => needed.first_bad = needed.first_bad.or(Some(finding)),
                false => needed.all_bad = false,
            }
        }
        needed
    }

    /// Returns the finding that stands in the way of `step`, or of its item with this key.
    pub fn in_the_way_of(&self, step: &Step, key: Option<&str>) -> Option<&'run Finding> {
        let repeated = self.step.for_each.is_some();
        let tolerant = self.step.for_each.as_ref().is_some_and(|for_each| for_each.continue_on_error);
        match (key, key.and_then(|key| self.by_key.get(key)).copied()) {
            (Some(_), Some(finding)) => Some(finding).filter(|finding| self.is_bad(finding)),
            // Between repeated steps with the same keys it holds item by item.
            (None, _) if repeated && step.for_each.is_some() && self.has_only_items => None,
            (Some(_), None) if repeated => None,
            _ if tolerant && !self.all_bad => None,
            _ => self.first_bad,
        }
    }

    fn is_bad(&self, finding: &Finding) -> bool {
        matches!(finding.outcome, CheckOutcome::Blocked | CheckOutcome::Unknown)
            || self.step.is_gate() && finding.outcome == CheckOutcome::Problem
    }
}
