//! Sentences, waits, notices and secrets that are shown once.

use super::sheet::Sheet;
use crate::ports::event::{Level, Line, Message, Notice, Reveal, Wait};
use crate::ui::style::Mark;

/// Adds a sentence by its level.
pub fn message(sheet: &mut Sheet<'_>, message: &Message) {
    match message.level {
        Level::Info => sheet.text(1, &message.text),
        Level::Warning => sheet.marked(1, Mark::Attention, &format!("Warning: {}", message.text)),
        Level::Problem => sheet.marked(1, Mark::Bad, &message.text),
        Level::Hint => sheet.led(1, "hint: ", &message.text),
    }
}

/// Adds a sentence of a finding, below its title.
pub fn line(sheet: &mut Sheet<'_>, indent: usize, line: &Line) {
    sheet.led(indent, lead(line.level), &line.text);
}

pub fn lead(level: Level) -> &'static str {
    match level {
        Level::Info | Level::Problem => "",
        Level::Warning => "warning: ",
        Level::Hint => "hint: ",
    }
}

/// Returns a text with a full stop, where it has none.
pub fn closed(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Adds why the program waits, where no progress line shows it.
pub fn wait(sheet: &mut Sheet<'_>, wait: &Wait) {
    if !sheet.style.live && wait.seconds >= 1.0 {
        sheet.text(1, &closed(&wait.reason));
    }
}

/// Adds a notice between two plain lines, with its sources.
pub fn notice(sheet: &mut Sheet<'_>, notice: &Notice) {
    sheet.gap();
    sheet.rule();
    sheet.marked(1, Mark::Attention, &format!("Notice `{}`", notice.id));
    sheet.text(1, &notice.text);
    for source in &notice.sources {
        sheet.led(1, "Source: ", source);
    }
    sheet.rule();
}

/// Adds a secret that is shown once.
pub fn reveal(sheet: &mut Sheet<'_>, reveal: &Reveal) {
    sheet.gap();
    sheet.rule();
    sheet.text(1, &format!("{}, shown only now:", reveal.label));
    sheet.text(3, &reveal.secret);
    sheet.rule();
}
