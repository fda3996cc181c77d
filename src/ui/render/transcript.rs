//! The running text of one run: which lines each event adds.

use super::{change, check::Checks, line_writer::LineWriter, plan, say, start};
use crate::ports::Event;
use crate::ports::event::{CheckOutcome, Level};
use crate::ui::style::Style;

/// Turns events into lines, one after the other.
pub struct Transcript {
    style: Style,
    section: Section,
    checks: Checks,
    is_practice_said: bool,
    /// Whether something could not be found out or is blocked: an empty plan is then no good news.
    is_hindered: bool,
}

/// The part of the run whose heading was written last.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Section {
    Start,
    Check,
    Plan,
    Change,
    Rollback,
}

impl Transcript {
    pub fn new(style: Style) -> Self {
        Self { style, section: Section::Start, checks: Checks::default(), is_practice_said: false, is_hindered: false }
    }

    /// Returns the lines that `event` adds. The end of a run adds none here: it is the receipt, see [`super::finish`].
    pub fn add(&mut self, event: &Event) -> Vec<String> {
        let mut lines = if self.checks.belongs(event) { Vec::new() } else { self.flush() };
        let style = self.style.clone();
        let mut writer = LineWriter::new(&style);
        match event {
            Event::RunStarted(started) => {
                self.section = Section::Start;
                self.is_practice_said = started.practice;
                self.is_hindered = false;
                self.checks.begin();
                start::run_started(&mut writer, started);
            }
            Event::SignedIn(signed_in) => start::signed_in(&mut writer, signed_in, self.is_practice_said),
            Event::Progress(_) | Event::Update(_) | Event::RunFinished(_) => {}
            Event::Wait(wait) => say::wait(&mut writer, wait),
            Event::StepChecked(checked) => {
                // Some steps are checked again after the changes.
                self.is_hindered |= matches!(checked.outcome, CheckOutcome::Blocked | CheckOutcome::Unknown);
                let is_again = matches!(self.section, Section::Change | Section::Rollback);
                self.open(&mut writer, Section::Check, if is_again { "Check again" } else { "Check" });
                self.checks.add(&mut writer, checked);
            }
            Event::Plan(made) => {
                self.section = Section::Plan;
                plan::plan(&mut writer, made, self.is_hindered);
            }
            Event::ChangeStarted(started) => {
                let (section, heading) =
                    if started.is_rollback { (Section::Rollback, "Rollback") } else { (Section::Change, "Change") };
                self.open(&mut writer, section, heading);
                change::started(&mut writer, started);
            }
            Event::ChangeFinished(finished) => {
                if self.section != Section::Rollback {
                    self.open(&mut writer, Section::Change, "Change");
                }
                change::finished(&mut writer, finished);
            }
            Event::Notice(notice) => say::notice(&mut writer, notice),
            Event::Message(message) => {
                self.is_hindered |= message.level == Level::Problem;
                say::message(&mut writer, message);
            }
            Event::Reveal(reveal) => say::reveal(&mut writer, reveal),
        }
        lines.append(&mut writer.into_lines());
        lines
    }

    /// Returns the lines that are still held back, to be shown before a question or at the end.
    pub fn flush(&mut self) -> Vec<String> {
        let style = self.style.clone();
        let mut writer = LineWriter::new(&style);
        self.checks.flush(&mut writer);
        writer.into_lines()
    }

    fn open(&mut self, writer: &mut LineWriter<'_>, section: Section, heading: &str) {
        if self.section != section {
            self.section = section;
            writer.heading(heading);
        }
    }
}
