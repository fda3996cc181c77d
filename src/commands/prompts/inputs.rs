//! What a wizard wants to know before it checks: from flags, from an answers file, from defaults, from the person.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::missing::Missing;
use crate::cli;
use crate::commands::load::{self, read_file};
use crate::engine::deferred;
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::failure::{Failure, Kind, OrFail, stopped};
use crate::ports::Ui;
use crate::ports::text::one_line;
use crate::ports::ui::{Choice, Form, Question, Reply, Retry};
use crate::wizard::Wizard;
use crate::wizard::document::Answers;
use crate::wizard::input::{self, Input, InputType, OptionsFrom};
use crate::wizard::secret_file;

/// A file that a person names may have so many bytes.
const MOST_BYTES: u64 = 16 << 20;
const MOST_SECRET: u64 = 4 << 10;

/// What the person has given, by flags and in a file.
#[derive(Debug, Default)]
pub struct Given {
    /// `--set`.
    pub set: Vec<cli::Assignment>,
    pub answers: Answers,
    /// The folder that paths in the answers file are relative to.
    pub folder: PathBuf,
}

/// Every input's value.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// The values; null where an input is not wanted or not given. A secret is a deferred value.
    pub inputs: Map<String, Value>,
    pub secrets: deferred::Captured,
    /// Texts behind files, for the reader.
    pub files: BTreeMap<String, PathBuf>,
}

impl Given {
    pub fn read(ui: &dyn Ui, flags: &cli::Inputs, wizard: &Wizard) -> Result<Self, Failure> {
        let mut given = Self { set: flags.set.clone(), ..Self::default() };
        if let Some(path) = &flags.answers {
            let text = read_file(path, 1 << 20).or_fail(Kind::Usage)?;
            let (answers, warnings) = wizard
                .answers(&path.display().to_string(), &text)
                .map_err(|report| Failure::words(Kind::Usage, report.render(false)))?;
            load::warn(ui, &warnings);
            given.answers = answers;
            given.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        }
        given.belongs_to(wizard)?;
        Ok(given)
    }

    /// Takes a case's answers, and the folder that they stand in.
    pub fn of_case(answers: Answers, folder: PathBuf) -> Self {
        Self { answers, folder, ..Self::default() }
    }

    /// Returns what is given for an input as an answers file writes it. A secret stays where it is.
    pub fn of(&self, input: &Input) -> Option<Value> {
        if input.kind == InputType::Secret {
            return None;
        }
        let set = self.set.iter().rev().find(|set| set.name == input.name);
        set.map(|set| Value::from(set.value.clone())).or_else(|| self.answers.inputs.get(&input.name).cloned())
    }

    fn belongs_to(&self, wizard: &Wizard) -> Result<(), Failure> {
        let known: Vec<&str> = wizard.inputs.iter().map(|input| input.name.as_str()).collect();
        for name in self.set.iter().map(|set| &set.name).chain(self.answers.inputs.keys()) {
            if !known.contains(&name.as_str()) {
                return Err(Failure::words(Kind::Usage, format!("`{}` has no input `{name}`", wizard.id))
                    .hint(format!("its inputs are: {}", known.join(", "))));
            }
        }
        if !self.answers.wizard.is_empty() && self.answers.wizard != wizard.id {
            return Err(Failure::words(
                Kind::Usage,
                format!("the answers file is for the wizard `{}`, not for `{}`", self.answers.wizard, wizard.id),
            ));
        }
        for step in self.answers.answers.keys() {
            if !wizard.steps.iter().any(|known| known.id == *step) {
                return Err(Failure::words(
                    Kind::Usage,
                    format!("the answers file names a step `{step}` that `{}` does not have", wizard.id),
                ));
            }
        }
        Ok(())
    }
}

impl Values {
    /// Returns the scope of inputs and data.
    pub fn scope(&self, wizard: &Wizard) -> Scope {
        let inputs = self.inputs.iter().map(|(name, value)| (name.clone(), Datum::of_plan(value)));
        let data = match wizard.data.as_ref() {
            Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), Datum::json(value))).collect(),
            _ => Vec::new(),
        };
        Scope::default().with("inputs", Datum::table(inputs)).with("data", Datum::table(data))
    }
}

/// Works out every input, asking the person where that is possible; what is missing otherwise goes to `missing`.
pub fn gather(ui: &dyn Ui, wizard: &Wizard, given: &Given, missing: &mut Missing) -> Result<Values, Failure> {
    let mut values = Values::default();
    for input in &wizard.inputs {
        values.inputs.insert(input.name.clone(), Value::Null);
    }
    for input in &wizard.inputs {
        let wanted = Expression::holds(input.when.as_ref(), true, &values.scope(wizard)).or_fail(Kind::Usage)?;
        if wanted != Partial::Known(true) {
            continue;
        }
        let value = match stated(input, given, &mut values)? {
            Some(value) => value,
            None => match &input.default {
                Some(default) => default.clone(),
                None if !input.required => Value::Null,
                None if ui.can_ask() => ask(ui, input, &mut values)?,
                None => {
                    missing.input(input);
                    Value::Null
                }
            },
        };
        let value = if input.kind == InputType::Secret && !value.is_null() {
            let secrets = values.secrets.entry("$input".to_owned()).or_insert_with(|| json!({}));
            crate::engine::body::put(secrets, &format!("/{}", input.name), value);
            deferred::of("$input", &format!("/{}", input.name))
        } else {
            value
        };
        values.inputs.insert(input.name.clone(), value);
    }
    Ok(values)
}

/// Returns the inputs that a person may choose once a step is read, with their lists: those that nothing was said of.
pub fn to_choose<'run>(wizard: &'run Wizard, given: &Given, values: &Values) -> Result<Vec<Chosen<'run>>, Failure> {
    let mut chosen = Vec::new();
    for input in &wizard.inputs {
        let Some(from) = &input.options_from else { continue };
        let wanted = Expression::holds(input.when.as_ref(), true, &values.scope(wizard)).or_fail(Kind::Usage)?;
        if given.of(input).is_none() && wanted == Partial::Known(true) {
            chosen.push((input, from));
        }
    }
    Ok(chosen)
}

/// An input, and the list that it is chosen from.
pub type Chosen<'run> = (&'run Input, &'run OptionsFrom);

/// Lets the person choose from a list of the tenant, one by one, until nothing more is wanted.
pub fn choose(ui: &dyn Ui, (input, from): Chosen<'_>, list: &Value) -> Result<Value, Failure> {
    let text = |item: &Value, field: &str| item.get(field).and_then(Value::as_str).map(one_line);
    let mut left: Vec<Choice> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| {
            let value = text(item, &from.key)?;
            let label = from.label.as_ref().and_then(|label| text(item, label));
            Some(Choice { label: label.map_or_else(|| value.clone(), |label| format!("{value} ({label})")), value })
        })
        .collect();
    let mut named: Vec<Value> = Vec::new();
    while !left.is_empty() {
        let none = if named.is_empty() { "None of these" } else { "No others" };
        let mut options = vec![Choice { value: String::new(), label: none.to_owned() }];
        options.extend(left.iter().cloned());
        let question = Question {
            prompt: input.label.clone(),
            help: input.help.iter().cloned().collect(),
            form: Form::Choice { options, suggest: None },
            retry: None,
        };
        match ui.ask(&question).map_err(stopped)? {
            Reply::Text(value) if !value.is_empty() => {
                left.retain(|choice| choice.value != value);
                named.push(Value::String(value));
            }
            _ => break,
        }
    }
    Ok(Value::Array(named))
}

/// Returns the scope of what is given or has a default, asking nobody: an input without a value stays open.
pub fn gather_given(wizard: &Wizard, given: &Given, missing: &mut Missing) -> Result<Scope, Failure> {
    let mut values = Values::default();
    let mut inputs = Vec::new();
    for input in &wizard.inputs {
        let value = match stated(input, given, &mut values)? {
            Some(value) => Some(value),
            // What a run would not ask for either is nothing.
            None => input.default.clone().or((!input.required).then_some(Value::Null)),
        };
        if value.is_none() {
            missing.input(input);
        }
        let secret = input.kind == InputType::Secret;
        inputs.push(match value {
            Some(value) if !secret => (input.name.clone(), Datum::json(&value)),
            _ => (input.name.clone(), Datum::unanswered(&input.name)),
        });
    }
    Ok(Values::default().scope(wizard).with("inputs", Datum::table(inputs)))
}

fn stated(input: &Input, given: &Given, values: &mut Values) -> Result<Option<Value>, Failure> {
    let refuse = |place: &str, reason: String| Failure::words(Kind::Usage, format!("{place}: {reason}"));
    if let Some(set) = given.set.iter().rev().find(|set| set.name == input.name) {
        let place = format!("--set {}", input.name);
        if input.kind == InputType::Secret {
            let reason = "other programs can read what a flag holds, so a secret is not taken from one".to_owned();
            let hint =
                format!("name a file that holds it alone, in an answers file: {} = {{ file = \"…\" }}", input.name);
            return Err(refuse(&place, reason).hint(hint));
        }
        let read = match input.kind {
            kind if kind.is_file() => file(input, Path::new(&set.value), values),
            _ => input.read_text(&set.value),
        };
        return read.map(Some).map_err(|reason| refuse(&place, reason));
    }
    // An empty text is a line that was not filled in.
    if let Some(value) = given.answers.inputs.get(&input.name).filter(|value| value.as_str() != Some("")) {
        let place = format!("answers file, [inputs] {}", input.name);
        let read = match (input.kind, value.as_str()) {
            (kind, Some(path)) if kind.is_file() => file(input, &given.folder.join(path), values),
            (InputType::Secret, _) => secret(input, &given.folder, value),
            _ => input.read_json(value),
        };
        return read.map(Some).map_err(|reason| refuse(&place, reason));
    }
    Ok(None)
}

/// Reads a secret from the file that an answers file names.
fn secret(input: &Input, folder: &Path, value: &Value) -> Result<Value, String> {
    let path = secret_file(value).ok_or("a secret is given by a file, `{ file = \"…\" }`")?;
    let text = read_file(&folder.join(path), MOST_SECRET).map_err(|error| format!("{error:#}"))?;
    input.read_text(text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line)))
}

fn file(input: &Input, path: &Path, values: &mut Values) -> Result<Value, String> {
    let text = read_file(path, MOST_BYTES).map_err(|error| format!("{error:#}"))?;
    values.files.insert(input.name.clone(), path.to_path_buf());
    match input.kind {
        InputType::File => return Ok(Value::String(text)),
        InputType::Certificate => {
            return input.read_text(&text).map_err(|reason| format!("{}: {reason}", path.display()));
        }
        _ => {}
    }
    input::read_csv(&input.columns, &text)
        .map_err(|mistakes| format!("{} has mistakes:\n{}", path.display(), mistakes.join("\n")))
}

fn ask(ui: &dyn Ui, input: &Input, values: &mut Values) -> Result<Value, Failure> {
    let mut retry: Option<Retry> = None;
    loop {
        let form = form(input.kind, &input.options, input.suggest.as_ref(), false);
        let question = Question {
            prompt: input.label.clone(),
            help: input.help.iter().cloned().collect(),
            form,
            retry: retry.take(),
        };
        let typed = match ui.ask(&question) {
            Ok(Reply::Text(typed)) => typed,
            Ok(Reply::Yes) => "true".to_owned(),
            Ok(Reply::No) => "false".to_owned(),
            Ok(Reply::Skipped) => String::new(),
            Err(no) => return Err(stopped(no)),
        };
        let read = match input.kind {
            kind if kind.is_file() => file(input, Path::new(typed.trim()), values),
            _ => input.read_text(&typed),
        };
        match read {
            Ok(value) => return Ok(value),
            Err(reason) => retry = Some(Retry { typed, reason }),
        }
    }
}

pub fn form(kind: InputType, options: &[(String, String)], suggest: Option<&Value>, may_skip: bool) -> Form {
    match kind {
        InputType::Choice => Form::Choice {
            options: options.iter().map(|(value, label)| Choice::new(value, label)).collect(),
            suggest: suggest
                .and_then(Value::as_str)
                .and_then(|value| options.iter().position(|(known, _)| known == value)),
        },
        InputType::Bool => Form::Choice {
            options: [("true", "Yes"), ("false", "No")].map(|(value, label)| Choice::new(value, label)).to_vec(),
            suggest: suggest.and_then(Value::as_bool).map(|yes| usize::from(!yes)),
        },
        InputType::Secret => Form::Secret,
        _ => Form::Text { suggest: suggest.map(plain), may_skip },
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
