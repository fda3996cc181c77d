//! Static checks: every name, attribute, filter and test resolves, and kinds fit, before anyone signs in.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Expression;
use super::complaint::Complaint;
use super::shape::{Expected, Names, Shape};
use super::tree::{Form, Operator, Tree};

impl Expression {
    /// Checks the expression against the names that are declared where it stands and what that place wants. Returns
    /// the shape of its value and everything that is wrong.
    pub fn check(&self, names: &Names, expected: Expected) -> (Shape, Vec<Complaint>) {
        let mut check = Check { names, complaints: Vec::new() };
        let shape = check.shape(self.tree());
        check.expect(self.tree(), &shape, expected);
        if check.complaints.is_empty()
            && let Err(complaint) = self.compiled.as_ref()
        {
            check.complaints.push(complaint.clone());
        }
        (shape, check.complaints)
    }
}

pub(super) struct Check<'names> {
    pub(super) names: &'names Names,
    pub(super) complaints: Vec<Complaint>,
}

impl Check<'_> {
    pub(super) fn shape(&mut self, tree: &Tree) -> Shape {
        match &tree.form {
            Form::Null => Shape::Null,
            Form::Bool(_) => Shape::Bool,
            Form::Integer(_) | Form::Float(_) => Shape::Number,
            Form::Text(_) => Shape::Text,
            Form::List(items) => {
                let shapes: Vec<Shape> = items.iter().map(|item| self.shape(item)).collect();
                Shape::list(shapes.into_iter().reduce(Shape::either).unwrap_or(Shape::Any))
            }
            Form::Object(entries) => {
                let mut fields = BTreeMap::new();
                for (key, value) in entries {
                    let shape = self.shape(value);
                    if let Form::Text(name) = &key.form {
                        fields.insert(name.clone(), shape);
                    }
                }
                Shape::Object { fields, open: false }
            }
            Form::Name(name) => self.name(name, &tree.range),
            Form::Attribute { of, name, name_range } => {
                let shape = self.shape(of);
                self.attribute(&shape, name, name_range)
            }
            Form::Subscript { of, index } => self.subscript(of, index),
            Form::Filter { of, name, name_range, arguments } => self.filter(of, name, name_range, arguments),
            Form::Test { of, name, name_range, arguments, .. } => {
                let shape = self.shape(of);
                self.test(&shape, name, name_range, arguments);
                Shape::Bool
            }
            Form::Not(of) => {
                self.shape(of);
                Shape::Bool
            }
            Form::Negative(of) => {
                let shape = self.shape(of);
                self.numeric(&shape, of, "-");
                Shape::Number
            }
            Form::Binary { operator, left, right } => {
                let (one, other) = (self.shape(left), self.shape(right));
                self.binary(*operator, tree, (left, one), (right, other))
            }
            Form::Choice { condition, then, otherwise } => {
                let then = self.shape(then);
                self.shape(condition);
                then.either(self.shape(otherwise))
            }
        }
    }

    fn name(&mut self, name: &str, range: &Range<usize>) -> Shape {
        if let Some(shape) = self.names.get(name) {
            return shape.clone();
        }
        let names = self.names;
        let known = names.iter().map(|(name, _)| name.as_str());
        let help = nearest(name, known.clone()).map_or_else(
            || {
                let known = listed(known);
                format!("the names here are {known}; a fixed text needs inner quotes: `\"'{name}'\"`")
            },
            |near| format!("did you mean `{near}`?"),
        );
        self.complain(range, format!("there is no name `{name}` here"), Some(help));
        Shape::Any
    }

    pub(super) fn attribute(&mut self, shape: &Shape, name: &str, range: &Range<usize>) -> Shape {
        match shape {
            Shape::Any => Shape::Any,
            Shape::Null => Shape::Null,
            Shape::Object { fields, open } => match fields.get(name) {
                Some(shape) => shape.clone(),
                None if *open => Shape::Any,
                None => {
                    let known = fields.keys().map(String::as_str);
                    let help = match nearest(name, known.clone()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if fields.is_empty() => "nothing is declared here".to_owned(),
                        None => format!("declared are {}", listed(known)),
                    };
                    self.complain(range, format!("there is no `{name}` here"), Some(help));
                    Shape::Any
                }
            },
            Shape::List(_) => {
                let help = format!("take one item (`first`, `[0]`) or all of them: `map(attribute='{name}')`");
                self.complain(range, format!("a list has no attribute `{name}`"), Some(help));
                Shape::Any
            }
            Shape::Bool | Shape::Number | Shape::Text => {
                self.complain(range, format!("{} has no attribute `{name}`", shape.name()), None);
                Shape::Any
            }
        }
    }

    fn subscript(&mut self, of: &Tree, index: &Tree) -> Shape {
        let shape = self.shape(of);
        if let Form::Text(name) = &index.form {
            return self.attribute(&shape, name, &index.range);
        }
        let index_shape = self.shape(index);
        match (&shape, &index_shape) {
            (Shape::List(item), Shape::Number | Shape::Any) => (**item).clone(),
            (Shape::List(_), _) => {
                self.complain(&index.range, "an item of a list is taken by a number".to_owned(), None);
                Shape::Any
            }
            (Shape::Bool | Shape::Number | Shape::Text, _) => {
                self.complain(&of.range, format!("{} has no items to take", shape.name()), None);
                Shape::Any
            }
            _ => Shape::Any,
        }
    }

    fn binary(&mut self, operator: Operator, tree: &Tree, left: (&Tree, Shape), right: (&Tree, Shape)) -> Shape {
        let ((left, one), (right, other)) = (left, right);
        match operator {
            Operator::Or | Operator::And => one.either(other),
            Operator::Equal | Operator::Unequal => {
                self.comparable(&one, &other, &tree.range);
                Shape::Bool
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.ordered(&one, &other, &tree.range);
                Shape::Bool
            }
            Operator::In | Operator::NotIn => {
                self.contained(&one, &other, &right.range);
                Shape::Bool
            }
            Operator::Add => match (&one, &other) {
                (Shape::Any, shape) | (shape, Shape::Any)
                    if matches!(shape, Shape::Any | Shape::Number | Shape::Text | Shape::List(_)) =>
                {
                    if let Shape::List(_) = shape {
                        Shape::list(Shape::Any)
                    } else {
                        shape.clone()
                    }
                }
                (Shape::Number, Shape::Number) | (Shape::Text, Shape::Text) => one,
                (Shape::List(_), Shape::List(_)) => one.either(other),
                _ => {
                    let message = format!("`+` cannot join {} and {}", one.name(), other.name());
                    self.complain(&tree.range, message, Some("texts and numbers are joined with `~`".to_owned()));
                    Shape::Any
                }
            },
            Operator::Concatenate => {
                for (tree, shape) in [(left, &one), (right, &other)] {
                    if matches!(shape, Shape::Null | Shape::List(_) | Shape::Object { .. }) {
                        self.complain(
                            &tree.range,
                            format!("`~` joins texts and numbers; this is {}", shape.name()),
                            None,
                        );
                    }
                }
                Shape::Text
            }
            Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::DivideWhole
            | Operator::Remainder => {
                self.numeric(&one, left, operator.sign());
                self.numeric(&other, right, operator.sign());
                Shape::Number
            }
        }
    }

    fn numeric(&mut self, shape: &Shape, tree: &Tree, sign: &str) {
        if !matches!(shape, Shape::Any | Shape::Number) {
            self.complain(&tree.range, format!("`{sign}` works on numbers; this is {}", shape.name()), None);
        }
    }

    pub(super) fn comparable(&mut self, one: &Shape, other: &Shape, range: &Range<usize>) {
        if unlike(one, other) {
            let message = format!("{} is never equal to {}", one.name(), other.name());
            self.complain(range, message, None);
        }
    }

    pub(super) fn ordered(&mut self, one: &Shape, other: &Shape, range: &Range<usize>) {
        let orderable = |shape: &Shape| matches!(shape, Shape::Any | Shape::Number | Shape::Text);
        if !orderable(one) || !orderable(other) || unlike(one, other) {
            let message = format!("{} and {} have no order", one.name(), other.name());
            self.complain(range, message, Some("only two numbers or two texts have".to_owned()));
        }
    }

    pub(super) fn contained(&mut self, value: &Shape, container: &Shape, range: &Range<usize>) {
        let message = match container {
            Shape::List(item) if unlike(item, value) => format!("{} is never in a list of such items", value.name()),
            Shape::Text if !matches!(value, Shape::Any | Shape::Text) => format!("{} is never in a text", value.name()),
            Shape::Number | Shape::Bool => format!("nothing can be in {}", container.name()),
            _ => return,
        };
        self.complain(range, message, None);
    }

    fn expect(&mut self, tree: &Tree, shape: &Shape, expected: Expected) {
        // What `or`, `and` and `if` yield is one of their operands.
        let branches: Vec<&Tree> = match (&tree.form, expected) {
            (Form::Binary { operator: Operator::Or | Operator::And, left, right }, Expected::Boolean) => {
                vec![left, right]
            }
            (Form::Choice { then, otherwise, .. }, _) => vec![then, otherwise],
            _ => Vec::new(),
        };
        for branch in &branches {
            let shape = Check { names: self.names, complaints: Vec::new() }.shape(branch);
            self.expect(branch, &shape, expected);
        }
        if !branches.is_empty() {
            return;
        }
        let (fits, wanted, help) = match expected {
            Expected::Anything => return,
            _ if *shape == Shape::Any => return,
            Expected::Boolean => (
                *shape == Shape::Bool,
                "a condition must be true or false",
                "compare it (`x == 'a'`, `x is not none`), or ask whether it counts as true: `x | bool`",
            ),
            Expected::Text => {
                (matches!(shape, Shape::Text | Shape::Number), "a text is wanted here", "join lists with `join(', ')`")
            }
            Expected::List => (matches!(shape, Shape::List(_)), "a list is wanted here", "write `[…]` around one item"),
        };
        if !fits {
            self.complain(&tree.range, format!("{wanted}; this is {}", shape.name()), Some(help.to_owned()));
        }
    }

    pub(super) fn complain(&mut self, range: &Range<usize>, message: String, help: Option<String>) {
        self.complaints.push(Complaint { range: range.clone(), message, help });
    }
}

/// Returns whether two values of these shapes can never be the same (null aside).
fn unlike(one: &Shape, other: &Shape) -> bool {
    match (one, other) {
        (Shape::Any | Shape::Null, _) | (_, Shape::Any | Shape::Null) => false,
        (Shape::List(one), Shape::List(other)) => unlike(one, other),
        (one, other) => std::mem::discriminant(one) != std::mem::discriminant(other),
    }
}

/// Returns the candidate that a misspelt name most likely means.
pub(super) fn nearest<'name>(name: &str, candidates: impl Iterator<Item = &'name str>) -> Option<&'name str> {
    let lower = name.to_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count().min(name.chars().count()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

pub(super) fn listed<'name>(names: impl Iterator<Item = &'name str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<String>>().join(", ")
}
