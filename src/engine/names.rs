//! What a step adds to the names that expressions see.

use anyhow::Result;
use serde_json::{Map, Value};

use super::change::change_id;
use super::render::{self, Rendered};
use crate::expr::{Node, Scope, Table};
use crate::wizard::Step;

/// Returns the `captured` table of an actions step: each name is a hole of the write that gives it, null where that
/// write is not to be done.
pub fn captured_node(step: &Step, label: Option<&str>, scope: &Scope) -> Result<Node> {
    let mut table = Map::new();
    for write in step.writes() {
        let done = matches!(render::condition(write.when.as_ref(), true, scope), Ok(Rendered::Ready(true)));
        let id = change_id(step, label, &write.id);
        for (name, _) in &write.capture {
            let value = if done { super::hole::hole(&id, &format!("/{name}")) } else { Value::Null };
            table.insert(name.clone(), value);
        }
    }
    Ok(Node::table(table.into_iter().map(|(name, value)| (name, render::node(&value)))))
}

/// Returns the scope with every ask of the step unanswered.
pub fn without_answers(step: &Step, scope: &Scope) -> Scope {
    let asks = step.asks.iter().map(|ask| (ask.name.clone(), Node::Unanswered(ask.name.clone())));
    scope.with("ask", Node::table(asks))
}

pub fn with_step(scope: &Scope, id: &str, node: Node) -> Scope {
    let steps = match scope.get("steps") {
        Some(Node::Table(steps)) => steps.clone(),
        _ => Table::default(),
    };
    scope.with("steps", Node::Table(steps.with(id, node)))
}
