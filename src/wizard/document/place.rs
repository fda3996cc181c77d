//! From a place in a text's value to the place in the file where it is written.
//!
//! An expression complains about bytes of the text it was given. In the file that text stands between quotes and may
//! contain escapes, so the bytes have to be counted again.

use std::ops::Range;

/// Returns where `part` (bytes of the value) of the text written at `written` stands in `source`; the whole text where
/// the two cannot be matched.
pub fn locate(source: &str, written: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    exact(source, written, part).unwrap_or_else(|| written.clone())
}

fn exact(source: &str, written: &Range<usize>, part: &Range<usize>) -> Option<Range<usize>> {
    let raw = source.get(written.clone())?;
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| raw.starts_with(quote))?;
    let mut inner = raw.get(quote.len()..raw.len().checked_sub(quote.len())?)?;
    let mut at = written.start + quote.len();
    if quote.len() == 3 {
        // A line feed right after the opening quotes is not part of the value.
        let trimmed = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner);
        at += inner.len() - trimmed.len();
        inner = trimmed;
    }
    let escapes = quote.starts_with('"');
    let mut value = 0;
    let mut start = None;
    let mut rest = inner;
    loop {
        if value >= part.end && value >= part.start {
            return Some(start.unwrap_or(at)..at);
        }
        let (written_bytes, value_bytes) = next(rest, escapes)?;
        if value >= part.start && value_bytes > 0 {
            start = start.or(Some(at));
        }
        rest = rest.get(written_bytes..)?;
        at += written_bytes;
        value += value_bytes;
    }
}

/// Returns how many bytes the next character takes as written and as meant.
fn next(rest: &str, escapes: bool) -> Option<(usize, usize)> {
    let first = rest.chars().next()?;
    if first != '\\' || !escapes {
        return Some((first.len_utf8(), first.len_utf8()));
    }
    let kind = rest.chars().nth(1)?;
    let digits = match kind {
        'u' => 4,
        'U' => 8,
        'b' | 't' | 'n' | 'f' | 'r' | '"' | '\\' => return Some((2, 1)),
        _ if kind.is_whitespace() => {
            // A backslash at the end of a line swallows all blanks and lines up to the next word.
            let after = rest.get(1..)?.trim_start();
            return Some((rest.len() - after.len(), 0));
        }
        _ => return None,
    };
    let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    Some((2 + digits, char::from_u32(code)?.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::locate;

    fn found(source: &str, part: std::ops::Range<usize>) -> &str {
        &source[locate(source, &(0..source.len()), &part)]
    }

    #[test]
    fn a_part_of_a_text_is_found_where_it_is_written() {
        assert_eq!(found("'inputs.goal'", 7..11), "goal");
        assert_eq!(found("\"a \\\"b\\\" goal\"", 6..10), "goal");
        assert_eq!(found("\"\\u00e4 goal\"", 3..7), "goal");
        assert_eq!(found("\"\"\"\nfirst \\\n   goal\"\"\"", 6..10), "goal");
        assert_eq!(found("'''\r\ngoal'''", 0..4), "goal");
    }

    #[test]
    fn what_cannot_be_matched_is_the_whole_text() {
        assert_eq!(found("'goal'", 3..90), "'goal'");
        assert_eq!(found("goal", 0..1), "goal");
        assert_eq!(found("\"\\q\"", 0..1), "\"\\q\"");
        assert_eq!(found("'", 0..1), "'");
        assert_eq!(found("\"\"\"", 0..1), "\"\"\"");
    }
}
