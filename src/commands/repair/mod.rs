//! The commands that work on a tenant, and the parts that their runs share.

pub mod again;
pub mod barred;
pub mod check;
pub mod checked;
pub mod flow;
pub mod recover;
pub mod request;
pub mod resume;
pub mod rollback;
pub mod run;
pub mod widen;
