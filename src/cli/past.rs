//! The commands about runs of the past: `runs`, `report`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{PRACTICE, WHAT_IS_DATA};

/// `fixforme runs`.
#[derive(Debug, Clone, Args)]
pub struct Runs {
    /// Delete a run's journal; the run can then no longer be rolled back; may be repeated
    #[arg(long, value_name = "RUN")]
    pub delete: Vec<String>,
    /// Delete without asking, even if the changes of the run are still in place
    #[arg(short, long, requires = "delete")]
    pub yes: bool,
    /// List the runs of rehearsals
    #[arg(long, help_heading = PRACTICE)]
    pub rehearsal: bool,
}

/// `fixforme report`.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// The run (see `fixforme runs`)
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Write the report to this folder instead of standard output
    #[arg(long, value_name = "DIR", help_heading = WHAT_IS_DATA)]
    pub report: Option<PathBuf>,
    /// The run is a rehearsal
    #[arg(long, help_heading = PRACTICE)]
    pub rehearsal: bool,
}
