//! The commands that print what one needs before a run: `guide`, `permissions`, `answers`.

use clap::{Args, ValueEnum};

use super::flags::{ANSWERS, Inputs, Tenant, WizardAt};

/// `fixforme guide`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  fixforme guide WIZARD
  fixforme guide WIZARD --from-check --format html > guide.html")]
pub struct Guide {
    /// The ID of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// The format of the guide
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: GuideFormat,
    /// Check the tenant first, so that the guide contains its values
    #[arg(long)]
    pub from_check: bool,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Do not prompt
    #[arg(short, long, help_heading = ANSWERS)]
    pub yes: bool,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GuideFormat {
    /// Plain text
    Text,
    /// Markdown
    Markdown,
    /// One HTML page
    Html,
}

/// `fixforme permissions`.
#[derive(Debug, Clone, Args)]
pub struct Permissions {
    /// The ID of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
}

/// `fixforme answers`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  fixforme answers WIZARD > answers.toml
  fixforme answers WIZARD --from-check --set goal=enable > answers.toml")]
pub struct Answers {
    /// The ID of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// Check the tenant first, and list the questions that the run would ask
    #[arg(long)]
    pub from_check: bool,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}
