//! Static checks: every name, attribute, filter and test resolves, and kinds fit, before anyone signs in.

use std::collections::BTreeMap;
use std::ops::Range;

use super::bind::{Bound, bind};
use super::complaint::Complaint;
use super::filter::{FILTERS, Filter, Takes, filter_named};
use super::shape::{Expected, Names, Shape};
use super::test::{TESTS, test_named};
use super::tree::{Argument, Form, Operator, Tree};
use super::{Expression, test::Test};

/// The filters whose argument names an attribute of the items.
const BY_ATTRIBUTE: [&str; 9] = ["join", "map", "max", "min", "rejectattr", "selectattr", "sort", "sum", "unique"];

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

struct Check<'names> {
    names: &'names Names,
    complaints: Vec<Complaint>,
}

impl Check<'_> {
    fn shape(&mut self, tree: &Tree) -> Shape {
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
        let help = nearest(name, known.clone())
            .map_or_else(|| format!("the names here are {}", listed(known)), |near| format!("did you mean `{near}`?"));
        self.complain(range, format!("there is no name `{name}` here"), Some(help));
        Shape::Any
    }

    fn attribute(&mut self, shape: &Shape, name: &str, range: &Range<usize>) -> Shape {
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

    fn filter(&mut self, of: &Tree, name: &str, name_range: &Range<usize>, arguments: &[Argument]) -> Shape {
        let value = self.shape(of);
        let Some(filter) = filter_named(name) else {
            for argument in arguments {
                self.shape(&argument.value);
            }
            let known = FILTERS.iter().map(|filter| filter.name);
            let help = nearest(name, known.clone())
                .map_or_else(|| format!("the filters are {}", listed(known)), |near| format!("did you mean `{near}`?"));
            self.complain(name_range, format!("there is no filter `{name}`"), Some(help));
            return Shape::Any;
        };
        let (bound, complaints) = bind(filter, name_range, arguments);
        self.complaints.extend(complaints);
        self.takes(filter, &value, of);
        let shapes: Vec<Shape> = bound
            .parameters
            .iter()
            .map(|argument| argument.map_or(Shape::Null, |argument| self.shape(argument)))
            .collect();
        let item = item_of(&value);
        let taken = match attribute_argument(filter, &bound) {
            Some(argument) => self.attribute_path(filter.name, &item, argument),
            None => item.clone(),
        };
        match filter.name {
            "map" => return self.map(&bound, name_range, &item, taken),
            "select" | "reject" | "selectattr" | "rejectattr" => {
                let position = usize::from(filter.name.ends_with("attr"));
                self.item_test(&bound, position, &taken);
            }
            "lookup" => return self.lookup(&bound, &item),
            _ => {}
        }
        result_of(filter, value, item, taken, shapes)
    }

    fn takes(&mut self, filter: &Filter, value: &Shape, of: &Tree) {
        let (fits, wanted) = match (filter.takes, value) {
            (Takes::Anything, _) | (_, Shape::Any | Shape::Null) => return,
            (Takes::List, shape) => (matches!(shape, Shape::List(_)), "a list"),
            (Takes::Text, shape) => (*shape == Shape::Text, "a text"),
            (Takes::Number, shape) => (*shape == Shape::Number, "a number"),
            (Takes::NumberOrText, shape) => (matches!(shape, Shape::Number | Shape::Text), "a number or a text"),
            (Takes::ListOrText, shape) => (matches!(shape, Shape::List(_) | Shape::Text), "a list or a text"),
            (Takes::Countable, shape) => (!matches!(shape, Shape::Number | Shape::Bool), "a list, a text or an object"),
            (Takes::Object, shape) => (matches!(shape, Shape::Object { .. }), "an object"),
        };
        if !fits {
            let message = format!("`{}` works on {wanted}; this is {}", filter.name, value.name());
            self.complain(&of.range, message, None);
        }
    }

    /// Resolves `attribute='a.b'` on the shape of the items.
    fn attribute_path(&mut self, filter: &str, item: &Shape, argument: &Tree) -> Shape {
        let Form::Text(path) = &argument.form else {
            if argument.form != Form::Null {
                let message = format!("the attribute of `{filter}` must be written out as a text");
                self.complain(&argument.range, message, None);
            }
            return Shape::Any;
        };
        if path.contains("@odata") {
            let help =
                "to choose items by their type write `of_type('user')`; elsewhere a subscript: `x['@odata.type']`";
            let message = format!("`{filter}` cannot reach `{path}`: it takes the dot for the next attribute");
            self.complain(&argument.range, message, Some(help.to_owned()));
            return Shape::Any;
        }
        let mut shape = item.clone();
        let mut at = argument.range.start + 1;
        for name in path.split('.') {
            // Inside a text without escapes each name has its own place; otherwise the whole text is shown.
            let range =
                if argument.range.len() == path.len() + 2 { at..at + name.len() } else { argument.range.clone() };
            at += name.len() + 1;
            shape = self.attribute(&shape, name, &range);
        }
        shape
    }

    fn item_test(&mut self, bound: &Bound, position: usize, subject: &Shape) {
        let Some(Some(argument)) = bound.parameters.get(position) else { return };
        let Form::Text(name) = &argument.form else {
            self.complain(&argument.range, "the name of a test must be written out as a text".to_owned(), None);
            return;
        };
        let Some(test) = self.test_by_name(name, &argument.range) else { return };
        let more: Vec<(Shape, Range<usize>)> =
            bound.more.iter().map(|argument| (self.shape(argument), argument.range.clone())).collect();
        self.test_arguments(test, subject, &argument.range, &more);
    }

    fn test(&mut self, subject: &Shape, name: &str, name_range: &Range<usize>, arguments: &[Argument]) {
        let more: Vec<(Shape, Range<usize>)> =
            arguments.iter().map(|argument| (self.shape(&argument.value), argument.value.range.clone())).collect();
        let Some(test) = self.test_by_name(name, name_range) else { return };
        if let Some((_, range)) = arguments.iter().find_map(|argument| argument.name.clone()) {
            self.complain(&range, "the arguments of tests have no names".to_owned(), None);
        }
        self.test_arguments(test, subject, name_range, &more);
    }

    fn test_by_name(&mut self, name: &str, range: &Range<usize>) -> Option<&'static Test> {
        let found = test_named(name);
        if found.is_none() {
            let known = TESTS.iter().map(|test| test.name).filter(|name| name.starts_with(char::is_alphabetic));
            let help = match name {
                "defined" => "every name is defined here; write `is not none`".to_owned(),
                "undefined" => "every name is defined here; write `is none`".to_owned(),
                _ => nearest(name, known.clone()).map_or_else(
                    || format!("the tests are {}", listed(known)),
                    |near| format!("did you mean `{near}`?"),
                ),
            };
            self.complain(range, format!("there is no test `{name}`"), Some(help));
        }
        found
    }

    fn test_arguments(&mut self, test: &Test, subject: &Shape, range: &Range<usize>, more: &[(Shape, Range<usize>)]) {
        if more.len() != test.arguments {
            let wanted = if test.arguments == 0 { "no argument" } else { "one argument" };
            self.complain(range, format!("the test `{}` takes {wanted}", test.name), None);
            return;
        }
        let Some((argument, range)) = more.first() else { return };
        match test.name {
            "in" => self.contained(subject, argument, range),
            "containing" => self.contained(argument, subject, range),
            "eq" | "equalto" | "==" | "ne" | "!=" => self.comparable(subject, argument, range),
            "lt" | "<" | "le" | "<=" | "gt" | ">" | "ge" | ">=" => self.ordered(subject, argument, range),
            _ => {}
        }
    }

    fn map(&mut self, bound: &Bound, name_range: &Range<usize>, item: &Shape, taken: Shape) -> Shape {
        let (filter, attribute) =
            (bound.parameters.first().copied().flatten(), bound.parameters.get(1).copied().flatten());
        let more: Vec<Shape> = bound.more.iter().map(|argument| self.shape(argument)).collect();
        match (filter, attribute) {
            (None, Some(_)) => Shape::list(taken),
            (Some(argument), None) => {
                let Form::Text(name) = &argument.form else {
                    let message = "the name of a filter must be written out as a text".to_owned();
                    self.complain(&argument.range, message, None);
                    return Shape::list(Shape::Any);
                };
                let Some(inner) = filter_named(name) else {
                    let known = FILTERS.iter().map(|filter| filter.name);
                    let help = nearest(name, known)
                        .map(|near| format!("did you mean `{near}`? An attribute is taken with `map(attribute='…')`"));
                    let help = help.unwrap_or_else(|| format!("an attribute is taken with `map(attribute='{name}')`"));
                    self.complain(&argument.range, format!("there is no filter `{name}`"), Some(help));
                    return Shape::list(Shape::Any);
                };
                let required = inner.parameters.iter().filter(|parameter| parameter.required).count();
                if more.len() < required || (more.len() > inner.parameters.len() && !inner.more) {
                    let help = format!("it is written `{}`", inner.signature());
                    let message = format!("these arguments do not fit `{name}`");
                    self.complain(&argument.range, message, Some(help));
                }
                if !matches!(inner.name, "map" | "lookup" | "select" | "reject" | "selectattr" | "rejectattr") {
                    self.takes(inner, item, argument);
                    return Shape::list(result_of(inner, item.clone(), item_of(item), item_of(item), more));
                }
                Shape::list(Shape::Any)
            }
            _ => {
                let help = "write `map(attribute='name')` or `map('lower')`".to_owned();
                self.complain(name_range, "`map` takes either a filter's name or an attribute".to_owned(), Some(help));
                Shape::list(Shape::Any)
            }
        }
    }

    fn lookup(&mut self, bound: &Bound, row: &Shape) -> Shape {
        let mut column = |argument: Option<&Tree>| match argument.map(|argument| (&argument.form, &argument.range)) {
            Some((Form::Text(name), range)) => self.attribute(row, name, range),
            _ => Shape::Any,
        };
        column(bound.parameters.first().copied().flatten());
        column(bound.parameters.get(2).copied().flatten())
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

    fn comparable(&mut self, one: &Shape, other: &Shape, range: &Range<usize>) {
        if unlike(one, other) {
            let message = format!("{} is never equal to {}", one.name(), other.name());
            self.complain(range, message, None);
        }
    }

    fn ordered(&mut self, one: &Shape, other: &Shape, range: &Range<usize>) {
        let orderable = |shape: &Shape| matches!(shape, Shape::Any | Shape::Number | Shape::Text);
        if !orderable(one) || !orderable(other) || unlike(one, other) {
            let message = format!("{} and {} have no order", one.name(), other.name());
            self.complain(range, message, Some("only two numbers or two texts have".to_owned()));
        }
    }

    fn contained(&mut self, value: &Shape, container: &Shape, range: &Range<usize>) {
        let message = match container {
            Shape::List(item) if unlike(item, value) => format!("{} is never in a list of such items", value.name()),
            Shape::Text if !matches!(value, Shape::Any | Shape::Text) => format!("{} is never in a text", value.name()),
            Shape::Number | Shape::Bool => format!("nothing can be in {}", container.name()),
            _ => return,
        };
        self.complain(range, message, None);
    }

    fn expect(&mut self, tree: &Tree, shape: &Shape, expected: Expected) {
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

    fn complain(&mut self, range: &Range<usize>, message: String, help: Option<String>) {
        self.complaints.push(Complaint { range: range.clone(), message, help });
    }
}

/// Returns the argument of a filter that names an attribute of the items.
fn attribute_argument<'tree>(filter: &Filter, bound: &Bound<'tree>) -> Option<&'tree Tree> {
    if !BY_ATTRIBUTE.contains(&filter.name) {
        return None;
    }
    let position = filter.parameters.iter().position(|parameter| parameter.name == "attribute")?;
    bound.parameters.get(position).copied().flatten()
}

/// Returns the shape of what a filter yields: of its value, its items, what is taken of each, and its arguments.
fn result_of(filter: &Filter, value: Shape, item: Shape, taken: Shape, arguments: Vec<Shape>) -> Shape {
    let argument = |position: usize| arguments.get(position).cloned().unwrap_or(Shape::Any);
    match filter.name {
        "length" | "count" | "days_until" | "int" | "float" | "abs" | "round" => Shape::Number,
        "bool" => Shape::Bool,
        "capitalize" | "domain" | "join" | "lower" | "plus_days" | "replace" | "string" | "title" | "trim"
        | "upper" => Shape::Text,
        "sum" => {
            if taken == Shape::Number {
                taken
            } else {
                Shape::Any
            }
        }
        "split" => Shape::list(Shape::Text),
        "items" => Shape::list(Shape::list(Shape::Any)),
        "first" | "last" | "min" | "max" => item,
        "flatten" => Shape::list(item_of(&item)),
        "default" => value.either(argument(0)),
        "union" => Shape::list(item.either(item_of(&argument(0)))),
        "expand" => Shape::list(Shape::Any),
        "reverse" | "list" if value == Shape::Text => {
            if filter.name == "list" {
                Shape::list(Shape::Text)
            } else {
                value
            }
        }
        _ => Shape::list(item),
    }
}

fn item_of(shape: &Shape) -> Shape {
    match shape {
        Shape::List(item) => (**item).clone(),
        _ => Shape::Any,
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
fn nearest<'name>(name: &str, candidates: impl Iterator<Item = &'name str>) -> Option<&'name str> {
    let lower = name.to_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count().min(name.chars().count()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn listed<'name>(names: impl Iterator<Item = &'name str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<String>>().join(", ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn names() -> Names {
        let admins = Shape::list(Shape::closed([("id", Shape::Any), ("userPrincipalName", Shape::Text)]));
        let paths = [
            vec!["id".to_owned()],
            vec!["principal".to_owned(), "id".to_owned()],
            vec!["principal".to_owned(), "@odata.type".to_owned()],
        ];
        let item = Shape::of_paths(paths.iter().map(Vec::as_slice));
        let rows = Shape::list(Shape::closed([("user", Shape::Text), ("email", Shape::Text)]));
        Names::default()
            .with(
                "inputs",
                Shape::closed([("goal", Shape::Text), ("exclude", Shape::list(Shape::Text)), ("rows", rows)]),
            )
            .with("steps", Shape::closed([("admins", Shape::closed([("admins", admins)]))]))
            .with("reads", Shape::closed([("assignments", Shape::closed([("items", Shape::list(item))]))]))
            .with("data", Shape::of_value(&json!({"n": 1, "list": [1, 2], "flag": true})))
            .with("body", Shape::open::<String>([]))
    }

    fn check(source: &str, expected: Expected) -> (Shape, Vec<Complaint>) {
        Expression::parse(source).unwrap().check(&names(), expected)
    }

    #[test]
    fn what_is_declared_passes_with_its_shape() {
        for (source, shape) in [
            ("inputs.goal == 'enable'", Shape::Bool),
            ("steps.admins.admins | length < 2", Shape::Bool),
            ("steps.admins.admins | map(attribute='userPrincipalName') | list", Shape::list(Shape::Text)),
            ("(steps.admins.admins | first).userPrincipalName", Shape::Text),
            ("steps.admins.admins[0].userPrincipalName | domain", Shape::Text),
            (
                "reads.assignments.items | map(attribute='principal') | of_type('user') | unique(attribute='id') | length",
                Shape::Number,
            ),
            ("reads.assignments.items[0].principal['@odata.type'] is none", Shape::Bool),
            ("inputs.rows | lookup('user', 'x', 'email')", Shape::Text),
            ("inputs.exclude | map('lower') | join(', ')", Shape::Text),
            ("body.anything.at.all", Shape::Any),
            ("inputs.goal or none", Shape::Text),
            ("[] + inputs.exclude", Shape::list(Shape::Any)),
            ("data.list | sum + data.n", Shape::Number),
            ("steps.admins.admins | rejectattr('userPrincipalName', 'in', inputs.exclude) | list | bool", Shape::Bool),
            ("inputs.exclude | default([])", Shape::list(Shape::Any)),
        ] {
            assert_eq!(check(source, Expected::Anything), (shape, vec![]), "{source}");
        }
    }

    #[test]
    fn each_mistake_is_told_where_it_is_with_what_to_do() {
        for (source, at, says) in [
            ("input.goal == 'x'", "input", "did you mean `inputs`?"),
            ("inputs.gaol == 'x'", "gaol", "did you mean `goal`?"),
            ("inputs['gaol'] == 'x'", "'gaol'", "did you mean `goal`?"),
            ("inputs.nothing_like_it", "nothing_like_it", "declared are `exclude`, `goal`, `rows`"),
            ("steps.admins.admins.id", "id", "map(attribute='id')"),
            ("inputs.goal.x", "x", "a text has no attribute"),
            ("inputs.exclude | lenght", "lenght", "did you mean `length`?"),
            ("inputs.exclude is defined", "defined", "is not none"),
            ("inputs.goal is nonne", "nonne", "did you mean `none`?"),
            ("inputs.rows | map(attribute='emial')", "emial", "did you mean `email`?"),
            ("reads.assignments.items | selectattr('principal.idd', 'eq', 'x')", "idd", "did you mean `id`?"),
            ("reads.assignments.items | map(attribute='principal.@odata.type')", "'principal.@odata.type'", "of_type"),
            ("inputs.rows | lookup('usr', 'x', 'email')", "'usr'", "did you mean `user`?"),
            ("inputs.rows | selectattr('user', 'inn', [])", "'inn'", "did you mean `in`?"),
            ("inputs.rows | selectattr('user', 'in')", "'in'", "takes one argument"),
            ("inputs.exclude | map('lowr')", "'lowr'", "did you mean `lower`?"),
            ("inputs.rows | map('email')", "'email'", "map(attribute='email')"),
            ("inputs.exclude | map", "map", "write `map(attribute='name')`"),
            ("inputs.exclude | join(',', none, 'y')", "'y'", "join([separator], [attribute])"),
            ("inputs.exclude | join(sep=',')", "sep", "no argument `sep`"),
            ("inputs.exclude | union", "union", "needs the argument `list`"),
            ("inputs.goal | first", "inputs.goal", "works on a list; this is a text"),
            ("data.flag | upper", "data.flag", "works on a text"),
            ("1 == '1'", "1 == '1'", "never equal"),
            ("'a' < 1", "'a' < 1", "no order"),
            ("data.flag < true", "data.flag < true", "no order"),
            ("1 in inputs.exclude", "inputs.exclude", "never in a list"),
            ("1 + 'a'", "1 + 'a'", "`~`"),
            ("inputs.exclude ~ 'a'", "inputs.exclude", "joins texts"),
            ("data.n * inputs.goal", "inputs.goal", "works on numbers"),
            ("inputs.rows | sort(attribute=inputs.goal)", "inputs.goal", "written out"),
        ] {
            let (_, complaints) = check(source, Expected::Anything);
            assert_eq!(complaints.len(), 1, "{source}: {complaints:?}");
            assert_eq!(&source[complaints[0].range.clone()], at, "{source}");
            assert!(complaints[0].to_string().contains(says), "{source}: {}", complaints[0]);
        }
    }

    #[test]
    fn several_mistakes_are_told_at_once() {
        let (_, complaints) = check("inputs.gaol | lenght == nobody", Expected::Boolean);
        assert_eq!(complaints.len(), 3, "{complaints:?}");
    }

    #[test]
    fn a_place_says_what_it_wants() {
        for (source, expected, says) in [
            ("inputs.goal", Expected::Boolean, "true or false; this is a text"),
            ("inputs.exclude", Expected::Boolean, "`x | bool`"),
            ("none", Expected::Boolean, "null"),
            ("inputs.exclude", Expected::Text, "join"),
            ("inputs.goal", Expected::List, "a list is wanted"),
        ] {
            let (_, complaints) = check(source, expected);
            assert!(complaints.len() == 1 && complaints[0].to_string().contains(says), "{source}: {complaints:?}");
        }
        for (source, expected) in
            [("body.flag", Expected::Boolean), ("data.n", Expected::Text), ("inputs.exclude", Expected::List)]
        {
            assert_eq!(check(source, expected).1, vec![], "{source}");
        }
    }
}
