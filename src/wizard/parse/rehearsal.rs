//! Answers and expectations, held against the wizard: ids, asks and values.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::file_parser::FileParser;
use crate::wizard::Wizard;
use crate::wizard::diagnostic::{Diagnostic, did_you_mean};
use crate::wizard::document::{self, Answers, AnswersFile, Any, Expect, ExpectFile, Placed, Table};
use crate::wizard::input::InputType;
use crate::wizard::step::{Ask, Step};
use crate::wizard::{input, schema};

/// Checks the answers and expectations of all cases.
pub fn check(wizard: &Wizard, files: &BTreeMap<String, String>, found: &mut Vec<Diagnostic>) {
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with("rehearsal/")) {
        if name.ends_with("/answers.toml") {
            answers(wizard, name, text, found);
        } else if name.ends_with("/expect.toml") {
            expect(wizard, name, text, found);
        }
    }
}

pub fn answers(wizard: &Wizard, file: &str, text: &str, found: &mut Vec<Diagnostic>) -> Option<Answers> {
    let written: AnswersFile = document::read(file, text, schema::answers(), found)?;
    let page = FileParser::new(file, text);
    if written.wizard.value != wizard.id {
        let title = format!("these answers are for the wizard `{}`, not for `{}`", written.wizard.value, wizard.id);
        page.error(&written.wizard.range, title, "");
    }
    if let Some(version) = written.version.as_ref().filter(|version| version.value != wizard.version.to_string()) {
        let title = format!("these answers were written for version {}; this is {}", version.value, wizard.version);
        page.warning(&version.range, title, "look whether they still fit");
    }
    let notices: Vec<&str> = wizard.notices.iter().map(|notice| notice.id.as_str()).collect();
    let steps: Vec<&str> = wizard.steps.iter().map(|step| step.id.as_str()).collect();
    written.acknowledge.iter().for_each(|id| known(&page, id, "notice", &notices));
    for approved in &written.approve {
        // What a step found is approved as `STEP=NAME`.
        let step = approved.value.split('=').next().unwrap_or_default().to_owned();
        known(&page, &Placed { value: step, range: approved.range.clone() }, "step", &steps);
    }
    let inputs: Vec<&str> = wizard.inputs.iter().map(|input| input.name.as_str()).collect();
    for (name, value) in &written.inputs.0 {
        known(&page, name, "input", &inputs);
        let Some(input) = wizard.inputs.iter().find(|input| input.name == name.value) else { continue };
        // Files are named by their path, which is looked at when they are opened.
        let by_path = input.kind.is_file();
        match (&value.value, input.kind) {
            // A line that was not filled in.
            (Any::Text(text), _) if text.is_empty() => {}
            (Any::Table(_), InputType::Secret) if secret_file(&value.value.to_json()).is_some() => {}
            (_, InputType::Secret) => {
                let help = "name a file that holds it alone and that only you can read: `{ file = \"…\" }`";
                page.error(&value.range, "a secret may not stand among the answers", help);
            }
            (Any::Text(_), _) if by_path => {}
            (_, InputType::File | InputType::Certificate) => {
                page.error(&value.range, "the value is the path of a file, as text", "")
            }
            (given, _) => {
                if let Err(reason) = input.read_json(&given.to_json()) {
                    page.error(&value.range, reason, "");
                }
            }
        }
    }
    for (id, entries) in &written.answers.0 {
        known(&page, id, "step", &steps);
        if let Some(step) = wizard.steps.iter().find(|step| step.id == id.value) {
            step_answers(&page, step, &entries.value);
        }
    }
    found.extend(page.into_found());
    Some(written.into())
}

/// Reads the expectations of a case.
pub fn expect(wizard: &Wizard, file: &str, text: &str, found: &mut Vec<Diagnostic>) -> Option<Expect> {
    let written: ExpectFile = document::read(file, text, schema::expect(), found)?;
    let page = FileParser::new(file, text);
    let steps: Vec<&str> = wizard.steps.iter().map(|step| step.id.as_str()).collect();
    for change in written.changes.iter().flatten() {
        let id = change.value.split(['[', '.', '/']).next().unwrap_or_default();
        if !steps.contains(&id) {
            let help = did_you_mean(id, steps.iter().copied()).unwrap_or_default();
            page.error(&change.range, format!("there is no step `{id}`"), &help);
        }
    }
    for (path, _) in &written.objects.0 {
        if !path.value.starts_with("/v1.0/") && !path.value.starts_with("/beta/") {
            page.error(&path.range, "an object of the tenant is named by its path", "[objects.\"/v1.0/…\"]");
        }
    }
    found.extend(page.into_found());
    Some(written.into())
}

fn step_answers(page: &FileParser<'_>, step: &Step, entries: &Table<Placed<Any>>) {
    let mut names = HashMap::new();
    for (name, value) in &entries.0 {
        if let Some(first) = names.insert(name.value.to_lowercase(), &name.value).filter(|_| step.for_each.is_some()) {
            let title = format!("`{}` is answered for twice: here, and as `{first}`", name.value);
            page.error(&name.range, title, "letter case makes no difference; keep one of them");
        }
        match (&value.value, step.for_each.is_some()) {
            (Any::Table(asks), true) => asks.0.iter().for_each(|(name, value)| answer(page, step, name, value)),
            (_, true) => {
                let help = format!("[answers.{}.\"{}\"] with the asks below it", step.id, name.value);
                page.error(
                    &name.range,
                    format!("the step `{}` is repeated: answers stand below an item's key or label", step.id),
                    &help,
                );
            }
            (Any::Table(_), false) => {
                page.error(
                    &name.range,
                    format!(
                        "the step `{}` is not repeated: its answers stand in [answers.{}] itself",
                        step.id, step.id
                    ),
                    "",
                );
            }
            (_, false) => answer(page, step, name, value),
        }
    }
}

/// Returns the path of the file that an answers file names for a secret, `{ file = "…" }`.
pub fn secret_file(value: &Value) -> Option<&str> {
    value.as_object().filter(|table| table.len() == 1)?.get("file")?.as_str()
}

fn answer(page: &FileParser<'_>, step: &Step, name: &Placed<String>, value: &Placed<Any>) {
    let asks: Vec<&str> = step.asks.iter().map(|ask| ask.name.as_str()).collect();
    known(page, name, "ask", &asks);
    let Some(ask) = step.asks.iter().find(|ask| ask.name == name.value) else { return };
    if let Err(reason) = fits(ask, value) {
        page.error(&value.range, reason, "");
    }
}

fn fits(ask: &Ask, value: &Placed<Any>) -> Result<(), String> {
    // A line that was not filled in is not an answer, nor a wrong one.
    if matches!(&value.value, Any::Text(text) if text == "skip" || text.is_empty()) {
        return Ok(());
    }
    input::read_json(ask.kind, &ask.options, &value.to_json()).map(|_| ())
}

fn known(page: &FileParser<'_>, id: &Placed<String>, what: &str, all: &[&str]) {
    if !all.contains(&id.value.as_str()) {
        let help = did_you_mean(&id.value, all.iter().copied()).unwrap_or_default();
        page.error(&id.range, format!("the wizard has no {what} `{}`", id.value), &help);
    }
}
