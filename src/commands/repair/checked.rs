//! What a check of a tenant yields, for all that comes after it.

use crate::commands::account::connect::Connected;
use crate::commands::asking::inputs::Values;
use crate::commands::host::Host;
use crate::engine::check::Check;
use crate::engine::finding::StepFindings;
use crate::expr::Scope;
use crate::wizard::Wizard;

/// What a check of a tenant yields.
pub struct Checked {
    pub connected: Connected,
    pub values: Values,
    /// Every name that belongs to no step.
    pub base: Scope,
    pub findings: Vec<StepFindings>,
    /// What was found and approved, each as `STEP=NAME`.
    pub approved: Vec<String>,
}

impl Checked {
    /// Returns a check of the same tenant, with what was approved so far.
    pub fn check<'run>(&'run self, host: &'run Host, wizard: &'run Wizard) -> Check<'run> {
        Check {
            wizard,
            base: self.base.clone(),
            reader: &self.connected.reader,
            ui: host.ui.as_ref(),
            approved: &self.approved,
        }
    }
}
