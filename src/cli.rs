//! The command line as typed: every command and flag with the text that `--help` shows.
//!
//! Plain data, checked only for form. What a value means (which wizard, which run, which files) is found out by
//! `settings` and the commands; variables are read by `settings`, never here.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit_code::ExitCode;
use crate::seam::cloud::CLOUDS;

const WHAT_IS_DATA: &str = "Output";
const ANSWERS: &str = "Answers and approval";
const TENANT: &str = "Tenant";
const PRACTICE: &str = "Practice tenant";

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

A tenant is reached with the access token in the variable FIXFORME_ACCESS_TOKEN."
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
    /// Also writes every event to this file, as JSON lines
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
    /// Checks a wizard's files and explains every mistake
    Lint(Lint),
    /// Prints the editor schemas of the wizard format
    Schema(Schema),
    /// Rehearses every case of a wizard and compares with what it expects
    Test(Test),
    /// Prints a completion script for a shell
    Completions(Completions),
}

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
            return Err("it is empty; `fixforme list` shows the wizards");
        }
        let is_folder = text.contains(['/', std::path::MAIN_SEPARATOR]);
        Ok(if is_folder { Self::Folder(PathBuf::from(text)) } else { Self::Shipped(text.to_owned()) })
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

/// Where the tenant is.
#[derive(Debug, Clone, Default, Args)]
pub struct Tenant {
    /// Stops unless the account signed in belongs to this tenant
    #[arg(long, value_name = "ID|DOMAIN", help_heading = TENANT)]
    pub tenant: Option<String>,
    /// Which of Microsoft's clouds the tenant is in
    #[arg(long, value_name = "NAME", default_value = "public", help_heading = TENANT,
        value_parser = PossibleValuesParser::new(CLOUDS.iter().map(|cloud| cloud.name)))]
    pub cloud: String,
    /// Speaks to this root of Microsoft Graph instead of the cloud's own
    #[arg(long, value_name = "URL", help_heading = TENANT)]
    pub graph_root: Option<String>,
    /// Accepts this host as the root of Microsoft Graph without asking
    #[arg(long, value_name = "HOST", help_heading = TENANT)]
    pub allow_host: Option<String>,
}

/// What the person would be asked.
#[derive(Debug, Clone, Default, Args)]
pub struct Inputs {
    /// Gives an input its value; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = ANSWERS)]
    pub set: Vec<Assignment>,
    /// Takes inputs and answers from this file (see `fixforme answers`)
    #[arg(long, value_name = "FILE", help_heading = ANSWERS)]
    pub answers: Option<PathBuf>,
}

/// What the person would agree to.
#[derive(Debug, Clone, Default, Args)]
pub struct Approval {
    /// Never asks: agrees to the changes that can be rolled back
    #[arg(long, help_heading = ANSWERS)]
    pub yes: bool,
    /// Agrees to a step's changes that cannot be rolled back or could hand over the tenant; may be repeated
    #[arg(long, value_name = "STEP", help_heading = ANSWERS)]
    pub approve: Vec<String>,
    /// Acknowledges a notice; may be repeated
    #[arg(long, value_name = "ID", help_heading = ANSWERS)]
    pub acknowledge: Vec<String>,
    /// Agrees to at most so many changes
    #[arg(long, value_name = "N", help_heading = ANSWERS)]
    pub max_changes: Option<usize>,
    /// What happens to the changes already made when one fails and nobody can be asked
    #[arg(long, value_name = "WHAT", help_heading = ANSWERS)]
    pub on_failure: Option<OnFailure>,
    /// Writes secrets that are shown once to this file, readable only by you
    #[arg(long, value_name = "FILE", help_heading = WHAT_IS_DATA)]
    pub reveal_to: Option<PathBuf>,
    /// Writes a report of the run into this folder
    #[arg(long, value_name = "DIR", help_heading = WHAT_IS_DATA)]
    pub report: Option<PathBuf>,
}

/// `--on-failure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// They are rolled back
    Rollback,
    /// They stay, and a person looks
    Stop,
}

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
    /// Takes a rehearsal's run
    #[arg(long, help_heading = PRACTICE)]
    pub rehearsal: bool,
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
    /// Takes a rehearsal's run
    #[arg(long, help_heading = PRACTICE)]
    pub rehearsal: bool,
}

/// `fixforme runs`.
#[derive(Debug, Clone, Args)]
pub struct Runs {
    /// Deletes a run's journal: it can no longer be rolled back; may be repeated
    #[arg(long, value_name = "RUN")]
    pub delete: Vec<String>,
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
        assert_eq!(run.approval.on_failure, Some(OnFailure::Stop));
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
