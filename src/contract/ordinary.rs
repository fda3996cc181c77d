//! Which writes are ordinary: those that give nobody power and turn no protection down. Everything else may hand over an
//! account or the tenant, so it needs typed approval.
//!
//! The list is in `overlay.txt`, one kind of write a line, each with its reason; its head says how a line is written. A
//! write is found in it by where its path leads, never by how the path is spelled. What is not listed, does not resolve,
//! follows a link to what lives elsewhere, or is sent to `/beta` is not ordinary.

use serde_json::Value;

use super::overlay::facts;
use super::path::{End, Place};
use super::text::graph;

/// Why a write needs typed approval that no line speaks of.
const UNLISTED: &str = "it is not on the list of ordinary changes";

/// A line `ordinary METHODS TARGET : KEYS`.
pub(super) struct Ordinary {
    methods: Vec<&'static str>,
    target: Target,
    keys: Vec<Key>,
}

/// A line `takeover METHODS TARGETS : REASON`.
pub(super) struct Takeover {
    /// None: every method that writes.
    methods: Vec<&'static str>,
    targets: Vec<&'static str>,
    reason: &'static str,
}

/// What is written to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Target {
    /// The type that it belongs to, or that it is an object of.
    of: &'static str,
    /// The member or operation of that type, where it is reached by one.
    member: Option<&'static str>,
    /// The key of one item, where only this one is meant.
    key: Option<&'static str>,
    is_link: bool,
}

/// A name in a body, from the outside in, and the values that are ordinary: any where there are none.
pub(super) struct Key {
    names: Vec<&'static str>,
    values: Vec<&'static str>,
}

/// A value that a write sends.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The names around it in the body, from the outside in.
    pub names: Vec<String>,
    /// Unless it is known only later.
    pub value: Option<Value>,
}

impl Sent {
    /// Takes a body apart. An object with one name that begins with `$` stands for a value that is known only later.
    pub fn of(body: &Value) -> Vec<Self> {
        let mut sent = Vec::new();
        Self::collect(body, &mut Vec::new(), &mut sent);
        sent
    }

    /// The outer name, without what it says of the member that it names.
    fn outer(&self) -> &str {
        self.names.first().and_then(|name| name.split('@').next()).unwrap_or_default()
    }

    fn collect(value: &Value, names: &mut Vec<String>, sent: &mut Vec<Self>) {
        match value {
            Value::Null if names.is_empty() => {}
            Value::Object(entries) if names.is_empty() && entries.is_empty() => {}
            Value::Object(entries) if entries.len() == 1 && entries.keys().all(|name| name.starts_with('$')) => {
                sent.push(Self { names: names.clone(), value: None });
            }
            Value::Object(entries) if !entries.is_empty() => {
                for (name, value) in entries {
                    names.push(name.clone());
                    Self::collect(value, names, sent);
                    names.pop();
                }
            }
            Value::Array(items) if !items.is_empty() => {
                items.iter().for_each(|item| Self::collect(item, names, sent));
            }
            _ => sent.push(Self { names: names.clone(), value: Some(value.clone()) }),
        }
    }
}

/// Returns why a write needs typed approval, where it does. `segments` is the path as it is sent, version first, decoded;
/// `None` is an id that is not known yet. A value that is not known yet is taken for one that is not ordinary, unless
/// `unknown_fits`.
pub fn takeover(method: &str, segments: &[Option<&str>], sent: &[Sent], unknown_fits: bool) -> Option<&'static str> {
    if method == "GET" {
        return None;
    }
    let place = graph().place(segments.get(1..).unwrap_or_default());
    match &place {
        Ok(place) if segments.first() == Some(&Some("v1.0")) && is_ordinary(method, place, sent, unknown_fits) => None,
        Ok(place) => Some(reason(method, place, sent)),
        Err(_) => Some(UNLISTED),
    }
}

fn is_ordinary(method: &str, place: &Place, sent: &[Sent], unknown_fits: bool) -> bool {
    let Some(target) = Target::of(method, place) else { return false };
    let lines = facts().ordinary.iter().filter(|line| {
        line.methods.contains(&method)
            && Target { key: None, ..line.target } == target
            && line.target.key.is_none_or(|key| place.key.as_deref() == Some(key))
    });
    let lines: Vec<&Ordinary> = lines.collect();
    let fits = |sent: &Sent| match sent.names.as_slice() {
        [name] if name == "@odata.type" => names_what_is_there(place, sent.value.as_ref()),
        _ => lines.iter().flat_map(|line| &line.keys).any(|key| key.covers(sent, unknown_fits)),
    };
    !lines.is_empty() && sent.iter().all(fits)
}

/// Whether the type that a body names is the one that the path leads to, or one that is derived from it.
fn names_what_is_there(place: &Place, named: Option<&Value>) -> bool {
    let named = named.and_then(Value::as_str).and_then(|name| graph().type_named(name));
    let of = place.of.map(|of| of.name);
    named.is_some_and(|named| of.is_some_and(|of| of == named || graph().derived_from(of).contains(&named)))
}

fn reason(method: &str, place: &Place, sent: &[Sent]) -> &'static str {
    let last = place.of.map_or("", |of| of.name);
    let writes = |target: &str| match target.split_once('.') {
        // A type's own name has a dot only where it is of another namespace, which no line speaks of.
        Some((of, key)) => of == last && sent.iter().any(|sent| sent.outer().eq_ignore_ascii_case(key)),
        None => match target.split_once('/') {
            Some((of, member)) => place.steps.contains(&(of, member)),
            None => target == last || place.steps.iter().any(|(of, _)| *of == target),
        },
    };
    let line = facts().takeovers.iter().find(|line| {
        (line.methods.is_empty() || line.methods.contains(&method)) && line.targets.iter().any(|target| writes(target))
    });
    line.map_or(UNLISTED, |line| line.reason)
}

impl Target {
    /// Returns what a write hits, where it is of a kind that a line can speak of: no property by its own path, no raw
    /// value, nothing behind a link or an operation, no object where a list is needed and the other way round.
    fn of(method: &str, place: &Place) -> Option<Self> {
        let (of, name) = *place.steps.last()?;
        let is_list = place.of.is_some_and(|of| of.is_list);
        let (member, is_link) = match place.end {
            _ if place.through.is_some() || place.is_behind_call => return None,
            End::Action if method == "POST" => (Some(name), false),
            End::Link if of.is_empty() => return None,
            End::Link => (Some(name), true),
            End::Member(member) if !member.is_navigation => return None,
            End::Root | End::Item | End::Member(_) if is_list == (method == "POST") => {
                ((!of.is_empty()).then_some(name), false)
            }
            _ => return None,
        };
        let of = if member.is_none() { place.of?.name } else { of };
        Some(Self { of, member, key: None, is_link })
    }

    fn read(text: &'static str) -> Option<Self> {
        let (text, is_link) = text.strip_suffix("/$ref").map_or((text, false), |text| (text, true));
        let (of, rest) = text.split_once('/').map_or((text, None), |(of, rest)| (of, Some(rest)));
        let (member, key) = match rest.map(|rest| rest.split_once("('").ok_or(rest)) {
            Some(Ok((member, key))) => (Some(member), Some(key.strip_suffix("')")?)),
            Some(Err(member)) => (Some(member), None),
            None => (None, None),
        };
        let is_word =
            |text: &str| !text.is_empty() && text.chars().all(|each| each.is_ascii_alphanumeric() || each == '.');
        let fits = [Some(of), member, key].into_iter().flatten().all(is_word) && !(is_link && member.is_none());
        fits.then_some(Self { of, member, key, is_link })
    }
}

impl Key {
    fn read(text: &'static str) -> Self {
        let (names, values) = text.split_once('=').map_or((text, ""), |(names, values)| (names, values));
        Self {
            names: names.split('.').collect(),
            values: values.split('|').filter(|value| !value.is_empty()).collect(),
        }
    }

    fn covers(&self, sent: &Sent, unknown_fits: bool) -> bool {
        let is_own = |(own, name): (&&str, &String)| {
            let name = name.strip_suffix("@odata.type").unwrap_or(name);
            own.eq_ignore_ascii_case(name)
        };
        if sent.names.len() < self.names.len() || !self.names.iter().zip(&sent.names).all(is_own) {
            return false;
        }
        // Below a key an annotation still binds objects and names what is removed.
        let below = sent.names.get(self.names.len()..).unwrap_or_default();
        let is_plain = |name: &String| !name.contains('@') || name.ends_with("@odata.type");
        let value = match &sent.value {
            _ if self.values.is_empty() => return below.iter().all(is_plain),
            None => return unknown_fits && below.is_empty(),
            Some(value) => value,
        };
        let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        below.is_empty() && self.values.iter().any(|own| own.eq_ignore_ascii_case(&word))
    }
}

impl Ordinary {
    pub(super) fn read(methods: &'static str, target: &'static str, keys: &[&'static str]) -> Option<Self> {
        let methods = methods.split(',').collect();
        Some(Self { methods, target: Target::read(target)?, keys: keys.iter().map(|key| Key::read(key)).collect() })
    }
}

impl Takeover {
    pub(super) fn read(methods: &'static str, targets: &[&'static str], reason: &'static str) -> Self {
        let methods = methods.split(',').filter(|method| *method != "*").collect();
        Self { methods, targets: targets.to_vec(), reason }
    }
}
