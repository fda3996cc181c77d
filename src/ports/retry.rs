//! How a request is tried: one attempt, `Retry-After`, the back-off, and when to give up; the same for Microsoft Graph and
//! for the services that sign in.
//!
//! Time is counted by what was waited, not read off the wall clock twice, so a clock that jumps in the middle neither
//! ends an operation nor lets it go on for ever.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::event::{Event, Wait};
use super::http::{HeaderValue, Http, HttpError, Request, Response};
use super::{Clock, Ui};

const USER_AGENT: &str = concat!("fixforme/", env!("CARGO_PKG_VERSION"));

/// The limits of one operation.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// How long one operation may take with all its tries and waits.
    pub deadline: Duration,
    /// The most tries of one request, where the service does not say how long to wait.
    pub tries: u32,
    /// The first back-off where the service does not say how long to wait; it doubles.
    pub first: Duration,
    /// The longest back-off.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    /// Returns the figures of Microsoft's own client design: 3 s doubling up to 180 s, ten tries; in all five minutes.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(300),
            tries: 10,
            first: Duration::from_secs(3),
            cap: Duration::from_secs(180),
        }
    }
}

/// What came of one try of a request.
pub enum Attempt {
    /// An answer, whatever its status, and how long it asks to wait.
    Answered(Response, Option<Duration>),
    /// It cannot have reached the service.
    NotSent(String),
    /// It may have been received and carried out.
    Unclear(String),
    /// The answer has more bytes than this.
    TooLarge(usize),
}

/// Sends a request once.
pub fn attempt(http: &dyn Http, clock: &dyn Clock, request: &Request) -> Attempt {
    match http.send(request) {
        Ok(response) => {
            let asked = response
                .header("retry-after")
                .and_then(|value| retry_after(value, response.header("date"), clock.now()));
            Attempt::Answered(response, asked)
        }
        Err(HttpError::NotSent(error)) => Attempt::NotSent(format!("there is no connection: {error:#}")),
        Err(HttpError::Unclear(error)) => Attempt::Unclear(format!("no whole answer came: {error:#}")),
        Err(HttpError::TooLarge(limit)) => Attempt::TooLarge(limit),
    }
}

/// Returns the headers that every request has, and the id among them, which is new each time.
pub fn headers(clock: &dyn Clock) -> (Vec<(String, HeaderValue)>, String) {
    let id = random_id(clock);
    let plain = |name: &str, value: &str| (name.to_owned(), HeaderValue::Plain(value.to_owned()));
    let headers =
        vec![plain("Accept", "application/json"), plain("User-Agent", USER_AGENT), plain("client-request-id", &id)];
    (headers, id)
}

/// Returns a random UUID.
pub fn random_id(clock: &dyn Clock) -> String {
    let mut bytes = [0; 16];
    clock.random(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// What one operation has used up so far.
#[derive(Debug)]
pub struct RetryBudget {
    policy: RetryPolicy,
    spent: Duration,
    failed: u32,
}

/// Why no further try is made.
#[derive(Debug, PartialEq, Eq)]
pub enum GaveUp {
    /// The person interrupted the wait.
    Interrupted,
    /// So many tries are used up.
    Tries(u32),
    /// The time is used up.
    Deadline(Duration),
    /// The service asks for a longer wait than one operation may take.
    AskedTooLong(Duration),
}

impl RetryBudget {
    pub fn new(policy: &RetryPolicy) -> Self {
        Self { policy: policy.clone(), spent: Duration::ZERO, failed: 0 }
    }

    /// Counts time that went by.
    pub fn spend(&mut self, time: Duration) {
        self.spent = self.spent.saturating_add(time);
    }

    /// Returns the time that is left.
    pub fn left(&self) -> Duration {
        self.policy.deadline.saturating_sub(self.spent)
    }

    /// Returns how many tries have failed.
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// Counts a failed try and waits before the next one, for as long as [`RetryBudget::wait`] says.
    pub fn pause(
        &mut self,
        clock: &dyn Clock,
        ui: &dyn Ui,
        cause: &str,
        asked: Option<Duration>,
        most: u32,
        random: u64,
    ) -> Result<(), GaveUp> {
        if ui.interrupted() {
            return Err(GaveUp::Interrupted);
        }
        let wait = self.wait(asked, most, random)?;
        let time = if self.failed > 1 { format!(", {} time", ordinal(self.failed)) } else { String::new() };
        let reason = match asked {
            Some(asked) if asked == wait => format!("Microsoft asked us to wait {} ({cause}){time}", words(wait)),
            _ => format!("trying again in {} ({cause}){time}", words(wait)),
        };
        ui.show(&Event::Wait(Wait { reason, seconds: wait.as_secs_f64(), attempt: self.failed }));
        clock.sleep(wait);
        self.spend(wait);
        if ui.interrupted() { Err(GaveUp::Interrupted) } else { Ok(()) }
    }

    /// Counts a failed try and returns how long to wait before the next one.
    ///
    /// What the service `asked` for is obeyed and never undercut. Otherwise the wait is exponential with full jitter,
    /// of which `random` is the source. `most` further limits the tries for failures that rarely heal.
    fn wait(&mut self, asked: Option<Duration>, most: u32, random: u64) -> Result<Duration, GaveUp> {
        self.failed = self.failed.saturating_add(1);
        // A service that asks for no wait at all is not taken at its word: it would be asked in a tight loop.
        let asked = asked.filter(|wait| !wait.is_zero());
        if let Some(wait) = asked.filter(|wait| *wait > self.left()) {
            let deadline = self.policy.deadline;
            return Err(if wait > deadline { GaveUp::AskedTooLong(wait) } else { GaveUp::Deadline(deadline) });
        }
        // Who waits as long as was asked for may ask as often as the time allows.
        let most = if asked.is_some() { most } else { most.min(self.policy.tries) };
        if self.failed >= most {
            return Err(GaveUp::Tries(self.failed));
        }
        let wait = asked.unwrap_or_else(|| {
            let doubled = 2_u32.saturating_pow(self.failed - 1);
            let most = self.policy.first.saturating_mul(doubled).min(self.policy.cap);
            Duration::try_from_secs_f64(most.as_secs_f64() * (random as f64 / u64::MAX as f64)).unwrap_or(most)
        });
        if wait > self.left() || self.left().is_zero() {
            return Err(GaveUp::Deadline(self.policy.deadline));
        }
        Ok(wait)
    }
}

impl GaveUp {
    /// Says so, with the cause of the last try.
    pub fn words(&self, cause: &str) -> String {
        match self {
            Self::Interrupted => format!("stopped while waiting ({cause})"),
            Self::Tries(1) => format!("failed: {cause}"),
            Self::Tries(tries) => format!("failed {tries} times, at last: {cause}"),
            Self::Deadline(deadline) => format!("failed for {}, at last: {cause}", words(*deadline)),
            Self::AskedTooLong(wait) => format!(
                "Microsoft asked us to wait {} ({cause}), which is longer than one operation may take",
                words(*wait)
            ),
        }
    }
}

/// Returns the wait that a `Retry-After` asks for: seconds, which some gateways write with decimals, or a date.
///
/// A date is counted from the answer's own `Date`, since this machine's clock may be wrong; without one from `now`.
/// The wait is rounded up to a whole second, so that it is never undercut.
pub fn retry_after(value: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let (seconds, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(seconds) && is_number(fraction) {
        let more = u64::from(fraction.bytes().any(|digit| digit != b'0'));
        // A number too large for the type is still a wait that nobody will sit out.
        return Some(Duration::from_secs(seconds.parse().unwrap_or(u64::MAX).saturating_add(more)));
    }
    let until = timestamp(value)?;
    let from = date.and_then(timestamp).unwrap_or(now);
    let wait = Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO);
    Some(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
}

fn timestamp(text: &str) -> Option<Timestamp> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text.trim()).ok()
}

/// Returns `first` and so on as a word, up to ten; after that `11th`, `21st`.
fn ordinal(number: u32) -> String {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    match WORDS.get(number.saturating_sub(1) as usize) {
        Some(word) => (*word).to_owned(),
        None => {
            let ending = match (number % 100, number % 10) {
                (11..=13, _) => "th",
                (_, 1) => "st",
                (_, 2) => "nd",
                (_, 3) => "rd",
                _ => "th",
            };
            format!("{number}{ending}")
        }
    }
}

/// Returns a duration for people: `12 s`, `0.4 s`, `3 min`.
pub fn words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 && duration.subsec_millis() >= 50 {
        format!("{seconds:.1} s")
    } else if seconds >= 120.0 && duration.as_secs().is_multiple_of(60) {
        format!("{} min", duration.as_secs() / 60)
    } else {
        format!("{} s", seconds.ceil())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_in_words_and_then_in_numbers() {
        let said = [1, 10, 11, 12, 13, 21, 22, 23, 24, 101, 111].map(ordinal);
        let words = ["first", "tenth", "11th", "12th", "13th", "21st", "22nd", "23rd", "24th", "101st", "111th"];
        assert_eq!(said, words);
    }

    fn budget() -> RetryBudget {
        RetryBudget::new(&RetryPolicy::default())
    }

    #[test]
    fn without_word_from_the_service_the_waits_double_up_to_the_cap() {
        let mut budget =
            RetryBudget::new(&RetryPolicy { deadline: Duration::from_secs(86_400), ..RetryPolicy::default() });
        let waits: Vec<u64> =
            (0..9).map(|_| budget.wait(None, 99, u64::MAX).map_or(0, |wait| wait.as_secs())).collect();
        assert_eq!(waits, [3, 6, 12, 24, 48, 96, 180, 180, 180]);
        assert_eq!(budget.wait(None, 99, 0), Err(GaveUp::Tries(10)));
    }

    #[test]
    fn what_the_service_asks_for_is_obeyed_or_refused_at_once() {
        assert_eq!(budget().wait(Some(Duration::from_secs(290)), 99, 0), Ok(Duration::from_secs(290)));
        let day = Duration::from_secs(86_400);
        assert_eq!(budget().wait(Some(day), 99, 0), Err(GaveUp::AskedTooLong(day)));
        assert_eq!(budget().wait(Some(Duration::ZERO), 99, u64::MAX), Ok(Duration::from_secs(3)));
        // A wait that was obeyed is not a try too many; in the end the time is up.
        let mut patient = budget();
        for _ in 0..30 {
            assert_eq!(patient.wait(Some(Duration::from_secs(10)), 99, 0), Ok(Duration::from_secs(10)));
            patient.spend(Duration::from_secs(10));
        }
        let asked = Some(Duration::from_secs(10));
        assert_eq!(patient.wait(asked, 99, 0), Err(GaveUp::Deadline(Duration::from_secs(300))));
        assert_eq!(budget().wait(asked, 1, 0), Err(GaveUp::Tries(1)));
    }

    #[test]
    fn time_and_tries_run_out() {
        let mut spent = budget();
        spent.spend(Duration::from_secs(299));
        assert_eq!(spent.wait(None, 99, u64::MAX), Err(GaveUp::Deadline(Duration::from_secs(300))));
        assert_eq!(budget().wait(None, 1, 0), Err(GaveUp::Tries(1)));
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(words(Duration::from_secs(12)), "12 s");
        assert_eq!(words(Duration::from_millis(2_340)), "2.3 s");
        assert_eq!(words(Duration::from_secs(300)), "5 min");
        assert_eq!(words(Duration::from_millis(12_300)), "13 s");
        assert_eq!(ordinal(3), "third");
        assert_eq!(ordinal(11), "11th");
    }

    fn asked(value: &str, date: Option<&str>) -> Option<u64> {
        let now: Timestamp = "2026-11-23T12:00:00.4Z".parse().unwrap();
        retry_after(value, date, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn both_forms_are_understood() {
        assert_eq!(asked("12", None), Some(12));
        assert_eq!(asked(" 0 ", None), Some(0));
        assert_eq!(asked("99999999999999999999999", None), Some(u64::MAX));
        // Our clock is an hour wrong: the answer's own date counts.
        assert_eq!(asked("Mon, 23 Nov 2026 13:00:30 GMT", Some("Mon, 23 Nov 2026 13:00:00 GMT")), Some(30));
        assert_eq!(asked("Mon, 23 Nov 2026 12:00:30 GMT", None), Some(30));
        assert_eq!(asked("Mon, 23 Nov 2026 11:00:00 GMT", None), Some(0));
        // What has decimals is rounded up.
        assert_eq!(asked("1.5", None), Some(2));
        assert_eq!(asked("3.0", None), Some(3));
        for odd in ["", "-1", "1.", ".5", "1.2.3", "1e3", "soon", "12 s"] {
            assert_eq!(asked(odd, None), None, "{odd}");
        }
    }
}
