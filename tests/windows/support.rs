//! What the tests of the Linux program stand on, as far as these need it.
#![allow(dead_code, reason = "the tests of the Linux program use more of it")]

#[path = "../it/support/authority.rs"]
pub mod authority;
#[path = "../it/support/browser.rs"]
pub mod browser;
#[path = "../it/support/home.rs"]
pub mod home;
#[path = "../it/support/lab.rs"]
pub mod lab;
#[path = "../it/support/release_server.rs"]
pub mod release_server;
#[path = "../it/support/releases.rs"]
pub mod releases;
#[path = "../it/support/sandbox.rs"]
pub mod sandbox;

pub(crate) use crate::program;
