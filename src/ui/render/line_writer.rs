//! Lines being written: marks, indentation and wrapping in one place.

use super::wrap::{columns, wrap};
use crate::ui::style::{Mark, Style, Tone};

/// Lines in the making, in one look.
///
/// In words (for a screen reader) there is no indentation, and what belongs together stays on one line.
pub struct LineWriter<'a> {
    pub style: &'a Style,
    lines: Vec<String>,
}

impl<'a> LineWriter<'a> {
    pub fn new(style: &'a Style) -> Self {
        Self { style, lines: Vec::new() }
    }

    pub fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// Adds an empty line, except in words.
    pub fn gap(&mut self) {
        if !self.style.is_words() {
            self.lines.push(String::new());
        }
    }

    pub fn heading(&mut self, text: &str) {
        self.gap();
        let (first, hang) = if self.style.is_words() { ("", 0) } else { (" ", 1) };
        for line in wrap(first, hang, text, self.style.width) {
            self.lines.push(self.style.paint(Tone::Strong, &line));
        }
    }

    /// Adds a line with a mark, `indent` columns from the left; what wraps hangs behind the mark.
    pub fn marked(&mut self, indent: usize, mark: Mark, text: &str) {
        if self.style.is_words() {
            return self.text(0, text);
        }
        let glyph = self.style.glyph(mark);
        let indent = " ".repeat(indent);
        let first = format!("{indent}{glyph} ");
        let mut lines = wrap(&first, columns(&first), text, self.style.width);
        if let Some(line) = lines.first_mut() {
            let painted = format!("{indent}{}", self.style.paint(mark.tone(), glyph));
            *line = line.replacen(first.trim_end(), &painted, 1);
        }
        self.lines.append(&mut lines);
    }

    /// Adds text, `indent` columns from the left.
    pub fn text(&mut self, indent: usize, text: &str) {
        self.led(indent, "", text);
    }

    /// Adds text behind a lead such as `hint: `; what wraps hangs behind the lead when that is short.
    pub fn led(&mut self, indent: usize, lead: &str, text: &str) {
        let indent = if self.style.is_words() { 0 } else { indent };
        let first = format!("{}{lead}", " ".repeat(indent));
        let hang = if self.style.is_words() { 0 } else { columns(&first).min(indent + 16) };
        self.lines.append(&mut wrap(&first, hang, text, self.style.width));
    }

    /// Adds a plain line across, except in words.
    pub fn rule(&mut self) {
        if !self.style.is_words() {
            self.lines.push(format!(" {}", "-".repeat(self.style.width.unwrap_or(72).saturating_sub(2))));
        }
    }

    /// Returns where text starts that belongs to a marked line at `indent`.
    pub fn below(&self, indent: usize) -> usize {
        indent + columns(self.style.glyph(Mark::Good)) + 1
    }
}

/// Returns `count` with the fitting one of two words: `1 change`, `2 changes`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
