//! Every integration test, in one binary.

mod graph_client;
mod interrupts;
mod journal_files;
