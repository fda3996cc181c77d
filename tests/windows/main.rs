//! The Windows program under Wine: in console windows of a real desktop, opened as a double-click does.
//!
//! `tests/windows/run` starts these tests: they need the program, Wine and a screen. Wine stands in for Windows; what
//! only Windows itself can show is listed in `dist/README.md`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../it/authority.rs"]
#[allow(dead_code, reason = "the tests of the Linux program use more of it")]
mod authority;
mod commands;
mod crash;
mod desk;
mod header;
mod planted;
mod program;
#[path = "../it/publisher.rs"]
#[allow(dead_code, reason = "the tests of the Linux program use more of it")]
mod publisher;
#[path = "../it/sandbox.rs"]
#[allow(dead_code, reason = "the tests of the Linux program use more of it")]
mod sandbox;
mod sign_in;
mod state;
mod update;
mod window;
