//! One line of text, edited in place.
//!
//! The line never wraps: what does not fit scrolls sideways, so that nothing has to be counted across lines. Pasted
//! control characters are dropped.

use console::{Key, Term, measure_text_width};

use super::keys::{Keys, Unanswered, unanswered};

/// Whether typing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    Shown,
    Hidden,
}

/// Reads a line that starts as `initial`, behind `lead`. Enter ends it; Esc and Ctrl-C leave it.
pub fn read_line(term: &Term, keys: &Keys<'_>, lead: &str, initial: &str, echo: Echo) -> Result<String, Unanswered> {
    let mut line = Line::new(initial);
    let outcome = loop {
        if let Err(error) = draw(term, lead, &line, echo) {
            break Err(unanswered(&error));
        }
        if let Err(stopped) = keys.wait() {
            break Err(stopped);
        }
        match term.read_key_raw() {
            Ok(Key::Enter) => break Ok(()),
            Ok(Key::Escape) => break Err(Unanswered::Escaped),
            Ok(Key::CtrlC) => break Err(Unanswered::Interrupted),
            Ok(key) => line.press(key),
            Err(error) => break Err(unanswered(&error)),
        }
    };
    let _ = term.write_line("");
    outcome.map(|()| line.text())
}

fn draw(term: &Term, lead: &str, line: &Line, echo: Echo) -> std::io::Result<()> {
    let columns = usize::from(term.size().1).saturating_sub(measure_text_width(lead) + 1).max(8);
    let (shown, cursor) = match echo {
        Echo::Shown => line.window(columns),
        Echo::Hidden => (String::new(), 0),
    };
    let back = measure_text_width(&shown).saturating_sub(cursor);
    term.clear_line()?;
    term.write_str(&format!("{lead}{shown}"))?;
    if back > 0 {
        term.move_cursor_left(back)?;
    }
    term.flush()
}

/// The text and where the cursor stands in it.
#[derive(Debug, Default)]
struct Line {
    before: Vec<char>,
    // Behind the cursor, last character first.
    after: Vec<char>,
}

impl Line {
    fn new(initial: &str) -> Self {
        Self { before: initial.chars().filter(|character| is_typed(*character)).collect(), after: Vec::new() }
    }

    fn text(&self) -> String {
        self.before.iter().chain(self.after.iter().rev()).collect()
    }

    fn press(&mut self, key: Key) {
        match key {
            // Ctrl-U and Ctrl-W, as every shell has them.
            Key::Char('\u{15}') => self.before.clear(),
            Key::Char('\u{17}') => {
                while self.before.last().is_some_and(|last| *last == ' ') {
                    self.before.pop();
                }
                while self.before.last().is_some_and(|last| *last != ' ') {
                    self.before.pop();
                }
            }
            Key::Char(character) if is_typed(character) => self.before.push(character),
            Key::Backspace => drop(self.before.pop()),
            Key::Del => drop(self.after.pop()),
            Key::ArrowLeft => self.after.extend(self.before.pop()),
            Key::ArrowRight => self.before.extend(self.after.pop()),
            Key::Home => self.after.extend(self.before.drain(..).rev()),
            Key::End => self.before.extend(self.after.drain(..).rev()),
            _ => {}
        }
    }

    /// Returns the part of the text that fits into `columns`, and the column of the cursor within it.
    fn window(&self, columns: usize) -> (String, usize) {
        let width = |character: &char| measure_text_width(character.encode_utf8(&mut [0; 4]));
        let mut shown: Vec<char> = Vec::new();
        let mut used = 0;
        for character in self.before.iter().rev() {
            if used + width(character) > columns.saturating_sub(1) {
                break;
            }
            used += width(character);
            shown.push(*character);
        }
        shown.reverse();
        let cursor = used;
        for character in self.after.iter().rev() {
            if used + width(character) > columns {
                break;
            }
            used += width(character);
            shown.push(*character);
        }
        (shown.into_iter().collect(), cursor)
    }
}

fn is_typed(character: char) -> bool {
    let mut text = [0; 4];
    let text = character.encode_utf8(&mut text);
    character != '\n' && crate::ports::text::visible(text) == *text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: impl IntoIterator<Item = Key>) -> Line {
        let mut line = Line::new("ann@example.net");
        keys.into_iter().for_each(|key| line.press(key));
        line
    }

    #[test]
    fn a_line_is_edited_in_place() {
        let line = typed([Key::Home, Key::Del, Key::Char('A'), Key::End, Key::Backspace, Key::Char('w')]);
        assert_eq!(line.text(), "Ann@example.new");
        assert_eq!(
            typed([Key::ArrowLeft, Key::Char('x'), Key::ArrowRight, Key::ArrowRight]).text(),
            "ann@example.next"
        );
        assert_eq!(typed([Key::Char('\u{15}'), Key::Backspace, Key::Del, Key::ArrowLeft]).text(), "");
        assert_eq!(typed([Key::Char(' '), Key::Char('b'), Key::Char('\u{17}')]).text(), "ann@example.net ");
    }

    #[test]
    fn what_would_steer_the_terminal_is_dropped() {
        assert_eq!(Line::new("a\u{1b}[2Jb\u{202e}\nc").text(), "a[2Jbc");
        assert_eq!(typed([Key::Char('\u{7}'), Key::Char('\t')]).text(), "ann@example.net");
    }

    #[test]
    fn a_long_line_scrolls_sideways() {
        assert_eq!(typed([]).window(8), ("ple.net".to_owned(), 7));
        assert_eq!(typed([Key::Home]).window(8), ("ann@exam".to_owned(), 0));
        assert_eq!(typed([]).window(80), ("ann@example.net".to_owned(), 15));
    }
}
