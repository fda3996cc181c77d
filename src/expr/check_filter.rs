//! Static checks of filters and tests: their names, their arguments, and the attributes that they take of items.

use std::ops::Range;

use super::bind::{Bound, bind};
use super::check::{Check, listed, nearest};
use super::filter::{FILTERS, Filter, Takes, filter_named};
use super::shape::Shape;
use super::test::{TESTS, Test, test_named};
use super::tree::{Argument, Form, Tree};

/// The filters whose argument names an attribute of the items.
const BY_ATTRIBUTE: [&str; 9] = ["join", "map", "max", "min", "rejectattr", "selectattr", "sort", "sum", "unique"];

impl Check<'_> {
    pub(super) fn filter(&mut self, of: &Tree, name: &str, name_range: &Range<usize>, arguments: &[Argument]) -> Shape {
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
            "of_type" => self.typed(&item, name_range),
            "expand" => return self.expand(&bound, item, &shapes),
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

    pub(super) fn test(&mut self, subject: &Shape, name: &str, name_range: &Range<usize>, arguments: &[Argument]) {
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
            "in" | "in_any_case" => self.contained(subject, argument, range),
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

    /// Without the type among the fields that are read, `of_type` would find nothing and nobody would notice.
    fn typed(&mut self, item: &Shape, range: &Range<usize>) {
        if let Shape::Object { fields, open: false } = item
            && !fields.contains_key("@odata.type")
        {
            let help = "add `@odata.type` to the `fields` that are read".to_owned();
            self.complain(range, "`of_type` needs the type of each item, which is not read".to_owned(), Some(help));
        }
    }

    fn expand(&mut self, bound: &Bound, item: Shape, shapes: &[Shape]) -> Shape {
        let argument = |position: usize| bound.parameters.get(position).copied().flatten();
        let entry = shapes.first().map_or(Shape::Any, item_of);
        if let Some(key) = argument(2) {
            self.attribute_path("expand", &entry, key);
        }
        if let Some(id) = argument(3) {
            self.attribute_path("expand", &item, id);
        }
        match argument(1) {
            Some(field) => {
                let replacement = self.attribute_path("expand", &entry, field);
                Shape::list(item.either(item_of(&replacement)))
            }
            None => Shape::list(Shape::Any),
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
