//! Every integration test, in one binary.

mod graph_client;
mod interrupts;
mod journal_files;
//! The behaviour tests: one binary, one file a noun.

mod expression;
mod expression_properties;
mod template;
