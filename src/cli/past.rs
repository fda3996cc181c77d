//! The commands about runs of the past: `runs`, `report`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{PRACTICE, WHAT_IS_DATA};

/// `fixforme runs`.
#[derive(Debug, Clone, Args)]
pub struct Runs {
    /// Deletes a run's journal: it can no longer be rolled back; may be repeated
    #[arg(long, value_name = "RUN")]
    pub delete: Vec<String>,
    /// Deletes without asking, also a run whose changes stand
    #[arg(long, requires = "delete")]
    pub yes: bool,
    /// Shows the rehearsals' runs
    #[arg(long, help_heading = PRACTICE)]
    pub rehearsal: bool,
}

/// `fixforme report`.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// The run (see `fixforme runs`)
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Writes the report into this folder instead of standard output
    #[arg(long, value_name = "DIR", help_heading = WHAT_IS_DATA)]
    pub report: Option<PathBuf>,
    /// Takes a rehearsal's run
    #[arg(long, help_heading = PRACTICE)]
    pub rehearsal: bool,
}
