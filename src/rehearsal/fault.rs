//! Faults on demand: what can go wrong between a client and Microsoft Graph, chosen by a line of text.
//!
//! Grammar, one fault a text; several may be given, and each keeps its own count:
//!
//! ```text
//! throttle=SHARE            that share of the requests (0 to 1) gets 429; always the same ones
//! throttle=N:SECONDS        the first N requests get 429 with that Retry-After
//! unavailable=SHARE         that share gets 503
//! unavailable=N:SECONDS     the first N requests get 503 with that Retry-After
//! retry-after=date|none|absurd   the form of Retry-After in the two above: an HTTP date, missing, or a day
//! fail=WHERE:STATUS[:CODE]  answers an error instead
//! html=WHERE                answers 200 with a page of HTML instead
//! refuse=WHERE              closes the connection before anything is done
//! drop=WHERE                does what is asked, then closes the connection without an answer
//! stall=WHERE               does nothing and never answers, until released
//! stall-after=WHERE         does what is asked and never answers, until released
//! drift=WHERE:JSON          first, somebody else changes the object of this request (null deletes it)
//!
//! WHERE = METHOD PATH[#K]   METHOD may be `*`; in PATH `*` is any part of one segment and `**` any rest;
//!                           `#K` is the K-th such request only (from 1), `#K+` that one and all later ones
//! ```
//!
//! Requests inside a `$batch` count and are hit like any other; the batch itself is a request as well.

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{Delivery, Refusal};

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Throttle(Amount),
    Unavailable(Amount),
    RetryAfter(Form),
    At(Place, Effect),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Amount {
    Share(f64),
    First(u64, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Seconds,
    Date,
    None,
    Absurd,
}

#[derive(Debug, Clone, PartialEq)]
enum Effect {
    Fail(u16, Option<String>),
    Html,
    Refuse,
    Drop,
    Stall,
    StallAfter,
    Drift(Value),
}

/// Which requests a fault hits.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    method: String,
    path: String,
    nth: Option<u64>,
    and_later: bool,
}

const NAMES: &[&str] =
    &["throttle", "unavailable", "retry-after", "fail", "html", "refuse", "drop", "stall", "stall-after", "drift"];

impl Fault {
    /// The faults in short, for the command line's help.
    pub const HELP: &str = "\
throttle=0.3 | throttle=N:SECONDS | unavailable=0.05 | unavailable=N:SECONDS | retry-after=date|none|absurd |
fail=WHERE:STATUS[:CODE] | html=WHERE | refuse=WHERE | drop=WHERE | stall=WHERE | stall-after=WHERE | drift=WHERE:JSON
WHERE is `METHOD PATH[#K]`, such as `PATCH /v1.0/users/*#2`; `*` is any method or one segment, `**` any rest,
`#2` the second such request only, `#2+` the second and all later ones.";

    /// Reads one fault.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, rest) = text.split_once('=').unwrap_or((text, ""));
        let name = name.trim();
        let kind = match name {
            "throttle" => Kind::Throttle(amount(rest)?),
            "unavailable" => Kind::Unavailable(amount(rest)?),
            "retry-after" => Kind::RetryAfter(match rest {
                "date" => Form::Date,
                "none" => Form::None,
                "absurd" => Form::Absurd,
                _ => bail!("the fault `{text}` is not understood: `retry-after` is date, none or absurd"),
            }),
            "fail" => {
                let (place, status) = rest.split_once(':').with_context(|| {
                    format!("the fault `{text}` lacks a status: write `fail=PATCH /v1.0/users/*:400`")
                })?;
                let (status, code) =
                    status.split_once(':').map_or((status, None), |(status, code)| (status, Some(code.to_owned())));
                let status = status.trim().parse().ok().filter(|status| (400..600).contains(status));
                let status = status.with_context(|| format!("the fault `{text}` needs a status from 400 to 599"))?;
                Kind::At(place_of(place)?, Effect::Fail(status, code))
            }
            "drift" => {
                let at = rest.find(":{").or_else(|| rest.find(":null"));
                let (place, json) = at.and_then(|at| rest.split_at_checked(at)).with_context(|| {
                    format!("the fault `{text}` lacks its change: write `drift=GET /v1.0/x#2:{{\"a\":1}}`")
                })?;
                let json = serde_json::from_str(json.trim_start_matches(':'))
                    .with_context(|| format!("the change in the fault `{text}` is no JSON"))?;
                Kind::At(place_of(place)?, Effect::Drift(json))
            }
            "html" => Kind::At(place_of(rest)?, Effect::Html),
            "refuse" => Kind::At(place_of(rest)?, Effect::Refuse),
            "drop" => Kind::At(place_of(rest)?, Effect::Drop),
            "stall" => Kind::At(place_of(rest)?, Effect::Stall),
            "stall-after" => Kind::At(place_of(rest)?, Effect::StallAfter),
            _ => bail!("there is no fault `{name}`; there are {}", NAMES.join(", ")),
        };
        Ok(Self(kind))
    }
}

fn amount(text: &str) -> Result<Amount> {
    let wrong = || format!("`{text}` is neither a share such as 0.3 nor `N:SECONDS` such as 2:1");
    if let Some((count, seconds)) = text.split_once(':') {
        return Ok(Amount::First(
            count.trim().parse().with_context(wrong)?,
            seconds.trim().parse().with_context(wrong)?,
        ));
    }
    let share: f64 = text.trim().parse().with_context(wrong)?;
    if !(0.0..=1.0).contains(&share) {
        bail!("{}", wrong());
    }
    Ok(Amount::Share(share))
}

fn place_of(text: &str) -> Result<Place> {
    let wrong = || format!("`{text}` is no place: write a method and a path, such as `PATCH /v1.0/users/*#2`");
    let (method, path) = text.trim().split_once(' ').with_context(wrong)?;
    let (path, nth) = path.trim().split_once('#').map_or((path.trim(), None), |(path, nth)| (path, Some(nth)));
    if !path.starts_with('/') || method.is_empty() {
        bail!("{}", wrong());
    }
    let and_later = nth.is_some_and(|nth| nth.ends_with('+'));
    let nth = nth.map(|nth| nth.trim_end_matches('+').parse::<u64>().ok().filter(|nth| *nth > 0).with_context(wrong));
    Ok(Place { method: method.to_ascii_uppercase(), path: path.to_ascii_lowercase(), nth: nth.transpose()?, and_later })
}

impl Place {
    fn fits(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method == method) && glob(self.path.as_bytes(), path.as_bytes())
    }

    fn hits(&self, count: u64) -> bool {
        self.nth.is_none_or(|nth| count == nth || self.and_later && count > nth)
    }
}

/// Matches a path with a pattern: `*` is any run without a slash, `**` any run.
fn glob(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|at| path.get(at..).is_some_and(|path| glob(rest, path))),
        [b'*', rest @ ..] => {
            let run = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
            (0..=run).any(|at| path.get(at..).is_some_and(|path| glob(rest, path)))
        }
        [first, rest @ ..] => path.split_first().is_some_and(|(byte, path)| byte == first && glob(rest, path)),
    }
}

/// The faults of a tenant with their counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    faults: Vec<Fault>,
    matches: Vec<u64>,
    requests: u64,
}

/// What the faults make of one request.
#[derive(Debug, Default)]
pub(super) struct Decision {
    /// What is answered instead; nothing is done then.
    pub instead: Option<Instead>,
    /// What somebody else changes first.
    pub drifts: Vec<Value>,
    /// What becomes of the answer.
    pub delivery: Delivery,
}

/// An answer that takes the place of the true one.
#[derive(Debug)]
pub(super) enum Instead {
    /// An error.
    Refuse(Refusal),
    /// A page of HTML with status 200.
    Html,
    /// None: the connection is closed.
    Close,
    /// None until released.
    Stall,
}

impl Faults {
    /// Starts counting.
    pub fn new(faults: Vec<Fault>) -> Self {
        Self { matches: vec![0; faults.len()], faults, requests: 0 }
    }

    /// Counts one request, its path in lower case with the version, and says what the faults make of it.
    pub fn decide(&mut self, method: &str, path: &str, now: Timestamp) -> Decision {
        self.requests += 1;
        let mut decision = Decision::default();
        let form = self.faults.iter().find_map(|fault| match fault.0 {
            Kind::RetryAfter(form) => Some(form),
            _ => None,
        });
        for (fault, matches) in self.faults.iter().zip(&mut self.matches) {
            let instead = match &fault.0 {
                Kind::RetryAfter(_) => None,
                Kind::Throttle(amount) => amount.seconds(self.requests, 1).map(|seconds| {
                    let message = "Too many requests. Please wait as long as the header Retry-After says.";
                    let refusal = Refusal::new(429, "TooManyRequests", message);
                    Instead::Refuse(with_retry_after(refusal, form.unwrap_or(Form::Seconds), seconds, now))
                }),
                Kind::Unavailable(amount) => amount.seconds(self.requests, 2).map(|seconds| {
                    let refusal = Refusal::new(503, "ServiceUnavailable", "The service is temporarily unavailable.");
                    Instead::Refuse(with_retry_after(refusal, form.unwrap_or(Form::Seconds), seconds, now))
                }),
                Kind::At(place, effect) => {
                    if !place.fits(method, path) {
                        continue;
                    }
                    *matches += 1;
                    if !place.hits(*matches) {
                        continue;
                    }
                    match effect {
                        Effect::Fail(status, code) => Some(Instead::Refuse(failure(*status, code.as_deref()))),
                        Effect::Html => Some(Instead::Html),
                        Effect::Refuse => Some(Instead::Close),
                        Effect::Stall => Some(Instead::Stall),
                        Effect::Drop => {
                            decision.delivery = Delivery::Close;
                            None
                        }
                        Effect::StallAfter => {
                            decision.delivery = Delivery::Stall;
                            None
                        }
                        Effect::Drift(patch) => {
                            decision.drifts.push(patch.clone());
                            None
                        }
                    }
                }
            };
            decision.instead = decision.instead.or(instead);
        }
        decision
    }
}

impl Amount {
    /// Returns the seconds to wait if this request is hit. `salt` keeps two faults from hitting the same requests.
    fn seconds(self, request: u64, salt: u64) -> Option<u64> {
        match self {
            Self::First(count, seconds) => (request <= count).then_some(seconds),
            Self::Share(share) => (chance(request, salt) < share).then_some(1),
        }
    }
}

/// Returns a number from 0 to 1 that looks random and always is the same for the same request (SplitMix64).
fn chance(request: u64, salt: u64) -> f64 {
    let mut mixed = request.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(salt.wrapping_mul(0xD1B5_4A32_D192_ED03));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn with_retry_after(mut refusal: Refusal, form: Form, seconds: u64, now: Timestamp) -> Refusal {
    let value = match form {
        Form::None => return refusal,
        Form::Seconds => seconds.to_string(),
        Form::Absurd => "86400".to_owned(),
        Form::Date => {
            let until = now.checked_add(std::time::Duration::from_secs(seconds)).unwrap_or(now);
            http_date(until)
        }
    };
    refusal.headers.push(("Retry-After".to_owned(), value));
    refusal
}

/// Writes a time as HTTP headers do.
pub(super) fn http_date(time: Timestamp) -> String {
    let printed = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time);
    printed.unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}

fn failure(status: u16, code: Option<&str>) -> Refusal {
    let usual = match status {
        400 => "Request_BadRequest",
        401 => "InvalidAuthenticationToken",
        403 => "Authorization_RequestDenied",
        404 => "Request_ResourceNotFound",
        409 => "Conflict",
        412 => "PreconditionFailed",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "UnknownError",
    };
    Refusal::new(status, code.unwrap_or(usual), "The practice tenant was told to fail here.")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn decide(faults: &mut Faults, method: &str, path: &str) -> Decision {
        faults.decide(method, path, Timestamp::from_second(1_700_000_000).unwrap())
    }

    #[test]
    fn every_fault_of_the_grammar_is_read() {
        for text in [
            "throttle=0.3",
            "throttle=2:5",
            "unavailable=1",
            "unavailable=1:2",
            "retry-after=date",
            "retry-after=none",
            "fail=PATCH /v1.0/users/*:400",
            "fail=* /v1.0/**#2+:500:Broken",
            "drop=PATCH /v1.0/users/*#1",
            "refuse=POST /v1.0/x",
            "stall=PATCH /v1.0/x#1",
            "stall-after=PATCH /v1.0/x",
            "html=GET /v1.0/x",
            "drift=GET /v1.0/x#2:{\"a\":1}",
            "drift=GET /v1.0/x:null",
        ] {
            Fault::parse(text).unwrap();
        }
        for text in [
            "",
            "frob=1",
            "throttle",
            "throttle=2",
            "throttle=-1",
            "throttle=a:b",
            "retry-after=soon",
            "fail=PATCH /x",
            "fail=PATCH /x:200",
            "fail=/x:400",
            "drop=PATCH x",
            "drop=PATCH /x#0",
            "drift=GET /x",
            "drift=GET /x:{a}",
        ] {
            assert!(Fault::parse(text).is_err(), "{text}");
        }
        let unknown = format!("{:#}", Fault::parse("frob=1").unwrap_err());
        assert!(unknown.contains("throttle, unavailable, retry-after"), "{unknown}");
    }

    #[test]
    fn a_place_hits_its_own_requests_only() {
        let mut faults = Faults::new(vec![Fault::parse("fail=PATCH /v1.0/users/*#2:409").unwrap()]);
        for (method, path, hit) in [
            ("PATCH", "/v1.0/users/a", false),
            ("GET", "/v1.0/users/a", false),
            ("PATCH", "/v1.0/users/a/b", false),
            ("PATCH", "/v1.0/users/b", true),
            ("PATCH", "/v1.0/users/b", false),
        ] {
            assert_eq!(decide(&mut faults, method, path).instead.is_some(), hit, "{method} {path}");
        }
        assert!(glob(b"/v1.0/**/x*", b"/v1.0/a/b/xyz"));
        assert!(!glob(b"/v1.0/*/x", b"/v1.0/a/b/x"));
    }

    #[test]
    fn a_share_is_a_share_and_stays_the_same() {
        let mut faults = Faults::new(vec![Fault::parse("throttle=0.3").unwrap()]);
        let hits: Vec<bool> = (0..2_000).map(|_| decide(&mut faults, "GET", "/v1.0/x").instead.is_some()).collect();
        let count = hits.iter().filter(|hit| **hit).count();
        assert!((500..700).contains(&count), "{count}");
        let mut again = Faults::new(vec![Fault::parse("throttle=0.3").unwrap()]);
        assert!(hits.iter().all(|hit| decide(&mut again, "GET", "/v1.0/x").instead.is_some() == *hit));
    }

    #[test]
    fn retry_after_takes_its_forms() {
        let header = |form: &str| {
            let faults = ["throttle=1:7", form].map(|text| Fault::parse(text).unwrap());
            let Some(Instead::Refuse(refusal)) = decide(&mut Faults::new(faults.to_vec()), "GET", "/v1.0/x").instead
            else {
                panic!()
            };
            refusal.headers.first().map(|(_, value)| value.clone())
        };
        assert_eq!(header("retry-after=none"), None);
        assert_eq!(header("retry-after=absurd").unwrap(), "86400");
        assert_eq!(header("retry-after=date").unwrap(), "Tue, 14 Nov 2023 22:13:27 GMT");
        assert_eq!(header("fail=GET /y:400").unwrap(), "7");
    }
}
