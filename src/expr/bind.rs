//! The arguments of a filter, each put to the parameter that it is for.

use std::ops::Range;

use super::error::ExprError;
use super::filter::Filter;
use super::tree::{Argument, Tree};

/// The arguments of a filter by parameter.
pub struct Bound<'tree> {
    /// One for each parameter, in order; none where it was left out.
    pub parameters: Vec<Option<&'tree Tree>>,
    /// Those that are passed on.
    pub more: Vec<&'tree Tree>,
}

/// Puts each argument to the parameter that it is for and says which do not fit.
pub fn bind<'tree>(
    filter: &Filter,
    name_range: &Range<usize>,
    arguments: &'tree [Argument],
) -> (Bound<'tree>, Vec<ExprError>) {
    let mut complaints = Vec::new();
    let mut bound = Bound { parameters: vec![None; filter.parameters.len()], more: Vec::new() };
    let by_position = filter.parameters.iter().take_while(|parameter| !parameter.by_name).count();
    let signature = || format!("it is written `{}`", filter.signature());
    for (position, argument) in arguments.iter().enumerate() {
        let range = argument.value.range.clone();
        let slot = match &argument.name {
            Some((name, _)) => filter.parameters.iter().position(|parameter| parameter.name == name),
            None if position < by_position => Some(position),
            None if filter.more => {
                bound.more.push(&argument.value);
                continue;
            }
            None => {
                let message = format!("`{}` does not take so many arguments", filter.name);
                complaints.push(ExprError::new(range, message).help(signature()));
                continue;
            }
        };
        match (slot.and_then(|slot| bound.parameters.get_mut(slot)), &argument.name) {
            (Some(place @ None), _) => *place = Some(&argument.value),
            (Some(Some(_)), _) => {
                complaints.push(ExprError::new(range, "this argument was given already").help(signature()));
            }
            (None, Some((name, at))) => {
                let message = format!("`{}` has no argument `{name}`", filter.name);
                complaints.push(ExprError::new(at.clone(), message).help(signature()));
            }
            (None, None) => {}
        }
    }
    for (parameter, argument) in filter.parameters.iter().zip(&bound.parameters) {
        if parameter.required && argument.is_none() {
            let message = format!("`{}` needs the argument `{}`", filter.name, parameter.name);
            complaints.push(ExprError::new(name_range.clone(), message).help(signature()));
        }
    }
    (bound, complaints)
}
