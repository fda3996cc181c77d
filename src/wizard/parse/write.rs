//! Writing actions: what is sent, how it is found out whether it was done, and how it is taken back.

use super::file_parser::Secrets;
use super::step_reader::{StepReader, whole, with_captured};
use crate::expr::{Names, Type};
use crate::ports::http::Method;
use crate::wizard::document::object_file::{LandedSection, UndoSection, WriteSection};
use crate::wizard::document::{Any, Placed, Table};
use crate::wizard::lint::Requested;
use crate::wizard::step::{Guard, Landed, Undo, WayBack, Write};
use crate::wizard::template::PathTemplate;

const WRITING: [Method; 4] = [Method::Post, Method::Patch, Method::Put, Method::Delete];

impl StepReader<'_> {
    /// Reads all writes, in order: a later one may use what an earlier one captured.
    pub fn writes(&mut self, sections: &[Placed<WriteSection>]) -> Vec<Option<Write>> {
        let mut captured: Vec<(String, Type)> = Vec::new();
        let mut writes = Vec::new();
        for section in sections {
            writes.push(self.write(section, &mut captured));
        }
        self.captured = captured;
        writes
    }

    fn write(&mut self, section: &Placed<WriteSection>, captured: &mut Vec<(String, Type)>) -> Option<Write> {
        let page = self.page;
        let names = with_captured(self.words.answered(), captured);
        let sending = names.clone().with("generated", Type::closed([("password", Type::Text)]));
        let request = page.request(&section.http, &WRITING, &names);
        let body = section.body.as_ref().map(|body| page.json(body, &sending, Secrets::Sent));
        let capture = self.captures(&section.capture, captured);
        let landed = section.landed.as_ref().map(|landed| self.landed(landed, section, &names));
        let reveal = section.reveal.as_ref().and_then(|reveal| page.pointer(reveal));
        let way_back = self.way_back(section, &with_captured(self.words.answered(), captured));
        let expect = page.expect(&section.expect);
        let when = page.condition(section.when.as_ref(), &names);
        let label = page.maybe_template(section.label.as_ref(), &names);
        self.once(section, request.as_ref().map(|(method, _)| *method));
        let (method, path) = request?;
        if section.when.is_none() && section.undo.is_some() && matches!(method, Method::Patch | Method::Put) {
            let help = "when = \"…\": do it only where it is not so yet, as a read tells";
            page.warning(&section.http.range, "without a `when`, `undo` would also undo what was so before", help);
        }
        self.rules().path(method, &path, &section.http);
        page.written_path(&path, &section.http, "a write");
        self.rules().body(method, &path, section.body.as_ref(), &sending);
        self.revealed(section, &path, method);
        let keys = section.body.as_ref().map(outer_keys).unwrap_or_default();
        let mut writing = Requested::new(method, &path, section.http.range.clone(), keys, &section.scopes);
        writing.body.clone_from(&section.body);
        self.requested.push(writing);
        Some(Write {
            id: section.id.value.clone(),
            when,
            label,
            method,
            path,
            body: whole(body)?,
            expect,
            once: section.once.as_ref().is_some_and(|once| once.value),
            landed: whole(landed)?,
            capture,
            reveal,
            way_back: way_back?,
            scopes: page.scopes(&section.scopes).into(),
        })
    }

    fn captures(&self, capture: &Table<Placed<String>>, captured: &mut Vec<(String, Type)>) -> Vec<(String, String)> {
        let mut read = Vec::new();
        for (name, pointer) in &capture.0 {
            self.page.id(name, "the name of a captured value", "_");
            if captured.iter().any(|(other, _)| *other == name.value) {
                self.page.error(
                    &name.range,
                    format!("`captured.{}` is captured twice in this step", name.value),
                    "give it another name",
                );
            }
            captured.push((name.value.clone(), Type::Any));
            if let Some(pointer) = self.page.pointer(pointer) {
                read.push((name.value.clone(), pointer));
            }
        }
        read
    }

    fn landed(&mut self, section: &Placed<LandedSection>, write: &WriteSection, names: &Names) -> Option<Landed> {
        let page = self.page;
        let get = page.path(&section.get, names);
        let matches = self.matches(&section.matches, names);
        let items = section.items.as_ref().and_then(|items| page.pointer(items));
        for (name, _) in &section.capture.0 {
            if write.capture.get(&name.value).is_none() {
                let title = format!("`{}` is captured where the action landed, but not from its answer", name.value);
                page.error(
                    &name.range,
                    title,
                    "both name the same values: `capture` of the answer, `landed.capture` of what is found later",
                );
            }
        }
        for (name, pointer) in &write.capture.0 {
            if section.capture.get(&name.value).is_none() {
                // A pointer of one's own that is none has its own mistake; here it would be suggested once more.
                let pointer = if pointer.value.starts_with('/') { pointer.value.as_str() } else { "/id" };
                let help = format!("capture = {{ {} = \"{pointer}\" }}", name.value);
                page.error(&section.range, format!("`landed` does not say where `{}` is found", name.value), &help);
            }
        }
        // What takes a POST answers a GET with the list of what was made.
        let is_list = write.http.value.strip_prefix("POST ").is_some_and(|made_in| made_in.trim() == section.get.value);
        if is_list && section.items.is_none() {
            let title = "without `items` the answer itself must match, and a list never does";
            page.error(&section.get.range, title, "items = \"/value\": where the list stands in the answer");
        }
        let capture =
            section.capture.0.iter().filter_map(|(name, pointer)| Some((name.value.clone(), page.pointer(pointer)?)));
        let capture = capture.collect();
        let get = get?;
        self.requested.push(Requested::new(Method::Get, &get, section.get.range.clone(), Vec::new(), &[]));
        Some(Landed { get, items, matches, capture })
    }

    fn way_back(&mut self, section: &Placed<WriteSection>, names: &Names) -> Option<WayBack> {
        let page = self.page;
        match (&section.undo, &section.irreversible) {
            (Some(undo), None) => self.undo(undo, section, names).map(|undo| WayBack::Undo(Box::new(undo))),
            (None, Some(reason)) => {
                page.because(reason);
                Some(WayBack::Irreversible(reason.value.clone()))
            }
            (Some(_), Some(reason)) => {
                page.error(&reason.range, "a write has either `undo` or `irreversible`", "leave one of them out");
                None
            }
            (None, None) => {
                let help = "add `undo = { http = \"…\" }`, or `irreversible = \"because …\"`";
                page.uncovered(
                    &section.id.range,
                    &format!("the write `{}` cannot be taken back", section.id.value),
                    help,
                );
                None
            }
        }
    }

    fn undo(&mut self, section: &Placed<UndoSection>, write: &WriteSection, names: &Names) -> Option<Undo> {
        let page = self.page;
        let request = page.request(&section.http, &WRITING, names);
        let body = section.body.as_ref().map(|body| page.json(body, names, Secrets::Refused));
        let expect = page.expect(&section.expect);
        let guard = section.guard.as_ref().map(|guard| {
            let get = page.path(&guard.get, names);
            let matches = self.matches(&guard.matches, names);
            let get = get?;
            self.requested.push(Requested::new(Method::Get, &get, guard.get.range.clone(), Vec::new(), &[]));
            Some(Guard { get, matches })
        });
        let (method, path) = request?;
        self.rules().path(method, &path, &section.http);
        page.written_path(&path, &section.http, "undo");
        self.rules().body(method, &path, section.body.as_ref(), names);
        if section.guard.is_none() && matches!(method, Method::Patch | Method::Put) {
            let help = "guard = { get = \"/v1.0/…\", match = { … } } names what must still be as this write left it";
            page.warning(&section.range, "without a `guard`, undo would overwrite somebody else's later edit", help);
        }
        let keys = section.body.as_ref().map(outer_keys).unwrap_or_default();
        let mut writing = Requested::new(method, &path, section.http.range.clone(), keys, &write.scopes);
        writing.body.clone_from(&section.body);
        self.requested.push(writing);
        Some(Undo { method, path, body: whole(body)?, expect, guard: whole(guard)? })
    }

    /// Checks `once` and `landed`, which say that and how a request may not simply be repeated.
    fn once(&self, section: &Placed<WriteSection>, method: Option<Method>) {
        let page = self.page;
        let once = section.once.as_ref().is_some_and(|once| once.value);
        let landed_help = "landed = { get = \"/v1.0/…\", items = \"/value\", match = { displayName = \"…\" } }";
        match (&section.once, &section.landed) {
            (Some(written), None) if once => {
                page.uncovered(
                    &written.range,
                    "`once` needs `landed`: after a lost answer nobody could tell whether it was done",
                    landed_help,
                );
            }
            (_, Some(landed)) if !once => {
                page.error(&landed.range, "`landed` belongs to `once = true`", "add `once = true`, or remove `landed`");
            }
            _ => {}
        }
        let creates = !section.capture.0.is_empty() || section.expect.iter().any(|status| status.value == 201);
        if method == Some(Method::Post) && creates && !once {
            let title =
                format!("the write `{}` creates something, so sending it twice would create two", section.id.value);
            page.uncovered(&section.http.range, &title, &format!("add `once = true` and {landed_help}"));
        }
    }

    /// Checks that a secret of the answer is shown once and kept nowhere.
    fn revealed(&self, section: &Placed<WriteSection>, path: &PathTemplate, method: Method) {
        let page = self.page;
        let reveal = section.reveal.as_ref().map(|reveal| reveal.value.as_str());
        let landed = section.landed.iter().flat_map(|landed| &landed.capture.0);
        for (_, pointer) in section.capture.0.iter().chain(landed) {
            let secret = crate::wizard::takeover::is_secret_key(pointer.value.rsplit('/').next().unwrap_or_default());
            let revealed = reveal
                .is_some_and(|reveal| pointer.value == reveal || reveal.starts_with(&format!("{}/", pointer.value)));
            if secret || revealed {
                let title = "a secret may not be captured: it would be written to the journal";
                page.error(&pointer.range, title, "`reveal` shows it once, on the screen only");
            }
        }
        if method == Method::Post && crate::wizard::takeover::makes_access_pass(path) && section.reveal.is_none() {
            let help = "reveal = \"/temporaryAccessPass\"";
            page.error(&section.http.range, "this request answers with an access pass that nobody would see", help);
        }
        if let (Some(written), true) = (&section.reveal, method == Method::Delete) {
            page.error(&written.range, "a DELETE answers nothing that could be revealed", "");
        }
    }
}

/// The keys of a body that a permission can be for: the outer ones.
fn outer_keys(body: &Placed<Any>) -> Vec<String> {
    match body.to_json() {
        serde_json::Value::Object(body) => body.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
