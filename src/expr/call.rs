//! A filter at work: its value, its arguments, and who pays.

use minijinja::{State, Value};

use super::halt::Halt;
use super::known::{is_null, kind_name};
use super::operation::{items, not_a_hole};

/// Applies the filter of a name to an item with these arguments.
pub type ApplyNamed = fn(&str, &State, &Value, &[Value]) -> Result<Value, Halt>;

/// A filter at work.
pub struct Call<'call> {
    pub(super) value: &'call Value,
    pub(super) arguments: &'call [Value],
    pub(super) parameters: usize,
    pub(super) state: &'call State<'call, 'call>,
    pub(super) apply_named: ApplyNamed,
}

impl Call<'_> {
    /// Returns an argument by its parameter's position, where it was given.
    pub fn argument(&self, position: usize) -> Option<&Value> {
        self.arguments.get(position).filter(|argument| !is_null(argument))
    }

    /// Returns an argument that may be null.
    pub fn argument_or_null(&self, position: usize) -> Value {
        self.arguments.get(position).cloned().unwrap_or_else(|| Value::from(()))
    }

    /// Returns an argument that is a text, where it was given.
    pub fn text_argument(&self, position: usize) -> Result<Option<&str>, Halt> {
        let Some(value) = self.argument(position) else { return Ok(None) };
        match not_a_hole(value)?.as_str() {
            Some(text) => Ok(Some(text)),
            None => Err(Halt::wrong(format!("this argument is {}, not a text", kind_name(value)))),
        }
    }

    /// Returns whether an argument counts as true.
    pub fn flag(&self, position: usize) -> bool {
        self.argument(position).is_some_and(Value::is_true)
    }

    /// Returns the arguments after the parameters.
    pub fn more(&self) -> &[Value] {
        self.arguments.get(self.parameters..).unwrap_or_default()
    }

    /// Applies the filter of a name to one item, with the arguments after the parameters.
    pub fn through(&self, name: &str, item: &Value) -> Result<Value, Halt> {
        (self.apply_named)(name, self.state, item, self.more())
    }

    /// Pays for work on so many items.
    pub fn pay(&self, items: usize) -> Result<(), Halt> {
        self.state.consume_fuel(items as u64).map_err(|_| Halt::Exhausted)
    }

    /// Returns the items of the value, paid for.
    pub fn items(&self) -> Result<Vec<Value>, Halt> {
        let items = items(self.value)?;
        self.pay(items.len())?;
        Ok(items)
    }

    /// Returns the text that the value is; none where it is null.
    pub fn text(&self) -> Result<Option<&str>, Halt> {
        let value = not_a_hole(self.value)?;
        if is_null(value) {
            return Ok(None);
        }
        match value.as_str() {
            Some(text) => {
                self.pay(text.len() / 64)?;
                Ok(Some(text))
            }
            None => Err(Halt::wrong(format!("a text is needed; this is {}", kind_name(value)))),
        }
    }
}
