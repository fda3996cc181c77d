//! The commands that work on a tenant, and the parts that their runs share.

pub mod check;
pub mod flow;
pub mod incremental_consent;
pub mod on_failure;
pub mod preflight;
pub mod recheck;
pub mod request;
pub mod resume;
pub mod rollback;
pub mod run;
pub mod run_context;
pub mod secrets;
