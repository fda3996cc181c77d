//! Dates, times and durations: texts in ISO 8601, as Graph writes them. None of this asks for the time: it is a value
//! like others (`run.started`), so that a plan can be computed again.

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use super::error::EvalStop;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Returns the order of two texts that are both a time (or both a date).
pub fn order(one: &str, other: &str) -> Option<Ordering> {
    let looks_like_one = |text: &str| text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T');
    if !looks_like_one(one) || !looks_like_one(other) {
        return None;
    }
    Some(one.parse::<Timestamp>().ok()?.cmp(&other.parse::<Timestamp>().ok()?))
}

/// Returns the date or time that is a duration before another.
pub fn earlier(text: &str, duration: &str) -> Result<String, EvalStop> {
    let duration = read_duration(duration).ok_or_else(|| {
        EvalStop::wrong("from a time only a duration can be taken: `'14d'`, `'36h'` or ISO 8601 such as `'P14D'`")
    })?;
    match Moment::parse(text)? {
        Moment::Time(time) => Ok(time.checked_sub(duration).map_err(too_far)?.to_string()),
        Moment::Date(date) => Ok(date.checked_sub(duration).map_err(too_far)?.to_string()),
    }
}

/// Reads a duration: `14d`, `36h`, `90m`, `30s`, or ISO 8601 without months and years, which have no fixed length.
pub fn read_duration(text: &str) -> Option<SignedDuration> {
    if text.starts_with('P') {
        let span: Span = text.parse().ok()?;
        let fixed = span.get_years() == 0 && span.get_months() == 0;
        return fixed.then(|| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()).flatten();
    }
    let unit = match text.chars().last()? {
        'd' => SECONDS_A_DAY,
        'h' => 60 * 60,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(SignedDuration::from_secs(digits.parse::<i64>().ok()?.checked_mul(unit)?))
}

enum Moment {
    Date(Date),
    Time(Timestamp),
}

impl Moment {
    fn parse(text: &str) -> Result<Self, EvalStop> {
        let text = text.trim();
        text.parse().map(Self::Time).or_else(|_| text.parse().map(Self::Date)).map_err(|_| {
            EvalStop::wrong("this text is neither a date (`2026-11-23`) nor a time (`2026-11-23T09:30:00Z`)")
        })
    }
}

fn too_far(_: jiff::Error) -> EvalStop {
    EvalStop::wrong("this date is too far away")
}
