//! The commands of those who write wizards: `rehearse`, `lint`, `schema`, `test`.

use std::path::PathBuf;

use clap::Args;

use super::flags::{Approval, Inputs, PRACTICE, WizardAt};

/// `fixforme rehearse`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  fixforme rehearse WIZARD
  fixforme rehearse WIZARD --yes --answers answers.toml
  fixforme rehearse WIZARD --serve 127.0.0.1:8080")]
pub struct Rehearse {
    /// The id of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// The case to rehearse; without it, the wizard's first
    #[arg(long, value_name = "NAME", conflicts_with = "practice", help_heading = PRACTICE)]
    pub case: Option<String>,
    /// Takes the practice tenant from this file
    #[arg(long, value_name = "FILE", help_heading = PRACTICE)]
    pub practice: Option<PathBuf>,
    /// Makes the practice tenant fail in this way; may be repeated
    #[arg(long, value_name = "FAULT", help_heading = PRACTICE)]
    pub fault: Vec<String>,
    /// Runs no wizard: serves the practice tenant to other programs at this address until interrupted
    #[arg(long, value_name = "ADDR", help_heading = PRACTICE)]
    pub serve: Option<String>,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// What would be agreed to.
    #[command(flatten)]
    pub approval: Approval,
}

/// `fixforme lint`.
#[derive(Debug, Clone, Args)]
pub struct Lint {
    /// A wizard's folder
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
}

/// `fixforme schema`.
#[derive(Debug, Clone, Args)]
pub struct Schema {
    /// Writes the schema files into this folder instead of standard output
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

/// `fixforme test`.
#[derive(Debug, Clone, Args)]
pub struct Test {
    /// A wizard's folder
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
}
