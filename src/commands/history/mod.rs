//! What is kept of the runs that were made.

pub mod past;
pub mod report;
pub mod runs;
