//! Gaps: where an expression yields nothing though its author did not write `none`, something that it counts on is missing.

use serde_json::Value;

use super::Expression;
use super::tree::{ExprKind, Operator, Tree};

impl Expression {
    /// Returns whether `value`, which this expression has yielded, is nothing, or a list that holds nothing, without the
    /// author's word for it. What was read may be missing a value; that must not be written to a tenant.
    pub fn has_gap(&self, value: &Value) -> bool {
        has_gap(&self.tree, value)
    }
}

fn has_gap(tree: &Tree, value: &Value) -> bool {
    match (&tree.kind, value) {
        (ExprKind::Object(fields), Value::Object(map)) => {
            fields.iter().any(|(key, field)| has_gap(field, map.get(key.name.as_ref()).unwrap_or(&Value::Null)))
        }
        (ExprKind::Comprehension { item, .. }, Value::Array(items)) => items.iter().any(|value| has_gap(item, value)),
        // Whichever of them it was.
        (ExprKind::Conditional { then, otherwise, .. }, _) => has_gap(then, value) && has_gap(otherwise, value),
        (ExprKind::List(written), Value::Array(items)) if written.len() == items.len() => {
            written.iter().zip(items).any(|(tree, item)| has_gap(tree, item))
        }
        _ => holds_nothing(value) && !says_none(tree),
    }
}

fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_nothing),
        _ => false,
    }
}

/// Whether one of the values that a tree may yield is the author's `none`.
fn says_none(tree: &Tree) -> bool {
    match &tree.kind {
        ExprKind::Null => true,
        ExprKind::List(items) => items.iter().any(says_none),
        ExprKind::Conditional { then, otherwise, .. } => says_none(then) || says_none(otherwise),
        ExprKind::Binary { operator: Operator::Or | Operator::And | Operator::Add, left, right } => {
            says_none(left) || says_none(right)
        }
        ExprKind::Comprehension { item, .. } => says_none(item),
        _ => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_a_gap_unless_the_author_wrote_none() {
        let gap = |source: &str, value: Value| Expression::parse(source).unwrap().has_gap(&value);
        for (source, value) in [
            ("reads.x", json!(null)),
            ("[reads.x, 'a']", json!([null, "a"])),
            ("before.list + [reads.x]", json!(["a", null])),
            ("[{'user': reads.x}]", json!([{"user": null}])),
            ("reads.x if reads.x != none else reads.y", json!(null)),
            ("[item.id for item in reads.x]", json!(["a", null])),
            ("[{'user': item.id} for item in reads.x]", json!([{"user": "a"}, {"user": null}])),
            ("{'user': reads.x} if inputs.on else {'user': 'a'}", json!({"user": null})),
            ("[[item.id] for item in reads.x if item.id != none] if inputs.on else reads.y", json!([[null]])),
        ] {
            assert!(gap(source, value), "{source}");
        }
        for (source, value) in [
            ("none", json!(null)),
            ("reads.x or none", json!(null)),
            ("none if inputs.off else reads.x", json!(null)),
            ("[none]", json!([null])),
            ("[{'user': none} for item in reads.x]", json!([{"user": null}])),
            ("{'user': none} if inputs.off else {'user': reads.x}", json!({"user": null})),
            ("before.list + ['a']", json!([{"theirs": null}, "a"])),
            ("reads.x", json!([])),
            ("reads.x", json!(false)),
        ] {
            assert!(!gap(source, value), "{source}");
        }
    }
}
