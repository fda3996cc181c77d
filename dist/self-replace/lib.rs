//! Stands in for the crate `self-replace`, which `self_update` names and fixforme never calls.
//!
//! The real one adds code to every Windows program that is linked with it, and that code runs before `main`: a program
//! whose file is called `….__selfdelete__.exe` deletes the file that its second argument names, and starts `cmd.exe` by
//! its bare name, which in a folder of downloads can be anybody's. An update of fixforme does none of that.

use std::io;
use std::path::Path;

/// Refuses.
pub fn self_replace<P: AsRef<Path>>(_: P) -> Result<(), io::Error> {
    Err(io::ErrorKind::Unsupported.into())
}
