//! What a check of a tenant yields, for all that comes after it.

use crate::commands::account::connect::Connected;
use crate::commands::asking::inputs::Values;
use crate::engine::finding::StepFindings;
use crate::expr::Scope;

/// What a check of a tenant yields.
pub struct Checked {
    /// The tenant.
    pub connected: Connected,
    /// The inputs.
    pub values: Values,
    /// Every name that belongs to no step.
    pub base: Scope,
    /// The findings.
    pub findings: Vec<StepFindings>,
}
