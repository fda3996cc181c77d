//! Changes as they are made: each with what became of it, drift as a table.

use super::line_writer::LineWriter;
use super::{say, value, wrap};
use crate::ports::event::{ChangeFinished, ChangeOutcome, ChangeStarted, Drift};
use crate::ports::text::one_line;
use crate::ui::style::Mark;

/// Adds that a change begins, where no progress line shows it.
pub fn started(writer: &mut LineWriter<'_>, started: &ChangeStarted) {
    if !writer.style.live {
        let verb = if started.is_rollback { "Rolling back" } else { "Making" };
        writer.text(1, &format!("{verb} change {} of {}: {}", started.number, started.total, started.title));
    }
}

pub fn finished(writer: &mut LineWriter<'_>, finished: &ChangeFinished) {
    let words = words(finished);
    let text = if writer.style.is_words() {
        format!("Change {} of {}. {}: {words}.", finished.number, finished.total, finished.title)
    } else {
        format!("{:<2} {}: {words}", finished.number, finished.title)
    };
    writer.marked(1, mark(finished.outcome), &text);
    let below = writer.below(1) + 3;
    for line in &finished.lines {
        say::line(writer, below, line);
    }
    drift(writer, below, &finished.drift);
    if needs_ids(finished.outcome) && !finished.request_ids.is_empty() {
        writer.led(below, "request ids: ", &finished.request_ids.join(", "));
    }
}

fn words(finished: &ChangeFinished) -> &'static str {
    match (finished.outcome, finished.read_back) {
        (ChangeOutcome::Verified, true) => "verified by reading it back",
        (ChangeOutcome::RolledBack, true) => "rolled back, verified by reading it back",
        (other, _) => other.words(),
    }
}

fn mark(outcome: ChangeOutcome) -> Mark {
    match outcome {
        ChangeOutcome::Verified | ChangeOutcome::Accepted | ChangeOutcome::RolledBack => Mark::Good,
        ChangeOutcome::AppliedNotYetVisible | ChangeOutcome::RollbackRefused => Mark::Attention,
        ChangeOutcome::Skipped | ChangeOutcome::NotMade => Mark::Aside,
        ChangeOutcome::Unknown => Mark::Unknown,
        ChangeOutcome::Failed | ChangeOutcome::RollbackFailed => Mark::Bad,
    }
}

fn needs_ids(outcome: ChangeOutcome) -> bool {
    matches!(outcome, ChangeOutcome::Failed | ChangeOutcome::Unknown | ChangeOutcome::RollbackFailed)
}

const HEADINGS: [&str; 4] = ["field", "expected", "there now", "we wanted"];

/// Adds the drifted fields: a table where it fits, else one block a field.
fn drift(writer: &mut LineWriter<'_>, indent: usize, drift: &[Drift]) {
    if drift.is_empty() {
        return;
    }
    let rows: Vec<[String; 4]> = drift
        .iter()
        .map(|field| {
            [one_line(&field.field), value::text(&field.expected), value::text(&field.live), value::text(&field.wanted)]
        })
        .collect();
    let mut widths = HEADINGS.map(wrap::columns);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(wrap::columns(cell));
        }
    }
    let needed = indent + widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
    if writer.style.is_words() || writer.style.width.is_some_and(|width| needed > width) {
        for [field, expected, live, wanted] in &rows {
            if writer.style.is_words() {
                writer.text(0, &format!("{field}: expected {expected}, there now {live}, we wanted {wanted}."));
            } else {
                writer.text(indent, field);
                writer.led(indent + 2, "expected   ", expected);
                writer.led(indent + 2, "there now  ", live);
                writer.led(indent + 2, "we wanted  ", wanted);
            }
        }
        return;
    }
    let headings = HEADINGS.map(str::to_owned);
    for row in std::iter::once(&headings).chain(&rows) {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| wrap::pad(cell, width)).collect();
        writer.text(indent, &cells.join("  "));
    }
}
