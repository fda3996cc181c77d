//! The behaviour tests: one binary, one file a noun.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agreement;
mod app_registration;
mod batches;
mod drift;
mod every_key;
mod exit_codes;
mod expression;
mod expression_check;
mod expression_properties;
mod floors;
mod graph_client;
mod interactive;
mod interrupts;
mod journal_files;
mod kill;
mod lint;
mod lint_properties;
mod lost_replies;
mod old_journals;
mod past_runs;
mod practice_access;
mod practice_client;
mod practice_faults;
mod practice_model;
mod practice_reads;
mod practice_writes;
mod readme;
mod rows;
mod runs;
mod sandbox;
mod takeover;
mod template;
mod tested_cases;
mod unattended;
mod wizard_lab;
