//! The commands about the program itself.

pub mod completions;
pub mod finish_update;
pub mod newer;
pub mod releases;
pub mod self_test;
pub mod update;
pub mod withdrawn;
