//! A step while it is read: its file, its names, and what its requests will need.

use super::file_parser::FileParser;
use super::names::StepNames;
use crate::expr::{Names, Type};
use crate::wizard::document::StepFile;
use crate::wizard::input::Input;
use crate::wizard::lint::Requested;
use crate::wizard::takeover::Rules;
use crate::wizard::takeover::source::Sources;

/// What a request does to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Create,
    Set,
    Remove,
}

/// A step while it is read.
pub struct StepReader<'a> {
    pub page: &'a FileParser<'a>,
    pub file: &'a StepFile,
    /// The names that its expressions may use.
    pub words: StepNames,
    /// The wizard's inputs.
    pub inputs: &'a [Input],
    pub requested: Vec<Requested>,
    /// What its writes capture.
    pub captured: Vec<(String, Type)>,
}

impl StepReader<'_> {
    /// Returns the takeover rules for this step.
    pub fn rules(&self) -> Rules<'_> {
        Rules::new(
            self.page,
            Sources {
                inputs: self.inputs,
                asks: &self.file.ask,
                rows: self.file.for_each.as_ref().map(|rows| &rows.value),
            },
        )
    }
}

/// Adds `captured`, where something was captured.
pub fn with_captured(names: Names, captured: &[(String, Type)]) -> Names {
    if captured.is_empty() { names } else { names.with("captured", Type::closed(captured.to_vec())) }
}

/// Turns "declared but not readable" into nothing.
pub fn whole<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => part.map(Some),
    }
}
