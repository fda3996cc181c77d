//! Static checks: every name, attribute, filter and test resolves, and kinds fit, before anyone signs in.

use crate::ports::nearest::nearest;
use std::collections::BTreeMap;
use std::ops::Range;

use super::Expression;
use super::error::ExprError;
use super::time::read_duration;
use super::tree::{Clause, ExprKind, Gather, Operator, Tree};
use super::types::{Expected, Names, Type};

impl Expression {
    /// Checks the expression against the names that are declared where it stands and what that place wants. Returns
    /// the shape of its value and everything that is wrong.
    pub fn check(&self, names: &Names, expected: Expected) -> (Type, Vec<ExprError>) {
        let mut check = Check { names, items: Vec::new(), complaints: Vec::new() };
        let shape = check.shape(self.tree());
        check.expect(self.tree(), &shape, expected);
        (shape, check.complaints)
    }
}

pub(super) struct Check<'names> {
    pub(super) names: &'names Names,
    /// The items of the loops around.
    pub(super) items: Vec<(String, Type)>,
    pub(super) complaints: Vec<ExprError>,
}

impl Check<'_> {
    pub(super) fn shape(&mut self, tree: &Tree) -> Type {
        match &tree.kind {
            ExprKind::Null => Type::Null,
            ExprKind::Bool(_) => Type::Bool,
            ExprKind::Number(_) => Type::Number,
            ExprKind::Text(_) => Type::Text,
            ExprKind::List(items) => {
                let shapes: Vec<Type> = items.iter().map(|item| self.shape(item)).collect();
                Type::list(shapes.into_iter().reduce(Type::either).unwrap_or(Type::Any))
            }
            ExprKind::Object(entries) => {
                let mut fields = BTreeMap::new();
                for (key, value) in entries {
                    fields.insert(key.name.as_ref().to_owned(), self.shape(value));
                }
                Type::Object { fields, open: false }
            }
            ExprKind::Name(name) => self.name(name, &tree.range),
            ExprKind::Attribute { of, name, name_range } => {
                let shape = self.shape(of);
                self.attribute(&shape, name, name_range)
            }
            ExprKind::Subscript { of, index } => self.subscript(of, index),
            ExprKind::Filter { of, name, name_range, arguments } => self.filter(of, name, name_range, arguments),
            ExprKind::Test { of, name, name_range, arguments, .. } => {
                self.shape(of);
                self.test(name, name_range, arguments);
                Type::Bool
            }
            ExprKind::Not(of) => {
                self.shape(of);
                Type::Bool
            }
            ExprKind::Negative(of) => {
                let shape = self.shape(of);
                self.numeric(&shape, of, "-");
                Type::Number
            }
            ExprKind::Binary { operator, left, right } => {
                let (one, other) = (self.shape(left), self.shape(right));
                self.binary(*operator, tree, (left, one), (right, other))
            }
            ExprKind::Comprehension { gather, item, clauses } => self.comprehension(*gather, item, clauses),
            ExprKind::Conditional { condition, then, otherwise } => {
                let then = self.shape(then);
                self.shape(condition);
                then.either(self.shape(otherwise))
            }
        }
    }

    fn name(&mut self, name: &str, range: &Range<usize>) -> Type {
        let item = self.items.iter().rev().find(|(item, _)| item == name).map(|(_, shape)| shape);
        if let Some(shape) = item.or_else(|| self.names.get(name)) {
            return shape.clone();
        }
        let known: Vec<String> =
            self.items.iter().map(|(item, _)| item).chain(self.names.iter().map(|(name, _)| name)).cloned().collect();
        let known = known.iter().map(String::as_str);
        let help = nearest(name, known.clone()).map_or_else(
            || {
                let known = listed(known);
                format!("the names here are {known}; a fixed text needs inner quotes: `\"'{name}'\"`")
            },
            |near| format!("did you mean `{near}`?"),
        );
        self.complain(range, format!("unknown name `{name}`"), Some(help));
        Type::Any
    }

    pub(super) fn attribute(&mut self, shape: &Type, name: &str, range: &Range<usize>) -> Type {
        match shape {
            Type::Any => Type::Any,
            Type::Null => Type::Null,
            Type::Object { fields, open } => match fields.get(name) {
                Some(shape) => shape.clone(),
                None if *open => Type::Any,
                None => {
                    let known = fields.keys().map(String::as_str);
                    let help = match nearest(name, known.clone()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if fields.is_empty() => "nothing is declared here".to_owned(),
                        None => format!("declared are {}", listed(known)),
                    };
                    self.complain(range, format!("there is no `{name}` here"), Some(help));
                    Type::Any
                }
            },
            Type::List(_) => {
                let help = format!("take one item (`first`, `[0]`) or all of them: `[x.{name} for x in …]`");
                self.complain(range, format!("a list has no attribute `{name}`"), Some(help));
                Type::Any
            }
            Type::Bool | Type::Number | Type::Text => {
                self.complain(range, format!("{} has no attribute `{name}`", shape.name()), None);
                Type::Any
            }
        }
    }

    fn subscript(&mut self, of: &Tree, index: &Tree) -> Type {
        let shape = self.shape(of);
        if let ExprKind::Text(name) = &index.kind {
            return self.attribute(&shape, name, &index.range);
        }
        let index_shape = self.shape(index);
        match (&shape, &index_shape) {
            (Type::List(item), Type::Number | Type::Any) => (**item).clone(),
            (Type::List(_), _) => {
                self.complain(&index.range, "an item of a list is taken by a number".to_owned(), None);
                Type::Any
            }
            (Type::Bool | Type::Number | Type::Text, _) => {
                self.complain(&of.range, format!("{} has no items to take", shape.name()), None);
                Type::Any
            }
            _ => Type::Any,
        }
    }

    fn comprehension(&mut self, gather: Gather, item: &Tree, clauses: &[Clause]) -> Type {
        let outer = self.items.len();
        for clause in clauses {
            let shape = match self.shape(&clause.list) {
                Type::List(item) => *item,
                Type::Any | Type::Null => Type::Any,
                other => {
                    let message = format!("`for` goes through a list; this is {}", other.name());
                    self.complain(&clause.list.range, message, None);
                    Type::Any
                }
            };
            if self.names.get(&clause.name).is_some() || self.items.iter().any(|(name, _)| *name == clause.name) {
                let message = format!("`{}` has a meaning here already", clause.name);
                self.complain(&clause.name_range, message, Some("choose another name for the item".to_owned()));
            }
            self.items.push((clause.name.clone(), shape));
            clause.condition.iter().for_each(|condition| drop(self.shape(condition)));
        }
        let item = self.shape(item);
        self.items.truncate(outer);
        if gather == Gather::List { Type::list(item) } else { Type::Bool }
    }

    fn binary(&mut self, operator: Operator, tree: &Tree, left: (&Tree, Type), right: (&Tree, Type)) -> Type {
        let ((left, one), (right, other)) = (left, right);
        match operator {
            Operator::Or | Operator::And => one.either(other),
            Operator::Equal | Operator::Unequal => {
                self.comparable(&one, &other, &tree.range);
                Type::Bool
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.ordered(&one, &other, &tree.range);
                Type::Bool
            }
            Operator::In | Operator::NotIn => {
                self.contained(&one, &other, &right.range);
                Type::Bool
            }
            Operator::Add => match (&one, &other) {
                (Type::Any, shape) | (shape, Type::Any)
                    if matches!(shape, Type::Any | Type::Number | Type::Text | Type::List(_)) =>
                {
                    if let Type::List(_) = shape { Type::list(Type::Any) } else { shape.clone() }
                }
                (Type::Number, Type::Number) | (Type::Text, Type::Text) => one,
                (Type::List(_), Type::List(_)) => one.either(other),
                _ => {
                    let message = format!("`+` cannot join {} and {}", one.name(), other.name());
                    self.complain(&tree.range, message, Some("texts and numbers are joined with `~`".to_owned()));
                    Type::Any
                }
            },
            Operator::Concatenate => {
                for (tree, shape) in [(left, &one), (right, &other)] {
                    if matches!(shape, Type::Null | Type::List(_) | Type::Object { .. }) {
                        self.complain(
                            &tree.range,
                            format!("`~` joins texts and numbers; this is {}", shape.name()),
                            None,
                        );
                    }
                }
                Type::Text
            }
            Operator::Subtract if one == Type::Text || other == Type::Text => {
                self.earlier(&one, right);
                Type::Text
            }
            Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::DivideWhole
            | Operator::Remainder => {
                self.numeric(&one, left, operator.sign());
                self.numeric(&other, right, operator.sign());
                Type::Number
            }
        }
    }

    /// Checks what is taken from a time.
    fn earlier(&mut self, time: &Type, duration: &Tree) {
        let help = || Some("write `'14d'`, `'36h'` or ISO 8601 such as `'P14D'`".to_owned());
        match &duration.kind {
            ExprKind::Text(text) if read_duration(text).is_some() => {}
            ExprKind::Text(text) => self.complain(&duration.range, format!("`{text}` is not a duration"), help()),
            ExprKind::Number(_) | ExprKind::List(_) | ExprKind::Bool(_) => {
                self.complain(&duration.range, "from a time only a duration can be taken".to_owned(), help());
            }
            _ => {}
        }
        if !matches!(time, Type::Any | Type::Null | Type::Text) {
            self.complain(&duration.range, format!("a duration cannot be taken from {}", time.name()), None);
        }
    }

    fn numeric(&mut self, shape: &Type, tree: &Tree, sign: &str) {
        if !matches!(shape, Type::Any | Type::Number) {
            self.complain(&tree.range, format!("`{sign}` works on numbers; this is {}", shape.name()), None);
        }
    }

    pub(super) fn comparable(&mut self, one: &Type, other: &Type, range: &Range<usize>) {
        if unlike(one, other) {
            let message = format!("{} is never equal to {}", one.name(), other.name());
            self.complain(range, message, None);
        }
    }

    pub(super) fn ordered(&mut self, one: &Type, other: &Type, range: &Range<usize>) {
        let orderable = |shape: &Type| matches!(shape, Type::Any | Type::Number | Type::Text);
        if !orderable(one) || !orderable(other) || unlike(one, other) {
            let message = format!("{} and {} have no order", one.name(), other.name());
            self.complain(range, message, Some("only two numbers or two texts have".to_owned()));
        }
    }

    pub(super) fn contained(&mut self, value: &Type, container: &Type, range: &Range<usize>) {
        let message = match container {
            Type::List(item) if unlike(item, value) => format!("{} is never in a list of such items", value.name()),
            Type::Text if !matches!(value, Type::Any | Type::Text) => format!("{} is never in a text", value.name()),
            Type::Number | Type::Bool => format!("nothing can be in {}", container.name()),
            _ => return,
        };
        self.complain(range, message, None);
    }

    fn expect(&mut self, tree: &Tree, shape: &Type, expected: Expected) {
        // What `or`, `and` and `if` yield is one of their operands.
        let branches: Vec<&Tree> = match (&tree.kind, expected) {
            (ExprKind::Binary { operator: Operator::Or | Operator::And, left, right }, Expected::Boolean) => {
                vec![left, right]
            }
            (ExprKind::Conditional { then, otherwise, .. }, _) => vec![then, otherwise],
            _ => Vec::new(),
        };
        for branch in &branches {
            let shape = Check { names: self.names, items: self.items.clone(), complaints: Vec::new() }.shape(branch);
            self.expect(branch, &shape, expected);
        }
        if !branches.is_empty() {
            return;
        }
        let (fits, wanted, help) = match expected {
            Expected::Anything => return,
            _ if *shape == Type::Any => return,
            Expected::Boolean => (
                *shape == Type::Bool,
                "a condition must be true or false",
                "compare it: `x == 'a'`, `x is not none`, `x | length > 0`",
            ),
            Expected::Text => {
                (matches!(shape, Type::Text | Type::Number), "a text is wanted here", "join lists with `join(', ')`")
            }
            Expected::List => (matches!(shape, Type::List(_)), "a list is wanted here", "write `[…]` around one item"),
        };
        if !fits {
            self.complain(&tree.range, format!("{wanted}; this is {}", shape.name()), Some(help.to_owned()));
        }
    }

    pub(super) fn complain(&mut self, range: &Range<usize>, message: String, help: Option<String>) {
        self.complaints.push(ExprError { range: range.clone(), message, help });
    }
}

/// Returns whether two values of these shapes can never be the same (null aside).
fn unlike(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Any | Type::Null, _) | (_, Type::Any | Type::Null) => false,
        (Type::List(one), Type::List(other)) => unlike(one, other),
        (one, other) => std::mem::discriminant(one) != std::mem::discriminant(other),
    }
}

pub(super) fn listed<'name>(names: impl Iterator<Item = &'name str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<String>>().join(", ")
}
