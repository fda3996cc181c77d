//! The guide as one HTML page: no script, no resource from elsewhere, readable on a dark screen and on paper.
//!
//! The page's own policy forbids scripts, forms and every fetch; of styles it allows only the one below, by its hash.

use std::fmt::Write as _;

use base64::Engine as _;

use super::page::{Entry, Page, Section};
use crate::ports::text::{one_line, visible};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8886; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { font-size: 1rem; margin-top: 1.75rem; overflow-wrap: anywhere; }
pre { background: var(--soft); border: 1px solid var(--line); padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
a, p { overflow-wrap: anywhere; }
@media print {
  body { font-size: 11pt; max-width: none; margin: 0; color: #000; background: #fff; }
  h2, h3 { break-after: avoid; }
  pre, p { break-inside: avoid; }
  a { color: inherit; }
}
";

pub(super) fn write(page: &Page) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(digest.as_ref());
    let title = escape(&page.title);
    let mut out = String::new();
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Let me fix it myself: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Let me fix it myself: {title}</h1>\n"
    );
    paragraph(&mut out, None, &escape(&page.summary));
    paragraph(&mut out, None, &escape(&super::page::origin(page)));
    if let Some(docs) = &page.docs {
        paragraph(&mut out, Some("More"), &link(docs));
    }
    if let Some(connect) = &page.connect {
        paragraph(&mut out, None, "Before the first PowerShell line:");
        code(&mut out, connect);
    }
    for section in &page.sections {
        write_section(&mut out, section);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn write_section(out: &mut String, section: &Section) {
    let _ = writeln!(out, "<section>\n<h2>{}. {}</h2>", section.number, escape(&section.title));
    paragraph(out, None, &escape(&section.why));
    if let Some(note) = &section.note {
        paragraph(out, Some("Note"), &escape(note));
    }
    for entry in &section.entries {
        write_entry(out, entry);
    }
    if let Some(docs) = &section.docs {
        paragraph(out, Some("More"), &link(docs));
    }
    out.push_str("</section>\n");
}

fn write_entry(out: &mut String, entry: &Entry) {
    if let Some(label) = &entry.label {
        let _ = writeln!(out, "<h3>{}</h3>", escape(label));
    }
    if let Some(instruction) = &entry.instruction {
        paragraph(out, Some("To do"), &escape(instruction));
    }
    if let Some(place) = &entry.link {
        paragraph(out, Some("Where"), &link(place));
    }
    if !entry.portal.is_empty() {
        let stops: Vec<String> = entry.portal.iter().map(|stop| escape(stop)).collect();
        paragraph(out, Some("In the portal"), &stops.join(" &rarr; "));
    }
    if let Some(powershell) = &entry.powershell {
        paragraph(out, Some("In PowerShell"), "");
        code(out, powershell);
    }
    if let Some(retired) = &entry.retired {
        paragraph(out, Some("Instead of the retired"), "");
        code(out, retired);
    }
    if let Some(note) = &entry.note {
        paragraph(out, Some("Note"), &escape(note));
    }
    for sentence in &entry.afterwards {
        paragraph(out, Some("Afterwards"), &escape(sentence));
    }
}

/// Writes a paragraph of HTML that is escaped already.
fn paragraph(out: &mut String, heading: Option<&str>, html: &str) {
    let _ = match heading {
        Some(heading) if html.is_empty() => writeln!(out, "<p><strong>{heading}:</strong></p>"),
        Some(heading) => writeln!(out, "<p><strong>{heading}:</strong> {html}</p>"),
        None => writeln!(out, "<p>{html}</p>"),
    };
}

fn code(out: &mut String, text: &str) {
    let _ = writeln!(out, "<pre><code>{}</code></pre>", escape_lines(&visible(text)));
}

fn escape(text: &str) -> String {
    escape_lines(&one_line(text))
}

fn escape_lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Returns a link for an `https` address, and escaped text for anything else.
fn link(address: &str) -> String {
    let shown = escape(address);
    if address.starts_with("https://") { format!("<a rel=\"noreferrer\" href=\"{shown}\">{shown}</a>") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_become_markup() {
        assert_eq!(escape("<b onclick='x'>\"&\n"), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp; ");
    }

    #[test]
    fn only_https_addresses_become_links() {
        assert_eq!(link("javascript:alert(1)"), "javascript:alert(1)");
        assert_eq!(
            link("https://a.example/\"x"),
            "<a rel=\"noreferrer\" href=\"https://a.example/&quot;x\">https://a.example/&quot;x</a>"
        );
    }
}
