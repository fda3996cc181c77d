//! Text, paths and bodies with `{{ }}` placeholders. They are never joined as text where structure matters: a path
//! is a list of segments, a body is a tree of typed values.

use serde_json::{Value, json};

use super::expression::{
    Complaint, Evaluated, EvaluationError, Expected, Expression, HOLE, HOLED_TEXT, Known, Names, RESERVED, Scope,
    end_of_placeholder,
};
pub use super::expression::{odata_literal, powershell_literal, show_value};

/// Text with placeholders.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
    /// Where each piece's text or expression begins in the text as written, in bytes.
    offsets: Vec<usize>,
}

/// A text as it turned out.
#[derive(Debug, Clone, PartialEq)]
pub enum Rendered {
    /// Its text.
    Text(String),
    /// Texts and holes (`{"$captured": …}`) in order, to be joined when the holes are filled.
    WithHoles(Vec<Value>),
    /// It needs asks that have no answer: their names.
    Unanswered(Vec<String>),
    /// It needs something that has not been read yet.
    NotYet,
    /// It computes with a value that is known only after an earlier change.
    Consumed {
        /// The change whose answer it needs.
        of: String,
    },
}

/// A path as it turned out, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathOutcome {
    /// Its segments.
    Ready(Vec<String>),
    /// Its segments, some of them holes.
    WithHoles(Vec<PathPart>),
    /// It needs asks that have no answer: their names.
    Unanswered(Vec<String>),
    /// It needs something that has not been read yet.
    NotYet,
    /// It computes with a value that is known only after an earlier change.
    Consumed {
        /// The change whose answer it needs.
        of: String,
    },
}

/// A segment of a path with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPart {
    /// A segment, decoded.
    Text(String),
    /// A segment that is known only from the answer to an earlier change.
    Hole {
        /// The change's id.
        of: String,
        /// The JSON pointer into its answer.
        pointer: String,
    },
}

/// A piece of a text.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A placeholder.
    Value(Expression),
}

/// A Graph path: literal segments and whole-segment placeholders in id positions.
#[derive(Debug, Clone)]
pub struct PathTemplate {
    /// The segments in order; the first is `v1.0` or `beta`.
    pub segments: Vec<Segment>,
}

/// A segment of a path.
#[derive(Debug, Clone)]
pub enum Segment {
    /// A literal segment, decoded.
    Literal(String),
    /// A placeholder that fills the whole segment.
    Value(Expression),
}

/// A body: JSON whose texts may hold placeholders. A text that is exactly one placeholder keeps the value's type.
#[derive(Debug, Clone)]
pub enum JsonTemplate {
    /// A literal that is no text.
    Literal(serde_json::Value),
    /// A text.
    Text(Template),
    /// A list.
    List(Vec<Self>),
    /// An object, in order.
    Object(Vec<(String, Self)>),
}

impl Template {
    /// Parses a text with placeholders. Ranges of a complaint are relative to the text.
    pub fn parse(text: &str) -> Result<Self, Complaint> {
        let mut template = Self::default();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let brace = rest
                .match_indices('{')
                .map(|(offset, _)| offset)
                .find(|offset| rest.get(offset + 1..).is_some_and(|after| after.starts_with(['{', '%', '#'])));
            let literal = brace.unwrap_or(rest.len());
            if literal > 0 {
                template.push(at, Piece::Text(rest.get(..literal).unwrap_or_default().to_owned()));
            }
            let Some(brace) = brace else { break };
            let open = at + brace;
            if !text.get(open..).is_some_and(|here| here.starts_with("{{")) {
                return Err(Complaint::new(open..open + 2, "a text has placeholders, but no blocks and no comments")
                    .help("write a value as `{{ … }}`"));
            }
            let inner = open + 2;
            let Some(end) = end_of_placeholder(text, inner) else {
                return Err(Complaint::new(open..inner, "this placeholder has no end").help("close it with `}}`"));
            };
            let written = text.get(inner..end).unwrap_or_default();
            let start = inner + (written.len() - written.trim_start().len());
            let expression = Expression::parse(written.trim()).map_err(|complaint| complaint.shifted(start))?;
            template.push(start, Piece::Value(expression));
            at = end + 2;
        }
        Ok(template)
    }

    fn push(&mut self, offset: usize, piece: Piece) {
        self.pieces.push(piece);
        self.offsets.push(offset);
    }

    /// Says where the text stands, for errors while it is rendered.
    #[must_use]
    pub fn located(mut self, place: &str) -> Self {
        for piece in &mut self.pieces {
            if let Piece::Value(expression) = piece {
                *expression = expression.clone().located(place);
            }
        }
        self
    }

    /// Checks every placeholder against the names that are declared; ranges are relative to the text.
    pub fn check(&self, names: &Names) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for (piece, offset) in self.pieces.iter().zip(&self.offsets) {
            if let Piece::Value(expression) = piece {
                let found = expression.check(names, Expected::Anything).1;
                complaints.extend(found.into_iter().map(|complaint| complaint.shifted(*offset)));
            }
        }
        complaints
    }

    /// Renders the text, each value as `write` puts it down.
    pub fn render(&self, scope: &Scope, write: &dyn Fn(&Known) -> String) -> Result<Rendered, EvaluationError> {
        self.render_with(scope, &|_, known| Ok(write(known)))
    }

    /// Renders the text for people, whatever is known: `<name>` stands for an answer that is missing, `…` for what
    /// has not been read, the placeholder itself for what cannot be evaluated.
    pub fn show(&self, scope: &Scope) -> String {
        self.show_as(scope, &show_value)
    }

    /// Renders the text for people as [`Self::show`] does, each value as `write` puts it down.
    pub fn show_as(&self, scope: &Scope, write: &dyn Fn(&Known) -> String) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => match expression.evaluate(scope) {
                    Ok(Evaluated::Known(known)) => write(&known),
                    Ok(Evaluated::WithHoles(value)) => {
                        let of = first_hole(&value).unwrap_or_default();
                        format!("(known after {of})")
                    }
                    Ok(Evaluated::Consumed { of }) => format!("(known after {of})"),
                    Ok(Evaluated::Unanswered(names)) => format!("<{}>", names.join(", ")),
                    Ok(Evaluated::NotYet) => "…".to_owned(),
                    Err(_) => format!("{{{{ {} }}}}", expression.source()),
                },
            })
            .collect()
    }

    fn render_with(
        &self,
        scope: &Scope,
        write: &dyn Fn(&Expression, &Known) -> Result<String, EvaluationError>,
    ) -> Result<Rendered, EvaluationError> {
        let mut missing = Missing::default();
        let mut parts: Vec<Value> = Vec::new();
        for piece in &self.pieces {
            let text = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => match expression.evaluate(scope)? {
                    Evaluated::Known(known) => write(expression, &known)?,
                    Evaluated::WithHoles(hole) if hole.get(HOLE).is_some() => {
                        missing.holes = true;
                        parts.push(hole);
                        continue;
                    }
                    other => {
                        missing.note(other);
                        continue;
                    }
                },
            };
            match parts.last_mut() {
                Some(Value::String(last)) => last.push_str(&text),
                _ => parts.push(Value::String(text)),
            }
        }
        Ok(match missing.outcome() {
            Some(Evaluated::Unanswered(names)) => Rendered::Unanswered(names),
            Some(Evaluated::Consumed { of }) => Rendered::Consumed { of },
            Some(_) => Rendered::NotYet,
            None if missing.holes => Rendered::WithHoles(parts),
            None => Rendered::Text(parts.iter().filter_map(Value::as_str).collect()),
        })
    }

    /// Returns the only placeholder, where the text is exactly one.
    pub fn single(&self) -> Option<&Expression> {
        match self.pieces.as_slice() {
            [Piece::Value(expression)] => Some(expression),
            _ => None,
        }
    }

    /// Returns the text as the author wrote it.
    pub fn source(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expression) => format!("{{{{ {} }}}}", expression.source()),
            })
            .collect()
    }

    /// Returns the placeholders in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(expression) => Some(expression),
        })
    }
}

/// Renders the value of a query option: placeholders become OData literals, literal text stays as it is.
pub fn query_value(template: &Template, scope: &Scope) -> Result<Rendered, EvaluationError> {
    template.render_with(scope, &|expression, known| odata_literal(known).map_err(|message| expression.error(message)))
}

/// What is missing to put something together from several expressions.
#[derive(Default)]
struct Missing {
    unanswered: Vec<String>,
    not_yet: bool,
    consumed: Option<String>,
    holes: bool,
}

impl Missing {
    fn note(&mut self, evaluated: Evaluated) {
        match evaluated {
            Evaluated::Known(_) => {}
            // Holes inside a list or an object cannot be written into a text.
            Evaluated::WithHoles(value) => self.consumed = self.consumed.take().or_else(|| first_hole(&value)),
            Evaluated::Unanswered(names) => {
                for name in names {
                    if !self.unanswered.contains(&name) {
                        self.unanswered.push(name);
                    }
                }
            }
            Evaluated::NotYet => self.not_yet = true,
            Evaluated::Consumed { of } => self.consumed = self.consumed.take().or(Some(of)),
        }
    }

    /// Returns why it cannot be put together: what a further read may change comes first, then what a person may.
    fn outcome(&mut self) -> Option<Evaluated> {
        if self.not_yet {
            return Some(Evaluated::NotYet);
        }
        if !self.unanswered.is_empty() {
            return Some(Evaluated::Unanswered(std::mem::take(&mut self.unanswered)));
        }
        self.consumed.take().map(|of| Evaluated::Consumed { of })
    }
}

/// Returns the change that the first hole of a value belongs to.
fn first_hole(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().find_map(first_hole),
        Value::Object(fields) => match fields.get(HOLE) {
            Some(hole) => hole.get("of").and_then(Value::as_str).map(str::to_owned),
            None => fields.values().find_map(first_hole),
        },
        _ => None,
    }
}

impl PathTemplate {
    /// Returns the segments. What fills a placeholder must be able to be the id of one thing: a text or whole number,
    /// not empty, without slashes and control characters, neither `.` nor `..`, not starting with `$`.
    pub fn segments(&self, scope: &Scope) -> Result<PathOutcome, EvaluationError> {
        let mut missing = Missing::default();
        let mut parts = Vec::new();
        for segment in &self.segments {
            parts.push(match segment {
                Segment::Literal(text) => PathPart::Text(text.clone()),
                Segment::Value(expression) => match expression.evaluate(scope)? {
                    Evaluated::Known(known) => PathPart::Text(id_segment(expression, &known)?),
                    Evaluated::WithHoles(value) => match hole_of(&value) {
                        Some(hole) => {
                            missing.holes = true;
                            hole
                        }
                        None => {
                            return Err(expression.error("an id is needed here; this is a list or an object".into()));
                        }
                    },
                    other => {
                        missing.note(other);
                        continue;
                    }
                },
            });
        }
        Ok(match missing.outcome() {
            Some(Evaluated::Unanswered(names)) => PathOutcome::Unanswered(names),
            Some(Evaluated::Consumed { of }) => PathOutcome::Consumed { of },
            Some(_) => PathOutcome::NotYet,
            None if missing.holes => PathOutcome::WithHoles(parts),
            None => PathOutcome::Ready(
                parts
                    .into_iter()
                    .filter_map(|part| match part {
                        PathPart::Text(text) => Some(text),
                        PathPart::Hole { .. } => None,
                    })
                    .collect(),
            ),
        })
    }

    /// Returns the path as the author wrote it.
    pub fn source(&self) -> String {
        self.segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(text) => format!("/{text}"),
                Segment::Value(expression) => format!("/{{{{ {} }}}}", expression.source()),
            })
            .collect()
    }
}

fn hole_of(value: &Value) -> Option<PathPart> {
    let hole = value.get(HOLE)?;
    let text = |name: &str| hole.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(PathPart::Hole { of: text("of")?, pointer: text("pointer")? })
}

fn id_segment(expression: &Expression, known: &Known) -> Result<String, EvaluationError> {
    let wrong = |what: &str| Err(expression.error(format!("an id is needed here; this is {what}")));
    let text = match (known.as_str(), known.as_i64()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(number)) => number.to_string(),
        (None, None) => return wrong(known.kind_name()),
    };
    match text.as_str() {
        "" => wrong("an empty text"),
        "." | ".." => wrong("a step in a path"),
        _ if text.contains(['/', '\\']) => wrong("a text with a slash"),
        _ if text.starts_with('$') => wrong("a text that starts with `$`"),
        _ if text.chars().any(char::is_control) => wrong("a text with control characters"),
        _ => Ok(text),
    }
}

impl JsonTemplate {
    /// Returns the body. A text that is exactly one placeholder keeps the value's type; one with several pieces is a
    /// text, and where one of them is a hole it becomes `{"$text": ["…", {"$captured": …}]}`.
    pub fn evaluate(&self, scope: &Scope) -> Result<Evaluated, EvaluationError> {
        if let Self::Text(template) = self
            && let Some(expression) = template.single()
        {
            let evaluated = expression.evaluate(scope)?;
            if let Evaluated::Known(known) = &evaluated {
                without_reserved(expression, &known.to_json())?;
            }
            return Ok(evaluated);
        }
        let mut missing = Missing::default();
        let value = self.build(scope, &mut missing)?;
        Ok(match missing.outcome() {
            Some(outcome) => outcome,
            None if missing.holes => Evaluated::WithHoles(value),
            None => Evaluated::Known(Known::from_json(&value)),
        })
    }

    fn build(&self, scope: &Scope, missing: &mut Missing) -> Result<Value, EvaluationError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::List(items) => {
                Ok(Value::Array(items.iter().map(|item| item.build(scope, missing)).collect::<Result<_, _>>()?))
            }
            Self::Object(fields) => {
                let mut object = serde_json::Map::new();
                for (name, value) in fields {
                    object.insert(name.clone(), value.build(scope, missing)?);
                }
                Ok(Value::Object(object))
            }
            Self::Text(template) => match template.single() {
                Some(expression) => match expression.evaluate(scope)? {
                    Evaluated::Known(known) => {
                        let value = known.to_json();
                        without_reserved(expression, &value)?;
                        Ok(value)
                    }
                    Evaluated::WithHoles(value) => {
                        missing.holes = true;
                        Ok(value)
                    }
                    other => {
                        missing.note(other);
                        Ok(Value::Null)
                    }
                },
                None => match template.render_with(scope, &plain_text)? {
                    Rendered::Text(text) => Ok(Value::String(text)),
                    Rendered::WithHoles(parts) => {
                        missing.holes = true;
                        Ok(json!({ HOLED_TEXT: parts }))
                    }
                    Rendered::Unanswered(names) => {
                        missing.note(Evaluated::Unanswered(names));
                        Ok(Value::Null)
                    }
                    Rendered::NotYet => {
                        missing.note(Evaluated::NotYet);
                        Ok(Value::Null)
                    }
                    Rendered::Consumed { of } => {
                        missing.note(Evaluated::Consumed { of });
                        Ok(Value::Null)
                    }
                },
            },
        }
    }
}

/// Returns a value as a piece of a longer text: only texts, numbers and booleans can be one.
fn plain_text(expression: &Expression, known: &Known) -> Result<String, EvaluationError> {
    match known.to_json() {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(known.to_json().to_string()),
        _ => Err(expression.error(format!("a text or a number is needed here; this is {}", known.kind_name()))),
    }
}

/// Refuses data of a tenant that the journal would take for a hole.
fn without_reserved(expression: &Expression, value: &Value) -> Result<(), EvaluationError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| without_reserved(expression, item)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            if RESERVED.contains(&name.as_str()) {
                return Err(
                    expression.error(format!("an object has an attribute `{name}`, which cannot be journalled"))
                );
            }
            without_reserved(expression, value)
        }),
        _ => Ok(()),
    }
}
