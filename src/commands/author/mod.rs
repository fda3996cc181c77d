//! The commands for those who write wizards, and for those who prepare a run of one.

pub mod answers;
pub mod guide;
pub mod lint;
pub mod new;
pub mod permissions;
pub mod practice;
pub mod rehearse;
pub mod schema;
pub mod test;
