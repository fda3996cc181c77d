//! The commands of those who write wizards: `new`, `rehearse`, `lint`, `schema`, `test`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::flags::{ANSWERS, Approval, Inputs, PRACTICE, WizardAt, folder};

/// `fixforme rehearse`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Faults:
  throttle=0.3             This share of the requests gets 429; `throttle=2:5`: the first 2, 5 s
  unavailable=0.05         The same with 503
  retry-after=date         How the wait is told in these two: date, none, or absurd (a day)
  fail=WHERE:400           An error instead; `fail=WHERE:400:CODE` sets Graph's error code
  challenge=WHERE          401 with a claims challenge, as from Conditional Access
  html=WHERE               200 with a page of HTML
  refuse=WHERE             The connection is closed before the request is carried out
  drop=WHERE               The request is carried out, and the connection closed without a response
  stall=WHERE              Not carried out, no response; `stall-after=WHERE` carries it out first
  drift=WHERE:{\"a\":1}      Someone else changes the object first; `null` deletes it
WHERE is a method and a path: `PATCH /v1.0/users/*`. `*` is any method, or one segment; `**` any
rest. `#2` behind it is the second such request only, `#2+` that and all later ones.

Examples:
  fixforme rehearse WIZARD
  fixforme rehearse WIZARD --yes --answers answers.toml
  fixforme rehearse WIZARD --serve 127.0.0.1:8080")]
pub struct Rehearse {
    /// The ID of a wizard (see `fixforme list`), or a folder, written with a path separator
    #[arg(value_name = "WIZARD")]
    pub wizard: WizardAt,
    /// The case to rehearse; without it, the first one
    #[arg(long, value_name = "NAME", conflicts_with = "practice", help_heading = PRACTICE)]
    pub case: Option<String>,
    /// Read the practice tenant from this file
    #[arg(long, value_name = "FILE", help_heading = PRACTICE)]
    pub practice: Option<PathBuf>,
    /// Make the practice tenant fail in this way (see below); may be repeated
    #[arg(long, value_name = "FAULT", help_heading = PRACTICE)]
    pub fault: Vec<String>,
    /// Run no wizard: serve the practice tenant to other programs at this address until interrupted
    #[arg(long, value_name = "ADDR", help_heading = PRACTICE)]
    pub serve: Option<String>,
    /// What would be asked.
    #[command(flatten)]
    pub inputs: Inputs,
    /// What would be agreed to.
    #[command(flatten)]
    pub approval: Approval,
    /// Make the other changes even if a whole step cannot be checked or changed
    #[arg(long, help_heading = ANSWERS)]
    pub partial: bool,
}

/// `fixforme new`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  fixforme new ./guest-invites
  fixforme test ./guest-invites")]
pub struct New {
    /// The folder to create, written with a path separator; its name becomes the wizard's ID
    #[arg(value_name = "PATH", value_parser = folder)]
    pub path: PathBuf,
}

/// `fixforme lint`.
#[derive(Debug, Clone, Args)]
pub struct Lint {
    /// A wizard's folder, written with a path separator
    #[arg(value_name = "PATH", value_parser = folder)]
    pub path: PathBuf,
}

/// `fixforme schema`.
#[derive(Debug, Clone, Args)]
pub struct Schema {
    /// Print only this one; without it, all of them as one object, each under the name of its file
    #[arg(value_name = "FILE", conflicts_with = "write")]
    pub name: Option<SchemaName>,
    /// Write the schema files to this folder instead of standard output
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

/// Which file a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// wizard.toml
    Wizard,
    /// A step's file
    Step,
    /// An answers file
    Answers,
    /// expect.toml of a rehearsal
    Expect,
}

/// `fixforme test`.
#[derive(Debug, Clone, Args)]
pub struct Test {
    /// A wizard's folder, written with a path separator
    #[arg(value_name = "PATH", value_parser = folder)]
    pub path: PathBuf,
}
