//! No command: the menu of wizards, the path of a double-click. A copy of the program that is named after a wizard opens
//! that one.

use super::consent::Agreed;
use super::flow::{self, Request};
use super::host::Host;
use super::inputs::{Given, stopped};
use super::{connect, finish, list, practice};
use crate::cli;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind};
use crate::seam::event::{Event, Level, Message};
use crate::seam::ui::{Choice, Form, Question, Reply};
use crate::wizard::Wizard;

/// Leads a person from the first screen to the end.
pub fn menu(host: &Host) -> Result<ExitCode, Failure> {
    if !host.ui.can_ask() {
        return Err(Failure::words(Kind::Usage, "there is no terminal to lead you at")
            .hint("name a command: `fixforme --help` lists them"));
    }
    let wizards = list::shipped()?;
    let Some(wizard) = choose(host, &wizards)? else { return Ok(ExitCode::AsWanted) };
    let signed_in = if host.access_token.is_some() {
        "In your tenant, with the access token that is set"
    } else {
        "In your tenant: you sign in with Microsoft"
    };
    let question = Question {
        prompt: format!("Where? {}", wizard.title),
        help: vec![wizard.summary.clone()],
        form: Form::Choice {
            options: vec![
                choice("rehearse", "Try it first in a practice tenant inside this program"),
                choice("run", signed_in),
                choice("close", "Close"),
            ],
            suggest: None,
        },
        retry: None,
    };
    let place = match host.ui.ask(&question).map_err(stopped)? {
        Reply::Text(place) if place != "close" => place,
        _ => {
            return Ok(finish::end_unchanged(
                host.ui.as_ref(),
                ExitCode::AsWanted,
                crate::failure::NOTHING_CHANGED,
                Vec::new(),
            ));
        }
    };
    let server;
    let (mode, target) = if place == "rehearse" {
        let case = practice::case(wizard, None, None)?;
        let clock = practice::clock(host);
        server = practice::start(host, &case, &[], None, std::sync::Arc::clone(&clock))?;
        ("rehearse", practice::target(host, &server, clock)?)
    } else {
        let flags = cli::Tenant { cloud: "public".to_owned(), ..cli::Tenant::default() };
        ("run", connect::target(host, &flags, false)?)
    };
    let request = Request {
        mode,
        wizard,
        given: Given::default(),
        agreed: Agreed::default(),
        on_failure: wizard.on_failure,
        target,
        reveal_to: None,
        report: None,
    };
    flow::run(host, &request)
}

/// Returns the wizard that this copy is named after, or asks.
fn choose<'a>(host: &Host, wizards: &'a [Wizard]) -> Result<Option<&'a Wizard>, Failure> {
    let of = |id: &str| wizards.iter().find(|wizard| wizard.id == id);
    if let Some(name) = &host.named_after {
        if let Some(wizard) = of(name) {
            return Ok(Some(wizard));
        }
        let text = format!("This copy of fixforme is named after a wizard `{name}`, which it does not have.");
        host.ui.show(&Event::Message(Message { level: Level::Warning, text }));
    }
    let question = Question {
        prompt: "What do you want to look at?".to_owned(),
        help: vec!["Nothing is changed until you have seen the list of changes and said yes.".to_owned()],
        form: Form::Choice {
            options: wizards.iter().map(|wizard| choice(&wizard.id, &wizard.title)).collect(),
            suggest: None,
        },
        retry: None,
    };
    match host.ui.ask(&question).map_err(stopped)? {
        Reply::Text(id) => Ok(of(&id)),
        _ => Ok(None),
    }
}

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned() }
}
