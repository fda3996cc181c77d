//! The tests of the format (`x is none`): a closed list.

use super::datum::Datum;
use super::error::EvalStop;
use super::operation::{items, known};

/// A test: `value is name(argument)`.
pub struct Test {
    /// Its name.
    pub name: &'static str,
    /// The number of its arguments, 0 or 1.
    pub arguments: usize,
    pub(super) run: fn(&Datum, &Datum) -> Result<bool, EvalStop>,
}

const fn test(name: &'static str, arguments: usize, run: fn(&Datum, &Datum) -> Result<bool, EvalStop>) -> Test {
    Test { name, arguments, run }
}

/// Every test of the format.
pub const TESTS: &[Test] = &[
    test("none", 0, |value, _| Ok(value.is_null())),
    test("phone_number", 0, |value, _| phone_number(value)),
    test("email_outside", 1, email_outside),
];

/// Returns the test of this name.
pub fn test_named(name: &str) -> Option<&'static Test> {
    TESTS.iter().find(|test| test.name == name)
}

/// Microsoft's form of a number that a password reset can call: `+`, the country, exactly one space, the number, and an
/// extension where there is one.
fn phone_number(value: &Datum) -> Result<bool, EvalStop> {
    let Some(text) = known(value)?.as_str() else { return Ok(false) };
    let Some((country, rest)) = text.strip_prefix('+').and_then(|text| text.split_once(' ')) else { return Ok(false) };
    let (number, extension) = rest.split_once('x').unwrap_or((rest, "0"));
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    Ok(digits(country, 1, 3) && digits(number, 4, 14) && digits(extension, 1, 10))
}

/// An e-mail address outside these domains and all that is below them.
fn email_outside(value: &Datum, domains: &Datum) -> Result<bool, EvalStop> {
    let Some(text) = known(value)?.as_str() else { return Ok(false) };
    let Some((name, domain)) = text.rsplit_once('@') else { return Ok(false) };
    let domain = domain.to_lowercase();
    let is_address = !name.is_empty()
        && !name.contains('@')
        && text.is_ascii()
        && !text.contains(char::is_whitespace)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty());
    for own in items(domains)? {
        let own = own.as_str().map(str::to_lowercase).unwrap_or_default();
        if domain == own || domain.strip_suffix(&own).is_some_and(|above| above.ends_with('.')) {
            return Ok(false);
        }
    }
    Ok(is_address)
}
