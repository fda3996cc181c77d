//! What an unattended run lacks: collected whole, so that one look is enough to supply it.

use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::ports::text::one_line;
use crate::wizard::Wizard;
use crate::wizard::input::{Input, InputType};
use crate::wizard::step::Ask;

/// What is missing, as the flags and the answers-file lines that supply it.
#[derive(Debug, Default)]
pub struct Missing {
    flags: Vec<(String, String)>,
    labels: Vec<String>,
    inputs: Vec<String>,
    asks: Vec<(String, Vec<String>)>,
    acknowledge: Vec<String>,
    approve: Vec<String>,
}

impl Missing {
    /// Returns whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty() && self.asks.is_empty()
    }

    pub fn input(&mut self, input: &Input) {
        let described = format!("{} ({})", input.label, form(input.kind, &input.options));
        self.flags.push((format!("--set {}={}", input.name, stand_in(input.kind)), described));
        let described = format!("{} ({})", input.label, file_form(input.kind, &input.options));
        self.inputs.push(format!("{} = \"\"   # {described}", input.name));
    }

    pub fn ask(&mut self, step: &str, item: Option<&str>, ask: &Ask, label: &str) {
        let (table, options) = (table(step, item), &ask.options);
        let (ask, kind) = (&ask.name, ask.kind);
        self.labels.push(label.to_owned());
        let line = format!("{ask} = \"\"   # {label} ({})", file_form(kind, options));
        match self.asks.iter_mut().find(|(known, _)| *known == table) {
            Some((_, lines)) => lines.push(line),
            None => self.asks.push((table, vec![line])),
        }
    }

    pub fn acknowledge(&mut self, id: &str, text: &str) {
        self.flags.push((format!("--acknowledge {id}"), first_sentence(text).to_owned()));
        self.acknowledge.push(id.to_owned());
    }

    /// Adds a step, or what it found as `STEP=NAME`, that must be approved by name.
    pub fn approve(&mut self, named: &str, why: &str) {
        let word = if named.chars().all(|each| each.is_ascii_alphanumeric() || "-_.=@".contains(each)) {
            one_line(named)
        } else {
            quoted(named)
        };
        self.flags.push((format!("--approve {word}"), first_sentence(why).to_owned()));
        self.approve.push(named.to_owned());
    }

    pub fn flag(&mut self, flag: impl Into<String>, why: impl Into<String>) {
        self.flags.push((flag.into(), why.into()));
    }

    /// Returns whether a line of a plan says only that one of the missing answers is missing.
    pub fn repeats(&self, line: &str) -> bool {
        self.labels.iter().any(|label| line.strip_prefix(label.as_str()).is_some_and(|rest| rest.starts_with(": ")))
    }

    fn flags_hint(&self) -> String {
        let widest = self.flags.iter().map(|(flag, _)| flag.chars().count()).max().unwrap_or_default();
        let lines: Vec<String> = self.flags.iter().map(|(flag, why)| format!("{flag:<widest$}   {why}")).collect();
        let what = if self.flags.len() == 1 { "the flag to add" } else { "the flags to add" };
        format!("{what}:\n{}", indent(&lines))
    }

    /// Makes the failure of flags alone, where no wizard is at hand.
    pub fn flags_failure(&self) -> Failure {
        Failure::words(Kind::Missing, "an approval is missing").hint(self.flags_hint())
    }

    /// Makes the failure of what is missing before anything could be read, and says that more may come to light.
    pub fn before_the_check(&self, wizard: &Wizard) -> Failure {
        let failure = self.failure(wizard);
        if wizard.steps.iter().all(|step| step.asks.is_empty()) {
            return failure;
        }
        failure.hint(format!(
            "what is asked about the tenant itself is known only after a check: `fixforme answers {} --from-check` lists \
             it as well",
            wizard.at()
        ))
    }

    pub fn failure(&self, wizard: &Wizard) -> Failure {
        let count = self.flags.len() + self.asks.iter().map(|(_, lines)| lines.len()).sum::<usize>();
        let what = if count == 1 { "1 answer is missing".to_owned() } else { format!("{count} answers are missing") };
        let mut failure = Failure::words(Kind::Missing, what);
        if !self.flags.is_empty() {
            failure = failure.hint(self.flags_hint());
        }
        let mut lines = vec![format!("wizard = \"{}\"", wizard.id), format!("version = \"{}\"", wizard.version)];
        for (key, list) in [("acknowledge", &self.acknowledge), ("approve", &self.approve)] {
            if !list.is_empty() {
                lines.push(format!("{key} = {}", Value::from(list.clone())));
            }
        }
        if !self.inputs.is_empty() {
            lines.push("[inputs]".to_owned());
            lines.extend(self.inputs.iter().cloned());
        }
        for (table, asks) in &self.asks {
            lines.push(table.clone());
            lines.extend(asks.iter().cloned());
        }
        if lines.len() > 2 {
            // Flags cannot answer what is asked about the tenant.
            let what = if self.asks.is_empty() { "or these lines" } else { "the lines to fill in" };
            failure = failure.hint(format!("{what} of an answers file, `--answers FILE`:\n{}", indent(&lines)));
        }
        if !self.asks.is_empty() {
            failure = failure.hint("an answer may be \"skip\"; it then stays as it is");
        }
        failure
    }
}

/// Returns the answers-file table of a step or item.
pub fn table(step: &str, item: Option<&str>) -> String {
    match item {
        Some(item) => format!("[answers.{step}.{}]", quoted(item)),
        None => format!("[answers.{step}]"),
    }
}

/// Writes a name of the tenant's as TOML. What could steer a terminal stands there as an escape, and is read back as it was.
fn quoted(name: &str) -> String {
    let mut written = String::new();
    for character in Value::from(name).to_string().chars() {
        if one_line(character.encode_utf8(&mut [0; 4])).chars().eq([character]) {
            written.push(character);
        } else {
            written.push_str(&format!("\\U{:08X}", u32::from(character)));
        }
    }
    written
}

/// Returns what a value of a type looks like in a file, for reading.
pub fn file_form(kind: InputType, options: &[(String, String)]) -> String {
    match kind {
        InputType::List => "such as [\"a\", \"b\"]".to_owned(),
        _ => form(kind, options),
    }
}

/// Returns what a value of a type looks like on the command line or at a question, for reading.
pub fn form(kind: InputType, options: &[(String, String)]) -> String {
    match kind {
        InputType::Bool => "true or false".to_owned(),
        InputType::Int => "a whole number".to_owned(),
        InputType::Choice if !options.is_empty() => {
            options.iter().map(|(value, _)| value.as_str()).collect::<Vec<_>>().join(" or ")
        }
        InputType::Choice | InputType::Text => "a text".to_owned(),
        InputType::Email => "such as name@example.net".to_owned(),
        InputType::Phone => "such as +1 4255550100".to_owned(),
        InputType::Upn => "such as name@contoso.com".to_owned(),
        InputType::Guid => "such as 62e90394-69f5-4237-9190-012177145e10".to_owned(),
        InputType::Domain => "such as contoso.com".to_owned(),
        InputType::Url => "such as https://example.net/".to_owned(),
        InputType::Date => "such as 2026-12-31".to_owned(),
        InputType::Duration => "such as 90s".to_owned(),
        InputType::Secret => "a secret; in a file that only you can read".to_owned(),
        InputType::List => "such as a,b".to_owned(),
        InputType::Csv => "the path of a CSV file".to_owned(),
        InputType::File => "the path of a file".to_owned(),
        InputType::Certificate => "the path of a PEM file".to_owned(),
    }
}

/// Returns what stands for a value in a flag: pasted as it is into a shell it does no harm, no type takes it but text, and
/// no choice is made for anybody.
fn stand_in(kind: InputType) -> &'static str {
    match kind {
        kind if kind.is_file() => "FILE",
        _ => "VALUE",
    }
}

/// Cuts a text to its first sentence: the whole of it is in the notice.
fn first_sentence(text: &str) -> &str {
    text.split_inclusive(". ").next().unwrap_or(text).trim_end()
}

fn indent(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_steer_a_terminal_is_escaped_and_read_back_as_it_is() {
        let name = "a\u{1b}[2J\u{9b}\u{202e}\u{7f}\n\"\\b\u{e0041} é";
        let line = table("contacts", Some(name));
        assert!(!line.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7f}', '\n', '\u{e0041}']), "{line:?}");
        let read: toml::Table = toml::from_str(&format!("{line}\nx = 1\n")).unwrap();
        assert_eq!(read["answers"]["contacts"][name]["x"].as_integer(), Some(1));
    }
}
