//! How long a service asks to wait: `Retry-After` in both its forms, for Graph and for sign-in.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Returns the wait that a `Retry-After` asks for: seconds, or a date.
///
/// A date is counted from the answer's own `Date`, since this machine's clock may be wrong; without one from `now`.
/// The wait is rounded up to a whole second, so that it is never undercut.
pub fn parse(value: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for the type is still a wait that nobody will sit out.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = timestamp(value)?;
    let from = date.and_then(timestamp).unwrap_or(now);
    let wait = Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO);
    let rounded = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Some(Duration::from_secs(rounded))
}

fn timestamp(text: &str) -> Option<Timestamp> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn wait(value: &str, date: Option<&str>) -> Option<u64> {
        let now: Timestamp = "2026-11-23T12:00:00.4Z".parse().unwrap();
        parse(value, date, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn both_forms_are_understood() {
        assert_eq!(wait("12", None), Some(12));
        assert_eq!(wait(" 0 ", None), Some(0));
        assert_eq!(wait("99999999999999999999999", None), Some(u64::MAX));
        // Our clock is an hour wrong: the answer's own date counts.
        assert_eq!(wait("Mon, 23 Nov 2026 13:00:30 GMT", Some("Mon, 23 Nov 2026 13:00:00 GMT")), Some(30));
        assert_eq!(wait("Mon, 23 Nov 2026 12:00:30 GMT", None), Some(30));
        assert_eq!(wait("Mon, 23 Nov 2026 11:00:00 GMT", None), Some(0));
        for odd in ["", "-1", "1.5", "soon", "12 s"] {
            assert_eq!(wait(odd, None), None, "{odd}");
        }
    }
}
