//! The tests of the format (`x is none`, `selectattr('a', 'in', list)`): a closed list.

use std::cmp::Ordering;

use super::datum::Datum;
use super::error::EvalStop;
use super::operation::{contains, order, same};

/// A test: `value is name(argument)`.
pub struct Test {
    /// Its name.
    pub name: &'static str,
    /// The number of its arguments, 0 or 1.
    pub arguments: usize,
    run: fn(&Datum, &Datum) -> Result<bool, EvalStop>,
}

const fn test(name: &'static str, arguments: usize, run: fn(&Datum, &Datum) -> Result<bool, EvalStop>) -> Test {
    Test { name, arguments, run }
}

/// Every test of the format.
pub const TESTS: &[Test] = &[
    test("none", 0, |value, _| Ok(value.is_null())),
    test("in", 1, |value, container| contains(container, value)),
    test("eq", 1, same),
    test("ne", 1, |value, other| Ok(!same(value, other)?)),
    test("lt", 1, |value, other| Ok(order(value, other)? == Ordering::Less)),
    test("gt", 1, |value, other| Ok(order(value, other)? == Ordering::Greater)),
];

/// Returns the test of this name.
pub fn test_named(name: &str) -> Option<&'static Test> {
    TESTS.iter().find(|test| test.name == name)
}

impl Test {
    pub(super) fn passes(&self, value: &Datum, argument: &Datum) -> Result<bool, EvalStop> {
        (self.run)(value, argument)
    }
}
