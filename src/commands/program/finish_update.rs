//! `fixforme finish-update`: stands by while another process of this program exchanges executables on Windows, where that
//! takes two steps. When that process has died, this one ends the exchange, so that a program has the place again.

use std::time::Duration;

use crate::commands::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};

/// How often it is tried: a system may take a moment to free what a process that died had locked.
const TRIES: u32 = 50;
const BETWEEN: Duration = Duration::from_millis(100);

/// Says that it stands by, waits for the end of standard input, and ends the update that is half done then, if any.
pub fn finish_update(host: &Host) -> Result<ExitCode, Failure> {
    let Some(installation) = host.installation.as_deref() else {
        return Err(Failure::words(Kind::Internal, "the system does not say where this program lies"));
    };
    host.ui.print("standing by\n");
    // Nothing is written there: it ends with that process.
    let _ = host.machine.read_input(0);
    for _ in 0..TRIES {
        if installation.repair().or_fail(Kind::Internal)? {
            return Ok(ExitCode::AsWanted);
        }
        host.clock.sleep(BETWEEN);
    }
    Err(Failure::words(Kind::Temporary, "another process is still at an update"))
}
