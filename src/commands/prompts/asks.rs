//! What a check found missing and only the person can tell: from the answers file, from the person's own data, from
//! the person.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value};

use super::inputs::{Given, form};
use super::missing::Missing;
use crate::engine::finding::{Finding, Item, StepFindings, WantedAsk};
use crate::engine::plan::{AskAnswer, AskAnswers};
use crate::expr::{Datum, Expression, Partial};
use crate::failure::stopped;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Ui;
use crate::ports::event::{CheckOutcome, Level};
use crate::ports::nearest::nearest;
use crate::ports::ui::{Choice, Form, Question, Reply, Retry};
use crate::wizard::input::{self, InputType};
use crate::wizard::step::Ask;
use crate::wizard::{Step, Wizard};

/// With more missing answers than this, a person is offered a file instead of typing.
const MANY: usize = 6;

/// An ask that is still open.
struct Open<'run> {
    at: usize,
    step: &'run Step,
    ask: &'run Ask,
    finding: &'run Finding,
    wanted: &'run WantedAsk,
    retry: Option<Retry>,
}

/// Collects the answers. What is missing in an unattended run goes to `missing`.
pub fn gather(
    ui: &dyn Ui,
    wizard: &Wizard,
    findings: &[StepFindings],
    given: &Given,
    inputs: &Map<String, Value>,
    missing: &mut Missing,
) -> Result<AskAnswers, Failure> {
    rows_for_nobody(ui, wizard, findings, inputs);
    for (written, nearest) in given_for_nobody(wizard, findings, given) {
        let meant = nearest.map(|nearest| format!(" Did you mean `{nearest}`?")).unwrap_or_default();
        let text = format!("The answers of `{written}` are not used: nothing of that name was found.{meant}");
        ui.say(Level::Warning, text);
    }
    let mut answers = AskAnswers::new();
    let mut open = Vec::new();
    let mut refused = Vec::new();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in checked.findings.iter().filter(|finding| finding.outcome == CheckOutcome::Problem) {
            for wanted in &finding.asks {
                let Some(ask) = step.asks.iter().find(|ask| ask.name == wanted.name) else { continue };
                let mut ask_open = Open { at: checked.step, step, ask, finding, wanted, retry: None };
                match stated(&ask_open, given) {
                    Ok(Some(answer)) => put(&mut answers, &ask_open, answer),
                    Ok(None) => open.push(ask_open),
                    Err((typed, reason)) => {
                        refused.push(format!("{}: {typed}: {reason}", wanted.label));
                        ask_open.retry = Some(Retry { typed, reason });
                        open.push(ask_open);
                    }
                }
            }
        }
    }
    if !ui.can_ask() {
        if !refused.is_empty() {
            return Err(Failure::words(
                Kind::Usage,
                format!("answers that cannot be used:\n  {}", refused.join("\n  ")),
            )
            .hint("correct them in the answers file or the CSV, or answer \"skip\""));
        }
        for ask in &open {
            missing.ask(&ask.step.id, ask.finding.label(), ask.ask, &ask.wanted.label);
        }
        return Ok(answers);
    }
    if open.len() > MANY {
        match many(ui, wizard, &open)? {
            Many::Type => {}
            Many::Skip => {
                for ask in &open {
                    put(&mut answers, ask, AskAnswer::Skipped);
                }
                return Ok(answers);
            }
        }
    }
    for mut ask in open {
        let answer = question(ui, &mut ask)?;
        put(&mut answers, &ask, answer);
    }
    Ok(answers)
}

/// Returns the tables of answers whose item the check did not find, each with the item that was probably meant.
fn given_for_nobody<'run>(
    wizard: &'run Wizard,
    findings: &'run [StepFindings],
    given: &'run Given,
) -> Vec<(String, Option<&'run str>)> {
    let mut left = Vec::new();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step).filter(|step| step.for_each.is_some()) else { continue };
        let Some(written) = given.answers.answers.get(&step.id) else { continue };
        let items: Vec<&Item> = checked.findings.iter().filter_map(|finding| finding.item.as_ref()).collect();
        let names = items.iter().flat_map(|item| [&item.key, &item.label]);
        let found: HashSet<String> = names.map(|name| name.to_ascii_lowercase()).collect();
        for name in written.keys() {
            if !items.is_empty() && !found.contains(&name.to_ascii_lowercase()) {
                let nearest = nearest(name, items.iter().map(|item| item.label.as_str()));
                left.push((format!("{}.{name}", step.id), nearest));
            }
        }
    }
    left
}

/// Says how many rows of the person's own tables that answer questions are about nobody that the check found.
fn rows_for_nobody(ui: &dyn Ui, wizard: &Wizard, findings: &[StepFindings], inputs: &Map<String, Value>) {
    const MOST: usize = 5;
    let items = findings.iter().flat_map(|checked| &checked.findings).filter_map(|finding| finding.item.as_ref());
    let found: HashSet<String> =
        items.flat_map(|item| [&item.key, &item.label]).map(|name| name.to_lowercase()).collect();
    let answers = |input: &&input::Input| {
        let mut from = wizard.steps.iter().flat_map(|step| &step.asks).filter_map(|ask| ask.from.as_ref());
        from.any(|from| from.paths().iter().any(|path| path.names.get(1) == Some(&input.name)))
    };
    let tables = wizard.inputs.iter().filter(|input| input.kind == InputType::Csv && !found.is_empty());
    for input in tables.filter(answers) {
        let (Some((key, _)), Some(Value::Array(rows))) = (input.columns.first(), inputs.get(&input.name)) else {
            continue;
        };
        let names = rows.iter().filter_map(|row| row.get(key)?.as_str());
        let unused: Vec<&str> = names.filter(|name| !found.contains(&name.to_lowercase())).collect();
        if unused.is_empty() {
            continue;
        }
        let first = unused.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
        let more = if unused.len() > MOST { ", …" } else { "" };
        let text = format!(
            "{} of {} rows of `{}` are not used: the check did not find {first}{more}.",
            unused.len(),
            rows.len(),
            input.name
        );
        ui.say(Level::Warning, text);
    }
}

fn put(answers: &mut AskAnswers, open: &Open<'_>, answer: AskAnswer) {
    let place = (open.at, open.finding.key().map(str::to_owned));
    answers.entry(place).or_default().insert(open.ask.name.clone(), answer);
}

/// Returns what the answers file or the person's own data says; an answer that is refused comes with the reason.
fn stated(open: &Open<'_>, given: &Given) -> Result<Option<AskAnswer>, (String, String)> {
    let item = open.finding.item.as_ref().map(|item| (item.key.as_str(), item.label.as_str()));
    let written = given.answers.answers_to(&open.step.id, item, &open.ask.name);
    let from = open.wanted.from.as_ref().filter(|from| !from.is_null() && from.as_str() != Some(""));
    let mut stated = written.into_iter().filter(|value| value.as_str() != Some("")).chain(from);
    let Some(first) = stated.next() else { return Ok(None) };
    if first.as_str() == Some("skip") {
        return Ok(Some(AskAnswer::Skipped));
    }
    let read = |value| input::read_json(open.ask.kind, &open.ask.options, value);
    if let Some(other) = stated.find(|other| read(other) != read(first)) {
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let reason = format!(
            "another place says `{}`: the answers file has the account twice, or it and the CSV differ",
            shown(other)
        );
        return Err((shown(first), reason));
    }
    let stated = first;
    let typed = stated.as_str().map_or_else(|| stated.to_string(), str::to_owned);
    let value = input::read_json(open.ask.kind, &open.ask.options, stated).map_err(|reason| (typed.clone(), reason))?;
    match rejected(open, &value) {
        None => Ok(Some(AskAnswer::Value(value))),
        Some(reason) => Err((typed, reason)),
    }
}

/// Returns why a value of the right type is refused by the wizard.
fn rejected(open: &Open<'_>, value: &Value) -> Option<String> {
    let check = open.ask.check.as_ref()?;
    let scope = open.finding.facts.as_ref()?.scope.with("value", Datum::json(value));
    match Expression::holds(Some(check), true, &scope) {
        Ok(Partial::Known(true)) => None,
        Ok(_) => {
            Some(open.ask.reject.as_ref().map_or_else(
                || "it does not fulfil what this wizard asks of it".to_owned(),
                |reject| reject.show(&scope),
            ))
        }
        Err(error) => Some(format!("{error:#}")),
    }
}

fn question(ui: &dyn Ui, open: &mut Open<'_>) -> Result<AskAnswer, Failure> {
    let help = match (&open.ask.help, &open.finding.facts) {
        (Some(help), Some(facts)) => vec![help.show(&facts.scope)],
        _ => Vec::new(),
    };
    if open.retry.is_none()
        && let Some(answer) = offer(ui, open, &help)?
    {
        return Ok(answer);
    }
    loop {
        let question = Question {
            prompt: open.wanted.label.clone(),
            help: help.clone(),
            form: form(open.ask.kind, &open.ask.options, None, true),
            retry: open.retry.take(),
        };
        let typed = match ui.ask(&question) {
            Ok(Reply::Text(typed)) => typed,
            Ok(Reply::Skipped | Reply::No) => return Ok(AskAnswer::Skipped),
            Ok(Reply::Yes) => "true".to_owned(),
            Err(no) => return Err(stopped(no)),
        };
        let read = input::read_text(open.ask.kind, &open.ask.options, &typed);
        let refused = match read {
            Ok(value) => match rejected(open, &value) {
                None => return Ok(AskAnswer::Value(value)),
                Some(reason) => reason,
            },
            Err(reason) => reason,
        };
        open.retry = Some(Retry { typed, reason: refused });
    }
}

/// Offers what stands in the person's profile, where an answer may be so; `None` when another is to be typed.
fn offer(ui: &dyn Ui, open: &Open<'_>, help: &[String]) -> Result<Option<AskAnswer>, Failure> {
    const OTHER: &str = "";
    const SKIP: &str = "skip";
    let read = |value| input::read_json(open.ask.kind, &open.ask.options, value).ok();
    let usable = open.wanted.in_profile.iter().filter_map(read).filter(|value| rejected(open, value).is_none());
    let usable: Vec<Value> = usable.collect();
    if usable.is_empty() {
        return Ok(None);
    }
    let texts = usable.iter().filter_map(Value::as_str);
    let mut options: Vec<Choice> =
        texts.map(|text| Choice::new(text, format!("In the profile: {text}. Use this"))).collect();
    options.extend([Choice::new(OTHER, "Enter another"), Choice::new(SKIP, "Skip")]);
    let question =
        Question::new(open.wanted.label.clone(), Form::Choice { options, suggest: None }).help(help.to_vec());
    Ok(match ui.ask(&question).map_err(stopped)? {
        Reply::Text(chosen) if chosen == OTHER => None,
        Reply::Text(chosen) => {
            let chosen = usable.into_iter().find(|value| value.as_str() == Some(chosen.as_str()));
            Some(chosen.map_or(AskAnswer::Skipped, AskAnswer::Value))
        }
        _ => Some(AskAnswer::Skipped),
    })
}

enum Many {
    Type,
    Skip,
}

/// Offers a person with many missing answers a file to fill in instead of typing.
fn many(ui: &dyn Ui, wizard: &Wizard, open: &[Open<'_>]) -> Result<Many, Failure> {
    let mut options = vec![Choice::new("type", "Type them now"), Choice::new("skip", "Skip them in this run")];
    let csv = wizard.inputs.iter().find(|input| input.kind == InputType::Csv);
    if csv.is_some() {
        options.insert(1, Choice::new("file", "Get a CSV file to fill in, and stop here"));
    }
    let question = Question::new(
        format!("{} answers are missing. How do you want to give them?", open.len()),
        Form::Choice { options, suggest: None },
    );
    match (ui.ask(&question), csv) {
        (Ok(Reply::Text(choice)), _) if choice == "type" => Ok(Many::Type),
        (Ok(Reply::Text(choice)), Some(csv)) if choice == "file" => Err(skeleton(ui, wizard, csv, open)?),
        (Ok(_), _) => Ok(Many::Skip),
        (Err(no), _) => Err(stopped(no)),
    }
}

/// Writes the CSV to fill in; the failure that comes back ends the run and says how to go on.
fn skeleton(ui: &dyn Ui, wizard: &Wizard, csv: &input::Input, open: &[Open<'_>]) -> Result<Failure, Failure> {
    let question = Question::new(
        "Where should the file be written?",
        Form::Text { suggest: Some(format!("{}.csv", csv.name)), may_skip: false },
    );
    let Reply::Text(path) = ui.ask(&question).map_err(stopped)? else {
        return Ok(Failure::words(Kind::Interrupted, "you stopped"));
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(csv.columns.iter().map(|(name, _)| name)).or_fail(Kind::Internal)?;
    let mut labels: Vec<&str> = open.iter().filter_map(|ask| ask.finding.label()).collect();
    labels.dedup();
    // A spreadsheet calculates what begins like this, and a directory takes such names.
    let (labels, formulas): (Vec<&str>, Vec<&str>) =
        labels.into_iter().partition(|label| !label.starts_with(['=', '+', '-', '@', '\t', '\r']));
    for label in labels {
        let row = csv.columns.iter().enumerate().map(|(at, _)| if at == 0 { label } else { "" });
        writer.write_record(row).or_fail(Kind::Internal)?;
    }
    let text = writer.into_inner().or_fail(Kind::Internal)?;
    let path = Path::new(path.trim());
    // Never over a file that is there: it may be the filled one.
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path).or_fail(Kind::Usage)?;
    std::io::Write::write_all(&mut file, &text).or_fail(Kind::Internal)?;
    ui.say(Level::Info, format!("Written: {}", path.display()));
    if !formulas.is_empty() {
        let names = formulas.join(", ");
        let text = format!("Not in it, because a spreadsheet would calculate it: {names}. An answers file takes it.");
        ui.say(Level::Warning, text);
    }
    Ok(Failure::words(Kind::Missing, "the answers are to come from a file").hint(format!(
        "fill it in, then give it with `--set`, such as `fixforme run {} --set {}={}`",
        wizard.at(),
        csv.name,
        path.display()
    )))
}
