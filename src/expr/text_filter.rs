//! Filters on texts and numbers: Jinja's, with null staying null.

use minijinja::Value;

use super::call::Call;
use super::halt::Halt;
use super::known::is_null;
use super::operation::{MAX_TEXT, integer, not_a_hole, number, text, written};

pub fn lower(call: &Call) -> Result<Value, Halt> {
    of_text(call, |given| text(given.to_lowercase()))
}

pub fn upper(call: &Call) -> Result<Value, Halt> {
    of_text(call, |given| text(given.to_uppercase()))
}

pub fn capitalize(call: &Call) -> Result<Value, Halt> {
    of_text(call, |given| text(capitalized(given)))
}

pub fn title(call: &Call) -> Result<Value, Halt> {
    of_text(call, |given| {
        text(given.split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'').map(capitalized).collect())
    })
}

pub fn trim(call: &Call) -> Result<Value, Halt> {
    let characters = call.text_argument(0)?;
    of_text(call, |given| {
        Ok(Value::from(match characters {
            Some(characters) => given.trim_matches(|c| characters.contains(c)),
            None => given.trim(),
        }))
    })
}

pub fn replace(call: &Call) -> Result<Value, Halt> {
    let (Some(old), Some(new)) = (call.text_argument(0)?, call.text_argument(1)?) else {
        return Err(Halt::wrong("`replace` needs two texts"));
    };
    if old.is_empty() {
        return Err(Halt::wrong("`replace` cannot replace an empty text"));
    }
    of_text(call, |given| {
        // The length is known beforehand, so that a chain of doublings ends before it takes the memory.
        let count = given.matches(old).count();
        if given.len().saturating_add(count.saturating_mul(new.len())) > MAX_TEXT.saturating_add(count * old.len()) {
            return Err(Halt::Exhausted);
        }
        text(given.replace(old, new))
    })
}

pub fn split(call: &Call) -> Result<Value, Halt> {
    let separator = call.text_argument(0)?;
    if separator.is_some_and(str::is_empty) {
        return Err(Halt::wrong("`split` cannot split at an empty text"));
    }
    of_text(call, |given| {
        call.pay(given.len())?;
        Ok(match separator {
            Some(separator) => given.split(separator).map(Value::from).collect(),
            None => given.split_whitespace().map(Value::from).collect(),
        })
    })
}

pub fn string(call: &Call) -> Result<Value, Halt> {
    if is_null(call.value) {
        return Ok(Value::from(()));
    }
    text(written(call.value)?)
}

pub fn bool(call: &Call) -> Result<Value, Halt> {
    Ok(Value::from(not_a_hole(call.value)?.is_true()))
}

pub fn abs(call: &Call) -> Result<Value, Halt> {
    if is_null(call.value) {
        return Ok(Value::from(()));
    }
    match integer(call.value).and_then(i64::checked_abs) {
        Some(absolute) => Ok(Value::from(absolute)),
        None => Ok(Value::from(number(call.value)?.abs())),
    }
}

pub fn round(call: &Call) -> Result<Value, Halt> {
    if is_null(call.value) || call.value.is_integer() {
        return Ok(call.value.clone());
    }
    let digits = call.argument(0).and_then(integer).unwrap_or(0).clamp(0, 15);
    let factor = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
    Ok(Value::from((number(call.value)? * factor).round() / factor))
}

pub fn int(call: &Call) -> Result<Value, Halt> {
    if is_null(call.value) {
        return Ok(call.argument_or_null(0));
    }
    if not_a_hole(call.value)?.is_integer() {
        return Ok(call.value.clone());
    }
    let parsed = match call.value.as_str() {
        Some(text) => text.trim().parse::<i64>().ok().map(Value::from),
        None => whole(number(call.value)?),
    };
    parsed.or_else(|| call.argument(0).cloned()).ok_or_else(|| no_number(call.value))
}

pub fn float(call: &Call) -> Result<Value, Halt> {
    if is_null(call.value) {
        return Ok(call.argument_or_null(0));
    }
    let parsed = match not_a_hole(call.value)?.as_str() {
        Some(text) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
        None => Some(Value::from(number(call.value)?)),
    };
    parsed.or_else(|| call.argument(0).cloned()).ok_or_else(|| no_number(call.value))
}

/// Returns the whole part of a number, where it fits into 64 bits.
fn whole(number: f64) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked; the fraction is to be cut off")]
    (number.abs() < 9.0e18).then(|| Value::from(number.trunc() as i64))
}

fn no_number(value: &Value) -> Halt {
    Halt::wrong(match value.as_str() {
        Some(_) => "this text is no number",
        None => "this number is too large",
    })
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters.as_str().to_lowercase().chars()).collect(),
        None => String::new(),
    }
}

fn of_text(call: &Call, change: impl FnOnce(&str) -> Result<Value, Halt>) -> Result<Value, Halt> {
    match call.text()? {
        Some(given) => change(given),
        None => Ok(Value::from(())),
    }
}
