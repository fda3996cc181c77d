//! A filter at work: its value, its arguments, and who pays.

use super::datum::Datum;
use super::error::EvalStop;
use super::fuel::Fuel;
use super::operation::{items, kind_of, known};

/// A filter at work.
pub struct Call<'call> {
    pub(super) value: &'call Datum,
    pub(super) arguments: &'call [Datum],
    pub(super) fuel: &'call mut Fuel,
}

impl<'call> Call<'call> {
    /// Returns an argument by its parameter's position; null where it was left out.
    pub fn argument(&self, position: usize) -> &'call Datum {
        self.arguments.get(position).unwrap_or(&Datum::Null)
    }

    /// Returns an argument that is a text, where it was given.
    pub fn text_argument(&self, position: usize) -> Result<Option<&'call str>, EvalStop> {
        match known(self.argument(position))? {
            Datum::Null => Ok(None),
            Datum::Text(text) => Ok(Some(text)),
            other => Err(EvalStop::wrong(format!("this argument is {}, not a text", kind_of(other)))),
        }
    }

    /// Returns the items of the value, paid for.
    pub fn items(&mut self) -> Result<&'call [Datum], EvalStop> {
        let items = items(self.value)?;
        self.fuel.charge(items.len())?;
        Ok(items)
    }

    /// Returns the text that the value is; none where it is null.
    pub fn text(&mut self) -> Result<Option<&'call str>, EvalStop> {
        match known(self.value)? {
            Datum::Null => Ok(None),
            Datum::Text(text) => {
                self.fuel.charge_bytes(text.len())?;
                Ok(Some(text))
            }
            other => Err(EvalStop::wrong(format!("a text is needed; this is {}", kind_of(other)))),
        }
    }
}
