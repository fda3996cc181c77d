//! Values in a guide: the value where it is known, else a placeholder that a person can fill in.

use crate::expr::{Datum, Expression, Partial, Scope};
use crate::ports::text::{one_line, visible};
use crate::wizard::step::Step;
use crate::wizard::template::{Piece, powershell_literal, show_value};
use crate::wizard::{Input, Template, Wizard};

/// What the texts of one step, or one item of it, are filled with.
#[derive(Clone, Copy)]
pub(super) struct Values<'page> {
    pub wizard: &'page Wizard,
    pub step: &'page Step,
    pub scope: &'page Scope,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Words,
    /// For PowerShell: a literal.
    Command,
}

impl Writing {
    fn write(self, value: &Datum) -> String {
        match self {
            Self::Words => show_value(value),
            Self::Command => powershell_literal(value),
        }
    }
}

impl Values<'_> {
    /// Returns a text for reading, on one line.
    pub(super) fn words(&self, template: &Template) -> String {
        one_line(&self.fill(template, Writing::Words))
    }

    /// Returns a text that is a command: values become PowerShell literals, line ends stay.
    pub(super) fn command(&self, template: &Template) -> String {
        visible(&self.fill(template, Writing::Command))
    }

    /// Returns a single value for reading.
    pub(super) fn wanted(&self, expression: &Expression) -> String {
        one_line(&self.value(expression, Writing::Words))
    }

    fn fill(&self, template: &Template, writing: Writing) -> String {
        template
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => self.value(expression, writing),
            })
            .collect()
    }

    fn value(&self, expression: &Expression, writing: Writing) -> String {
        match known(expression, self.scope) {
            Some(value) => writing.write(&value),
            None => self.placeholder(expression, writing),
        }
    }

    /// Names a value that is not known: by the label of what would be asked, else by its last name.
    fn placeholder(&self, expression: &Expression, writing: Writing) -> String {
        let paths: Vec<Vec<String>> = expression.paths().into_iter().map(|path| path.names).collect();
        let second = |root: &str| {
            paths.iter().find(|names| names.first().is_some_and(|name| name == root)).and_then(|names| names.get(1))
        };
        if let Some(name) = second("ask") {
            return format!("<{}>", self.label(name, writing));
        }
        if let Some(input) = second("inputs").and_then(|name| self.wizard.inputs.iter().find(|each| each.name == *name))
        {
            return match (input.options.is_empty(), paths.len()) {
                (false, 1) => self.one_of_options(expression, input, writing),
                _ => format!("<{}>", input.label),
            };
        }
        match paths.first().and_then(|names| names.last()) {
            Some(name) => format!("<{name}>"),
            None => format!("<{}>", expression.source()),
        }
    }

    /// Returns what an answer is called in a text for reading.
    pub(super) fn label_of_ask(&self, name: &str) -> String {
        self.label(name, Writing::Words)
    }

    fn label(&self, name: &str, writing: Writing) -> String {
        let label = self.step.asks.iter().find(|ask| ask.name == name).and_then(|ask| {
            let pieces: Option<Vec<String>> = ask
                .label
                .pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => Some(text.clone()),
                    // A placeholder in a command is not quoted, so it must hold no text from the directory.
                    Piece::Value(_) if writing == Writing::Command => None,
                    Piece::Value(expression) => known(expression, self.scope).map(|value| show_value(&value)),
                })
                .collect();
            pieces.map(|pieces| pieces.concat())
        });
        // A label that itself waits for a value would nest placeholders: the ask's name says enough then.
        label.unwrap_or_else(|| name.to_owned())
    }

    /// Says what the value is for each option of a choice that is still open: `<$true (enable) or $false (disable)>`.
    fn one_of_options(&self, expression: &Expression, input: &Input, writing: Writing) -> String {
        let values: Option<Vec<String>> = input
            .options
            .iter()
            .map(|(option, label)| {
                let chosen = Datum::json(&serde_json::Value::String(option.clone()));
                let scope = self.scope.with("inputs", Datum::table([(input.name.clone(), chosen)]));
                known(expression, &scope).map(|value| {
                    // Where the value is the option itself, only the label says more.
                    let is_option = value.as_str() == Some(option.as_str());
                    format!("{} ({})", writing.write(&value), if is_option { label } else { option })
                })
            })
            .collect();
        match values {
            Some(values) => format!("<{}>", values.join(" or ")),
            None => format!("<{}>", input.label),
        }
    }
}

fn known(expression: &Expression, scope: &Scope) -> Option<Datum> {
    match expression.evaluate(scope) {
        Ok(Partial::Known(value)) => value.first_hole().is_none().then_some(value),
        _ => None,
    }
}
