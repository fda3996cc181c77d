//! From documents to a wizard as meant: every mistake with its place, all at once, and nothing left to check after.
//!
//! A file that cannot be read does not hide the mistakes in the others: what is not known of it counts as anything.

mod ask;
mod file_parser;
mod files;
mod input;
mod names;
mod object;
mod rehearsal;
mod request;
mod scalars;
mod sections;
mod selected;
mod step;
mod step_reader;
mod wizard;
mod write;

pub use file_parser::FileParser;
pub use rehearsal::secret_file;
