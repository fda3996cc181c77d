//! Builds the real outside and hands it to one command: the only place that names adapters.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use crate::cli::{self, Cli, Output};
use crate::commands::{self, Host};
use crate::exit_code::ExitCode;
use crate::host::{
    ConfigToml, Console, Interrupt, JournalFolder, Left, Programs, ReqwestHttp, SystemClock, ThisMachine, VirtualClock,
    Window, core_dump, dll_search, install_crypto, installation, paths, secret_store,
};
use crate::ports::{Clock, Installation, Ui};
use crate::settings::{Environment, Settings};
use crate::ui::{Json, LastWord, LogFile, Plain, Terminal, TerminalEnv, TerminalOptions, streams};

/// The main thread of Windows has one MiB of stack, which an expression's parser can fill; this is enough everywhere.
const STACK: usize = 8 << 20;

const TITLE: &str = "fixforme";

/// Runs the program; the process ends with what this returns.
pub fn main() -> std::process::ExitCode {
    dll_search::system_only();
    core_dump::forbid();
    let console = Console::look();
    let window = Window::prepare(TITLE);
    let args: Vec<OsString> = std::env::args_os().collect();
    // Read here, since a mistyped command line is not understood further on: nobody is there to press Enter either.
    let unattended = args.iter().any(|arg| arg == "--yes");
    let worker = std::thread::Builder::new()
        .name("fixforme".to_owned())
        .stack_size(STACK)
        .spawn(move || carry_out(args, window));
    let code = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // The panic has been told.
        Ok(Err(_)) => ExitCode::Internal,
        Err(error) => {
            streams::lines_to_stderr(&[
                format!("error: could not start a thread: {error}"),
                crate::failure::NOTHING_CHANGED.to_owned(),
            ]);
            ExitCode::Internal
        }
    };
    if window.would_vanish(&console, unattended) {
        streams::lines_to_stderr(&[String::new(), " Press Enter to close this window.".to_owned()]);
        Window::wait_for_enter();
    }
    Window::put_back();
    std::process::ExitCode::from(code.number())
}

/// Carries out the command line. What was lost on the way is told last, and is not a success.
fn carry_out(args: Vec<OsString>, window: Window) -> ExitCode {
    let code = parse_and_run(args, window);
    let lost = streams::lost();
    streams::lines_to_stderr(&lost);
    if code == ExitCode::AsWanted && !lost.is_empty() { ExitCode::Internal } else { code }
}

fn parse_and_run(args: Vec<OsString>, window: Window) -> ExitCode {
    match cli::parse(args) {
        Ok(cli) => run(cli, window),
        Err(usage) if usage.to_stdout => {
            streams::to_stdout(&usage.message);
            usage.exit
        }
        Err(usage) => {
            streams::lines_to_stderr(&usage.message.lines().map(str::to_owned).collect::<Vec<_>>());
            usage.exit
        }
    }
}

fn run(cli: Cli, window: Window) -> ExitCode {
    let environment = Environment::read();
    let settings = Settings::resolve(&cli, &environment);
    let interrupt = Interrupt::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(interrupt.clone()));
    let (ui, last_words) = match frontend(&settings, window, &interrupt, &clock) {
        Ok(frontend) => frontend,
        Err(error) => {
            streams::lines_to_stderr(&[format!("error: {error:#}"), crate::failure::NOTHING_CHANGED.to_owned()]);
            return ExitCode::Usage;
        }
    };
    watch_panics(last_words.clone());
    install_crypto();
    if let Err(error) = interrupt.install(move |left| say_how_it_was_left(left, &last_words)) {
        streams::lines_to_stderr(&[format!("warning: Ctrl-C cannot be caught: {error:#}")]);
    }
    match host(&settings, &environment, &interrupt, clock, Arc::clone(&ui)) {
        Ok(host) => commands::carry_out(&host, cli),
        Err(error) => {
            let failure = crate::failure::Failure::new(crate::failure::Kind::Usage, error);
            commands::history::finish::end_failed(ui.as_ref(), &failure)
        }
    }
}

fn host(
    settings: &Settings,
    environment: &Environment,
    interrupt: &Interrupt,
    clock: Arc<dyn Clock>,
    ui: Arc<dyn Ui>,
) -> Result<Host> {
    let state = paths::state_folder(settings.state_folder.as_deref(), &|name| environment.get(name))?;
    let installation = std::env::current_exe().ok().and_then(|started| {
        let own = paths::own_program(&|name| environment.get(name)).ok()?;
        let found = installation::find(&state, &started, &own, interrupt).ok()?;
        Some(Arc::new(found) as Arc<dyn Installation>)
    });
    if let Some(installation) = &installation {
        // What cannot be ended now is ended, or told of, by the next update.
        let _ = installation.repair();
    }
    let programs = programs(settings);
    let secrets = secret_store::of_this_system(&programs, &state, interrupt, ui.can_ask());
    Ok(Host {
        installation,
        clock,
        virtual_clock: Arc::new(VirtualClock::new()),
        ui,
        http: Arc::new(ReqwestHttp::new(interrupt.clone())),
        journal: Arc::new(JournalFolder::new(state.clone(), interrupt.clone())),
        rehearsals: Arc::new(JournalFolder::new(state.join("rehearsals"), interrupt.clone())),
        index_url: settings.index_url.clone(),
        may_look: settings.may_look,
        newer: Arc::default(),
        variables: settings.sign_in.clone(),
        secrets,
        config: Arc::new(ConfigToml::new(&state)),
        machine: Arc::new(ThisMachine { programs, interrupt: interrupt.clone(), has_screen: settings.has_screen }),
        named_after: std::env::current_exe().ok().and_then(|path| named_after(&path)),
    })
}

/// Returns the places where other programs are looked for.
fn programs(settings: &Settings) -> Programs {
    let path: Vec<PathBuf> = settings.path.iter().flat_map(std::env::split_paths).collect();
    let own = std::env::current_exe().ok();
    Programs::new(&path, own.as_deref().and_then(Path::parent))
}

/// Returns the wizard that a copy of the program is named after: `fixforme-contacts.exe`, and what browsers and desktops
/// make of that for a second copy, opens `contacts`. Names of releases, with a version, are not a wizard's.
fn named_after(program: &Path) -> Option<String> {
    let stem = program.file_stem()?.to_str()?.to_ascii_lowercase();
    let name = stem.strip_prefix("fixforme-")?.split([' ', '(']).next()?;
    let is_id = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    is_id.then(|| name.to_owned())
}

/// Picks the frontend: a person at a terminal, plain lines where there is none, or JSON lines.
fn frontend(
    settings: &Settings,
    window: Window,
    interrupt: &Interrupt,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Ui>, Vec<LastWord>)> {
    let console = Console::look();
    let terminal_env = TerminalEnv {
        accessible: settings.accessible,
        no_color_flag: settings.no_color_flag,
        ascii: settings.ascii,
        term: settings.term.clone(),
        locale: settings.locale.clone(),
        console_utf8: window.utf8,
        console_escapes: window.escapes,
        no_color: settings.no_color.clone(),
        clicolor: settings.clicolor.clone(),
        stdout_is_terminal: console.stdout,
        stderr_is_terminal: console.stderr,
        columns: console.width.map(usize::from),
    };
    let mut last_words = Vec::new();
    let mut ui: Arc<dyn Ui> = match settings.output {
        Output::Json => {
            let json = Json::new(Arc::clone(clock), interrupt.flag());
            last_words.push(json.last_word());
            Arc::new(json)
        }
        Output::Human if console.stdin && console.stderr => Arc::new(Terminal::new(TerminalOptions {
            stderr: terminal_env.stderr(),
            stdout: terminal_env.stdout(),
            stdout_is_terminal: console.stdout,
            keeps_stdout: settings.prints_data,
            accessible: terminal_env.is_accessible(),
            may_ask: !settings.unattended,
            interrupted: interrupt.flag(),
            forget_typed: Window::forget_typed,
        })),
        Output::Human | Output::Plain => Arc::new(Plain::new(interrupt.flag()).keeping_stdout(settings.prints_data)),
    };
    if let Some(path) = &settings.log {
        let log = LogFile::open(path, ui, Arc::clone(clock))?;
        last_words.push(log.last_word());
        ui = Arc::new(log);
    }
    Ok((ui, last_words))
}

/// The words of a process that is ended at once. The log comes first: it is read by nobody who could have stopped reading.
fn say_how_it_was_left(left: Left, last_words: &[LastWord]) {
    let (state, next) = match left {
        Left::Untouched => (crate::failure::NOTHING_CHANGED, None),
        Left::Settled => (
            "You stopped it. The journal contains what was changed by then.",
            Some("`fixforme runs` lists the run; `fixforme resume` finishes it, `fixforme rollback` rolls it back."),
        ),
        Left::Unknown => (
            "You stopped it during a change. We do not know whether that change was made.",
            Some("`fixforme runs` lists the run; `fixforme resume` finds out and finishes it."),
        ),
    };
    let next: Vec<String> = next.into_iter().map(str::to_owned).collect();
    for last_word in last_words.iter().rev() {
        last_word.finish(left.exit_code(), state, next.clone());
    }
    // Whatever was being drawn ends above.
    let lines = [String::new(), state.to_owned()].into_iter().chain(next);
    streams::lines_to_stderr(&lines.collect::<Vec<_>>());
}

/// A panic is our bug: the cursor comes back, the event stream gets its last event, and the person is told. Unless it is
/// the look's, beside which the command goes on.
fn watch_panics(last_words: Vec<LastWord>) {
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some(commands::program::update_check::THREAD) {
            return;
        }
        Console::show_cursor();
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        streams::lines_to_stderr(&[
            format!("error: fixforme has met a mistake of its own{place} and stops."),
            "What was done is in the journal: `fixforme runs` lists it, `fixforme resume` finds out how it stands."
                .to_owned(),
        ]);
        for last_word in &last_words {
            last_word.finish_after_panic();
        }
    }));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn a_panic_of_the_look_for_a_newer_version_does_not_end_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
        let log = LogFile::open(&path, Arc::new(Plain::new(Arc::new(AtomicBool::new(false)))), clock).unwrap();
        let panics_in = |name: &str| {
            let thread = std::thread::Builder::new().name(name.to_owned());
            assert!(thread.spawn(|| panic!("for a test")).unwrap().join().is_err());
            fs_err::read_to_string(&path).unwrap()
        };
        let before = std::panic::take_hook();
        watch_panics(vec![log.last_word()]);
        let ends = [commands::program::update_check::THREAD, "fixforme"].map(panics_in);
        std::panic::set_hook(before);
        assert_eq!(ends[0], "");
        assert!(ends[1].contains("\"run.finished\""), "{}", ends[1]);
    }

    #[test]
    fn a_copy_opens_the_wizard_that_it_is_named_after() {
        let of = |name: &str| named_after(Path::new(name));
        for copy in [
            "fixforme-contacts.exe",
            "Fixforme-Contacts.EXE",
            "fixforme-contacts (1).exe",
            "fixforme-contacts - Copy.exe",
            "fixforme-contacts(2).exe",
            "/opt/fixforme-contacts",
        ] {
            assert_eq!(of(copy).as_deref(), Some("contacts"), "{copy}");
        }
        for own in ["fixforme.exe", "fixforme (1).exe", "fixforme-", "fixforme-0.1.0-x86_64", "other-contacts.exe"] {
            assert_eq!(of(own), None, "{own}");
        }
    }
}
