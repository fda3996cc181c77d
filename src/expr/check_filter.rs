//! Static checks of filters and tests: their names, their arguments, and the attributes that they take of items.

use crate::ports::nearest::nearest;
use std::ops::Range;

use super::bind::{Bound, bind};
use super::check::{Check, listed};
use super::filter::{FILTERS, Filter, Takes, filter_named};
use super::test::{TESTS, Test, test_named};
use super::tree::{Argument, ExprKind, Tree};
use super::types::Type;

/// The filters whose argument names an attribute of the items.
const BY_ATTRIBUTE: [&str; 5] = ["join", "map", "rejectattr", "selectattr", "unique"];

impl Check<'_> {
    pub(super) fn filter(&mut self, of: &Tree, name: &str, name_range: &Range<usize>, arguments: &[Argument]) -> Type {
        let value = self.shape(of);
        let Some(filter) = filter_named(name) else {
            for argument in arguments {
                self.shape(&argument.value);
            }
            let known = FILTERS.iter().map(|filter| filter.name);
            let help = nearest(name, known.clone())
                .map_or_else(|| format!("the filters are {}", listed(known)), |near| format!("did you mean `{near}`?"));
            self.complain(name_range, format!("there is no filter `{name}`"), Some(help));
            return Type::Any;
        };
        let (bound, complaints) = bind(filter, name_range, arguments);
        self.complaints.extend(complaints);
        self.takes(filter, &value, of);
        let shapes: Vec<Type> = bound
            .parameters
            .iter()
            .map(|argument| argument.map_or(Type::Null, |argument| self.shape(argument)))
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
        result_of(filter, item, shapes)
    }

    fn takes(&mut self, filter: &Filter, value: &Type, of: &Tree) {
        let (fits, wanted) = match (filter.takes, value) {
            (_, Type::Any | Type::Null) => return,
            (Takes::List, shape) => (matches!(shape, Type::List(_)), "a list"),
            (Takes::Text, shape) => (*shape == Type::Text, "a text"),
            (Takes::Countable, shape) => (!matches!(shape, Type::Number | Type::Bool), "a list, a text or an object"),
        };
        if !fits {
            let message = format!("`{}` works on {wanted}; this is {}", filter.name, value.name());
            self.complain(&of.range, message, None);
        }
    }

    /// Resolves `attribute='a.b'` on the shape of the items.
    fn attribute_path(&mut self, filter: &str, item: &Type, argument: &Tree) -> Type {
        let ExprKind::Text(path) = &argument.kind else {
            if argument.kind != ExprKind::Null {
                let message = format!("the attribute of `{filter}` must be written out as a text");
                self.complain(&argument.range, message, None);
            }
            return Type::Any;
        };
        if path.contains("@odata") {
            let help =
                "to choose items by their type write `of_type('user')`; elsewhere a subscript: `x['@odata.type']`";
            let message = format!("`{filter}` cannot reach `{path}`: it takes the dot for the next attribute");
            self.complain(&argument.range, message, Some(help.to_owned()));
            return Type::Any;
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

    fn item_test(&mut self, bound: &Bound, position: usize, subject: &Type) {
        let Some(Some(argument)) = bound.parameters.get(position) else { return };
        let ExprKind::Text(name) = &argument.kind else {
            self.complain(&argument.range, "the name of a test must be written out as a text".to_owned(), None);
            return;
        };
        let Some(test) = self.test_by_name(name, &argument.range) else { return };
        let more: Vec<(Type, Range<usize>)> =
            bound.more.iter().map(|argument| (self.shape(argument), argument.range.clone())).collect();
        self.test_arguments(test, subject, &argument.range, &more);
    }

    pub(super) fn test(&mut self, subject: &Type, name: &str, name_range: &Range<usize>, arguments: &[Argument]) {
        let more: Vec<(Type, Range<usize>)> =
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

    fn test_arguments(&mut self, test: &Test, subject: &Type, range: &Range<usize>, more: &[(Type, Range<usize>)]) {
        if more.len() != test.arguments {
            let wanted = if test.arguments == 0 { "no argument" } else { "one argument" };
            self.complain(range, format!("the test `{}` takes {wanted}", test.name), None);
            return;
        }
        let Some((argument, range)) = more.first() else { return };
        match test.name {
            "in" => self.contained(subject, argument, range),
            "eq" | "ne" => self.comparable(subject, argument, range),
            "lt" | "gt" => self.ordered(subject, argument, range),
            _ => {}
        }
    }

    fn map(&mut self, bound: &Bound, name_range: &Range<usize>, item: &Type, taken: Type) -> Type {
        let (filter, attribute) =
            (bound.parameters.first().copied().flatten(), bound.parameters.get(1).copied().flatten());
        let more: Vec<Type> = bound.more.iter().map(|argument| self.shape(argument)).collect();
        match (filter, attribute) {
            (None, Some(_)) => Type::list(taken),
            (Some(argument), None) => {
                let ExprKind::Text(name) = &argument.kind else {
                    let message = "the name of a filter must be written out as a text".to_owned();
                    self.complain(&argument.range, message, None);
                    return Type::list(Type::Any);
                };
                let Some(inner) = filter_named(name) else {
                    let known = FILTERS.iter().map(|filter| filter.name);
                    let help = nearest(name, known)
                        .map(|near| format!("did you mean `{near}`? An attribute is taken with `map(attribute='…')`"));
                    let help = help.unwrap_or_else(|| format!("an attribute is taken with `map(attribute='{name}')`"));
                    self.complain(&argument.range, format!("there is no filter `{name}`"), Some(help));
                    return Type::list(Type::Any);
                };
                let required = inner.parameters.iter().filter(|parameter| parameter.required).count();
                if more.len() < required || (more.len() > inner.parameters.len() && !inner.more) {
                    let help = format!("it is written `{}`", inner.signature());
                    let message = format!("these arguments do not fit `{name}`");
                    self.complain(&argument.range, message, Some(help));
                }
                if !matches!(inner.name, "map" | "lookup" | "select" | "reject" | "selectattr" | "rejectattr") {
                    self.takes(inner, item, argument);
                    return Type::list(result_of(inner, item_of(item), more));
                }
                Type::list(Type::Any)
            }
            _ => {
                let help = "write `map(attribute='name')` or `map('lower')`".to_owned();
                self.complain(name_range, "`map` takes either a filter's name or an attribute".to_owned(), Some(help));
                Type::list(Type::Any)
            }
        }
    }

    /// Without the type among the fields that are read, `of_type` would find nothing and nobody would notice.
    fn typed(&mut self, item: &Type, range: &Range<usize>) {
        if let Type::Object { fields, open: false } = item
            && !fields.contains_key("@odata.type")
        {
            let help = "add `@odata.type` to the `fields` that are read".to_owned();
            self.complain(range, "`of_type` needs the type of each item, which is not read".to_owned(), Some(help));
        }
    }

    fn expand(&mut self, bound: &Bound, item: Type, shapes: &[Type]) -> Type {
        let argument = |position: usize| bound.parameters.get(position).copied().flatten();
        let entry = shapes.first().map_or(Type::Any, item_of);
        match argument(1) {
            Some(field) => {
                let replacement = self.attribute_path("expand", &entry, field);
                Type::list(item.either(item_of(&replacement)))
            }
            None => Type::list(Type::Any),
        }
    }

    fn lookup(&mut self, bound: &Bound, row: &Type) -> Type {
        let mut column = |argument: Option<&Tree>| match argument.map(|argument| (&argument.kind, &argument.range)) {
            Some((ExprKind::Text(name), range)) => self.attribute(row, name, range),
            _ => Type::Any,
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

/// Returns the type of what a filter yields: of the items of its value, and its arguments.
fn result_of(filter: &Filter, item: Type, arguments: Vec<Type>) -> Type {
    let argument = |position: usize| arguments.get(position).cloned().unwrap_or(Type::Any);
    match filter.name {
        "length" | "days_until" => Type::Number,
        "domain" | "join" | "lower" => Type::Text,
        "split" => Type::list(Type::Text),
        "first" | "last" => item,
        "flatten" => Type::list(item_of(&item)),
        "union" => Type::list(item.either(item_of(&argument(0)))),
        _ => Type::list(item),
    }
}

fn item_of(shape: &Type) -> Type {
    match shape {
        Type::List(item) => (**item).clone(),
        _ => Type::Any,
    }
}
