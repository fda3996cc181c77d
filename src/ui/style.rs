//! How things look: glyphs, colors and width, as plain values that the pure rendering takes.
//!
//! Color never carries meaning alone: each mark is also a glyph or a word. Only the 16 colors that every terminal
//! theme defines are used, and no dim gray, which many themes make unreadable.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    pub glyphs: Glyphs,
    /// Whether escape sequences for color may be written. Never for a stream that is not a terminal.
    pub color: bool,
    /// The columns that lines are wrapped to; `None` leaves wrapping to the reader.
    pub width: Option<usize>,
    /// Whether a progress line is drawn below, so that "change 1 of 2 begins" needs no line of its own.
    pub live: bool,
}

/// The marks before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// `✔ ! – ? ✘`
    Utf8,
    /// `[OK] [!!] [--] [??] [XX]`
    Ascii,
    /// No marks and no indentation: words, for a screen reader.
    Words,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// As it should be, or done.
    Good,
    /// Needs attention.
    Attention,
    /// Does not apply, or was left alone.
    Aside,
    /// Not known.
    Unknown,
    /// Blocked, refused or failed.
    Bad,
}

/// One of the 16 colors, or bold, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Green.
    Good,
    /// Yellow.
    Attention,
    /// Red.
    Bad,
    /// Cyan.
    Aside,
    /// Bold.
    Strong,
}

impl Style {
    /// Returns the look of a stream that is not a terminal: ASCII marks, no escapes, no wrapping.
    pub fn plain() -> Self {
        Self { glyphs: Glyphs::Ascii, color: false, width: None, live: false }
    }

    /// Returns whether this is the look for a screen reader.
    pub fn is_words(&self) -> bool {
        self.glyphs == Glyphs::Words
    }

    /// Returns `text` in `tone`, or as it is where there is no color.
    ///
    /// Only to be called with text that is already visible and wrapped.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => 32,
            Tone::Attention => 33,
            Tone::Bad => 31,
            Tone::Aside => 36,
            Tone::Strong => 1,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Returns the glyph of `mark`; empty in words.
    pub fn glyph(&self, mark: Mark) -> &'static str {
        match (self.glyphs, mark) {
            (Glyphs::Words, _) => "",
            (Glyphs::Ascii, Mark::Good) => "[OK]",
            (Glyphs::Ascii, Mark::Attention) => "[!!]",
            (Glyphs::Ascii, Mark::Aside) => "[--]",
            (Glyphs::Ascii, Mark::Unknown) => "[??]",
            (Glyphs::Ascii, Mark::Bad) => "[XX]",
            (Glyphs::Utf8, Mark::Good) => "✔",
            (Glyphs::Utf8, Mark::Attention) => "!",
            (Glyphs::Utf8, Mark::Aside) => "–",
            (Glyphs::Utf8, Mark::Unknown) => "?",
            (Glyphs::Utf8, Mark::Bad) => "✘",
        }
    }

    /// Returns the arrow between a value before and after.
    pub fn arrow(&self) -> &'static str {
        match self.glyphs {
            Glyphs::Utf8 => "→",
            Glyphs::Ascii => "->",
            Glyphs::Words => "becomes",
        }
    }
}

impl Mark {
    /// Returns the color of the mark's glyph.
    pub fn tone(self) -> Tone {
        match self {
            Self::Good => Tone::Good,
            Self::Attention | Self::Unknown => Tone::Attention,
            Self::Aside => Tone::Aside,
            Self::Bad => Tone::Bad,
        }
    }
}
