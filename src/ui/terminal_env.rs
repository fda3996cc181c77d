//! What the process finds around it (variables, flags, terminals), turned into looks by pure rules.

use super::style::{Glyphs, Style};

/// The values that decide how things look, as read by `settings` and `host`.
#[derive(Debug, Clone, Default)]
pub struct TerminalEnv {
    /// `--accessible`.
    pub accessible: bool,
    /// `--no-color`.
    pub no_color_flag: bool,
    /// Whether ASCII marks were asked for.
    pub ascii: bool,
    /// The variable `TERM`.
    pub term: Option<String>,
    /// The first non-empty one of the variables `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub locale: Option<String>,
    /// Whether the console shows UTF-8, where the platform tells (Windows: the output code page is 65001). `None`
    /// leaves it to the locale.
    pub console_utf8: Option<bool>,
    /// Whether the console understands escape sequences, where the platform tells. `None` takes it that it does.
    pub console_escapes: Option<bool>,
    /// The variable `NO_COLOR`.
    pub no_color: Option<String>,
    /// The variable `CLICOLOR`.
    pub clicolor: Option<String>,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// The terminal's columns, where known.
    pub columns: Option<usize>,
}

impl TerminalEnv {
    /// Returns whether the terminal is to be used without cursor movement: asked for, or `TERM=dumb`, where there is
    /// none.
    pub fn is_accessible(&self) -> bool {
        self.accessible || self.is_dumb()
    }

    /// Returns the look of standard error.
    pub fn stderr(&self) -> Style {
        self.style(self.stderr_is_terminal)
    }

    /// Returns the look of standard output.
    pub fn stdout(&self) -> Style {
        Style { live: false, ..self.style(self.stdout_is_terminal) }
    }

    fn style(&self, is_terminal: bool) -> Style {
        if self.is_accessible() {
            return Style { glyphs: Glyphs::Words, color: false, width: None, live: false };
        }
        if !is_terminal {
            return Style::plain();
        }
        let glyphs = if self.shows_utf8() { Glyphs::Utf8 } else { Glyphs::Ascii };
        // Past 100 columns a sentence is hard to follow; below 40 nothing can be laid out.
        let width = self.columns.unwrap_or(80).clamp(40, 100);
        Style { glyphs, color: self.may_color(), width: Some(width), live: true }
    }

    fn is_dumb(&self) -> bool {
        self.term.as_deref() == Some("dumb")
    }

    fn may_color(&self) -> bool {
        // By the convention only a non-empty NO_COLOR counts.
        let refused = self.no_color.as_deref().is_some_and(|value| !value.is_empty());
        let understood = self.console_escapes != Some(false);
        understood && !self.no_color_flag && !refused && self.clicolor.as_deref() != Some("0")
    }

    fn shows_utf8(&self) -> bool {
        let by_locale = || {
            let locale = self.locale.as_deref().unwrap_or_default().to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        !self.ascii && self.console_utf8.unwrap_or_else(by_locale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> TerminalEnv {
        TerminalEnv {
            stdout_is_terminal: true,
            stderr_is_terminal: true,
            locale: Some("de_DE.UTF-8".to_owned()),
            ..TerminalEnv::default()
        }
    }

    #[test]
    fn color_is_off_when_any_of_the_conventions_says_so() {
        assert!(terminal().stderr().color);
        assert!(!TerminalEnv { no_color_flag: true, ..terminal() }.stderr().color);
        assert!(!TerminalEnv { no_color: Some("1".to_owned()), ..terminal() }.stderr().color);
        assert!(TerminalEnv { no_color: Some(String::new()), ..terminal() }.stderr().color);
        assert!(!TerminalEnv { console_escapes: Some(false), ..terminal() }.stderr().color);
        assert!(!TerminalEnv { clicolor: Some("0".to_owned()), ..terminal() }.stderr().color);
        assert!(!TerminalEnv { stdout_is_terminal: false, ..terminal() }.stdout().color);
    }

    #[test]
    fn marks_are_ascii_unless_the_locale_is_utf8() {
        assert_eq!(terminal().stderr().glyphs, Glyphs::Utf8);
        assert_eq!(TerminalEnv { locale: Some("C".to_owned()), ..terminal() }.stderr().glyphs, Glyphs::Ascii);
        assert_eq!(TerminalEnv { locale: None, ..terminal() }.stderr().glyphs, Glyphs::Ascii);
        assert_eq!(TerminalEnv { ascii: true, ..terminal() }.stderr().glyphs, Glyphs::Ascii);
        assert_eq!(TerminalEnv { console_utf8: Some(false), ..terminal() }.stderr().glyphs, Glyphs::Ascii);
    }

    #[test]
    fn a_dumb_terminal_is_used_without_cursor_movement() {
        let dumb = TerminalEnv { term: Some("dumb".to_owned()), ..terminal() };
        assert!(dumb.is_accessible());
        assert_eq!(dumb.stderr().glyphs, Glyphs::Words);
    }
}
