//! The commands that check a tenant or change it, a real one or a practice tenant, and the parts that their runs share.

pub mod answers;
pub mod check;
pub mod flow;
pub mod guide;
pub mod incremental_consent;
pub mod known_apps;
pub mod menu;
pub mod on_failure;
pub mod preflight;
pub mod reach;
pub mod recheck;
pub mod rehearse;
pub mod request;
pub mod resume;
pub mod rollback;
pub mod run;
pub mod run_context;
pub mod secrets;
pub mod test;
