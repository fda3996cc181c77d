//! Inputs: their types, options and columns, and the names that a later one may use of an earlier.

use super::file_parser::FileParser;
use super::names;
use crate::expr::{Names, Type};
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::document::wizard_file::{InputSection, OptionEntry};
use crate::wizard::document::{Any, Placed, Table};
use crate::wizard::input::{Input, InputType, OptionsFrom};

/// Reads all inputs. `data` is the shape of the wizard's tables.
pub fn read(page: &FileParser<'_>, sections: &Table<InputSection>, data: &Type) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for (name, section) in &sections.0 {
        page.id(name, "the name of an input", "_");
        if section.kind.value == InputType::Secret {
            page.secrets.borrow_mut().insert(("inputs".to_owned(), name.value.clone()));
        }
        // What is chosen once a step is read decides about no other question.
        let known: Vec<Input> = inputs.iter().filter(|input| input.options_from.is_none()).cloned().collect();
        let earlier = Names::default().with("inputs", names::inputs(&known)).with("data", data.clone());
        page.one_line(&section.label, "label");
        inputs.push(Input {
            name: name.value.clone(),
            kind: section.kind.value,
            label: section.label.value.clone(),
            help: section.help.as_ref().map(|help| help.value.clone()),
            default: None,
            suggest: None,
            required: section.required.unwrap_or(true),
            options: options(page, &section.kind, section.options.as_ref()),
            options_from: options_from(page, section),
            columns: columns(page, name, section),
            when: page.condition(section.when.as_ref(), &earlier),
        });
        if let Some(input) = inputs.last_mut() {
            let options = input.options.iter().map(|(value, _)| value.clone()).collect();
            page.add_choice("inputs", &input.name, options);
            let value =
                |given: Option<&Placed<Any>>, word: &str| given.and_then(|given| given_value(page, input, given, word));
            let (default, suggest) =
                (value(section.default.as_ref(), "default"), value(section.suggest.as_ref(), "suggestion"));
            input.default = default;
            input.suggest = suggest;
        }
        if let (Some(_), Some(suggest)) = (&section.default, &section.suggest) {
            page.warning(&suggest.range, "a suggestion beside a default is never shown", "leave one of them out");
        }
    }
    inputs
}

pub fn options(
    page: &FileParser<'_>,
    kind: &Placed<InputType>,
    options: Option<&Placed<Vec<OptionEntry>>>,
) -> Vec<(String, String)> {
    let choice = kind.value == InputType::Choice;
    match options {
        None if choice => {
            page.error(&kind.range, "a choice needs `options`", "options = [{ value = \"a\", label = \"…\" }, …]")
        }
        Some(options) if !choice => page.error(&options.range, "only a choice has `options`", ""),
        Some(options) if options.value.len() < 2 => {
            page.error(&options.range, "a choice needs at least two options", "")
        }
        _ => {}
    }
    let options = options.map(|options| options.value.as_slice()).unwrap_or_default();
    for (index, option) in options.iter().enumerate() {
        page.one_line(&option.label, "label");
        if options.iter().take(index).any(|earlier| earlier.value.value == option.value.value) {
            page.error(&option.value.range, format!("the option `{}` stands here twice", option.value.value), "");
        }
    }
    options.iter().map(|option| (option.value.value.clone(), option.label.value.clone())).collect()
}

fn options_from(page: &FileParser<'_>, section: &InputSection) -> Option<OptionsFrom> {
    let written = section.options_from.as_ref()?;
    let may_be_missing = section.default.is_some() || section.required == Some(false);
    if section.kind.value != InputType::List || !may_be_missing {
        let help = "type = \"list\" with `required = false` or a `default`: that counts where nobody can be asked";
        page.error(&written.range, "only a list that may be missing is chosen from what a step finds", help);
    }
    let Some(key) = &section.option_key else {
        page.error(&written.range, "what is chosen needs `option_key`", "option_key = \"userPrincipalName\"");
        return None;
    };
    let names: Vec<&str> = written.value.split('.').collect();
    let ["steps", step, capture] = names.as_slice() else {
        page.error(&written.range, "this is not a list that a step hands on", "options_from = \"steps.STEP.CAPTURE\"");
        return None;
    };
    Some(OptionsFrom {
        step: (*step).to_owned(),
        capture: (*capture).to_owned(),
        key: key.value.clone(),
        label: section.option_label.as_ref().map(|label| label.value.clone()),
    })
}

fn columns(page: &FileParser<'_>, name: &Placed<String>, section: &InputSection) -> Vec<(String, InputType)> {
    let csv = section.kind.value == InputType::Csv;
    let Some(columns) = &section.columns else {
        if csv {
            let help = "columns = { user = \"upn\", email = \"email\" }";
            page.error(&name.range, "a CSV needs `columns`", help);
        }
        return Vec::new();
    };
    if !csv {
        page.error(&columns.range, "only a CSV has `columns`", "");
    }
    for (column, kind) in &columns.value.0 {
        page.id(column, "the name of a column", "_");
        if kind.value.is_file() || matches!(kind.value, InputType::Secret | InputType::List | InputType::Choice) {
            page.error(&kind.range, "a column holds one plain value", "text, email, phone, upn, guid, …");
        }
    }
    columns.value.0.iter().map(|(name, kind)| (name.value.clone(), kind.value)).collect()
}

/// Reads a default or suggestion as the input's type would read it.
fn given_value(page: &FileParser<'_>, input: &Input, given: &Placed<Any>, word: &str) -> Option<serde_json::Value> {
    if input.kind.is_file() || input.kind == InputType::Secret {
        let title = format!("an input of this type has no {word}");
        page.error(
            &given.range,
            title,
            "it comes from the person; leave it out, and set `required = false` if it may be missing",
        );
        return None;
    }
    match input.read_json(&given.to_json()) {
        Ok(value) => Some(value),
        Err(reason) => {
            let title = format!("the {word} does not fit the type: {reason}");
            page.say(Diagnostic::error(page.file, given.range.clone(), title));
            None
        }
    }
}
