//! Flags that several commands share: which wizard, where the tenant is, what would be asked and agreed to.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::ports::terms::OnFailure;

use super::sign_in::SignIn;
use crate::ports::cloud::CLOUDS;

/// Headings of the help texts.
pub(super) const WHAT_IS_DATA: &str = "Output";
pub(super) const ANSWERS: &str = "Answers and approval";
pub(super) const TENANT: &str = "Tenant";
pub(super) const PRACTICE: &str = "Practice tenant";

/// A wizard as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WizardAt {
    /// The id of a wizard that ships with the program.
    Shipped(String),
    /// A folder. It needs a path separator, so that a folder can never pass for a shipped wizard.
    Folder(PathBuf),
}

impl FromStr for WizardAt {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err("it is empty; run `fixforme list` to see the wizards");
        }
        let is_folder = text.contains(['/', std::path::MAIN_SEPARATOR]) || matches!(text, "." | "..");
        Ok(if is_folder { Self::Folder(PathBuf::from(text)) } else { Self::Shipped(text.to_owned()) })
    }
}

/// Reads the folder of a wizard, written as everywhere.
pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    match text.parse()? {
        WizardAt::Folder(path) => Ok(path),
        WizardAt::Shipped(name) => Err(format!("a folder is written with a path separator: `./{name}`")),
    }
}

/// `--set NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The input's name.
    pub name: String,
    /// Its value, as typed.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Self { name: name.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err("it must be NAME=VALUE, such as `goal=enable`"),
        }
    }
}

fn whole_number(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "it must be a whole number, such as `10`")
}

/// Where the tenant is.
#[derive(Debug, Clone, Default, Args)]
pub struct Tenant {
    /// Stop unless the account that signs in belongs to this tenant
    #[arg(long, value_name = "ID|DOMAIN", help_heading = TENANT)]
    pub tenant: Option<String>,
    /// The Microsoft cloud that the tenant is in
    #[arg(long, value_name = "NAME", default_value = "public", help_heading = TENANT,
        value_parser = PossibleValuesParser::new(CLOUDS.iter().map(|cloud| cloud.name)))]
    pub cloud: String,
    /// Use this root of Microsoft Graph instead of the cloud's own
    #[arg(long, value_name = "URL", help_heading = TENANT)]
    pub graph_root: Option<String>,
    /// Accept this host as the root of Microsoft Graph or as the sign-in address, without asking; may be repeated
    #[arg(long, value_name = "HOST", help_heading = TENANT)]
    pub allow_host: Vec<String>,
    /// How to sign in.
    #[command(flatten)]
    pub sign_in: SignIn,
}

/// What the person would be asked.
#[derive(Debug, Clone, Default, Args)]
pub struct Inputs {
    /// Set an input; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = ANSWERS)]
    pub set: Vec<Assignment>,
    /// Read inputs and answers from this file (see `fixforme answers`)
    #[arg(long, value_name = "FILE", help_heading = ANSWERS)]
    pub answers: Option<PathBuf>,
}

/// What the person would agree to.
#[derive(Debug, Clone, Default, Args)]
pub struct Approval {
    /// Do not prompt; approve the changes that can be rolled back
    #[arg(short, long, help_heading = ANSWERS)]
    pub yes: bool,
    /// Approve a step's changes that cannot be rolled back or are not ordinary, or what it found; may be repeated
    #[arg(long, value_name = "STEP[=NAME]", help_heading = ANSWERS)]
    pub approve: Vec<String>,
    /// Acknowledge a notice; may be repeated
    #[arg(long, value_name = "ID", help_heading = ANSWERS)]
    pub acknowledge: Vec<String>,
    /// Change nothing if the plan has more than N changes
    #[arg(long, value_name = "N", value_parser = whole_number, help_heading = ANSWERS)]
    pub max_changes: Option<usize>,
    /// What to do with the changes already made when one fails in an unattended run
    #[arg(long, value_name = "WHAT", help_heading = ANSWERS)]
    pub on_failure: Option<OnFailure>,
    /// Write secrets that are shown only once to this file, which only you can read
    #[arg(long, value_name = "FILE", help_heading = WHAT_IS_DATA)]
    pub reveal_to: Option<PathBuf>,
    /// Write a report of the run to this folder
    #[arg(long, value_name = "DIR", help_heading = WHAT_IS_DATA)]
    pub report: Option<PathBuf>,
}
