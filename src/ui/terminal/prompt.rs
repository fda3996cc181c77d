//! Questions on a terminal that can move its cursor.
//!
//! Lists are drawn by dialoguer. Text is read by [`super::line_editor`], because dialoguer's input ignores Esc, loses
//! what was typed when it is refused, and miscounts lines that wrap; its confirmation takes a single key, so that a
//! `y` typed too early would change a tenant. Here yes is a `y` and Enter, and Enter alone is no.

use std::fmt;

use console::Term;
use dialoguer::Select;
use dialoguer::theme::Theme;

use super::keys::{Keys, Unanswered, unanswered};
use super::line_editor::{Echo, read_line};
use crate::ports::ui::{Choice, Form, Question, Reply};
use crate::ui::render::line_writer::LineWriter;
use crate::ui::render::wrap::wrap;
use crate::ui::streams;
use crate::ui::style::{Mark, Style, Tone};

/// Asks `question`, until it is answered or `interrupted` says that nobody waits for it. The cursor is visible again on
/// every way out.
pub fn ask(question: &Question, style: &Style, interrupted: &dyn Fn() -> bool) -> Result<Reply, Unanswered> {
    let term = Term::stderr();
    let keys = Keys::open(interrupted);
    let reply = match &question.form {
        Form::Text { suggest, may_skip } => text(question, style, &keys, &term, suggest.as_deref(), *may_skip),
        Form::Secret => secret(question, style, &keys, &term),
        Form::Choice { options, suggest } => choice(question, style, &keys, &term, options, *suggest),
        Form::YesNo => yes_no(question, style, &keys, &term),
        Form::Typed { word } => typed(question, style, &keys, &term, word),
        Form::Continue => wait_for_enter(question, style, &keys, &term),
    };
    let _ = term.show_cursor();
    reply
}

/// Writes what stands above the input line: help, a refusal's reason, the question with a remark, how to answer it.
fn introduce(question: &Question, style: &Style, remark: &str, hint: &str) {
    let mut lines = above(question, style);
    if question.retry.is_none() {
        lines.insert(0, String::new());
    }
    let mut prompt = wrap(" ", 1, &format!("{}{remark}", question.prompt), style.width);
    for line in &mut prompt {
        *line = style.paint(Tone::Strong, line);
    }
    lines.append(&mut prompt);
    if !hint.is_empty() {
        lines.append(&mut wrap("   ", 3, hint, style.width));
    }
    streams::lines_to_stderr(&lines);
}

/// Returns the help, or why the last answer was refused.
fn above(question: &Question, style: &Style) -> Vec<String> {
    let mut writer = LineWriter::new(style);
    match &question.retry {
        // The help still stands above.
        Some(retry) => writer.marked(1, Mark::Attention, &retry.reason),
        None => question.help.iter().for_each(|line| writer.text(1, line)),
    }
    writer.into_lines()
}

fn explain(style: &Style, text: &str) {
    let mut writer = LineWriter::new(style);
    writer.marked(1, Mark::Attention, text);
    streams::lines_to_stderr(&writer.into_lines());
}

fn text(
    question: &Question,
    style: &Style,
    keys: &Keys<'_>,
    term: &Term,
    suggest: Option<&str>,
    may_skip: bool,
) -> Result<Reply, Unanswered> {
    let hint = question.retry.as_ref().map_or("", |_| "Correct it, then press Enter. Ctrl-U clears the line.");
    introduce(question, style, if may_skip { " (leave it empty to skip)" } else { "" }, hint);
    let typed = question.retry.as_ref().map(|retry| retry.typed.as_str());
    let mut initial = typed.or(suggest).unwrap_or_default().to_owned();
    loop {
        let answer = read_line(term, keys, " > ", &initial, Echo::Shown)?;
        match answer.trim() {
            "" if may_skip => return Ok(Reply::Skipped),
            "" => explain(style, "Type an answer, then press Enter. Esc stops; nothing is changed by that."),
            answer => return Ok(Reply::Text(answer.to_owned())),
        }
        initial.clear();
    }
}

fn secret(question: &Question, style: &Style, keys: &Keys<'_>, term: &Term) -> Result<Reply, Unanswered> {
    introduce(question, style, " (what you type is not shown)", "");
    loop {
        let answer = read_line(term, keys, " > ", "", Echo::Hidden)?;
        if !answer.is_empty() {
            return Ok(Reply::Text(answer));
        }
        explain(style, "Type the secret, then press Enter. Esc stops.");
    }
}

fn choice(
    question: &Question,
    style: &Style,
    keys: &Keys<'_>,
    term: &Term,
    options: &[Choice],
    suggest: Option<usize>,
) -> Result<Reply, Unanswered> {
    let suggest = suggest.filter(|index| *index < options.len());
    // Without a suggestion nothing is highlighted, and dialoguer takes no Enter until an arrow key was pressed.
    let hint = match suggest {
        Some(_) => "Use Up and Down to choose, Enter to confirm, Esc to stop.",
        None => "Press Down to choose one, then Enter. Enter alone chooses nothing; Esc stops.",
    };
    introduce(question, style, "", hint);
    // Lines that dialoguer did not break itself would be left behind when it redraws.
    let width = style.width.map(|width| width.saturating_sub(4));
    let labels: Vec<String> = options.iter().map(|option| wrap("", 3, &option.label, width).join("\n")).collect();
    let look = Look { style };
    let select = Select::with_theme(&look).items(&labels).default(suggest.unwrap_or(usize::MAX)).report(false);
    // The list is drawn where its keys are read; from here on Ctrl-C is one of them.
    keys.still_wanted()?;
    let index = match select.interact_on_opt(term) {
        Ok(Some(index)) => index,
        Ok(None) => return Err(Unanswered::Escaped),
        Err(dialoguer::Error::IO(error)) => return Err(unanswered(&error)),
    };
    let Some(chosen) = options.get(index) else { return Err(Unanswered::Failed("no such choice".to_owned())) };
    streams::lines_to_stderr(&wrap(" > ", 3, &chosen.label, style.width));
    Ok(Reply::Text(chosen.value.clone()))
}

fn yes_no(question: &Question, style: &Style, keys: &Keys<'_>, term: &Term) -> Result<Reply, Unanswered> {
    let mut lines = above(question, style);
    let mut prompt =
        wrap(" ", 1, &format!("{} [y/N]", question.prompt), style.width.map(|width| width.saturating_sub(6)));
    let lead = prompt.pop().unwrap_or_default();
    lines.append(&mut prompt);
    streams::lines_to_stderr(&lines);
    let lead = format!("{} ", style.paint(Tone::Strong, &lead));
    loop {
        let answer = read_line(term, keys, &lead, "", Echo::Shown)?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(Reply::Yes),
            "" | "n" | "no" => return Ok(Reply::No),
            _ => explain(style, "Type `y` for yes or `n` for no. Enter alone means no."),
        }
    }
}

fn typed(question: &Question, style: &Style, keys: &Keys<'_>, term: &Term, word: &str) -> Result<Reply, Unanswered> {
    introduce(question, style, "", &format!("Type `{word}` to agree. Enter alone means no."));
    Ok(typed_reply(&read_line(term, keys, " > ", "", Echo::Shown)?))
}

/// Returns what was typed in the place of a word: nothing means no.
pub fn typed_reply(answer: &str) -> Reply {
    match answer.trim() {
        "" => Reply::No,
        typed => Reply::Text(typed.to_owned()),
    }
}

fn wait_for_enter(question: &Question, style: &Style, keys: &Keys<'_>, term: &Term) -> Result<Reply, Unanswered> {
    introduce(question, style, "", "");
    read_line(term, keys, " Press Enter > ", "", Echo::Hidden)?;
    Ok(Reply::Yes)
}

/// Our look of a list to choose from: our colors, and marks that every code page has. dialoguer's own colorful theme uses
/// glyphs that many Windows consoles lack and a bright black that many terminal themes make unreadable.
pub struct Look<'a> {
    pub style: &'a Style,
}

impl Theme for Look<'_> {
    fn format_select_prompt_item(&self, f: &mut dyn fmt::Write, text: &str, active: bool) -> fmt::Result {
        if active { write!(f, " > {}", self.style.paint(Tone::Strong, text)) } else { write!(f, "   {text}") }
    }
}
