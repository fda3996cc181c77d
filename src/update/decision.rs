//! The rules: whether an index is believed, and what becomes of this program by it.

use jiff::{SignedDuration, Timestamp};
use semver::Version;

use super::index::Index;
use super::state::UpdateState;
use crate::ports::installation::{Archive, BuildInfo, Sha256};
use crate::ports::text::one_line;
use crate::trust::{Keys, Purpose};

/// Clocks differ, and an index may come from a machine whose clock is ahead.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_hours(24);
/// An index that is good for ever would let somebody hold an old one before us for ever.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(120 * 24);

pub struct Asked<'a> {
    pub keys: &'a Keys,
    /// What this machine's clock says.
    pub clock: Timestamp,
    pub running: &'a BuildInfo,
    pub channel: &'a str,
    pub state: &'a UpdateState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Newest,
    Exactly(Version),
}

#[derive(Debug)]
pub struct Accepted {
    index: Index,
    /// What to remember, once nothing of it was refused.
    pub state: UpdateState,
    /// Why the running version must not be used any more.
    pub revoked: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: it is what is wanted.
    Stays,
    Install {
        archive: Archive,
        notes: Option<String>,
    },
    BringBack(Version),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub rule: Rule,
    pub words: String,
    pub hint: String,
    /// Whether it depends on what was seen before.
    pub by_memory: bool,
    /// Whether the signature is not good for these bytes: they may have been fetched while a new pair was uploaded.
    pub unsigned: bool,
}

/// Whose fault a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// What came over the network is not to be trusted.
    Trust,
    /// What is wanted cannot be had.
    Wish,
}

impl Refused {
    fn trust(words: impl Into<String>, hint: &str) -> Self {
        Self { rule: Rule::Trust, words: words.into(), hint: hint.to_owned(), by_memory: false, unsigned: false }
    }

    fn wish(words: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { rule: Rule::Wish, words: words.into(), hint: hint.into(), by_memory: false, unsigned: false }
    }
}

const LATER: &str = "try again later; if it stays like this, report it (SECURITY.md says how)";
const PORTAL: &str = "a network's own sign-in page can stand in the way: open a page in a browser, then try again";
const CLOCK: &str = "look at this machine's clock; if it is right, try again tomorrow";

/// Decides whether an index is believed. Nothing in it counts before its signature is found good.
pub fn accept(index: &[u8], signature: &[u8], asked: &Asked<'_>) -> Result<Accepted, Refused> {
    let key = asked
        .keys
        .verify(index, signature, &Purpose::index(asked.channel))
        .map_err(|error| Refused::trust(format!("the index of releases is not trusted: {error:#}"), PORTAL))
        .map_err(|refused| Refused { unsigned: true, ..refused })?;
    let sha256 = Sha256::of(index);
    let index = Index::read(index).map_err(|error| Refused::trust(format!("{error:#}"), LATER))?;
    let refused = |words: String, hint: &str| Refused::trust(format!("the index of releases {words}"), hint);
    let refuse = |words: String, hint: &str| Err(refused(words, hint));
    if asked.state.has_replaced(key, asked.keys) {
        let words = "is signed with a key that another one has replaced".to_owned();
        return Err(Refused { by_memory: true, ..refused(words, LATER) });
    }
    if index.channel != asked.channel {
        return refuse(format!("is of the channel `{}`, not `{}`", one_line(&index.channel), asked.channel), LATER);
    }
    let now = asked.state.now(asked.clock);
    if index.issued > now.checked_add(CLOCK_DIFFERENCE).unwrap_or(Timestamp::MAX) {
        return refuse(format!("is from the future: it was issued {}, and it is {now}", index.issued), CLOCK);
    }
    if index.expires <= now {
        let words = format!("has expired: it was good until {}, and it is {now}", index.expires);
        return Err(Refused { by_memory: now != asked.clock, ..refused(words, CLOCK) });
    }
    let life = index.expires.duration_since(index.issued);
    if life > LONGEST_LIFE || life <= SignedDuration::ZERO {
        return refuse(format!("is good from {} to {}, which none may be", index.issued, index.expires), LATER);
    }
    if i64::try_from(index.version).map_or(true, |version| version > index.issued.as_second()) {
        return refuse(format!("has the version {}, which no index can have by now", index.version), LATER);
    }
    if let Some(words) = asked.state.contradicts(&index, &sha256) {
        return Err(Refused { by_memory: true, ..refused(format!("is not the newest: {words}"), LATER) });
    }
    let state = asked.state.with(&index, sha256, key);
    let revoked = index.revoked(&asked.running.version).map(one_line);
    Ok(Accepted { index, state, revoked })
}

impl Accepted {
    /// Decides what becomes of the program. `kept` is the version that an earlier update has put aside.
    pub fn decide(&self, asked: &Asked<'_>, wanted: &Wanted, kept: Option<&Version>) -> Result<Outcome, Refused> {
        let BuildInfo { version: running, target, .. } = asked.running;
        match wanted {
            Wanted::Newest => Ok(self.newest(running, target).map_or(Outcome::Stays, install)),
            Wanted::Exactly(version) if version == running => Ok(Outcome::Stays),
            Wanted::Exactly(version) => {
                self.may_run(version)?;
                if version < running {
                    return if kept == Some(version) {
                        Ok(Outcome::BringBack(version.clone()))
                    } else {
                        Err(downwards(version, running, kept))
                    };
                }
                let Some(release) = self.index.release(version) else {
                    let newest = self.newest(running, target).map_or_else(
                        || format!("{running}, which runs, is the newest"),
                        |(archive, _)| format!("the newest is {}", archive.version),
                    );
                    return Err(Refused::wish(format!("there is no version {version}"), newest));
                };
                let archive = release.archive(target).ok_or_else(|| {
                    Refused::wish(format!("{version} was not made for {target}"), "leave out `--to` for the newest one")
                })?;
                Ok(install((archive, release.notes.clone())))
            }
        }
    }

    /// The newest release that is newer than the running one and may be installed here.
    fn newest(&self, running: &Version, target: &str) -> Option<(Archive, Option<String>)> {
        self.index
            .releases
            .iter()
            .filter(|release| release.version > *running && self.may_run(&release.version).is_ok())
            .filter_map(|release| Some((release.archive(target)?, release.notes.clone())))
            .max_by(|(one, _), (other, _)| one.version.cmp(&other.version))
    }

    /// The state holds what this index says, and what other channels have said.
    fn may_run(&self, version: &Version) -> Result<(), Refused> {
        may_run(version, &self.state)
    }
}

/// Decides whether a version may be installed or come back, by what is remembered: this needs no network.
pub fn may_run(version: &Version, state: &UpdateState) -> Result<(), Refused> {
    let refuse = |words: String| Err(Refused::trust(words, "take a later version: `fixforme update`"));
    if let Some(because) = state.revoked(version) {
        return refuse(format!("{version} was withdrawn: {}", one_line(because)));
    }
    match state.min_supported() {
        Some(oldest) if version < oldest => {
            refuse(format!("{version} is older than {oldest}, the oldest that may run"))
        }
        _ => Ok(()),
    }
}

fn install((archive, notes): (Archive, Option<String>)) -> Outcome {
    Outcome::Install { archive, notes }
}

fn downwards(version: &Version, running: &Version, kept: Option<&Version>) -> Refused {
    let hint = match kept {
        Some(kept) => format!("the one that can come back is {kept}: `fixforme update --rollback`"),
        None => "none is kept beside this one".to_owned(),
    };
    Refused::wish(format!("{version} is older than {running}, which runs"), hint)
}
