//! The commands for those who write wizards.

pub mod lint;
pub mod new;
pub mod permissions;
pub mod schema;
