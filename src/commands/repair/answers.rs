//! `fixforme answers`: an answers file to fill in, offline, or with what a check finds missing.

use serde_json::{Value, json};

use super::flow;
use super::request::RunRequest;
use crate::cli;
use crate::commands::account::connect;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::prompts::inputs::{Given, Values};
use crate::commands::prompts::missing::{file_form as form, table};
use crate::engine::finding::StepFindings;
use crate::exit_code::ExitCode;
use crate::expr::Scope;
use crate::failure::Failure;
use crate::ports::event::CheckOutcome;
use crate::ports::terms::Mode;
use crate::wizard::step::{WayBack, Write};
use crate::wizard::takeover::approval;
use crate::wizard::{Step, Wizard};

pub fn answers(host: &Host, flags: &cli::Answers) -> Result<ExitCode, Failure> {
    let wizard = load::load(host.ui.as_ref(), &flags.wizard)?;
    let given = Given::read(host.ui.as_ref(), &flags.inputs, &wizard)?;
    // What the wizard itself says is known without a check.
    let scope = Values::default().scope(&wizard);
    let mut text = head(&wizard, &given, &scope);
    if flags.from_check {
        let target = connect::target(host, &flags.tenant, false)?;
        let request = RunRequest::new(Mode::Check, &wizard, given, target);
        let id = flow::run_id(host.clock.as_ref());
        let checked = flow::check(host, &request, &id)?;
        text.push_str(&asks(&wizard, &checked.findings));
    } else {
        text.push_str(&offline(&wizard, &scope));
    }
    host.ui.print(&text);
    Ok(ExitCode::AsWanted)
}

fn head(wizard: &Wizard, given: &Given, scope: &Scope) -> String {
    let mut text = format!("wizard = \"{}\"\nversion = \"{}\"\n", wizard.id, wizard.version);
    if !wizard.notices.is_empty() {
        for notice in &wizard.notices {
            text.push_str(&format!("# Notice {}: {}\n", notice.id, one_line(&notice.text.outline(scope))));
        }
        let ids: Vec<&String> = wizard.notices.iter().map(|notice| &notice.id).collect();
        text.push_str(&match given.answers.acknowledge.as_slice() {
            [] => format!("# acknowledge = {}\n", json!(ids)),
            agreed => format!("acknowledge = {}\n", json!(agreed)),
        });
    }
    let approved: Vec<&str> =
        wizard.steps.iter().filter(|step| needs_approval(step)).map(|step| step.id.as_str()).collect();
    if !approved.is_empty() {
        let ids = json!(approved);
        text.push_str(&format!("# approve = {ids}   # what cannot be rolled back, or is not an ordinary change\n"));
    }
    text.push_str("\n[inputs]\n");
    for input in &wizard.inputs {
        let described = format!("{} ({})", one_line(&input.label), form(input.kind, &input.options));
        let line = match (given.of(input), &input.default) {
            (Some(value), _) => format!("{} = {}", input.name, as_toml(&value)),
            (None, Some(default)) => format!("# {} = {}", input.name, as_toml(default)),
            (None, None) if !input.required => format!("# {} = \"\"", input.name),
            (None, None) => format!("{} = \"\"", input.name),
        };
        text.push_str(&format!("{line}   # {described}\n"));
    }
    text
}

/// Returns whether a change of this step may need approval by name.
fn needs_approval(step: &Step) -> bool {
    let is_final = |write: &Write| matches!(write.way_back, WayBack::Irreversible(_));
    let requests = step.objects().iter().flat_map(|object| [&object.create, &object.set, &object.remove]).flatten();
    step.writes().iter().any(is_final)
        || requests.into_iter().any(|request| request.irreversible.is_some())
        || !approval::needed(step).is_empty()
}

/// Without a check only the form of the answers is known.
fn offline(wizard: &Wizard, scope: &Scope) -> String {
    let mut text = String::new();
    for step in wizard.steps.iter().filter(|step| !step.asks.is_empty()) {
        let item = step.for_each.as_ref().map(|_| "KEY OR LABEL");
        text.push_str(&format!("\n# {}\n", table(&step.id, item)));
        for ask in &step.asks {
            let (label, form) = (one_line(&ask.label.outline(scope)), form(ask.kind, &ask.options));
            text.push_str(&format!("# {} = \"\"   # {label} ({form}; or \"skip\")\n", ask.name));
        }
    }
    text
}

fn asks(wizard: &Wizard, findings: &[StepFindings]) -> String {
    let mut text = String::new();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &checked.findings {
            if finding.outcome != CheckOutcome::Problem || finding.asks.is_empty() {
                continue;
            }
            text.push_str(&format!("\n{}\n", table(&step.id, finding.label())));
            for wanted in &finding.asks {
                let Some(ask) = step.asks.iter().find(|ask| ask.name == wanted.name) else { continue };
                let form = form(ask.kind, &ask.options);
                text.push_str(&format!("{} = \"\"   # {} ({form}; or \"skip\")\n", ask.name, one_line(&wanted.label)));
            }
        }
    }
    text
}

fn as_toml(value: &Value) -> String {
    toml::Value::try_from(value).map_or_else(|_| "\"\"".to_owned(), |value| value.to_string())
}

fn one_line(text: &str) -> String {
    crate::ports::text::one_line(text)
}
