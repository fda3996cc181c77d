//! What an object lacks of its wanted values: the one place where wanted and live meet, for check and plan alike.

use anyhow::{Result, bail};
use serde_json::Value;

use super::compare::same;
use super::finding::ObjectFact;
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::wizard::field_path::FieldPath;
use crate::wizard::step::{Comparison, Object};

/// What an object lacks.
#[derive(Debug, Clone)]
pub enum Diff {
    /// Nothing, or it takes no part.
    None,
    /// Fields that differ, or, of an absent object, all that it is created with.
    Fields {
        /// Whether it must be created.
        create: bool,
        /// Path, before, after.
        fields: Vec<(FieldPath, Value, Value)>,
    },
    /// It is there and is not wanted.
    Remove,
    /// It is absent, wanted, and the wizard cannot create it.
    CannotCreate,
}

/// Compares an object with its wanted values.
///
/// `scope` has every name but `before`; asks without an answer are [`Datum::Unanswered`].
pub fn diff(object: &Object, fact: &ObjectFact, scope: &Scope) -> Result<Diff> {
    if !fact.takes_part || !known(Expression::holds(object.manage_when.as_ref(), true, scope)?)? {
        return Ok(Diff::None);
    }
    let wanted = match &object.want {
        None => true,
        Some(want) => match want.data(scope)? {
            Partial::Known(Value::String(text)) if text == "present" => true,
            Partial::Known(Value::String(text)) if text == "absent" => false,
            Partial::Unanswered(_) => return Ok(Diff::None),
            Partial::Known(other) => bail!("`want` must be 'present' or 'absent', not {other}"),
            Partial::NotRead | Partial::AfterChange(_) => bail!("`want` depends on what is known only later"),
        },
    };
    match (wanted, fact.exists) {
        (false, false) => return Ok(Diff::None),
        (false, true) => return Ok(Diff::Remove),
        (true, false) if object.create.is_none() => {
            return Ok(if object.managed.is_empty() { Diff::None } else { Diff::CannotCreate });
        }
        _ => {}
    }
    let scope = scope.with("before", Datum::json(&fact.fields));
    let create = !fact.exists;
    let mut fields = Vec::new();
    let mut has_unanswered = false;
    for (path, desired) in &object.desired {
        match desired.data(&scope)? {
            Partial::Known(after) => {
                let before = path.get(&fact.fields).clone();
                if create || !same(&before, &after, comparison(object, path)) {
                    if desired.has_gap(&after) {
                        bail!(
                            "the wanted value of `{}` is missing: `{}` yields nothing",
                            path.dotted(),
                            desired.source()
                        );
                    }
                    fields.push((path.clone(), before, after));
                }
            }
            // The field is not managed then.
            Partial::Unanswered(_) => has_unanswered = true,
            Partial::NotRead => bail!("the wanted value of `{}` depends on something that was not read", path.dotted()),
            Partial::AfterChange(of) => bail!(
                "the wanted value of `{}` computes with a value that is known only after `{of}`; hand it on as it is",
                path.dotted()
            ),
        }
    }
    // An object that cannot be made whole is not made at all.
    let is_nothing = if create { has_unanswered } else { fields.is_empty() };
    Ok(if is_nothing { Diff::None } else { Diff::Fields { create, fields } })
}

/// Returns how a field compares: by its own rule, or that of the path above it.
pub fn comparison(object: &Object, path: &FieldPath) -> Comparison {
    object.compare.iter().find(|(rule, _)| path.is_within(rule)).map_or(Comparison::Exact, |(_, rule)| *rule)
}

/// Returns a condition that must be known by now.
fn known(condition: Partial<bool>) -> Result<bool> {
    match condition {
        Partial::Known(value) => Ok(value),
        Partial::Unanswered(_) => Ok(false),
        Partial::NotRead => bail!("a condition depends on something that was not read"),
        Partial::AfterChange(of) => bail!("a condition depends on a value that is known only after `{of}`"),
    }
}
