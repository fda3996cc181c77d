//! Faults on demand: what can go wrong between a client and Microsoft Graph, chosen by a line of text.
//!
//! Grammar, one fault a text; several may be given, and each keeps its own count:
//!
//! ```text
//! throttle=SHARE[:SECONDS]  that share of the requests (0 to 1, with a point) gets 429; always the same ones; Retry-After is 1 s
//! throttle=N:SECONDS        the first N requests get 429 with that Retry-After
//! unavailable=SHARE[:SECONDS]   that share gets 503
//! unavailable=N:SECONDS     the first N requests get 503 with that Retry-After
//! retry-after=date|none|absurd   the form of Retry-After in the two above: an HTTP date, missing, or a day
//! fail=WHERE:STATUS[:CODE]  answers an error instead
//! challenge=WHERE           answers 401 and wants the sign-in to prove more (insufficient_claims)
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
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub struct Fault(pub(super) Kind);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Throttle(Amount),
    Unavailable(Amount),
    RetryAfter(Form),
    At(Place, Effect),
}

/// How many requests are hit, a share of them or the first so many, with the seconds to wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Amount {
    Share(f64, u64),
    First(u64, u64),
}

/// The form of `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Seconds,
    Date,
    None,
    Absurd,
}

/// What becomes of a request at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Fail(u16, Option<String>),
    Challenge,
    Html,
    Refuse,
    Drop,
    Stall,
    StallAfter,
    Drift(Value),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    method: String,
    path: String,
    nth: Option<u64>,
    and_later: bool,
}

const NAMES: &[&str] = &[
    "throttle",
    "unavailable",
    "retry-after",
    "fail",
    "challenge",
    "html",
    "refuse",
    "drop",
    "stall",
    "stall-after",
    "drift",
];

impl Fault {
    pub fn parse(text: &str) -> Result<Self> {
        let (name, rest) = text.split_once('=').unwrap_or((text, ""));
        let name = name.trim();
        if rest.trim().is_empty() && NAMES.contains(&name) {
            let shape = match name {
                "throttle" | "unavailable" => format!("{name}=0.3"),
                "retry-after" => format!("{name}=none"),
                "fail" => format!("{name}=PATCH /v1.0/users/*:400"),
                "drift" => format!("{name}=PATCH /v1.0/users/*:{{\"a\":1}}"),
                _ => format!("{name}=PATCH /v1.0/users/*"),
            };
            bail!("the fault `{name}` lacks what it hits: write such as `{shape}`");
        }
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
                    .with_context(|| format!("the change in the fault `{text}` is not JSON"))?;
                Kind::At(place_of(place)?, Effect::Drift(json))
            }
            "challenge" => Kind::At(bare_place(name, rest)?, Effect::Challenge),
            "html" => Kind::At(bare_place(name, rest)?, Effect::Html),
            "refuse" => Kind::At(bare_place(name, rest)?, Effect::Refuse),
            "drop" => Kind::At(bare_place(name, rest)?, Effect::Drop),
            "stall" => Kind::At(bare_place(name, rest)?, Effect::Stall),
            "stall-after" => Kind::At(bare_place(name, rest)?, Effect::StallAfter),
            _ => bail!("there is no fault `{name}`; there are {}", NAMES.join(", ")),
        };
        Ok(Self(kind))
    }
}

fn amount(text: &str) -> Result<Amount> {
    let wrong = || format!("`{text}` is neither a share such as 0.3 or 0.3:5 nor `N:SECONDS` such as 2:1");
    let (amount, seconds) = text.split_once(':').map_or((text, None), |(amount, seconds)| (amount, Some(seconds)));
    let amount = amount.trim();
    let seconds: Option<u64> = seconds.map(|seconds| seconds.trim().parse().ok().with_context(wrong)).transpose()?;
    if let (Some(seconds), Ok(count)) = (seconds, amount.parse()) {
        return Ok(Amount::First(count, seconds));
    }
    let share: f64 = amount.parse().ok().with_context(wrong)?;
    if !(0.0..=1.0).contains(&share) {
        bail!("{}", wrong());
    }
    Ok(Amount::Share(share, seconds.unwrap_or(1)))
}

/// Reads the place of a fault that is nothing but its place: what follows a colon is not taken for a part of the path.
fn bare_place(name: &str, text: &str) -> Result<Place> {
    if let Some((place, rest)) = text.split_once(':') {
        bail!(
            "the fault `{name}` takes nothing after its place, but `:{rest}` is there: write `{name}={place}`, \
             and `#K` for the K-th such request only, such as `{name}=PATCH /v1.0/users/*#2`"
        );
    }
    place_of(text)
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
    /// Returns whether a request is one of these.
    pub fn fits(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method == method) && glob(self.path.as_bytes(), path.as_bytes())
    }

    /// Returns whether the request that is the `count`-th of these is hit.
    pub fn hits(&self, count: u64) -> bool {
        self.nth.is_none_or(|nth| count == nth || self.and_later && count > nth)
    }
}

/// Matches a path with a pattern: `*` is any run without a slash, `**` any run.
pub(super) fn glob(pattern: &[u8], path: &[u8]) -> bool {
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_grammar_is_read() {
        for text in [
            "throttle=0.3",
            "throttle=2:5",
            "throttle=0.3:7",
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
            "challenge=PATCH /v1.0/x#1",
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
            "throttle=1.5:2",
            "retry-after=soon",
            "fail=PATCH /x",
            "fail=PATCH /x:200",
            "fail=/x:400",
            "drop=PATCH x",
            "drop=PATCH /x#0",
            "drop=POST /x:1",
            "refuse=POST /x#1:5",
            "stall=POST /x:",
            "drift=GET /x",
            "drift=GET /x:{a}",
        ] {
            assert!(Fault::parse(text).is_err(), "{text}");
        }
        let unknown = format!("{:#}", Fault::parse("frob=1").unwrap_err());
        assert!(unknown.contains("throttle, unavailable, retry-after"), "{unknown}");
        let suffix = format!("{:#}", Fault::parse("drop=POST /x:1").unwrap_err());
        assert!(suffix.starts_with("the fault `drop` takes nothing after its place, but `:1` is there"), "{suffix}");
    }
}
