//! `fixforme update`: takes a newer version, or brings the one before back.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use semver::Version;

use super::releases::Releases;
use super::revoked;
use super::update_check;
use crate::cli;
use crate::commands::history::finish;
use crate::commands::history::stored_run;
use crate::commands::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::stopped;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::Installation;
use crate::ports::event::{Event, Level, Progress, Update};
use crate::ports::installation::{Archive, NotInstalled};
use crate::ports::ui::{Form, Question, Reply};
use crate::trust::Keys;
use crate::update::decision::{self, Accepted, Asked, Outcome, Refused, Rule, Wanted};
use crate::update::place::{Manager, Place, place, place_of};
use crate::update::state::{FILE, UpdateState};

struct Ending {
    code: ExitCode,
    state: String,
    next: Vec<String>,
}

pub fn update(host: &Host, flags: &cli::Update) -> Result<ExitCode, Failure> {
    let installation = installation(host)?;
    if let Some(switch) = flags.daily_look {
        update_check::switch(installation, switch == cli::Switch::On)?;
        let state = match switch {
            cli::Switch::On => "fixforme looks once a day whether there is a newer version.",
            cli::Switch::Off => "fixforme does not look for newer versions by itself any more.",
        };
        return Ok(finish::end_unchanged(host.ui.as_ref(), ExitCode::AsWanted, state, Vec::new()));
    }
    let Ending { code, state, next } = take(host, installation, flags)?;
    Ok(finish::end_unchanged(host.ui.as_ref(), code, &state, next))
}

/// Takes a newer version before a run, which is still made by the version that was started. An address that does not
/// answer, or an earlier run that is open, is no reason not to repair a tenant; anything else is.
pub fn first(host: &Host, unattended: bool) -> Result<(), Failure> {
    let installation = installation(host)?;
    let ending = match take(host, installation, &cli::Update::newest(unattended)) {
        Ok(ending) => ending,
        Err(failure) if failure.kind == Kind::Temporary => {
            let text = format!("No newer version was taken: {:#}", failure.error);
            host.ui.say(Level::Warning, text);
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    if ending.code == ExitCode::AsWanted && revoked::because(installation).is_some() {
        let running = &installation.build().version;
        let words = format!("this is still fixforme {running}, which was withdrawn. {}", ending.state);
        return Err(Failure::words(Kind::Trust, words).hint("run this again"));
    }
    host.ui.say(Level::Info, ending.state);
    Ok(())
}

fn take(host: &Host, installation: &dyn Installation, flags: &cli::Update) -> Result<Ending, Failure> {
    carry_out(host, installation, flags).map_err(|failure| {
        if failure.state != crate::failure::NOTHING_CHANGED {
            return failure;
        }
        let version = &installation.build().version;
        failure.state(format!("{} This is still fixforme {version}.", crate::failure::NOTHING_CHANGED))
    })
}

fn carry_out(host: &Host, installation: &dyn Installation, flags: &cli::Update) -> Result<Ending, Failure> {
    if !flags.check {
        unmanaged(installation)?;
        // A withdrawn version goes on with no run: the one that takes its place does.
        if revoked::because(installation).is_none() {
            settled(host)?;
        }
    }
    let _lock = installation.lock().or_fail(Kind::Internal)?.ok_or_else(|| {
        Failure::words(Kind::Temporary, "another fixforme is updating itself").hint("wait until it has ended")
    })?;
    let memory = remembered(installation)?;
    if flags.rollback {
        return roll_back(host, installation, &memory);
    }
    let limit = SignedDuration::from_secs(i64::from(flags.time_limit));
    let address = flags.index_url.as_deref().or(host.index_url.as_deref());
    let releases = Releases::of(host, &flags.channel, address, limit)?;
    working(host, "asking for the list of releases", "");
    let keys = Keys::pinned().or_fail(Kind::Internal)?;
    let running = installation.build();
    let asked = Asked { keys: &keys, clock: host.clock.now(), running, channel: &flags.channel, state: &memory };
    let look = || -> Result<_, Failure> {
        let (index, signature) = releases.index()?;
        Ok(decision::accept(&index, &signature, &asked))
    };
    let looked = match look()? {
        // A new pair may have been uploaded between the two.
        Err(refused) if refused.unsigned => look()?,
        looked => looked,
    };
    let accepted = looked.map_err(|refused| {
        let place = installation.state().join(FILE);
        let by_memory = refused.by_memory.then(|| format!("what was seen before is in `{}`", place.display()));
        let failure = failed(refused);
        by_memory.into_iter().fold(failure, Failure::hint)
    })?;
    if accepted.revoked.is_some() {
        // Known from here on, also where nothing can take its place today: it changes no tenant any more.
        remember_after(host, installation, &accepted.state);
    }
    let kept = installation.backup(installation.path()).or_fail(Kind::Internal)?.map(|kept| kept.version);
    let wanted = flags.to.clone().map_or(Wanted::Newest, Wanted::Exactly);
    let outcome = accepted.decide(&asked, &wanted, kept.as_ref()).map_err(failed)?;
    if let Some(because) = &accepted.revoked {
        let text = format!("fixforme {}, which runs, was withdrawn: {because}", running.version);
        host.ui.say(Level::Warning, text);
    }
    match outcome {
        Outcome::Stays => {
            remember(installation, &accepted.state)?;
            Ok(stays(host, installation, &accepted))
        }
        Outcome::Install { archive, notes } if flags.check => {
            remember(installation, &accepted.state)?;
            Ok(available(host, installation, &archive.version, notes))
        }
        Outcome::Install { archive, notes } => {
            let Some(path) = destination(host, installation, &archive, flags)? else {
                let state =
                    format!("fixforme {} was not installed; this is still {}.", archive.version, running.version);
                return Ok(Ending { code: ExitCode::ProblemsRemain, state, next: Vec::new() });
            };
            install(host, installation, &releases, &archive, notes, path, &accepted.state)
        }
        Outcome::BringBack(version) => {
            restore(host, installation, &version)?;
            remember_after(host, installation, &accepted.state);
            Ok(back(host, installation, &version))
        }
    }
}

fn install(
    host: &Host,
    installation: &dyn Installation,
    releases: &Releases,
    archive: &Archive,
    notes: Option<String>,
    path: PathBuf,
    memory: &UpdateState,
) -> Result<Ending, Failure> {
    let (running, version) = (&installation.build().version, &archive.version);
    let megabytes = archive.length.div_ceil(100_000);
    let label = format!("fixforme {version}, {}.{} MB", megabytes / 10, megabytes % 10);
    working(host, "downloading", &label);
    let bytes = releases.archive(archive)?;
    if host.ui.interrupted() {
        return Err(Failure::words(Kind::Interrupted, "you stopped"));
    }
    working(host, "installing", &format!("fixforme {version}"));
    installation.install(archive, &bytes, &path).map_err(|error| not_installed(host, installation, &path, error))?;
    // What was seen counts from here on: nothing of it was refused.
    remember_after(host, installation, memory);
    host.ui.show(&Event::Update(Update {
        running: running.to_string(),
        available: Some(version.to_string()),
        installed: Some(version.to_string()),
        path: Some(path.display().to_string()),
    }));
    let mut next = Vec::new();
    let state = if path == installation.path() {
        if installation.backup(&path).is_ok_and(|kept| kept.is_some()) {
            next.push(format!("To bring {running} back: `fixforme update --rollback`"));
        }
        format!("fixforme {version} is in place of {running}.")
    } else {
        next.push(format!("Start it there; `{}` stays as it is and may be deleted.", installation.path().display()));
        format!("fixforme {version} is installed for you: `{}`", path.display())
    };
    next.extend(notes.map(|notes| format!("What is new: {}", crate::ports::text::one_line(&notes))));
    Ok(Ending { code: ExitCode::AsWanted, state, next })
}

fn roll_back(host: &Host, installation: &dyn Installation, memory: &UpdateState) -> Result<Ending, Failure> {
    let Some(kept) = installation.backup(installation.path()).or_fail(Kind::Internal)? else {
        return Err(Failure::words(Kind::Usage, "no earlier version is kept beside this one, or it was changed since")
            .hint("an update keeps the version that it replaces"));
    };
    decision::may_run(&kept.version, memory).map_err(failed)?;
    restore(host, installation, &kept.version)?;
    Ok(back(host, installation, &kept.version))
}

fn restore(host: &Host, installation: &dyn Installation, version: &Version) -> Result<(), Failure> {
    working(host, "bringing back", &format!("fixforme {version}"));
    let path = installation.path();
    installation.restore(path).map_err(|error| not_installed(host, installation, path, error))
}

/// Where a release goes; `None` when the person does not want it there.
fn destination(
    host: &Host,
    installation: &dyn Installation,
    archive: &Archive,
    flags: &cli::Update,
) -> Result<Option<PathBuf>, Failure> {
    let (path, own_path) = (installation.path(), installation.own_path());
    if let Place::Managed(manager) = place(own_path, own_path, installation.installed_by(own_path).as_deref()) {
        return Err(left_to(&manager, &format!("fixforme in `{}`", own_path.display())));
    }
    if place_of(installation) == Place::Ours {
        return Ok(Some(path.to_owned()));
    }
    if own_path.is_file()
        && let Ok(there) = installation.self_test(own_path)
        && there.version >= archive.version
    {
        return Err(Failure::words(
            Kind::Usage,
            format!("fixforme {} is already installed for you: `{}`", there.version, own_path.display()),
        )
        .hint("start it there"));
    }
    if flags.install {
        return Ok(Some(own_path.to_owned()));
    }
    if flags.yes || !host.ui.can_ask() {
        return Err(Failure::words(
            Kind::Missing,
            format!(
                "fixforme {} is available, but `{}` is not a folder that fixforme updates",
                archive.version,
                path.display()
            ),
        )
        .hint(format!("`fixforme update --install` installs it for you in `{}`", own_path.display())));
    }
    let question = Question::new(
        format!("Install fixforme {} for you in `{}`?", archive.version, own_path.display()),
        Form::YesNo,
    )
    .help(vec![
        format!("This program lies in `{}`, where anybody could have put files beside it.", path.display()),
        "It is not changed there. Installing needs no administrator rights.".to_owned(),
    ]);
    let reply = host.ui.ask(&question).map_err(stopped)?;
    Ok((reply == Reply::Yes).then(|| own_path.to_owned()))
}

/// What a package manager has installed it also updates.
fn unmanaged(installation: &dyn Installation) -> Result<(), Failure> {
    match place_of(installation) {
        Place::Managed(manager) => Err(left_to(&manager, "fixforme")),
        Place::Ours | Place::Elsewhere => Ok(()),
    }
}

fn left_to(manager: &Manager, what: &str) -> Failure {
    Failure::words(Kind::Usage, format!("{what} was installed by {}, which also updates it", manager.name))
        .hint(manager.update)
}

/// While a run is open the program that knows how to go on stays.
fn settled(host: &Host) -> Result<(), Failure> {
    for run in host.journal.list().or_fail(Kind::Internal)? {
        // A journal that cannot be read is no reason: no version of the program can go on with it.
        if let Ok(past) = stored_run::read(host.journal.as_ref(), &run.run)
            && past.receipt.is_open()
        {
            return Err(Failure::words(Kind::Temporary, format!("the run {} has not ended", run.run))
                .hint(format!("`fixforme resume {}` finds out how it stands; then update", run.run)));
        }
    }
    Ok(())
}

fn stays(host: &Host, installation: &dyn Installation, accepted: &Accepted) -> Ending {
    let running = &installation.build().version;
    host.ui.show(&Event::Update(Update { running: running.to_string(), available: None, installed: None, path: None }));
    let (code, state) = if accepted.revoked.is_some() {
        (ExitCode::ProblemsRemain, format!("There is no version yet that could take the place of {running}."))
    } else {
        (ExitCode::AsWanted, format!("fixforme {running} is the newest version."))
    };
    Ending { code, state, next: Vec::new() }
}

fn available(host: &Host, installation: &dyn Installation, version: &Version, notes: Option<String>) -> Ending {
    let running = &installation.build().version;
    host.ui.show(&Event::Update(Update {
        running: running.to_string(),
        available: Some(version.to_string()),
        installed: None,
        path: None,
    }));
    let how = match place_of(installation) {
        Place::Managed(manager) => format!("{} updates it: {}", manager.name, manager.update),
        Place::Ours | Place::Elsewhere => "To take it: `fixforme update`".to_owned(),
    };
    let notes = notes.map(|notes| format!("What is new: {}", crate::ports::text::one_line(&notes)));
    let state = format!("fixforme {version} is available; this is {running}.");
    let next = [Some(how), notes].into_iter().flatten().collect();
    Ending { code: ExitCode::UpdateAvailable, state, next }
}

fn back(host: &Host, installation: &dyn Installation, version: &Version) -> Ending {
    let running = &installation.build().version;
    host.ui.show(&Event::Update(Update {
        running: running.to_string(),
        available: None,
        installed: Some(version.to_string()),
        path: Some(installation.path().display().to_string()),
    }));
    let next = vec![format!("{running} is kept: `fixforme update --rollback` brings it back.")];
    let state = format!("fixforme {version} is back in place of {running}.");
    Ending { code: ExitCode::AsWanted, state, next }
}

fn installation(host: &Host) -> Result<&dyn Installation, Failure> {
    host.installation.as_deref().ok_or_else(|| {
        Failure::words(Kind::Internal, "the system does not say where this program lies, so it cannot be updated")
            .hint("download the newest version by hand")
    })
}

fn remembered(installation: &dyn Installation) -> Result<UpdateState, Failure> {
    let hint = || {
        format!(
            "look at `{}`; without it only what is compiled in counts, and it is made anew",
            installation.state().join(FILE).display()
        )
    };
    installation
        .read(FILE)
        .and_then(|text| UpdateState::read(text.as_deref()))
        .map_err(|error| error.context("what was seen of earlier releases cannot be read"))
        .or_fail(Kind::Trust)
        .map_err(|failure| failure.hint(hint()))
}

fn remember(installation: &dyn Installation, memory: &UpdateState) -> Result<(), Failure> {
    memory.text().and_then(|text| installation.write(FILE, &text)).or_fail(Kind::Internal)
}

/// The program has its place; that must not sound like a failure.
fn remember_after(host: &Host, installation: &dyn Installation, memory: &UpdateState) {
    if let Err(failure) = remember(installation, memory) {
        let text = format!("What was seen of the releases could not be written down: {:#}", failure.error);
        host.ui.say(Level::Warning, text);
    }
}

fn failed(refused: Refused) -> Failure {
    let kind = match refused.rule {
        Rule::Trust => Kind::Trust,
        Rule::Wish => Kind::Usage,
    };
    Failure::words(kind, refused.words).hint(refused.hint)
}

/// Says why, and what has the place now: the very program there is asked.
fn not_installed(host: &Host, installation: &dyn Installation, path: &Path, error: NotInstalled) -> Failure {
    let failure = match error {
        _ if host.ui.interrupted() => Failure::words(Kind::Interrupted, "you stopped"),
        NotInstalled::Untrusted(error) => Failure::new(Kind::Trust, error),
        NotInstalled::Machine(error) => Failure::new(Kind::Internal, error),
    };
    match installation.self_test(path) {
        Ok(there) if path == installation.path() && there.version != installation.build().version => {
            failure.state(format!("fixforme {} is in place of {}.", there.version, installation.build().version))
        }
        _ => failure,
    }
}

fn working(host: &Host, phase: &'static str, label: &str) {
    host.ui.show(&Event::Progress(Progress { phase, label: label.to_owned(), done: 0, total: None }));
}
