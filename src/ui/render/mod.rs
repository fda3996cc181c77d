//! Events as lines of text: pure, and shared by the terminal, its accessible mode and the plain face.
//!
//! A [`Page`] takes events one after the other and returns the lines that each adds. It keeps only what the next
//! line depends on: which heading stands above, and the items of a repeated step, which are shown together. Every
//! string of an event is made visible ([`crate::ports::text`]) on its way through [`wrap`].

pub mod change;
pub mod check;
pub mod finish;
pub mod page;
pub mod plan;
pub mod say;
pub mod sheet;
pub mod start;
pub mod value;
pub mod wrap;

pub use page::Page;

#[cfg(test)]
mod tests;
