//! Which names an expression may use where, with the shapes that are declared for them.
//!
//! One [`StepNames`] stands for one step. Reads and objects see what is declared above them in the file, so that
//! reading always comes to an end; everything that is looked at after reading sees all of them.

use crate::expr::{Names, Type};
use crate::wizard::document::object_file::ObjectSection;
use crate::wizard::document::step_file::ReadSection;
use crate::wizard::document::{Placed, StepFile};
use crate::wizard::field_path::FieldPath;
use crate::wizard::input::{Input, InputType};

#[derive(Clone)]
pub struct StepNames {
    /// `inputs`, `data`, `steps` of earlier steps, `tenant`, `account`, `cloud`, `run`, and the loop variable.
    pub base: Names,
    /// Reads and objects: where they are declared, id, shape, and whether it is an object.
    requests: Vec<(usize, String, Type, bool)>,
    /// The step's own captures, by name.
    captures: Vec<(String, Type)>,
    step: String,
    asks: Vec<(String, Type)>,
}

#[derive(Debug, Clone)]
pub struct StepShape {
    pub id: String,
    pub captures: Vec<(String, Type)>,
    /// Whether it is repeated, so that it has `items`.
    pub repeated: bool,
    /// Whether it could not be read, so that nothing is known of it.
    pub broken: bool,
}

impl StepNames {
    /// Collects the names of a step's file.
    pub fn new(step: &str, base: Names, file: &StepFile) -> Self {
        let reads = file.read.iter().map(|read| (read.range.start, read.id.value.clone(), read_shape(read), false));
        let objects = file
            .object
            .iter()
            .map(|object| (object.range.start, object.id.value.clone(), object_shape(object, true), true));
        let asks = file.ask.0.iter().map(|(name, ask)| (name.value.clone(), shape_of(ask.kind.value)));
        Self {
            base,
            requests: reads.chain(objects).collect(),
            captures: Vec::new(),
            step: step.to_owned(),
            asks: asks.collect(),
        }
    }

    /// Adds a capture of the step itself.
    pub fn add_capture(&mut self, name: &str, shape: Type) {
        self.captures.push((name.to_owned(), shape));
    }

    pub fn into_captures(self) -> Vec<(String, Type)> {
        self.captures
    }

    /// Returns what a read or object declared at `place` may use.
    pub fn above(&self, place: usize) -> Names {
        self.with_requests(|at| at < place)
    }

    /// Returns what may be used once everything is read: conditions, problems, reasons, asks.
    pub fn read(&self) -> Names {
        let names = self.with_requests(|_| true);
        if self.captures.is_empty() {
            return names;
        }
        let own = (self.step.clone(), Type::closed(self.captures.clone()));
        let steps = match names.get("steps").cloned() {
            Some(Type::Object { mut fields, open }) => {
                fields.insert(own.0, own.1);
                Type::Object { fields, open }
            }
            _ => Type::closed([own]),
        };
        names.with("steps", steps)
    }

    /// Returns what may be used where the answers are known too: the guide, writes.
    pub fn answered(&self) -> Names {
        if self.asks.is_empty() { self.read() } else { self.read().with("ask", Type::closed(self.asks.clone())) }
    }

    /// Returns what an object's wanted values may use.
    pub fn desired(&self, object: &ObjectSection) -> Names {
        self.answered().with("before", object_shape(object, false))
    }

    /// Returns what `passes_when` may use.
    pub fn value(&self, file: &StepFile) -> Names {
        let objects = file.object.iter().map(|object| (object.id.value.clone(), object_shape(object, false)));
        self.base.clone().with("value", Type::closed(objects))
    }

    fn with_requests(&self, include: impl Fn(usize) -> bool) -> Names {
        let of = |wanted: bool| -> Vec<(String, Type)> {
            let visible = self.requests.iter().filter(|(at, _, _, object)| *object == wanted && include(*at));
            visible.map(|(_, id, shape, _)| (id.clone(), shape.clone())).collect()
        };
        let mut names = self.base.clone();
        for (name, shapes) in [("reads", of(false)), ("objects", of(true))] {
            if !shapes.is_empty() {
                names = names.with(name, Type::closed(shapes));
            }
        }
        names
    }
}

/// Makes the names that every place after the sign-in knows.
pub fn signed_in(before: Names) -> Names {
    before
        .with("tenant", texts(&["id", "name", "cloud"]))
        .with("account", texts(&["id", "upn"]))
        .with("cloud", texts(&["sign_in"]))
        .with(
            "run",
            Type::closed([("id", Type::Text), ("started", Type::Text), ("client_ids", Type::list(Type::Text))]),
        )
}

pub fn inputs(inputs: &[Input]) -> Type {
    Type::closed(inputs.iter().map(|input| {
        let shape = match input.kind {
            InputType::Csv => {
                Type::list(Type::closed(input.columns.iter().map(|(name, kind)| (name.clone(), shape_of(*kind)))))
            }
            kind => shape_of(kind),
        };
        (input.name.clone(), shape)
    }))
}

/// Makes the shape of `steps` from the steps above.
pub fn steps(steps: &[StepShape]) -> Type {
    Type::closed(steps.iter().map(|step| {
        let shape = if step.broken {
            Type::open::<String>([])
        } else if step.repeated {
            let own = ["key", "label", "outcome"].map(|name| (name.to_owned(), Type::Text));
            Type::closed([("items", Type::list(Type::closed(own.into_iter().chain(step.captures.clone()))))])
        } else {
            Type::closed(step.captures.clone())
        };
        (step.id.clone(), shape)
    }))
}

/// Returns the shape of a value of an input's type.
pub fn shape_of(kind: InputType) -> Type {
    match kind {
        InputType::Bool => Type::Bool,
        InputType::Int | InputType::Duration => Type::Number,
        InputType::List => Type::list(Type::Text),
        InputType::Csv => Type::list(Type::open::<String>([])),
        _ => Type::Text,
    }
}

/// Restricts a captured value's shape to the fields that are kept. Returns the fields that it cannot have.
pub fn kept(shape: Type, fields: &[FieldPath]) -> (Type, Vec<FieldPath>) {
    if fields.is_empty() {
        return (shape, Vec::new());
    }
    match shape {
        Type::List(item) => {
            let (item, missing) = kept(*item, fields);
            (Type::list(item), missing)
        }
        Type::Object { .. } => {
            let missing = fields.iter().filter(|field| !has(&shape, &field.0)).cloned().collect();
            (Type::of_paths(fields.iter().map(|field| field.0.as_slice())), missing)
        }
        // What the list holds is not known; its items have the fields that are kept, and no others.
        Type::Any => (Type::Any, Vec::new()),
        other => (other, fields.to_vec()),
    }
}

fn has(shape: &Type, path: &[String]) -> bool {
    let Some((name, below)) = path.split_first() else { return true };
    match shape {
        Type::Object { fields, open } => fields.get(name).map_or(*open, |field| has(field, below)),
        Type::Any => true,
        _ => false,
    }
}

fn texts(names: &[&str]) -> Type {
    Type::closed(names.iter().map(|name| ((*name).to_owned(), Type::Text)))
}

fn paths(fields: &[Placed<String>]) -> Type {
    let paths: Vec<FieldPath> = fields.iter().map(|field| FieldPath::parse(&field.value)).collect();
    Type::of_paths(paths.iter().map(|path| path.0.as_slice()))
}

fn read_shape(read: &Placed<ReadSection>) -> Type {
    let (name, shape) = match read.page {
        true => ("items", Type::list(paths(&read.fields))),
        false => ("body", paths(&read.fields)),
    };
    Type::closed([("status", Type::Number), (name, shape)])
}

fn object_shape(object: &ObjectSection, absent: bool) -> Type {
    match (paths(&object.fields), absent) {
        (Type::Object { mut fields, open }, true) => {
            fields.insert("absent".to_owned(), Type::Bool);
            Type::Object { fields, open }
        }
        (shape, _) => shape,
    }
}
