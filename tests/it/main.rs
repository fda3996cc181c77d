//! The behaviour tests: one binary, one file a noun.

mod expression;
mod expression_check;
mod expression_properties;
mod template;
