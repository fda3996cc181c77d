//! The receipt: the state of the tenant, and what to do now. The only thing that a human run writes to standard output.

use super::line_writer::{LineWriter, counted};
use crate::exit_code::ExitCode;
use crate::ports::event::RunFinished;
use crate::ui::style::{Mark, Style};

pub fn lines(finished: &RunFinished, style: &Style) -> Vec<String> {
    let mut writer = LineWriter::new(style);
    writer.gap();
    writer.marked(1, mark(finished.exit), &finished.state);
    let below = if style.is_words() { 0 } else { writer.below(1) };
    if finished.changed + finished.rolled_back > 0 {
        let made = counted(finished.changed, "change stands", "changes stand");
        let rolled_back =
            if finished.rolled_back > 0 { format!(", {} rolled back", finished.rolled_back) } else { String::new() };
        let proof = |count: usize, how: &str| if count > 0 { format!(", {count} {how}") } else { String::new() };
        let (read, answered) =
            (proof(finished.verified, "verified by reading back"), proof(finished.answered, "accepted, not read back"));
        writer.text(below, &format!("{made}{read}{answered}{rolled_back}."));
    }
    for next in &finished.next {
        writer.led(below, "Now: ", next);
    }
    if let Some(rollback) = &finished.rollback {
        writer.led(below, "Roll back: ", rollback);
    }
    if let Some(run) = &finished.run {
        writer.led(below, "Run: ", run);
    }
    if let Some(journal) = &finished.journal {
        writer.led(below, "Journal: ", journal);
    }
    if finished.exit != 0 {
        writer.text(below, &format!("Exit code {}.", finished.exit));
    }
    writer.into_lines()
}

fn mark(exit: u8) -> Mark {
    let is = |code: ExitCode| exit == code.number();
    if is(ExitCode::AsWanted) {
        Mark::Good
    } else if [
        ExitCode::ProblemsRemain,
        ExitCode::NotYetVisible,
        ExitCode::AnswersMissing,
        ExitCode::UpdateAvailable,
        ExitCode::Interrupted,
    ]
    .into_iter()
    .any(is)
    {
        Mark::Attention
    } else if is(ExitCode::OutcomeUnknown) {
        Mark::Unknown
    } else {
        Mark::Bad
    }
}
