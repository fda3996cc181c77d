//! Filters on lists: Jinja's, with null as an empty list and missing attributes as null.

use std::cmp::Ordering;
use std::collections::HashSet;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::call::Call;
use super::halt::Halt;
use super::known::{is_null, kind_name};
use super::operation::{
    add, at_path, entries, folded, hole, items, length as length_of, not_a_hole, not_too_long, number, order, text,
    written,
};
use super::test::test_named;

pub fn length(call: &Call) -> Result<Value, Halt> {
    Ok(Value::from(length_of(call.value)?))
}

pub fn first(call: &Call) -> Result<Value, Halt> {
    Ok(call.items()?.into_iter().next().unwrap_or_else(|| Value::from(())))
}

pub fn last(call: &Call) -> Result<Value, Halt> {
    Ok(call.items()?.pop().unwrap_or_else(|| Value::from(())))
}

pub fn list(call: &Call) -> Result<Value, Halt> {
    match call.value.as_str() {
        Some(text) => {
            call.pay(text.len())?;
            Ok(text.chars().map(|character| Value::from(character.to_string())).collect())
        }
        None => Ok(Value::from(call.items()?)),
    }
}

pub fn reverse(call: &Call) -> Result<Value, Halt> {
    match call.value.as_str() {
        Some(text) => Ok(Value::from(text.chars().rev().collect::<String>())),
        None => Ok(Value::from(call.items()?.into_iter().rev().collect::<Vec<Value>>())),
    }
}

pub fn pairs(call: &Call) -> Result<Value, Halt> {
    let pairs = entries(call.value)?;
    call.pay(pairs.len())?;
    Ok(pairs.into_iter().map(|(name, value)| Value::from(vec![Value::from(name), value])).collect())
}

pub fn default(call: &Call) -> Result<Value, Halt> {
    let keep = hole(call.value).is_some() || if call.flag(1) { call.value.is_true() } else { !is_null(call.value) };
    Ok(if keep { call.value.clone() } else { call.argument_or_null(0) })
}

pub fn flatten(call: &Call) -> Result<Value, Halt> {
    let mut flat = Vec::new();
    for item in call.items()? {
        if matches!(not_a_hole(&item)?.kind(), ValueKind::Seq | ValueKind::Iterable) || is_null(&item) {
            let inner = items(&item)?;
            call.pay(inner.len())?;
            not_too_long(flat.len() + inner.len())?;
            flat.extend(inner);
        } else {
            flat.push(item);
        }
    }
    Ok(Value::from(flat))
}

pub fn join(call: &Call) -> Result<Value, Halt> {
    let separator = call.text_argument(0)?.unwrap_or("");
    let attribute = call.text_argument(1)?;
    let mut joined = String::new();
    let mut any = false;
    for item in call.items()? {
        let item = taken(item, attribute)?;
        if is_null(&item) {
            continue;
        }
        if any {
            joined.push_str(separator);
        }
        any = true;
        joined.push_str(&written(&item)?);
        if joined.len() > super::operation::MAX_TEXT {
            return Err(Halt::Exhausted);
        }
    }
    text(joined)
}

pub fn map(call: &Call) -> Result<Value, Halt> {
    let default = call.argument_or_null(2);
    let mapped = |item: Value| match (call.text_argument(0)?, call.text_argument(1)?) {
        (None, Some(path)) => Ok(at_path(&item, path)?),
        (Some(name), None) => call.through(name, &item),
        _ => Err(Halt::wrong("`map` takes either a filter's name or `attribute=`")),
    };
    let mut list = Vec::new();
    for item in call.items()? {
        let value = mapped(item)?;
        list.push(if is_null(&value) { default.clone() } else { value });
    }
    Ok(Value::from(list))
}

pub fn select(call: &Call) -> Result<Value, Halt> {
    chosen(call, None, 0, true)
}

pub fn reject(call: &Call) -> Result<Value, Halt> {
    chosen(call, None, 0, false)
}

pub fn selectattr(call: &Call) -> Result<Value, Halt> {
    chosen(call, call.text_argument(0)?, 1, true)
}

pub fn rejectattr(call: &Call) -> Result<Value, Halt> {
    chosen(call, call.text_argument(0)?, 1, false)
}

fn chosen(call: &Call, attribute: Option<&str>, test_position: usize, wanted: bool) -> Result<Value, Halt> {
    let test = match call.text_argument(test_position)? {
        Some(name) => Some(test_named(name).ok_or_else(|| Halt::wrong(format!("there is no test `{name}`")))?),
        None => None,
    };
    let set = match test.map(|test| test.name) {
        Some("in") => Set::of(call, key)?,
        Some("in_any_case") => Set::of(call, folded)?,
        _ => None,
    };
    let mut list = Vec::new();
    for item in call.items()? {
        let subject = taken(item.clone(), attribute)?;
        let passes = match (test, &set) {
            (Some(_), Some(set)) => set.has(&subject)?,
            (Some(test), None) => test.passes(&subject, call.more())?,
            (None, _) => not_a_hole(&subject)?.is_true(),
        };
        if passes == wanted {
            list.push(item);
        }
    }
    Ok(Value::from(list))
}

/// The list in which each item is looked for, so that many items times a long list is not their product.
struct Set {
    keys: HashSet<String>,
    key: fn(&Value) -> Result<String, Halt>,
}

impl Set {
    fn of(call: &Call, key: fn(&Value) -> Result<String, Halt>) -> Result<Option<Self>, Halt> {
        let Some(list) = call.more().first().filter(|list| matches!(list.kind(), ValueKind::Seq | ValueKind::Iterable))
        else {
            return Ok(None);
        };
        let list = items(list)?;
        call.pay(list.len())?;
        Ok(Some(Self { keys: list.iter().map(key).collect::<Result<_, _>>()?, key }))
    }

    fn has(&self, value: &Value) -> Result<bool, Halt> {
        Ok(self.keys.contains(&(self.key)(value)?))
    }
}

pub fn unique(call: &Call) -> Result<Value, Halt> {
    let attribute = call.text_argument(1)?;
    let sensitive = call.flag(0);
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for item in call.items()? {
        let subject = taken(item.clone(), attribute)?;
        let key = key(&subject)?;
        if seen.insert(if sensitive { key } else { key.to_lowercase() }) {
            list.push(item);
        }
    }
    Ok(Value::from(list))
}

pub fn union(call: &Call) -> Result<Value, Halt> {
    let others = items(&call.argument_or_null(0))?;
    call.pay(others.len())?;
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for item in call.items()?.into_iter().chain(others) {
        if seen.insert(key(&item)?) {
            list.push(item);
        }
    }
    Ok(Value::from(list))
}

pub fn difference(call: &Call) -> Result<Value, Halt> {
    let others = items(&call.argument_or_null(0))?;
    call.pay(others.len())?;
    let others: HashSet<String> = others.iter().map(key).collect::<Result<_, _>>()?;
    let mut list = Vec::new();
    for item in call.items()? {
        if !others.contains(&key(&item)?) {
            list.push(item);
        }
    }
    Ok(Value::from(list))
}

pub fn sort(call: &Call) -> Result<Value, Halt> {
    let attribute = call.text_argument(2)?;
    let sensitive = call.flag(1);
    let mut keyed: Vec<(Value, Value)> = Vec::new();
    for item in call.items()? {
        let subject = taken(item.clone(), attribute)?;
        let subject = match not_a_hole(&subject)?.as_str() {
            Some(text) if !sensitive => Value::from(text.to_lowercase()),
            _ => subject,
        };
        keyed.push((subject, item));
    }
    call.pay(keyed.len().saturating_mul(keyed.len().checked_ilog2().unwrap_or(0) as usize))?;
    let mut trouble = None;
    keyed.sort_by(|(one, _), (other, _)| {
        nulls_first(one, other).unwrap_or_else(|halt| {
            trouble.get_or_insert(halt);
            Ordering::Equal
        })
    });
    if let Some(halt) = trouble {
        return Err(halt);
    }
    if call.flag(0) {
        keyed.reverse();
    }
    Ok(Value::from(keyed.into_iter().map(|(_, item)| item).collect::<Vec<Value>>()))
}

pub fn min(call: &Call) -> Result<Value, Halt> {
    extreme(call, Ordering::Less)
}

pub fn max(call: &Call) -> Result<Value, Halt> {
    extreme(call, Ordering::Greater)
}

fn extreme(call: &Call, wanted: Ordering) -> Result<Value, Halt> {
    let attribute = call.text_argument(0)?;
    let mut best: Option<(Value, Value)> = None;
    for item in call.items()? {
        let subject = taken(item.clone(), attribute)?;
        if is_null(&subject) {
            continue;
        }
        let better = match &best {
            Some((so_far, _)) => order(&subject, so_far)? == wanted,
            None => true,
        };
        if better {
            best = Some((subject, item));
        }
    }
    Ok(best.map_or_else(|| Value::from(()), |(_, item)| item))
}

pub fn sum(call: &Call) -> Result<Value, Halt> {
    let attribute = call.text_argument(0)?;
    let mut total = Value::from(0);
    for item in call.items()? {
        let item = taken(item, attribute)?;
        if is_null(&item) {
            continue;
        }
        if !item.is_number() {
            return Err(Halt::wrong(format!("only numbers have a sum; this is {}", kind_name(not_a_hole(&item)?))));
        }
        total = add(&total, &item)?;
    }
    Ok(total)
}

fn taken(item: Value, attribute: Option<&str>) -> Result<Value, Halt> {
    match attribute {
        Some(path) => at_path(&item, path),
        None => Ok(item),
    }
}

fn nulls_first(one: &Value, other: &Value) -> Result<Ordering, Halt> {
    match (is_null(one), is_null(other)) {
        (true, true) => Ok(Ordering::Equal),
        (true, false) => Ok(Ordering::Less),
        (false, true) => Ok(Ordering::Greater),
        (false, false) if one.kind() == ValueKind::Bool && same_kind(one, other) => Ok(one.cmp(other)),
        (false, false) => order(one, other),
    }
}

fn same_kind(one: &Value, other: &Value) -> bool {
    one.kind() == other.kind()
}

/// Returns a text that two values share exactly when they are the same JSON.
fn key(value: &Value) -> Result<String, Halt> {
    let mut key = String::new();
    write_key(value, &mut key)?;
    Ok(key)
}

fn write_key(value: &Value, key: &mut String) -> Result<(), Halt> {
    match not_a_hole(value)?.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            key.push('[');
            for item in items(value)? {
                write_key(&item, key)?;
                key.push(',');
            }
            key.push(']');
        }
        ValueKind::Map => {
            let mut pairs = entries(value)?;
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
            key.push('{');
            for (name, value) in pairs {
                key.push_str(&format!("{name:?}:"));
                write_key(&value, key)?;
                key.push(',');
            }
            key.push('}');
        }
        ValueKind::String => key.push_str(&format!("{:?}", value.as_str().unwrap_or_default())),
        ValueKind::None | ValueKind::Undefined => key.push_str("null"),
        ValueKind::Number if value.is_integer() => key.push_str(&value.to_string()),
        // A float without a fraction writes as the whole number that it equals.
        ValueKind::Number => key.push_str(&number(value)?.to_string()),
        _ => key.push_str(&written(value)?),
    }
    Ok(())
}
