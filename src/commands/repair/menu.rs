//! No command: the menu, the path of a double-click. A copy of the program that is named after a wizard opens that one.

use std::sync::Arc;

use super::flow;
use super::request::RunRequest;
use super::resume;
use super::rollback;
use crate::cli;
use crate::commands::account::connect;
use crate::commands::history::finish;
use crate::commands::history::stored_run;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::practice;
use crate::commands::program::revoked;
use crate::commands::program::update_check;
use crate::commands::prompts::inputs::Given;
use crate::engine::receipt::Receipt;
use crate::exit_code::ExitCode;
use crate::failure::stopped;
use crate::failure::{Failure, Kind};
use crate::ports::event::Level;
use crate::ports::terms::Mode;
use crate::ports::ui::{Choice, Form, Question, Reply};
use crate::wizard::Wizard;

enum Wanted<'a> {
    /// A wizard in the person's own tenant.
    Run(&'a Wizard),
    /// A wizard in the practice tenant.
    Rehearse(&'a Wizard),
    /// To settle a run that was interrupted.
    Resume(String),
    /// To take a run's changes back.
    RollBack(String),
    Close,
}

/// Leads a person from the first screen to the end.
pub fn menu(host: &Host) -> Result<ExitCode, Failure> {
    if !host.ui.can_ask() {
        return Err(Failure::words(
            Kind::Usage,
            "without a terminal, and with `--output plain` or `json`, nothing is asked",
        )
        .hint("name a command: `fixforme --help` lists them"));
    }
    update_check::look(host);
    revoked::warn(host);
    let wizards = load::all_shipped()?;
    let wanted = match named_after(host, &wizards) {
        Some(wizard) => place(host, wizard)?,
        None => choose(host, &wizards)?,
    };
    let flags = cli::Tenant { cloud: "public".to_owned(), ..cli::Tenant::default() };
    let approval = cli::Approval::default();
    match wanted {
        Wanted::Run(wizard) => run(host, Mode::Run, wizard, connect::target(host, &flags, false)?),
        Wanted::Rehearse(wizard) => {
            let case = practice::case(wizard, None, None)?;
            let clock = practice::clock(host, &case);
            let server = practice::start(host, &case, &[], None, Arc::clone(&clock))?;
            run(host, Mode::Rehearse, wizard, practice::target(host, &case, &server, clock)?)
        }
        Wanted::Resume(run) => resume::resume(host, &cli::Resume { run: Some(run), approval, tenant: flags }),
        Wanted::RollBack(run) => rollback::rollback(host, &cli::Rollback { run: Some(run), approval, tenant: flags }),
        Wanted::Close => {
            Ok(finish::end_unchanged(host.ui.as_ref(), ExitCode::AsWanted, crate::failure::NOTHING_CHANGED, Vec::new()))
        }
    }
}

fn run(host: &Host, mode: Mode, wizard: &Wizard, target: connect::Target) -> Result<ExitCode, Failure> {
    let request = RunRequest::new(mode, wizard, Given::default(), target);
    flow::run(host, &request)
}

fn named_after<'a>(host: &Host, wizards: &'a [Wizard]) -> Option<&'a Wizard> {
    let name = host.named_after.as_deref()?;
    let wizard = wizards.iter().find(|wizard| wizard.id == name);
    if wizard.is_none() {
        let text = format!("This copy of fixforme is named after a wizard `{name}`, which it does not have.");
        host.ui.say(Level::Warning, text);
    }
    wizard
}

/// Asks where a wizard is to work.
fn place<'a>(host: &Host, wizard: &'a Wizard) -> Result<Wanted<'a>, Failure> {
    let options = vec![
        Choice::new("run", "In your tenant"),
        Choice::new("rehearse", "Practice first, with a built-in demo tenant"),
        Choice::new("close", "Close"),
    ];
    let help = vec![wizard.summary.clone(), PROMISE.to_owned()];
    Ok(match ask(host, format!("Where? {}", wizard.title), help, options)?.as_deref() {
        Some("run") => Wanted::Run(wizard),
        Some("rehearse") => Wanted::Rehearse(wizard),
        _ => Wanted::Close,
    })
}

/// Asks what is wanted: one question up to the wizard in the person's own tenant.
fn choose<'a>(host: &Host, wizards: &'a [Wizard]) -> Result<Wanted<'a>, Failure> {
    let mut options: Vec<Choice> = wizards.iter().map(|wizard| Choice::new(&wizard.id, &wizard.title)).collect();
    let interrupted = newest(host, |receipt| receipt.is_open() || receipt.is_unfinished());
    let standing = newest(host, Receipt::can_roll_back);
    // A `.` is in no wizard's id.
    for (receipt, value, words) in
        [(&interrupted, ".resume", "Finish the run that was interrupted"), (&standing, ".rollback", "Roll back")]
    {
        if let Some(receipt) = receipt {
            let at = receipt.run.at.strftime("%Y-%m-%d %H:%M UTC");
            options.push(Choice::new(value, format!("{words}: {}, {at}", receipt.run.wizard_title)));
        }
    }
    options.push(Choice::new(".rehearse", "Practice first, with a built-in demo tenant"));
    options.push(Choice::new(".close", "Close"));
    let chosen = ask(host, "What do you want to do?".to_owned(), vec![PROMISE.to_owned()], options)?;
    let run = |receipt: Option<Receipt>| receipt.map(|receipt| receipt.run.run);
    Ok(match chosen.as_deref() {
        Some(".resume") => run(interrupted).map_or(Wanted::Close, Wanted::Resume),
        Some(".rollback") => run(standing).map_or(Wanted::Close, Wanted::RollBack),
        Some(".rehearse") => {
            let options = wizards.iter().map(|wizard| Choice::new(&wizard.id, &wizard.title)).collect();
            let chosen = ask(host, "Which one?".to_owned(), Vec::new(), options)?;
            find(wizards, chosen.as_deref()).map_or(Wanted::Close, Wanted::Rehearse)
        }
        id => find(wizards, id).map_or(Wanted::Close, Wanted::Run),
    })
}

/// Returns the newest run of which `wanted` is true. One that cannot be read is left to `fixforme runs`.
fn newest(host: &Host, wanted: impl Fn(&Receipt) -> bool) -> Option<Receipt> {
    let files = host.journal.list().ok()?;
    let mut receipts =
        files.iter().filter_map(|file| Some(stored_run::read(host.journal.as_ref(), &file.run).ok()?.receipt));
    receipts.find(wanted)
}

const PROMISE: &str = "fixforme changes nothing until you have reviewed the list of changes and confirmed it.";

fn find<'a>(wizards: &'a [Wizard], id: Option<&str>) -> Option<&'a Wizard> {
    wizards.iter().find(|wizard| Some(wizard.id.as_str()) == id)
}

fn ask(host: &Host, prompt: String, help: Vec<String>, options: Vec<Choice>) -> Result<Option<String>, Failure> {
    let question = Question::new(prompt, Form::Choice { options, suggest: None }).help(help);
    let reply = host.ui.ask(&question).map_err(stopped)?;
    update_check::tell(host);
    Ok(match reply {
        Reply::Text(chosen) => Some(chosen),
        _ => None,
    })
}
