//! The types of inputs by their names in a file.

use crate::wizard::document::wizard_file::TypeName;
use crate::wizard::input::InputType;

/// Returns the type that a type's name means.
pub fn input_type(name: TypeName) -> InputType {
    match name {
        TypeName::Bool => InputType::Bool,
        TypeName::Int => InputType::Int,
        TypeName::Text => InputType::Text,
        TypeName::Choice => InputType::Choice,
        TypeName::Email => InputType::Email,
        TypeName::Phone => InputType::Phone,
        TypeName::Upn => InputType::Upn,
        TypeName::Guid => InputType::Guid,
        TypeName::Domain => InputType::Domain,
        TypeName::Url => InputType::Url,
        TypeName::Date => InputType::Date,
        TypeName::Duration => InputType::Duration,
        TypeName::Secret => InputType::Secret,
        TypeName::List => InputType::List,
        TypeName::Csv => InputType::Csv,
        TypeName::File => InputType::File,
    }
}
