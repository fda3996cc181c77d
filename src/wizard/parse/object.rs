//! Objects: how they are read, what may be written, what is wanted, and that all of it can be rolled back.

use std::ops::Range;

use super::file_parser::Secrets;
use super::selected;
use super::step_reader::{StepReader, Verb, whole};
use crate::expr::{Expected, ExprKind, Expression, Names, Scope, Tree, Type};
use crate::ports::http::Method;
use crate::wizard::diagnostic::{Diagnostic, did_you_mean};
use crate::wizard::document::object_file::{ObjectSection, RequestSection};
use crate::wizard::document::{Any, Placed, Table};
use crate::wizard::field_path::FieldPath;
use crate::wizard::lint::Requested;
use crate::wizard::step::{Comparison, Locate, Object, Request, Send};
use crate::wizard::template::{JsonTemplate, PathTemplate, Segment};

impl StepReader<'_> {
    /// Reads an object and checks that its changes can be rolled back.
    pub fn object(&mut self, section: &Placed<ObjectSection>) -> Option<Object> {
        let page = self.page;
        let above = self.words.above(section.range.start);
        let fields = page.fields(&section.fields.value, "field");
        if fields.is_empty() {
            page.error(
                &section.fields.range,
                "an object is read by its `fields`, and here are none",
                "fields = [\"displayName\"]",
            );
        }
        for (path, written) in fields.iter().zip(&section.fields.value) {
            if path.0.last().is_some_and(|name| crate::wizard::takeover::is_secret_key(name)) {
                let title = format!("`{}` is a secret, which would be written to the journal", written.value);
                page.error(&written.range, title, "remove it; `reveal` of a write shows a secret once");
            }
        }
        let managed = page.fields(&section.managed, "managed field");
        for (path, written) in managed.iter().zip(&section.managed) {
            if !fields.iter().any(|field| path.is_within(field)) {
                let title = format!("`{}` is managed but not read, so it could not be rolled back", written.value);
                let known: Vec<&str> = section.fields.iter().map(|field| field.value.as_str()).collect();
                let help = did_you_mean(&written.value, known.iter().copied()).filter(|help| help.starts_with("did"));
                let help = help.unwrap_or_else(|| format!("add \"{}\" to `fields`", written.value));
                page.error(&written.range, title, &help);
            }
        }
        let locate = self.locate(section, &above, &fields);
        if let (false, Some(Locate::Get(path) | Locate::Find { get: path, .. })) = (section.select, &locate) {
            selected::check(page, path, &fields, &section.fields.value, "add `select = true` to the object");
        }
        let found = section.find.is_some();
        let mut after = self.words.read();
        let create = section.create.as_ref().map(|request| self.object_request(request, Verb::Create, &after));
        if found {
            after = after.with("id", Type::Text);
        }
        let set = section.set.as_ref().map(|request| self.object_request(request, Verb::Set, &after));
        let remove = section.remove.as_ref().map(|request| self.object_request(request, Verb::Remove, &after));
        let when = page.condition(section.when.as_ref(), &above);
        let manage_when = page.condition(section.manage_when.as_ref(), &self.words.read());
        let want = section.want.as_ref().and_then(|want| page.expression(want, &self.words.read(), Expected::Text));
        let may_be_absent = section.want.as_ref().is_some_and(|want| self.want(want));
        let own = locate.as_ref().map(own_path);
        let flat = |part: &Option<Option<Request>>| part.clone().flatten();
        let requests = Requests { create: flat(&create), set: flat(&set), remove: flat(&remove) };
        self.coverage(section, &managed, &requests, may_be_absent);
        let desired = self.desired(section, &managed, locate.as_ref(), &requests);
        let compare = self.compare(section, &fields);
        let default =
            |method| own.map(|path| Request { method, path: path.clone(), expect: Vec::new(), irreversible: None });
        let removed = requests.create.is_some() || may_be_absent;
        let requests = Requests {
            remove: requests.remove.or_else(|| default(Method::Delete).filter(|_| removed)),
            set: requests.set.or_else(|| default(Method::Patch)).filter(|_| !managed.is_empty()),
            create: requests.create,
        };
        self.derived(section, locate.as_ref(), &requests);
        self.found_again(section, locate.as_ref(), &desired);
        self.note_requests(section, locate.as_ref(), &requests, &managed);
        let (locate, create, set) = (locate?, whole(create)?, whole(set)?);
        whole(remove)?;
        let remove = requests.remove;
        Some(Object {
            id: section.id.value.clone(),
            when,
            locate,
            compare,
            fields,
            select: section.select,
            managed,
            manage_when,
            desired,
            want,
            create,
            set,
            remove,
            send: section.send.unwrap_or_default(),
            scopes: page.scopes(&section.scopes).into(),
        })
    }

    fn locate(&self, section: &Placed<ObjectSection>, above: &Names, fields: &[FieldPath]) -> Option<Locate> {
        let page = self.page;
        match (&section.get, &section.find, &section.path) {
            (Some(get), None, None) => page.path(get, above).map(Locate::Get),
            (None, Some(find), Some(path)) => {
                let get = page.path(&find.get, above);
                let written = path;
                let path = page.path(path, &above.clone().with("id", Type::Text));
                if path.as_ref().is_some_and(|path| !path.segments.iter().any(is_id)) {
                    let title = "the path of a found object does not name what was found";
                    page.error(&written.range, title, "put its `{{ id }}` into the path");
                }
                let query = page.query(&find.query, above);
                let matches = self.matches(&find.matches, above);
                for (key, _) in &find.matches.value.0 {
                    let key_path = FieldPath::parse(&key.value);
                    if !fields.iter().any(|field| key_path.is_within(field)) {
                        let help = format!("add \"{}\" to `fields`", key.value);
                        page.error(&key.range, format!("`{}` is matched but not read", key.value), &help);
                    }
                }
                Some(Locate::Find { get: get?, query, matches, path: path? })
            }
            (None, Some(find), None) => {
                let help = "path = \"/v1.0/…/{{ id }}\", the path of the item that was found";
                page.error(&find.range, "an object with `find` needs a `path`", help);
                None
            }
            (Some(_), Some(find), _) => {
                page.error(&find.range, "an object has either `get` or `find`", "leave one of them out");
                None
            }
            (Some(_), None, Some(path)) => {
                page.error(
                    &path.range,
                    "`path` belongs to `find`; an object with `get` is written where it is read",
                    "remove `path`",
                );
                None
            }
            (None, None, _) => {
                let help = "get = \"/v1.0/…\", or find = { get = \"/v1.0/…\", match = { … } } with path";
                page.error(&section.range, format!("nothing says where the object `{}` is", section.id.value), help);
                None
            }
        }
    }

    /// Reads what a found item's fields must be: literals, or one placeholder.
    pub fn matches(&self, matches: &Placed<Table<Placed<Any>>>, names: &Names) -> Vec<(FieldPath, JsonTemplate)> {
        let page = self.page;
        if matches.value.0.is_empty() {
            page.error(
                &matches.range,
                "`match` is empty, so it would match everything",
                "match = { displayName = \"…\" }",
            );
        }
        let mut read = Vec::new();
        for (key, value) in &matches.value.0 {
            let Some(template) = page.json(value, names, Secrets::Refused) else { continue };
            let typed = match &template {
                JsonTemplate::Literal(_) => true,
                JsonTemplate::Text(text) => text.single().is_some() || text.expressions().next().is_none(),
                JsonTemplate::List(_) | JsonTemplate::Object(_) => false,
            };
            if typed {
                read.push((FieldPath::parse(&key.value), template));
            } else {
                page.error(&value.range, "a value to match is a literal or exactly one `{{ }}`", "");
            }
        }
        read
    }

    fn object_request(&self, section: &Placed<RequestSection>, verb: Verb, names: &Names) -> Option<Request> {
        let page = self.page;
        let (allowed, only): (&[Method], _) = match verb {
            Verb::Create => (&[Method::Post, Method::Put, Method::Patch], "create"),
            Verb::Set => (&[Method::Patch, Method::Put, Method::Post], "set"),
            Verb::Remove => (&[Method::Delete, Method::Post], "remove"),
        };
        let request = page.request(&section.http, allowed, names);
        let expect = page.expect(&section.expect);
        if let Some(reason) = &section.irreversible {
            page.because(reason);
        }
        let (method, path) = request?;
        self.rules().path(method, &path, &section.http);
        page.written_path(&path, &section.http, only);
        Some(Request {
            method,
            path,
            expect,
            irreversible: section.irreversible.as_ref().map(|reason| reason.value.clone()),
        })
    }

    /// Checks the requests that are derived from where the object is read: they obey the rules of those written out.
    fn derived(&self, section: &ObjectSection, locate: Option<&Locate>, requests: &Requests) {
        let (Some(locate), Some(written)) = (locate, section.path.as_ref().or(section.get.as_ref())) else { return };
        let set = requests.set.as_ref().filter(|_| section.set.is_none());
        let remove = requests.remove.as_ref().filter(|_| section.remove.is_none());
        if let Some(request) = set.or(remove) {
            self.rules().path(request.method, own_path(locate), written);
            self.page.written_path(own_path(locate), written, "an object that is written where it is read");
        }
        if let (Some(set), Some(part)) = (&requests.set, &section.set)
            && set.method == Method::Put
            && section.send != Some(Send::All)
        {
            let help = "add `send = \"all\"` and list in `managed` all that it is made of, or use PATCH";
            let title = "PUT replaces the whole object: what is not sent is lost, and no rollback brings it back";
            self.page.uncovered(&part.http.range, title, help);
        }
    }

    /// Checks that what is created where nothing was found is found afterwards: else each run creates one more.
    fn found_again(&self, section: &ObjectSection, locate: Option<&Locate>, desired: &[(FieldPath, Expression)]) {
        let (Some(Locate::Find { matches, .. }), Some(_), Some(find)) = (locate, &section.create, &section.find) else {
            return;
        };
        for ((path, wanted), (key, _)) in matches.iter().zip(&find.matches.value.0) {
            let given = desired.iter().find(|(other, _)| path.is_within(other) || other.is_within(path));
            let differs = match (given.map(|(other, value)| (other == path, &value.tree().kind)), wanted) {
                (None, _) => true,
                (Some((true, ExprKind::Text(given))), JsonTemplate::Text(wanted)) => {
                    wanted.expressions().next().is_none() && wanted.show(&Scope::default()) != **given
                }
                _ => false,
            };
            if differs {
                let title = format!("what is created would not be found by its `{}` the next time", key.value);
                let help = format!("desired = {{ {} = \"…\" }} with the value that `match` looks for", key.value);
                self.page.error(&key.range, title, &help);
            }
        }
    }

    /// Checks what `want` can yield; returns whether it can be `'absent'`.
    fn want(&self, want: &Placed<String>) -> bool {
        let Ok(expression) = Expression::parse(&want.value) else { return true };
        let mut words = Vec::new();
        ends(expression.tree(), &mut words);
        for (range, word) in &words {
            if !["present", "absent"].contains(&word.as_str()) {
                let range = self.page.within(want, range);
                self.page.error(&range, format!("`want` yields 'present' or 'absent', not '{word}'"), "");
            }
        }
        words.is_empty() || words.iter().any(|(_, word)| word == "absent")
    }

    /// Reports changes that nothing takes back.
    fn coverage(
        &self,
        section: &Placed<ObjectSection>,
        managed: &[FieldPath],
        requests: &Requests,
        may_be_absent: bool,
    ) {
        let page = self.page;
        // As written: what could not be read is not also missing.
        let create = section.create.as_ref();
        let irreversible = requests.remove.as_ref().is_some_and(|remove| remove.irreversible.is_some());
        let place = |part: Option<&Placed<RequestSection>>| part.map_or(&section.range, |part| &part.range).clone();
        if may_be_absent && create.is_none() && !irreversible {
            let range = section.want.as_ref().map_or_else(|| place(section.remove.as_ref()), |want| want.range.clone());
            page.uncovered(
                &range,
                "the object may be removed, and nothing creates it again",
                "add `create = { http = \"POST /v1.0/…\" }`, or `irreversible = \"because …\"` to `remove`",
            );
        }
        if may_be_absent && create.is_some() && managed.is_empty() && !irreversible {
            let range = place(section.remove.as_ref());
            page.uncovered(
                &range,
                "the object may be removed, and no managed field is kept to create it again",
                "list what it is made of in `managed`",
            );
        }
        if section.remove.is_some() && section.want.is_none() && section.create.is_none() {
            let range = place(section.remove.as_ref());
            page.warning(
                &range,
                "this object is never removed",
                "`remove` is used with `want` or as the way back from `create`",
            );
        }
        if create.is_some() && section.desired.0.is_empty() {
            page.error(&place(section.create.as_ref()), "an object that may be created needs `desired` values", "");
        }
        if section.desired.0.is_empty() && section.want.is_none() && !managed.is_empty() {
            page.warning(
                &section.range,
                format!("the object `{}` has managed fields but no wanted values", section.id.value),
                "add `desired`, or remove `managed`",
            );
        }
    }

    fn desired(
        &self,
        section: &Placed<ObjectSection>,
        managed: &[FieldPath],
        locate: Option<&Locate>,
        requests: &Requests,
    ) -> Vec<(FieldPath, Expression)> {
        let page = self.page;
        let names = self.words.desired(section);
        let own = locate.map(own_path);
        let others = [&requests.set, &requests.create].map(|request| request.as_ref().map(|request| &request.path));
        let paths: Vec<&PathTemplate> = own.into_iter().chain(others.into_iter().flatten()).collect();
        let own = own.map(PathTemplate::source).unwrap_or_default();
        // An object that was found is the one that is written only where the path ends with its id.
        let found =
            |locate: &Locate| matches!(locate, Locate::Get(_)) || own_path(locate).segments.last().is_some_and(is_id);
        let same_object = locate.is_none_or(found)
            && requests.set.as_ref().is_none_or(|set| set.path.source() == own)
            && requests.create.as_ref().is_none_or(|create| {
                own.starts_with(&create.path.source()) || locate.is_some_and(|locate| found_in(locate, &create.path))
            });
        let mut desired: Vec<(FieldPath, Expression)> = Vec::new();
        for (key, value) in &section.desired.0 {
            let path = FieldPath::parse(&key.value);
            if !managed.iter().any(|each| path.is_within(each)) {
                let known: Vec<&str> = section.managed.iter().map(|each| each.value.as_str()).collect();
                let help = did_you_mean(&key.value, known.iter().copied()).filter(|help| help.starts_with("did"));
                let help = help.unwrap_or_else(|| format!("add \"{}\" to `managed` (and to `fields`)", key.value));
                page.error(&key.range, format!("`{}` has a wanted value but is not managed", key.value), &help);
            }
            if let Some((other, _)) = desired.iter().find(|(other, _)| path.is_within(other) || other.is_within(&path))
            {
                page.error(
                    &key.range,
                    format!("`{}` and `{}` want values for the same place", key.value, other.dotted()),
                    "",
                );
            }
            self.rules().desired(&paths, key, value, &names, same_object);
            if let Some(expression) = page.expression(value, &names, Expected::Anything) {
                desired.push((path, expression));
            }
        }
        desired
    }

    fn compare(&self, section: &ObjectSection, fields: &[FieldPath]) -> Vec<(FieldPath, Comparison)> {
        let mut compare = Vec::new();
        for (key, how) in &section.compare.0 {
            let path = FieldPath::parse(&key.value);
            if !fields.iter().any(|field| path.is_within(field)) {
                let known: Vec<&str> = section.fields.iter().map(|field| field.value.as_str()).collect();
                let title = format!("`{}` is compared but not read", key.value);
                let diagnostic = Diagnostic::error(self.page.file, key.range.clone(), title);
                self.page.say(diagnostic.maybe_help(did_you_mean(&key.value, known.iter().copied())));
            }
            compare.push((path, how.value));
        }
        compare
    }

    /// Notes the object's requests, for the scopes that they need.
    fn note_requests(
        &mut self,
        section: &Placed<ObjectSection>,
        locate: Option<&Locate>,
        requests: &Requests,
        managed: &[FieldPath],
    ) {
        let Some(locate) = locate else { return };
        let (read, range) = match locate {
            Locate::Get(path) => (path, section.get.as_ref().map(|get| get.range.clone())),
            Locate::Find { get, .. } => (get, section.find.as_ref().map(|find| find.get.range.clone())),
        };
        let range = range.unwrap_or_else(|| section.range.clone());
        let none = Table::default();
        let query = section.find.as_ref().map_or(&none, |find| &find.query);
        let reading = Requested::new(Method::Get, read, range.clone(), Vec::new(), &[]);
        self.requested.push(reading.reading(&section.fields.value, query));
        let keys: Vec<String> = managed.iter().filter_map(|path| path.0.first().cloned()).collect();
        let written =
            [(&requests.set, &section.set), (&requests.create, &section.create), (&requests.remove, &section.remove)];
        for (request, part) in written {
            let Some(request) = request else { continue };
            let range = part.as_ref().map_or_else(|| range.clone(), |part| part.http.range.clone());
            let mut writing = Requested::new(request.method, &request.path, range, keys.clone(), &section.scopes);
            // Once: both are of one type. What only a creation sets may be read-only afterwards.
            let told = requests.create.as_ref().or(requests.set.as_ref());
            if told.is_some_and(|told| std::ptr::eq(told, request)) {
                writing.managed.clone_from(&section.managed);
                writing.wanted = section.desired.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            }
            self.requested.push(writing);
        }
    }
}

/// The writing requests of an object.
struct Requests {
    create: Option<Request>,
    set: Option<Request>,
    remove: Option<Request>,
}

/// Returns an object's own path.
fn own_path(locate: &Locate) -> &PathTemplate {
    match locate {
        Locate::Get(path) | Locate::Find { path, .. } => path,
    }
}

/// Returns whether a segment is the id of a found item.
fn is_id(segment: &Segment) -> bool {
    matches!(segment, Segment::Value(expression) if expression.tree().path().is_some_and(|path| path.names == ["id"]))
}

fn found_in(locate: &Locate, create: &PathTemplate) -> bool {
    matches!(locate, Locate::Find { get, .. } if get.source() == create.source())
}

/// Collects the literal texts that an expression can end with, as far as they are literal.
fn ends(tree: &Tree, words: &mut Vec<(Range<usize>, String)>) {
    match &tree.kind {
        ExprKind::Text(text) => words.push((tree.range.clone(), text.as_ref().to_owned())),
        ExprKind::Conditional { then, otherwise, .. } => {
            ends(then, words);
            ends(otherwise, words);
        }
        _ => {}
    }
}
