//! Values that remember where they are written: a key, a text, a table in the order of the file, and a value of any
//! type.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

/// A value and the bytes that it is written in.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<T> {
    pub value: T,
    /// Bytes in the file.
    pub range: Range<usize>,
}

/// A table with free keys, in the order of the file.
#[derive(Debug, Clone)]
pub struct Table<T>(pub Vec<(Placed<String>, T)>);

/// A value of any type. Dates have become text before (`known`).
#[derive(Debug, Clone)]
pub enum Any {
    Text(String),
    Whole(i64),
    Real(f64),
    Bool(bool),
    List(Vec<Placed<Self>>),
    Table(Table<Placed<Self>>),
}

/// A date, written without quotes: `2027-03-31`.
#[derive(Debug, Clone)]
pub struct Date(pub jiff::civil::Date);

impl<T> Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Table<T> {
    /// Returns the value of a key.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(key, _)| key.value == name).map(|(_, value)| value)
    }
}

impl Any {
    /// Returns the value as JSON; a number that JSON cannot hold (`nan`, `inf`) becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Whole(number) => (*number).into(),
            Self::Real(number) => serde_json::Number::from_f64(*number).map_or(serde_json::Value::Null, Into::into),
            Self::Bool(truth) => (*truth).into(),
            Self::List(items) => items.iter().map(|item| item.to_json()).collect(),
            Self::Table(table) => serde_json::Value::Object(
                table.0.iter().map(|(key, value)| (key.value.clone(), value.to_json())).collect(),
            ),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        let range = spanned.span();
        Ok(Self { value: spanned.into_inner(), range })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Table<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(Placed<String>, T)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                // The parser keeps tables sorted by name; authors mean the order of the file.
                entries.sort_by_key(|(key, _)| key.range.start);
                Ok(Table(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Any;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Any, E> {
                Ok(Any::Bool(truth))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Any, E> {
                Ok(Any::Whole(number))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Any, E> {
                Ok(Any::Real(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Any, E> {
                Ok(Any::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Any, E> {
                Ok(Any::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Any, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Any::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
                let mut entries: Vec<(Placed<String>, Placed<Any>)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                entries.sort_by_key(|(key, _)| key.range.start);
                Ok(Any::Table(Table(entries)))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = toml::value::Datetime::deserialize(deserializer)?.to_string();
        written
            .parse()
            .map(Self)
            .map_err(|_| serde::de::Error::custom(format!("`{written}` is not a date such as 2027-03-31")))
    }
}
