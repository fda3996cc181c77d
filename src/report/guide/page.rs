//! What a guide says, without its form: sections, each with the ways to do a step by hand.

use std::collections::BTreeMap;

use super::placeholder::Values;
use super::{Checked, GuideValues};
use crate::expr::{Datum, Expression, Partial, Scope};
use crate::wizard::step::{Locate, Object, Step};
use crate::wizard::template::{PathTemplate, Segment};
use crate::wizard::{Template, Wizard};

/// A guide, ready to be written in any format. None of its texts is escaped yet.
pub(super) struct Page {
    pub title: String,
    pub summary: String,
    /// The wizard's id and version.
    pub wizard: String,
    pub replaces: Vec<String>,
    pub docs: Option<String>,
    /// Whether its values come from a check of the tenant.
    pub is_checked: bool,
    /// The line that signs PowerShell in, where a section needs Microsoft Graph PowerShell.
    pub connect: Option<String>,
    pub sections: Vec<Section>,
}

pub(super) struct Section {
    /// Its number in the guide, from 1.
    pub number: usize,
    pub title: String,
    pub why: String,
    pub docs: Option<String>,
    /// What holds for all entries alike.
    pub note: Option<String>,
    pub entries: Vec<Entry>,
}

/// The ways to do a step, or one item of it, by hand.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub label: Option<String>,
    /// What a person must do, in words.
    pub instruction: Option<String>,
    pub link: Option<String>,
    /// The way through the portal, one stop an element.
    pub portal: Vec<String>,
    /// PowerShell, one command a line.
    pub powershell: Option<String>,
    /// The retired command that it replaces.
    pub retired: Option<String>,
    pub note: Option<String>,
    /// What to look at afterwards, a sentence a line.
    pub afterwards: Vec<String>,
}

impl Page {
    pub(super) fn collect(wizard: &Wizard, values: &GuideValues) -> Self {
        let steps: Vec<(&Step, Section)> = match values {
            GuideValues::BeforeCheck(scope) => before(wizard, scope),
            GuideValues::AfterCheck(checked) => after(wizard, checked),
        };
        let needs_graph = |section: &Section| {
            section.entries.iter().any(|entry| entry.powershell.as_ref().is_some_and(|line| line.contains("-Mg")))
        };
        let mut scopes: Vec<&str> = Vec::new();
        for (step, section) in &steps {
            if needs_graph(section) {
                scopes.extend(step_scopes(step));
            }
        }
        scopes.sort_unstable();
        scopes.dedup();
        let quoted: Vec<String> = scopes.iter().map(|scope| format!("'{}'", scope.replace('\'', "''"))).collect();
        let connect = (!quoted.is_empty()).then(|| format!("Connect-MgGraph -Scopes {}", quoted.join(", ")));
        let mut sections: Vec<Section> = steps.into_iter().map(|(_, section)| section).collect();
        for (number, section) in (1..).zip(&mut sections) {
            section.number = number;
        }
        Self {
            title: wizard.title.clone(),
            summary: wizard.summary.clone(),
            wizard: format!("{} {}", wizard.id, wizard.version),
            replaces: wizard.replaces.clone(),
            docs: wizard.docs.clone(),
            is_checked: matches!(values, GuideValues::AfterCheck(_)),
            connect,
            sections,
        }
    }
}

fn before<'wizard>(wizard: &'wizard Wizard, scope: &Scope) -> Vec<(&'wizard Step, Section)> {
    let mut sections = Vec::new();
    let mut steps = BTreeMap::new();
    for step in &wizard.steps {
        let scope = scope.with("steps", Datum::table(steps.clone()));
        if !may_take_part(step.when.as_ref(), &scope) {
            continue;
        }
        steps.insert(step.id.clone(), Datum::table(concluded(step, &scope)));
        if has_something_to_say(step) {
            let scope = scope.with("steps", Datum::table(steps.clone()));
            let values = Values { wizard, step, scope: &scope };
            sections.push((step, section(&values, vec![entry(&values, None)])));
        }
    }
    sections
}

/// Returns what a step hands on: of one that reads nothing it is known before anything is checked.
fn concluded(step: &Step, scope: &Scope) -> Vec<(String, Datum)> {
    let reads = !step.reads.is_empty() || !step.objects().is_empty() || !step.writes().is_empty();
    let captures = step.captures.iter().map(|capture| match capture.value.evaluate(scope) {
        Ok(Partial::Known(value)) if !reads => (capture.name.clone(), value),
        _ => (capture.name.clone(), Datum::NotRead),
    });
    let items = step.for_each.as_ref().map(|_| ("items".to_owned(), Datum::NotRead));
    captures.chain(items).collect()
}

fn after<'wizard>(wizard: &'wizard Wizard, checked: &[Checked]) -> Vec<(&'wizard Step, Section)> {
    let mut sections = Vec::new();
    for (index, step) in wizard.steps.iter().enumerate().filter(|(_, step)| has_something_to_say(step)) {
        let found: Vec<&Checked> = checked.iter().filter(|each| each.step == index).collect();
        let Some(first) = found.first() else { continue };
        let entries =
            found.iter().map(|each| entry(&Values { wizard, step, scope: &each.scope }, each.label.clone())).collect();
        // Over several items the title is the author's, with the item's name left open.
        let nothing = Scope::default();
        let scope = if found.len() == 1 { &first.scope } else { &nothing };
        sections.push((step, section(&Values { wizard, step, scope }, entries)));
    }
    sections
}

fn has_something_to_say(step: &Step) -> bool {
    step.guide.is_some() || step.manual().is_some()
}

/// Whether a condition holds, or cannot be decided yet.
fn may_take_part(condition: Option<&Expression>, scope: &Scope) -> bool {
    condition.is_none_or(|condition| !matches!(condition.condition(scope), Ok(Partial::Known(false))))
}

fn section(values: &Values<'_>, mut entries: Vec<Entry>) -> Section {
    // What would be repeated word for word for every item is said once.
    let first = entries.first().and_then(|entry| entry.note.clone());
    let is_shared = entries.len() > 1 && entries.iter().all(|entry| entry.note == first);
    if is_shared {
        entries.iter_mut().for_each(|entry| entry.note = None);
    }
    Section {
        number: 0,
        title: values.words(&values.step.title),
        why: values.words(&values.step.why),
        docs: values.step.docs.clone(),
        note: first.filter(|_| is_shared),
        entries,
    }
}

fn entry(values: &Values<'_>, label: Option<String>) -> Entry {
    let step = values.step;
    let guide = step.guide.as_ref();
    let words = |template: Option<&Template>| template.map(|template| values.words(template));
    let command = |template: Option<&Template>| template.map(|template| values.command(template).trim().to_owned());
    Entry {
        label,
        instruction: words(step.manual().map(|manual| &manual.instruction)),
        link: step.manual().and_then(|manual| manual.link.as_ref()?.show(values.scope)),
        portal: guide.map(|guide| guide.portal.iter().map(|stop| values.words(stop)).collect()).unwrap_or_default(),
        powershell: command(guide.and_then(|guide| guide.powershell.as_ref())),
        retired: command(guide.and_then(|guide| guide.retired.as_ref())),
        note: words(guide.and_then(|guide| guide.note.as_ref())),
        afterwards: afterwards(values),
    }
}

fn afterwards(values: &Values<'_>) -> Vec<String> {
    let step = values.step;
    let mut sentences = Vec::new();
    for object in step.objects() {
        let takes_part = may_take_part(object.when.as_ref(), values.scope)
            && may_take_part(object.manage_when.as_ref(), values.scope);
        if takes_part && !object.desired.is_empty() {
            let scope = with_answers(values, object);
            let values = Values { scope: &scope, ..*values };
            let fields: Vec<String> = object
                .desired
                .iter()
                .map(|(field, wanted)| format!("{} is {}", field.dotted(), values.wanted(wanted)))
                .collect();
            sentences.push(format!("GET {} shows: {}", path(&values, object), fields.join(", ")));
        }
    }
    sentences
}

/// An object's own values before the change, and the answers by their names, as its wanted values may use them.
fn with_answers(values: &Values<'_>, object: &Object) -> Scope {
    let found = values.scope.get("objects").and_then(|objects| objects.get(&object.id));
    let asks = values.step.asks.iter();
    let answers = asks.map(|ask| (ask.name.clone(), Datum::text(&format!("<{}>", values.label_of_ask(&ask.name)))));
    values.scope.with("before", found.cloned().unwrap_or(Datum::Null)).with("ask", Datum::table(answers))
}

fn path(values: &Values<'_>, object: &Object) -> String {
    let template: &PathTemplate = match &object.locate {
        Locate::Get(path) => path,
        Locate::Find { path, .. } => path,
    };
    template
        .segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Value(expression) => format!("/{}", values.wanted(expression)),
        })
        .collect()
}

fn step_scopes(step: &Step) -> impl Iterator<Item = &str> {
    let of_objects = step.objects().iter().flat_map(|object| object.scopes.iter());
    let of_writes = step.writes().iter().flat_map(|write| write.scopes.iter());
    step.check_scopes.iter().chain(step.fix_scopes.iter()).chain(of_objects).chain(of_writes).map(String::as_str)
}

/// Returns the sentence on where the guide comes from and what its values are.
pub(super) fn origin(page: &Page) -> String {
    let replaces = match page.replaces.as_slice() {
        [] => String::new(),
        names => format!(" It replaces {}.", names.join(", ")),
    };
    let values = if page.is_checked {
        "The values are those found by a check of the tenant; do only what is missing."
    } else {
        "Replace the values in angle brackets with your own."
    };
    format!("From the wizard {}.{replaces} {values}", page.wizard)
}
