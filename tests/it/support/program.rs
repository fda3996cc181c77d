//! The program under test: the one that was built with these tests, or the one that `FIXFORME_TEST_PROGRAM` names, such as
//! the static program of a release.

use std::path::PathBuf;

/// The target that it is built for.
pub const TARGET: &str = env!("FIXFORME_TARGET");
/// What its file is called in an archive.
pub const FILE: &str = "fixforme";

/// Where it is.
#[expect(clippy::disallowed_methods, reason = "tests are told by the gate which program they try")]
pub fn exe() -> PathBuf {
    let named = std::env::var_os("FIXFORME_TEST_PROGRAM").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_fixforme")))
}
