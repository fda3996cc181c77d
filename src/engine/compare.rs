//! Comparison of wanted and live values: typed JSON equality, with null and absent the same.

use serde_json::Value;

use crate::wizard::step::Comparison;

/// Returns whether two values of a field are the same.
///
/// Null equals absent everywhere, below the top also an empty list (Graph omits either). Objects compare by leaf,
/// lists in order unless `rule` is [`Comparison::Set`].
pub fn same(left: &Value, right: &Value, rule: Comparison) -> bool {
    same_at(left, right, rule, true)
}

fn same_at(left: &Value, right: &Value, rule: Comparison, top: bool) -> bool {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let every = |one: &serde_json::Map<String, Value>, other: &serde_json::Map<String, Value>| {
                one.iter()
                    .filter(|(key, _)| !key.starts_with("@odata."))
                    .all(|(key, value)| same_at(value, other.get(key).unwrap_or(&Value::Null), rule, false))
            };
            every(a, b) && every(b, a)
        }
        (Value::Object(a), Value::Null) | (Value::Null, Value::Object(a)) => {
            !a.is_empty() && !top && a.values().all(|value| same_at(value, &Value::Null, rule, false))
        }
        (Value::Array(a), Value::Array(b)) if rule == Comparison::Set => same_set(a, b, rule),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_at(a, b, rule, false))
        }
        (Value::Array(items), Value::Null) | (Value::Null, Value::Array(items)) => items.is_empty(),
        (Value::String(a), Value::String(b)) => match rule {
            Comparison::IgnoreCase => a.to_lowercase() == b.to_lowercase(),
            Comparison::Phone => phone(a) == phone(b),
            Comparison::Exact | Comparison::Set => a == b,
        },
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// Every item of one list has a partner of its own in the other.
fn same_set(a: &[Value], b: &[Value], rule: Comparison) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut free: Vec<&Value> = b.iter().collect();
    a.iter().all(|item| match free.iter().position(|other| same_at(item, other, rule, false)) {
        Some(at) => {
            free.swap_remove(at);
            true
        }
        None => false,
    })
}

/// A phone number's digits, with its plus and extension; blanks, brackets, dots and dashes say nothing.
fn phone(number: &str) -> String {
    number
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+' || c.eq_ignore_ascii_case(&'x'))
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absence_null_and_empty_lists() {
        assert!(same(&json!(null), &json!([]), Comparison::Exact));
        assert!(same(&json!({"a": null, "b": []}), &json!({}), Comparison::Exact));
        assert!(!same(&json!(false), &json!(null), Comparison::Exact));
        assert!(!same(&json!(""), &json!(null), Comparison::Exact));
        assert!(!same(&json!(1), &json!("1"), Comparison::Exact));
    }

    #[test]
    fn lists_keep_their_order_unless_they_are_sets() {
        assert!(!same(&json!([1, 2]), &json!([2, 1]), Comparison::Exact));
        assert!(same(&json!([1, 2]), &json!([2, 1]), Comparison::Set));
        assert!(!same(&json!([1, 1, 2]), &json!([2, 2, 1]), Comparison::Set));
    }

    #[test]
    fn phones_and_case() {
        assert!(same(&json!("+1 4255550100"), &json!("+1 (425) 555-0100"), Comparison::Phone));
        assert!(!same(&json!("+1 4255550100"), &json!("+1 4255550101"), Comparison::Phone));
        assert!(same(&json!("Ann@X"), &json!("ann@x"), Comparison::IgnoreCase));
    }
}
