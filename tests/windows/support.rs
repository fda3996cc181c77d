//! What the tests of the Linux program stand on, as far as these need it.
#![allow(dead_code, reason = "the tests of the Linux program use more of it")]

#[path = "../it/support/authority.rs"]
pub mod authority;
#[path = "../it/support/releases.rs"]
pub mod releases;
#[path = "../it/support/sandbox.rs"]
pub mod sandbox;

pub(crate) use crate::program;
