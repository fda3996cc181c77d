//! What makes a kind of step: the sections that it may and must have, and its data. And that the ids in a step are unique.

use std::ops::Range;

use super::file_parser::FileParser;
use super::step::all;
use super::step_reader::whole;
use crate::expr::Expression;
use crate::wizard::diagnostic::quoted;
use crate::wizard::document::step_file::KindName;
use crate::wizard::document::{Placed, StepFile};
use crate::wizard::step::{Actions, Affects, Manual, Object, Setting, StepKind, Write};

/// Checks a step's sections and ids.
pub fn check(page: &FileParser<'_>, file: &StepFile) {
    sections(page, file);
    ids(page, file);
}

/// Reports sections that a kind may not have, and those that it must.
fn sections(page: &FileParser<'_>, file: &StepFile) {
    use KindName::{Actions, Assert, Manual, Query, Setting};
    let kind = file.kind.value;
    /// A section's name, where it stands if it does, and the kinds that may have it.
    struct Section<'a>(&'static str, Option<&'a Range<usize>>, &'static [KindName]);
    let present = [
        Section("[[object]]", file.object.first().map(|object| &object.range), &[Setting]),
        Section("[[write]]", file.write.first().map(|write| &write.range), &[Actions]),
        Section("[ask]", file.ask.0.first().map(|(name, _)| &name.range), &[Setting, Actions]),
        Section("[manual]", file.manual.as_ref().map(|manual| &manual.range), &[Manual]),
        Section("[verify]", file.verify.as_ref().map(|verify| &verify.range), &[Setting, Actions]),
        Section("[[affects]]", file.affects.first().map(|affects| &affects.id.range), &[Setting]),
        Section("ok_when", file.ok_when.as_ref().map(|ok_when| &ok_when.range), &[Query, Assert, Manual, Actions]),
    ];
    let mut misplaced = false;
    for Section(section, range, kinds) in present {
        if let Some(range) = range.filter(|_| !kinds.contains(&kind)) {
            misplaced = true;
            let allowed: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            let title = match (section, kind) {
                ("[[object]]" | "[[write]]", _) if !kind.may_write() => {
                    format!("a step of kind `{}` reads only; it may not write", kind.as_str())
                }
                _ => format!("a step of kind `{}` has no `{section}`", kind.as_str()),
            };
            page.error(range, title, &format!("`{section}` belongs to kind {}", quoted(&allowed)));
        }
    }
    let missing = match kind {
        Setting if file.object.is_empty() => Some(("[[object]]", "a setting is an object and its wanted values")),
        Actions if file.write.is_empty() => Some(("[[write]]", "actions are writes")),
        Query if file.read.is_empty() && file.capture.0.is_empty() => {
            Some(("[[read]] or [capture.x]", "a query reads or hands on"))
        }
        Manual if file.manual.is_none() => Some(("[manual]", "the instruction for the person")),
        Assert if file.ok_when.is_none() => Some(("ok_when", "what must hold")),
        Setting | Actions | Query | Manual | Assert => None,
    };
    if let Some((section, why)) = missing.filter(|_| !misplaced) {
        page.error(&file.kind.range, format!("a step of kind `{}` needs `{section}`", kind.as_str()), why);
    }
}

/// Puts together what only this kind has, from the sections that were read; a section of another kind was reported.
pub fn kind(
    file: &StepFile,
    objects: Vec<Option<Object>>,
    affects: Vec<Option<Affects>>,
    writes: Vec<Option<Write>>,
    manual: Option<Option<Manual>>,
    ok_when: Option<Option<Expression>>,
) -> Option<StepKind> {
    let ok_when = whole(ok_when)?;
    let (objects, affects, writes, manual) = (all(objects)?, all(affects)?, all(writes)?, whole(manual)?);
    Some(match file.kind.value {
        KindName::Setting => StepKind::Setting(Setting { objects, affects }),
        KindName::Actions => StepKind::Actions(Actions { writes, ok_when }),
        KindName::Query => StepKind::Query { ok_when },
        KindName::Manual => StepKind::Manual(Manual { ok_when, ..manual? }),
        KindName::Assert => StepKind::Assert { ok_when: ok_when? },
    })
}

/// Reports ids that stand twice among the reads, objects, writes and asks of a step.
fn ids(page: &FileParser<'_>, file: &StepFile) {
    let reads = file.read.iter().map(|read| ("read", &read.id));
    let objects = file.object.iter().map(|object| ("object", &object.id));
    let writes = file.write.iter().map(|write| ("write", &write.id));
    let asks = file.ask.0.iter().map(|(name, _)| ("ask", name));
    let mut all: Vec<(&str, &Placed<String>)> = reads.chain(objects).chain(writes).chain(asks).collect();
    all.sort_by_key(|(_, id)| id.range.start);
    for (index, (what, id)) in all.iter().enumerate() {
        page.id(id, &format!("the id of {} {what}", if *what == "read" || *what == "write" { "a" } else { "an" }), "_");
        if let Some((other, _)) = all.iter().take(index).find(|(_, other)| other.value == id.value) {
            page.error(
                &id.range,
                format!("the id `{}` is taken already, by the {other} above", id.value),
                "ids of reads, objects, writes and asks are unique in a step",
            );
        }
    }
    for (name, _) in &file.capture.0 {
        page.id(name, "the name of a capture", "_");
    }
}
