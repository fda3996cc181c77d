//! Every integration test, in one binary.

mod graph_client;
mod journal_files;
