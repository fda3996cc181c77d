//! Stands in for the crate `self-replace`, which `self_update` brings along and fixforme never calls.
//!
//! On Windows that crate runs code before `main`: a program that holds it and is renamed to `….__selfdelete__.exe`
//! deletes the file that its second argument names, and starts `cmd.exe` by its bare name, from the program's own folder.
//! No program that an administrator trusts may do either.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Fails: a running program is only ever replaced by `host/installation`.
pub fn self_replace(_new_executable: impl AsRef<Path>) -> Result<()> {
    Err(Error::from(ErrorKind::Unsupported))
}
