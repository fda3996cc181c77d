//! Whether Graph would take a body: names at any depth, types, members of enumerations, what is read-only.

use serde_json::Value;

use super::overlay::is_set_at_creation;
use super::text::graph;
use super::types::{Member, Type};

/// What a request does with its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Creates an object.
    Created,
    /// Changes an object, or takes its place.
    Changed,
    /// Nothing that a request does: what a person declares to be there already.
    Declared,
}

/// Returns why a body does not fit the type of what it is sent to, as Graph would say it.
pub fn refused(of: Type, body: &Value, written: Written) -> Option<String> {
    let Value::Object(entries) = body else { return None };
    let of = match entries.get("@odata.type").map(|named| named.as_str().and_then(|name| graph().type_named(name))) {
        None => of,
        Some(Some(own)) if own == of.name || graph().derived_from(of.name).contains(&own) => {
            Type { name: own, is_list: false }
        }
        Some(_) => return Some(format!("The type in '@odata.type' is not a type of 'microsoft.graph.{}'.", of.name)),
    };
    entries.iter().filter(|(name, _)| !name.contains('@')).find_map(|(name, value)| match graph().field(of, &[name]) {
        Ok(None) => None,
        Ok(Some(member)) => read_only(of, member, written).or_else(|| misfit(member, value, written)),
        Err(_) => Some(format!(
            "The property '{name}' does not exist on type 'microsoft.graph.{}'. Make sure to only use property names \
             that are defined by the type.",
            of.name
        )),
    })
}

fn read_only(of: Type, member: Member, written: Written) -> Option<String> {
    let may = match written {
        Written::Declared => true,
        Written::Changed => false,
        Written::Created => graph().line_of(of.name).iter().any(|of| is_set_at_creation(of, member.name)),
    };
    // An object inside another one is known by its id.
    let is_key = member.name == "id" && !graph().line_of(of.name).contains(&"entity");
    (member.is_read_only() && !may && !is_key)
        .then(|| format!("Property '{}' is read-only and cannot be set.", member.name))
}

fn misfit(member: Member, value: &Value, written: Written) -> Option<String> {
    if value.is_null() {
        let may = member.is_nullable() || member.of.name == "any" || member.is_navigation && !member.of.is_list;
        return (!may).then(|| invalid(member, "null is not allowed, a value"));
    }
    if member.of.is_list {
        let Some(items) = value.as_array() else { return Some(invalid(member, "a collection")) };
        let item = member.item();
        return items.iter().find_map(|value| match value {
            Value::Null => Some(invalid(member, "null is not allowed in it, a collection of values")),
            value => misfit(item, value, written),
        });
    }
    let fits = match member.of.name {
        "any" => true,
        "bool" => value.is_boolean(),
        "int" => value.is_i64() || value.is_u64(),
        "float" => value.is_number() || matches!(value.as_str(), Some("INF" | "-INF" | "NaN")),
        name => match (graph().values(name), value.as_str()) {
            (Some((values, several)), Some(text)) => {
                let parts = text.split(if several { "," } else { "\0" }).map(str::trim);
                let is_one = |part: &str| values.iter().any(|value| value.eq_ignore_ascii_case(part));
                parts.into_iter().all(is_one)
            }
            (Some(_), None) => false,
            (None, _) if graph().type_named(name).is_some() => {
                return match value {
                    Value::Object(_) => refused(member.of, value, written),
                    _ => Some(invalid(member, "an object")),
                };
            }
            (None, text) => text.is_some_and(|text| is_literal(name, text)),
        },
    };
    (!fits).then(|| invalid(member, member.of.name))
}

/// Whether a text is a value of a type that is no type of Graph's own.
fn is_literal(of: &str, text: &str) -> bool {
    match of {
        "guid" => uuid::Uuid::parse_str(text).is_ok(),
        "datetime" => text.parse::<jiff::Timestamp>().is_ok(),
        _ => true,
    }
}

fn invalid(member: Member, wanted: &str) -> String {
    format!("Invalid value specified for property '{}': {wanted} is expected.", member.name)
}
