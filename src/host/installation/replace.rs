//! Putting another executable into a program's place, so that a program is there whatever happens.
//!
//! Everything is made ready beside the program: a folder `.fixforme-update` that only its owner may touch, on the same
//! disk. What is about to happen is written down (`intent.json`), then one step changes which executable has the
//! program's name, then the old one gets its lasting name. A process that is killed in between leaves either
//! executable in the place, and the next start of fixforme does the rest ([`InstalledProgram::end_interrupted`]). Windows needs two steps
//! for the name; there a watchdog, a second process, does the rest at once.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use fs_err as fs;
use ring::digest;
use serde::{Deserialize, Serialize};

use super::{InstalledProgram, archive, parts};
use crate::host::child::Program;
use crate::host::secure_folder;
use crate::ports::Installation;
use crate::ports::installation::{Archive, BuildInfo, Executable, NotInstalled, Sha256};
use crate::ports::text::one_line;

const INTENT: &str = "intent.json";
const KEPT: &str = "kept.json";
const STAGE: &str = ".fixforme-update";
/// In the stage: the executable that had the place before. Windows changes places in two steps; whoever finds no program
/// in its place after a power cut between them, which no process outlives, starts this one, and it goes back.
const PENDING: &str = if cfg!(windows) { "fixforme.exe" } else { "fixforme" };

/// What is about to happen, or half done.
#[derive(Debug, Serialize, Deserialize)]
struct Intent {
    path: PathBuf,
    new: Executable,
    old: Option<Executable>,
}

/// Which executable was put aside, and whose place it had.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    path: PathBuf,
    kept: Executable,
}

/// Makes an executable ready in the folder that is given, and says where.
type Preparing<'a> = dyn Fn(&Path) -> Result<PathBuf, NotInstalled> + 'a;

impl InstalledProgram {
    /// Unpacks an archive and puts its executable into the place `path`.
    pub(super) fn replace_by_archive(&self, archive: &Archive, bytes: &[u8], path: &Path) -> Result<(), NotInstalled> {
        let parent = path.parent().context("a program lies in a folder")?;
        fs::create_dir_all(parent).with_context(|| not_allowed(path))?;
        let new = Executable { version: archive.version.clone(), sha256: archive.executable_sha256 };
        self.replace(path, new, &|stage| {
            let packed = stage.join("archive.tar.gz");
            fs::write(&packed, bytes)?;
            let unpacked = unpack(archive, &packed, stage)?;
            make_executable(&unpacked)?;
            Ok(unpacked)
        })
    }

    /// Swaps the executable at `path` and its backup.
    pub(super) fn replace_by_backup(&self, path: &Path) -> Result<(), NotInstalled> {
        let backup = self.unchanged_backup(path)?.context("no program is kept that could come back")?;
        self.replace(path, backup, &|stage| {
            let new = stage.join("back");
            second_name(&backup_path(path), &new)?;
            Ok(new)
        })
    }

    /// Returns the backup of what was at `path`, where it is still the same.
    pub(super) fn unchanged_backup(&self, path: &Path) -> Result<Option<Executable>> {
        let Some(text) = self.files.read(KEPT)? else { return Ok(None) };
        let Ok(record) = serde_json::from_str::<Record>(&text) else { return Ok(None) };
        let backup = backup_path(path);
        let same = record.path == path && fs::symlink_metadata(&backup).is_ok_and(|about| about.is_file());
        Ok((same && hash(&backup)? == record.kept.sha256).then_some(record.kept))
    }

    /// Ends what an earlier process has begun and not ended. Returns false where another process is still at it.
    pub(super) fn end_interrupted(&self) -> Result<bool> {
        if !self.files.exists(INTENT) {
            return Ok(true);
        }
        let Some(_lock) = self.files.lock()? else { return Ok(false) };
        self.end_earlier()?;
        Ok(true)
    }

    fn end_earlier(&self) -> Result<()> {
        let Some(text) = self.files.read(INTENT)? else { return Ok(()) };
        match serde_json::from_str::<Intent>(&text) {
            Ok(intent) => self.settle(&Stage::of(&intent.path), &intent, false),
            // It is written in one step, so this was somebody else.
            Err(_) => self.files.remove(INTENT),
        }
    }

    /// Lets `prepare` make the new executable ready in the stage, and gives it the place `path`. The caller holds the lock.
    fn replace(&self, path: &Path, new: Executable, prepare: &Preparing<'_>) -> Result<(), NotInstalled> {
        let backup = backup_path(path);
        if fs::symlink_metadata(&backup).is_ok_and(|about| !about.is_file()) {
            let words = format!("`{}` is in the way: the old program is to be kept there", backup.display());
            return Err(NotInstalled::Machine(anyhow!(words)));
        }
        // What an earlier replacement has left may be the only old executable.
        self.end_earlier()?;
        let old = if path.exists() { self.identify(path)? } else { None };
        let intent = Intent { path: path.to_path_buf(), new, old };
        let stage = Stage::of(path);
        stage.remove()?;
        // Windows needs two steps: should this process die between them, another one of this program takes the next.
        let _watchdog =
            if cfg!(windows) { Some(Program::at(self.path())?.watchdog(&["finish-update"])?) } else { None };
        self.write(INTENT, &intent)?;
        let changed = self.change(&stage, &intent, prepare);
        // From here on this process does what the next start would do after it.
        let placed = changed.is_ok();
        match (changed, self.settle(&stage, &intent, placed)) {
            (Ok(()), settled) => settled.map_err(NotInstalled::Untrusted),
            (Err(error), Ok(())) => Err(error),
            (Err(NotInstalled::Machine(error) | NotInstalled::Untrusted(error)), Err(left)) => {
                Err(NotInstalled::Machine(error.context(format!("{left:#}"))))
            }
        }
    }

    fn change(&self, stage: &Stage, intent: &Intent, prepare: &Preparing<'_>) -> Result<(), NotInstalled> {
        stage.create()?;
        let new = prepare(&stage.0)?;
        let passed = self.passes(&new, &intent.new).context("the new program does not pass its own test");
        passed.map_err(NotInstalled::Untrusted)?;
        flush(&new)?;
        secure_folder::sync(&stage.0)?;
        Ok(swap(&new, &intent.path, &stage.join(PENDING))?)
    }

    /// Brings a replacement to its end, forwards or back. Which executable has the place tells how far it came; where this
    /// process has `placed` the new one, anything else there is an error. The old one is never removed with the stage.
    fn settle(&self, stage: &Stage, intent: &Intent, placed: bool) -> Result<()> {
        let (path, pending) = (&intent.path, stage.join(PENDING));
        let is_new = has(path, intent.new.sha256)?;
        // Whether it outlives a power cut in its place is not worth taking it away again.
        let _ = if is_new { sync_around(path) } else { Ok(()) };
        let failed = match is_new {
            true => self.proves_itself(path, &intent.new).err(),
            false => placed.then(|| anyhow!("something has changed or removed it")),
        };
        if let Some(error) = failed {
            let which = self.put_back(&pending, intent)?;
            self.forget(stage, path)?;
            return Err(error.context(format!("the new program does not start in its place, so {which}")));
        }
        if is_new {
            // It has proven itself. What is left is tidying, which the next start does if this fails.
            let _ = self.keep(&pending, intent).and_then(|()| self.forget(stage, path));
            return Ok(());
        }
        if !path.is_file() && pending.is_file() {
            fs::rename(&pending, path)?;
        } else if pending.is_file() && !has(path, hash(&pending)?)? {
            // Somebody has put a third one there since. It stays, and so does the old one.
            self.keep(&pending, intent)?;
        }
        self.forget(stage, path)
    }

    /// Fails where the new executable does not start in its place, or is another one by then.
    fn proves_itself(&self, path: &Path, new: &Executable) -> Result<()> {
        if path == self.path() && new.version == self.build().version {
            return Ok(());
        }
        self.passes(path, new)?;
        ensure!(has(path, new.sha256)?, "something has changed or removed it");
        Ok(())
    }

    /// Gives the place back to the old executable, wherever that is by now.
    fn put_back(&self, pending: &Path, intent: &Intent) -> Result<&'static str> {
        let backup = backup_path(&intent.path);
        match &intent.old {
            _ if pending.is_file() => fs::rename(pending, &intent.path)?,
            Some(old) if backup.is_file() && hash(&backup)? == old.sha256 => fs::rename(&backup, &intent.path)?,
            // A program that does not start is still better than none.
            Some(_) => return Ok("look at it; the old one is gone"),
            None => {
                if intent.path.is_file() {
                    fs::remove_file(&intent.path)?;
                }
                return Ok("it was removed again");
            }
        }
        Ok("the old one is back")
    }

    /// Gives the old executable its lasting name.
    fn keep(&self, pending: &Path, intent: &Intent) -> Result<()> {
        let backup = backup_path(&intent.path);
        if pending.is_file() {
            fs::rename(pending, &backup)?;
        }
        let Some(old) = &intent.old else { return Ok(()) };
        self.write(KEPT, &Record { path: intent.path.clone(), kept: old.clone() })
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<()> {
        self.files.write(name, (serde_json::to_string_pretty(value)? + "\n").as_bytes())
    }

    /// Removes the stage and then the intent: while that is there, the next start tries again.
    fn forget(&self, stage: &Stage, path: &Path) -> Result<()> {
        stage.remove()?;
        sync_around(path)?;
        self.files.remove(INTENT)
    }

    fn passes(&self, path: &Path, expected: &Executable) -> Result<()> {
        let BuildInfo { product, version, target } = &self.self_test(path)?;
        ensure!(
            product == "fixforme" && *version == expected.version && *target == env!("FIXFORME_TARGET"),
            "it says that it is {} {version} for {}, not fixforme {} for {}",
            one_line(product),
            one_line(target),
            expected.version,
            env!("FIXFORME_TARGET")
        );
        Ok(())
    }

    /// What is at `path` now; `None` where it does not say so itself.
    fn identify(&self, path: &Path) -> Result<Option<Executable>> {
        let sha256 = hash(path)?;
        let says = self.self_test(path).ok().map(|build| build.version);
        let version = says.or_else(|| (path == self.path()).then(|| self.build().version.clone()));
        Ok(version.map(|version| Executable { version, sha256 }))
    }
}

/// Unpacks the executable of an archive. From here on what is on the disk counts, not what came over the network.
fn unpack(archive: &Archive, packed: &Path, stage: &Path) -> Result<PathBuf, NotInstalled> {
    let name = &archive.name;
    must_be(packed, archive.length, archive.sha256, || format!("the archive `{name}`"))?;
    archive::look(packed, archive).map_err(NotInstalled::Untrusted)?;
    let executable = archive::executable(archive);
    parts::unpack(packed, &executable, stage)?;
    let new = stage.join(&executable);
    let (length, sha256) = (archive.executable_length, archive.executable_sha256);
    must_be(&new, length, sha256, || format!("the executable in `{name}`"))?;
    Ok(new)
}

fn must_be(path: &Path, length: u64, sha256: Sha256, what: impl Fn() -> String) -> Result<(), NotInstalled> {
    let about = fs::symlink_metadata(path)?;
    if about.is_file() && about.len() == length && hash(path)? == sha256 {
        return Ok(());
    }
    Err(NotInstalled::Untrusted(anyhow!("{} is not the one that the index describes", what())))
}

/// The folder beside the program in which everything is made ready.
struct Stage(PathBuf);

impl Stage {
    fn of(path: &Path) -> Self {
        Self(path.with_file_name(STAGE))
    }

    fn create(&self) -> Result<()> {
        secure_folder::create_new(&self.0).with_context(|| not_allowed(&self.0))
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn remove(&self) -> Result<()> {
        // Removing what is behind a link would reach somewhere else.
        if fs::symlink_metadata(&self.0).is_ok_and(|about| about.is_dir()) {
            fs::remove_dir_all(&self.0)?;
        }
        Ok(())
    }
}

fn not_allowed(path: &Path) -> String {
    let folder = path.parent().unwrap_or(path);
    format!("you may not write to `{}`, where fixforme lies", folder.display())
}

/// Gives the place to `new`; what was there is at `pending` afterwards.
#[cfg(not(windows))]
fn swap(new: &Path, path: &Path, pending: &Path) -> Result<()> {
    if path.exists() {
        second_name(path, pending)?;
    }
    parts::put(new, path)
}

/// Gives the place to `new`; what was there is at `pending` afterwards.
#[cfg(windows)]
fn swap(new: &Path, path: &Path, pending: &Path) -> Result<()> {
    parts::swap(new, path, pending)
}

/// Makes a second name for a file, or a copy where the disk knows no second names. On Windows always a copy: while a file
/// runs, none of its names can be given to another.
fn second_name(file: &Path, name: &Path) -> Result<()> {
    if cfg!(windows) || fs::hard_link(file, name).is_err() {
        fs::copy(file, name)?;
        flush(name)?;
    }
    Ok(())
}

/// Makes what is in a file durable. Windows wants a handle that may write for that.
fn flush(path: &Path) -> Result<()> {
    fs::OpenOptions::new().read(true).write(cfg!(windows)).open(path)?.sync_all()?;
    Ok(())
}

fn sync_around(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), secure_folder::sync)
}

/// Where the executable that had the place before is kept: `fixforme.old`, on Windows `fixforme.old.exe`.
fn backup_path(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = if cfg!(windows) { ".exe" } else { "" };
    path.with_file_name(format!("{stem}.old{ending}"))
}

/// Returns whether a file is there, and has that hash.
fn has(path: &Path, sha256: Sha256) -> Result<bool> {
    Ok(path.is_file() && hash(path)? == sha256)
}

fn hash(path: &Path) -> Result<Sha256> {
    let mut file = fs::File::open(path)?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        context.update(chunk.get(..read).ok_or_else(|| anyhow!("a file gave more bytes than were asked for"))?);
    }
    Ok(Sha256::from(context.finish()))
}

fn make_executable(path: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let _ = path;
    Ok(())
}
