//! The filters of the format: a closed list, each with its parameters, what it works on and what it yields.

use super::call::Call;
use super::datum::Datum;
use super::error::EvalStop;
use super::functions;
use super::types::Type;

/// A filter: `value | name(arguments)`.
pub struct Filter {
    pub name: &'static str,
    /// How it is written, optional arguments in brackets.
    pub signature: &'static str,
    /// The least and the greatest number of its arguments.
    pub(super) arguments: (usize, usize),
    pub(super) takes: Takes,
    pub(super) yields: Yields,
    pub(super) run: fn(&mut Call) -> Result<Datum, EvalStop>,
}

/// What a filter works on. Null always will do: it is an empty list, or stays null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    List,
    Text,
    /// A list, a text or an object.
    Countable,
}

/// What a filter yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Yields {
    Always(Type),
    /// One of the list's items.
    Item,
    /// A list of its items.
    Items,
    /// A list of its items and those of the argument.
    BothItems,
    /// The column that the last argument names.
    Column,
    /// A list of texts.
    Texts,
}

type Run = fn(&mut Call) -> Result<Datum, EvalStop>;

const fn filter(
    name: &'static str,
    signature: &'static str,
    arguments: (usize, usize),
    takes: Takes,
    yields: Yields,
    run: Run,
) -> Filter {
    Filter { name, signature, arguments, takes, yields, run }
}

/// Every filter of the format, by name.
pub const FILTERS: &[Filter] = &[
    filter("first", "first", (0, 0), Takes::List, Yields::Item, functions::first),
    filter("join", "join([separator])", (0, 1), Takes::List, Yields::Always(Type::Text), functions::join),
    filter("last", "last", (0, 0), Takes::List, Yields::Item, functions::last),
    filter("length", "length", (0, 0), Takes::Countable, Yields::Always(Type::Number), functions::length),
    filter("lookup", "lookup(key_column, value, column)", (3, 3), Takes::List, Yields::Column, functions::lookup),
    filter("lower", "lower", (0, 0), Takes::Text, Yields::Always(Type::Text), functions::lower),
    filter("sort", "sort", (0, 0), Takes::List, Yields::Items, functions::sort),
    filter("split", "split([separator])", (0, 1), Takes::Text, Yields::Texts, functions::split),
    filter("union", "union(list)", (1, 1), Takes::List, Yields::BothItems, functions::union),
    filter("unique", "unique", (0, 0), Takes::List, Yields::Items, functions::unique),
];

/// Returns the filter of this name.
pub fn filter_named(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}
