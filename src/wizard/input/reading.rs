//! Reading a value by its type: what a person typed, what an answers file or `--set` holds. Every refusal is one
//! sentence that says what is wrong and how it should look.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use email_address::{EmailAddress, Options};
use rlibphonenumber::{NumberLengthType, ParseError, PhoneNumber, ValidationError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

use super::InputType;
use crate::ports::text::without_invisible;

/// The longest line of text, in characters.
const MAX_TEXT: usize = 1024;
const MAX_ITEMS: usize = 10_000;
/// The longest e-mail address: Graph's limit for `otherMails`.
const MAX_EMAIL: usize = 250;
/// The longest phone number: Graph's limit for `mobilePhone`.
const MAX_PHONE: usize = 64;
/// The longest file that is read as an answer, in bytes.
const MAX_FILE: usize = 1024 * 1024;

/// Reads what a person typed. `options` are those of a choice: value and label.
pub fn read_text(kind: InputType, options: &[(String, String)], typed: &str) -> Result<Value, String> {
    if kind == InputType::File {
        return file(typed);
    }
    if kind == InputType::Certificate {
        return certificate(typed);
    }
    if kind == InputType::List {
        return list(typed.split([',', '\n']));
    }
    // A secret may begin with a blank; everything else has none around it. What nobody sees is part of no value but of a
    // text: it comes along when an address is copied.
    let seen = without_invisible(typed);
    let text = match kind {
        InputType::Secret => typed,
        InputType::Text | InputType::Choice => typed.trim(),
        _ => seen.trim(),
    };
    if text.is_empty() {
        return Err("nothing was entered".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("it contains a line break or another control character; it must be one line".to_owned());
    }
    if text.chars().count() > MAX_TEXT {
        return Err(format!("it is longer than {MAX_TEXT} characters"));
    }
    match kind {
        InputType::Bool => boolean(text),
        InputType::Int => {
            text.parse::<i64>().map(Value::from).map_err(|_| "it is not a whole number, such as `42`".to_owned())
        }
        InputType::Text | InputType::Secret => Ok(text.into()),
        InputType::Choice => choice(options, text),
        InputType::Email => email(bare(text)),
        InputType::Phone => phone(text),
        InputType::Upn => upn(bare(text)),
        InputType::Guid => guid(text),
        InputType::Domain => domain(text),
        InputType::Url => url(text),
        InputType::Date => date(text),
        InputType::Duration => duration(text),
        InputType::Csv => Err("a table is needed; give the path of a CSV file".to_owned()),
        InputType::List | InputType::File | InputType::Certificate => Ok(text.into()),
    }
}

/// Reads a value of an answers file or of `--set`.
pub fn read_json(kind: InputType, options: &[(String, String)], value: &Value) -> Result<Value, String> {
    match (kind, value) {
        (_, Value::Null) => Err("it has no value".to_owned()),
        (InputType::Bool, Value::Bool(_)) => Ok(value.clone()),
        (InputType::Int, Value::Number(number)) if number.is_i64() => Ok(value.clone()),
        (InputType::Duration, Value::Number(number)) if number.is_u64() => Ok(value.clone()),
        (InputType::List, Value::Array(items)) => {
            let texts = items.iter().map(|item| {
                item.as_str().ok_or_else(|| format!("its item {item} is not a text; write every item in quotes"))
            });
            list(texts.collect::<Result<Vec<&str>, String>>()?.into_iter())
        }
        (_, Value::String(text)) => read_text(kind, options, text),
        (_, Value::Array(_)) => Err("it is a list; one value is wanted".to_owned()),
        (_, Value::Object(_)) => Err("it is a table; one value is wanted".to_owned()),
        (_, other) => Err(format!("`{other}` must be written as a text in quotes: {}", looks_like(kind))),
    }
}

fn looks_like(kind: InputType) -> &'static str {
    match kind {
        InputType::Bool => "`true` or `false`",
        InputType::Int => "`42`",
        InputType::Text | InputType::Choice | InputType::Secret => "`\"…\"`",
        InputType::Email => "`\"ann@example.net\"`",
        InputType::Phone => "`\"+1 4255550100\"`",
        InputType::Upn => "`\"ann@contoso.com\"`",
        InputType::Guid => "`\"62e90394-69f5-4237-9190-012177145e10\"`",
        InputType::Domain => "`\"contoso.com\"`",
        InputType::Url => "`\"https://example.com/\"`",
        InputType::Date => "`\"2026-11-23\"`",
        InputType::Duration => "`\"15m\"`",
        InputType::List => "`[\"a\", \"b\"]`",
        InputType::Csv | InputType::File => "a path, `\"contacts.csv\"`",
        InputType::Certificate => "a path, `\"certificate.pem\"`",
    }
}

/// Takes the first certificate of a PEM file. A private key in it is not looked at.
fn certificate(text: &str) -> Result<Value, String> {
    let first = CertificateDer::from_pem_slice(text.as_bytes());
    let help = "it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)";
    first.map(|certificate| STANDARD.encode(certificate).into()).map_err(|_| help.to_owned())
}

fn boolean(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" => Ok(true.into()),
        "false" | "no" | "n" => Ok(false.into()),
        _ => Err("it must be `yes` or `no`".to_owned()),
    }
}

fn choice(options: &[(String, String)], text: &str) -> Result<Value, String> {
    let same = |one: &str| one.eq_ignore_ascii_case(text);
    let by_value =
        options.iter().find(|(value, _)| value == text).or_else(|| options.iter().find(|(value, _)| same(value)));
    match by_value.or_else(|| options.iter().find(|(_, label)| same(label))) {
        Some((value, _)) => Ok(value.clone().into()),
        None => {
            let values: Vec<String> = options.iter().map(|(value, _)| format!("`{value}`")).collect();
            Err(format!("it must be one of {}", values.join(", ")))
        }
    }
}

/// Returns the address in what a mail program copies: `Ann Lee <ann@example.net>`, `mailto:ann@example.net`.
fn bare(text: &str) -> &str {
    let text = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).map_or(text, |(_, within)| within);
    match text.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => rest,
        _ => text,
    }
}

/// Graph takes no accented characters in `otherMails` and at most 250 of any kind.
fn email(text: &str) -> Result<Value, String> {
    if text.chars().count() > MAX_EMAIL {
        return Err(format!("an e-mail address may have {MAX_EMAIL} characters"));
    }
    if !text.is_ascii() {
        return Err("an e-mail address may only contain plain letters here, no accents".to_owned());
    }
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    EmailAddress::parse_with_options(text, options)
        .map(|_| text.into())
        .map_err(|_| "it is not a complete e-mail address. Example: `ann@example.net`".to_owned())
}

/// Reads a phone number and returns it as Graph wants it: `+1 4255550100`, with an extension `+1 4255550100x123`.
///
/// It must be possible by its length, not assigned: numbers that are kept free for examples are none that a network
/// knows.
fn phone(text: &str) -> Result<Value, String> {
    const EXAMPLE: &str = "it should look like `+1 4255550100`";
    if text.len() > MAX_PHONE {
        return Err(format!("a phone number may have {MAX_PHONE} characters"));
    }
    if !text.starts_with('+') {
        return Err(format!("the country code is missing: begin with `+`; {EXAMPLE}"));
    }
    let lower = text.to_lowercase();
    let (number, extension) = ["extension", "ext.", "ext", "x", "#"]
        .iter()
        .find_map(|mark| lower.split_once(mark))
        .map_or((lower.as_str(), None), |(number, extension)| (number.trim_end(), Some(extension.trim())));
    if number.chars().skip(1).any(|c| !c.is_ascii_digit() && !" ()-./\u{a0}".contains(c)) {
        return Err(format!("it contains characters that are not part of a phone number; {EXAMPLE}"));
    }
    if extension.is_some_and(|digits| digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("an extension has digits only: `+1 4255550100x123`".to_owned());
    }
    let parsed = PhoneNumber::from_str(number).map_err(|error| match error {
        ParseError::InvalidCountryCode => format!("no country has this code; {EXAMPLE}"),
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => format!("it is too short; {EXAMPLE}"),
        ParseError::TooLongNsn => format!("it is too long; {EXAMPLE}"),
        ParseError::NotANumber(_) => format!("it is not a phone number; {EXAMPLE}"),
    })?;
    match parsed.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => {}
        Ok(NumberLengthType::IsPossibleLocalOnly) => return Err(format!("the area code is missing; {EXAMPLE}")),
        Err(ValidationError::TooShort) => return Err(format!("it is too short for its country; {EXAMPLE}")),
        Err(ValidationError::TooLong) => return Err(format!("it is too long for its country; {EXAMPLE}")),
        Err(_) => return Err(format!("its length is not possible in its country; {EXAMPLE}")),
    }
    let extension = extension.map(|digits| format!("x{digits}")).unwrap_or_default();
    Ok(format!("+{} {}{extension}", parsed.country_code, parsed.get_national_significant_number()).into())
}

fn upn(text: &str) -> Result<Value, String> {
    let example = "it should look like `ann@contoso.com`";
    let Some((name, domain_name)) = text.rsplit_once('@') else {
        return Err(format!("the part after `@` is missing; {example}"));
    };
    // Guests have `#EXT#` in theirs, behind a whole address; the other signs are those that Entra allows.
    let most = if name.to_uppercase().contains("#EXT#") { MAX_EMAIL } else { 64 };
    if name.is_empty()
        || name.len() > most
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"'.-_!#^~".contains(&b))
    {
        return Err(format!("`{name}` cannot be the name part of an account; {example}"));
    }
    domain(domain_name).map_err(|reason| format!("after the `@`: {reason}"))?;
    Ok(text.into())
}

fn guid(text: &str) -> Result<Value, String> {
    let hyphened = text.len() == 36;
    match uuid::Uuid::try_parse(text) {
        Ok(uuid) if hyphened => Ok(uuid.hyphenated().to_string().into()),
        _ => Err("it is not a GUID, such as `62e90394-69f5-4237-9190-012177145e10`".to_owned()),
    }
}

fn domain(text: &str) -> Result<Value, String> {
    let wrong = || "it is not a domain name, such as `contoso.com`".to_owned();
    let Ok(url::Host::Domain(name)) = url::Host::parse(text) else { return Err(wrong()) };
    let labels: Vec<&str> = name.split('.').collect();
    let possible = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if labels.len() < 2 || name.len() > 253 || !labels.iter().all(possible) {
        return Err(wrong());
    }
    Ok(name.into())
}

fn url(text: &str) -> Result<Value, String> {
    let parsed =
        url::Url::parse(text).map_err(|_| "it is not an address, such as `https://example.com/`".to_owned())?;
    if parsed.scheme() != "https" || parsed.host_str().is_none() {
        return Err("the address must begin with `https://`".to_owned());
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("an address may not contain a name or password".to_owned());
    }
    Ok(parsed.as_str().into())
}

fn date(text: &str) -> Result<Value, String> {
    match jiff::civil::Date::from_str(text) {
        Ok(date) if text.len() == 10 => Ok(date.to_string().into()),
        _ => Err("it is not a date; write year, month and day: `2026-11-23`".to_owned()),
    }
}

/// Reads a duration and returns its seconds.
fn duration(text: &str) -> Result<Value, String> {
    let wrong = || "it is not a duration; write `90s`, `15m`, `2h` or `7d`".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let count = text.strip_suffix(unit).map(str::trim_end).filter(|count| count.bytes().all(|b| b.is_ascii_digit()));
    let count: u64 = count.and_then(|count| count.parse().ok()).ok_or_else(wrong)?;
    let total = count.checked_mul(seconds).filter(|total| *total <= 10 * 366 * 24 * 60 * 60);
    total.map(Value::from).ok_or_else(|| "it is longer than ten years".to_owned())
}

fn list<'item>(items: impl Iterator<Item = &'item str>) -> Result<Value, String> {
    let items: Vec<String> =
        items.map(|item| without_invisible(item).trim().to_owned()).filter(|item| !item.is_empty()).collect();
    if items.len() > MAX_ITEMS {
        return Err(format!("it has more than {MAX_ITEMS} items"));
    }
    for item in &items {
        if item.chars().any(char::is_control) || item.chars().count() > MAX_TEXT {
            return Err(format!("an item must be one line of at most {MAX_TEXT} characters"));
        }
    }
    Ok(items.into())
}

fn file(text: &str) -> Result<Value, String> {
    if text.len() > MAX_FILE { Err(format!("the file is longer than {MAX_FILE} bytes")) } else { Ok(text.into()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn typed(kind: InputType, text: &str) -> Result<Value, String> {
        let options = [("enable".to_owned(), "They may".to_owned()), ("disable".to_owned(), "They may not".to_owned())];
        read_text(kind, &options, text)
    }

    #[test]
    fn every_type_reads_what_it_should() {
        for (kind, text, value) in [
            (InputType::Bool, "Yes", json!(true)),
            (InputType::Bool, " false ", json!(false)),
            (InputType::Int, "-42", json!(-42)),
            (InputType::Int, "9223372036854775807", json!(i64::MAX)),
            (InputType::Text, "  it's ü  ", json!("it's ü")),
            (InputType::Choice, "enable", json!("enable")),
            (InputType::Choice, "they may not", json!("disable")),
            (InputType::Email, "o'hara+x@sub.example.net", json!("o'hara+x@sub.example.net")),
            (InputType::Email, "Ann@Example.NET", json!("Ann@Example.NET")),
            (InputType::Email, "Ann Lee <ann@example.net>", json!("ann@example.net")),
            (InputType::Email, "MailTo:ann@example.net", json!("ann@example.net")),
            (InputType::Email, "\u{200b}ann@\u{ad}example.net\u{2060}", json!("ann@example.net")),
            (InputType::Upn, "\u{feff}ann@con\u{200b}toso.com\u{202c}", json!("ann@contoso.com")),
            (InputType::Upn, "<ann@contoso.com>", json!("ann@contoso.com")),
            (InputType::List, "a\u{200b}@x.example, b", json!(["a@x.example", "b"])),
            (InputType::Phone, "+1 (425) 555-0123", json!("+1 4255550123")),
            (InputType::Phone, "+14255550123", json!("+1 4255550123")),
            (InputType::Phone, "+1 5550100123", json!("+1 5550100123")),
            (InputType::Phone, "+49 (0)30 123456", json!("+49 30123456")),
            (InputType::Phone, "+1 425 555 0123 ext. 77", json!("+1 4255550123x77")),
            (InputType::Phone, "+39 06 698 12345", json!("+39 0669812345")),
            (InputType::Upn, "ann@contoso.onmicrosoft.com", json!("ann@contoso.onmicrosoft.com")),
            (InputType::Upn, "ann_x.com#EXT#@contoso.com", json!("ann_x.com#EXT#@contoso.com")),
            (InputType::Guid, "62E90394-69F5-4237-9190-012177145E10", json!("62e90394-69f5-4237-9190-012177145e10")),
            (InputType::Domain, "Contoso.COM", json!("contoso.com")),
            (InputType::Domain, "münchen.example", json!("xn--mnchen-3ya.example")),
            (InputType::Url, "https://example.com/a?b=c", json!("https://example.com/a?b=c")),
            (InputType::Date, "2028-02-29", json!("2028-02-29")),
            (InputType::Duration, "15m", json!(900)),
            (InputType::Duration, "7 d", json!(604_800)),
            (InputType::Secret, " pa ss ", json!(" pa ss ")),
            (InputType::List, "a, b\nc,,", json!(["a", "b", "c"])),
            (InputType::List, "", json!([])),
            (InputType::File, "a\nb", json!("a\nb")),
        ] {
            assert_eq!(typed(kind, text), Ok(value), "{kind:?} {text}");
        }
    }

    #[test]
    fn every_type_says_what_is_wrong() {
        for (kind, text, says) in [
            (InputType::Bool, "maybe", "`yes` or `no`"),
            (InputType::Int, "4.5", "whole number"),
            (InputType::Int, "9223372036854775808", "whole number"),
            (InputType::Text, "a\u{1b}[2J", "control character"),
            (InputType::Text, "   ", "nothing"),
            (InputType::Choice, "other", "`enable`, `disable`"),
            (InputType::Email, "ann", "ann@example.net"),
            (InputType::Email, "ann@localhost", "e-mail"),
            (InputType::Email, "ann@[127.0.0.1]", "e-mail"),
            (InputType::Email, "änn@example.net", "accents"),
            (InputType::Phone, "425 555 0123", "country code"),
            (InputType::Phone, "+1 425 555", "too short"),
            (InputType::Phone, "+1 425 555 0123 4567", "too long"),
            (InputType::Phone, "+999 1234567", "country"),
            (InputType::Phone, "+1 800 FLOWERS", "characters"),
            (InputType::Phone, "+1 4255550123x", "extension"),
            (InputType::Phone, "+", "phone number"),
            (InputType::Upn, "ann", "`@`"),
            (InputType::Upn, "a nn@contoso.com", "name part"),
            (InputType::Upn, "ann@contoso", "domain"),
            (InputType::Guid, "62e9039469f542379190012177145e10", "GUID"),
            (InputType::Domain, "contoso", "domain"),
            (InputType::Domain, "127.0.0.1", "domain"),
            (InputType::Domain, "a b.com", "domain"),
            (InputType::Domain, "-a.com", "domain"),
            (InputType::Url, "http://example.com", "https"),
            (InputType::Url, "https://ann:pw@example.com", "password"),
            (InputType::Date, "23.11.2026", "2026-11-23"),
            (InputType::Date, "2026-02-30", "2026-11-23"),
            (InputType::Duration, "15", "`15m`"),
            (InputType::Duration, "99999999999d", "ten years"),
            (InputType::Csv, "contacts.csv", "table"),
        ] {
            let reason = typed(kind, text).unwrap_err();
            assert!(reason.contains(says), "{kind:?} {text}: {reason}");
        }
        assert!(typed(InputType::Text, &"a".repeat(1025)).is_err());
        assert!(typed(InputType::Upn, &format!("{}@contoso.com", "a".repeat(65))).is_err());
        let guest = format!("{}_x.example#EXT#@contoso.com", "a".repeat(80));
        assert_eq!(typed(InputType::Upn, &guest), Ok(json!(guest)));
        assert!(typed(InputType::Email, &format!("{}@example.net", "a".repeat(250))).is_err());
    }

    #[test]
    fn an_answers_file_keeps_types() {
        for (kind, value, read) in [
            (InputType::Bool, json!(true), json!(true)),
            (InputType::Bool, json!("no"), json!(false)),
            (InputType::Int, json!(3), json!(3)),
            (InputType::Duration, json!(60), json!(60)),
            (InputType::List, json!(["a", " b "]), json!(["a", "b"])),
            (InputType::List, json!("a,b"), json!(["a", "b"])),
            (InputType::Phone, json!("+14255550123"), json!("+1 4255550123")),
        ] {
            assert_eq!(read_json(kind, &[], &value), Ok(read), "{kind:?} {value}");
        }
        for (kind, value, says) in [
            (InputType::Phone, json!(14_255_550_123_u64), "quotes"),
            (InputType::Int, json!(1.5), "42"),
            (InputType::List, json!([1]), "quotes"),
            (InputType::Text, json!(null), "no value"),
            (InputType::Text, json!(["a"]), "list"),
            (InputType::Email, json!({}), "table"),
        ] {
            let reason = read_json(kind, &[], &value).unwrap_err();
            assert!(reason.contains(says), "{kind:?} {value}: {reason}");
        }
    }
}
