//! What a request carries, held against the rules: where its path leads, and every key at any depth, as written and as
//! expressions bring it in.

use super::keys::{is_contact_key, is_password_key, is_password_profile, names_contact, names_password};
use super::source::{HELP, Sources, WHY};
use crate::contract::{graph, names_tenant};
use crate::expr::{ExprError, ExprKind, Expression, Names, Tree, Type};
use crate::ports::http::Method;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::document::{Any, Placed, Table};
use crate::wizard::field_path::FieldPath;
use crate::wizard::parse::FileParser;
use crate::wizard::template::{PathTemplate, Piece, Segment};

/// The rules for the requests of one step.
pub struct Rules<'a> {
    page: &'a FileParser<'a>,
    sources: Sources<'a>,
}

impl<'a> Rules<'a> {
    /// Makes the rules for a step.
    pub fn new(page: &'a FileParser<'a>, sources: Sources<'a>) -> Self {
        Self { page, sources }
    }

    /// Checks the path of a writing request. What is shipped was checked by a test: its check need not unpack the
    /// contract.
    pub fn path(&self, method: Method, path: &PathTemplate, written: &Placed<String>) {
        let segments: Vec<Option<&str>> = path.segments.iter().skip(1).map(Segment::literal).collect();
        if method == Method::Get || self.page.is_shipped {
            return;
        }
        if segments.first().is_some_and(|first| first.is_some_and(names_tenant)) {
            let title = "a path that is written to does not name the organization";
            self.page.error(&written.range, title, "remove the organization: \"/v1.0/users/…\"");
            return;
        }
        let Err(nowhere) = graph().place(&segments) else { return };
        // Behind a name that is not known here it stands for an id, as far as its place tells; the plan judges its word.
        if segments.get(nowhere.at).is_some_and(Option::is_none) {
            let title = "this placeholder stands where a segment decides what is taken over";
            let diagnostic = Diagnostic::error(self.page.file, written.range.clone(), title)
                .help("write the property or collection out; a placeholder may only stand for an id")
                .note(
                    "filled with another word, the same request would set a recovery contact, a credential or a role",
                );
            self.page.say(diagnostic);
        }
    }

    /// Checks a wanted value of an object. `same_object` says whether the object is written where it is read, so that
    /// `before` is what the field holds.
    pub fn desired(
        &self,
        paths: &[&PathTemplate],
        key: &Placed<String>,
        value: &Placed<String>,
        names: &Names,
        same_object: bool,
    ) {
        let Ok(expression) = Expression::parse(&value.value) else { return };
        let field = FieldPath::parse(&key.value);
        if is_password_key(&key.value) || is_password_profile(&key.value) {
            let title = "a password cannot be a value of an object, because it cannot be read back";
            self.page.error(&key.range, title, "set it by a write of an `actions` step, as `{{ generated.password }}`");
            return;
        }
        let contact = is_contact_key(&key.value) || paths.iter().any(|path| names_contact(path));
        if contact {
            self.contact(value, 0, expression.tree(), Some(&field).filter(|_| same_object));
        } else {
            self.brought_in(value, 0, &expression, names);
        }
    }

    /// Checks the body of a write or of its undo.
    pub fn body(&self, method: Method, path: &PathTemplate, body: Option<&Placed<Any>>, names: &Names) {
        let Some(body) = body.filter(|_| method != Method::Get) else { return };
        if let Any::Text(_) = &body.value {
            self.refused(&body.range, "the body of a write must be written out, key by key");
        }
        self.value(body, names_contact(path), names_password(path), None, names);
    }

    fn value(&self, value: &Placed<Any>, contact: bool, below_password: bool, key: Option<&str>, names: &Names) {
        let password = below_password || key.is_some_and(is_password_key);
        match &value.value {
            // A password is one text of our making: nothing may be built below its key.
            Any::Table(_) | Any::List(_) if password => self.password(&value.range),
            Any::Table(Table(entries)) => {
                for (key, below) in entries {
                    self.value(below, contact || is_contact_key(&key.value), password, Some(&key.value), names);
                }
            }
            Any::List(items) if !items.is_empty() => {
                items.iter().for_each(|item| self.value(item, contact, password, key, names));
            }
            Any::Text(text) => {
                let text = Placed { value: text.clone(), range: value.range.clone() };
                self.text(&text, contact, password, key, names);
            }
            _ if contact => self.refused(&value.range, "a recovery contact may not come from a literal"),
            _ if password => self.password(&value.range),
            _ => {}
        }
    }

    fn text(&self, text: &Placed<String>, contact: bool, password: bool, key: Option<&str>, names: &Names) {
        let Some(parts) = self.page.parts(text) else { return };
        let alone = match parts.as_slice() {
            [(range, Piece::Value(expression))] => Some((range.start, expression)),
            _ => None,
        };
        if contact {
            match alone {
                Some((offset, expression)) => self.contact(text, offset, expression.tree(), None),
                None => self.refused(&text.range, "a recovery contact may not come from a literal or a joined text"),
            }
            return;
        }
        let generated = alone.is_some_and(|(_, expression)| is_generated_password(expression.tree()));
        if password && !generated {
            self.password(&text.range);
        } else if generated && !password {
            self.page.error(
                &text.range,
                "a generated password may only be sent as a password",
                "under the key `password` or `newPassword`",
            );
        } else if key.is_some_and(is_password_profile) {
            self.password(&text.range);
        }
        for (range, piece) in &parts {
            if let Piece::Value(expression) = piece {
                self.brought_in(text, range.start, expression, names);
            }
        }
    }

    /// Checks that an expression which is not a contact does not bring one in as a field of an object.
    fn brought_in(&self, text: &Placed<String>, offset: usize, expression: &Expression, names: &Names) {
        self.literal_objects(text, offset, expression.tree());
        let (shape, _) = expression.check(names, crate::expr::Expected::Anything);
        if let Some(field) = sink_field(&shape) {
            let complaint = ExprError::new(
                expression.tree().range.clone(),
                format!("this value brings the field `{field}` along, which the person did not give"),
            );
            self.complain(text, offset, complaint);
        }
    }

    fn literal_objects(&self, text: &Placed<String>, offset: usize, tree: &Tree) {
        if let ExprKind::Object(entries) = &tree.kind {
            for (key, value) in entries {
                if is_contact_key(&key.name) {
                    self.contact(text, offset, value, None);
                } else if is_password_key(&key.name) || is_password_profile(&key.name) {
                    let title = "a password may only be `{{ generated.password }}`";
                    self.complain(text, offset, ExprError::new(key.range.clone(), title));
                }
            }
        }
        for child in tree.children() {
            self.literal_objects(text, offset, child);
        }
    }

    fn contact(&self, text: &Placed<String>, offset: usize, tree: &Tree, before: Option<&FieldPath>) {
        if let Err(complaint) = self.sources.check(tree, before) {
            self.complain(text, offset, complaint);
        }
    }

    fn complain(&self, text: &Placed<String>, offset: usize, complaint: ExprError) {
        let complaint = complaint.shifted(offset);
        let range = self.page.within(text, &complaint.range);
        let diagnostic = Diagnostic::error(self.page.file, range, "a recovery contact may not come from here")
            .label(complaint.message)
            .help(complaint.help.unwrap_or_else(|| HELP.to_owned()))
            .note(WHY);
        self.page.say(diagnostic);
    }

    fn refused(&self, range: &std::ops::Range<usize>, title: &str) {
        self.page.say(Diagnostic::error(self.page.file, range.clone(), title).help(HELP).note(WHY));
    }

    fn password(&self, range: &std::ops::Range<usize>) {
        let title = "a password may only be `{{ generated.password }}`";
        self.page.error(range, title, "the engine makes it, shows it once, and keeps it nowhere");
    }
}

fn is_generated_password(tree: &Tree) -> bool {
    tree.path().is_some_and(|path| path.names == ["generated", "password"])
}

/// Returns a field at any depth of a shape that is a sink's key.
fn sink_field(shape: &Type) -> Option<&str> {
    match shape {
        Type::List(item) => sink_field(item),
        Type::Object { fields, .. } => fields.iter().find_map(|(name, shape)| {
            let sink = is_contact_key(name) || is_password_key(name) || is_password_profile(name);
            if sink { Some(name.as_str()) } else { sink_field(shape) }
        }),
        _ => None,
    }
}
