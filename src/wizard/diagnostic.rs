//! What is wrong with a wizard, where, and what to do about it; rendered like a compiler's messages.
//!
//! Reading a wizard never stops at the first mistake: every stage adds [`Diagnostic`]s, and the author gets one
//! [`Report`] in the order of the files. Everything quoted here comes from strangers, so it is made visible before it
//! reaches a screen.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::ports::nearest::nearest;
use crate::ports::text::{one_line, visible};

/// One mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the wizard is refused for it; a warning else.
    pub is_error: bool,
    /// The file's name.
    pub file: String,
    /// Bytes in the file's text; `None` where the file as a whole is meant.
    pub range: Option<Range<usize>>,
    /// What is wrong, in one sentence.
    pub title: String,
    /// A few words under the caret.
    pub label: Option<String>,
    pub help: Option<String>,
    pub notes: Vec<String>,
}

/// All that is to be said about a set of files, in the order of files and places.
#[derive(Debug, Clone, Default)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    sources: Arc<BTreeMap<String, String>>,
}

impl Diagnostic {
    pub fn error(file: &str, range: Range<usize>, title: impl Into<String>) -> Self {
        Self::new(true, file, Some(range), title.into())
    }

    pub fn warning(file: &str, range: Range<usize>, title: impl Into<String>) -> Self {
        Self::new(false, file, Some(range), title.into())
    }

    /// Makes an error about a file as a whole.
    pub fn whole_file(file: &str, title: impl Into<String>) -> Self {
        Self::new(true, file, None, title.into())
    }

    fn new(is_error: bool, file: &str, range: Option<Range<usize>>, title: String) -> Self {
        Self { is_error, file: file.to_owned(), range, title, label: None, help: None, notes: Vec::new() }
    }

    /// Adds words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl Report {
    /// Makes a report over the texts that the diagnostics point into.
    pub fn new(sources: Arc<BTreeMap<String, String>>, mut diagnostics: Vec<Diagnostic>) -> Self {
        // `wizard.toml` first: a mistake there explains others.
        diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut shown: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
        for diagnostic in diagnostics {
            // A text may be looked at twice, for its names and for where its values come from.
            if !shown.contains(&diagnostic) {
                shown.push(diagnostic);
            }
        }
        Self { diagnostics: shown, sources }
    }

    /// Returns what is to be said, in order.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Returns whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Returns whether there is an error, so that the wizard is not loaded.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.is_error)
    }

    /// Returns the count in words: `10 errors in 2 files`.
    pub fn summary(&self) -> String {
        let count = |is_error| self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error == is_error).count();
        let files: std::collections::BTreeSet<&str> = self.diagnostics.iter().map(|each| each.file.as_str()).collect();
        let words: Vec<String> = [(count(true), "error"), (count(false), "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}{}", plural(count)))
            .collect();
        match words.as_slice() {
            [] => "no mistakes found".to_owned(),
            _ => format!("{} in {} file{}", words.join(" and "), files.len(), plural(files.len())),
        }
    }

    /// Returns where a mistake begins: line and column, from 1. `None` where the file as a whole is meant.
    pub fn place(&self, diagnostic: &Diagnostic) -> Option<(usize, usize)> {
        let source = self.sources.get(&diagnostic.file)?;
        let before = source.get(..floor(source, diagnostic.range.as_ref()?.start))?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).map_or(0, |lead| lead.chars().count());
        Some((before.matches('\n').count() + 1, column + 1))
    }

    /// Renders one mistake. Ends with a line feed.
    pub fn render_one(&self, diagnostic: &Diagnostic) -> String {
        format!("{}\n", Renderer::plain().render(&self.group(diagnostic)))
    }

    /// Renders everything, with or without color, without the summary. Ends with a line feed unless empty.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        // What must be mended comes before what should be looked at.
        let (errors, warnings): (Vec<_>, Vec<_>) = self.diagnostics.iter().partition(|diagnostic| diagnostic.is_error);
        errors
            .into_iter()
            .chain(warnings)
            .map(|diagnostic| format!("{}\n\n", renderer.render(&self.group(diagnostic))))
            .collect::<String>()
            .trim_end_matches('\n')
            .to_owned()
            + if self.diagnostics.is_empty() { "" } else { "\n" }
    }

    fn group(&self, diagnostic: &Diagnostic) -> [Group<'static>; 1] {
        let level = if diagnostic.is_error { Level::ERROR } else { Level::WARNING };
        let file = one_line(&diagnostic.file);
        let place: Element<'static> = match (&diagnostic.range, self.sources.get(&diagnostic.file)) {
            (Some(range), Some(source)) => {
                let (line, window, range) = window(source, range);
                let mut annotation = AnnotationKind::Primary.span(range);
                if let Some(label) = &diagnostic.label {
                    annotation = annotation.label(one_line(label));
                }
                Snippet::source(window).line_start(line).path(file).annotation(annotation).into()
            }
            _ => Origin::path(file).into(),
        };
        let help = diagnostic.help.iter().map(|help| Element::from(Level::HELP.message(visible(help))));
        let notes = diagnostic.notes.iter().map(|note| Element::from(Level::NOTE.message(visible(note))));
        [level.primary_title(one_line(&diagnostic.title)).element(place).elements(help.chain(notes))]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.render(false), self.summary())
    }
}

impl std::error::Error for Report {}

fn key(diagnostic: &Diagnostic) -> (bool, &str, usize, usize, bool) {
    let range = diagnostic.range.clone().unwrap_or(0..0);
    (diagnostic.file != "wizard.toml", &diagnostic.file, range.start, range.end, !diagnostic.is_error)
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Cuts the lines of `range` out of `source`, made visible, and returns the first line's number and where the range
/// lies in the cut. A place of many lines is shown by its first.
fn window(source: &str, range: &Range<usize>) -> (usize, String, Range<usize>) {
    let start = floor(source, range.start);
    let before = source.get(..start).unwrap_or_default();
    let rest = source.get(start..).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = start + rest.find('\n').unwrap_or(rest.len());
    let end = floor(source, range.end.clamp(start, line_end));
    let cut = |range: Range<usize>| visible(source.get(range).unwrap_or_default());
    let (lead, marked, tail) = (cut(line_start..start), cut(start..end), cut(end..line_end));
    let tail = tail.trim_end_matches("\\u{d}").to_owned();
    let marked_range = lead.len()..lead.len() + marked.len();
    (before.matches('\n').count() + 1, format!("{lead}{marked}{tail}"), marked_range)
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns "did you mean …?", or what is known, or nothing where that would be too long.
pub fn did_you_mean<'known>(word: &str, known: impl IntoIterator<Item = &'known str> + Clone) -> Option<String> {
    if let Some(nearest) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let known: Vec<&str> = known.into_iter().collect();
    match known.len() {
        0 => None,
        1..=24 => Some(format!("known here: {}", quoted(&known))),
        _ => None,
    }
}

/// Returns words in backticks, separated by commas.
pub fn quoted<Word: AsRef<str>>(words: &[Word]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(source: &str, diagnostic: Diagnostic) -> Report {
        let sources = BTreeMap::from([("a.toml".to_owned(), source.to_owned())]);
        Report::new(Arc::new(sources), vec![diagnostic])
    }

    #[test]
    fn a_report_reads_like_a_compiler_message() {
        let shown = report(
            "kind = 1\nfeilds = []\n",
            Diagnostic::error("a.toml", 9..15, "unknown key `feilds`").help("did you mean `fields`?"),
        );
        assert_eq!(
            shown.to_string(),
            "error: unknown key `feilds`\n --> a.toml:2:1\n  |\n2 | feilds = []\n  | ^^^^^^\n  |\n  = help: did you mean `fields`?\n\n1 error in 1 file"
        );
    }

    #[test]
    fn what_steers_a_terminal_is_shown_not_sent() {
        let shown = report("a = \"\u{1b}[2J\u{202e}\"\r\nb = 1", Diagnostic::error("a.toml", 5..6, "bad \u{1b} text"));
        let shown = shown.render(false);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        assert!(shown.contains("\\u{1b}"), "{shown}");
    }

    #[test]
    fn places_outside_the_text_do_not_panic() {
        for range in [0..0, 5..9000, 9000..9001, 1..2] {
            report("ä€\n", Diagnostic::error("a.toml", range, "x")).render(true);
        }
    }
}
