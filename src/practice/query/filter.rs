//! `$filter`: the part of OData's expression language that Graph speaks, parsed and evaluated.
//!
//! Strings compare without regard to letter case, as in the directory; a property that is absent is null; a
//! comparison by order with null is false; `ne` with null is true.

use std::cmp::Ordering;

use serde_json::Value;

use crate::practice::object::Object;

#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    Or(Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Compare(Operand, Operator, Operand),
    In(Operand, Vec<Literal>),
    /// `startsWith`, `endsWith`, `contains`.
    Text(TextTest, Operand, Operand),
    /// `path/any(x:…)`; without a condition: not empty.
    Any(Vec<String>, Option<(String, Box<Self>)>),
    /// `path/all(x:…)`.
    All(Vec<String>, String, Box<Self>),
    /// A Boolean property alone.
    Truth(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A property, or a lambda's variable, and what is below it.
    Path(Vec<String>),
    /// The length of a collection (`path/$count`).
    Count(Vec<String>),
    Literal(Literal),
}

/// A value that the filter itself holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    pub value: Value,
    /// Whether it stood in quotes: the only form of a text, and of nothing else.
    pub is_quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// `startsWith`
    Starts,
    /// `endsWith`
    Ends,
    /// `contains`
    Contains,
}

/// Variables of the lambdas around an expression, innermost last.
type Variables<'a> = Vec<(&'a str, &'a Value)>;

impl Filter {
    pub fn matches(&self, object: &Object) -> bool {
        self.test(object, &mut Vec::new())
    }

    fn test<'a>(&'a self, object: &'a Object, variables: &mut Variables<'a>) -> bool {
        match self {
            Self::Or(left, right) => left.test(object, variables) || right.test(object, variables),
            Self::And(left, right) => left.test(object, variables) && right.test(object, variables),
            Self::Not(inner) => !inner.test(object, variables),
            Self::Compare(left, operator, right) => {
                compare(&left.value(object, variables), *operator, &right.value(object, variables))
            }
            Self::In(operand, list) => {
                let value = operand.value(object, variables);
                list.iter().any(|item| compare(&value, Operator::Equal, &Found::There(&item.value)))
            }
            Self::Text(test, whole, part) => {
                match (whole.value(object, variables).text(), part.value(object, variables).text()) {
                    (Some(whole), Some(part)) => test.passes(&whole.to_lowercase(), &part.to_lowercase()),
                    _ => false,
                }
            }
            Self::Any(path, None) => !members(path, object, variables).is_empty(),
            Self::Any(path, Some((name, inner))) => {
                members(path, object, variables).iter().any(|item| inner.with(name, item, object, variables))
            }
            Self::All(path, name, inner) => {
                members(path, object, variables).iter().all(|item| inner.with(name, item, object, variables))
            }
            Self::Truth(path) => find(path, object, variables).and_then(Value::as_bool).unwrap_or(false),
        }
    }

    fn with<'a>(&'a self, name: &'a str, item: &'a Value, object: &'a Object, variables: &mut Variables<'a>) -> bool {
        variables.push((name, item));
        let passes = self.test(object, variables);
        variables.pop();
        passes
    }

    /// Calls `visit` with this expression and all below it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Or(left, right) | Self::And(left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Not(inner) | Self::Any(_, Some((_, inner))) | Self::All(_, _, inner) => inner.walk(visit),
            _ => {}
        }
    }

    /// Returns the name of the first operator that the directory only runs as an advanced query.
    pub fn advanced_operator(&self) -> Option<&'static str> {
        let mut found = None;
        self.walk(&mut |part| {
            let name = match part {
                Self::Not(_) => Some("Not"),
                Self::Compare(_, Operator::NotEqual, _) => Some("NotEquals"),
                Self::Text(TextTest::Ends, ..) => Some("EndsWith"),
                Self::Compare(Operand::Count(_), ..) => Some("Count"),
                _ => None,
            };
            found = found.or(name);
        });
        found
    }

    /// Returns whether the filter uses `contains`, which the directory does not know at all.
    pub fn uses_contains(&self) -> bool {
        let mut found = false;
        self.walk(&mut |part| found |= matches!(part, Self::Text(TextTest::Contains, ..)));
        found
    }

    /// Lists the top-level properties that the filter names.
    pub fn properties(&self) -> Vec<&str> {
        let mut paths: Vec<&Vec<String>> = Vec::new();
        let mut bound: Vec<&str> = Vec::new();
        self.walk(&mut |part| match part {
            Self::Compare(left, _, right) | Self::Text(_, left, right) => {
                for side in [left, right] {
                    if let Operand::Path(path) | Operand::Count(path) = side {
                        paths.push(path);
                    }
                }
            }
            Self::In(Operand::Path(path) | Operand::Count(path), _) | Self::Truth(path) => paths.push(path),
            Self::Any(path, lambda) => {
                paths.push(path);
                bound.extend(lambda.iter().map(|(name, _)| name.as_str()));
            }
            Self::All(path, name, _) => {
                paths.push(path);
                bound.push(name);
            }
            _ => {}
        });
        let names = paths.into_iter().filter_map(|path| path.first().map(String::as_str));
        names.filter(|name| !bound.contains(name)).collect()
    }
}

impl TextTest {
    fn passes(self, whole: &str, part: &str) -> bool {
        match self {
            Self::Starts => whole.starts_with(part),
            Self::Ends => whole.ends_with(part),
            Self::Contains => whole.contains(part),
        }
    }
}

/// A value found in the object, or computed.
enum Found<'a> {
    There(&'a Value),
    Number(usize),
    Absent,
}

impl Found<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::There(value) => value.as_str(),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::There(value) => value.as_f64(),
            Self::Number(number) => Some(*number as f64),
            Self::Absent => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Absent | Self::There(Value::Null))
    }
}

impl Operand {
    fn value<'a>(&'a self, object: &'a Object, variables: &Variables<'a>) -> Found<'a> {
        match self {
            Self::Literal(literal) => Found::There(&literal.value),
            Self::Count(path) => Found::Number(members(path, object, variables).len()),
            Self::Path(path) => find(path, object, variables).map_or(Found::Absent, Found::There),
        }
    }
}

fn members<'a>(path: &'a [String], object: &'a Object, variables: &Variables<'a>) -> &'a [Value] {
    find(path, object, variables).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn find<'a>(path: &[String], object: &'a Object, variables: &Variables<'a>) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let start = variables.iter().rev().find(|(name, _)| name == first).map(|(_, value)| *value);
    let start = start.or_else(|| property(object, first))?;
    rest.iter().try_fold(start, |value, name| property(value.as_object()?, name))
}

/// Finds a property in any letter case.
pub fn property<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    let exact = object.get(name);
    exact.or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn compare(left: &Found<'_>, operator: Operator, right: &Found<'_>) -> bool {
    if left.is_null() || right.is_null() {
        let equal = left.is_null() && right.is_null();
        return match operator {
            Operator::Equal => equal,
            Operator::NotEqual => !equal,
            _ => false,
        };
    }
    let order = order(left, right);
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
    }
}

fn order(left: &Found<'_>, right: &Found<'_>) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.text(), right.text()) {
        if let (Ok(left), Ok(right)) = (left.parse::<jiff::Timestamp>(), right.parse::<jiff::Timestamp>()) {
            return Some(left.cmp(&right));
        }
        return Some(left.to_lowercase().cmp(&right.to_lowercase()));
    }
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return left.partial_cmp(&right);
    }
    match (left, right) {
        (Found::There(Value::Bool(left)), Found::There(Value::Bool(right))) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Orders two objects by one property, absent first, as `$orderby` does.
pub fn order_by(left: &Object, right: &Object, path: &[String]) -> Ordering {
    let side = |object| find(path, object, &Vec::new()).map_or(Found::Absent, Found::There);
    let (left, right) = (side(left), side(right));
    match (left.is_null(), right.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => order(&left, &right).unwrap_or(Ordering::Equal),
    }
}
