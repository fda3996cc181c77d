//! Texts for people that a wizard's data adds up to: the guide, "let me fix it myself".
//!
//! Everything here is pure: a wizard and values in, a text out. The texts leave the program (a file, a mail, a
//! browser), so each format escapes what it embeds at the place where it embeds it.

pub mod guide;
pub mod run_report;
