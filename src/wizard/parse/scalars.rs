//! Small things that stand in many places: links, ids, durations, lines for the screen, paths to fields, reasons.

use std::ops::Range;

use super::file_parser::FileParser;
use crate::expr::Names;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::document::Placed;
use crate::wizard::field_path::FieldPath;
use crate::wizard::template::LinkTemplate;

impl FileParser<'_> {
    /// Reads an https address.
    pub fn link(&self, text: Option<&Placed<String>>) -> Option<String> {
        let text = text?;
        match url::Url::parse(&text.value) {
            Ok(url) if url.scheme() == "https" && url.username().is_empty() && url.host_str().is_some() => {
                Some(text.value.clone())
            }
            _ => {
                self.error(
                    &text.range,
                    "this is not an https address",
                    "write it whole: \"https://learn.microsoft.com/…\"",
                );
                None
            }
        }
    }

    /// Reads an https address that may hold placeholders after its host.
    pub fn link_with_values(&self, text: &Placed<String>, names: &Names) -> Option<LinkTemplate> {
        let template = self.template(text, names)?;
        let help = "write it whole: \"https://learn.microsoft.com/…\", or begin it with `{{ cloud.sign_in }}/`";
        LinkTemplate::new(template).map_err(|title| self.error(&text.range, title, help)).ok()
    }

    /// Reports a text that is empty or longer than it should be for a line on the screen.
    pub fn one_line(&self, text: &Placed<String>, what: &str) {
        if text.value.trim().is_empty() {
            self.error(&text.range, format!("the {what} is empty"), "");
        } else if text.value.contains('\n') {
            self.error(&text.range, format!("the {what} must be one line"), "");
        } else if text.value.chars().count() > 120 {
            let title = format!("the {what} is longer than 120 characters");
            self.warning(&text.range, title, "it is cut on narrow screens");
        }
    }

    /// Reports an id that is not made of small letters, digits and `separators`.
    pub fn id(&self, text: &Placed<String>, what: &str, separators: &str) {
        let fits = text.value.starts_with(|first: char| first.is_ascii_lowercase())
            && text.value.len() <= 64
            && text
                .value
                .chars()
                .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || separators.contains(each));
        if !fits {
            let title = format!("`{}` cannot be {what}", text.value);
            let help = match separators {
                "_" => "begin with a small letter, then small letters, digits and `_` (expressions use it as a name)",
                _ => "begin with a small letter, then small letters, digits, `-` and `_`",
            };
            self.error(&text.range, title, help);
        }
    }

    /// Reads a duration such as `90s` or `15m`, in seconds.
    pub fn duration(&self, text: &Placed<String>, most: u32) -> Option<u32> {
        let seconds = text.value.strip_suffix('s').map(|number| (number, 1)).or_else(|| {
            text.value
                .strip_suffix('m')
                .map(|number| (number, 60))
                .or_else(|| text.value.strip_suffix('h').map(|number| (number, 3600)))
        });
        let seconds = seconds
            .filter(|(number, _)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|(number, unit)| number.parse::<u32>().ok()?.checked_mul(unit));
        match seconds {
            Some(seconds @ 1..) if seconds <= most => Some(seconds),
            Some(_) => {
                self.error(&text.range, format!("the duration must be between 1 and {most} seconds"), "");
                None
            }
            None => {
                self.error(
                    &text.range,
                    format!("`{}` is not a duration", text.value),
                    "write \"90s\", \"15m\" or \"2h\"",
                );
                None
            }
        }
    }

    pub fn fields(&self, fields: &[Placed<String>], what: &str) -> Vec<FieldPath> {
        let mut read: Vec<FieldPath> = Vec::new();
        for field in fields {
            let path = FieldPath::parse(&field.value);
            if path.0.iter().any(|name| name.is_empty() || name.contains(char::is_whitespace)) || path.0.len() > 8 {
                self.error(
                    &field.range,
                    format!("`{}` is not a path to a field", field.value),
                    "names joined by dots: \"conditions.users\"",
                );
            } else if read.contains(&path) {
                self.error(&field.range, format!("the {what} `{}` stands here twice", field.value), "");
            }
            read.push(path);
        }
        read
    }

    /// Reports a change that nothing takes back.
    pub fn uncovered(&self, range: &Range<usize>, title: &str, help: &str) {
        let note = "every change must be able to be rolled back, or say why it cannot";
        self.say(Diagnostic::error(self.file, range.clone(), title).help(help).note(note));
    }

    /// Checks the reason why something cannot be taken back.
    pub fn because(&self, reason: &Placed<String>) {
        if reason.value.trim().len() < 10 {
            self.error(&reason.range, "`irreversible` says why in a sentence; the person reads it before consent", "");
        }
    }
}
