//! Builds the real outside and hands it to one command: the only place that names adapters.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, ensure};

use crate::cli::{self, Cli, Output};
use crate::commands::{self, Host};
use crate::exit_code::ExitCode;
use crate::host::{
    Console, Interrupt, JournalFolder, Programs, ReqwestHttp, SystemClock, VirtualClock, install_crypto, installation,
    paths,
};
use crate::seam::{Clock, Token, Ui};
use crate::settings::{Environment, Settings};
use crate::sign_in::OpenPage;
use crate::ui::{Json, LastWord, LogFile, Plain, Surroundings, Terminal, TerminalOptions, streams};

/// The main thread of Windows has one MiB of stack, which an expression's parser can fill; this is enough everywhere.
const STACK: usize = 8 << 20;

/// Runs the program; the process ends with what this returns.
pub fn main() -> std::process::ExitCode {
    let worker = std::thread::Builder::new().name("fixforme".to_owned()).stack_size(STACK).spawn(|| {
        let args = std::env::args_os();
        match cli::parse(args) {
            Ok(cli) => run(cli),
            Err(usage) if usage.to_stdout => {
                streams::to_stdout(&usage.message);
                usage.exit
            }
            Err(usage) => {
                streams::lines_to_stderr(&usage.message.lines().map(str::to_owned).collect::<Vec<_>>());
                usage.exit
            }
        }
    });
    let code = worker.map_or(ExitCode::Internal, |worker| worker.join().unwrap_or(ExitCode::Internal));
    std::process::ExitCode::from(code.number())
}

fn run(cli: Cli) -> ExitCode {
    let environment = Environment::read();
    let settings = Settings::resolve(&cli, &environment);
    let interrupt = Interrupt::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(interrupt.clone()));
    let (ui, last_words) = match face(&settings, &interrupt, &clock) {
        Ok(face) => face,
        Err(error) => {
            streams::lines_to_stderr(&[format!("error: {error:#}"), crate::failure::NOTHING_CHANGED.to_owned()]);
            return ExitCode::Usage;
        }
    };
    watch_panics(last_words);
    install_crypto();
    if let Err(error) = interrupt.install() {
        streams::lines_to_stderr(&[format!("warning: Ctrl-C cannot be caught: {error:#}")]);
    }
    match host(&settings, &environment, &interrupt, clock, Arc::clone(&ui)) {
        Ok(host) => commands::carry_out(&host, cli),
        Err(error) => {
            let failure = crate::failure::Failure::new(crate::failure::Kind::Usage, error);
            commands::finish::end_failed(ui.as_ref(), &failure)
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
        installation::find(&state, &started, &own, interrupt).ok().map(Arc::new)
    });
    if let Some(installation) = &installation {
        // What cannot be ended now is ended, or told of, by the next update.
        let _ = (installation.repair)();
    }
    Ok(Host {
        installation,
        clock,
        virtual_clock: Arc::new(VirtualClock::new()),
        ui,
        http: Arc::new(ReqwestHttp::new(interrupt.clone())),
        journal: Arc::new(JournalFolder::new(state.clone(), interrupt.clone())),
        rehearsals: Arc::new(JournalFolder::new(state.join("rehearsals"), interrupt.clone())),
        access_token: settings.access_token.as_ref().map(|token| Token::new(token.0.clone())),
        client_id: settings.client_id.clone(),
        client_secret: settings.client_secret.clone(),
        open_page: browser(settings),
        read_input: Arc::new(Console::read_input),
    })
}

/// Returns what opens a page in the person's browser.
fn browser(settings: &Settings) -> OpenPage {
    let path: Vec<PathBuf> = settings.path.iter().flat_map(std::env::split_paths).collect();
    let own = std::env::current_exe().ok();
    let programs = Programs::new(&path, own.as_deref().and_then(Path::parent));
    let has_screen = settings.has_screen;
    Arc::new(move |url| {
        ensure!(has_screen, "there is no screen here");
        programs.open_page(url)
    })
}

/// Picks the face: a person at a terminal, plain lines where there is none, or JSON lines.
fn face(settings: &Settings, interrupt: &Interrupt, clock: &Arc<dyn Clock>) -> Result<(Arc<dyn Ui>, Vec<LastWord>)> {
    let console = Console::look();
    let surroundings = Surroundings {
        accessible: settings.accessible,
        no_color_flag: settings.no_color_flag,
        ascii: settings.ascii,
        term: settings.term.clone(),
        locale: settings.locale.clone(),
        console_utf8: None,
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
            talk: surroundings.talk(),
            data: surroundings.data(),
            stdout_is_terminal: console.stdout,
            accessible: surroundings.is_accessible(),
            may_ask: !settings.unattended,
            interrupted: interrupt.flag(),
        })),
        Output::Human | Output::Plain => Arc::new(Plain::new(interrupt.flag())),
    };
    if let Some(path) = &settings.log {
        let log = LogFile::open(path, ui, Arc::clone(clock))?;
        last_words.push(log.last_word());
        ui = Arc::new(log);
    }
    Ok((ui, last_words))
}

/// A panic is our bug: the cursor comes back, the event stream gets its last event, and the person is told.
fn watch_panics(last_words: Vec<LastWord>) {
    std::panic::set_hook(Box::new(move |panic| {
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
