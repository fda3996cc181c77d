//! The frontend for a person at a terminal, also in its accessible mode.
//!
//! The only folder that names dialoguer and indicatif. What happens is written to standard error by the shared
//! [`super::render`]; below it one live line shows what goes on ([`activity`]); questions are asked by [`prompt`], or,
//! in accessible mode, by [`accessible`], which never moves the cursor. The receipt goes to standard output.

pub mod accessible;
pub mod activity;
pub mod frontend;
pub mod keys;
pub mod line_editor;
pub mod prompt;

pub use frontend::{Terminal, TerminalOptions};
