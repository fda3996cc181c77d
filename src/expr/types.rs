//! Shapes: what is declared about names before anything is read, so that a misspelt one is found at load.

use std::collections::BTreeMap;

/// What is known of a value before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Anything.
    Any,
    /// Always null.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list of items of one shape.
    List(Box<Self>),
    /// An object.
    Object {
        /// The attributes that are declared.
        fields: BTreeMap<String, Self>,
        /// Whether it may have others, of which nothing is known.
        open: bool,
    },
}

/// The names that are declared where an expression stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, Type>);

/// What the place wants that an expression stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Any value.
    Anything,
    /// A condition.
    Boolean,
    /// A text (a number will do).
    Text,
    /// A list.
    List,
}

impl Type {
    /// Makes a list of items of one shape.
    pub fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    /// Makes an object with these attributes and no others.
    pub fn closed<Name: Into<String>>(fields: impl IntoIterator<Item = (Name, Self)>) -> Self {
        Self::Object { fields: fields.into_iter().map(|(name, shape)| (name.into(), shape)).collect(), open: false }
    }

    /// Makes an object with these attributes and perhaps others.
    pub fn open<Name: Into<String>>(fields: impl IntoIterator<Item = (Name, Self)>) -> Self {
        Self::Object { fields: fields.into_iter().map(|(name, shape)| (name.into(), shape)).collect(), open: true }
    }

    /// Makes the closed object that a list of declared paths describes; what lies at a path is unknown.
    pub fn of_paths<'path>(paths: impl IntoIterator<Item = &'path [String]>) -> Self {
        let mut shape = Self::closed::<String>([]);
        for path in paths {
            shape.declare(path);
        }
        shape
    }

    fn declare(&mut self, path: &[String]) {
        let Some((name, below)) = path.split_first() else {
            *self = Self::Any;
            return;
        };
        match self {
            Self::Object { fields, .. } => match fields.get_mut(name) {
                Some(shape) => shape.declare(below),
                None => {
                    let shape = if below.is_empty() { Self::Any } else { Self::of_paths([below]) };
                    fields.insert(name.clone(), shape);
                }
            },
            // A path above was declared whole, so everything below it is known to be possible.
            _ => *self = Self::Any,
        }
    }

    /// Makes the shape of a value that is known already, such as a table of `data`.
    pub fn of_value(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Any,
            serde_json::Value::Bool(_) => Self::Bool,
            serde_json::Value::Number(_) => Self::Number,
            serde_json::Value::String(_) => Self::Text,
            serde_json::Value::Array(items) => {
                Self::list(items.iter().map(Self::of_value).reduce(Self::either).unwrap_or(Self::Any))
            }
            serde_json::Value::Object(fields) => {
                Self::closed(fields.iter().map(|(name, value)| (name.clone(), Self::of_value(value))))
            }
        }
    }

    /// Returns the shape that a value has which is of this shape or of the other.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::List(one), Self::List(other)) => Self::list(one.either(*other)),
            (Self::Object { mut fields, open }, Self::Object { fields: others, open: other_open }) => {
                for (name, shape) in others {
                    let joined = match fields.remove(&name) {
                        Some(known) => known.either(shape),
                        None => shape,
                    };
                    fields.insert(name, joined);
                }
                Self::Object { fields, open: open || other_open }
            }
            // A value that may also be null keeps its shape: attributes of null are null.
            (Self::Null, shape) | (shape, Self::Null) => shape,
            _ => Self::Any,
        }
    }

    /// Returns the shape's name, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List(_) => "a list",
            Self::Object { .. } => "an object",
        }
    }
}

impl Names {
    /// Returns these names with one more (or another meaning of it).
    #[must_use]
    pub fn with(mut self, name: &str, shape: Type) -> Self {
        self.0.insert(name.to_owned(), shape);
        self
    }

    /// Returns what is declared of a name.
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.0.get(name)
    }

    /// Returns the declared names in order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Type)> + Clone {
        self.0.iter()
    }
}
