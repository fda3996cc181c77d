//! The tests of the format (`x is none`, `selectattr('a', 'in', list)`): a closed list.

use std::cmp::Ordering;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::halt::Halt;
use super::known::{is_null, kind_name};
use super::operation::{contains, contains_in_any_case, hole, integer, not_a_hole, order, same};

/// A test: `value is name(arguments)`.
pub struct Test {
    /// Its name.
    pub name: &'static str,
    /// The number of its arguments, 0 or 1.
    pub arguments: usize,
    /// What it asks, in one line.
    pub docs: &'static str,
    run: fn(&Value, &Value) -> Result<bool, Halt>,
}

const fn test(
    name: &'static str,
    arguments: usize,
    run: fn(&Value, &Value) -> Result<bool, Halt>,
    docs: &'static str,
) -> Test {
    Test { name, arguments, docs, run }
}

/// Every test of the format.
pub const TESTS: &[Test] = &[
    test("none", 0, |value, _| Ok(hole(value).is_none() && is_null(value)), "whether it is null"),
    test("true", 0, |value, _| Ok(is(value, ValueKind::Bool)? && value.is_true()), "whether it is `true`"),
    test("false", 0, |value, _| Ok(is(value, ValueKind::Bool)? && !value.is_true()), "whether it is `false`"),
    test("boolean", 0, |value, _| is(value, ValueKind::Bool), "whether it is a boolean"),
    test("number", 0, |value, _| is(value, ValueKind::Number), "whether it is a number"),
    test("integer", 0, |value, _| Ok(not_a_hole(value)?.is_integer()), "whether it is a whole number"),
    test(
        "float",
        0,
        |value, _| Ok(is(value, ValueKind::Number)? && !value.is_integer()),
        "whether it is a number with a fraction",
    ),
    test("string", 0, |value, _| is(value, ValueKind::String), "whether it is a text"),
    test(
        "sequence",
        0,
        |value, _| Ok(is(value, ValueKind::Seq)? || is(value, ValueKind::Iterable)?),
        "whether it is a list",
    ),
    test("mapping", 0, |value, _| is(value, ValueKind::Map), "whether it is an object"),
    test("odd", 0, |value, _| Ok(whole(value)?.rem_euclid(2) == 1), "whether it is an odd number"),
    test("even", 0, |value, _| Ok(whole(value)?.rem_euclid(2) == 0), "whether it is an even number"),
    test("divisibleby", 1, divisible, "whether the number divides it"),
    test(
        "startingwith",
        1,
        |value, start| texts(value, start, |text, start| text.starts_with(start)),
        "whether the text starts so",
    ),
    test("endingwith", 1, |value, end| texts(value, end, |text, end| text.ends_with(end)), "whether the text ends so"),
    test("containing", 1, contains, "whether the list, text or object has it in it"),
    test("in", 1, |value, container| contains(container, value), "whether it is in the list, text or object"),
    test(
        "in_any_case",
        1,
        |value, container| contains_in_any_case(container, value),
        "whether the text is in the list, whatever the letter case (account names have none)",
    ),
    test("eq", 1, same, "the same as `==`"),
    test("equalto", 1, same, "the same as `==`"),
    test("==", 1, same, "the same as `==`"),
    test("ne", 1, |value, other| Ok(!same(value, other)?), "the same as `!=`"),
    test("!=", 1, |value, other| Ok(!same(value, other)?), "the same as `!=`"),
    test("lt", 1, |value, other| Ok(order(value, other)? == Ordering::Less), "the same as `<`"),
    test("<", 1, |value, other| Ok(order(value, other)? == Ordering::Less), "the same as `<`"),
    test("le", 1, |value, other| Ok(order(value, other)? != Ordering::Greater), "the same as `<=`"),
    test("<=", 1, |value, other| Ok(order(value, other)? != Ordering::Greater), "the same as `<=`"),
    test("gt", 1, |value, other| Ok(order(value, other)? == Ordering::Greater), "the same as `>`"),
    test(">", 1, |value, other| Ok(order(value, other)? == Ordering::Greater), "the same as `>`"),
    test("ge", 1, |value, other| Ok(order(value, other)? != Ordering::Less), "the same as `>=`"),
    test(">=", 1, |value, other| Ok(order(value, other)? != Ordering::Less), "the same as `>=`"),
];

/// Returns the test of this name.
pub fn test_named(name: &str) -> Option<&'static Test> {
    TESTS.iter().find(|test| test.name == name)
}

impl Test {
    pub(super) fn passes(&self, value: &Value, arguments: &[Value]) -> Result<bool, Halt> {
        let null = Value::from(());
        (self.run)(value, arguments.first().unwrap_or(&null))
    }
}

fn is(value: &Value, kind: ValueKind) -> Result<bool, Halt> {
    Ok(not_a_hole(value)?.kind() == kind)
}

fn whole(value: &Value) -> Result<i64, Halt> {
    integer(not_a_hole(value)?)
        .ok_or_else(|| Halt::wrong(format!("a whole number is needed; this is {}", kind_name(value))))
}

fn divisible(value: &Value, by: &Value) -> Result<bool, Halt> {
    let (value, by) = (whole(value)?, whole(by)?);
    value.checked_rem(by).map(|rest| rest == 0).ok_or_else(|| Halt::wrong("nothing can be divided by 0"))
}

/// Compares two texts; null is no text and starts and ends with nothing.
fn texts(value: &Value, part: &Value, compare: fn(&str, &str) -> bool) -> Result<bool, Halt> {
    match (not_a_hole(value)?.as_str(), not_a_hole(part)?.as_str()) {
        (Some(text), Some(part)) => Ok(compare(text, part)),
        _ if is_null(value) => Ok(false),
        _ => Err(Halt::wrong(format!("two texts are needed; these are {} and {}", kind_name(value), kind_name(part)))),
    }
}
