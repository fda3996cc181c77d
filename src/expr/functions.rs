//! What the filters do. Null is an empty list, or stays null.

use std::collections::HashSet;

use super::call::Call;
use super::datum::{Datum, NODE};
use super::error::EvalStop;
use super::fuel::Fuel;
use super::operation::{attribute, folded, items, known, length as length_of, order, written};
use super::time;

pub fn length(call: &mut Call) -> Result<Datum, EvalStop> {
    if let Datum::Text(text) = call.value {
        call.fuel.charge_bytes(text.len())?;
    }
    Ok(Datum::Number(length_of(call.value)?.into()))
}

pub fn first(call: &mut Call) -> Result<Datum, EvalStop> {
    items(call.value)?.first().map_or(Ok(Datum::Null), |item| item.touched().cloned())
}

pub fn last(call: &mut Call) -> Result<Datum, EvalStop> {
    items(call.value)?.last().map_or(Ok(Datum::Null), |item| item.touched().cloned())
}

pub fn join(call: &mut Call) -> Result<Datum, EvalStop> {
    let separator = call.text_argument(0)?.unwrap_or("");
    let mut parts = Vec::new();
    let mut length: usize = 0;
    for item in call.items()?.iter().filter(|item| !item.is_null()) {
        let part = written(item)?;
        let between = if parts.is_empty() { 0 } else { separator.len() };
        length = length.saturating_add(between).saturating_add(part.len());
        parts.push(part);
    }
    call.fuel.make_text(length)?;
    Ok(Datum::text(&parts.join(separator)))
}

pub fn unique(call: &mut Call) -> Result<Datum, EvalStop> {
    let all = call.items()?;
    each_once(all.iter(), true, call.fuel)
}

pub fn union(call: &mut Call) -> Result<Datum, EvalStop> {
    let others = items(call.argument(0))?;
    call.fuel.charge(others.len())?;
    let all = call.items()?;
    each_once(all.iter().chain(others), false, call.fuel)
}

/// Returns the items, each once. Objects of a directory are the same by their `id`: one that was read in two ways is still
/// one.
fn each_once<'item>(
    all: impl Iterator<Item = &'item Datum>,
    any_case: bool,
    fuel: &mut Fuel,
) -> Result<Datum, EvalStop> {
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for item in all {
        let id = item.get("id").filter(|id| id.as_str().is_some());
        let key = match known(item)? {
            Datum::Text(text) if any_case => (false, lowered(text, fuel)?),
            other => (id.is_some(), id.unwrap_or(other).clone()),
        };
        fuel.make(NODE)?;
        fuel.charge_bytes(key.1.extent().bytes)?;
        if seen.insert(key) {
            list.push(item.clone());
        }
    }
    Ok(Datum::list(list))
}

pub fn sort(call: &mut Call) -> Result<Datum, EvalStop> {
    let all = call.items()?;
    let rounds = all.len().checked_ilog2().unwrap_or(0) as usize + 1;
    call.fuel.charge_bytes(call.value.extent().bytes.saturating_mul(rounds))?;
    let mut keyed: Vec<(Option<Datum>, &Datum)> = Vec::with_capacity(all.len());
    for item in all {
        let key = match known(item)? {
            Datum::Null => None,
            Datum::Text(text) => Some(lowered(text, call.fuel)?),
            other => Some(other.clone()),
        };
        keyed.push((key, item));
    }
    // One order for all: numbers, times or texts. An order that changes from pair to pair is none.
    let keys = || keyed.iter().filter_map(|(key, _)| key.as_ref());
    if let Some(first) = keys().next() {
        for key in keys() {
            order(first, key)?;
        }
    }
    let as_texts = keys().filter_map(Datum::as_str).any(|text| time::order(text, text).is_none());
    keyed.sort_by(|(one, _), (other, _)| match (one, other) {
        (Some(Datum::Text(one)), Some(Datum::Text(other))) if as_texts => one.cmp(other),
        (Some(one), Some(other)) => order(one, other).unwrap_or(std::cmp::Ordering::Equal),
        (one, other) => one.is_some().cmp(&other.is_some()),
    });
    Ok(Datum::list(keyed.into_iter().map(|(_, item)| item.clone())))
}

pub fn lower(call: &mut Call) -> Result<Datum, EvalStop> {
    call.text()?.map_or(Ok(Datum::Null), |given| lowered(given, call.fuel))
}

fn lowered(text: &str, fuel: &mut Fuel) -> Result<Datum, EvalStop> {
    fuel.make_text(text.len())?;
    Ok(Datum::text(&text.to_lowercase()))
}

pub fn split(call: &mut Call) -> Result<Datum, EvalStop> {
    let separator = call.text_argument(0)?;
    if separator.is_some_and(str::is_empty) {
        return Err(EvalStop::wrong("`split` cannot split at an empty text"));
    }
    let Some(given) = call.text()? else { return Ok(Datum::Null) };
    let parts: Vec<&str> = match separator {
        Some(separator) => given.split(separator).collect(),
        None => given.split_whitespace().collect(),
    };
    call.fuel.make(given.len().saturating_add(parts.len().saturating_mul(NODE)))?;
    Ok(Datum::list(parts.into_iter().map(Datum::text)))
}

pub fn lookup(call: &mut Call) -> Result<Datum, EvalStop> {
    let (Some(key_column), Some(column)) = (call.text_argument(0)?, call.text_argument(2)?) else {
        return Err(EvalStop::wrong("`lookup` needs the names of two columns"));
    };
    if call.argument(1).is_null() {
        return Ok(Datum::Null);
    }
    let wanted = folded(call.argument(1))?;
    for row in call.items()? {
        let cell = attribute(row, key_column)?;
        call.fuel.charge_bytes(cell.extent().bytes)?;
        if is_alike(&cell, &wanted)? {
            return attribute(row, column);
        }
    }
    Ok(Datum::Null)
}

/// Returns whether a cell is what is looked for; a table is looked through once for every person, so this must not
/// copy the text.
fn is_alike(cell: &Datum, wanted: &str) -> Result<bool, EvalStop> {
    match cell.as_str().map(str::trim) {
        Some(text) if text.is_ascii() && wanted.is_ascii() => Ok(text.eq_ignore_ascii_case(wanted)),
        Some(text) => Ok(text.to_lowercase() == wanted),
        None if cell.is_null() => Ok(false),
        None => Ok(*written(cell)? == *wanted),
    }
}
