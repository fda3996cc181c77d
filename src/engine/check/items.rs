//! The items of a repeated step: each with a key of its own, and a label by which a person tells it from the others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::engine::finding::Item;
use crate::expr::{Datum, Partial, Scope};
use crate::ports::text::in_line;
use crate::wizard::step::ForEach;

/// Makes the items of a list.
pub(super) fn of(list: &Datum, for_each: &ForEach, base: &Scope) -> anyhow::Result<Vec<Item>> {
    let mut items: Vec<Item> = Vec::new();
    let mut keys = BTreeSet::new();
    for value in listed(list)? {
        let scope = base.with(&for_each.name, value.clone());
        let key = text(for_each.key.evaluate(&scope)?, "key")?;
        let label = match &for_each.label {
            Some(label) => in_line(&text(label.evaluate(&scope)?, "label")?),
            None => in_line(&key),
        };
        if !keys.insert(key.clone()) {
            anyhow::bail!("two items of this step have the key `{key}`");
        }
        items.push(Item { key, label, value });
    }
    tell_apart(&mut items);
    Ok(items)
}

fn text(value: Partial<Datum>, what: &str) -> anyhow::Result<String> {
    let Partial::Known(value) = value else { anyhow::bail!("an item's {what} is known only after an earlier change") };
    match value.to_json() {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => anyhow::bail!("an item's {what} must be a text, not {other}"),
    }
}

/// Returns the items of a list; null is an empty one. Anything else is not what the author expects, and "no items" would
/// pass for "all well".
fn listed(list: &Datum) -> anyhow::Result<Vec<Datum>> {
    match list.as_list() {
        Some(items) => Ok(items.to_vec()),
        None if list.is_null() => Ok(Vec::new()),
        None => anyhow::bail!("the items of this step are not a list"),
    }
}

/// Gives items that share a label their key as well, so that a person, an answers file and the journal can tell them apart.
/// A label that reads like another with its key is no other's either.
fn tell_apart(items: &mut [Item]) {
    loop {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for item in items.iter() {
            *seen.entry(item.label.clone()).or_default() += 1;
        }
        let mut shared =
            items.iter_mut().filter(|item| seen.get(&item.label).is_some_and(|count| *count > 1)).peekable();
        if shared.peek().is_none() {
            return;
        }
        shared.for_each(|item| item.label = format!("{} ({})", item.label, item.key));
    }
}
