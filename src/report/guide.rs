//! The guide: how to do a wizard's work by hand, for the administrator who would rather not run it.
//!
//! [`page`] collects what there is to say, with the values known so far; [`text`], [`markdown`] and [`html`] write it
//! down, each with the escaping of its own format. A value that is not known stands as `<its label>`.

mod html;
mod markdown;
mod page;
mod placeholder;
mod text;

use crate::expr::Scope;
use crate::wizard::Wizard;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuideFormat {
    /// Plain text for a terminal or a mail.
    Text,
    /// Markdown for a ticket or a wiki.
    Markdown,
    /// One HTML page of its own, for a browser or the printer.
    Html,
}

/// What is known of the values that a guide mentions.
#[derive(Debug, Clone)]
pub enum GuideValues {
    /// Nothing was read yet. The scope holds what was given so far (`inputs`, `data`), perhaps nothing.
    BeforeCheck(Scope),
    /// The tenant was checked. Only the steps and items listed appear: a caller leaves out what does not apply.
    AfterCheck(Vec<Checked>),
}

/// A step, or one item of a repeated step, as it was found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The step's place among the wizard's steps, from 0.
    pub step: usize,
    /// The item's label, in a repeated step.
    pub label: Option<String>,
    /// What is known there: the names that the step's own texts may use.
    pub scope: Scope,
}

pub fn guide(wizard: &Wizard, values: &GuideValues, format: GuideFormat) -> String {
    let page = page::Page::collect(wizard, values);
    match format {
        GuideFormat::Text => text::write(&page),
        GuideFormat::Markdown => markdown::write(&page),
        GuideFormat::Html => html::write(&page),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a text of the test that does not parse is a mistake in the test")]
mod tests;
