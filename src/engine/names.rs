//! What a step adds to the names that expressions see.

use anyhow::Result;
use serde_json::{Map, Value};

use super::change::change_id;
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::wizard::Step;

/// Returns the `captured` table of an actions step: each name is a deferred value of the write that gives it, null
/// where that write is not to be done.
pub fn captured_node(step: &Step, label: Option<&str>, scope: &Scope) -> Result<Datum> {
    let mut table = Map::new();
    for write in step.writes() {
        let done = matches!(Expression::holds(write.when.as_ref(), true, scope), Ok(Partial::Known(true)));
        let id = change_id(step, label, &write.id);
        for (name, _) in &write.capture {
            let value = if done { super::deferred::of(&id, &format!("/{name}")) } else { Value::Null };
            table.insert(name.clone(), value);
        }
    }
    Ok(Datum::table(table.into_iter().map(|(name, value)| (name, Datum::of_plan(&value)))))
}

/// Returns the scope with every ask of the step unanswered.
pub fn without_answers(step: &Step, scope: &Scope) -> Scope {
    let asks = step.asks.iter().map(|ask| (ask.name.clone(), Datum::unanswered(&ask.name)));
    scope.with("ask", Datum::table(asks))
}

pub fn with_step(scope: &Scope, id: &str, node: Datum) -> Scope {
    let steps = scope.get("steps").unwrap_or(&Datum::Null).with(id, node);
    scope.with("steps", steps)
}
