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

/// Checks, repairs, verifies and rolls back settings of a Microsoft 365 / Entra tenant.
///
/// Without a command it shows the wizards and leads you. Nothing is changed before you have seen the list of changes
/// and agreed to it; every change is written down first, read back afterwards, and can be rolled back.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "fixforme",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  fixforme                       Choose a wizard and be led through it
  fixforme list                  Show the wizards and their ids
  fixforme rehearse WIZARD       Try a wizard against a practice tenant
  fixforme check WIZARD          Read the tenant and say what is wrong
  fixforme run WIZARD            Check, show the changes, ask, change, verify
  fixforme rollback              Take the newest run's changes back

A person signs in to a tenant in the browser. For runs without a person there are --certificate,
FIXFORME_CLIENT_SECRET, --sign-in managed-identity and more: see `fixforme run --help`."
)]
pub struct Cli {
    /// What to do; without it, the menu.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to show things.
    #[command(flatten)]
    pub show: Show,
}

/// Flags that every command has.
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// How results and events are written: for a person, as plain lines, or as one JSON object a line
    #[arg(long, global = true, value_name = "FORM", default_value = "human", help_heading = WHAT_IS_DATA)]
    pub output: Output,
    /// Also writes every event to this file, as JSON lines, below what stands there
    #[arg(long, global = true, value_name = "FILE", help_heading = WHAT_IS_DATA)]
    pub log: Option<PathBuf>,
    /// For screen readers: no cursor movement, no spinner, numbered choices typed with Enter
    #[arg(long, global = true, help_heading = WHAT_IS_DATA)]
    pub accessible: bool,
    /// Never uses colour
    #[arg(long, global = true, help_heading = WHAT_IS_DATA)]
    pub no_color: bool,
}

/// The face.
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
    /// Lists the wizards
    List,
    /// Checks the tenant, shows the changes, asks, changes, verifies
    Run(Run),
    /// Checks the tenant and says what is wrong; changes nothing
    Check(Check),
    /// Takes a run's changes back, newest first
    Rollback(Rollback),
    /// Finds out how an interrupted run stands, and goes on with it
    Resume(Resume),
    /// Lists the runs whose journals are kept
    Runs(Runs),
    /// Shows what a run did
    Report(Report),
    /// Prints how to do it by hand: portal paths and PowerShell lines
    Guide(Guide),
    /// Prints the permissions and roles that a wizard needs
    Permissions(Permissions),
    /// Prints an answers file to fill in
    Answers(Answers),
    /// Tries a wizard against a practice tenant inside this program
    Rehearse(Rehearse),
    /// Makes a first wizard that works, to be changed
    New(New),
    /// Checks a wizard's files and explains every mistake
    Lint(Lint),
    /// Prints the editor schemas of the wizard format
    Schema(Schema),
    /// Rehearses every case of a wizard and compares with what it expects
    Test(Test),
    /// Keeps which app signs in to which tenant, or lists what is kept
    ClientId(ClientId),
    /// Removes the sign-ins that --remember-sign-in has kept
    SignOut,
    /// Takes a newer version of this program, or brings the one before back
    Update(Update),
    /// Prints a completion script for a shell
    Completions(Completions),
    /// Says what this program is, once it has found itself sound
    #[command(hide = true)]
    SelfTest,
    /// Waits for the end of standard input, then ends an update that its process could not end
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
