//! A value as expressions see it: JSON of which parts may not be known yet; cheap to clone, whatever its size.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde_json::{Map, Number, Value, json};

use super::EvalStop;
use super::operation::kind_of;

/// The key of a hole in a plan's data: a value that only the answer to an earlier change tells.
pub const HOLE: &str = "$captured";
/// The key of a text that is put together when its holes are known.
pub const HOLED_TEXT: &str = "$text";
/// The keys that no object of a tenant may bring into a plan.
pub const RESERVED: [&str; 2] = [HOLE, HOLED_TEXT];

/// A value as expressions see it.
#[derive(Clone)]
pub enum Datum {
    /// `none`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(Arc<List>),
    /// An object, or a table of names.
    Object(Arc<Object>),
    /// Known only from the answer to an earlier change: its id and a JSON pointer into the answer.
    Hole(Arc<(String, String)>),
    /// The answer to an ask that has none yet.
    Unanswered(Arc<str>),
    /// Not read yet.
    NotRead,
}

/// The items of a list.
pub struct List {
    items: Vec<Datum>,
    extent: Extent,
}

/// The fields of an object, in order.
pub struct Object {
    fields: Vec<(Arc<str>, Datum)>,
    extent: Extent,
}

/// How much a value is, noted when it is made: a part that it shares with itself counts each time, as it would be
/// written out.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// About how many bytes it takes.
    pub bytes: usize,
    /// How many lists and objects are one inside the other.
    pub depth: usize,
    /// Whether every part of it is known.
    plain: bool,
}

/// The most that a value may take, written out. `[list, list]` makes hardly anything and is twice as much: what doubles
/// so a few dozen times fits into no memory.
const MAX_VALUE: usize = 64 << 20;

/// How many lists and objects may be one inside the other: who walks through them calls itself as often.
const MAX_NESTING: usize = 256;

/// What every value takes, whatever is in it.
pub(super) const NODE: usize = 64;

impl Extent {
    fn around<'part>(parts: impl Iterator<Item = (usize, &'part Datum)>) -> Self {
        let mut around = Self { bytes: NODE, depth: 0, plain: true };
        for (name, value) in parts {
            let part = value.extent();
            around.bytes = around.bytes.saturating_add(part.bytes).saturating_add(name);
            around.depth = around.depth.max(part.depth);
            around.plain &= part.plain;
        }
        Self { depth: around.depth.saturating_add(1), ..around }
    }
}

impl Datum {
    /// Makes a value of JSON.
    pub fn json(value: &Value) -> Self {
        Self::read(value, &mut HashSet::new())
    }

    /// Makes a value of JSON of a plan, whose holes stay holes. In data that was read from a tenant nobody makes holes.
    pub fn of_plan(value: &Value) -> Self {
        let hole = value.get(HOLE).filter(|_| value.as_object().is_some_and(|map| map.len() == 1));
        let part = |name: &str| hole.and_then(|hole| hole.get(name)).and_then(Value::as_str);
        match (value, part("of").zip(part("pointer"))) {
            (_, Some((of, pointer))) => Self::hole(of, pointer),
            (Value::Array(items), _) => Self::list(items.iter().map(Self::of_plan)),
            (Value::Object(map), _) => Self::table(map.iter().map(|(name, value)| (name, Self::of_plan(value)))),
            (plain, _) => Self::json(plain),
        }
    }

    /// Makes a text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Makes a list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let items: Vec<Self> = items.into_iter().collect();
        let extent = Extent::around(items.iter().map(|item| (0, item)));
        Self::List(Arc::new(List { items, extent }))
    }

    /// Makes an object; of two fields with one name the later counts.
    pub fn table<Name: AsRef<str>>(entries: impl IntoIterator<Item = (Name, Self)>) -> Self {
        let mut fields: Vec<(Arc<str>, Self)> = Vec::new();
        let mut seen = HashSet::new();
        for (name, value) in entries {
            let name: Arc<str> = name.as_ref().into();
            if !seen.insert(name.clone()) {
                fields.retain(|(other, _)| *other != name);
            }
            fields.push((name, value));
        }
        Self::object(fields)
    }

    /// Returns the object with one more field (or another value of it).
    #[must_use]
    pub fn with(&self, name: &str, value: Self) -> Self {
        let mut fields = self.as_object().unwrap_or_default().to_vec();
        match fields.iter_mut().find(|(field, _)| **field == *name) {
            Some((_, old)) => *old = value,
            None => fields.push((name.into(), value)),
        }
        Self::object(fields)
    }

    /// Makes the value that only the answer to a change tells.
    pub fn hole(of: &str, pointer: &str) -> Self {
        Self::Hole(Arc::new((of.to_owned(), pointer.to_owned())))
    }

    /// Makes the answer to an ask that has none yet.
    pub fn unanswered(ask: &str) -> Self {
        Self::Unanswered(ask.into())
    }

    fn object(fields: Vec<(Arc<str>, Self)>) -> Self {
        let extent = Extent::around(fields.iter().map(|(name, value)| (name.len(), value)));
        Self::Object(Arc::new(Object { fields, extent }))
    }

    /// Reads JSON; thousands of items share the names of their fields.
    fn read<'json>(value: &'json Value, names: &mut HashSet<Arc<str>>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::list(items.iter().map(|item| Self::read(item, names))),
            Value::Object(map) => {
                let mut shared = |name: &'json str| match names.get(name) {
                    Some(known) => known.clone(),
                    None => {
                        let name: Arc<str> = name.into();
                        names.insert(name.clone());
                        name
                    }
                };
                let named: Vec<(Arc<str>, &Value)> = map.iter().map(|(name, value)| (shared(name), value)).collect();
                Self::object(named.into_iter().map(|(name, value)| (name, Self::read(value, names))).collect())
            }
        }
    }

    /// Returns the value as JSON. A hole is written `{"$captured": …}`, what is not known null.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null | Self::Unanswered(_) | Self::NotRead => Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.as_ref().to_owned()),
            Self::List(list) => list.items.iter().map(Self::to_json).collect(),
            Self::Object(object) => {
                let mut map = Map::with_capacity(object.fields.len());
                map.extend(object.fields.iter().map(|(name, value)| (name.as_ref().to_owned(), value.to_json())));
                Value::Object(map)
            }
            Self::Hole(hole) => json!({ HOLE: { "of": hole.0, "pointer": hole.1 } }),
        }
    }

    /// Returns whether every part of it is known.
    pub fn is_plain(&self) -> bool {
        self.extent().plain
    }

    /// Returns why it is too large to be handed on, where it is.
    pub fn too_large(&self) -> Option<&'static str> {
        match self.extent() {
            Extent { bytes, .. } if bytes > MAX_VALUE => Some("larger than 64 MiB"),
            Extent { depth, .. } if depth > MAX_NESTING => Some("nested more than 256 levels deep"),
            _ => None,
        }
    }

    /// Returns how much it is.
    pub(super) fn extent(&self) -> Extent {
        match self {
            Self::List(list) => list.extent,
            Self::Object(object) => object.extent,
            Self::Text(text) => Extent { bytes: NODE.saturating_add(text.len()), depth: 0, plain: true },
            other => Extent {
                bytes: NODE,
                depth: 0,
                plain: !matches!(other, Self::Hole(_) | Self::Unanswered(_) | Self::NotRead),
            },
        }
    }

    /// Returns whether it counts as true: not null, false, 0 or empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => number.as_f64() != Some(0.0),
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Object(object) => !object.fields.is_empty(),
            Self::Hole(_) | Self::Unanswered(_) | Self::NotRead => true,
        }
    }

    /// Returns whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the boolean, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Returns the whole number, where it is one.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_i64() } else { None }
    }

    /// Returns the items, where it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(&list.items) } else { None }
    }

    /// Returns the fields, where it is an object.
    pub fn as_object(&self) -> Option<&[(Arc<str>, Self)]> {
        if let Self::Object(object) = self { Some(&object.fields) } else { None }
    }

    /// Returns a field, where it is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|(field, _)| **field == *name).map(|(_, value)| value)
    }

    /// Returns what kind of value it is, in words: `a list`.
    pub fn kind_name(&self) -> &'static str {
        kind_of(self)
    }

    /// Returns the change that the first hole in it belongs to.
    pub fn first_hole(&self) -> Option<&str> {
        match self {
            Self::Hole(hole) => Some(&hole.0),
            Self::List(list) if !list.extent.plain => list.items.iter().find_map(Self::first_hole),
            Self::Object(object) if !object.extent.plain => {
                object.fields.iter().find_map(|(_, value)| value.first_hole())
            }
            _ => None,
        }
    }

    /// Stops where the value itself is not known yet; a hole passes.
    pub(super) fn touched(&self) -> Result<&Self, EvalStop> {
        match self {
            Self::Unanswered(name) => Err(EvalStop::Unanswered(name.as_ref().to_owned())),
            Self::NotRead => Err(EvalStop::NotRead),
            known => Ok(known),
        }
    }

    /// Stops where a part of the value, however deep, is not known yet; holes pass.
    pub(super) fn settled(&self) -> Result<(), EvalStop> {
        match self {
            Self::List(list) if !list.extent.plain => list.items.iter().try_for_each(Self::settled),
            Self::Object(object) if !object.extent.plain => {
                object.fields.iter().try_for_each(|(_, value)| value.settled())
            }
            other => other.touched().map(|_| ()),
        }
    }

    /// Returns the name of the first field, however deep, that only a plan may have.
    pub(super) fn reserved(&self) -> Option<&str> {
        match self {
            Self::List(list) => list.items.iter().find_map(Self::reserved),
            Self::Object(object) => object.fields.iter().find_map(|(name, value)| {
                if RESERVED.contains(&name.as_ref()) { Some(name.as_ref()) } else { value.reserved() }
            }),
            _ => None,
        }
    }
}

/// The same JSON: `1` and `1.0` are, and objects whatever the order of their fields.
impl PartialEq for Datum {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::NotRead, Self::NotRead) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => {
                one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
            }
            (Self::Text(one), Self::Text(other)) | (Self::Unanswered(one), Self::Unanswered(other)) => one == other,
            (Self::List(one), Self::List(other)) => Arc::ptr_eq(one, other) || one.items == other.items,
            (Self::Object(one), Self::Object(_)) => {
                let count = other.as_object().map_or(0, <[_]>::len);
                one.fields.len() == count && one.fields.iter().all(|(name, value)| other.get(name) == Some(value))
            }
            (Self::Hole(one), Self::Hole(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Datum {}

impl Hash for Datum {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Bool(value) => value.hash(state),
            Self::Number(number) => (number.as_f64().unwrap_or_default() + 0.0).to_bits().hash(state),
            Self::Text(text) => text.hash(state),
            Self::List(list) => list.items.hash(state),
            // The order of the fields must not count.
            Self::Object(object) => {
                let fields = object.fields.iter().map(|field| {
                    let mut hasher = DefaultHasher::new();
                    field.hash(&mut hasher);
                    hasher.finish()
                });
                fields.fold(0, u64::wrapping_add).hash(state);
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Datum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unanswered(name) => write!(formatter, "Unanswered({name})"),
            Self::NotRead => formatter.write_str("NotRead"),
            known => write!(formatter, "{}", known.to_json()),
        }
    }
}
