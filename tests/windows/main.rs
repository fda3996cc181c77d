//! The Windows program under Wine: in console windows of a real desktop, opened as a double-click does.
//!
//! `tests/windows/run` starts these tests: they need the program, Wine and a screen. Wine stands in for Windows; what
//! only Windows itself can show is listed in `dist/README.md`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod commands;
mod crash;
mod desktop;
mod header;
mod planted;
mod program;
mod sign_in;
mod state;
mod support;
mod update;
mod window;
