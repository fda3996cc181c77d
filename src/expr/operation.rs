//! What the operators of an expression do, typed and without surprises.
//!
//! Jinja compares a text with a number silently and joins anything to a text; here unlike kinds are an error that
//! says what they were. Null is gentle where a tenant leaves values out: an attribute of null is null, and nothing is
//! `in` null. Whatever looks inside a hole stops the evaluation.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Number;

use super::datum::{Datum, NODE};
use super::error::EvalStop;
use super::fuel::Fuel;
use super::time;

/// Returns what kind of value it is, in words.
pub fn kind_of(value: &Datum) -> &'static str {
    match value {
        Datum::Null => "null",
        Datum::Bool(_) => "a boolean",
        Datum::Number(_) => "a number",
        Datum::Text(_) => "a text",
        Datum::List(_) => "a list",
        Datum::Object(_) => "an object",
        Datum::Hole(_) | Datum::Unanswered(_) | Datum::NotRead => "a value that is not known yet",
    }
}

/// Stops where the value is a hole.
pub fn known(value: &Datum) -> Result<&Datum, EvalStop> {
    match value {
        Datum::Hole(hole) => Err(EvalStop::AfterChange(hole.0.clone())),
        known => known.touched(),
    }
}

/// Stops where the value is not known to its last part.
fn whole(value: &Datum) -> Result<&Datum, EvalStop> {
    value.settled()?;
    match value.first_hole() {
        Some(of) => Err(EvalStop::AfterChange(of.to_owned())),
        None => Ok(value),
    }
}

/// Returns the items of a list; null counts as an empty one.
pub fn items(value: &Datum) -> Result<&[Datum], EvalStop> {
    match known(value)? {
        Datum::Null => Ok(&[]),
        list => list.as_list().ok_or_else(|| EvalStop::wrong(format!("a list is needed; this is {}", kind_of(list)))),
    }
}

/// Returns the number of items, attributes or characters; of null 0.
pub fn length(value: &Datum) -> Result<usize, EvalStop> {
    match known(value)? {
        Datum::Null => Ok(0),
        Datum::Text(text) => Ok(text.chars().count()),
        Datum::List(_) => Ok(value.as_list().map_or(0, <[Datum]>::len)),
        Datum::Object(_) => Ok(value.as_object().map_or(0, <[_]>::len)),
        other => Err(EvalStop::wrong(format!("{} has no length", kind_of(other)))),
    }
}

/// Returns an attribute. An object without it yields null, and so does null.
pub fn attribute(value: &Datum, name: &str) -> Result<Datum, EvalStop> {
    match known(value)? {
        Datum::Null => Ok(Datum::Null),
        Datum::Object(_) => value.get(name).map_or(Ok(Datum::Null), |found| found.touched().cloned()),
        other => Err(EvalStop::wrong(format!("{} has no attribute `{name}`", kind_of(other)))),
    }
}

/// Returns an item by its number (negative: from the end) or an attribute by its name; null where there is none.
pub fn subscript(value: &Datum, index: &Datum) -> Result<Datum, EvalStop> {
    if let Some(name) = known(index)?.as_str() {
        return match known(value)? {
            Datum::Null | Datum::Object(_) => attribute(value, name),
            // The name may be data of the tenant, which errors do not repeat.
            other => Err(EvalStop::wrong(format!("{} has no such attribute", kind_of(other)))),
        };
    }
    let list = match known(value)? {
        Datum::Null => return Ok(Datum::Null),
        other => other.as_list().ok_or_else(|| EvalStop::wrong(format!("{} has no items to take", kind_of(other))))?,
    };
    let Some(number) = index.as_i64() else {
        return Err(EvalStop::wrong(format!("an item is taken by a whole number; this is {}", kind_of(index))));
    };
    let position = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let position = if number < 0 { list.len().checked_sub(position) } else { Some(position) };
    position.and_then(|position| list.get(position)).map_or(Ok(Datum::Null), |item| item.touched().cloned())
}

/// Returns whether two values are the same JSON. Unlike kinds never are. A hole is not null, and what it is otherwise
/// is not known.
pub fn same(one: &Datum, other: &Datum) -> Result<bool, EvalStop> {
    match (one, other) {
        (Datum::Hole(_), Datum::Null) | (Datum::Null, Datum::Hole(_)) => Ok(false),
        _ => Ok(whole(one)? == whole(other)?),
    }
}

/// Returns the order of two numbers, two texts, or two times in texts, which need not be written alike.
pub fn order(one: &Datum, other: &Datum) -> Result<Ordering, EvalStop> {
    match (known(one)?, known(other)?) {
        (Datum::Number(one), Datum::Number(other)) => Ok(match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
        }),
        (Datum::Text(one), Datum::Text(other)) => Ok(time::order(one, other).unwrap_or_else(|| one.cmp(other))),
        _ => Err(EvalStop::wrong(format!(
            "only two numbers or two texts have an order; these are {} and {}",
            kind_of(one),
            kind_of(other)
        ))),
    }
}

/// Returns whether a list has an item, a text a part, or an object an attribute. Nothing is in null.
pub fn contains(container: &Datum, value: &Datum) -> Result<bool, EvalStop> {
    match (known(container)?, value) {
        (Datum::Null, _) => Ok(false),
        (Datum::List(_), _) => {
            for item in items(container)? {
                if same(item.touched()?, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Datum::Text(text), _) => match known(value)? {
            Datum::Text(part) => Ok(text.contains(&**part)),
            Datum::Null => Ok(false),
            other => Err(EvalStop::wrong(format!("only a text can be in a text; this is {}", kind_of(other)))),
        },
        (Datum::Object(_), _) => Ok(known(value)?.as_str().is_some_and(|name| container.get(name).is_some())),
        (other, _) => Err(EvalStop::wrong(format!("nothing can be in {}", kind_of(other)))),
    }
}

/// Adds numbers, joins texts or joins lists.
pub fn add(one: &Datum, other: &Datum, fuel: &mut Fuel) -> Result<Datum, EvalStop> {
    match (known(one)?, known(other)?) {
        (Datum::Text(_), Datum::Text(_)) => concatenate(one, other, fuel),
        (Datum::List(_), Datum::List(_)) => {
            let (ones, others) = (items(one)?, items(other)?);
            fuel.make(ones.len().saturating_add(others.len()).saturating_mul(NODE))?;
            Ok(Datum::list(ones.iter().chain(others).cloned()))
        }
        (Datum::Number(_), Datum::Number(_)) => calculate(one, other, i64::checked_add, |one, other| one + other),
        _ => Err(EvalStop::wrong(format!(
            "`+` joins two numbers, two texts or two lists; these are {} and {}",
            kind_of(one),
            kind_of(other)
        ))),
    }
}

/// Subtracts numbers, or a duration from a time.
pub fn subtract(one: &Datum, other: &Datum) -> Result<Datum, EvalStop> {
    match (known(one)?, known(other)?) {
        (Datum::Text(time), Datum::Text(duration)) => time::earlier(time, duration).map(|time| Datum::text(&time)),
        (Datum::Null, Datum::Text(_)) => Ok(Datum::Null),
        _ => calculate(one, other, i64::checked_sub, |one, other| one - other),
    }
}

/// Multiplies numbers.
pub fn multiply(one: &Datum, other: &Datum) -> Result<Datum, EvalStop> {
    calculate(one, other, i64::checked_mul, |one, other| one * other)
}

/// Divides numbers; the quotient has a fraction.
pub fn divide(one: &Datum, other: &Datum) -> Result<Datum, EvalStop> {
    finite(number(one)? / number(other)?)
}

/// Divides numbers and rounds down.
pub fn divide_whole(one: &Datum, other: &Datum) -> Result<Datum, EvalStop> {
    let floored = |one: i64, other: i64| {
        let quotient = one.checked_div(other)?;
        let uneven = one.checked_rem(other)? != 0;
        Some(if uneven && (one < 0) != (other < 0) { quotient - 1 } else { quotient })
    };
    calculate(one, other, floored, |one, other| (one / other).floor())
}

/// Returns what a division that rounds down leaves over.
pub fn remainder(one: &Datum, other: &Datum) -> Result<Datum, EvalStop> {
    let floored = |one: i64, other: i64| {
        let rest = one.checked_rem(other)?;
        Some(if rest != 0 && (rest < 0) != (other < 0) { rest + other } else { rest })
    };
    calculate(one, other, floored, |one, other| one - other * (one / other).floor())
}

/// Returns a number with the other sign.
pub fn negative(value: &Datum) -> Result<Datum, EvalStop> {
    calculate(&Datum::Number(0.into()), value, i64::checked_sub, |one, other| one - other)
}

fn calculate(
    one: &Datum,
    other: &Datum,
    whole: impl Fn(i64, i64) -> Option<i64>,
    fraction: impl Fn(f64, f64) -> f64,
) -> Result<Datum, EvalStop> {
    match (known(one)?, known(other)?) {
        (Datum::Number(one), Datum::Number(other)) if !one.is_f64() && !other.is_f64() => one
            .as_i64()
            .zip(other.as_i64())
            .and_then(|(one, other)| whole(one, other))
            .map(|result| Datum::Number(result.into()))
            .ok_or_else(out_of_range),
        _ => finite(fraction(number(one)?, number(other)?)),
    }
}

fn finite(result: f64) -> Result<Datum, EvalStop> {
    Number::from_f64(result).map(Datum::Number).ok_or_else(out_of_range)
}

fn out_of_range() -> EvalStop {
    EvalStop::wrong("the result is out of range, or a division by zero")
}

fn number(value: &Datum) -> Result<f64, EvalStop> {
    match known(value)? {
        Datum::Number(number) => number.as_f64().ok_or_else(out_of_range),
        other => Err(EvalStop::wrong(format!("a number is needed; this is {}", kind_of(other)))),
    }
}

/// Joins two values to a text.
pub fn concatenate(one: &Datum, other: &Datum, fuel: &mut Fuel) -> Result<Datum, EvalStop> {
    let (one, other) = (written(one)?, written(other)?);
    fuel.make_text(one.len() + other.len())?;
    Ok(Datum::Text([&*one, &*other].concat().into()))
}

/// Returns a text, a number or a boolean as text.
pub fn written(value: &Datum) -> Result<Arc<str>, EvalStop> {
    match known(value)? {
        Datum::Text(text) => Ok(text.clone()),
        Datum::Number(number) => Ok(number.to_string().into()),
        Datum::Bool(value) => Ok(value.to_string().into()),
        other => Err(EvalStop::wrong(format!("a text or a number is needed; this is {}", kind_of(other)))),
    }
}

/// Returns what two texts share that differ only in letter case and outer blanks; null shares it with null alone.
pub fn folded(value: &Datum) -> Result<String, EvalStop> {
    Ok(if value.is_null() { "\0".to_owned() } else { written(value)?.trim().to_lowercase() })
}

/// Returns how many bytes are looked at to compare two values: to the end of the smaller one.
pub fn compared(one: &Datum, other: &Datum) -> usize {
    one.extent().bytes.min(other.extent().bytes)
}

/// Returns how many bytes are looked at to find a value in a container.
pub fn sought(container: &Datum, value: &Datum) -> usize {
    let all = container.extent().bytes;
    match container {
        Datum::List(_) => {
            container.as_list().map_or(0, |list| all.min(list.len().saturating_mul(value.extent().bytes)))
        }
        Datum::Text(_) => all,
        _ => NODE,
    }
}
