//! The faults of a running tenant: each request is counted, and hit or not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{Delivery, Refusal};
use super::fault::{Amount, Effect, Fault, Form, Kind};

#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    faults: Vec<Fault>,
    matches: Vec<u64>,
    requests: u64,
}

#[derive(Debug, Default)]
pub(super) struct Decision {
    /// What is answered instead; nothing is done then.
    pub instead: Option<Instead>,
    /// What somebody else changes first.
    pub drifts: Vec<Value>,
    pub delivery: Delivery,
}

/// An answer that takes the place of the true one.
#[derive(Debug)]
pub(super) enum Instead {
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
                        Effect::Challenge => Some(Instead::Refuse(challenge())),
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
            Self::Share(share, seconds) => (chance(request, salt) < share).then_some(seconds),
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

/// Wants a sign-in that is newer than the start of 2025, as Graph does after an account's sessions were revoked.
fn challenge() -> Refusal {
    let claims = STANDARD.encode(r#"{"access_token":{"nbf":{"essential":true,"value":"1735689600"}}}"#);
    let mut refusal = failure(401, None);
    let value = format!(
        r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="{claims}""#
    );
    refusal.headers.push(("WWW-Authenticate".to_owned(), value));
    refusal
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
    use super::super::fault::glob;
    use super::*;

    fn decide(faults: &mut Faults, method: &str, path: &str) -> Decision {
        faults.decide(method, path, Timestamp::from_second(1_700_000_000).unwrap())
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
