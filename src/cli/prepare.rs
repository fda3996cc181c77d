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
    /// The id of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// The form of the text
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: GuideFormat,
    /// Checks the tenant first, so that the guide has its real values
    #[arg(long)]
    pub from_check: bool,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Never asks
    #[arg(long, help_heading = ANSWERS)]
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
    /// The id of a wizard (see `fixforme list`), or a folder, written with a path separator
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
    /// The id of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// Checks the tenant first and lists what would be asked about it
    #[arg(long)]
    pub from_check: bool,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where the tenant is.
    #[command(flatten)]
    pub tenant: Tenant,
}
