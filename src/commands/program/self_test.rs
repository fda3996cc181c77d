//! `fixforme self-test`: says what this program is, once it has found itself sound. An update asks the new program this
//! before and after it takes the old one's place.

use anyhow::{Result, ensure};

use crate::commands::host::Host;
use crate::commands::load;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::installation::{BuildInfo, Sha256};
use crate::trust::Keys;

/// The hash of `abc` (FIPS 180-4, example 1).
const HASH_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Tests the program and prints what it is, as one line of JSON.
pub fn self_test(host: &Host) -> Result<ExitCode, Failure> {
    sound().or_fail(Kind::Internal)?;
    load::all_shipped()?;
    let build = BuildInfo {
        product: "fixforme".to_owned(),
        version: env!("CARGO_PKG_VERSION").parse().or_fail(Kind::Internal)?,
        target: env!("FIXFORME_TARGET").to_owned(),
    };
    host.ui.print(&(serde_json::to_string(&build).or_fail(Kind::Internal)? + "\n"));
    Ok(ExitCode::AsWanted)
}

/// Its keys can be read, and its arithmetic is right.
fn sound() -> Result<()> {
    ensure!(Sha256::of(b"abc").to_string() == HASH_OF_ABC, "SHA-256 is computed wrongly");
    Keys::pinned()?.self_test()
}
