//! Text broken into lines by display width.

use console::measure_text_width;

use crate::ports::text::visible;

/// Returns `text` as lines of at most `width` columns, the first after `first`, the others indented by `hang`
/// blanks. Line feeds in `text` are kept. Control and direction characters become visible.
///
/// A word that is wider than a line (an address, a path) stays whole on its own line, so that it can still be copied
/// in one piece.
pub fn wrap(first: &str, hang: usize, text: &str, width: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut used = measure_text_width(first);
    let indent = " ".repeat(hang);
    for (index, paragraph) in visible(text).split('\n').enumerate() {
        if index > 0 {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            used = hang;
        }
        let mut is_start = true;
        for word in words(paragraph) {
            let length = measure_text_width(word.trim_end());
            if !is_start && width.is_some_and(|width| used + length > width) {
                lines.push(std::mem::replace(&mut line, indent.clone()));
                used = hang;
            }
            line.push_str(word);
            used += measure_text_width(word);
            is_start = false;
        }
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// Splits behind blanks, so that several blanks in a row survive within a line.
fn words(paragraph: &str) -> impl Iterator<Item = &str> {
    paragraph.split_inclusive(' ')
}

/// Returns `text` filled up with blanks to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(measure_text_width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Returns the columns that `text` takes.
pub fn columns(text: &str) -> usize {
    measure_text_width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hang_below_the_first_and_long_words_stay_whole() {
        let lines = wrap("  - ", 4, "one two three https://example.net/a/very/long/address four", Some(14));
        assert_eq!(lines, ["  - one two", "    three", "    https://example.net/a/very/long/address", "    four"]);
    }

    #[test]
    fn without_a_width_only_line_feeds_break() {
        assert_eq!(wrap("", 2, "one two\nthree\u{1b}[2J", None), ["one two", "  three\\u{1b}[2J"]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("", 0, "漢字 漢字", Some(6)), ["漢字", "漢字"]);
        assert_eq!(pad("漢", 4), "漢  ");
    }
}
