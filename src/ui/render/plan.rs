//! The list of changes, as consent shows it: the author's words and the engine's own, with full values.

use super::line_writer::{LineWriter, counted};
use super::{value, wrap};
use crate::ports::event::{Affect, FieldDiff, Plan, PlannedChange};
use crate::ports::text::one_line;
use crate::ui::style::Mark;

/// From this many changes on, their number is said again below the list: the heading has scrolled away.
const LONG: usize = 6;

/// Adds the whole plan. `is_hindered` says that something is blocked or could not be found out.
pub fn plan(writer: &mut LineWriter<'_>, plan: &Plan, is_hindered: bool) {
    let what = if plan.is_rollback { "The list of changes to roll back" } else { "The list of changes" };
    let number = counted(plan.changes.len(), "change", "changes");
    // Said once for all, so that five changes and the question fit on a screen of 25 lines.
    let is_reversible = plan.changes.iter().all(|change| change.irreversible.is_none());
    if !plan.changes.is_empty() && !plan.not_changed.is_empty() {
        // Above the list, so that the changes stand right above the question.
        writer.gap();
        not_changed(writer, plan);
    }
    match plan.changes.len() {
        0 if plan.is_rollback => writer.heading(&format!("{what}: nothing to roll back.")),
        0 if is_hindered => writer.heading(&format!("{what}: no change is possible.")),
        0 => writer.heading(&format!("{what}: nothing to change.")),
        _ if plan.is_rollback => writer.heading(&format!("{what}: {number}.")),
        1 if is_reversible => writer.heading(&format!("{what}: {number}. It can be rolled back.")),
        _ if is_reversible => writer.heading(&format!("{what}: {number}. Each can be rolled back.")),
        _ => writer.heading(&format!("{what}: {number}. Not all can be rolled back.")),
    }
    for planned in &plan.changes {
        change(writer, planned, is_reversible || plan.is_rollback);
    }
    for affect in &plan.affects {
        writer.led(1, "Affects: ", &turn(affect));
    }
    if plan.changes.is_empty() {
        not_changed(writer, plan);
    }
    let mut scopes: Vec<&str> =
        plan.changes.iter().flat_map(|change| change.scopes.iter()).map(String::as_str).collect();
    scopes.sort_unstable();
    scopes.dedup();
    if !scopes.is_empty() {
        writer.led(1, "Permissions: ", &scopes.join(", "));
    }
    if plan.changes.len() >= LONG {
        writer.text(1, &format!("In all: {number}."));
    }
}

fn not_changed(writer: &mut LineWriter<'_>, plan: &Plan) {
    for reason in &plan.not_changed {
        writer.led(1, "Not changed: ", reason);
    }
}

/// The engine's own words stand below the author's, so that a title cannot hide what is sent.
fn change(writer: &mut LineWriter<'_>, change: &PlannedChange, is_reversibility_said: bool) {
    let risk = change.risk;
    if writer.style.is_words() {
        writer.text(0, &format!("Change {}. {} ({risk}).", change.number, change.title));
    } else {
        writer.led(1, &format!("{:>2}  ", change.number), &format!("{} ({risk})", change.title));
    }
    writer.text(5, &one_line(&format!("{} {}", change.method, change.path)));
    let names: Vec<String> = change.fields.iter().map(|field| one_line(&field.field)).collect();
    let width = names.iter().map(|name| wrap::columns(name)).max().unwrap_or(0).min(28);
    for (field, name) in change.fields.iter().zip(names) {
        let lead = if writer.style.is_words() { format!("{name}: ") } else { format!("{}  ", wrap::pad(&name, width)) };
        writer.led(7, &lead, &diff(writer, field));
    }
    if change.tier0 {
        writer.marked(5, Mark::Attention, "This is not an ordinary change. It needs your typed approval.");
    }
    match &change.irreversible {
        Some(reason) => writer.marked(5, Mark::Attention, &format!("cannot be rolled back: {reason}")),
        None if !is_reversibility_said => writer.text(5, "can be rolled back"),
        None => {}
    }
}

fn diff(writer: &LineWriter<'_>, field: &FieldDiff) -> String {
    let after = match &field.known_after {
        Some(known) => format!("({known})"),
        None => value::text(&field.after),
    };
    format!("{} {} {after}", value::text(&field.before), writer.style.arrow())
}

fn turn(affect: &Affect) -> String {
    let now = match affect.before {
        Some(true) => "passes now",
        Some(false) => "fails now",
        None => "not known now",
    };
    let then = match affect.after {
        Some(true) if affect.before == Some(true) => "will still pass",
        Some(true) => "will pass",
        Some(false) if affect.before == Some(false) => "will still fail",
        Some(false) => "will fail",
        None => "not known afterwards",
    };
    format!("{}: {now}, {then}", affect.id)
}
