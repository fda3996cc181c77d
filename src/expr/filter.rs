//! The filters of the format: a closed list, each with its parameters, what it works on and what it does.

use super::call::Call;
use super::datum::Datum;
use super::error::EvalStop;
use super::{functions, legacy};

/// A filter: `value | name(arguments)`.
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// Its parameters in order.
    pub parameters: &'static [Parameter],
    /// Whether further arguments may follow (those of the filter or test that it applies to each item).
    pub more: bool,
    /// What it works on.
    pub takes: Takes,
    run: fn(&mut Call) -> Result<Datum, EvalStop>,
}

/// A parameter of a filter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it can only be given by name.
    pub by_name: bool,
}

/// What a filter works on. Null always will do: it is an empty list, or stays null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A list.
    List,
    /// A text.
    Text,
    /// A list, a text or an object.
    Countable,
}

const fn needs(name: &'static str) -> Parameter {
    Parameter { name, required: true, by_name: false }
}

const fn may(name: &'static str) -> Parameter {
    Parameter { name, required: false, by_name: false }
}

const fn named(name: &'static str) -> Parameter {
    Parameter { name, required: false, by_name: true }
}

type Run = fn(&mut Call) -> Result<Datum, EvalStop>;

const fn filter(name: &'static str, takes: Takes, parameters: &'static [Parameter], run: Run) -> Filter {
    Filter { name, parameters, more: false, takes, run }
}

const fn and_more(filter: Filter) -> Filter {
    Filter { more: true, ..filter }
}

/// Every filter of the format, by name.
pub const FILTERS: &[Filter] = &[
    filter("days_until", Takes::Text, &[needs("now")], functions::days_until),
    filter("domain", Takes::Text, &[], functions::domain),
    filter("expand", Takes::List, &[needs("entries"), needs("field")], legacy::expand),
    filter("first", Takes::List, &[], functions::first),
    filter("flatten", Takes::List, &[], legacy::flatten),
    filter("join", Takes::List, &[may("separator"), may("attribute")], legacy::join),
    filter("last", Takes::List, &[], functions::last),
    filter("length", Takes::Countable, &[], functions::length),
    filter("list", Takes::List, &[], legacy::list),
    filter("lookup", Takes::List, &[needs("key_column"), needs("value"), needs("column")], functions::lookup),
    filter("lower", Takes::Text, &[], functions::lower),
    and_more(filter("map", Takes::List, &[may("filter"), named("attribute")], legacy::map)),
    filter("of_type", Takes::List, &[needs("type")], legacy::of_type),
    and_more(filter("reject", Takes::List, &[may("test")], legacy::reject)),
    and_more(filter("rejectattr", Takes::List, &[needs("attribute"), may("test")], legacy::rejectattr)),
    and_more(filter("select", Takes::List, &[may("test")], legacy::select)),
    and_more(filter("selectattr", Takes::List, &[needs("attribute"), may("test")], legacy::selectattr)),
    filter("sort", Takes::List, &[], legacy::sort),
    filter("split", Takes::Text, &[may("separator")], functions::split),
    filter("union", Takes::List, &[needs("list")], functions::union),
    filter("unique", Takes::List, &[named("attribute")], legacy::unique),
];

/// Returns the filter of this name.
pub fn filter_named(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

impl Filter {
    /// Returns the filter with its parameters, as an author writes it.
    pub fn signature(&self) -> String {
        let mut parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|parameter| match (parameter.required, parameter.by_name) {
                (true, _) => parameter.name.to_owned(),
                (false, false) => format!("[{}]", parameter.name),
                (false, true) => format!("[{}=]", parameter.name),
            })
            .collect();
        if self.more {
            parameters.push("…".to_owned());
        }
        if parameters.is_empty() { self.name.to_owned() } else { format!("{}({})", self.name, parameters.join(", ")) }
    }

    /// Applies the filter.
    pub(super) fn apply(&self, call: &mut Call) -> Result<Datum, EvalStop> {
        (self.run)(call)
    }
}
