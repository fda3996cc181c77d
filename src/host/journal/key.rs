//! The key of a state folder: 32 random bytes, made once, readable by the owner alone.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use fs_err as fs;
use ring::hmac;

use crate::host::clock::random;
use crate::host::secure_folder;

const KEY_BYTES: usize = 32;

/// Returns the key, or `None` when there is none or it is not one of ours.
pub(super) fn find(state: &Path) -> Result<Option<hmac::Key>> {
    Ok(read(state)?.and_then(|bytes| key(&bytes)))
}

/// Returns the key, making one where there is none.
///
/// It is written beside, made durable and then renamed, under a lock: no process ever sees half a key, and of two that
/// begin at once both get the same.
pub(super) fn find_or_create(state: &Path) -> Result<hmac::Key> {
    let mut options = secure_folder::owner_only();
    let lock = options.create(true).truncate(false).write(true).open(state.join("journal.key.lock"))?;
    lock.lock()?;
    let path = state.join("journal.key");
    if let Some(bytes) = read(state)? {
        let Some(key) = key(&bytes) else {
            bail!(
                "`{}` is damaged. Move it away: a new key is made, and older runs can then be rolled back only after \
                 they were shown and confirmed by hand",
                path.display()
            );
        };
        return Ok(key);
    }
    let mut bytes = [0; KEY_BYTES];
    random(&mut bytes);
    let beside = state.join("journal.key.new");
    // A crash may have left one; under the lock nobody else is writing it.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = secure_folder::owner_only().create_new(true).write(true).open(&beside)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, &path)?;
    secure_folder::sync(state)?;
    key(&bytes).context("the new key has the wrong length")
}

fn read(state: &Path) -> Result<Option<Vec<u8>>> {
    let file = match secure_folder::owner_only().read(true).open(state.join("journal.key")) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn key(bytes: &[u8]) -> Option<hmac::Key> {
    (bytes.len() == KEY_BYTES).then(|| hmac::Key::new(hmac::HMAC_SHA256, bytes))
}
