//! The names and literals of a `$filter` against the types of the contract.
//!
//! Graph refuses a literal of another type: a quoted date, GUID or Boolean most of all.

use serde_json::Value;

use super::filter::{Filter, Literal, Operand};
use crate::contract::{Type, graph};
use crate::practice::facts::schema::Schema;

/// The variables of the lambdas around an expression with their types, innermost last; nothing where any may be.
type Variables<'a> = Vec<(&'a str, Option<Type>)>;

/// Says what is wrong with a filter of objects of a type.
pub fn check(filter: &Filter, schema: &Schema) -> Result<(), String> {
    test(filter, schema, &mut Vec::new())
}

fn test<'a>(filter: &'a Filter, schema: &Schema, variables: &mut Variables<'a>) -> Result<(), String> {
    match filter {
        Filter::Or(left, right) | Filter::And(left, right) => {
            test(left, schema, variables)?;
            test(right, schema, variables)
        }
        Filter::Not(inner) => test(inner, schema, variables),
        Filter::Compare(left, _, right) => {
            let (of_left, of_right) = (type_of(left, schema, variables)?, type_of(right, schema, variables)?);
            match (left, right) {
                (_, Operand::Literal(literal)) => fits(of_left, literal),
                (Operand::Literal(literal), _) => fits(of_right, literal),
                _ => Ok(()),
            }
        }
        Filter::In(operand, list) => {
            let of = type_of(operand, schema, variables)?;
            list.iter().try_for_each(|literal| fits(of, literal))
        }
        Filter::Text(_, whole, part) => {
            type_of(whole, schema, variables)?;
            type_of(part, schema, variables).map(drop)
        }
        Filter::Truth(path) => {
            let of = followed(path, schema, variables)?;
            match of {
                Some(of) if of.name != "bool" => Err(format!("'{}' is no Boolean expression.", path.join("/"))),
                _ => Ok(()),
            }
        }
        Filter::Any(path, None) => followed(path, schema, variables).map(drop),
        Filter::Any(path, Some((name, inner))) | Filter::All(path, name, inner) => {
            let of = followed(path, schema, variables)?;
            variables.push((name, of.map(Type::item)));
            let checked = test(inner, schema, variables);
            variables.pop();
            checked
        }
    }
}

fn type_of(operand: &Operand, schema: &Schema, variables: &Variables<'_>) -> Result<Option<Type>, String> {
    match operand {
        Operand::Literal(_) => Ok(None),
        Operand::Count(path) => {
            followed(path, schema, variables)?;
            Ok(Some(Type { name: "int", is_list: false }))
        }
        Operand::Path(path) => followed(path, schema, variables),
    }
}

/// Returns the type at the end of a path; nothing where any may be there.
fn followed(path: &[String], schema: &Schema, variables: &Variables<'_>) -> Result<Option<Type>, String> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some((first, rest)) = names.split_first() else { return Ok(None) };
    let bound = variables.iter().rev().find(|(name, _)| name == first).map(|(_, of)| *of);
    let found = match bound {
        Some(None) => return Ok(None),
        Some(of) if rest.is_empty() => return Ok(of),
        Some(Some(of)) => graph().field(of, rest),
        None => schema.field(&names),
    };
    match found {
        Ok(Some(member)) if member.is_not_filterable() => {
            Err(format!("The property '{}' cannot be used in the $filter query option.", member.name))
        }
        Ok(member) => Ok(member.map(|member| member.of)),
        Err(misnamed) => {
            let name = names.iter().skip(usize::from(bound.is_some())).nth(misnamed.at).copied().unwrap_or_default();
            Err(format!("Could not find a property named '{name}' on type 'microsoft.graph.{}'.", misnamed.of))
        }
    }
}

fn fits(of: Option<Type>, literal: &Literal) -> Result<(), String> {
    let Some(of) = of.filter(|of| !of.is_list && of.name != "any" && !literal.value.is_null()) else { return Ok(()) };
    let is_guid = literal.value.as_str().is_some_and(|text| uuid::Uuid::try_parse(text).is_ok());
    let (named, fits) = match of.name {
        "string" => ("Edm.String", literal.is_quoted),
        "bool" => ("Edm.Boolean", literal.value.is_boolean()),
        "int" => ("Edm.Int32", literal.value.is_number()),
        "float" => ("Edm.Double", literal.value.is_number()),
        "guid" => ("Edm.Guid", !literal.is_quoted && is_guid),
        "datetime" => ("Edm.DateTimeOffset", !literal.is_quoted && literal.value.is_string() && !is_guid),
        "date" => ("Edm.Date", !literal.is_quoted && literal.value.is_string() && !is_guid),
        name if graph().values(name).is_some() => (name, literal.is_quoted),
        _ => return Ok(()),
    };
    if fits {
        return Ok(());
    }
    let given = match &literal.value {
        Value::String(_) if literal.is_quoted => "Edm.String",
        Value::String(_) if is_guid => "Edm.Guid",
        Value::String(_) => "Edm.DateTimeOffset",
        Value::Bool(_) => "Edm.Boolean",
        _ => "Edm.Int32",
    };
    Err(format!(
        "A binary operator with incompatible types was detected. Found operand types '{named}' and '{given}' for operator \
         kind 'Equal'."
    ))
}
