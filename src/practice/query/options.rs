//! OData options of a read: what is asked for, whether Graph would refuse it, and the page that answers it.

use std::cmp::Ordering;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::filter::{self, Filter};
use super::filter_parse;
use super::typed;
use crate::practice::address::Address;
use crate::practice::answer::{PracticeRequest, Refusal};
use crate::practice::facts::schema::Schema;
use crate::practice::object::Object;
use crate::practice::store::LINK;

/// The most entities that Graph puts on a page of the directory.
const MAX_TOP: usize = 999;
/// The entities on a page when nothing is said.
const DEFAULT_TOP: usize = 100;

#[derive(Debug, Default)]
pub struct Query {
    /// The properties asked for, in their declared spelling; `None` for the default set.
    pub select: Option<Vec<String>>,
    /// Related entities asked for.
    pub expand: Vec<Expand>,
    pub filter: Option<Filter>,
    order: Vec<(Vec<String>, bool)>,
    top: usize,
    counts: bool,
    start: usize,
    fingerprint: u32,
}

/// A related entity that is asked for, as `principal($select=id)`.
#[derive(Debug)]
pub struct Expand {
    pub name: String,
    pub select: Option<Vec<String>>,
}

pub struct Page {
    pub rows: Vec<Arc<Object>>,
    pub next: Option<String>,
    /// The number of all entities, where it was asked for.
    pub count: Option<usize>,
}

impl Query {
    /// Reads the options of a list request and refuses what Graph refuses. `page_size` is the tenant's own limit.
    pub fn of_list(
        address: &Address,
        request: &PracticeRequest,
        schema: Option<&Schema>,
        page_size: Option<usize>,
    ) -> Result<Self, Refusal> {
        let mut query = Self::of_entity(address, schema)?;
        let is_directory = schema.is_some_and(|schema| schema.is_directory);
        let eventual = request.header("ConsistencyLevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
        let wants_count = address.option("$count").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let is_count_path = address.lower.last().is_some_and(|segment| segment == "$count");
        let advanced = eventual && (wants_count || is_count_path);
        // Without the header the directory leaves the number out and says nothing.
        query.counts = wants_count && (eventual || !is_directory);
        if is_count_path && is_directory && !eventual {
            return Err(Refusal::value("$count is not currently supported without ConsistencyLevel:eventual."));
        }
        if let Some(text) = address.option("$filter") {
            let filter =
                filter_parse::parse(text).map_err(|why| Refusal::bad(format!("Invalid filter clause: {why}")))?;
            if let Some(schema) = schema {
                typed::check(&filter, schema).map_err(|why| Refusal::bad(format!("Invalid filter clause: {why}")))?;
            }
            if is_directory {
                check_directory(&filter, advanced)?;
            }
            query.filter = Some(filter);
        }
        if let Some(text) = address.option("$orderby") {
            query.order = order(text, schema)?;
            if is_directory && query.filter.is_some() && !advanced {
                return Err(Refusal::unsupported(
                    "Sorting not supported for current query: add $count=true and ConsistencyLevel:eventual.",
                ));
            }
        }
        for name in ["$search", "$skip"] {
            if address.option(name).is_some() {
                return Err(Refusal::unsupported(format!("The option {name} is not supported for this path.")));
            }
        }
        let top = match address.option("$top") {
            None => DEFAULT_TOP,
            Some(text) => text.parse().ok().filter(|top| (1..=MAX_TOP).contains(top)).ok_or_else(|| {
                Refusal::unsupported(format!(
                    "Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."
                ))
            })?,
        };
        query.top = page_size.map_or(top, |size| top.min(size));
        query.fingerprint = fingerprint(address);
        if let Some(token) = address.option("$skiptoken") {
            query.start = read_token(token, query.fingerprint).ok_or_else(|| {
                Refusal::new(
                    400,
                    "Directory_ExpiredPageToken",
                    "The specified page token value has expired and can no longer be included in your request.",
                )
            })?;
        }
        Ok(query)
    }

    pub fn of_entity(address: &Address, schema: Option<&Schema>) -> Result<Self, Refusal> {
        let select = address.option("$select").map(|text| select(text, schema)).transpose()?;
        let expand = address.option("$expand").map(expand).transpose()?.unwrap_or_default();
        Ok(Self { select, expand, ..Self::default() })
    }

    /// Cuts one page. `from` lists the entities from a position on, each with its lasting position.
    pub fn page<'a, I>(&self, from: impl Fn(usize) -> I) -> Page
    where
        I: Iterator<Item = (usize, &'a Arc<Object>)>,
    {
        let passes = |object: &Object| self.filter.as_ref().is_none_or(|filter| filter.matches(object));
        let count = self.counts.then(|| from(0).filter(|(_, object)| passes(object)).count());
        let mut rows = Vec::new();
        let mut next = None;
        if self.order.is_empty() {
            for (place, object) in from(self.start).filter(|(_, object)| passes(object)) {
                if rows.len() == self.top {
                    next = Some(place);
                    break;
                }
                rows.push(Arc::clone(object));
            }
        } else {
            let mut sorted: Vec<&Arc<Object>> =
                from(0).filter(|(_, object)| passes(object)).map(|(_, object)| object).collect();
            sorted.sort_by(|left, right| self.compare(left, right));
            next = (sorted.len() > self.start.saturating_add(self.top)).then_some(self.start.saturating_add(self.top));
            rows.extend(sorted.into_iter().skip(self.start).take(self.top).cloned());
        }
        Page { rows, next: next.map(|place| write_token(place, self.fingerprint)), count }
    }

    /// Counts all entities that pass, for the path `…/$count`.
    pub fn count<'a>(&self, all: impl Iterator<Item = (usize, &'a Arc<Object>)>) -> usize {
        all.filter(|(_, object)| self.filter.as_ref().is_none_or(|filter| filter.matches(object))).count()
    }

    fn compare(&self, left: &Object, right: &Object) -> Ordering {
        self.order.iter().fold(Ordering::Equal, |so_far, (path, descending)| {
            let order = filter::order_by(left, right, path);
            so_far.then(if *descending { order.reverse() } else { order })
        })
    }
}

/// Returns the properties of an object that an answer shows: those selected, else the type's default set. A collection is
/// always there; another property that is absent is left out, or shown as null where `shows_nulls`.
pub fn shape(object: &Object, select: Option<&[String]>, schema: Option<&Schema>, shows_nulls: bool) -> Object {
    let default = schema.map_or(&[] as &[&str], |schema| schema.default);
    let names: Vec<&str> = match select {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => default.to_vec(),
    };
    let shows = |name: &str| name != LINK && schema.is_none_or(|schema| schema.shows(name));
    let mut whole: Object =
        object.iter().filter(|(name, _)| shows(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    if names.is_empty() {
        if let Some(schema) = schema {
            schema.complete(&mut whole);
        }
        return whole;
    }
    let mut shown = Object::with_capacity(names.len());
    whole.retain(|own, _| own == "@odata.type" || names.iter().any(|name| own.eq_ignore_ascii_case(name)));
    if let Some(schema) = schema {
        schema.complete(&mut whole);
    }
    if let Some(kind) = whole.get("@odata.type") {
        shown.insert("@odata.type".to_owned(), kind.clone());
    }
    for name in names.into_iter().filter(|name| shows(name)) {
        match whole.get_key_value(name).or_else(|| whole.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))) {
            Some((name, value)) => drop(shown.insert(name.clone(), value.clone())),
            None if shows_nulls => drop(shown.insert(name.to_owned(), Value::Null)),
            None => {}
        }
    }
    shown
}

fn select(text: &str, schema: Option<&Schema>) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if name == "*" {
            return Ok(Vec::new());
        }
        // `conditions/users` selects the whole of `conditions`, as Graph answers it.
        let name = name.split('/').next().unwrap_or(name);
        let known = match schema {
            None => Some(name).filter(|name| is_name(name)),
            Some(schema) => schema.property(name),
        };
        names.push(known.map(str::to_owned).ok_or_else(|| {
            Refusal::bad(format!("Parsing OData Select and Expand failed: {}", no_property(name, schema)))
        })?);
    }
    Ok(names)
}

fn no_property(name: &str, schema: Option<&Schema>) -> String {
    let of = schema.map_or("entity", |schema| schema.of.name);
    format!("Could not find a property named '{name}' on type 'microsoft.graph.{of}'.")
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '@' | '.'))
}

fn expand(text: &str) -> Result<Vec<Expand>, Refusal> {
    let malformed = || Refusal::bad("Parsing OData Select and Expand failed: the option $expand is malformed.");
    let mut parts = Vec::new();
    let (mut depth, mut part) = (0_usize, String::new());
    for character in text.chars() {
        match character {
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth = match character {
                    '(' => depth + 1,
                    ')' => depth.checked_sub(1).ok_or_else(malformed)?,
                    _ => depth,
                };
                part.push(character);
            }
        }
    }
    parts.push(part);
    let mut expands = Vec::new();
    for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        let (name, select) = match part.split_once('(') {
            None => (part, None),
            Some((name, rest)) => {
                let options = rest.strip_suffix(')').ok_or_else(malformed)?;
                let names = options.trim().strip_prefix("$select=").ok_or_else(malformed)?;
                (name, Some(names.split(',').map(|name| name.trim().to_owned()).collect()))
            }
        };
        if !is_name(name) {
            return Err(malformed());
        }
        expands.push(Expand { name: name.to_owned(), select });
    }
    Ok(expands)
}

fn order(text: &str, schema: Option<&Schema>) -> Result<Vec<(Vec<String>, bool)>, Refusal> {
    let mut order = Vec::new();
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let path: Vec<String> = words.next().unwrap_or("").split('/').map(str::to_owned).collect();
        let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Refusal::bad(format!("Syntax error in the option $orderby: '{text}'."))),
        };
        let first = path.first().map_or("", String::as_str);
        let known = schema.map_or_else(|| is_name(first), |schema| schema.property(first).is_some());
        if !known || words.next().is_some() {
            return Err(Refusal::bad(no_property(first, schema)));
        }
        order.push((path, descending));
    }
    Ok(order)
}

fn check_directory(filter: &Filter, advanced: bool) -> Result<(), Refusal> {
    if filter.uses_contains() {
        return Err(Refusal::unsupported(
            "Unsupported Query: the function contains is not supported for directory objects.",
        ));
    }
    match filter.advanced_operator() {
        Some(name) if !advanced => Err(Refusal::unsupported(format!(
            "Operator '{name}' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header."
        ))),
        _ => Ok(()),
    }
}

/// Returns a number that a page token carries, so that it only fits the query that it came from (FNV-1a).
fn fingerprint(address: &Address) -> u32 {
    let mut text = address.lower_path();
    for (name, value) in address.options_of_page() {
        text.push('\0');
        text.push_str(name);
        text.push('\0');
        text.push_str(value);
    }
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn write_token(place: usize, fingerprint: u32) -> String {
    URL_SAFE_NO_PAD.encode(format!("{fingerprint:08x}.{place:x}"))
}

fn read_token(token: &str, fingerprint: u32) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (own, place) = text.split_once('.')?;
    if own != format!("{fingerprint:08x}") {
        return None;
    }
    usize::from_str_radix(place, 16).ok()
}
