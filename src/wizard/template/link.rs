//! A link for a person, with what fills its placeholders percent-encoded: it can lead nowhere but where its literal
//! text says.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Piece, Template, show_value};
use crate::expr::{Expression, Partial, Scope};

/// What a value in a link keeps as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A link: an https address whose host is literal, or the cloud's sign-in page, and a path and query that may hold
/// placeholders.
#[derive(Debug, Clone)]
pub struct LinkTemplate(Template);

impl LinkTemplate {
    /// Makes a link of a text; the error says what is wrong with it.
    pub fn new(template: Template) -> Result<Self, &'static str> {
        match template.pieces.as_slice() {
            [Piece::Value(first), Piece::Text(next), ..] if is_sign_in(first) && next.starts_with('/') => {}
            [Piece::Text(first), rest @ ..] => match url::Url::parse(first) {
                Ok(url) if url.scheme() != "https" || !url.username().is_empty() || url.host_str().is_none() => {
                    return Err("this is not an https address");
                }
                // The host ends before the first placeholder.
                Ok(_) if rest.is_empty() || first.matches('/').count() >= 3 => {}
                Ok(_) => return Err("a placeholder may not be part of a link's host"),
                Err(_) => return Err("this is not an https address"),
            },
            _ => return Err("a link begins with `https://` and its host"),
        }
        Ok(Self(template))
    }

    /// Returns the link where all of it is known.
    pub fn show(&self, scope: &Scope) -> Option<String> {
        let rendered = self.0.render(scope, &|expression, value| {
            let text = show_value(value);
            Ok(if is_sign_in(expression) { text } else { utf8_percent_encode(&text, PLAIN).to_string() })
        });
        match rendered {
            Ok(Partial::Known(serde_json::Value::String(link))) => Some(link),
            _ => None,
        }
    }
}

fn is_sign_in(expression: &Expression) -> bool {
    expression.tree().path().is_some_and(|path| path.names == ["cloud", "sign_in"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::expr::Datum;

    fn scope() -> Scope {
        let cloud = json!({"sign_in": "https://login.microsoftonline.us"});
        Scope::default().with("cloud", Datum::json(&cloud)).with("name", Datum::json(&json!("a/../b?c=d&e #Ω")))
    }

    fn parse(text: &str) -> Result<LinkTemplate, &'static str> {
        LinkTemplate::new(Template::parse(text).expect("a text"))
    }

    #[test]
    fn values_cannot_leave_their_place() {
        let link = parse("{{ cloud.sign_in }}/x/{{ name }}?client_id={{ name }}").expect("a link");
        let encoded = "a%2F..%2Fb%3Fc%3Dd%26e%20%23%CE%A9";
        let expected = format!("https://login.microsoftonline.us/x/{encoded}?client_id={encoded}");
        assert_eq!(link.show(&scope()), Some(expected));
        let later = parse("https://aka.ms/{{ cloud.sign_in }}").expect("a link");
        assert_eq!(later.show(&Scope::default()), None, "what is not known yet is not a link");
    }

    #[test]
    fn the_host_is_literal() {
        for text in ["https://aka.ms", "https://aka.ms/x", "https://aka.ms/{{ name }}", "{{ cloud.sign_in }}/x"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "aka.ms/x",
            "http://aka.ms/x",
            "https://me@aka.ms/x",
            "javascript:alert(1)",
            "https://aka.ms{{ name }}",
            "https://aka.{{ name }}/x",
            "{{ name }}/x",
            "{{ cloud.sign_in }}",
            "{{ cloud.sign_in }}.evil.example/x",
            "https://{{ cloud.sign_in }}/x",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
