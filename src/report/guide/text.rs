//! The guide as plain text: 80 columns for prose, commands on lines of their own, so that they can be copied whole.

use super::page::{Entry, Page, Section};
use crate::ports::text::one_line;

const WIDTH: usize = 80;

pub(super) fn write(page: &Page) -> String {
    let mut out = String::new();
    let title = one_line(&format!("Let me fix it myself: {}", page.title));
    out.push_str(&title);
    out.push('\n');
    out.push_str(&"=".repeat(title.chars().count().min(WIDTH)));
    out.push('\n');
    paragraph(&mut out, "", "", &page.summary);
    paragraph(&mut out, "", "", &super::page::origin(page));
    if let Some(docs) = &page.docs {
        paragraph(&mut out, "More: ", "      ", docs);
    }
    if let Some(connect) = &page.connect {
        out.push('\n');
        paragraph(&mut out, "", "", "Before the first PowerShell line:");
        lines(&mut out, "  ", connect);
    }
    for section in &page.sections {
        write_section(&mut out, section);
    }
    out
}

fn write_section(out: &mut String, section: &Section) {
    out.push('\n');
    let number = format!("{}. ", section.number);
    paragraph(out, &number, &" ".repeat(number.len()), &section.title);
    paragraph(out, "   ", "   ", &section.why);
    if let Some(note) = &section.note {
        out.push('\n');
        paragraph(out, "   Note: ", "         ", note);
    }
    for entry in &section.entries {
        write_entry(out, entry);
    }
    if let Some(docs) = &section.docs {
        out.push('\n');
        paragraph(out, "   More: ", "         ", docs);
    }
}

fn write_entry(out: &mut String, entry: &Entry) {
    let mut part = |heading: &str, indent: &str, text: &str| paragraph(out, heading, indent, text);
    if let Some(label) = &entry.label {
        part("\n   -- ", "      ", label);
    }
    if let Some(instruction) = &entry.instruction {
        part("\n   To do: ", "          ", instruction);
    }
    if let Some(link) = &entry.link {
        part("   Where: ", "          ", link);
    }
    if !entry.portal.is_empty() {
        part("\n   In the portal: ", "     ", &entry.portal.join(" > "));
    }
    if let Some(powershell) = &entry.powershell {
        out.push_str("\n   In PowerShell:\n");
        lines(out, "     ", powershell);
    }
    if let Some(retired) = &entry.retired {
        out.push_str("\n   Instead of the retired:\n");
        lines(out, "     ", retired);
    }
    if let Some(note) = &entry.note {
        out.push('\n');
        paragraph(out, "   Note: ", "         ", note);
    }
    for (index, sentence) in entry.afterwards.iter().enumerate() {
        if index == 0 {
            out.push('\n');
        }
        paragraph(out, "   Afterwards: ", "     ", sentence);
    }
}

/// Writes a command as it is, each of its lines indented and none wrapped.
fn lines(out: &mut String, indent: &str, command: &str) {
    for line in command.lines() {
        out.push_str(indent);
        out.push_str(&one_line(line));
        out.push('\n');
    }
}

/// Writes prose, wrapped at blanks; a word longer than the line stays whole.
fn paragraph(out: &mut String, first: &str, rest: &str, text: &str) {
    out.push_str(first);
    let mut column = first.trim_start_matches('\n').chars().count();
    let mut at_start = true;
    for word in one_line(text).split(' ').filter(|word| !word.is_empty()) {
        let width = word.chars().count();
        if !at_start && column + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(rest);
            column = rest.chars().count();
            at_start = true;
        }
        if !at_start {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
        at_start = false;
    }
    out.push('\n');
}
