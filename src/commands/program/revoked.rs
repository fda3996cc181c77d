//! A version that was withdrawn changes no tenant any more: known by the last signed list of releases that was seen.

use crate::commands::host::Host;
use crate::failure::{Failure, Kind};
use crate::ports::Installation;
use crate::ports::event::Level;
use crate::update::decision::may_run;
use crate::update::place::{Place, place_of};
use crate::update::state::{FILE, UpdateState};

/// Returns why the running version was withdrawn, as far as is known.
pub fn because(installation: &dyn Installation) -> Option<String> {
    let memory = memory(installation)?;
    memory.revoked(&installation.build().version).map(crate::ports::text::one_line)
}

/// Warns where nothing is changed anyway.
pub fn warn(host: &Host) {
    if let Some(installation) = host.installation.as_deref()
        && let Some(because) = because(installation)
    {
        let text = format!("fixforme {}, which runs, was withdrawn: {because}", installation.build().version);
        host.ui.say(Level::Warning, text);
    }
}

/// Refuses what would change a tenant, and says what helps.
pub fn refuse(host: &Host) -> Result<(), Failure> {
    let Some(installation) = host.installation.as_deref() else { return Ok(()) };
    let Some(because) = because(installation) else { return Ok(()) };
    let running = &installation.build().version;
    let words = format!("fixforme {running} was withdrawn and changes no tenant any more: {because}");
    let mut failure = Failure::words(Kind::Trust, words);
    match place_of(installation) {
        Place::Managed(manager) => failure = failure.hint(manager.update),
        Place::Ours | Place::Elsewhere => {
            failure = failure.hint("`fixforme update` takes a later version, which goes on with every run of this one");
            let kept = installation.backup(installation.path()).ok().flatten();
            if let Some(kept) = kept
                && memory(installation).is_some_and(|memory| may_run(&kept.version, &memory).is_ok())
            {
                failure = failure.hint(format!("`fixforme update --rollback` brings {} back", kept.version));
            }
        }
    }
    Err(failure.hint("`fixforme check` and `fixforme guide` still work: they change nothing"))
}

/// What cannot be read says nothing: the same as if somebody had deleted it. `fixforme update` tells of it.
fn memory(installation: &dyn Installation) -> Option<UpdateState> {
    let text = installation.read(FILE).ok().flatten()?;
    UpdateState::read(Some(&text)).ok()
}
