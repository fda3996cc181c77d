//! A quiet look, once a day, whether there is a newer version, while a person is led through something else.
//!
//! It delays nothing and says nothing of its failures: it runs beside the command, and what it finds is told when that
//! is there in time, else at the next start. An update is only ever made by `fixforme update` or `run --update`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::releases::Releases;
use crate::commands::host::Host;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::event::Level;
use crate::ports::{Clock, Installation, Ui};
use crate::trust::Keys;
use crate::update::decision::{self, Asked, Outcome, Wanted};
use crate::update::place::{Place, place_of};
use crate::update::state::{FILE, UpdateState};

/// The file in which the look is remembered.
const LOOKED: &str = "looked.json";
const CHANNEL: &str = "stable";
/// How long a look is good for.
const DAILY: SignedDuration = SignedDuration::from_hours(24);
/// How long it may take: nobody waits for it, and nobody needs it later than this.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// The name of the thread that looks. A panic there is as quiet as its other failures, and not the end of the command.
pub const THREAD: &str = "look";

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct LastCheck {
    /// Whether nobody wants it.
    #[serde(default)]
    off: bool,
    /// When the last one began.
    at: Option<Timestamp>,
    /// The newest version that it found, where that was newer than the program that looked.
    available: Option<Version>,
}

/// Tells what the last look has found, and looks again where that was yesterday or earlier. Never waits.
pub fn look(host: &Host) {
    let Some(installation) = host.installation.as_ref().filter(|_| host.may_look && host.ui.can_ask()) else { return };
    let looked = read(installation.as_ref());
    if looked.off {
        return;
    }
    host.newer.found(looked.available.filter(|version| *version > installation.build().version));
    let told = tell(host);
    let now = host.clock.now();
    // A look in the future was made by a clock that has been put right since.
    if looked.at.is_some_and(|at| at <= now && now.duration_since(at) < DAILY) {
        return;
    }
    let Ok(releases) = Releases::of(host, CHANNEL, host.index_url.as_deref(), PATIENCE) else { return };
    let (installation, newer, clock) = (Arc::clone(installation), Arc::clone(&host.newer), Arc::clone(&host.clock));
    // Its end is not awaited: when the process ends first, the next start looks again the day after.
    let _ = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
        // One look is told of once: what is found now and was told of is for the next start.
        let found = |found: Option<Version>| newer.found(found.filter(|_| !told));
        catch_unwind(AssertUnwindSafe(|| ask(&releases, installation.as_ref(), clock.as_ref(), &found)))
    });
}

/// Tells of a newer version, if one was found. Returns whether it has.
pub fn tell(host: &Host) -> bool {
    let (Some(version), Some(installation)) = (host.newer.take(), host.installation.as_deref()) else { return false };
    let running = &installation.build().version;
    let how = match place_of(installation) {
        Place::Managed(manager) => format!("{} updates it: {}", manager.name, manager.update),
        Place::Ours | Place::Elsewhere => "`fixforme update` takes it.".to_owned(),
    };
    info(host.ui.as_ref(), format!("fixforme {version} is available; this is {running}. {how}"));
    true
}

/// Switches the look on or off for good.
pub fn switch(installation: &dyn Installation, on: bool) -> Result<(), Failure> {
    write(installation, &LastCheck { off: !on, ..read(installation) }).or_fail(Kind::Internal)
}

/// Asks for the index. What it says is remembered like after any other look: also which versions are withdrawn.
fn ask(
    releases: &Releases,
    installation: &dyn Installation,
    clock: &dyn Clock,
    found: &dyn Fn(Option<Version>),
) -> Result<()> {
    let now = clock.now();
    // Written first: an address that does not answer is not asked more often than one that does.
    write(installation, &LastCheck { at: Some(now), ..read(installation) })?;
    let (index, signature) = releases.index().map_err(|failure| failure.error)?;
    let _lock = installation.lock()?.context("another fixforme is updating itself")?;
    let memory = UpdateState::read(installation.read(FILE)?.as_deref())?;
    let keys = Keys::pinned()?;
    let asked = Asked { keys: &keys, clock: now, running: installation.build(), channel: CHANNEL, state: &memory };
    let refused = |refused: decision::Refused| anyhow::anyhow!(refused.words);
    let accepted = decision::accept(&index, &signature, &asked).map_err(refused)?;
    let available = match accepted.decide(&asked, &Wanted::Newest, None).map_err(refused)? {
        Outcome::Install { archive, .. } => Some(archive.version),
        Outcome::Stays | Outcome::BringBack(_) => None,
    };
    installation.write(FILE, &accepted.state.text()?)?;
    found(available.clone());
    write(installation, &LastCheck { available, ..read(installation) })
}

/// A file that cannot be read is as good as none: the look is made again.
fn read(installation: &dyn Installation) -> LastCheck {
    let text = installation.read(LOOKED).ok().flatten();
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn write(installation: &dyn Installation, looked: &LastCheck) -> Result<()> {
    installation.write(LOOKED, &(serde_json::to_string_pretty(looked)? + "\n"))
}

fn info(ui: &dyn Ui, text: String) {
    ui.say(Level::Info, text);
}
