//! The filters of the format: a closed list, each with its parameters, what it works on and what it does.

use minijinja::{State, Value};

use super::call::Call;
use super::halt::Halt;
use super::{date_filter, directory_filter, list_filter, text_filter};

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
    /// What it does, in one line.
    pub docs: &'static str,
    pub(super) run: fn(&Call) -> Result<Value, Halt>,
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
    /// Anything.
    Anything,
    /// A list.
    List,
    /// A text.
    Text,
    /// A number.
    Number,
    /// A list or a text.
    ListOrText,
    /// A list, a text or an object.
    Countable,
    /// An object.
    Object,
    /// A number or a text.
    NumberOrText,
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

const fn filter(
    name: &'static str,
    takes: Takes,
    parameters: &'static [Parameter],
    run: fn(&Call) -> Result<Value, Halt>,
    docs: &'static str,
) -> Filter {
    Filter { name, parameters, more: false, takes, docs, run }
}

const fn and_more(filter: Filter) -> Filter {
    Filter { more: true, ..filter }
}

/// Every filter of the format, by name.
pub const FILTERS: &[Filter] = &[
    filter("abs", Takes::Number, &[], text_filter::abs, "the number without its sign"),
    filter(
        "bool",
        Takes::Anything,
        &[],
        text_filter::bool,
        "whether the value counts as true: not null, false, 0 or empty",
    ),
    filter(
        "capitalize",
        Takes::Text,
        &[],
        text_filter::capitalize,
        "the text with a capital first letter and small others",
    ),
    filter("count", Takes::Countable, &[], list_filter::length, "the same as `length`"),
    filter(
        "days_until",
        Takes::Text,
        &[needs("now")],
        date_filter::days_until,
        "whole days from `now` (such as `run.started`) to a date or time; negative where it has passed",
    ),
    filter(
        "default",
        Takes::Anything,
        &[needs("value"), may("boolean")],
        list_filter::default,
        "the value, or `value` where it is null (with `true`: where it does not count as true)",
    ),
    filter("difference", Takes::List, &[needs("list")], list_filter::difference, "the items that are not in `list`"),
    filter("domain", Takes::Text, &[], directory_filter::domain, "what follows the last `@`, in small letters"),
    filter(
        "expand",
        Takes::List,
        &[needs("entries"), needs("field"), may("key"), may("id")],
        directory_filter::expand,
        "the list, each item whose `id` is the `key` of an entry replaced by that entry's list `field` (a group by its members); an entry whose list is null replaces nothing",
    ),
    filter("first", Takes::List, &[], list_filter::first, "the first item; null where there is none"),
    filter("flatten", Takes::List, &[], list_filter::flatten, "the items of the lists in the list, one level deep"),
    filter(
        "float",
        Takes::NumberOrText,
        &[may("default")],
        text_filter::float,
        "the text or number as a number with a fraction",
    ),
    filter("int", Takes::NumberOrText, &[may("default")], text_filter::int, "the text or number as a whole number"),
    filter("items", Takes::Object, &[], list_filter::pairs, "an object as a list of pairs of name and value"),
    filter(
        "join",
        Takes::List,
        &[may("separator"), may("attribute")],
        list_filter::join,
        "the items (or an attribute of each) as one text; nulls are left out",
    ),
    filter("last", Takes::List, &[], list_filter::last, "the last item; null where there is none"),
    filter("length", Takes::Countable, &[], list_filter::length, "the number of items, attributes or characters"),
    filter("list", Takes::ListOrText, &[], list_filter::list, "the list itself; a text as its characters"),
    filter(
        "lookup",
        Takes::List,
        &[needs("key_column"), needs("value"), needs("column")],
        directory_filter::lookup,
        "from a list of rows, `column` of the first row whose `key_column` is `value` (case and outer spaces do not count); null where there is none",
    ),
    filter("lower", Takes::Text, &[], text_filter::lower, "the text in small letters"),
    and_more(filter(
        "map",
        Takes::List,
        &[may("filter"), named("attribute"), named("default")],
        list_filter::map,
        "an attribute of each item, or each item through a filter",
    )),
    filter("max", Takes::List, &[named("attribute")], list_filter::max, "the greatest item; null where there is none"),
    filter("min", Takes::List, &[named("attribute")], list_filter::min, "the least item; null where there is none"),
    filter(
        "of_type",
        Takes::List,
        &[needs("type")],
        directory_filter::of_type,
        "the items whose `@odata.type` is `#microsoft.graph.` and the type",
    ),
    filter("plus_days", Takes::Text, &[needs("days")], date_filter::plus_days, "the date or time so many days later"),
    and_more(filter("reject", Takes::List, &[may("test")], list_filter::reject, "the items that fail the test")),
    and_more(filter(
        "rejectattr",
        Takes::List,
        &[needs("attribute"), may("test")],
        list_filter::rejectattr,
        "the items whose attribute fails the test",
    )),
    filter(
        "replace",
        Takes::Text,
        &[needs("old"), needs("new")],
        text_filter::replace,
        "the text with each `old` replaced by `new`",
    ),
    filter("reverse", Takes::ListOrText, &[], list_filter::reverse, "the list or text backwards"),
    filter(
        "round",
        Takes::Number,
        &[may("precision")],
        text_filter::round,
        "the number rounded to so many digits after the point",
    ),
    and_more(filter("select", Takes::List, &[may("test")], list_filter::select, "the items that pass the test")),
    and_more(filter(
        "selectattr",
        Takes::List,
        &[needs("attribute"), may("test")],
        list_filter::selectattr,
        "the items whose attribute passes the test",
    )),
    filter(
        "sort",
        Takes::List,
        &[may("reverse"), may("case_sensitive"), may("attribute")],
        list_filter::sort,
        "the items in order, nulls first; without `case_sensitive`, case does not count",
    ),
    filter(
        "split",
        Takes::Text,
        &[may("separator")],
        text_filter::split,
        "the parts of the text between the separators (or spaces)",
    ),
    filter("string", Takes::Anything, &[], text_filter::string, "the number, boolean or text as text"),
    filter("sum", Takes::List, &[may("attribute")], list_filter::sum, "the sum of the numbers"),
    filter("title", Takes::Text, &[], text_filter::title, "the text with a capital letter at the start of each word"),
    filter(
        "trim",
        Takes::Text,
        &[may("chars")],
        text_filter::trim,
        "the text without spaces (or `chars`) at both ends",
    ),
    filter("union", Takes::List, &[needs("list")], list_filter::union, "the items of both lists, each once"),
    filter(
        "unique",
        Takes::List,
        &[may("case_sensitive"), may("attribute")],
        list_filter::unique,
        "the first of each item (or of each value of an attribute); without `case_sensitive`, case does not count",
    ),
    filter("upper", Takes::Text, &[], text_filter::upper, "the text in capital letters"),
];

/// Returns the filter of this name.
pub fn filter_named(name: &str) -> Option<&'static Filter> {
    FILTERS.binary_search_by(|filter| filter.name.cmp(name)).ok().and_then(|index| FILTERS.get(index))
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

    /// Applies the filter: `arguments` has one value for each parameter (null where it was left out), then the rest.
    pub(super) fn apply(&self, state: &State, value: &Value, arguments: &[Value]) -> Result<Value, Halt> {
        (self.run)(&Call { value, arguments, parameters: self.parameters.len(), state, apply_named })
    }
}

/// Applies the filter of a name to one item of a list, with arguments as `map('name', …)` passes them on.
fn apply_named(name: &str, state: &State, item: &Value, given: &[Value]) -> Result<Value, Halt> {
    let Some(filter) = filter_named(name) else { return Err(Halt::wrong(format!("there is no filter `{name}`"))) };
    let mut arguments: Vec<Value> = given.to_vec();
    let missing = filter.parameters.len().saturating_sub(arguments.len());
    arguments.extend(std::iter::repeat_n(Value::from(()), missing));
    filter.apply(state, item, &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_every_filter_says_what_it_does() {
        assert!(FILTERS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(FILTERS.iter().all(|filter| !filter.docs.is_empty() && !filter.docs.ends_with('.')));
        assert!(filter_named("lookup").is_some_and(|filter| filter.signature() == "lookup(key_column, value, column)"));
    }
}
