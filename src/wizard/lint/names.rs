//! Names and values that a request reads or writes, against the type that its path leads to: properties at any depth,
//! types of literals, members of enumerations, what is read-only, and the names in `$select`, `$filter` and `$expand`.

use std::ops::Range;

use super::Requested;
use crate::contract::{Member, Misnamed, Place, Type, graph};
use crate::expr::{ExprKind, Expression, Tree};
use crate::ports::http::Method;
use crate::ports::nearest::nearest;
use crate::wizard::diagnostic::{Diagnostic, quoted};
use crate::wizard::document::{Any, Placed, Table};
use crate::wizard::parse::FileParser;

/// More values of an enumeration than a line of help shows.
const MOST_SHOWN: usize = 12;

/// Checks all names and literal values of a request.
pub(super) fn check(page: &FileParser<'_>, request: &Requested, place: &Place) {
    let Some(of) = place.of.filter(|of| graph().type_named(of.name).is_some()) else { return };
    let names = Names { page, method: request.method };
    for field in &request.fields {
        let path = field.value.strip_prefix("value.").filter(|_| of.is_list).unwrap_or(&field.value);
        names.member(of, path, &field.range);
    }
    for field in &request.managed {
        names.written(of, &field.value, &field.range);
    }
    for (key, value) in &request.wanted {
        if let Some(member) = names.member(of, &key.value, &key.range)
            && let Ok(expression) = Expression::parse(&value.value)
        {
            names.yields(member, expression.tree(), value);
        }
    }
    if let (Some(body), false) = (&request.body, is_call(place)) {
        names.object(of, body);
    }
    for (option, text) in &request.query {
        names.option(of, &option.value, text);
    }
}

/// An operation's body holds its parameters, not the properties of what it answers.
fn is_call(place: &Place) -> bool {
    use crate::contract::End;
    matches!(place.end, End::Action | End::Function | End::Link)
}

struct Names<'a> {
    page: &'a FileParser<'a>,
    method: Method,
}

impl Names<'_> {
    /// Finds the property of a dotted name, or says what is wrong with it.
    fn member(&self, of: Type, dotted: &str, range: &Range<usize>) -> Option<Member> {
        let names: Vec<&str> = dotted.split('.').collect();
        match graph().field(of, &names) {
            Ok(member) => member,
            Err(misnamed) => {
                self.misnamed(&misnamed, names.get(misnamed.at).copied().unwrap_or_default(), range);
                None
            }
        }
    }

    /// A name that is near one that is there is a slip; another one may be newer than this program's copy of Graph.
    fn misnamed(&self, misnamed: &Misnamed, name: &str, range: &Range<usize>) {
        let title = format!("`{}` has no `{name}`", misnamed.of);
        let range = self.page.word_in(range, name).unwrap_or_else(|| range.clone());
        self.page.say(match nearest(name, misnamed.known.iter().copied()) {
            Some(meant) => Diagnostic::error(self.page.file, range, title).help(format!("did you mean `{meant}`?")),
            None => Diagnostic::warning(self.page.file, range, title)
                .help("compare with the type's reference page")
                .note("what Microsoft added after August 2026 is not known here"),
        });
    }

    fn written(&self, of: Type, dotted: &str, range: &Range<usize>) {
        if let Some(member) = self.member(of, dotted, range)
            && member.is_read_only()
            && matches!(self.method, Method::Patch | Method::Put)
        {
            self.page.error(range, format!("`{}` is read-only: Graph refuses to set it", member.name), "");
        }
    }

    /// Checks what an expression can yield, as far as it is literal.
    fn yields(&self, member: Member, tree: &Tree, written: &Placed<String>) {
        let given = match &tree.kind {
            ExprKind::Conditional { then, otherwise, .. } => {
                self.yields(member, then, written);
                return self.yields(member, otherwise, written);
            }
            ExprKind::Text(text) => Given::Text(text),
            ExprKind::Bool(_) => Given::Bool,
            ExprKind::Number(_) => Given::Number,
            ExprKind::List(items) => {
                for item in items.iter().filter(|_| member.of.is_list) {
                    self.yields(member.item(), item, written);
                }
                Given::List
            }
            ExprKind::Object(_) => Given::Table,
            _ => return,
        };
        self.fits(member, &given, &self.page.within(written, &tree.range));
    }

    fn object(&self, of: Type, value: &Placed<Any>) {
        let Any::Table(Table(entries)) = &value.value else { return };
        let named = entries.iter().find(|(key, _)| key.value == "@odata.type").map(|(_, value)| &value.value);
        let own = match named {
            Some(Any::Text(name)) => graph().type_named(name).map(|name| Type { name, is_list: false }),
            _ => None,
        };
        for (key, below) in entries.iter().filter(|(key, _)| !key.value.starts_with('@')) {
            let name = key.value.split('@').next().unwrap_or_default();
            self.written(own.unwrap_or(of), name, &key.range);
            if let (Ok(Some(member)), false) = (graph().field(own.unwrap_or(of), &[name]), key.value.contains('@')) {
                self.literal(member, below);
            }
        }
    }

    fn literal(&self, member: Member, value: &Placed<Any>) {
        let given = match &value.value {
            Any::Text(text) if text.contains("{{") => return,
            Any::Text(text) => Given::Text(text),
            Any::Whole(_) | Any::Real(_) => Given::Number,
            Any::Bool(_) => Given::Bool,
            Any::List(items) => {
                for item in items.iter().filter(|_| member.of.is_list) {
                    self.literal(member.item(), item);
                }
                Given::List
            }
            Any::Table(_) => {
                self.object(member.of, value);
                Given::Table
            }
        };
        self.fits(member, &given, &value.range);
    }

    fn fits(&self, member: Member, given: &Given<'_>, range: &Range<usize>) {
        let (name, of) = (member.name, member.of);
        if let (Given::Text(text), Some((values, several)), false) = (given, graph().values(of.name), of.is_list) {
            let shown: Vec<&str> = values.iter().copied().filter(|value| *value != "unknownFutureValue").collect();
            let parts: Vec<&str> = if several { text.split(',').map(str::trim).collect() } else { vec![text] };
            if let Some(wrong) =
                parts.into_iter().find(|part| !values.iter().any(|value| value.eq_ignore_ascii_case(part)))
            {
                let help = match nearest(wrong, shown.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => String::new(),
                };
                let more = if shown.len() > MOST_SHOWN { ", …" } else { "" };
                let shown = quoted(shown.get(..MOST_SHOWN).unwrap_or(&shown));
                self.page.error(range, format!("`{name}` is one of {shown}{more}, not `{wrong}`"), &help);
            }
            return;
        }
        let wanted = match (of.is_list, of.name) {
            (true, _) => (!matches!(given, Given::List)).then_some("a list"),
            (_, "any") => None,
            (_, "bool") => (!matches!(given, Given::Bool)).then_some("true or false"),
            (_, "int" | "float") => (!matches!(given, Given::Number)).then_some("a number"),
            (_, "guid") => {
                (!matches!(given, Given::Text(text) if uuid::Uuid::parse_str(text).is_ok())).then_some("an id (GUID)")
            }
            (_, "datetime") => (!matches!(given, Given::Text(text) if text.parse::<jiff::Timestamp>().is_ok()))
                .then_some("a time such as 2027-02-01T00:00:00Z"),
            (_, "string" | "date" | "time" | "duration" | "bytes") => {
                (!matches!(given, Given::Text(_))).then_some("a text")
            }
            (_, _) if graph().values(of.name).is_some() => (!matches!(given, Given::Text(_))).then_some("a text"),
            (_, _) => (!matches!(given, Given::Table)).then_some("a table"),
        };
        if let Some(wanted) = wanted {
            self.page.error(range, format!("`{name}` is {wanted}, not {}", given.shown()), "");
        }
    }

    /// Checks the names in an option of a query.
    fn option(&self, of: Type, option: &str, text: &Placed<String>) {
        let names: Vec<&str> = match option {
            "$select" | "$orderby" => {
                text.value.split(',').map(|part| part.trim().split([' ', '/']).next().unwrap_or_default()).collect()
            }
            "$expand" if !text.value.contains('(') => text.value.split(',').map(str::trim).collect(),
            "$expand" => text.value.split('(').take(1).map(str::trim).collect(),
            "$filter" => filtered(&text.value),
            _ => return,
        };
        for name in names.into_iter().filter(|name| !name.is_empty() && !name.contains(['{', '*', '$'])) {
            if let Some(member) = self.member(of, name, &text.range)
                && option == "$filter"
                && member.is_not_filterable()
            {
                self.page.error(&text.range, format!("`{name}` cannot be filtered by"), "");
            }
        }
    }
}

/// What a literal is.
enum Given<'a> {
    Text(&'a str),
    Bool,
    Number,
    List,
    Table,
}

impl Given<'_> {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("the text `{text}`"),
            Self::Bool => "true or false".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::List => "a list".to_owned(),
            Self::Table => "a table".to_owned(),
        }
    }
}

/// Returns the properties that a `$filter` begins its paths with: words outside of quotes and placeholders that are no
/// operator, no function, no variable of a lambda and no literal.
fn filtered(text: &str) -> Vec<&str> {
    const WORDS: [&str; 17] = [
        "and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in", "has", "any", "all", "true", "false", "null",
        "asc",
    ];
    let (mut found, mut variables) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word =
            rest.find(|each: char| !each.is_ascii_alphanumeric() && !"_/$:.-".contains(each)).unwrap_or(rest.len());
        let take = match first {
            '\'' => rest.get(1..).and_then(|rest| rest.find('\'')).map_or(rest.len(), |end| end + 2),
            '{' => rest.find("}}").map_or(rest.len(), |end| end + 2),
            _ if word > 0 => {
                let whole = rest.get(..word).unwrap_or_default();
                let is_function = rest.get(word..).is_some_and(|after| after.starts_with('(')) && !whole.contains('/');
                let (path, variable) =
                    whole.split_once(':').map_or((whole, None), |(variable, path)| (path, Some(variable)));
                variables.extend(variable);
                let name = path.split('/').next().unwrap_or_default();
                let plain = name.starts_with(|each: char| each.is_ascii_alphabetic());
                if plain && !is_function && !WORDS.contains(&name) && !variables.contains(&name) {
                    found.push(name);
                }
                word
            }
            _ => first.len_utf8(),
        };
        rest = rest.get(take..).unwrap_or_default();
    }
    found
}
