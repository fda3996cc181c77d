//! Places in `tenant.toml`, and mistakes that point at them.

use std::fmt;
use std::ops::Range;

/// A mistake in a practice tenant's file, with its place.
#[derive(Debug, Clone)]
pub struct SeedMistake {
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong, without a full stop.
    pub message: String,
    pub source_line: String,
}

impl fmt::Display for SeedMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, source_line } = self;
        write!(f, "{file}:{line}:{column}: {message}\n  {source_line}\n  {}^", " ".repeat(column - 1))
    }
}

impl std::error::Error for SeedMistake {}

/// The file that errors point into.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub file_name: &'a str,
    pub text: &'a str,
}

impl Place<'_> {
    /// Makes an error that shows the line and points at the column.
    pub fn error(&self, span: Range<usize>, message: &str) -> anyhow::Error {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or("").chars().count() + 1;
        let source = self.text.get(start..).unwrap_or("").lines().next().unwrap_or("");
        SeedMistake {
            file: self.file_name.to_owned(),
            line,
            column,
            message: message.to_owned(),
            source_line: source.to_owned(),
        }
        .into()
    }
}
