//! The behaviour tests: one binary, one file a noun.

mod expression;
mod expression_check;
mod expression_properties;
mod lint;
mod lint_properties;
mod takeover;
mod template;
mod wizard_lab;
