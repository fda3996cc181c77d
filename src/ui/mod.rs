//! The faces: what a run says, shown to a person, to a pipe, or to a program.
//!
//! All of them read the one event stream of [`crate::ports::event`]. [`Terminal`] leads a person (also in its
//! accessible mode, which never moves the cursor), [`Plain`] writes lines for logs, [`Json`] writes NDJSON, and
//! [`LogFile`] writes the same NDJSON beside any of them. The three human ones share [`render`], which is pure.
//! Standard output is for data and for the receipt, standard error for everything else.
//!
//! Nothing here reads the environment: constructors take plain options, and [`TerminalEnv`] turns the values that
//! `wiring` has read into them.

pub mod json;
pub mod log;
pub mod ndjson;
pub mod plain;
pub mod render;
pub mod streams;
pub mod style;
pub mod terminal;
pub mod terminal_env;

pub use json::Json;
pub use log::LogFile;
pub use ndjson::LastWord;
pub use plain::Plain;
pub use style::{Glyphs, Style};
pub use terminal::{Terminal, TerminalOptions};
pub use terminal_env::TerminalEnv;
