//! What is kept of the runs that were made.

pub mod finish;
pub mod report;
pub mod runs;
pub mod stored_run;
