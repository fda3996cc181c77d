//! How long an operation is tried: when to give up, and how long to wait before the next try.
//!
//! Time is counted by what was waited, not read off the wall clock twice, so a clock that jumps in the middle neither
//! ends an operation nor lets it go on for ever.

use std::time::Duration;

/// The limits of one operation.
#[derive(Debug, Clone)]
pub struct Patience {
    /// How long one operation may take with all its tries and waits.
    pub deadline: Duration,
    /// The most tries of one request, where the service does not say how long to wait.
    pub tries: u32,
    /// The first back-off where the service does not say how long to wait.
    pub first: Duration,
    /// The longest back-off.
    pub cap: Duration,
}

impl Default for Patience {
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

/// What one operation has used up so far.
#[derive(Debug)]
pub(super) struct Effort {
    patience: Patience,
    spent: Duration,
    tries: u32,
}

/// Why no further try is made.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum GaveUp {
    /// The tries are used up.
    Tries(u32),
    /// The time is used up.
    Deadline(Duration),
    /// The service asks for a longer wait than one operation may take.
    AskedTooLong(Duration),
}

impl Effort {
    pub(super) fn new(patience: &Patience) -> Self {
        Self { patience: patience.clone(), spent: Duration::ZERO, tries: 0 }
    }

    /// Counts time that went by.
    pub(super) fn spend(&mut self, time: Duration) {
        self.spent = self.spent.saturating_add(time);
    }

    /// Returns the time that is left.
    pub(super) fn left(&self) -> Duration {
        self.patience.deadline.saturating_sub(self.spent)
    }

    /// Returns how many tries have failed.
    pub(super) fn failed(&self) -> u32 {
        self.tries
    }

    /// Counts a failed try and returns how long to wait before the next one.
    ///
    /// What the service `asked` for is obeyed and never undercut. Otherwise the wait is exponential with full jitter,
    /// of which `random` is the source. `most` further limits the tries for failures that rarely heal.
    pub(super) fn wait(&mut self, asked: Option<Duration>, most: u32, random: u64) -> Result<Duration, GaveUp> {
        self.tries = self.tries.saturating_add(1);
        // A service that asks for no wait at all is not taken at its word: it would be asked in a tight loop.
        let asked = asked.filter(|wait| !wait.is_zero());
        if let Some(wait) = asked.filter(|wait| *wait > self.left()) {
            let deadline = self.patience.deadline;
            return Err(if wait > deadline { GaveUp::AskedTooLong(wait) } else { GaveUp::Deadline(deadline) });
        }
        // Who waits as long as was asked for may ask as often as the time allows.
        let most = if asked.is_some() { most } else { most.min(self.patience.tries) };
        if self.tries >= most {
            return Err(GaveUp::Tries(self.tries));
        }
        let wait = asked.unwrap_or_else(|| {
            let doubled = 2_u32.saturating_pow(self.tries - 1);
            let most = self.patience.first.saturating_mul(doubled).min(self.patience.cap);
            Duration::try_from_secs_f64(most.as_secs_f64() * (random as f64 / u64::MAX as f64)).unwrap_or(most)
        });
        if wait > self.left() || self.left().is_zero() {
            return Err(GaveUp::Deadline(self.patience.deadline));
        }
        Ok(wait)
    }
}

/// Returns `first` and so on as a word, up to ten; after that `11th`, `21st`.
pub(super) fn ordinal(number: u32) -> String {
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
pub(super) fn words(duration: Duration) -> String {
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
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_in_words_and_then_in_numbers() {
        let said = [1, 10, 11, 12, 13, 21, 22, 23, 24, 101, 111].map(ordinal);
        let words = ["first", "tenth", "11th", "12th", "13th", "21st", "22nd", "23rd", "24th", "101st", "111th"];
        assert_eq!(said, words);
    }

    fn effort() -> Effort {
        Effort::new(&Patience::default())
    }

    #[test]
    fn without_word_from_the_service_the_waits_double_up_to_the_cap() {
        let mut effort = Effort::new(&Patience { deadline: Duration::from_secs(86_400), ..Patience::default() });
        let waits: Vec<u64> =
            (0..9).map(|_| effort.wait(None, 99, u64::MAX).map_or(0, |wait| wait.as_secs())).collect();
        assert_eq!(waits, [3, 6, 12, 24, 48, 96, 180, 180, 180]);
        assert_eq!(effort.wait(None, 99, 0), Err(GaveUp::Tries(10)));
    }

    #[test]
    fn what_the_service_asks_for_is_obeyed_or_refused_at_once() {
        assert_eq!(effort().wait(Some(Duration::from_secs(290)), 99, 0), Ok(Duration::from_secs(290)));
        let day = Duration::from_secs(86_400);
        assert_eq!(effort().wait(Some(day), 99, 0), Err(GaveUp::AskedTooLong(day)));
        assert_eq!(effort().wait(Some(Duration::ZERO), 99, u64::MAX), Ok(Duration::from_secs(3)));
        // A wait that was obeyed is no try too many; in the end the time is up.
        let mut patient = effort();
        for _ in 0..30 {
            assert_eq!(patient.wait(Some(Duration::from_secs(10)), 99, 0), Ok(Duration::from_secs(10)));
            patient.spend(Duration::from_secs(10));
        }
        let asked = Some(Duration::from_secs(10));
        assert_eq!(patient.wait(asked, 99, 0), Err(GaveUp::Deadline(Duration::from_secs(300))));
        assert_eq!(effort().wait(asked, 1, 0), Err(GaveUp::Tries(1)));
    }

    #[test]
    fn time_and_tries_run_out() {
        let mut spent = effort();
        spent.spend(Duration::from_secs(299));
        assert_eq!(spent.wait(None, 99, u64::MAX), Err(GaveUp::Deadline(Duration::from_secs(300))));
        assert_eq!(effort().wait(None, 1, 0), Err(GaveUp::Tries(1)));
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
}
