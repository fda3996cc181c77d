//! Where a value lies in an object of the tenant.

use serde_json::Value;

/// A path to a leaf or subtree: property names, outermost first. `@odata.…` is one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<String>);

impl FieldPath {
    /// Reads a dotted path; `@odata.…` is one name, up to the next dot after its second part.
    pub fn parse(text: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        for part in text.split('.') {
            match names.last_mut() {
                Some(last) if last == "@odata" || last.ends_with("@odata") => {
                    last.push('.');
                    last.push_str(part);
                }
                _ => names.push(part.to_owned()),
            }
        }
        Self(names)
    }

    pub fn dotted(&self) -> String {
        self.0.join(".")
    }

    /// Returns whether this is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Returns the value at this path; null where it is absent.
    pub fn get<'value>(&self, value: &'value Value) -> &'value Value {
        self.0.iter().fold(value, |value, name| value.get(name).unwrap_or(&Value::Null))
    }

    /// Puts `new` at this path, making the objects on the way.
    pub fn put(&self, value: &mut Value, new: Value) {
        let mut at = value;
        for name in &self.0 {
            if !at.is_object() {
                *at = Value::Object(serde_json::Map::new());
            }
            let Value::Object(map) = at else { return };
            at = map.entry(name.clone()).or_insert(Value::Null);
        }
        *at = new;
    }

    /// Returns the JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        self.0.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect()
    }
}
