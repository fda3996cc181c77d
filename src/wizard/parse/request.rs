//! Paths and requests: literal segments, whole-segment placeholders in id positions, a short list of headers.

use std::ops::Range;

use super::file_parser::FileParser;
use crate::expr::{Expected, Names};
use crate::ports::http::Method;
use crate::wizard::diagnostic::Diagnostic;
use crate::wizard::document::{Placed, Table};
use crate::wizard::template::{PathTemplate, Piece, Segment, Template};

/// Headers that content may set; everything else is the engine's.
const HEADERS: [&str; 2] = ["ConsistencyLevel", "Prefer"];

impl FileParser<'_> {
    /// Reads a path such as `/v1.0/users/{{ admin.id }}`.
    pub fn path(&self, text: &Placed<String>, names: &Names) -> Option<PathTemplate> {
        self.path_from(text, 0, names)
    }

    /// Reads a method and a path: `POST /v1.0/groups`.
    pub fn request(&self, text: &Placed<String>, allowed: &[Method], names: &Names) -> Option<(Method, PathTemplate)> {
        let Some((word, path)) = text.value.split_once(' ').filter(|(_, path)| !path.trim().is_empty()) else {
            self.error(&text.range, "a request is a method and a path", "write \"POST /v1.0/…\"");
            return None;
        };
        let place = self.within(text, &(0..word.len()));
        let method = Method::parse(word).filter(|method| allowed.contains(method));
        if method.is_none() {
            let allowed: Vec<&str> = allowed.iter().map(|method| method.as_str()).collect();
            let title = match Method::parse(word) {
                Some(Method::Get) => "a request that reads does not belong here".to_owned(),
                Some(method) => format!("{method} does not fit here"),
                None => format!("`{word}` is not a method"),
            };
            self.error(&place, title, &format!("one of {}", allowed.join(", ")));
        }
        let offset = word.len() + 1 + (path.len() - path.trim_start().len());
        let path = self.path_from(text, offset, names);
        Some((method?, path?))
    }

    /// Reads a path that begins at a byte of a text.
    fn path_from(&self, text: &Placed<String>, from: usize, names: &Names) -> Option<PathTemplate> {
        let path = text.value.get(from..).unwrap_or_default();
        let whole = from..text.value.len();
        let refuse = |part: Range<usize>, title: &str, help: &str| {
            self.error(&self.within(text, &part), title, help);
            None
        };
        if path.contains("://") || path.starts_with("//") {
            return refuse(
                whole,
                "a path begins with /v1.0/ or /beta/; content may not name a host",
                "write only the path: \"/v1.0/users\"",
            );
        }
        if !path.starts_with('/') {
            return refuse(whole, "a path begins with /v1.0/ or /beta/", "");
        }
        let mut segments: Vec<(Range<usize>, Segment)> = Vec::new();
        let mut fits = true;
        let mut open: Option<Range<usize>> = None;
        let mut last_was_value = false;
        for (range, piece) in self.parts(text)? {
            match piece {
                Piece::Text(_) => {
                    let range = range.start.max(from)..range.end.max(from);
                    let literal = text.value.get(range.clone()).unwrap_or_default();
                    let mut at = range.start;
                    for (index, piece) in literal.split('/').enumerate() {
                        if index > 0 {
                            fits &= self.close(text, &mut open, last_was_value, &mut segments);
                            open = Some(at..at);
                            last_was_value = false;
                        }
                        if !piece.is_empty() {
                            if last_was_value {
                                return refuse(
                                    at..at + piece.len(),
                                    "a placeholder must fill its whole segment",
                                    "write /{{ … }}/",
                                );
                            }
                            open = Some(open.map_or(at, |open| open.start)..at + piece.len());
                        }
                        at += piece.len() + 1;
                    }
                }
                Piece::Value(expression) => {
                    // With its braces.
                    let before = text.value.get(..range.start).unwrap_or_default().trim_end().len();
                    let after = text.value.get(range.end..).and_then(|after| after.find("}}")).unwrap_or(0);
                    let outer = before.saturating_sub(2)..range.end + after + 2;
                    if last_was_value || open.as_ref().is_none_or(|open| !open.is_empty()) {
                        return refuse(outer, "a placeholder must fill its whole segment", "write /{{ … }}/");
                    }
                    fits &= self.id_position(text, &outer, &segments);
                    fits &= self.secret_free(text, range.start, &expression);
                    fits &= self.checked(text, range.start, &expression, names, Expected::Text).is_some();
                    segments.push((outer, Segment::Value(expression)));
                    open = None;
                    last_was_value = true;
                }
            }
        }
        fits &= self.close(text, &mut open, last_was_value, &mut segments);
        match segments.first() {
            Some((_, Segment::Literal(version))) if version == "v1.0" || version == "beta" => {}
            Some((range, _)) => return refuse(range.clone(), "a path begins with /v1.0/ or /beta/", ""),
            None => return refuse(whole, "a path begins with /v1.0/ or /beta/", ""),
        }
        if segments.len() < 2 {
            return refuse(whole, "the path names nothing", "");
        }
        fits.then(|| PathTemplate { segments: segments.into_iter().map(|(_, segment)| segment).collect() })
    }

    /// Ends a literal segment and checks it.
    fn close(
        &self,
        text: &Placed<String>,
        open: &mut Option<Range<usize>>,
        after_value: bool,
        segments: &mut Vec<(Range<usize>, Segment)>,
    ) -> bool {
        let Some(range) = open.take() else { return true };
        if after_value {
            return true;
        }
        let literal = text.value.get(range.clone()).unwrap_or_default();
        let wrong = match literal {
            "" => Some(("a segment of the path is empty", "remove the `/` too many")),
            "." | ".." => Some(("a path may not go up", "write the path from its start")),
            _ if literal.eq_ignore_ascii_case("$batch") => {
                Some(("content may not name `$batch`", "the engine packs reads into batches itself"))
            }
            _ if literal.contains('?') => {
                Some(("a path has no query", "use `query = { \"$filter\" = \"…\" }` of a read"))
            }
            _ if literal.contains('%') => {
                Some(("a path is written decoded", "write the character itself; the engine encodes it"))
            }
            _ if !literal.chars().all(|each| each.is_ascii_alphanumeric() || "._~@+'!$()=,:;&-".contains(each)) => {
                Some((
                    "this segment has a character that is not taken in a path",
                    "ASCII letters, digits and ._~@+'!$()=,:;&-",
                ))
            }
            _ => None,
        };
        if let Some((title, help)) = wrong {
            let place = if range.is_empty() { range.start..(range.start + 1).min(text.value.len()) } else { range };
            self.error(&self.within(text, &place), title, help);
            return false;
        }
        segments.push((range, Segment::Literal(literal.to_owned())));
        true
    }

    /// Checks that a placeholder stands where an id stands: after the literal name of a collection.
    fn id_position(&self, text: &Placed<String>, place: &Range<usize>, before: &[(Range<usize>, Segment)]) -> bool {
        let after_literal = matches!(before.last(), Some((_, Segment::Literal(_))));
        let fits = before.len() >= 2 && after_literal;
        if !fits {
            let title = "a placeholder may stand only for an id, after the name of a collection";
            let diagnostic = Diagnostic::error(self.file, self.within(text, place), title)
                .help("write the collection or property out, as in /v1.0/users/{{ … }}/manager")
                .note("whoever chooses this segment would choose what the request does");
            self.say(diagnostic);
        }
        fits
    }

    pub fn query(&self, query: &Table<Placed<String>>, names: &Names) -> Vec<(String, Template)> {
        let mut options = Vec::new();
        for (key, value) in &query.0 {
            let known = ["$select", "$filter", "$expand", "$orderby", "$top", "$count", "$search", "$format"];
            let plain = !key.is_empty() && key.chars().all(|each| each.is_ascii_alphanumeric() || "$_-".contains(each));
            if key.starts_with('$') && !known.contains(&key.value.as_str()) {
                let title = format!("`{}` is not a query option that content may use", key.value);
                let help = crate::wizard::diagnostic::did_you_mean(&key.value, known.iter().copied());
                self.say(Diagnostic::error(self.file, key.range.clone(), title).maybe_help(help));
            } else if !plain {
                self.error(&key.range, "the name of a query option is letters, digits, `$`, `_` and `-`", "");
            }
            self.quoted_placeholder(value);
            if let Some(template) = self.template(value, names) {
                options.push((key.value.clone(), template));
            }
        }
        options
    }

    /// Reports a placeholder that its author put into quotes: the engine adds them, and twice is wrong.
    fn quoted_placeholder(&self, value: &Placed<String>) {
        let text = &value.value;
        for (at, _) in text.match_indices("'{{") {
            let range = self.within(value, &(at..at + 3));
            self.error(
                &range,
                "leave out the quotes around `{{ }}` in a query",
                "the engine writes text as a quoted literal, with quotes inside doubled",
            );
        }
    }

    pub fn headers(&self, headers: &Table<Placed<String>>) -> Vec<(String, String)> {
        let mut read = Vec::new();
        for (name, value) in &headers.0 {
            match HEADERS.iter().find(|known| known.eq_ignore_ascii_case(&name.value)) {
                None => {
                    let title = format!("content may not set the header `{}`", name.value);
                    self.error(&name.range, title, "only ConsistencyLevel and Prefer");
                }
                Some(_)
                    if !value.chars().all(|each| each.is_ascii_graphic() || each == ' ') || value.contains("{{") =>
                {
                    self.error(&value.range, "the value of a header is plain ASCII text without placeholders", "");
                }
                Some(known) => read.push(((*known).to_owned(), value.value.clone())),
            }
        }
        read
    }

    /// Reads the statuses that mean success.
    pub fn expect(&self, statuses: &[Placed<u16>]) -> Vec<u16> {
        for status in statuses.iter().filter(|status| !(200..300).contains(&status.value)) {
            self.error(
                &status.range,
                "`expect` lists statuses of success, 200 to 299",
                "what another status means is said by [[on_status]]",
            );
        }
        statuses.iter().map(|status| status.value).collect()
    }

    pub fn pointer(&self, text: &Placed<String>) -> Option<String> {
        let fits = text.value.starts_with('/') && text.value.len() > 1 && text.value.len() <= 200;
        if !fits {
            self.error(&text.range, "this is not a JSON pointer", "write \"/id\" for the key `id` of the answer");
        }
        fits.then(|| text.value.clone())
    }

    /// Checks the characters of a path that is written to: no other spelling of a path may slip through the rules.
    pub fn written_path(&self, path: &PathTemplate, written: &Placed<String>, what: &str) {
        for segment in &path.segments {
            let Segment::Literal(text) = segment else { continue };
            let plain = text.chars().all(|each| each.is_ascii_alphanumeric() || "._~@+-".contains(each));
            if !plain && !["$ref", "$value"].contains(&text.as_str()) {
                let title = format!("`{text}` is not taken in the path of `{what}`");
                self.error(
                    &written.range,
                    title,
                    "a path that is written to is plain: /v1.0/users/{{ … }}, without functions or keys in brackets",
                );
            }
        }
    }
}
