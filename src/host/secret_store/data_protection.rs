//! Windows' data protection (DPAPI): each sign-in is a file of the state folder that only this account on this machine can
//! read. The system's credential manager would be the place, but what Entra gives is longer than it takes.

use std::path::Path;

use anyhow::{Context, Result};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};

use crate::host::state_files::StateFiles;
use crate::ports::SecretStore;
use crate::ports::installation::Sha256;

const ENDING: &str = ".dpapi";

/// The files of the sign-ins.
pub(super) struct DataProtection(StateFiles);

impl DataProtection {
    pub(super) fn new(state: &Path) -> Self {
        Self(StateFiles::new(state, "sign-ins"))
    }
}

impl SecretStore for DataProtection {
    fn name(&self) -> &'static str {
        "a file that Windows protects for your account"
    }

    fn read(&self, name: &str) -> Result<Option<SecretString>> {
        let Some(bytes) = self.0.read_bytes(&file(name))? else { return Ok(None) };
        let text = Zeroizing::new(unprotect(&bytes, name)?);
        let text = std::str::from_utf8(&text).context("it does not contain text")?;
        Ok(Some(SecretString::from(text)))
    }

    fn write(&self, name: &str, secret: &SecretString) -> Result<()> {
        self.0.write(&file(name), &protect(secret.expose_secret().as_bytes(), name)?)
    }

    fn clear(&self) -> Result<()> {
        let Ok(entries) = fs_err::read_dir(self.0.folder()) else { return Ok(()) };
        for entry in entries {
            let entry = entry?.file_name();
            if let Some(name) = entry.to_str().filter(|name| name.ends_with(ENDING) || name.ends_with(".new")) {
                self.0.remove(name)?;
            }
        }
        Ok(())
    }
}

/// The name of a sign-in holds an address; a file's must not.
fn file(name: &str) -> String {
    format!("{}{ENDING}", Sha256::of(name.as_bytes()))
}

/// Protects bytes for this account; `name` must be given again to read them, so that no file passes for another.
fn protect(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    transformed(bytes, name, true).context("Windows does not protect it")
}

fn unprotect(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    transformed(bytes, name, false).context("Windows does not open it: it was kept by another account or machine")
}

#[expect(unsafe_code, reason = "Windows protects data by these calls")]
fn transformed(bytes: &[u8], name: &str, protects: bool) -> std::io::Result<Vec<u8>> {
    let blob = |bytes: &[u8]| CRYPT_INTEGER_BLOB {
        cbData: u32::try_from(bytes.len()).unwrap_or_default(),
        pbData: bytes.as_ptr().cast_mut(),
    };
    let (input, entropy) = (blob(bytes), blob(name.as_bytes()));
    let mut output = CRYPT_INTEGER_BLOB { cbData: 0, pbData: std::ptr::null_mut() };
    let (none, flags) = (std::ptr::null_mut(), CRYPTPROTECT_UI_FORBIDDEN);
    // SAFETY: the blobs describe slices that outlive the calls, which only read them; what may be null is null; the output
    // is filled in by the call.
    let done = unsafe {
        if protects {
            CryptProtectData(
                &raw const input,
                std::ptr::null(),
                &raw const entropy,
                none,
                none.cast(),
                flags,
                &raw mut output,
            )
        } else {
            CryptUnprotectData(
                &raw const input,
                none.cast(),
                &raw const entropy,
                none,
                none.cast(),
                flags,
                &raw mut output,
            )
        }
    };
    if done == 0 || output.pbData.is_null() {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: the call has filled in an allocation of its own of that length, which is freed below and nowhere else.
    let result = unsafe { std::slice::from_raw_parts_mut(output.pbData, output.cbData as usize) };
    let copy = result.to_vec();
    result.fill(0);
    // SAFETY: as above.
    unsafe { LocalFree(output.pbData.cast()) };
    Ok(copy)
}
