//! What a run must know from a person: the inputs, the answers to what a check has found, and consent. Where nobody
//! can be asked, what is missing.

pub mod approvals;
pub mod asks;
pub mod consent;
pub mod inputs;
pub mod missing;
