//! Evaluation: MiniJinja with our filters and nothing else, strict, with limited fuel.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use minijinja::value::{Object, Rest, ValueKind};
use minijinja::{Environment, ErrorKind, State, UndefinedBehavior, Value};

use super::error::ExprError;
use super::filter::FILTERS;
use super::halt::{Halt, Halted};
use super::known::{Known, json};
use super::lower::{SCOPE, lower};
use super::operation::{self, entries, hole, items};
use super::scope::Scope;
use super::test::test_named;
use super::tree::Tree;
use super::view::{ListView, TableView};
use super::{Condition, Evaluated, EvaluationError, Expression};

/// What an evaluation may cost: an item visited or 64 bytes of text is 1. A table of 20,000 people through ten
/// filters takes a twentieth of it.
const FUEL: u64 = 4_000_000;

/// The key of a hole in a plan's data.
pub const HOLE: &str = "$captured";
/// The key of a text that is put together when its holes are known.
pub const HOLED_TEXT: &str = "$text";
/// The keys that no object of a tenant may bring into a plan.
pub const RESERVED: [&str; 2] = [HOLE, HOLED_TEXT];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// An expression that MiniJinja can run.
pub struct Compiled {
    expression: minijinja::Expression<'static, 'static>,
    parts: Vec<Range<usize>>,
}

impl Compiled {
    /// Compiles a tree; unknown filters and wrong arguments are refused.
    pub fn of(tree: &Tree) -> Result<Self, ExprError> {
        let lowered = lower(tree)?;
        let expression = ENVIRONMENT.compile_expression_owned(lowered.text).map_err(|_| {
            ExprError::new(tree.range.clone(), "this expression is nested too deeply")
                .help("hand parts of it on with `[capture]`")
        })?;
        Ok(Self { expression, parts: lowered.parts })
    }

    fn run(&self, scope: &Scope) -> Result<Evaluated, Halted> {
        let loose = Arc::new(AtomicBool::new(false));
        let root = TableView::root(scope.names().clone(), loose.clone());
        let value = self.expression.eval(Value::from_object(Root(Value::from_object(root)))).map_err(halted)?;
        let whole = |halt| Halted { halt, part: usize::MAX };
        if !loose.load(Ordering::Relaxed) || !has_views(&value).map_err(whole)? {
            return Ok(Evaluated::Known(Known(value)));
        }
        let mut holes = false;
        let json = written_down(&value, &mut holes).map_err(whole)?;
        Ok(if holes { Evaluated::WithHoles(json) } else { Evaluated::Known(Known::from_json(&json)) })
    }
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Compiled")
    }
}

impl Expression {
    /// Evaluates the expression. It looks only at the names that it needs: what an `or` or an `if` passes over may be
    /// unknown.
    pub fn evaluate(&self, scope: &Scope) -> Result<Evaluated, EvaluationError> {
        let compiled = self.compiled.as_ref().as_ref().map_err(|complaint| EvaluationError {
            place: self.place.to_string(),
            part: self.source().to_owned(),
            message: complaint.to_string(),
        })?;
        let Halted { halt, part } = match compiled.run(scope) {
            Ok(evaluated) => return Ok(evaluated),
            Err(halted) => halted,
        };
        let message = match halt {
            Halt::Unanswered(name) => return Ok(Evaluated::Unanswered(vec![name])),
            Halt::NotYet => return Ok(Evaluated::NotYet),
            Halt::Consumed(of) => return Ok(Evaluated::Consumed { of }),
            Halt::Wrong(message) => message,
            Halt::Exhausted => "this makes a text or list that is too long, or takes too long".to_owned(),
        };
        let part = compiled.parts.get(part).and_then(|range| self.source().get(range.clone()));
        Err(EvaluationError { place: self.place.to_string(), part: part.unwrap_or(self.source()).to_owned(), message })
    }

    /// Evaluates a condition. Only `true` and `false` will do.
    pub fn condition(&self, scope: &Scope) -> Result<Condition, EvaluationError> {
        let kind = match self.evaluate(scope)? {
            Evaluated::Known(known) => match known.as_bool() {
                Some(true) => return Ok(Condition::True),
                Some(false) => return Ok(Condition::False),
                None => known.kind_name(),
            },
            Evaluated::WithHoles(value) => match value.pointer("/$captured/of").and_then(serde_json::Value::as_str) {
                Some(of) => return Ok(Condition::Consumed { of: of.to_owned() }),
                None => "a list or an object",
            },
            Evaluated::Unanswered(names) => return Ok(Condition::Unanswered(names)),
            Evaluated::NotYet => return Ok(Condition::NotYet),
            Evaluated::Consumed { of } => return Ok(Condition::Consumed { of }),
        };
        Err(EvaluationError {
            place: self.place.to_string(),
            part: self.source().to_owned(),
            message: format!("a condition is either true or false; this is {kind}"),
        })
    }
}

/// What MiniJinja looks names up in: the scope under one name.
#[derive(Debug)]
struct Root(Value);

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some(SCOPE)).then(|| self.0.clone())
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    for filter in FILTERS {
        add(&mut environment, filter.name, |state, value, arguments| filter.apply(state, value, arguments));
    }
    add(&mut environment, "_path", |_, value, names| path(value, names));
    add(&mut environment, "_attribute", |_, value, arguments| {
        operation::attribute(value, argument(arguments, 0).as_str().unwrap_or_default())
    });
    add(&mut environment, "_not", |_, value, _| Ok(Value::from(!value.is_true())));
    add(&mut environment, "_negative", |_, value, _| operation::negative(value));
    add(&mut environment, "_test", |state, value, arguments| {
        let name = argument(arguments, 1);
        let test = test_named(name.as_str().unwrap_or_default()).ok_or_else(|| Halt::wrong("there is no such test"))?;
        pay_for(state, arguments.get(2))?;
        let passes = test.passes(value, arguments.get(2..).unwrap_or_default())?;
        Ok(Value::from(passes != argument(arguments, 0).is_true()))
    });
    binary(&mut environment, "_item", operation::subscript);
    binary(&mut environment, "_equal", |one, other| operation::same(one, other).map(Value::from));
    binary(&mut environment, "_unequal", |one, other| operation::same(one, other).map(|same| Value::from(!same)));
    binary(&mut environment, "_less", |one, other| Ok(operation::order(one, other)?.is_lt().into()));
    binary(&mut environment, "_less_or_equal", |one, other| Ok(operation::order(one, other)?.is_le().into()));
    binary(&mut environment, "_greater", |one, other| Ok(operation::order(one, other)?.is_gt().into()));
    binary(&mut environment, "_greater_or_equal", |one, other| Ok(operation::order(one, other)?.is_ge().into()));
    binary(&mut environment, "_in", |one, other| operation::contains(other, one).map(Value::from));
    binary(&mut environment, "_not_in", |one, other| operation::contains(other, one).map(|found| Value::from(!found)));
    binary(&mut environment, "_add", operation::add);
    binary(&mut environment, "_subtract", operation::subtract);
    binary(&mut environment, "_concatenate", operation::concatenate);
    binary(&mut environment, "_multiply", operation::multiply);
    binary(&mut environment, "_divide", operation::divide);
    binary(&mut environment, "_divide_whole", operation::divide_whole);
    binary(&mut environment, "_remainder", operation::remainder);
    environment
}

fn add(
    environment: &mut Environment<'static>,
    name: &'static str,
    run: impl Fn(&State, &Value, &[Value]) -> Result<Value, Halt> + Send + Sync + 'static,
) {
    environment.add_filter(name, move |state: &State, value: Value, arguments: Rest<Value>| {
        let (part, arguments) = arguments
            .0
            .split_first()
            .map_or((0, &[][..]), |(part, rest)| (part.as_usize().unwrap_or(usize::MAX), rest));
        run(state, &value, arguments).map_err(|halt| minijinja::Error::from(Halted { halt, part }))
    });
}

fn binary(environment: &mut Environment<'static>, name: &'static str, run: fn(&Value, &Value) -> Result<Value, Halt>) {
    add(environment, name, move |state, value, arguments| {
        let other = argument(arguments, 0);
        pay_for(state, Some(value))?;
        pay_for(state, Some(&other))?;
        run(value, &other)
    });
}

/// Pays for an operand that may have to be looked through.
fn pay_for(state: &State, value: Option<&Value>) -> Result<(), Halt> {
    let size = match value {
        Some(value) if matches!(value.kind(), ValueKind::Seq | ValueKind::Map) => value.len().unwrap_or(0),
        _ => 0,
    };
    state.consume_fuel(size as u64).map_err(|_| Halt::Exhausted)
}

fn argument(arguments: &[Value], position: usize) -> Value {
    arguments.get(position).cloned().unwrap_or_else(|| Value::from(()))
}

fn path(scope: &Value, names: &[Value]) -> Result<Value, Halt> {
    let Some(table) = scope.downcast_object_ref::<TableView>() else { return Err(Halt::wrong("there are no names")) };
    let first = names.first().and_then(Value::as_str).unwrap_or_default();
    if !table.has(first) {
        return Err(Halt::wrong(format!("there is no name `{first}` here")));
    }
    let (value, taken) = table.follow(names.iter().filter_map(Value::as_str))?;
    names
        .iter()
        .skip(taken)
        .try_fold(value, |value, name| operation::attribute(&value, name.as_str().unwrap_or_default()))
}

fn halted(error: minijinja::Error) -> Halted {
    if error.kind() == ErrorKind::OutOfFuel {
        return Halted { halt: Halt::Exhausted, part: usize::MAX };
    }
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        if let Some(halted) = cause.downcast_ref::<Halted>() {
            return halted.clone();
        }
        source = cause.source();
    }
    Halted { halt: Halt::Wrong(error.to_string()), part: usize::MAX }
}

/// Returns whether a value is or contains a table or list of the scope, or a hole.
fn has_views(value: &Value) -> Result<bool, Halt> {
    if is_view(value) || hole(value).is_some() {
        return Ok(true);
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => any(items(value)?.iter()),
        ValueKind::Map => any(entries(value)?.iter().map(|(_, entry)| entry)),
        _ => Ok(false),
    }
}

fn any<'value>(mut values: impl Iterator<Item = &'value Value>) -> Result<bool, Halt> {
    values.try_fold(false, |found, value| Ok(found || has_views(value)?))
}

fn is_view(value: &Value) -> bool {
    value.downcast_object_ref::<TableView>().is_some() || value.downcast_object_ref::<ListView>().is_some()
}

/// Returns the value as data, with holes written as `{"$captured": …}`; what is not known stops it.
fn written_down(value: &Value, holes: &mut bool) -> Result<serde_json::Value, Halt> {
    if let Some(hole) = hole(value) {
        *holes = true;
        return Ok(serde_json::json!({ HOLE: { "of": hole.of, "pointer": hole.pointer } }));
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => items(value)?
            .iter()
            .map(|item| written_down(item, holes))
            .collect::<Result<Vec<serde_json::Value>, Halt>>()
            .map(Into::into),
        ValueKind::Map => {
            let mut object = serde_json::Map::new();
            for (name, entry) in entries(value)? {
                // Data of a tenant must not be taken for a hole later.
                if RESERVED.contains(&name.as_str()) {
                    return Err(Halt::wrong(format!(
                        "an object has an attribute `{name}`, which cannot be journalled"
                    )));
                }
                object.insert(name, written_down(&entry, holes)?);
            }
            Ok(object.into())
        }
        _ => Ok(json(value)),
    }
}
