//! One file while it is read: where its mistakes go, and how its texts become expressions, templates and links.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::expr::RESERVED;
use crate::expr::{Expected, ExprError, ExprKind, Expression, NamePath, Names, Operator, Tree, Type};
use crate::wizard::diagnostic::{Diagnostic, did_you_mean};
use crate::wizard::document::place::locate;
use crate::wizard::document::{Any, Placed, Table};
use crate::wizard::template::{JsonTemplate, Part, Piece, Template, split};

/// One file while it is read.
pub struct FileParser<'a> {
    /// The file's name.
    pub file: &'a str,
    pub text: &'a str,
    /// Whether it belongs to a shipped wizard, which a test has held against the contract.
    pub is_shipped: bool,
    /// Names that hold secrets: `inputs.x`, `ask.x`, `generated.password`.
    pub secrets: RefCell<BTreeSet<(String, String)>>,
    /// The first two names of every path that an expression uses.
    pub used: RefCell<BTreeSet<(String, String)>>,
    /// The options of choices, by `inputs.x` or `ask.x`.
    choices: RefCell<Vec<(String, String, Vec<String>)>>,
    found: RefCell<Vec<Diagnostic>>,
}

/// Whether a secret may be used in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// It would be shown or kept there.
    Refused,
    /// It goes into the body of a request, and only there.
    Sent,
}

impl<'a> FileParser<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let secrets = BTreeSet::from([("generated".to_owned(), "password".to_owned())]);
        let (used, choices, found) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { file, text, is_shipped: false, secrets: RefCell::new(secrets), used, choices, found }
    }

    pub fn add_choice(&self, table: &str, name: &str, options: Vec<String>) {
        if !options.is_empty() {
            self.choices.borrow_mut().push((table.to_owned(), name.to_owned(), options));
        }
    }

    /// Takes over the secrets and choices of another file of the wizard.
    pub fn learn_from(&self, other: &Self) {
        self.secrets.borrow_mut().extend(other.secrets.borrow().iter().cloned());
        self.choices.borrow_mut().extend(other.choices.borrow().iter().cloned());
    }

    pub fn into_found(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }

    pub fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(|diagnostic| diagnostic.is_error)
    }

    /// Adds what was found elsewhere.
    pub fn say(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    pub fn error(&self, range: &Range<usize>, title: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::error(self.file, range.clone(), title);
        self.say(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    pub fn warning(&self, range: &Range<usize>, title: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::warning(self.file, range.clone(), title);
        self.say(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// Returns where a part of a text stands in the file.
    pub fn within(&self, text: &Placed<String>, part: &Range<usize>) -> Range<usize> {
        locate(self.text, &text.range, part)
    }

    /// Returns where a word stands first in a place of the file.
    pub fn word_in(&self, range: &Range<usize>, word: &str) -> Option<Range<usize>> {
        let at = range.start + self.text.get(range.clone())?.find(word)?;
        Some(at..at + word.len())
    }

    /// Adds a complaint about a part of a text; `offset` is where the complaint's own text begins in it.
    pub fn complain(&self, text: &Placed<String>, offset: usize, complaint: ExprError) {
        let complaint = complaint.shifted(offset);
        let range = self.within(text, &complaint.range);
        self.say(Diagnostic::error(self.file, range, complaint.message).maybe_help(complaint.help));
    }

    /// Reads a bare expression and checks its names.
    pub fn expression(&self, text: &Placed<String>, names: &Names, expected: Expected) -> Option<Expression> {
        self.shaped(text, names, expected).map(|(expression, _)| expression)
    }

    pub fn condition(&self, text: Option<&Placed<String>>, names: &Names) -> Option<Expression> {
        self.expression(text?, names, Expected::Boolean)
    }

    /// Reads a bare expression, checks its names, and returns its shape too.
    pub fn shaped(&self, text: &Placed<String>, names: &Names, expected: Expected) -> Option<(Expression, Type)> {
        if let Some(bare) = text.value.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
            let help = format!("write \"{}\"", bare.trim());
            self.error(&text.range, "this is an expression already: leave out the braces", &help);
            return None;
        }
        let expression = self.parsed(text, 0, &text.value)?;
        let secret_free = self.secret_free(text, 0, &expression);
        let shape = self.checked(text, 0, &expression, names, expected)?;
        secret_free.then_some((expression, shape))
    }

    /// Reads a text with placeholders that is shown to a person, and checks its names.
    pub fn template(&self, text: &Placed<String>, names: &Names) -> Option<Template> {
        self.filled(text, names, Secrets::Refused)
    }

    pub fn maybe_template(&self, text: Option<&Placed<String>>, names: &Names) -> Option<Template> {
        self.template(text?, names)
    }

    fn filled(&self, text: &Placed<String>, names: &Names, secrets: Secrets) -> Option<Template> {
        let parts = self.parts(text)?;
        let mut fits = true;
        let alone = matches!(parts.as_slice(), [(_, Piece::Value(_))]);
        for (range, piece) in &parts {
            if let Piece::Value(expression) = piece {
                let one_secret = expression.tree().path().is_some_and(|path| path.names.len() == 2);
                if secrets == Secrets::Refused || !alone || !one_secret {
                    fits &= self.secret_free(text, range.start, expression);
                }
                fits &= self.checked(text, range.start, expression, names, Expected::Anything).is_some();
            }
        }
        fits.then(|| Template { pieces: parts.into_iter().map(|(_, piece)| piece).collect() })
    }

    /// Splits a text into literal pieces and placeholders, each with its bytes of the text.
    pub fn parts(&self, text: &Placed<String>) -> Option<Vec<(Range<usize>, Piece)>> {
        let parts = split(&text.value).map_err(|error| self.complain(text, 0, error)).ok()?;
        let read = |part| match part {
            Part::Text(range) => {
                let literal = text.value.get(range.clone()).unwrap_or_default().to_owned();
                Some((range, Piece::Text(literal)))
            }
            Part::Value(range) => {
                let source = text.value.get(range.clone()).unwrap_or_default();
                let expression = self.parsed(text, range.start, source)?;
                Some((range, Piece::Value(expression)))
            }
        };
        // Each placeholder that is wrong is told.
        let parts: Vec<_> = parts.into_iter().map(read).collect();
        parts.into_iter().collect()
    }

    /// Reads a value whose texts may hold placeholders.
    pub fn json(&self, value: &Placed<Any>, names: &Names, secrets: Secrets) -> Option<JsonTemplate> {
        match &value.value {
            Any::Text(text) => {
                let text = Placed { value: text.clone(), range: value.range.clone() };
                self.looks_like_a_name(&text, names);
                self.filled(&text, names, secrets).map(JsonTemplate::Text)
            }
            Any::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.json(item, names, secrets)).collect();
                items.into_iter().collect::<Option<Vec<_>>>().map(JsonTemplate::List)
            }
            Any::Table(Table(entries)) => {
                for (key, _) in entries.iter().filter(|(key, _)| RESERVED.contains(&key.value.as_str())) {
                    self.error(
                        &key.range,
                        format!("the key `{}` is the journal's own", key.value),
                        "name it otherwise",
                    );
                }
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| Some((key.value.clone(), self.json(value, names, secrets)?)))
                    .collect();
                entries.into_iter().collect::<Option<Vec<_>>>().map(JsonTemplate::Object)
            }
            Any::Real(number) if !number.is_finite() => {
                self.error(&value.range, "this number cannot be sent as JSON", "");
                None
            }
            literal => Some(JsonTemplate::Literal(literal.to_json())),
        }
    }

    /// Warns of a text that is exactly a name which is known here: it would be sent as it stands.
    fn looks_like_a_name(&self, text: &Placed<String>, names: &Names) {
        let Ok(expression) = Expression::parse(&text.value) else { return };
        let is_path = expression.tree().path().is_some_and(|path| path.names.len() > 1);
        if is_path && expression.check(names, Expected::Anything).1.is_empty() {
            let help = format!("write \"{{{{ {} }}}}\" for its value", text.value.trim());
            self.warning(&text.range, "this looks like an expression, but it is sent as it stands", &help);
        }
    }

    /// Parses an expression that stands in `text` from `offset` on.
    fn parsed(&self, text: &Placed<String>, offset: usize, source: &str) -> Option<Expression> {
        match Expression::parse(source) {
            Ok(expression) => {
                let start = self.within(text, &(offset..offset + source.len())).start;
                Some(expression.located(&self.position(start)))
            }
            Err(complaint) => {
                self.complain(text, offset, complaint);
                None
            }
        }
    }

    /// Checks an expression's names and shapes, and notes what it uses.
    pub fn checked(
        &self,
        text: &Placed<String>,
        offset: usize,
        expression: &Expression,
        names: &Names,
        expected: Expected,
    ) -> Option<Type> {
        let paths = expression.paths();
        for path in &paths {
            let name = |at: usize| path.names.get(at).cloned().unwrap_or_default();
            self.used.borrow_mut().insert((name(0), name(1)));
        }
        let (shape, mut complaints) = expression.check(names, expected);
        self.no_option(expression.tree(), &mut complaints);
        let fits = complaints.is_empty();
        for complaint in complaints {
            // A secret in a wrong place has been reported as that, not as a name that is not known there.
            let secret = |path: &NamePath| path.ranges.contains(&complaint.range) && self.is_secret(path);
            if paths.iter().any(secret) && self.has_errors() {
                continue;
            }
            self.complain(text, offset, misplaced(&paths, names, &complaint).unwrap_or(complaint));
        }
        fits.then_some(shape)
    }

    /// Complains of comparisons of a choice with a text that is none of its options: they would never be true.
    fn no_option(&self, tree: &Tree, complaints: &mut Vec<ExprError>) {
        if let ExprKind::Binary {
            operator: Operator::Equal | Operator::Unequal | Operator::In | Operator::NotIn,
            left,
            right,
        } = &tree.kind
        {
            for (one, other) in [(left, right), (right, left)] {
                let Some(path) = one.path() else { continue };
                let choices = self.choices.borrow();
                let choice = choices.iter().find(|(table, name, _)| path.names == [table.as_str(), name.as_str()]);
                let Some((table, name, options)) = choice else { continue };
                let literals = match &other.kind {
                    ExprKind::List(items) => items.iter().collect(),
                    _ => vec![&**other],
                };
                for literal in literals {
                    if let ExprKind::Text(text) = &literal.kind
                        && !options.iter().any(|option| **option == **text)
                    {
                        let title = format!("`{text}` is not an option of `{table}.{name}`, so this is never equal");
                        let help = did_you_mean(text, options.iter().map(String::as_str)).unwrap_or_default();
                        complaints.push(ExprError::new(literal.range.clone(), title).help(help));
                    }
                }
            }
        }
        tree.children().into_iter().for_each(|child| self.no_option(child, complaints));
    }

    /// Reports a use of a secret; returns whether there is none.
    pub fn secret_free(&self, text: &Placed<String>, offset: usize, expression: &Expression) -> bool {
        let mut free = true;
        for path in expression.paths() {
            if !self.is_secret(&path) {
                continue;
            }
            free = false;
            let range =
                path.ranges.first().map_or(0, |first| first.start)..path.ranges.last().map_or(0, |last| last.end);
            let title = format!("a secret may not be used here: `{}`", path.names.join("."));
            let complaint = ExprError::new(range, title)
                .help("a secret may only be sent: alone in `{{ }}`, in the body of a write of an `actions` step");
            self.complain(text, offset, complaint);
        }
        free
    }

    fn is_secret(&self, path: &NamePath) -> bool {
        let secrets = self.secrets.borrow();
        match path.names.as_slice() {
            [table] => secrets.iter().any(|(first, _)| first == table),
            [table, name, ..] => secrets.contains(&(table.clone(), name.clone())),
            [] => false,
        }
    }

    /// Returns `file:line:column` of a byte of the file.
    pub fn position(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{}:{column}", self.file, before.matches('\n').count() + 1)
    }
}

/// Where the names of the format are known, for those who use one in a place where it is not.
const WHERE_KNOWN: [(&str, &str); 12] = [
    ("before", "`before.<field>` is known in an object's `desired`"),
    ("ask", "answers are known in `desired`, in writes and in the guide; what is read cannot depend on them"),
    ("captured", "`captured.<name>` is known in `undo`, in later writes of the same step, and in its `[capture]`"),
    ("id", "`id` is known in `path`, `set` and `remove` of an object with `find`"),
    ("value", "`value` is known in an ask's `check`, and in `passes_when` as `value.<object>.<field>`"),
    ("generated", "`generated.password` is known in the body of a write"),
    (
        "reads",
        "answers are known once they are read: not in `for_each` and titles; a read uses only what stands above it",
    ),
    (
        "objects",
        "objects are known once they are read: not in `for_each` and titles; an object uses only what stands above it",
    ),
    ("steps", "values of steps are known in the files of later steps"),
    ("tenant", "the tenant is known after the sign-in, which comes after the inputs"),
    ("account", "the account is known after the sign-in, which comes after the inputs"),
    ("inputs", "inputs are known everywhere but in an earlier input"),
];

/// Returns a better complaint about a name of the format that is not known where it stands.
fn misplaced(paths: &[NamePath], names: &Names, complaint: &ExprError) -> Option<ExprError> {
    let path = paths.iter().find(|path| path.ranges.first() == Some(&complaint.range))?;
    let name = path.names.first()?;
    if names.get(name).is_some() {
        return None;
    }
    let (_, place) = WHERE_KNOWN.iter().find(|(known, _)| known == name)?;
    Some(ExprError::new(complaint.range.clone(), format!("`{name}` is not known here")).help(*place))
}
