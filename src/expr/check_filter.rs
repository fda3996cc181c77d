//! Static checks of filters and tests: their names, their arguments, and the columns that they name.

use std::ops::Range;

use super::check::{Check, listed};
use super::filter::{FILTERS, Filter, Takes, Yields, filter_named};
use super::test::{TESTS, test_named};
use super::tree::{ExprKind, Tree};
use super::types::Type;
use crate::ports::nearest::nearest;

impl Check<'_> {
    pub(super) fn filter(&mut self, of: &Tree, name: &str, name_range: &Range<usize>, arguments: &[Tree]) -> Type {
        let value = self.shape(of);
        let given: Vec<Type> = arguments.iter().map(|argument| self.shape(argument)).collect();
        let Some(filter) = filter_named(name) else {
            let known = FILTERS.iter().map(|filter| filter.name);
            let help = if matches!(name, "map" | "select" | "reject" | "selectattr" | "rejectattr") {
                "write `[x.name for x in list if x.other == 'a']`".to_owned()
            } else {
                nearest(name, known.clone()).map_or_else(
                    || format!("the filters are {}", listed(known)),
                    |near| format!("did you mean `{near}`?"),
                )
            };
            self.complain(name_range, format!("there is no filter `{name}`"), Some(help));
            return Type::Any;
        };
        let (least, most) = filter.arguments;
        if given.len() < least || given.len() > most {
            let range = arguments.get(most).map_or(name_range, |argument| &argument.range);
            let much = if given.len() < least { "needs more arguments" } else { "does not take so many arguments" };
            let help = format!("it is written `{}`", filter.signature);
            self.complain(range, format!("`{name}` {much}"), Some(help));
        }
        self.takes(filter, &value, of);
        let item = item_of(&value);
        match &filter.yields {
            Yields::Always(shape) => shape.clone(),
            Yields::Item => item,
            Yields::Items => Type::list(item),
            Yields::Texts => Type::list(Type::Text),
            Yields::BothItems => Type::list(given.first().map_or(Type::Any, |other| item.either(item_of(other)))),
            Yields::Column => {
                let mut column = |position: usize| match arguments.get(position).map(|name| (&name.kind, &name.range)) {
                    Some((ExprKind::Text(name), range)) => self.attribute(&item, name, range),
                    _ => Type::Any,
                };
                column(0);
                column(2)
            }
        }
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

    pub(super) fn test(&mut self, name: &str, range: &Range<usize>, arguments: &[Tree]) {
        arguments.iter().for_each(|argument| drop(self.shape(argument)));
        let Some(test) = test_named(name) else {
            let known = TESTS.iter().map(|test| test.name);
            let help = match name {
                "defined" => "every name is defined here; write `is not none`".to_owned(),
                "undefined" => "every name is defined here; write `is none`".to_owned(),
                _ => nearest(name, known.clone()).map_or_else(
                    || format!("the tests are {}", listed(known)),
                    |near| format!("did you mean `{near}`?"),
                ),
            };
            return self.complain(range, format!("there is no test `{name}`"), Some(help));
        };
        if arguments.len() != test.arguments {
            let wanted = if test.arguments == 0 { "no argument" } else { "one argument" };
            self.complain(range, format!("the test `{name}` takes {wanted}"), None);
        }
    }
}

fn item_of(shape: &Type) -> Type {
    match shape {
        Type::List(item) => (**item).clone(),
        _ => Type::Any,
    }
}
