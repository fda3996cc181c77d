//! Filters that know how directories look: types of objects, domains, tables of people, groups and their members.

use std::collections::HashMap;

use minijinja::Value;

use super::call::Call;
use super::halt::Halt;
use super::known::is_null;
use super::operation::{at_path, attribute, folded, items, not_too_long, written};

/// `of_type('user')`: Graph says the type of a directory object in `@odata.type`, which attribute filters cannot
/// reach because they split at the dot.
pub fn of_type(call: &Call) -> Result<Value, Halt> {
    let wanted = call.text_argument(0)?.unwrap_or_default();
    let wanted = format!("#microsoft.graph.{}", wanted.trim_start_matches("#microsoft.graph."));
    let mut list = Vec::new();
    for item in call.items()? {
        let kind = attribute(&item, "@odata.type")?;
        if kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(&wanted)) {
            list.push(item);
        }
    }
    Ok(Value::from(list))
}

pub fn domain(call: &Call) -> Result<Value, Halt> {
    let Some(text) = call.text()? else { return Ok(Value::from(())) };
    Ok(text.rsplit_once('@').map_or_else(|| Value::from(()), |(_, domain)| Value::from(domain.trim().to_lowercase())))
}

pub fn lookup(call: &Call) -> Result<Value, Halt> {
    if is_null(call.value) {
        return Ok(Value::from(()));
    }
    let (Some(key_column), Some(column)) = (call.text_argument(0)?, call.text_argument(2)?) else {
        return Err(Halt::wrong("`lookup` needs the names of two columns"));
    };
    let Some(wanted) = call.argument(1) else { return Ok(Value::from(())) };
    let wanted = folded(wanted)?;
    for row in call.items()? {
        let key = attribute(&row, key_column)?;
        if is_alike(&key, &wanted)? {
            return attribute(&row, column);
        }
    }
    Ok(Value::from(()))
}

/// Returns whether a cell is what is looked for; a table is looked through once for every person, so this must not
/// copy the text.
fn is_alike(cell: &Value, wanted: &str) -> Result<bool, Halt> {
    match cell.as_str().map(str::trim) {
        Some(text) if text.is_ascii() && wanted.is_ascii() => Ok(text.eq_ignore_ascii_case(wanted)),
        Some(text) => Ok(text.to_lowercase() == wanted),
        None if is_null(cell) => Ok(false),
        None => Ok(written(cell)? == wanted),
    }
}

/// `principals | expand(steps.groups.items, 'members')`: where a role is given to a group, its members hold it. The
/// step `groups` reads them, one item for each group, so an entry's `key` is the group's id.
pub fn expand(call: &Call) -> Result<Value, Halt> {
    let Some(field) = call.text_argument(1)? else { return Err(Halt::wrong("`expand` needs the name of a field")) };
    let key = call.text_argument(2)?.unwrap_or("key");
    let id = call.text_argument(3)?.unwrap_or("id");
    let mut replacements: HashMap<String, Vec<Value>> = HashMap::new();
    for entry in items(&call.argument_or_null(0))? {
        call.pay(1)?;
        let (key, list) = (attribute(&entry, key)?, at_path(&entry, field)?);
        // What could not be read replaces nothing, so that nobody disappears from the list without a word.
        if !is_null(&key) && !is_null(&list) {
            replacements.insert(folded(&key)?, items(&list)?);
        }
    }
    let mut list = Vec::new();
    for item in call.items()? {
        let own = at_path(&item, id)?;
        let replacement = if is_null(&own) { None } else { replacements.get(&folded(&own)?) };
        match replacement {
            Some(replacement) => {
                call.pay(replacement.len())?;
                not_too_long(list.len() + replacement.len())?;
                list.extend(replacement.iter().cloned());
            }
            None => list.push(item),
        }
    }
    Ok(Value::from(list))
}
