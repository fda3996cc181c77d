//! From documents to a wizard as meant: every mistake with its place, all at once, and nothing left to check after.
//!
//! A file that cannot be read does not hide the mistakes in the others: what is not known of it counts as anything.

mod ask;
mod files;
mod input;
mod object;
mod page;
mod rehearsal;
mod request;
mod sections;
mod selected;
mod step;
mod step_reader;
mod vocabulary;
mod wizard;
mod word;
mod write;

pub use page::{Page, Part};
pub use rehearsal::secret_file;
