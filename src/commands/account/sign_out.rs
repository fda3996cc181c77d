//! `fixforme sign-out`: removes the sign-ins that the operating system's store keeps for this program.

use crate::commands::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind};
use crate::ports::event::Level;

/// Removes every remembered sign-in of the person who runs the program.
pub fn sign_out(host: &Host) -> Result<ExitCode, Failure> {
    let store = &host.secrets;
    store.clear().map_err(|error| {
        Failure::new(Kind::Access, error.context(format!("{} cannot be used", store.name())))
            .hint("where `--remember-sign-in` was never used, no sign-in is kept anywhere")
    })?;
    let text = format!(
        "No sign-in of fixforme is left in {}. Microsoft still knows of it until it lapses; an administrator ends it at once \
         by revoking the account's sessions.",
        store.name()
    );
    host.ui.say(Level::Info, text);
    Ok(ExitCode::AsWanted)
}
