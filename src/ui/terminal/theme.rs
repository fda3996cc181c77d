//! dialoguer's prompts in our look: our colours, and marks that every code page has.
//!
//! dialoguer's own colourful theme uses glyphs that many Windows consoles lack and a bright black that many terminal
//! themes make unreadable.

use std::fmt;

use dialoguer::theme::Theme;

use crate::ui::style::{Style, Tone};

/// Our look of a list to choose from. The question itself is written above by [`super::prompt`].
pub struct Look<'a> {
    pub style: &'a Style,
}

impl Theme for Look<'_> {
    fn format_select_prompt_item(&self, f: &mut dyn fmt::Write, text: &str, active: bool) -> fmt::Result {
        if active { write!(f, " > {}", self.style.paint(Tone::Strong, text)) } else { write!(f, "   {text}") }
    }
}
