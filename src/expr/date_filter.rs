//! Filters on dates and times: texts in ISO 8601, as Graph writes them. None of them asks for the time: it is an
//! argument, so that a plan can be computed again.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use minijinja::Value;

use super::call::Call;
use super::halt::Halt;
use super::known::kind_name;
use super::operation::integer;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

pub fn days_until(call: &Call) -> Result<Value, Halt> {
    let Some(text) = call.text()? else { return Ok(Value::from(())) };
    let Some(now) = call.text_argument(0)? else { return Ok(Value::from(())) };
    let (until, now) = (Moment::parse(text)?, Moment::parse(now)?);
    let seconds = match (&until, &now) {
        (Moment::Time(until), Moment::Time(now)) => until.as_second() - now.as_second(),
        _ => until.date().since(now.date()).map_err(too_far)?.get_days() as i64 * SECONDS_A_DAY,
    };
    Ok(Value::from(seconds.div_euclid(SECONDS_A_DAY)))
}

pub fn plus_days(call: &Call) -> Result<Value, Halt> {
    let Some(text) = call.text()? else { return Ok(Value::from(())) };
    let given = call.argument_or_null(0);
    let days = integer(&given)
        .ok_or_else(|| Halt::wrong(format!("`plus_days` needs a whole number; this is {}", kind_name(&given))))?;
    let days = i32::try_from(days).map_err(|_| Halt::wrong("these are too many days"))?;
    match Moment::parse(text)? {
        Moment::Date(date) => {
            let later = date.checked_add(Span::new().try_days(days).map_err(too_far)?).map_err(too_far)?;
            Ok(Value::from(later.to_string()))
        }
        Moment::Time(time) => {
            let seconds = i64::from(days) * SECONDS_A_DAY;
            let later = time.checked_add(Span::new().try_seconds(seconds).map_err(too_far)?).map_err(too_far)?;
            Ok(Value::from(later.to_string()))
        }
    }
}

enum Moment {
    Date(Date),
    Time(Timestamp),
}

impl Moment {
    fn parse(text: &str) -> Result<Self, Halt> {
        let text = text.trim();
        text.parse()
            .map(Self::Time)
            .or_else(|_| text.parse().map(Self::Date))
            .map_err(|_| Halt::wrong("this text is no date (`2026-11-23`) and no time (`2026-11-23T09:30:00Z`)"))
    }

    fn date(&self) -> Date {
        match self {
            Self::Date(date) => *date,
            Self::Time(time) => time.to_zoned(TimeZone::UTC).date(),
        }
    }
}

fn too_far(_: jiff::Error) -> Halt {
    Halt::wrong("this date is too far away")
}
