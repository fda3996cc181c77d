//! The command line as typed: every command and flag with the text that `--help` shows.
//!
//! Plain data, checked only for form. What a value means (which wizard, which run, which files) is found out by
//! `settings` and the commands; variables are read by `settings`, never here.

mod author;
mod flags;
mod past;
mod prepare;
mod program;
mod repair;
mod sign_in;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use self::flags::WHAT_IS_DATA;
use crate::exit_code::ExitCode;

pub use self::author::{Lint, New, Rehearse, Schema, SchemaName, Test};
pub use self::flags::{Approval, Assignment, Inputs, Tenant, WizardAt};
pub use self::past::{Report, Runs};
pub use self::prepare::{Answers, Guide, GuideFormat, Permissions};
pub use self::program::{Switch, Update};
pub use self::repair::{Check, Resume, Rollback, Run};
pub use self::sign_in::{ClientId, SignIn};

/// Check, repair, verify and roll back settings of a Microsoft 365 / Entra tenant.
///
/// Without a command, fixforme shows a menu of wizards. It changes nothing until you have reviewed the list of changes and
/// confirmed it. It records every change first, reads it back afterwards, and can roll it back.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "fixforme",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  fixforme                       Choose a wizard from the menu
  fixforme list                  List the wizards and their IDs
  fixforme rehearse WIZARD       Practice a wizard with a built-in demo tenant
  fixforme check WIZARD          Check the tenant and report problems
  fixforme run WIZARD            Check, show the changes, ask, change, verify
  fixforme rollback              Roll back the most recent run

You sign in to a tenant in the browser. For unattended runs, there are --certificate,
FIXFORME_CLIENT_SECRET, --sign-in managed-identity and more: see `fixforme run --help`."
)]
pub struct Cli {
    /// The command; without it, the menu.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Output flags.
    #[command(flatten)]
    pub show: Show,
}

/// Flags that every command has.
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// Output for a person, as plain lines, or as JSON (one object per line)
    #[arg(short, long, global = true, value_name = "FORM", default_value = "human", help_heading = WHAT_IS_DATA)]
    pub output: Output,
    /// Short for `--output json`
    #[arg(long, global = true, conflicts_with = "output", help_heading = WHAT_IS_DATA)]
    pub json: bool,
    /// Also append every event to this file, as JSON lines
    #[arg(long, global = true, value_name = "FILE", help_heading = WHAT_IS_DATA)]
    pub log: Option<PathBuf>,
    /// For screen readers: no cursor movement, no spinner, numbered choices typed with Enter
    #[arg(long, global = true, help_heading = WHAT_IS_DATA)]
    pub accessible: bool,
    /// Do not use color
    #[arg(long, global = true, help_heading = WHAT_IS_DATA)]
    pub no_color: bool,
}

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A person at a terminal; plain lines where there is none
    Human,
    /// Plain lines, no questions
    Plain,
    /// Events as JSON lines on standard output, no questions
    Json,
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// List the wizards
    List,
    /// Check the tenant, show the changes, ask, change, verify
    Run(Run),
    /// Check the tenant and report problems; change nothing
    Check(Check),
    /// Roll back a run, newest change first
    #[command(visible_alias = "undo")]
    Rollback(Rollback),
    /// Finish an interrupted run, or roll it back
    Resume(Resume),
    /// List past runs
    Runs(Runs),
    /// Show what a run did
    Report(Report),
    /// Show how to do it by hand: admin center paths and PowerShell lines
    Guide(Guide),
    /// Show the permissions and roles that a wizard needs
    Permissions(Permissions),
    /// Print an answers file to fill in
    Answers(Answers),
    /// Practice a wizard with a built-in demo tenant
    Rehearse(Rehearse),
    /// Create a starter wizard
    New(New),
    /// Check a wizard's files and explain every mistake
    Lint(Lint),
    /// Print the JSON schemas of the wizard format, for editors
    Schema(Schema),
    /// Rehearse every case of a wizard and compare the results with what it expects
    Test(Test),
    /// Set or list the app registration that signs in to each tenant
    ClientId(ClientId),
    /// Delete the sign-ins that --remember-sign-in saved
    SignOut,
    /// Update fixforme, or restore the previous version
    Update(Update),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Run a self-test and print build information
    #[command(hide = true)]
    SelfTest,
    /// Wait for the end of standard input, then finish an update that its process could not finish
    #[command(hide = true)]
    FinishUpdate,
}

/// `fixforme completions`.
#[derive(Debug, Clone, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Why there is nothing to carry out: wrong usage, or a text that was asked for (`--help`, `--version`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The text, without escapes, ending with a line feed.
    pub message: String,
    /// The exit code.
    pub exit: ExitCode,
    /// Whether the text was asked for and so goes to standard output.
    pub to_stdout: bool,
}

/// Reads the command line, `args` including the program's own name.
pub fn parse<I, T>(args: I) -> Result<Cli, Usage>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    Cli::try_parse_from(args).map_err(|error| {
        let to_stdout = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        let exit = if to_stdout { ExitCode::AsWanted } else { ExitCode::Usage };
        Usage { message: error.render().to_string(), exit, to_stdout }
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn typed(line: &str) -> Result<Cli, Usage> {
        parse(std::iter::once("fixforme").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_is_the_menu() {
        let cli = typed("").unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.show.output, Output::Human);
    }

    #[test]
    fn a_folder_needs_a_path_separator() {
        assert_eq!("contacts".parse(), Ok(WizardAt::Shipped("contacts".to_owned())));
        assert_eq!("./mine".parse(), Ok(WizardAt::Folder(PathBuf::from("./mine"))));
        assert!("".parse::<WizardAt>().is_err());
    }

    #[test]
    fn common_flags_are_short() {
        let cli = typed("undo -y --json").unwrap();
        assert!(cli.show.json);
        let Some(Command::Rollback(rollback)) = cli.command else { panic!("not a rollback") };
        assert!(rollback.approval.yes);
        assert_eq!(typed("list -o json").unwrap().show.output, Output::Json);
        assert!(typed("list --json --output plain").is_err());
    }

    #[test]
    fn an_unattended_run_is_read_whole() {
        let line = "run w --yes --set goal=a=b --set x= --approve s --acknowledge n --max-changes 5 --on-failure stop \
                    --tenant contoso.example --cloud china --output json --log f --no-color";
        let cli = typed(line).unwrap();
        assert_eq!(cli.show.output, Output::Json);
        let Some(Command::Run(run)) = cli.command else { panic!("not a run") };
        assert_eq!(run.inputs.set[0], Assignment { name: "goal".to_owned(), value: "a=b".to_owned() });
        assert_eq!(run.inputs.set[1].value, "");
        assert_eq!(run.approval.on_failure, Some(crate::ports::terms::OnFailure::Stop));
        assert_eq!(run.tenant.cloud, "china");
    }

    #[test]
    fn wrong_usage_suggests_and_exits_2() {
        let usage = typed("rum w").unwrap_err();
        assert_eq!((usage.exit, usage.to_stdout), (ExitCode::Usage, false));
        assert!(usage.message.contains("'run'"), "{}", usage.message);
        let usage = typed("run w --set goal").unwrap_err();
        assert!(usage.message.contains("NAME=VALUE, such as `goal=enable`"), "{}", usage.message);
        assert!(typed("run w --cloud moon").unwrap_err().message.contains("usgov-dod"));
    }

    #[test]
    fn help_and_version_were_asked_for() {
        let usage = typed("--version").unwrap_err();
        assert_eq!(usage.message, format!("fixforme {}\n", env!("CARGO_PKG_VERSION")));
        assert_eq!((usage.exit, usage.to_stdout), (ExitCode::AsWanted, true));
        let help = typed("rehearse --help").unwrap_err();
        assert!(help.to_stdout && !help.message.contains('\u{1b}'));
    }
}
