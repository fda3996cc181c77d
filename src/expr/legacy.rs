//! The filters that take the names of attributes, tests and filters as text, until comprehensions have replaced them.

use std::collections::{HashMap, HashSet};

use super::call::Call;
use super::datum::Datum;
use super::error::EvalStop;
use super::filter::filter_named;
use super::operation::{attribute, folded, items, known, not_too_long};
use super::test::test_named;

pub fn list(call: &mut Call) -> Result<Datum, EvalStop> {
    Ok(Datum::list(call.items()?.iter().cloned()))
}

pub fn flatten(call: &mut Call) -> Result<Datum, EvalStop> {
    let mut flat = Vec::new();
    for item in call.items()? {
        let inner = items(item)?;
        call.fuel.charge(inner.len())?;
        not_too_long(flat.len() + inner.len())?;
        flat.extend(inner.iter().cloned());
    }
    Ok(Datum::list(flat))
}

pub fn join(call: &mut Call) -> Result<Datum, EvalStop> {
    let taken = taken_all(call, call.text_argument(1)?)?;
    super::functions::join(&mut Call {
        value: &Datum::list(taken),
        arguments: call.arguments,
        parameters: 1,
        fuel: call.fuel,
    })
}

pub fn map(call: &mut Call) -> Result<Datum, EvalStop> {
    let (filter, attribute) = (call.text_argument(0)?, call.text_argument(1)?);
    match (filter, attribute) {
        (None, Some(_)) => Ok(Datum::list(taken_all(call, attribute)?)),
        (Some(name), None) => {
            let filter = filter_named(name).ok_or_else(|| EvalStop::wrong(format!("there is no filter `{name}`")))?;
            let mut mapped = Vec::new();
            for item in call.items()? {
                let mut call = Call {
                    value: item.touched()?,
                    arguments: call.more(),
                    parameters: filter.parameters.len(),
                    fuel: call.fuel,
                };
                mapped.push(filter.apply(&mut call)?);
            }
            Ok(Datum::list(mapped))
        }
        _ => Err(EvalStop::wrong("`map` takes either a filter's name or `attribute=`")),
    }
}

pub fn select(call: &mut Call) -> Result<Datum, EvalStop> {
    chosen(call, None, 0, true)
}

pub fn reject(call: &mut Call) -> Result<Datum, EvalStop> {
    chosen(call, None, 0, false)
}

pub fn selectattr(call: &mut Call) -> Result<Datum, EvalStop> {
    chosen(call, call.text_argument(0)?, 1, true)
}

pub fn rejectattr(call: &mut Call) -> Result<Datum, EvalStop> {
    chosen(call, call.text_argument(0)?, 1, false)
}

fn chosen(call: &mut Call, attribute: Option<&str>, position: usize, wanted: bool) -> Result<Datum, EvalStop> {
    let test = match call.text_argument(position)? {
        Some(name) => Some(test_named(name).ok_or_else(|| EvalStop::wrong(format!("there is no test `{name}`")))?),
        None => None,
    };
    // Many items times a long list is not to be their product.
    let argument = call.more().first().unwrap_or(&Datum::Null);
    let members: Option<HashSet<&Datum>> = match test.map(|test| test.name) {
        Some("in") if argument.is_plain() => argument.as_list().map(|list| list.iter().collect()),
        _ => None,
    };
    call.fuel.charge(argument.as_list().map_or(0, <[Datum]>::len))?;
    let mut list = Vec::new();
    for item in call.items()? {
        let subject = taken(item, attribute)?;
        let passes = match (test, &members) {
            (Some(_), Some(members)) => members.contains(known(&subject)?),
            (Some(test), None) => test.passes(&subject, argument)?,
            (None, _) => known(&subject)?.is_true(),
        };
        if passes == wanted {
            list.push(item.clone());
        }
    }
    Ok(Datum::list(list))
}

pub fn unique(call: &mut Call) -> Result<Datum, EvalStop> {
    let Some(path) = call.text_argument(0)? else { return super::functions::unique(call) };
    let all = call.items()?;
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for item in all {
        if seen.insert(taken(item, Some(path))?) {
            list.push(item.clone());
        }
    }
    Ok(Datum::list(list))
}

pub fn sort(call: &mut Call) -> Result<Datum, EvalStop> {
    super::functions::sort(call)
}

pub fn of_type(call: &mut Call) -> Result<Datum, EvalStop> {
    let wanted = format!("#microsoft.graph.{}", call.text_argument(0)?.unwrap_or_default());
    let mut list = Vec::new();
    for item in call.items()? {
        if attribute(item, "@odata.type")?.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(&wanted)) {
            list.push(item.clone());
        }
    }
    Ok(Datum::list(list))
}

/// `principals | expand(steps.groups.items, 'members')`: where a role is given to a group, its members hold it.
pub fn expand(call: &mut Call) -> Result<Datum, EvalStop> {
    let Some(field) = call.text_argument(1)? else { return Err(EvalStop::wrong("`expand` needs the name of a field")) };
    let mut replacements: HashMap<String, Datum> = HashMap::new();
    for entry in items(call.argument(0))? {
        call.fuel.charge(1)?;
        let (key, list) = (attribute(entry, "key")?, taken(entry, Some(field))?);
        // What could not be read replaces nothing, so that nobody disappears from the list without a word.
        if !key.is_null() && !list.is_null() {
            replacements.insert(folded(&key)?, list);
        }
    }
    let mut list = Vec::new();
    for item in call.items()? {
        let own = attribute(item, "id")?;
        let replacement = if own.is_null() { None } else { replacements.get(&folded(&own)?) };
        match replacement {
            Some(replacement) => {
                let replacement = items(replacement)?;
                call.fuel.charge(replacement.len())?;
                not_too_long(list.len() + replacement.len())?;
                list.extend(replacement.iter().cloned());
            }
            None => list.push(item.clone()),
        }
    }
    Ok(Datum::list(list))
}

fn taken_all(call: &mut Call, path: Option<&str>) -> Result<Vec<Datum>, EvalStop> {
    call.items()?.iter().map(|item| taken(item, path)).collect()
}

fn taken(item: &Datum, path: Option<&str>) -> Result<Datum, EvalStop> {
    let item = item.touched()?.clone();
    path.map_or(Ok(item.clone()), |path| path.split('.').try_fold(item, |value, name| attribute(&value, name)))
}
