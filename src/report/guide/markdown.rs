//! The guide as Markdown. Every text is escaped, so that a name from the directory can be no markup and no link.

use std::fmt::Write as _;

use super::page::{Entry, Page, Section};
use crate::ports::text::{one_line, visible};

pub(super) fn write(page: &Page) -> String {
    let mut out = String::new();
    line(&mut out, &format!("# Let me fix it myself: {}", escape(&page.title)));
    line(&mut out, &escape(&page.summary));
    line(&mut out, &escape(&super::page::origin(page)));
    if let Some(docs) = &page.docs {
        line(&mut out, &format!("More: {}", link(docs)));
    }
    if let Some(connect) = &page.connect {
        line(&mut out, "Before the first PowerShell line:");
        fence(&mut out, connect);
    }
    for section in &page.sections {
        write_section(&mut out, section);
    }
    let length = out.trim_end().len();
    out.truncate(length);
    out.push('\n');
    out
}

fn write_section(out: &mut String, section: &Section) {
    line(out, &format!("## {}. {}", section.number, escape(&section.title)));
    line(out, &escape(&section.why));
    if let Some(note) = &section.note {
        line(out, &format!("**Note:** {}", escape(note)));
    }
    for entry in &section.entries {
        write_entry(out, entry);
    }
    if let Some(docs) = &section.docs {
        line(out, &format!("More: {}", link(docs)));
    }
}

fn write_entry(out: &mut String, entry: &Entry) {
    if let Some(label) = &entry.label {
        line(out, &format!("### {}", escape(label)));
    }
    if let Some(instruction) = &entry.instruction {
        line(out, &format!("**To do:** {}", escape(instruction)));
    }
    if let Some(place) = &entry.link {
        line(out, &format!("**Where:** {}", link(place)));
    }
    if !entry.portal.is_empty() {
        let stops: Vec<String> = entry.portal.iter().map(|stop| escape(stop)).collect();
        line(out, &format!("**In the portal:** {}", stops.join(" → ")));
    }
    if let Some(powershell) = &entry.powershell {
        line(out, "**In PowerShell:**");
        fence(out, powershell);
    }
    if let Some(retired) = &entry.retired {
        line(out, "**Instead of the retired:**");
        fence(out, retired);
    }
    if let Some(note) = &entry.note {
        line(out, &format!("**Note:** {}", escape(note)));
    }
    for sentence in &entry.afterwards {
        line(out, &format!("**Afterwards:** {}", escape(sentence)));
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push_str("\n\n");
}

/// Writes a code block whose fence is longer than any run of backticks inside it.
fn fence(out: &mut String, code: &str) {
    let code = visible(code);
    let longest = code.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = write!(out, "{fence}powershell\n{code}\n{fence}\n\n");
}

/// Returns text in which no character can start markup, an HTML tag, an entity or a bare link.
fn escape(text: &str) -> String {
    let text = one_line(text);
    let mut escaped = String::with_capacity(text.len());
    let mut before_blank = true;
    for (at, character) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        let starts_line = escaped.is_empty() && matches!(character, '-' | '+' | '=' | ':');
        let ends_number =
            matches!(character, '.' | ')') && !escaped.is_empty() && escaped.chars().all(|c| c.is_ascii_digit());
        let is_markup = "\\`*_{}[]<>()#!|~&$^@".contains(character);
        // `www.` and `scheme://` become links on their own in many renderers.
        let is_bare_link = character == ':' && rest.starts_with("://")
            || character == '.' && escaped.to_ascii_lowercase().ends_with("www");
        if starts_line || ends_number || is_markup || is_bare_link {
            escaped.push('\\');
        }
        if !(character == ' ' && before_blank) {
            escaped.push(character);
        }
        before_blank = character == ' ';
    }
    escaped
}

/// Returns a link for an `https` address, and escaped text for anything else.
fn link(address: &str) -> String {
    let is_plain = address.chars().all(|c| c.is_ascii_graphic() && !"<>\\`".contains(c));
    if address.starts_with("https://") && is_plain { format!("<{address}>") } else { escape(address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_become_markup() {
        assert_eq!(
            escape("*a* _b_ `c` <b>d</b> [e](https://f)"),
            "\\*a\\* \\_b\\_ \\`c\\` \\<b\\>d\\</b\\> \\[e\\]\\(https\\://f\\)"
        );
        assert_eq!(escape("1. x\n# y"), "1\\. x \\# y");
        assert_eq!(escape("- x"), "\\- x");
        assert_eq!(escape("www.example.net & \u{1b}[0m"), "www\\.example.net \\& \\\\u\\{1b\\}\\[0m");
    }

    #[test]
    fn only_https_addresses_become_links() {
        assert_eq!(link("https://a.example/b#c"), "<https://a.example/b#c>");
        assert_eq!(link("javascript:alert(1)"), "javascript:alert\\(1\\)");
        assert_eq!(link("https://a.example/<script>"), "https\\://a.example/\\<script\\>");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut out = String::new();
        fence(&mut out, "Write-Host '```'");
        assert_eq!(out, "````powershell\nWrite-Host '```'\n````\n\n");
    }
}
