//! Checked steps: one block a step, the items of a repeated step together.
//!
//! Items that are as they should be are counted; all others are shown in full. Items that are left alone for the same
//! reason share one line.

use super::line_writer::{LineWriter, counted};
use super::say;
use crate::ports::Event;
use crate::ports::event::{CheckOutcome, Level, Line, StepChecked};
use crate::ports::terms::Severity;
use crate::ports::text::without_name;
use crate::ui::style::Mark;

/// The checked steps of a run: those that were shown, and the items that wait to be shown together.
#[derive(Default)]
pub struct Checks {
    // What does not take part is not shown, so the wizard's own numbers would have gaps.
    shown: Vec<String>,
    items: Vec<StepChecked>,
}

impl Checks {
    pub fn begin(&mut self) {
        self.shown.clear();
        self.items.clear();
    }

    /// Returns whether `event` may come while items are held back, without ending their group.
    pub fn belongs(&self, event: &Event) -> bool {
        match event {
            Event::Progress(_) | Event::Wait(_) => true,
            Event::StepChecked(checked) => {
                checked.key.is_some() && self.items.first().is_none_or(|first| first.step == checked.step)
            }
            _ => false,
        }
    }

    /// Adds a step, or holds an item back until its group is whole.
    pub fn add(&mut self, writer: &mut LineWriter<'_>, checked: &StepChecked) {
        if checked.key.is_some() {
            self.items.push(checked.clone());
        } else {
            self.step(writer, checked);
        }
    }

    /// Adds the items held back.
    pub fn flush(&mut self, writer: &mut LineWriter<'_>) {
        let items = std::mem::take(&mut self.items);
        match items.as_slice() {
            [] => {}
            [only] => self.step(writer, only),
            [first, ..] => self.group(writer, first, &items),
        }
    }

    fn step(&mut self, writer: &mut LineWriter<'_>, checked: &StepChecked) {
        let remark = match checked.outcome {
            // The mark says it already, where there is one.
            CheckOutcome::Ok if !writer.style.is_words() => String::new(),
            outcome => remark(outcome, checked.severity),
        };
        let title = self.numbered(writer, checked, &joined(&checked.title, &remark));
        writer.marked(1, mark(checked.outcome), &title);
        let below = writer.below(1) + if writer.style.is_words() { 0 } else { 3 };
        for line in &checked.lines {
            say::line(writer, below, line);
        }
        details(writer, below, checked);
    }

    fn group(&mut self, writer: &mut LineWriter<'_>, first: &StepChecked, items: &[StepChecked]) {
        let worst = items.iter().map(|item| item.outcome).max_by_key(|outcome| rank(*outcome));
        let title = joined(&shared_title(items), &tally(items));
        let title = self.numbered(writer, first, &title);
        writer.marked(1, mark(worst.unwrap_or(CheckOutcome::Ok)), &title);
        let below = writer.below(1) + 3;
        let shared = shared_lines(items);
        for item in items.iter().filter(|item| is_shown_alone(item)) {
            let own: Vec<&Line> =
                item.lines.iter().filter(|line| !shared.iter().any(|(known, _)| *known == *line)).collect();
            // What it shares with others is said once, below.
            if own.is_empty() && item.outcome == CheckOutcome::Ok {
                continue;
            }
            alone(writer, below, item, &own);
        }
        for (line, labels) in &shared {
            let outcome = if line.level == Level::Problem { Mark::Attention } else { Mark::Aside };
            let lead = if writer.style.is_words() { say::lead(line.level) } else { "" };
            writer.marked(below, outcome, &format!("{}: {lead}{}", labels.join(", "), line.text));
        }
        for (reason, labels) in left_alone(items) {
            let does = if labels.len() == 1 { "does" } else { "do" };
            let text = format!("{} {does} not apply: {reason}", labels.join(", "));
            writer.marked(below, mark(CheckOutcome::NotApplicable), &text);
        }
    }

    /// Returns a title behind the step's number among those that are shown; a step that is checked again keeps its own.
    fn numbered(&mut self, writer: &LineWriter<'_>, checked: &StepChecked, title: &str) -> String {
        let at = self.shown.iter().position(|step| *step == checked.step).unwrap_or_else(|| {
            self.shown.push(checked.step.clone());
            self.shown.len() - 1
        });
        let number = at + 1;
        if writer.style.is_words() { format!("Step {number}. {title}.") } else { format!("{number:<2} {title}") }
    }
}

/// Adds one item of a group: its label, with the sentence beside it when there is only one, else each on its own line.
fn alone(writer: &mut LineWriter<'_>, indent: usize, item: &StepChecked, lines: &[&Line]) {
    let outcome = match item.outcome {
        CheckOutcome::Ok => "",
        // The mark says it, where there is one.
        CheckOutcome::Problem if !writer.style.is_words() => "",
        other => words(other),
    };
    let label = label(item);
    let below = writer.below(indent);
    match lines {
        // A screen reader reads line by line: what belongs together stays on one.
        _ if writer.style.is_words() || lines.len() < 2 => {
            let is_words = writer.style.is_words();
            let text = lines.iter().map(|line| {
                let lead = if is_words { say::lead(line.level) } else { "" };
                format!("{lead}{}", if is_words { say::closed(&line.text) } else { line.text.clone() })
            });
            let parts: Vec<String> =
                std::iter::once(outcome.to_owned()).chain(text).filter(|part| !part.is_empty()).collect();
            let text = if parts.is_empty() { label.to_owned() } else { format!("{label}: {}", parts.join(" ")) };
            writer.marked(indent, mark(item.outcome), &text);
        }
        _ => {
            let head = if outcome.is_empty() { label.to_owned() } else { format!("{label}: {outcome}") };
            writer.marked(indent, mark(item.outcome), &head);
            for line in lines {
                say::line(writer, below, line);
            }
        }
    }
    details(writer, below, item);
}

/// Returns the warnings that several items share, each with the items' labels: they are said once, with the names.
fn shared_lines(items: &[StepChecked]) -> Vec<(&Line, Vec<&str>)> {
    let mut lines: Vec<(&Line, Vec<&str>)> = Vec::new();
    for item in items.iter().filter(|item| is_shown_alone(item)) {
        for line in item.lines.iter().filter(|line| line.level == Level::Warning) {
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, labels)) => labels.push(label(item)),
                None => lines.push((line, vec![label(item)])),
            }
        }
    }
    lines.retain(|(_, labels)| labels.len() > 1);
    lines
}

/// Where to go on, and what Microsoft's support asks for.
fn details(writer: &mut LineWriter<'_>, indent: usize, checked: &StepChecked) {
    if let Some(link) = &checked.link {
        writer.led(indent, "by hand: ", link);
    }
    if !checked.request_ids.is_empty() {
        writer.led(indent, "request ids: ", &checked.request_ids.join(", "));
    }
}

fn remark(outcome: CheckOutcome, severity: Severity) -> String {
    match outcome {
        CheckOutcome::Problem if severity == Severity::Info => "problem".to_owned(),
        CheckOutcome::Problem => format!("problem, severity {severity}"),
        other => words(other).trim_end_matches('.').to_owned(),
    }
}

/// Returns a title with a remark behind it; a title that ends with a mark of its own gets no colon.
fn joined(title: &str, remark: &str) -> String {
    let title = title.trim_end();
    let is_sentence = title.ends_with(['?', '!', '.', ':']) && !title.ends_with("...");
    match remark {
        "" => title.to_owned(),
        _ if is_sentence => format!("{title} {remark}"),
        _ => format!("{title}: {remark}"),
    }
}

fn words(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Ok => "ok.",
        CheckOutcome::Problem => "problem.",
        CheckOutcome::NotApplicable => "does not apply.",
        CheckOutcome::Blocked => "blocked.",
        CheckOutcome::Unknown => "could not be found out.",
    }
}

fn mark(outcome: CheckOutcome) -> Mark {
    match outcome {
        CheckOutcome::Ok => Mark::Good,
        CheckOutcome::Problem => Mark::Attention,
        CheckOutcome::NotApplicable => Mark::Aside,
        CheckOutcome::Blocked => Mark::Bad,
        CheckOutcome::Unknown => Mark::Unknown,
    }
}

/// How urgently an outcome needs the reader: the worst one marks a group.
fn rank(outcome: CheckOutcome) -> u8 {
    match outcome {
        CheckOutcome::NotApplicable => 0,
        CheckOutcome::Ok => 1,
        CheckOutcome::Unknown => 2,
        CheckOutcome::Blocked => 3,
        CheckOutcome::Problem => 4,
    }
}

fn tally(items: &[StepChecked]) -> String {
    let count = |outcome| items.iter().filter(|item| item.outcome == outcome).count();
    let ready = count(CheckOutcome::Ok);
    let are = if ready == 1 { "is" } else { "are" };
    let mut parts = vec![format!("{ready} of {} {are} ready", items.len())];
    let mut more = |number: usize, text: String| {
        if number > 0 {
            parts.push(text);
        }
    };
    let problems = count(CheckOutcome::Problem);
    more(problems, counted(problems, "has a problem", "have a problem"));
    let blocked = count(CheckOutcome::Blocked);
    more(blocked, counted(blocked, "is blocked", "are blocked"));
    let unknown = count(CheckOutcome::Unknown);
    more(unknown, format!("{unknown} could not be found out"));
    let aside = count(CheckOutcome::NotApplicable);
    more(aside, counted(aside, "does not apply", "do not apply"));
    parts.join(", ")
}

fn is_shown_alone(item: &StepChecked) -> bool {
    let says_more = item.lines.iter().any(|line| line.level != Level::Info);
    match item.outcome {
        CheckOutcome::Ok => says_more,
        CheckOutcome::NotApplicable => false,
        CheckOutcome::Problem | CheckOutcome::Blocked | CheckOutcome::Unknown => true,
    }
}

/// Returns the reasons why items do not apply, each with the items' labels, in order of first sight.
fn left_alone(items: &[StepChecked]) -> Vec<(String, Vec<&str>)> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for item in items.iter().filter(|item| item.outcome == CheckOutcome::NotApplicable) {
        let reason: Vec<&str> = item.lines.iter().map(|line| line.text.as_str()).collect();
        let mut reason = reason.join(" ");
        if let Some(link) = &item.link {
            reason = format!("{reason} {link}");
        }
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, labels)) => labels.push(label(item)),
            None => reasons.push((reason, vec![label(item)])),
        }
    }
    reasons
}

fn label(item: &StepChecked) -> &str {
    item.label.as_deref().or(item.key.as_deref()).unwrap_or(&item.title)
}

/// Returns the title that all items share: their own label, and the word that leads to it, are left out of it.
fn shared_title(items: &[StepChecked]) -> String {
    let mut titles = items.iter().map(|item| match item.title.split_once(label(item)) {
        Some((before, after)) if !label(item).is_empty() => without_name(before, after),
        _ => item.title.clone(),
    });
    let first = titles.next().unwrap_or_default();
    if !first.is_empty() && titles.all(|title| title == first) {
        return first;
    }
    // Titles that name more than the label share their first words.
    let mut shared = items.first().map(|item| item.title.as_str()).unwrap_or_default();
    let first = shared;
    for item in items {
        while !item.title.strip_prefix(shared).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) {
            shared = shared.rsplit_once(' ').map_or("", |(words, _)| words);
            if shared.is_empty() {
                return first.to_owned();
            }
        }
    }
    without_name(shared, "")
}
