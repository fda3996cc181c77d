//! Events as lines of text: pure, and shared by the terminal, its accessible mode and the plain frontend.
//!
//! A [`Transcript`] takes events one after the other and returns the lines that each adds. It keeps only what the next
//! line depends on: which heading stands above, and the items of a repeated step, which are shown together. Every
//! string of an event is made visible ([`crate::ports::text`]) on its way through [`wrap`].

pub mod change;
pub mod check;
pub mod finish;
pub mod line_writer;
pub mod plan;
pub mod say;
pub mod start;
pub mod transcript;
pub mod value;
pub mod wrap;

pub use transcript::Transcript;

#[cfg(test)]
mod tests;
