//! The words of an expression: names, literals and signs, each with its place in the source.

use std::ops::Range;

use serde_json::Number;

use super::error::ExprError;

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A name or keyword.
    Name(String),
    /// A text, unescaped.
    Text(String),
    /// A number.
    Number(Number),
    /// An operator or a bracket, as written.
    Sign(&'static str),
}

/// Longest first: a sign is never the start of a longer one that comes later.
const SIGNS: [&str; 25] = [
    "==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "|", ".", ",", ":", "(", ")", "[", "]", "{", "}",
    "<", ">", "=",
];

/// Splits an expression into its words.
pub fn tokens(source: &str) -> Result<Vec<(Token, Range<usize>)>, ExprError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(character) = rest(source, at).chars().next() {
        if character.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (token, length) = word(source, at, character)?;
        found.push((token, at..at + length));
        at += length;
    }
    Ok(found)
}

/// Returns where the `}}` begins that ends a placeholder whose expression starts at `from`; quotes and braces of
/// the expression itself do not end it.
pub fn end_of_placeholder(text: &str, from: usize) -> Option<usize> {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut depth = 0_usize;
    for (offset, character) in rest(text, from).char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None => match character {
                '\'' | '"' => quote = Some(character),
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                '}' if rest(text, from + offset).starts_with("}}") => return Some(from + offset),
                _ => {}
            },
        }
    }
    None
}

fn word(source: &str, at: usize, first: char) -> Result<(Token, usize), ExprError> {
    let here = rest(source, at);
    if first == '\'' || first == '"' {
        return text(source, at, first);
    }
    if first.is_ascii_digit() {
        return number(source, at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = here.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(here.len());
        return Ok((Token::Name(here.chars().take(length).collect()), length));
    }
    if let Some(sign) = SIGNS.iter().find(|sign| here.starts_with(**sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    let range = at..at + first.len_utf8();
    Err(match first {
        '&' => ExprError::new(range, "`&` is not an operator").help("write `and`"),
        '!' => ExprError::new(range, "`!` is not an operator").help("write `not`"),
        '@' => {
            ExprError::new(range, "a name cannot start with `@`").help("write a subscript: `principal['@odata.type']`")
        }
        '’' | '‘' | '“' | '”' => {
            ExprError::new(range, "typographic quotes do not begin a text").help("write straight quotes: `'…'`")
        }
        other => ExprError::new(range, format!("`{}` has no meaning in an expression", other.escape_default())),
    })
}

fn text(source: &str, at: usize, quote: char) -> Result<(Token, usize), ExprError> {
    let mut value = String::new();
    let mut characters = rest(source, at).char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        if character == quote {
            return Ok((Token::Text(value), offset + 1));
        }
        if character != '\\' {
            value.push(character);
            continue;
        }
        let Some((_, escape)) = characters.next() else { break };
        value.push(match escape {
            '\\' | '\'' | '"' | '/' => escape,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                let code = (digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .then(|| u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32))
                    .flatten();
                code.ok_or_else(|| {
                    let range = at + offset..(at + offset + 2 + digits.len()).min(source.len());
                    ExprError::new(range, "`\\u` needs the four hexadecimal digits of a character")
                })?
            }
            other => {
                let range = at + offset..at + offset + 1 + other.len_utf8();
                let message = format!("`\\{}` is not an escape sequence", other.escape_default());
                return Err(ExprError::new(range, message).help("a backslash itself is written `\\\\`"));
            }
        });
    }
    Err(ExprError::new(at..source.len(), "this text has no closing quote"))
}

fn number(source: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let here = rest(source, at);
    let digits = |from: usize| rest(here, from).bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    let mut float = false;
    if rest(here, end).starts_with('.') && digits(end + 1) > 0 {
        float = true;
        end += 1 + digits(end + 1);
    }
    if rest(here, end).starts_with(['e', 'E']) {
        let sign = usize::from(rest(here, end + 1).starts_with(['+', '-']));
        if digits(end + 1 + sign) > 0 {
            float = true;
            end += 1 + sign + digits(end + 1 + sign);
        }
    }
    let written: String = here.chars().take(end).collect();
    let range = at..at + end;
    if rest(here, end).starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return Err(ExprError::new(at..at + end + 1, "this is neither a number nor a name")
            .help("numbers are written `42` or `1.5`, names start with a letter"));
    }
    let number = if float {
        written.parse().ok().and_then(Number::from_f64)
    } else {
        written.parse().ok().map(|whole: i64| whole.into())
    };
    number.map(|number| (Token::Number(number), end)).ok_or_else(|| ExprError::new(range, "this number is too large"))
}

fn rest(source: &str, at: usize) -> &str {
    source.get(at..).unwrap_or("")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn names_texts_numbers_and_signs_have_their_places() {
        let found = tokens("a_1 >= 'it\\'s \\u00e9' ~ 1.5e3").unwrap();
        let expected = vec![
            (Token::Name("a_1".into()), 0..3),
            (Token::Sign(">="), 4..6),
            (Token::Text("it's é".into()), 7..21),
            (Token::Sign("~"), 22..23),
            (Token::Number(Number::from_f64(1500.0).unwrap()), 24..29),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_word_that_cannot_be_is_refused_where_it_is() {
        for (source, range) in
            [("a & b", 2..3), ("'open", 0..5), ("12ab", 0..3), ("'\\q'", 1..3), ("'\\u12'", 1..6), ("a @ b", 2..3)]
        {
            assert_eq!(tokens(source).unwrap_err().range, range, "{source}");
        }
        assert!(tokens("99999999999999999999").is_err());
        assert!(tokens("1e999").is_err());
    }

    #[test]
    fn quotes_and_braces_do_not_end_a_placeholder() {
        let text = "{{ {'a': '}}'} }} b";
        assert_eq!(end_of_placeholder(text, 2), Some(15));
        assert_eq!(end_of_placeholder("{{ 'a", 2), None);
    }
}
