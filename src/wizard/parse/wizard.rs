//! The wizard as a whole: its head, its inputs and notices, and its steps in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file_parser::FileParser;
use super::names::{self, StepShape};
use super::{input, step};
use crate::expr::{Names, Type};
use crate::ports::nearest::nearest;
use crate::wizard::diagnostic::{Diagnostic, did_you_mean};
use crate::wizard::document::wizard_file::{CloudName, StepEntry};
use crate::wizard::document::{self, Any, Placed, StepFile, WizardFile};
use crate::wizard::input::Input;
use crate::wizard::{Notice, Step, Wizard, WizardSource, schema};

const WIZARD: &str = "wizard.toml";
const MAX_STEPS: usize = 100;
const MAX_CHANGES: u32 = 100_000;

/// Reads all files but the rehearsal's.
pub fn read(
    origin: WizardSource,
    files: &Arc<BTreeMap<String, String>>,
    found: &mut Vec<Diagnostic>,
) -> Option<Wizard> {
    let Some(text) = files.get(WIZARD) else {
        let help = "a wizard is a folder with `wizard.toml` and the files of its steps beside it";
        found.push(Diagnostic::whole_file(WIZARD, "there is no `wizard.toml`").help(help));
        return None;
    };
    let Some(head) = document::read::<WizardFile>(WIZARD, text, schema::wizard(), found) else {
        // The order of the steps is not known, but their files can still be compared with the format.
        for (name, text) in
            files.iter().filter(|(name, _)| name.ends_with(".toml") && !name.contains('/') && *name != WIZARD)
        {
            document::read::<StepFile>(name, text, schema::step(), found);
        }
        return None;
    };
    let mut page = FileParser::new(WIZARD, text);
    page.is_shipped = origin == WizardSource::Shipped;
    let wizard = whole(&page, &head, origin, files, found);
    found.extend(page.into_found());
    wizard
}

fn whole(
    page: &FileParser<'_>,
    head: &WizardFile,
    origin: WizardSource,
    files: &Arc<BTreeMap<String, String>>,
    found: &mut Vec<Diagnostic>,
) -> Option<Wizard> {
    let version = identity(page, head);
    let data = data(page, head);
    let data_shape = Type::of_value(&data);
    let inputs = input::read(page, &head.inputs, &data_shape);
    let names = Names::default().with("inputs", names::inputs(&inputs)).with("data", data_shape);
    let signed_in = names::signed_in(names);
    let clouds = clouds(page, head);
    order(page, &head.steps);
    unknown_files(page, head, files, found);
    let (steps, shapes) = steps(page, head, &signed_in, &inputs, files, found);
    // They are read once everything is checked.
    let notices = notices(page, head, &signed_in.with("steps", names::steps(&shapes)));
    let mistaken = found.iter().any(|diagnostic| diagnostic.is_error) || page.has_errors();
    if !mistaken {
        unused_inputs(page, head);
    }
    Some(Wizard {
        id: head.id.value.clone(),
        version: version?,
        title: head.title.value.clone(),
        summary: head.summary.value.clone(),
        order: head.order.as_ref().map_or(u32::MAX, |order| order.value),
        replaces: head.replaces.iter().map(|each| each.value.clone()).collect(),
        docs: page.link(head.docs.as_ref()),
        review_by: head.review_by.as_ref().map(|date| date.value.0),
        clouds,
        roles: head.graph.roles.iter().map(|role| role.value.clone()).collect(),
        on_failure: head.run.on_failure.unwrap_or_default(),
        max_changes: max_changes(page, head)?,
        data: Arc::new(data),
        inputs,
        notices,
        steps: steps?,
        sha256: sha256(files),
        origin,
        files: Arc::clone(files),
    })
}

fn identity(page: &FileParser<'_>, head: &WizardFile) -> Option<semver::Version> {
    if head.format.value != 1 {
        let title = format!("format {} is not known; this program reads format 1", head.format.value);
        page.error(&head.format.range, title, "format = 1, or update fixforme");
    }
    page.id(&head.id, "the id of a wizard", "-");
    page.one_line(&head.title, "title");
    if head.summary.value.trim().is_empty() {
        page.error(&head.summary.range, "the summary is empty", "");
    }
    match semver::Version::parse(&head.version.value) {
        Ok(version) => Some(version),
        Err(error) => {
            page.error(
                &head.version.range,
                format!("`{}` is not a version: {error}", head.version.value),
                "write three numbers: \"1.0.0\"",
            );
            None
        }
    }
}

fn max_changes(page: &FileParser<'_>, head: &WizardFile) -> Option<usize> {
    match &head.run.max_changes {
        None => Some(100),
        Some(most) if (1..=MAX_CHANGES).contains(&most.value) => usize::try_from(most.value).ok(),
        Some(most) => {
            page.error(&most.range, format!("`max_changes` is between 1 and {MAX_CHANGES}"), "");
            None
        }
    }
}

fn data(page: &FileParser<'_>, head: &WizardFile) -> serde_json::Value {
    for (name, value) in &head.data.0 {
        page.id(name, "the name of a table", "_");
        if !matches!(value.value, Any::Table(_)) {
            let title = format!("`data.{}` must be a table", name.value);
            page.error(&value.range, title, &format!("[data.{}] with keys below it", name.value));
        }
    }
    serde_json::Value::Object(head.data.0.iter().map(|(name, value)| (name.value.clone(), value.to_json())).collect())
}

fn notices(page: &FileParser<'_>, head: &WizardFile, names: &Names) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    for section in &head.notices {
        page.id(&section.id, "the id of a notice", "-_");
        if notices.iter().any(|other| other.id == section.id.value) {
            page.error(
                &section.id.range,
                format!("the notice `{}` stands here twice", section.id.value),
                "give it another id",
            );
        }
        for source in &section.sources {
            page.link(Some(source));
        }
        let when = page.condition(section.when.as_ref(), names);
        let text = page.template(&section.text, names).unwrap_or_default();
        let sources = section.sources.iter().map(|source| source.value.clone()).collect();
        notices.push(Notice { id: section.id.value.clone(), when, text, sources });
    }
    notices
}

fn clouds(page: &FileParser<'_>, head: &WizardFile) -> Vec<String> {
    let Some(clouds) = &head.graph.clouds else { return vec!["public".to_owned()] };
    if clouds.value.is_empty() {
        page.error(&clouds.range, "a wizard is made for at least one cloud", "clouds = [\"public\"]");
    }
    let name = |cloud: CloudName| match cloud {
        CloudName::Public => "public",
        CloudName::UsGov => "usgov",
        CloudName::UsGovDod => "usgov-dod",
        CloudName::China => "china",
    };
    clouds.value.iter().map(|cloud| name(cloud.value).to_owned()).collect()
}

/// Checks ids and `needs`: unknown ones, circles, and steps that stand too early.
fn order(page: &FileParser<'_>, steps: &[Placed<StepEntry>]) {
    if steps.is_empty() {
        page.say(Diagnostic::whole_file(page.file, "the wizard has no steps").help("[[steps]] with id and file"));
    }
    if let Some(one_too_many) = steps.get(MAX_STEPS) {
        page.error(&one_too_many.range, format!("a wizard has at most {MAX_STEPS} steps"), "make two wizards of it");
    }
    let ids: Vec<&str> = steps.iter().map(|step| step.id.value.as_str()).collect();
    for (index, step) in steps.iter().enumerate() {
        page.id(&step.id, "the id of a step", "_");
        if ids.iter().take(index).any(|id| *id == step.id.value) {
            page.error(&step.id.range, format!("the step `{}` stands here twice", step.id.value), "give it another id");
        }
        for need in &step.needs {
            let Some(needed) = ids.iter().position(|id| *id == need.value) else {
                let help = did_you_mean(&need.value, ids.iter().copied()).unwrap_or_default();
                page.error(&need.range, format!("there is no step `{}`", need.value), &help);
                continue;
            };
            if let Some(circle) = circle(steps, index, needed) {
                let title = format!("the steps need each other: {}", circle.join(" → "));
                page.error(&need.range, title, "one of them has to come first");
            } else if needed > index {
                let title = format!("the step `{}` comes after this one", need.value);
                page.error(&need.range, title, "steps run in the order of the file: move it up");
            }
        }
    }
}

/// Returns the way from a step over its need back to itself, where there is one.
fn circle(steps: &[Placed<StepEntry>], from: usize, over: usize) -> Option<Vec<String>> {
    let mut ways = vec![vec![from, over]];
    let mut seen = vec![false; steps.len()];
    while let Some(way) = ways.pop() {
        let last = *way.last()?;
        if last == from {
            return Some(way.iter().filter_map(|at| steps.get(*at)).map(|step| step.id.value.clone()).collect());
        }
        if std::mem::replace(seen.get_mut(last)?, true) {
            continue;
        }
        for need in &steps.get(last)?.needs {
            if let Some(next) = steps.iter().position(|step| step.id.value == need.value) {
                ways.push(way.iter().copied().chain([next]).collect());
            }
        }
    }
    None
}

fn steps(
    page: &FileParser<'_>,
    head: &WizardFile,
    signed_in: &Names,
    inputs: &[Input],
    files: &BTreeMap<String, String>,
    found: &mut Vec<Diagnostic>,
) -> (Option<Vec<Step>>, Vec<StepShape>) {
    let mut shapes: Vec<StepShape> = Vec::new();
    let mut steps: Vec<Option<Step>> = Vec::new();
    for (index, entry) in head.steps.iter().take(MAX_STEPS).enumerate() {
        // What is chosen from a step's list is known to the steps behind it.
        let known = |input: &&Input| {
            let from = input.options_from.as_ref().map(|from| from.step.as_str());
            from.is_none_or(|from| head.steps.iter().take(index).any(|step| step.id.value == from))
        };
        let known: Vec<Input> = inputs.iter().filter(known).cloned().collect();
        let signed_in = &signed_in.clone().with("inputs", names::inputs(&known));
        // Not the values of steps: whether a step takes part is decided before anything is read.
        let when = entry.when.as_ref().map(|when| page.condition(Some(when), signed_in));
        let text =
            files.get(&entry.file.value).filter(|_| entry.file.value != WIZARD && !entry.file.value.contains('/'));
        if text.is_none() {
            let known: Vec<&str> =
                files.keys().map(String::as_str).filter(|name| *name != WIZARD && !name.contains('/')).collect();
            let help = nearest(&entry.file.value, known).map(|name| format!("did you mean \"{name}\"?"));
            let title = format!("there is no file `{}` beside wizard.toml", entry.file.value);
            page.say(Diagnostic::error(page.file, entry.file.range.clone(), title).maybe_help(help));
        }
        let read = text
            .and_then(|text| Some((text, document::read::<StepFile>(&entry.file.value, text, schema::step(), found)?)));
        let Some((text, file)) = read else {
            shapes.push(StepShape { id: entry.id.value.clone(), captures: Vec::new(), repeated: false, broken: true });
            steps.push(None);
            continue;
        };
        let mut step_page = FileParser::new(&entry.file.value, text);
        step_page.is_shipped = page.is_shipped;
        step_page.learn_from(page);
        let base =
            if shapes.is_empty() { signed_in.clone() } else { signed_in.clone().with("steps", names::steps(&shapes)) };
        let (step, shape) = step::read(&step_page, entry, &file, base, inputs);
        page.used.borrow_mut().extend(step_page.used.borrow().iter().cloned());
        found.extend(step_page.into_found());
        shapes.push(shape);
        steps.push(match when {
            None => step,
            Some(when) => step.zip(when).map(|(step, when)| Step { when: Some(when), ..step }),
        });
    }
    for (input, (_, section)) in inputs.iter().zip(&head.inputs.0) {
        let (Some(from), Some(written)) = (&input.options_from, &section.options_from) else { continue };
        let step = shapes.iter().find(|step| step.id == from.step);
        let hands_on = |step: &StepShape| {
            step.broken || !step.repeated && step.captures.iter().any(|(name, _)| *name == from.capture)
        };
        if !step.is_some_and(hands_on) {
            page.error(&written.range, "no step hands on such a list", "options_from = \"steps.STEP.CAPTURE\"");
        }
    }
    (steps.into_iter().collect(), shapes)
}

/// Warns of files that nothing reads.
fn unknown_files(
    page: &FileParser<'_>,
    head: &WizardFile,
    files: &BTreeMap<String, String>,
    found: &mut Vec<Diagnostic>,
) {
    for name in files.keys() {
        let rehearsal = name.strip_prefix("rehearsal/").and_then(|rest| rest.split_once('/'));
        let known = match rehearsal {
            Some((_, file)) => ["tenant.toml", "answers.toml", "expect.toml"].contains(&file),
            None => {
                !name.ends_with(".toml") || name == WIZARD || head.steps.iter().any(|step| step.file.value == *name)
            }
        };
        if !known {
            let mut diagnostic = Diagnostic::whole_file(name, "nothing reads this file");
            diagnostic.is_error = false;
            let help = match rehearsal {
                Some(_) => "a case has tenant.toml, answers.toml and expect.toml".to_owned(),
                None => format!("name it in [[steps]] of {}, or remove it", page.file),
            };
            found.push(diagnostic.help(help));
        }
    }
}

fn unused_inputs(page: &FileParser<'_>, head: &WizardFile) {
    let used = page.used.borrow();
    if used.contains(&("inputs".to_owned(), String::new())) {
        return;
    }
    for (name, _) in &head.inputs.0 {
        if !used.contains(&("inputs".to_owned(), name.value.clone())) {
            page.warning(
                &name.range,
                format!("the input `{}` is never used", name.value),
                "use it as `inputs.…` in an expression, or remove it",
            );
        }
    }
}

/// Returns the SHA-256 over names and contents; lengths go in, so that no two sets of files read alike.
fn sha256(files: &BTreeMap<String, String>) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in files.iter().flat_map(|(name, text)| [name, text]) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
