//! The commands about the program itself.

pub mod completions;
pub mod finish_update;
pub mod releases;
pub mod revoked;
pub mod self_test;
pub mod update;
pub mod update_check;
