//! What a file must be before its keys are looked at: small, UTF-8, TOML 1.0, without characters that deceive.
//!
//! The parser takes TOML 1.1. Wizards are written in TOML 1.0 so that every editor and every other reader of the
//! format agrees with us; what is new in 1.1 is found on the tokens.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

use crate::ports::text::visible;
use crate::wizard::diagnostic::Diagnostic;

/// The most bytes that a file may have.
pub const MAX_FILE: usize = 64 * 1024;
/// The most bytes that a text may have.
pub const MAX_TEXT: usize = 8 * 1024;
/// How deep tables and lists may nest.
pub const MAX_DEPTH: usize = 16;

/// Parses a file. The tree comes only where the syntax is right; every mistake is added to `found`.
pub fn parse<'text>(file: &str, text: &'text str, found: &mut Vec<Diagnostic>) -> Option<Spanned<DeTable<'text>>> {
    if text.len() > MAX_FILE {
        let title = format!("the file is too large: {} bytes, at most {MAX_FILE} are read", text.len());
        found.push(
            Diagnostic::whole_file(file, title).help("split the wizard into more steps, or move prose to `docs`"),
        );
        return None;
    }
    deceiving_source(file, text, found);
    let (mut tree, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        let duplicate = error.message().contains("duplicate key");
        let help = if duplicate { "every key may stand once in its table" } else { "see https://toml.io/en/v1.0.0" };
        found.push(Diagnostic::error(file, range, error.message()).help(help));
    }
    newer_syntax(file, text, found);
    if !errors.is_empty() {
        return None;
    }
    let mut limits = Limits { file, text, found, too_deep: false };
    limits.table(tree.get_mut(), 1);
    if limits.too_deep { None } else { Some(tree) }
}

/// Reports characters in the file itself that deceive a reader, in comments too.
fn deceiving_source(file: &str, text: &str, found: &mut Vec<Diagnostic>) {
    let text = text.strip_prefix('\u{feff}').map_or((0, text), |rest| (3, rest));
    for (at, character) in text.1.char_indices() {
        let carriage_return = character == '\r' && text.1.get(at + 1..).is_some_and(|rest| rest.starts_with('\n'));
        if deceives(character) && !carriage_return {
            found.push(deceiving(file, text.0 + at..text.0 + at + character.len_utf8(), character));
        }
    }
}

fn deceives(character: char) -> bool {
    !matches!(character, '\n' | '\t') && visible(character.encode_utf8(&mut [0; 4])) != character.to_string()
}

fn deceiving(file: &str, range: Range<usize>, character: char) -> Diagnostic {
    let title = format!("the character U+{:04X} is not allowed in a wizard", u32::from(character));
    Diagnostic::error(file, range, title)
        .help("remove it")
        .note("control, direction and invisible characters can make a screen show something else than the file says")
}

/// Checks sizes, depth and characters that only escapes bring in.
struct Limits<'a> {
    file: &'a str,
    text: &'a str,
    found: &'a mut Vec<Diagnostic>,
    too_deep: bool,
}

impl Limits<'_> {
    fn table(&mut self, table: &mut DeTable<'_>, depth: usize) {
        for (key, value) in table.iter_mut() {
            self.characters(key.get_ref(), key.span());
            self.value(value, depth + 1);
        }
    }

    fn value(&mut self, value: &mut Spanned<DeValue<'_>>, depth: usize) {
        let span = value.span();
        if depth > MAX_DEPTH {
            if !self.too_deep {
                let title = format!("tables and lists nest more than {MAX_DEPTH} deep");
                self.found.push(Diagnostic::error(self.file, span, title));
            }
            self.too_deep = true;
            return;
        }
        match value.get_mut() {
            DeValue::Table(table) => self.table(table, depth),
            DeValue::Array(items) => {
                for item in items.iter_mut() {
                    self.value(item, depth + 1);
                }
            }
            DeValue::String(text) => {
                if text.len() > MAX_TEXT {
                    let title = format!("the text is too long: {} bytes, at most {MAX_TEXT} are read", text.len());
                    self.found.push(Diagnostic::error(self.file, span.clone(), title));
                }
                self.characters(text, span);
            }
            _ => {}
        }
    }

    fn characters(&mut self, value: &str, span: Range<usize>) {
        // Where the file itself has the character, it has been reported there.
        let written = self.text.get(span.clone()).unwrap_or_default();
        if let Some(character) = value.chars().find(|each| *each != '\r' && deceives(*each))
            && !written.contains(character)
        {
            self.found.push(deceiving(self.file, span, character));
        }
    }
}

/// Reports what TOML 1.1 allows and TOML 1.0 does not.
fn newer_syntax(file: &str, text: &str, found: &mut Vec<Diagnostic>) {
    let tokens = Source::new(text).lex().into_vec();
    let mut open: Vec<TokenKind> = Vec::new();
    let mut comma: Option<Range<usize>> = None;
    let mut newline_reported = false;
    for token in &tokens {
        let range = range(token);
        let in_inline_table = open.last() == Some(&TokenKind::LeftCurlyBracket);
        match token.kind() {
            TokenKind::LeftCurlyBracket | TokenKind::LeftSquareBracket => {
                open.push(token.kind());
                newline_reported = false;
            }
            TokenKind::RightCurlyBracket | TokenKind::RightSquareBracket => {
                if in_inline_table && let Some(comma) = comma.take() {
                    let help = "leave out the last comma";
                    found.push(newer(file, comma, "a comma after the last entry of an inline table", help));
                }
                open.pop();
            }
            TokenKind::Newline if in_inline_table && !newline_reported => {
                newline_reported = true;
                let help = "write the inline table on one line, or as a table of its own: `[name]` or `[[name]]`";
                found.push(newer(file, range, "a line break inside an inline table", help));
            }
            TokenKind::BasicString | TokenKind::MlBasicString => newer_escapes(file, text, range, found),
            TokenKind::Atom if time_without_seconds(text.get(range.clone()).unwrap_or_default()) => {
                found.push(newer(file, range, "a time without seconds", "write the seconds too: `07:32:00`"));
            }
            _ => {}
        }
        match token.kind() {
            TokenKind::Comma if in_inline_table => comma = Some(self::range(token)),
            TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment => {}
            _ => comma = None,
        }
    }
}

fn newer(file: &str, range: Range<usize>, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error(file, range, format!("{what} is TOML 1.1; wizards are TOML 1.0")).help(help)
}

fn newer_escapes(file: &str, text: &str, range: Range<usize>, found: &mut Vec<Diagnostic>) {
    let written = text.get(range.clone()).unwrap_or_default();
    let mut characters = written.char_indices();
    while let Some((at, character)) = characters.next() {
        if character != '\\' {
            continue;
        }
        if let Some((_, kind @ ('e' | 'x'))) = characters.next() {
            let place = range.start + at..range.start + at + 2;
            found.push(newer(
                file,
                place,
                &format!("the escape `\\{kind}`"),
                "write `\\u` and four hexadecimal digits",
            ));
        }
    }
}

fn time_without_seconds(atom: &str) -> bool {
    let time = atom.split_once(['T', 't']).map_or(atom, |(_, time)| time);
    let time = time.split(['Z', 'z', '+', '-']).next().unwrap_or_default();
    let mut parts = time.split(':');
    let two_digits =
        |part: Option<&str>| part.is_some_and(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()));
    two_digits(parts.next()) && two_digits(parts.next()) && parts.next().is_none()
}

fn range(token: &Token) -> Range<usize> {
    token.span().start()..token.span().end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        parse("a.toml", text, &mut found);
        found.into_iter().map(|diagnostic| diagnostic.title).collect()
    }

    #[test]
    fn what_only_toml_1_1_allows_is_refused() {
        for text in [
            "a = { b = 1,\n c = 2 }",
            "a = { b = 1, }",
            "a = { b = [1, { c = 1, }] }",
            "a = \"\\e[2J\"",
            "a = \"\"\"\n\\x41\"\"\"",
            "a = 07:32",
            "a = 1979-05-27T07:32Z",
            "a = 1979-05-27 07:32",
            "a = 1979-05-27T07:32+02:00",
            "a = [07:32, 08:00:00]",
        ] {
            assert!(titles(text).iter().any(|title| title.contains("TOML 1.1")), "{text}: {:?}", titles(text));
        }
    }

    #[test]
    fn what_toml_1_0_allows_is_taken() {
        for text in [
            "a = { b = [\n1,\n2,\n], c = 2 }",
            "a = [1, 2,]",
            "a = '\\e \\x'",
            "a = \"\\\\e \\\\x41\"",
            "a = 1979-05-27T07:32:00+02:00",
            "a = 1979-05-27 07:32:00.5",
            "a = 07:32:00",
            "a = \"\"\"\nx \\\n  { b, }\n\"\"\"\r\nb = 1",
            "# { a, }\n[a.'x:12:30']\n\"07:32\" = '{ a, }'",
            "\u{feff}a = 1",
        ] {
            assert_eq!(titles(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn several_syntax_errors_are_reported_at_once() {
        assert!(titles("a = \nb = 1\nb = 2\nc = }\n").len() >= 3);
    }

    #[test]
    fn characters_that_deceive_are_refused_as_written_and_as_escaped() {
        for text in
            ["a = \"\\u001b\"", "a = \"\\u202e\"", "# \u{202e}", "a = '\u{0}'", "a = \"\u{200b}\"", "\"\\u0007\" = 1"]
        {
            assert!(titles(text).iter().any(|title| title.contains("not allowed")), "{text:?}: {:?}", titles(text));
        }
    }

    #[test]
    fn sizes_are_limited() {
        assert!(titles(&format!("a = '{}'", "x".repeat(MAX_TEXT + 1)))[0].contains("too long"));
        assert!(titles(&"#".repeat(MAX_FILE + 1))[0].contains("too large"));
        assert!(titles(&format!("a = {}1{}", "[".repeat(20), "]".repeat(20)))[0].contains("deep"));
        assert!(!titles(&format!("a = {}", "[".repeat(60_000))).is_empty());
    }
}
