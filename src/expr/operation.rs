//! What the operators of an expression do, typed and without surprises.
//!
//! Jinja compares a text with a number silently and joins anything to a text; here unlike kinds are an error that
//! says what they were. Null is gentle where a tenant leaves values out: an attribute of null is null, and nothing is
//! `in` null. Whatever looks inside a hole stops the evaluation as `Consumed`.

use std::cmp::Ordering;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::halt::Halt;
use super::known::{is_null, kind_name};
use super::view::{Hole, ListView, TableView};

/// The longest text that an operator or filter may make, in bytes.
pub const MAX_TEXT: usize = 1024 * 1024;

/// The longest list that an operator or filter may make.
pub const MAX_ITEMS: usize = 1_000_000;

/// Returns the hole, where the value is one.
pub fn hole(value: &Value) -> Option<&Hole> {
    value.downcast_object_ref()
}

/// Stops where the value is a hole.
pub fn not_a_hole(value: &Value) -> Result<&Value, Halt> {
    match hole(value) {
        Some(hole) => Err(Halt::Consumed(hole.of.clone())),
        None => Ok(value),
    }
}

/// Returns the items of a list; null counts as an empty one.
pub fn items(value: &Value) -> Result<Vec<Value>, Halt> {
    if let Some(list) = value.downcast_object_ref::<ListView>() {
        return list.items();
    }
    match not_a_hole(value)?.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(Vec::new()),
        ValueKind::Seq | ValueKind::Iterable => {
            Ok(value.try_iter().map_err(|error| Halt::wrong(error.to_string()))?.collect())
        }
        _ => Err(Halt::wrong(format!("a list is needed; this is {}", kind_name(value)))),
    }
}

/// Returns the entries of an object in order; null counts as an empty one.
pub fn entries(value: &Value) -> Result<Vec<(String, Value)>, Halt> {
    if let Some(table) = value.downcast_object_ref::<TableView>() {
        return table.entries();
    }
    match not_a_hole(value)?.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(Vec::new()),
        ValueKind::Map => {
            let keys = value.try_iter().map_err(|error| Halt::wrong(error.to_string()))?;
            keys.map(|key| {
                let name = key.as_str().unwrap_or_default().to_owned();
                let entry = value.get_item(&key).map_err(|error| Halt::wrong(error.to_string()))?;
                Ok((name, entry))
            })
            .collect()
        }
        _ => Err(Halt::wrong(format!("an object is needed; this is {}", kind_name(value)))),
    }
}

/// Returns the number of items, entries or characters; of null 0.
pub fn length(value: &Value) -> Result<usize, Halt> {
    if let Some(list) = value.downcast_object_ref::<ListView>() {
        return Ok(list.length());
    }
    if let Some(table) = value.downcast_object_ref::<TableView>() {
        return Ok(table.length());
    }
    match not_a_hole(value)?.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(0),
        ValueKind::String | ValueKind::Seq | ValueKind::Map => Ok(value.len().unwrap_or(0)),
        ValueKind::Iterable => Ok(items(value)?.len()),
        _ => Err(Halt::wrong(format!("{} has no length", kind_name(value)))),
    }
}

/// Returns an attribute. An object without it yields null, and so does null.
pub fn attribute(value: &Value, name: &str) -> Result<Value, Halt> {
    if let Some(table) = value.downcast_object_ref::<TableView>() {
        return Ok(table.follow(std::iter::once(name))?.0);
    }
    match not_a_hole(value)?.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(Value::from(())),
        ValueKind::Map => {
            let found = value.get_attr(name).map_err(|error| Halt::wrong(error.to_string()))?;
            Ok(if found.is_undefined() { Value::from(()) } else { found })
        }
        _ => Err(Halt::wrong(format!("{} has no attribute `{name}`", kind_name(value)))),
    }
}

/// Returns what lies at a dotted path of attributes.
pub fn at_path(value: &Value, path: &str) -> Result<Value, Halt> {
    path.split('.').try_fold(value.clone(), |value, name| attribute(&value, name))
}

/// Returns an item by its number (negative: from the end) or an attribute by its name; null where there is none.
pub fn subscript(value: &Value, index: &Value) -> Result<Value, Halt> {
    if let Some(name) = not_a_hole(index)?.as_str() {
        if matches!(not_a_hole(value)?.kind(), ValueKind::Map | ValueKind::None | ValueKind::Undefined) {
            return attribute(value, name);
        }
        // The name may be data of the tenant, which errors do not repeat.
        return Err(Halt::wrong(format!("{} has no such attribute", kind_name(value))));
    }
    if is_null(not_a_hole(value)?) {
        return Ok(Value::from(()));
    }
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Err(Halt::wrong(format!("{} has no items to take", kind_name(value))));
    }
    let Some(number) = index.as_i64().filter(|_| index.is_integer()) else {
        return Err(Halt::wrong(format!("an item is taken by a whole number; this is {}", kind_name(index))));
    };
    let length = length(value)?;
    let position = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let position = if number < 0 { length.checked_sub(position) } else { Some(position) };
    let Some(position) = position.filter(|position| *position < length) else { return Ok(Value::from(())) };
    if let Some(list) = value.downcast_object_ref::<ListView>() {
        return Ok(list.item(position)?.unwrap_or_else(|| Value::from(())));
    }
    value.get_item_by_index(position).map_err(|error| Halt::wrong(error.to_string()))
}

/// Returns whether two values are the same JSON. `1` and `1.0` are; unlike kinds never are. A hole is not null, and
/// what it is otherwise is not known.
pub fn same(one: &Value, other: &Value) -> Result<bool, Halt> {
    if (hole(one).is_some() && is_null(other)) || (hole(other).is_some() && is_null(one)) {
        return Ok(false);
    }
    let kinds = (not_a_hole(one)?.kind(), not_a_hole(other)?.kind());
    match kinds {
        (ValueKind::None | ValueKind::Undefined, ValueKind::None | ValueKind::Undefined) => Ok(true),
        (ValueKind::Seq | ValueKind::Iterable, ValueKind::Seq | ValueKind::Iterable) => {
            let (ones, others) = (items(one)?, items(other)?);
            if ones.len() != others.len() {
                return Ok(false);
            }
            for (one, other) in ones.iter().zip(&others) {
                if !same(one, other)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (ValueKind::Map, ValueKind::Map) => {
            if length(one)? != length(other)? {
                return Ok(false);
            }
            for (name, value) in entries(one)? {
                // A missing attribute reads as null, so presence is asked for where null is what is looked for.
                let there = !is_null(&value) || entries(other)?.iter().any(|(other_name, _)| *other_name == name);
                if !there || !same(&value, &attribute(other, &name)?)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (one_kind, other_kind) if one_kind == other_kind => Ok(one == other),
        _ => Ok(false),
    }
}

/// Returns the order of two numbers or two texts.
pub fn order(one: &Value, other: &Value) -> Result<Ordering, Halt> {
    match (not_a_hole(one)?.kind(), not_a_hole(other)?.kind()) {
        (ValueKind::Number, ValueKind::Number) | (ValueKind::String, ValueKind::String) => Ok(one.cmp(other)),
        _ => Err(Halt::wrong(format!(
            "only two numbers or two texts have an order; these are {} and {}",
            kind_name(one),
            kind_name(other)
        ))),
    }
}

/// Returns whether a list has an item, a text a part, or an object an attribute. Nothing is in null.
pub fn contains(container: &Value, value: &Value) -> Result<bool, Halt> {
    match not_a_hole(container)?.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(false),
        ValueKind::Seq | ValueKind::Iterable => {
            for item in items(container)? {
                if same(&item, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        ValueKind::String => match (container.as_str(), not_a_hole(value)?.as_str()) {
            (Some(text), Some(part)) => Ok(text.contains(part)),
            _ if is_null(value) => Ok(false),
            _ => Err(Halt::wrong(format!("only a text can be in a text; this is {}", kind_name(value)))),
        },
        ValueKind::Map => match not_a_hole(value)?.as_str() {
            Some(name) => Ok(entries(container)?.iter().any(|(entry, _)| entry == name)),
            None => Ok(false),
        },
        _ => Err(Halt::wrong(format!("nothing can be in {}", kind_name(container)))),
    }
}

/// Adds numbers, joins texts or joins lists.
pub fn add(one: &Value, other: &Value) -> Result<Value, Halt> {
    match (not_a_hole(one)?.kind(), not_a_hole(other)?.kind()) {
        (ValueKind::String, ValueKind::String) => concatenate(one, other),
        (ValueKind::Seq | ValueKind::Iterable, ValueKind::Seq | ValueKind::Iterable) => {
            let mut joined = items(one)?;
            joined.extend(items(other)?);
            not_too_long(joined.len())?;
            Ok(Value::from(joined))
        }
        (ValueKind::Number, ValueKind::Number) => calculate(one, other, i64::checked_add, |one, other| one + other),
        _ => Err(Halt::wrong(format!(
            "`+` joins two numbers, two texts or two lists; these are {} and {}",
            kind_name(one),
            kind_name(other)
        ))),
    }
}

/// Subtracts numbers.
pub fn subtract(one: &Value, other: &Value) -> Result<Value, Halt> {
    calculate(one, other, i64::checked_sub, |one, other| one - other)
}

/// Multiplies numbers.
pub fn multiply(one: &Value, other: &Value) -> Result<Value, Halt> {
    calculate(one, other, i64::checked_mul, |one, other| one * other)
}

/// Divides numbers; the quotient has a fraction.
pub fn divide(one: &Value, other: &Value) -> Result<Value, Halt> {
    finite(number(one)? / number(other)?)
}

/// Divides numbers and rounds down.
pub fn divide_whole(one: &Value, other: &Value) -> Result<Value, Halt> {
    let floored = |one: i64, other: i64| {
        let quotient = one.checked_div(other)?;
        let uneven = one.checked_rem(other)? != 0;
        Some(if uneven && (one < 0) != (other < 0) { quotient - 1 } else { quotient })
    };
    calculate(one, other, floored, |one, other| (one / other).floor())
}

/// Returns what a division that rounds down leaves over.
pub fn remainder(one: &Value, other: &Value) -> Result<Value, Halt> {
    let floored = |one: i64, other: i64| {
        let rest = one.checked_rem(other)?;
        Some(if rest != 0 && (rest < 0) != (other < 0) { rest + other } else { rest })
    };
    calculate(one, other, floored, |one, other| one - other * (one / other).floor())
}

/// Returns a number with the other sign.
pub fn negative(value: &Value) -> Result<Value, Halt> {
    subtract(&Value::from(0), value)
}

fn calculate(
    one: &Value,
    other: &Value,
    whole: impl Fn(i64, i64) -> Option<i64>,
    fraction: impl Fn(f64, f64) -> f64,
) -> Result<Value, Halt> {
    if not_a_hole(one)?.is_integer() && not_a_hole(other)?.is_integer() {
        let result = integer(one).zip(integer(other)).and_then(|(one, other)| whole(one, other));
        return result.map(Value::from).ok_or_else(out_of_range);
    }
    finite(fraction(number(one)?, number(other)?))
}

fn finite(result: f64) -> Result<Value, Halt> {
    if result.is_finite() { Ok(Value::from(result)) } else { Err(out_of_range()) }
}

fn out_of_range() -> Halt {
    Halt::wrong("the result is no number that can be kept: it is too large, or a division by zero")
}

/// Returns the whole number, where the value is one that fits into 64 bits with a sign.
pub fn integer(value: &Value) -> Option<i64> {
    if value.is_integer() { value.as_i64() } else { None }
}

/// Returns the number as a float.
pub fn number(value: &Value) -> Result<f64, Halt> {
    match not_a_hole(value)?.kind() {
        ValueKind::Number => f64::try_from(value.clone()).map_err(|_| Halt::wrong("this number is too large")),
        _ => Err(Halt::wrong(format!("a number is needed; this is {}", kind_name(value)))),
    }
}

/// Joins two values to a text.
pub fn concatenate(one: &Value, other: &Value) -> Result<Value, Halt> {
    let mut joined = written(one)?;
    joined.push_str(&written(other)?);
    text(joined)
}

/// Returns a text, a number or a boolean as text.
pub fn written(value: &Value) -> Result<String, Halt> {
    match not_a_hole(value)?.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Number => Ok(value.to_string()),
        ValueKind::Bool => Ok(if value.is_true() { "true" } else { "false" }.to_owned()),
        _ => Err(Halt::wrong(format!("a text or a number is needed; this is {}", kind_name(value)))),
    }
}

/// Makes a text value, unless it is too long.
pub fn text(text: String) -> Result<Value, Halt> {
    if text.len() > MAX_TEXT { Err(Halt::Exhausted) } else { Ok(Value::from(text)) }
}

/// Refuses to make a list that is too long.
pub fn not_too_long(items: usize) -> Result<(), Halt> {
    if items > MAX_ITEMS { Err(Halt::Exhausted) } else { Ok(()) }
}

/// Returns what two texts share that differ only in letter case and outer blanks; null shares it with null alone.
pub fn folded(value: &Value) -> Result<String, Halt> {
    Ok(if is_null(value) { "\0".to_owned() } else { written(value)?.trim().to_lowercase() })
}

/// Returns whether a list has a text, whatever the letter case. Nothing is in null.
pub fn contains_in_any_case(container: &Value, value: &Value) -> Result<bool, Halt> {
    let wanted = folded(value)?;
    for item in items(container)? {
        if folded(&item)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}
