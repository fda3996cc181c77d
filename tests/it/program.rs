//! The program under test: the one that was built with these tests.

use std::path::PathBuf;

/// The target that it is built for.
pub const TARGET: &str = env!("FIXFORME_TARGET");
/// What its file is called in an archive.
pub const FILE: &str = "fixforme";

/// Where it is.
pub fn exe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_fixforme"))
}
