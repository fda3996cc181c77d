//! The journal's line and its chain. This format is frozen: every later version reads it.
//!
//! A line is `{"n":1,"r":<record>,"mac":"<base64>"}`. The MAC is HMAC-SHA256 with the state folder's key over the MAC
//! of the line before and the line's own bytes up to `,"mac"`. Before the first line stands a MAC of the run's id, so
//! a journal under another run's name does not hold. The bytes count, not the values: no later change in how JSON is
//! written can break an old chain.
//!
//! A torn last line is what a crash leaves and is dropped: its `append` had not returned, so nothing was built on it.
//! Damage before the last line cannot come from a crash. A tail that is missing altogether cannot be seen here; the
//! engine sees a run that is still open.

use std::io::{BufRead, Read};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::ports::journal::Integrity;

/// The most bytes of one line. The plan of ten thousand changes has about 15 MB.
const MAX_LINE: usize = 64 * 1024 * 1024;
const MAC_BYTES: usize = 32;
const BEFORE_MAC: &[u8] = b",\"mac\":\"";
const AFTER_MAC: &[u8] = b"\"}";
/// The length of what follows the bytes that the MAC covers: a MAC is 44 characters of base64.
const TAIL: usize = BEFORE_MAC.len() + 44 + AFTER_MAC.len();

type Mac = [u8; MAC_BYTES];

/// Where a chain stands after its last line.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// How many lines there are.
    lines: u64,
    previous: Mac,
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Scan {
    pub records: Vec<Value>,
    pub integrity: Integrity,
    /// How many bytes the whole lines take; what follows is torn.
    pub whole_bytes: u64,
    pub chain: Chain,
}

impl Chain {
    /// Begins the chain of a run. Without a key the beginning is not known, and no line can hold.
    pub(super) fn begin(run: &str, key: Option<&hmac::Key>) -> Self {
        let previous = key.map_or([0; MAC_BYTES], |key| mac(key, &[b"fixforme journal 1\n", run.as_bytes()]));
        Self { lines: 0, previous }
    }

    /// Returns the next line for `record`, with its line end, and the chain after it.
    pub(super) fn next(&self, key: &hmac::Key, mut record: String) -> Result<(Vec<u8>, Self)> {
        let lines = self.lines + 1;
        // A plan is long: it is not held twice.
        record.insert_str(0, &format!("{{\"n\":{lines},\"r\":"));
        let mut line = record.into_bytes();
        let previous = mac(key, &[&self.previous, &line]);
        line.extend(BEFORE_MAC);
        line.extend(STANDARD.encode(previous).bytes());
        line.extend(AFTER_MAC);
        ensure!(line.len() < MAX_LINE, "the record is larger than {} MiB", MAX_LINE >> 20);
        // What cannot be read back must not be written: JSON that is nested too deeply, for one.
        serde_json::from_slice::<Readable>(&line).context("the record could not be read back")?;
        line.push(b'\n');
        Ok((line, Self { lines, previous }))
    }
}

/// Reads a journal of `run`. Without a key every line counts as not chained.
pub(super) fn scan(mut file: impl BufRead, run: &str, key: Option<&hmac::Key>) -> std::io::Result<Scan> {
    let mut found =
        Scan { records: Vec::new(), integrity: Integrity::Whole, whole_bytes: 0, chain: Chain::begin(run, key) };
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut file).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line)?;
        let number = found.records.len() + 1;
        if read > MAX_LINE {
            let reason = format!("the line is longer than {} MiB", MAX_LINE >> 20);
            found.integrity = Integrity::Damaged { line: number, reason };
            return Ok(found);
        }
        let Some((b'\n', content)) = line.split_last() else { return Ok(found) };
        let parsed = match parse(content) {
            Ok(parsed) => parsed,
            Err(_) if file.fill_buf()?.is_empty() => return Ok(found),
            Err(reason) => {
                found.integrity = Integrity::Damaged { line: number, reason };
                return Ok(found);
            }
        };
        let holds = key.is_some_and(|key| parsed.holds(key, number as u64, &found.chain.previous));
        if !holds && found.integrity == Integrity::Whole {
            found.integrity = Integrity::Unchained { line: number };
        }
        found.chain = Chain { lines: number as u64, previous: parsed.mac.unwrap_or_default() };
        found.whole_bytes += read as u64;
        found.records.push(parsed.record);
    }
}

struct Parsed<'a> {
    number: Option<u64>,
    record: Value,
    /// The bytes that the MAC covers, where the line has the exact form.
    covered: Option<&'a [u8]>,
    mac: Option<Mac>,
}

impl Parsed<'_> {
    fn holds(&self, key: &hmac::Key, number: u64, previous: &Mac) -> bool {
        let (Some(covered), Some(mac)) = (self.covered, self.mac) else { return false };
        let signed = [previous.as_slice(), covered].concat();
        self.number == Some(number) && hmac::verify(key, &signed, &mac).is_ok()
    }
}

/// Reads one line without its line end.
fn parse(line: &[u8]) -> Result<Parsed<'_>, String> {
    let mut whole: Value =
        serde_json::from_slice(line).map_err(|error| format!("the line is not whole JSON: {error}"))?;
    let number = whole.get("n").and_then(Value::as_u64);
    let record = whole.get_mut("r").map(Value::take).ok_or("the line has no record")?;
    let split = line.len().checked_sub(TAIL).and_then(|at| line.split_at_checked(at));
    let text = split.and_then(|(_, tail)| tail.strip_prefix(BEFORE_MAC)?.strip_suffix(AFTER_MAC));
    let mac = text.and_then(|text| STANDARD.decode(text).ok()?.try_into().ok());
    Ok(Parsed { number, record, covered: split.map(|(covered, _)| covered), mac })
}

/// JSON that can be read, down to its leaves, of which nothing is kept.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Self, A::Error> {
        while table.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

fn mac(key: &hmac::Key, parts: &[&[u8]]) -> Mac {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    let mut mac = [0; MAC_BYTES];
    mac.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
    mac
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use serde_json::json;

    use super::*;

    const RUN: &str = "0190e5b0-0000-7000-8000-000000000000";

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
    }

    fn journal(records: &[Value]) -> Vec<u8> {
        let mut chain = Chain::begin(RUN, Some(&key()));
        let mut bytes = Vec::new();
        for record in records {
            let (line, next) = chain.next(&key(), record.to_string()).unwrap();
            bytes.extend(line);
            chain = next;
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Scan {
        scan(bytes, RUN, Some(&key())).unwrap()
    }

    fn records() -> Vec<Value> {
        vec![json!({"type": "run", "name": "Müller \"x\"\n"}), json!({"type": "intent"}), json!({"type": "end"})]
    }

    /// The format is a promise: this line was written by the first version.
    #[test]
    fn the_line_of_the_first_version_is_read() {
        let line = String::from_utf8(journal(&[json!({"type": "run"})])).unwrap();
        assert_eq!(
            line,
            "{\"n\":1,\"r\":{\"type\":\"run\"},\"mac\":\"ksbFHCmN4cFLaxEAe++r5ifaR15s13+weXD4Mm9bzns=\"}\n"
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let found = read(&journal(&records()));
        assert_eq!(found.records, records());
        assert_eq!(found.integrity, Integrity::Whole);
    }

    #[test]
    fn every_torn_end_is_dropped() {
        let bytes = journal(&records());
        for end in 0..bytes.len() {
            let found = read(&bytes[..end]);
            assert_eq!(found.integrity, Integrity::Whole, "cut after {end} bytes");
            assert_eq!(found.records, records()[..found.records.len()]);
            assert_eq!(found.records.len(), bytes[..end].iter().filter(|byte| **byte == b'\n').count());
        }
    }

    #[test]
    fn no_flipped_bit_gives_a_whole_journal_with_other_records() {
        let bytes = journal(&records());
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bent = bytes.clone();
                bent[at] ^= 1 << bit;
                let found = read(&bent);
                if found.integrity == Integrity::Whole {
                    assert!(found.records.len() < 3, "byte {at}, bit {bit}");
                    assert_eq!(found.records, records()[..found.records.len()], "byte {at}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn lines_moved_repeated_or_brought_from_elsewhere_do_not_hold() {
        let bytes = journal(&records());
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let unchained = |bytes: &[u8]| match read(bytes).integrity {
            Integrity::Unchained { line } => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(unchained(&[lines[1], lines[0], lines[2]].concat()), 1);
        assert_eq!(unchained(&[lines[0], lines[2]].concat()), 2);
        assert_eq!(unchained(&[lines[0], lines[1], lines[2], lines[2]].concat()), 4);
        let other_run = scan(bytes.as_slice(), "another", Some(&key())).unwrap();
        assert_eq!(other_run.integrity, Integrity::Unchained { line: 1 });
        let no_key = scan(bytes.as_slice(), RUN, None).unwrap();
        assert_eq!((no_key.integrity, no_key.records), (Integrity::Unchained { line: 1 }, records()));
    }

    #[test]
    fn damage_before_the_end_is_said() {
        let bytes = [journal(&records()), vec![0; 4096], b"\n".to_vec(), journal(&records())].concat();
        let found = read(&bytes);
        assert!(matches!(found.integrity, Integrity::Damaged { line: 4, .. }), "{:?}", found.integrity);
        assert_eq!(found.records, records());
        // Zeros at the end are what a file system leaves after a power cut.
        assert_eq!(read(&[journal(&records()), vec![0; 4096]].concat()).integrity, Integrity::Whole);
    }
}
