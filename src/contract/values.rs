//! Whether Graph would take a body: names at any depth, types, members of enumerations.

use serde_json::Value;

use super::text::graph;
use super::types::{Member, Type};

/// Returns why a body does not fit the type of what it is sent to. `outer` says whether its outer names are looked at
/// too.
pub fn refused(of: Type, body: &Value, outer: bool) -> Option<String> {
    let Value::Object(entries) = body else { return None };
    let own = entries.get("@odata.type").and_then(Value::as_str).and_then(|name| graph().type_named(name));
    let of = own.map_or(of, |name| Type { name, is_list: false });
    entries.iter().filter(|(name, _)| !name.contains('@')).find_map(|(name, value)| match graph().field(of, &[name]) {
        Ok(member) => member.and_then(|member| misfit(member, value)),
        Err(_) if outer => Some(format!("The property '{name}' does not exist on type 'microsoft.graph.{}'.", of.name)),
        Err(_) => None,
    })
}

fn misfit(member: Member, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    if member.of.is_list {
        let Some(items) = value.as_array() else { return Some(invalid(member, "a collection")) };
        return items.iter().find_map(|item| misfit(member.item(), item));
    }
    let fits = match member.of.name {
        "any" => true,
        "bool" => value.is_boolean(),
        "int" => value.is_i64() || value.is_u64(),
        "float" => value.is_number() || value.is_string(),
        "guid" => value.as_str().is_some_and(|text| uuid::Uuid::parse_str(text).is_ok()),
        "datetime" => value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        "string" | "date" | "time" | "duration" | "bytes" => value.is_string(),
        name => match graph().values(name) {
            Some((values, several)) => {
                let text = value.as_str().unwrap_or_default();
                let parts = text.split(if several { "," } else { "\0" }).map(str::trim);
                let is_one = |part: &str| values.iter().any(|value| value.eq_ignore_ascii_case(part));
                value.is_string() && parts.into_iter().all(is_one)
            }
            None if graph().type_named(name).is_some() => {
                return match value {
                    Value::Object(_) => refused(member.of, value, true),
                    _ => Some(invalid(member, "an object")),
                };
            }
            None => true,
        },
    };
    (!fits).then(|| invalid(member, member.of.name))
}

fn invalid(member: Member, wanted: &str) -> String {
    format!("Invalid value specified for property '{}': {wanted} is expected.", member.name)
}
