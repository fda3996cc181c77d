//! The small grammar of sources that a recovery contact takes.
//!
//! ```text
//! source = ask.x                      an answer of the person; its `from` is a source too
//!        | inputs.x                   an input without default and suggestion, of a type that a person types
//!        | before.f                   what the same field holds already
//!        | inputs.x | lookup('column', …, 'column')      a column of the person's own CSV
//!        | row.f                      the same, in a step that is repeated for the rows of `inputs.x`
//!        | [source, …]
//!        | source or source
//!        | source | union(source)                        what is there, and what the person adds
//! ```
//!
//! It is checked on the expression's tree, so that no rewriting of an expression (a conditional, a concatenation, an
//! index into a list) brings in a value that the wizard, the tenant or an earlier step chose.

use crate::expr::{ExprError, ExprKind, Expression, Operator, Tree};
use crate::wizard::document::Table;
use crate::wizard::document::step_file::{AskSection, ForEachSection};
use crate::wizard::field_path::FieldPath;
use crate::wizard::input::{Input, InputType};

/// What to do instead, for every refused source.
pub const HELP: &str = "allowed are `ask.x`, `inputs.x` without default, `before.` and the same field, \
    `inputs.x | lookup('column', …, 'column')` of the person's CSV, a list of these, `a or b` and `a | union(b)`";

/// Why the rule exists.
pub const WHY: &str = "whoever chooses an account's recovery contact can reset its password";

/// Where sources of a step come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The wizard's inputs.
    pub inputs: &'a [Input],
    /// The step's asks.
    pub asks: &'a Table<AskSection>,
    /// The loop variable and what it runs over, where the step is repeated.
    pub rows: Option<&'a ForEachSection>,
}

impl Sources<'_> {
    /// Checks that a tree is a source. `before` is the field whose old value counts as one, where there is one.
    pub fn check(&self, tree: &Tree, before: Option<&FieldPath>) -> Result<(), ExprError> {
        if let Some(path) = tree.path() {
            let names: Vec<&str> = path.names.iter().map(String::as_str).collect();
            return match names.as_slice() {
                ["ask", name] => self.ask(tree, name),
                ["inputs", name] => self.input(tree, name),
                [row, _] if self.rows.is_some_and(|rows| rows.name.value == *row) => self.row(tree, row),
                ["before", field @ ..] => match before {
                    Some(before) if before.0.iter().map(String::as_str).eq(field.iter().copied()) => Ok(()),
                    Some(before) => {
                        refuse(tree, format!("only `before.{}` is the value of the same field", before.dotted()))
                    }
                    None => refuse(tree, "`before` is the value of another field or object here"),
                },
                ["ask" | "inputs", ..] => refuse(tree, "only a whole answer or input counts as given by the person"),
                [first, ..] => {
                    refuse(tree, format!("`{first}` is chosen by the wizard or the tenant, not by the person"))
                }
                [] => refuse(tree, "this is not given by the person"),
            };
        }
        match &tree.kind {
            ExprKind::List(items) if !items.is_empty() => items.iter().try_for_each(|item| self.check(item, before)),
            ExprKind::Binary { operator: Operator::Or, left, right } => {
                self.check(left, before)?;
                self.check(right, before)
            }
            ExprKind::Filter { of, name, arguments, .. } if name == "lookup" => {
                let literal = |at: usize| matches!(arguments.get(at).map(|name| &name.kind), Some(ExprKind::Text(_)));
                match of.path().map(|path| path.names) {
                    Some(names) if names.len() == 2 && names.first().is_some_and(|name| name == "inputs") => {
                        self.csv(of, names.get(1).map_or("", String::as_str))?;
                    }
                    _ => return refuse(of, "only a CSV that the person gives may be looked up"),
                }
                let positional = arguments.len() == 3 && literal(0) && literal(2);
                if positional { Ok(()) } else { refuse(tree, "the columns of the lookup must be literal") }
            }
            ExprKind::Filter { of, name, arguments, .. } if name == "union" => match arguments.as_slice() {
                [argument] => {
                    self.check(of, before)?;
                    self.check(argument, before)
                }
                _ => refuse(tree, "`union` takes one list"),
            },
            ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null => {
                refuse(tree, "a literal is chosen by the wizard, not by the person")
            }
            ExprKind::Conditional { .. } => refuse(tree, "a conditional can choose a value behind the person's back"),
            ExprKind::Binary { operator, .. } => {
                refuse(tree, format!("`{}` makes a value that the person did not give", operator.sign()))
            }
            ExprKind::Filter { name, .. } => {
                refuse(tree, format!("the filter `{name}` makes a value that the person did not give"))
            }
            ExprKind::Subscript { .. } => refuse(tree, "an index can choose a value behind the person's back"),
            _ => refuse(tree, "this is not given by the person"),
        }
    }

    fn ask(&self, tree: &Tree, name: &str) -> Result<(), ExprError> {
        // An ask that is not declared has been reported as an unknown name.
        let Some(ask) = self.asks.get(name) else { return Ok(()) };
        if !typed_by_a_person(ask.kind.value) {
            return refuse(
                tree,
                format!("`ask.{name}` is not typed by the person: its type lets the wizard choose the values"),
            );
        }
        let Some(from) = &ask.from else { return Ok(()) };
        let Ok(from) = Expression::parse(&from.value) else { return Ok(()) };
        self.check(from.tree(), None).map_err(|complaint| {
            let message = format!(
                "the `from` of `ask.{name}` brings in a value that the person did not give: {}",
                complaint.message
            );
            ExprError::new(tree.range.clone(), message)
        })
    }

    fn input(&self, tree: &Tree, name: &str) -> Result<(), ExprError> {
        let Some(input) = self.inputs.iter().find(|input| input.name == name) else { return Ok(()) };
        if input.default.is_some() || input.suggest.is_some() {
            let word = if input.default.is_some() { "default" } else { "suggestion" };
            return refuse(tree, format!("`inputs.{name}` has a {word}, which the wizard chose"));
        }
        if !typed_by_a_person(input.kind) {
            return refuse(
                tree,
                format!("`inputs.{name}` is not typed by the person: its type lets the wizard choose the values"),
            );
        }
        Ok(())
    }

    /// Checks that the loop variable is a row of the person's CSV, nothing else.
    fn row(&self, tree: &Tree, row: &str) -> Result<(), ExprError> {
        let items = self.rows.and_then(|rows| Expression::parse(&rows.items.value).ok());
        let names = items.and_then(|items| items.tree().path()).map(|path| path.names).unwrap_or_default();
        match names.as_slice() {
            [inputs, name] if inputs == "inputs" => self.csv(tree, name),
            _ => refuse(tree, format!("`{row}` is chosen by the wizard or the tenant, not by the person")),
        }
    }

    fn csv(&self, tree: &Tree, name: &str) -> Result<(), ExprError> {
        match self.inputs.iter().find(|input| input.name == name) {
            Some(input) if input.kind != InputType::Csv => {
                refuse(tree, format!("`inputs.{name}` is not a CSV of the person"))
            }
            Some(input) if input.default.is_some() || input.suggest.is_some() => {
                refuse(tree, format!("`inputs.{name}` has a default, which the wizard chose"))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether a type's values come from the person alone. The options of a choice come from the wizard.
fn typed_by_a_person(kind: InputType) -> bool {
    matches!(kind, InputType::Text | InputType::Email | InputType::Phone | InputType::Upn | InputType::List)
}

fn refuse(tree: &Tree, message: impl Into<String>) -> Result<(), ExprError> {
    Err(ExprError::new(tree.range.clone(), message))
}

pub fn can_be_asked(kind: InputType) -> bool {
    !kind.is_file()
}
