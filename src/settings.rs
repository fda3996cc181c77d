//! Variables and flags, merged once into plain values. The only place that reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::{Cli, Command, Output};
use crate::ports::SignInVariables;

/// The variables that fixforme knows.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    set: BTreeMap<String, OsString>,
    sign_in: SignInVariables,
}

/// Everything a process is told from outside, apart from its command.
#[derive(Debug, Clone)]
pub struct Settings {
    pub output: Output,
    /// Whether the command's standard output is data, which nothing else may stand in.
    pub prints_data: bool,
    /// Where events are written as well.
    pub log: Option<PathBuf>,
    /// For screen readers.
    pub accessible: bool,
    /// `--no-color`.
    pub no_color_flag: bool,
    pub ascii: bool,
    /// Whether nobody may be asked.
    pub unattended: bool,
    /// What signs in.
    pub sign_in: SignInVariables,
    /// `PATH`.
    pub path: Option<OsString>,
    /// Whether there is a screen that a browser can open on. Only Linux and its like can lack one.
    pub has_screen: bool,
    /// `FIXFORME_STATE_DIR`.
    pub state_folder: Option<PathBuf>,
    /// `FIXFORME_INDEX_URL`.
    pub index_url: Option<String>,
    /// Whether it may be looked for a newer version without being asked to: not `FIXFORME_NO_UPDATE_CHECK`.
    pub may_look: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// The locale's name.
    pub locale: Option<String>,
    /// `NO_COLOR`.
    pub no_color: Option<String>,
    /// `CLICOLOR`.
    pub clicolor: Option<String>,
}

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn read() -> Self {
        let wanted = [
            "FIXFORME_STATE_DIR",
            "FIXFORME_INDEX_URL",
            "FIXFORME_NO_UPDATE_CHECK",
            "FIXFORME_ASCII",
            "PATH",
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "ACCESSIBLE",
            "TERM",
            "LC_ALL",
            "LC_CTYPE",
            "LANG",
            "NO_COLOR",
            "CLICOLOR",
            "HOME",
            "USERPROFILE",
            "LOCALAPPDATA",
            "XDG_STATE_HOME",
        ];
        let set = wanted.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?))).collect();
        Self { set, sign_in: SignInVariables::read(&|name| std::env::var_os(name)) }
    }

    pub fn get(&self, name: &str) -> Option<OsString> {
        self.set.get(name).cloned()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| !value.is_empty() && value != "0")
    }
}

impl Settings {
    /// Merges flags and variables; a flag wins.
    pub fn resolve(cli: &Cli, environment: &Environment) -> Self {
        let first =
            |names: &[&str]| names.iter().filter_map(|name| environment.text(name)).find(|text| !text.is_empty());
        Self {
            output: if cli.show.json { Output::Json } else { cli.show.output },
            prints_data: prints_data(cli.command.as_ref()),
            log: cli.show.log.clone(),
            accessible: cli.show.accessible || environment.is_set("ACCESSIBLE"),
            no_color_flag: cli.show.no_color,
            ascii: environment.is_set("FIXFORME_ASCII"),
            unattended: is_unattended(cli.command.as_ref()),
            sign_in: environment.sign_in.clone(),
            path: environment.get("PATH"),
            has_screen: cfg!(any(windows, target_os = "macos")) || first(&["WAYLAND_DISPLAY", "DISPLAY"]).is_some(),
            state_folder: environment.get("FIXFORME_STATE_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from),
            index_url: environment.text("FIXFORME_INDEX_URL").filter(|url| !url.is_empty()),
            may_look: !environment.is_set("FIXFORME_NO_UPDATE_CHECK"),
            term: environment.text("TERM"),
            locale: first(&["LC_ALL", "LC_CTYPE", "LANG"]),
            no_color: environment.text("NO_COLOR"),
            clicolor: environment.text("CLICOLOR"),
        }
    }
}

/// Returns whether what the command prints is a file's or a program's business.
fn prints_data(command: Option<&Command>) -> bool {
    match command {
        Some(Command::Rehearse(rehearse)) => rehearse.serve.is_some(),
        Some(
            Command::List
            | Command::Runs(_)
            | Command::Report(_)
            | Command::Guide(_)
            | Command::Permissions(_)
            | Command::Answers(_)
            | Command::New(_)
            | Command::Lint(_)
            | Command::Schema(_)
            | Command::Test(_)
            | Command::Completions(_)
            | Command::SelfTest
            | Command::FinishUpdate,
        ) => true,
        _ => false,
    }
}

fn is_unattended(command: Option<&Command>) -> bool {
    match command {
        Some(Command::Run(run)) => run.approval.yes,
        Some(Command::Check(check)) => check.yes,
        Some(Command::Rollback(rollback)) => rollback.approval.yes,
        Some(Command::Resume(resume)) => resume.approval.yes,
        Some(Command::Rehearse(rehearse)) => rehearse.approval.yes || rehearse.serve.is_some(),
        Some(Command::Guide(guide)) => guide.yes,
        Some(Command::Update(update)) => update.yes,
        Some(
            Command::Test(_)
            | Command::Completions(_)
            | Command::Schema(_)
            | Command::New(_)
            | Command::Lint(_)
            | Command::SelfTest
            | Command::FinishUpdate,
        ) => true,
        _ => false,
    }
}
