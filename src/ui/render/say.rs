//! Sentences, waits, notices and secrets that are shown once.

use super::line_writer::LineWriter;
use crate::ports::event::{Level, Line, Message, Notice, Reveal, Wait};
use crate::ui::style::Mark;

/// Adds a sentence by its level.
pub fn message(writer: &mut LineWriter<'_>, message: &Message) {
    match message.level {
        Level::Info => writer.text(1, &message.text),
        Level::Warning => writer.marked(1, Mark::Attention, &format!("Warning: {}", message.text)),
        Level::Problem => writer.marked(1, Mark::Bad, &message.text),
        Level::Hint => writer.led(1, "hint: ", &message.text),
    }
}

/// Adds a sentence of a finding, below its title.
pub fn line(writer: &mut LineWriter<'_>, indent: usize, line: &Line) {
    writer.led(indent, lead(line.level), &line.text);
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
pub fn wait(writer: &mut LineWriter<'_>, wait: &Wait) {
    if !writer.style.live && wait.seconds >= 1.0 {
        writer.text(1, &closed(&wait.reason));
    }
}

/// Adds a notice between two plain lines, with its sources.
pub fn notice(writer: &mut LineWriter<'_>, notice: &Notice) {
    writer.gap();
    writer.rule();
    writer.marked(1, Mark::Attention, &format!("Notice `{}`", notice.id));
    writer.text(1, &notice.text);
    for source in &notice.sources {
        writer.led(1, "Source: ", source);
    }
    writer.rule();
}

/// Adds a secret that is shown once.
pub fn reveal(writer: &mut LineWriter<'_>, reveal: &Reveal) {
    writer.gap();
    writer.rule();
    writer.text(1, &format!("{}, shown only now:", reveal.label));
    writer.text(3, &reveal.secret);
    writer.rule();
}
