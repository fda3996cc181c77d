//! The commands that work on a tenant: `run`, `check`, `rollback`, `resume`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{ANSWERS, Approval, Inputs, Tenant, WHAT_IS_DATA, WizardAt};

/// `fixforme run`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  fixforme run WIZARD
  fixforme run WIZARD --yes --tenant contoso.com --answers answers.toml
  fixforme run WIZARD --yes --set goal=disable --output json

With `--yes` nothing is asked. If an answer is missing, nothing is changed, all that \
is missing is printed at once, and the exit code is 4. Exit code 0 means: as wanted, and read back.")]
pub struct Run {
    /// The id of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// What would be agreed to.
    #[command(flatten)]
    pub approval: Approval,
    /// Makes the other changes although a whole step could not be checked, or may not be changed
    #[arg(long, help_heading = ANSWERS)]
    pub partial: bool,
    /// Takes a newer version of this program first, if there is one; the next run is made by that
    #[arg(long)]
    pub update: bool,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}

/// `fixforme check`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Exit code 0: everything is as it should be. 3: there are problems.")]
pub struct Check {
    /// The id of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Never asks
    #[arg(long, help_heading = ANSWERS)]
    pub yes: bool,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
    /// Writes a report into this folder
    #[arg(long, value_name = "DIR", help_heading = WHAT_IS_DATA)]
    pub report: Option<PathBuf>,
}

/// `fixforme rollback`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
The journal alone is needed, not the wizard. A value that somebody has changed since stays as it is.")]
pub struct Rollback {
    /// The run (see `fixforme runs`); without it, the newest that has something to roll back
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// What would be agreed to.
    #[command(flatten)]
    pub approval: Approval,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}

/// `fixforme resume`.
#[derive(Debug, Clone, Args)]
pub struct Resume {
    /// The run (see `fixforme runs`); without it, the newest that was interrupted
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// What would be agreed to.
    #[command(flatten)]
    pub approval: Approval,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}
