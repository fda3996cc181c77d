//! The behaviour tests: one binary, one file a noun.

mod expression;
mod expression_check;
mod expression_properties;
mod graph_client;
mod interactive;
mod interrupts;
mod journal_files;
mod lint;
mod lint_properties;
mod practice_access;
mod practice_client;
mod practice_faults;
mod practice_model;
mod practice_reads;
mod practice_writes;
mod readme;
mod sandbox;
mod takeover;
mod template;
mod wizard_lab;
