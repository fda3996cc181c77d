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

With `--yes`, fixforme does not prompt. If an answer is missing, it changes nothing, prints everything \
that is missing, and exits with 4. Exit code 0 means: as wanted, and verified.")]
pub struct Run {
    /// The ID of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// What would be agreed to.
    #[command(flatten)]
    pub approval: Approval,
    /// Make the other changes even if a whole step cannot be checked or changed
    #[arg(long, help_heading = ANSWERS)]
    pub partial: bool,
    /// Update fixforme first if there is a newer version; the next run uses it
    #[arg(long)]
    pub update: bool,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}

/// `fixforme check`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Exit code 0: everything is as wanted. 3: there are problems.")]
pub struct Check {
    /// The ID of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Do not prompt
    #[arg(short, long, help_heading = ANSWERS)]
    pub yes: bool,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
    /// Write a report to this folder
    #[arg(long, value_name = "DIR", help_heading = WHAT_IS_DATA)]
    pub report: Option<PathBuf>,
}

/// `fixforme rollback`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Rolling back needs only the journal, not the wizard. A value that someone else has changed since is left unchanged.")]
pub struct Rollback {
    /// The run (see `fixforme runs`); without it, the most recent run that can be rolled back
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
    /// The run (see `fixforme runs`); without it, the most recent run that was interrupted
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// What would be agreed to.
    #[command(flatten)]
    pub approval: Approval,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}
