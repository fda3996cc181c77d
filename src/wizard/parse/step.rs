//! A step: which sections its kind may have, and its parts in the order in which they can use each other's names.

use super::file_parser::FileParser;
use super::names::{StepNames, StepShape, kept};
use super::sections;
use super::selected;
use super::step_reader::{StepReader, whole, with_captured};
use crate::expr::{Expected, Names, Type};
use crate::ports::http::Method;
use crate::ports::terms::Risk;
use crate::wizard::diagnostic::did_you_mean;
use crate::wizard::document::step_file::{
    ApprovalSection, ForEachSection, GuideSection, OnError, OnStatusSection, ReadSection,
};
use crate::wizard::document::wizard_file::StepEntry;
use crate::wizard::document::{Placed, StepFile};
use crate::wizard::input::Input;
use crate::wizard::input::InputType;
use crate::wizard::lint::Requested;
use crate::wizard::step::{
    Affects, Approval, Capture, ForEach, Guide, Manual, NotApplicable, OnStatus, Problem, Read, Step,
};

/// The most that a written value may take to show, in seconds.
const MAX_VERIFY: u32 = 15 * 60;

/// Names that the format itself uses, and words of expressions: no loop variable may hide them.
const RESERVED: [&str; 27] = [
    "inputs",
    "data",
    "steps",
    "reads",
    "objects",
    "before",
    "ask",
    "value",
    "id",
    "captured",
    "generated",
    "tenant",
    "account",
    "cloud",
    "run",
    "true",
    "false",
    "none",
    "not",
    "and",
    "or",
    "in",
    "is",
    "if",
    "else",
    "loop",
    "self",
];

/// Reads a step. `base` are the names known before its own; `when` has been read with the wizard's file.
pub fn read(
    page: &FileParser<'_>,
    entry: &StepEntry,
    file: &StepFile,
    base: Names,
    inputs: &[Input],
) -> (Option<Step>, StepShape) {
    for (name, ask) in &file.ask.0 {
        if ask.kind.value == InputType::Secret {
            page.secrets.borrow_mut().insert(("ask".to_owned(), name.value.clone()));
        }
        let options = ask.options.iter().flat_map(|options| &options.value).map(|option| option.value.value.clone());
        page.add_choice("ask", &name.value, options.collect());
    }
    sections::check(page, file);
    let (base, for_each) = match &file.for_each {
        Some(section) => repeated(page, section, base),
        None => (base, Some(None)),
    };
    let words = StepNames::new(&entry.id.value, base, file);
    let mut reader = StepReader { page, file, words, inputs, requested: Vec::new(), captured: Vec::new() };
    let step = reader.step(entry, for_each);
    crate::wizard::lint::check(page, file, &reader.requested);
    let shape = StepShape {
        id: entry.id.value.clone(),
        captures: reader.words.into_captures(),
        repeated: file.for_each.is_some(),
        broken: false,
    };
    (step, shape)
}

impl StepReader<'_> {
    fn step(&mut self, entry: &StepEntry, for_each: Option<Option<ForEach>>) -> Option<Step> {
        let (page, file) = (self.page, self.file);
        let reads: Vec<Option<Read>> = file.read.iter().map(|section| self.read(section)).collect();
        let objects: Vec<_> = file.object.iter().map(|section| self.object(section)).collect();
        let writes = self.writes(&file.write);
        let captures = self.step_captures();
        let asks: Vec<_> = file.ask.0.iter().map(|(name, section)| self.ask(name, section)).collect();
        let names = self.words.read();
        let after_writes = with_captured(names.clone(), &self.captured);
        let ok_when = file.ok_when.as_ref().map(|ok_when| page.expression(ok_when, &names, Expected::Boolean));
        let title = page.template(&file.title, &self.words.base);
        page.one_line(&file.title, "title");
        let why = file.why.as_ref().map(|why| page.template(why, &self.words.base));
        if file.why.is_none() {
            page.warning(
                &file.kind.range,
                "the step does not say `why` it matters",
                "why = \"…\": one or two sentences for the person who decides",
            );
        }
        let guide = file.guide.as_ref().map(|guide| self.guide(guide));
        let not_applicable: Vec<_> = file
            .not_applicable
            .iter()
            .map(|section| {
                let (when, reason) =
                    (page.condition(Some(&section.when), &names), page.template(&section.reason, &names));
                let link = page.link(section.link.as_ref());
                Some(NotApplicable { when: when?, reason: reason?, link })
            })
            .collect();
        let problems: Vec<_> = file
            .problem
            .iter()
            .map(|section| {
                let (when, text) = (page.condition(Some(&section.when), &names), page.template(&section.text, &names));
                Some(Problem { when: when?, text: text?, level: section.level.unwrap_or_default() })
            })
            .collect();
        let on_status: Vec<_> = file.on_status.iter().map(|section| self.on_status(section, &after_writes)).collect();
        let values = self.words.value(file);
        let affects: Vec<_> = file
            .affects
            .iter()
            .map(|section| {
                let passes_when = page.expression(&section.passes_when, &values, Expected::Boolean);
                Some(Affects { id: section.id.value.clone(), passes_when: passes_when? })
            })
            .collect();
        let manual = file.manual.as_ref().map(|section| {
            let link = section.link.as_ref().and_then(|link| page.link_with_values(link, &names));
            Some(Manual { instruction: page.template(&section.instruction, &names)?, link, ok_when: None })
        });
        let approval = file.approval.as_ref().map(|section| self.approval(section, &names));
        let verify =
            file.verify.as_ref().and_then(|verify| verify.up_to.as_ref()).map(|up_to| page.duration(up_to, MAX_VERIFY));
        self.unused_asks();
        let scopes = file.scopes.as_ref().map(|scopes| &scopes.value);
        let kind = sections::kind(file, objects, affects, writes, manual, ok_when);
        Some(Step {
            id: entry.id.value.clone(),
            file: page.file.to_owned(),
            needs: entry.needs.iter().map(|need| need.value.clone()).collect(),
            when: None,
            kind: kind?,
            title: title?,
            why: why.unwrap_or_else(|| Some(Default::default()))?,
            severity: file.severity.unwrap_or_default(),
            risk: file.risk.unwrap_or(if file.kind.value.may_write() { Risk::OneObject } else { Risk::None }),
            docs: page.link(file.docs.as_ref()),
            check_scopes: scopes.map(|scopes| page.scopes(&scopes.check).into()).unwrap_or_default(),
            fix_scopes: scopes.map(|scopes| page.scopes(&scopes.fix).into()).unwrap_or_default(),
            guide: whole(guide)?,
            for_each: for_each?,
            not_applicable: all(not_applicable)?,
            on_status: all(on_status)?,
            problems: all(problems)?,
            reads: all(reads)?,
            captures: all(captures)?,
            asks: all(asks)?,
            approval: whole(approval)?,
            verify_up_to: verify.unwrap_or(Some(60))?,
        })
    }

    fn read(&mut self, section: &Placed<ReadSection>) -> Option<Read> {
        let page = self.page;
        let names = self.words.above(section.range.start);
        let when = section.when.as_ref().map(|when| page.expression(when, &names, Expected::Boolean));
        let get = page.path(&section.get, &names);
        let query = page.query(&section.query, &names);
        let headers = page.headers(&section.headers);
        let fields = page.fields(&section.fields.value, "field");
        if fields.is_empty() {
            page.error(&section.fields.range, "nothing is kept of this read: `fields` is empty", "fields = [\"id\"]");
        }
        let get = get?;
        if !section.query.0.iter().any(|(name, _)| name.value == "$select") {
            let help = "add it to the query: query = { \"$select\" = \"id,…\" }";
            selected::check(page, &get, &fields, &section.fields.value, help);
        }
        let reading = Requested::new(Method::Get, &get, section.get.range.clone(), Vec::new(), &[]);
        self.requested.push(reading.reading(&section.fields.value, &section.query));
        Some(Read { id: section.id.value.clone(), when: whole(when)?, get, query, headers, page: section.page, fields })
    }

    fn step_captures(&mut self) -> Vec<Option<Capture>> {
        let (page, file) = (self.page, self.file);
        let mut captures = Vec::new();
        for (name, section) in &file.capture.0 {
            let reserved = ["key", "label", "outcome", "items"];
            if reserved.contains(&name.value.as_str()) {
                page.error(
                    &name.range,
                    format!("a capture cannot be called `{}`", name.value),
                    "the items of a repeated step have fields of that name",
                );
            }
            let names = with_captured(self.words.read(), &self.captured);
            let fields = page.fields(&section.fields, "field");
            let Some((value, shape)) = page.shaped(&section.value, &names, Expected::Anything) else {
                self.words.add_capture(&name.value, Type::Any);
                captures.push(None);
                continue;
            };
            let (shape, missing) = kept(shape, &fields);
            for (field, written) in fields.iter().zip(&section.fields).filter(|(field, _)| missing.contains(field)) {
                page.error(
                    &written.range,
                    format!("the captured value has no field `{}`", field.dotted()),
                    "it has the `fields` of the read that it comes from",
                );
            }
            self.words.add_capture(&name.value, shape);
            captures.push(Some(Capture { name: name.value.clone(), value, fields }));
        }
        captures
    }

    fn approval(&self, section: &Placed<ApprovalSection>, names: &Names) -> Option<Approval> {
        let page = self.page;
        let when = page.expression(&section.when, names, Expected::Boolean);
        let of = page.expression(&section.of, names, Expected::Text);
        let text = page.template(&section.text, names);
        let was_read =
            |names: &[String]| names.first().is_some_and(|first| !["inputs", "data"].contains(&first.as_str()));
        if let Some(of) = &of
            && !of.tree().path().is_some_and(|path| was_read(&path.names))
        {
            let help = "of = \"objects.…\", \"reads.…\" or \"steps.…\": the id or name of the object that is approved";
            page.error(&section.of.range, "what is approved is not named by a value that was read", help);
        }
        Some(Approval { when: when?, of: of?, text: text? })
    }

    fn guide(&self, section: &GuideSection) -> Option<Guide> {
        let page = self.page;
        let names = self.words.answered();
        let portal: Vec<_> = section.portal.iter().map(|stop| page.template(stop, &names)).collect();
        let line = |text: Option<&Placed<String>>| {
            if let Some(text) = text {
                let quoted = ["'{{", "\"{{"].iter().find_map(|quote| text.value.find(quote));
                if let Some(at) = quoted {
                    let range = page.within(text, &(at..at + 3));
                    page.error(
                        &range,
                        "leave out the quotes around `{{ }}` in a command",
                        "values become quoted PowerShell literals",
                    );
                }
            }
            text.map(|text| page.template(text, &names))
        };
        let (powershell, retired) = (line(section.powershell.as_ref()), line(section.retired.as_ref()));
        let note = section.note.as_ref().map(|note| page.template(note, &names));
        Some(Guide {
            portal: all(portal)?,
            powershell: whole(powershell)?,
            retired: whole(retired)?,
            note: whole(note)?,
        })
    }

    fn on_status(&self, section: &OnStatusSection, names: &Names) -> Option<OnStatus> {
        let (page, file) = (self.page, self.file);
        let objects = file.object.iter().map(|object| object.id.value.as_str());
        let reads = file.read.iter().map(|read| read.id.value.as_str());
        let known: Vec<&str> =
            objects.chain(reads).chain(file.write.iter().map(|write| write.id.value.as_str())).collect();
        if let Some(id) = section.id.as_ref().filter(|id| !known.contains(&id.value.as_str())) {
            let help = did_you_mean(&id.value, known.iter().copied()).unwrap_or_default();
            page.error(&id.range, format!("there is no object, read or write `{}`", id.value), &help);
        }
        match section.status.value {
            401 | 429 | 502..=504 => {
                let title = format!("the engine itself answers a {}: it signs in again or waits", section.status.value);
                page.error(&section.status.range, title, "remove this [[on_status]]");
            }
            400..=599 => {}
            _ => page.error(&section.status.range, "`status` is one of failure, 400 to 599", ""),
        }
        let text = page.template(&section.text, names)?;
        Some(OnStatus {
            id: section.id.as_ref().map(|id| id.value.clone()),
            status: section.status.value,
            text,
            then: section.then,
        })
    }
}

/// Reads `for_each`. Returns the names with the loop variable in them.
fn repeated(page: &FileParser<'_>, section: &Placed<ForEachSection>, base: Names) -> (Names, Option<Option<ForEach>>) {
    let items = page.shaped(&section.items, &base, Expected::List);
    let item = match &items {
        Some((_, Type::List(item))) => (**item).clone(),
        _ => Type::Any,
    };
    page.id(&section.name, "the name of an item", "_");
    if RESERVED.contains(&section.name.value.as_str()) {
        page.error(
            &section.name.range,
            format!("`{}` has a meaning of its own", section.name.value),
            "name the item otherwise, such as \"user\"",
        );
        return (base, None);
    }
    let base = base.with(&section.name.value, item);
    let key = page.expression(&section.key, &base, Expected::Text);
    let label = section.label.as_ref().map(|label| page.expression(label, &base, Expected::Text));
    if let Some(parallel) = section.parallel.as_ref().filter(|parallel| !(1..=20).contains(&parallel.value)) {
        page.error(&parallel.range, "`parallel` is between 1 and 20", "");
    }
    let for_each = items.zip(key).zip(whole(label)).map(|(((items, _), key), label)| ForEach {
        items,
        name: section.name.value.clone(),
        key,
        label,
        parallel: section.parallel.as_ref().map(|parallel| parallel.value as usize),
        continue_on_error: section.on_error == Some(OnError::Continue),
    });
    (base, for_each.map(Some))
}

/// Turns a list of parts, some of which could not be read, into all of them or nothing.
pub fn all<T>(parts: Vec<Option<T>>) -> Option<Vec<T>> {
    parts.into_iter().collect()
}
