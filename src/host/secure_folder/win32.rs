//! Access lists of Windows: a folder made for one account, and who else reaches one that is there.
//!
//! What is made in such a folder inherits its list, so that files need none of their own.
#![expect(
    unsafe_code,
    reason = "calls into Windows: texts of this file, and structures that Windows hands out and frees"
)]

use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{CloseHandle, HLOCAL, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW,
    SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, DACL_SECURITY_INFORMATION, GetAce, GetTokenInformation, OWNER_SECURITY_INFORMATION,
    PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateDirectoryW, FILE_EXECUTE, FILE_READ_ATTRIBUTES, FILE_READ_EA, READ_CONTROL, SYNCHRONIZE,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// Who reaches every folder of a person anyway: the system, administrators, the installer of Windows; and whoever owns a
/// thing, as who the owner is asked about. Numbers of "Well-known SIDs" (learn.microsoft.com/windows/win32/secauthz).
const TRUSTED: [&str; 5] = [
    "S-1-5-18",
    "S-1-5-32-544",
    "S-1-3-0",
    "S-1-3-4",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];
/// What a stranger may have: to pass through, and to look at the folder from outside.
const HARMLESS: u32 = SYNCHRONIZE | READ_CONTROL | FILE_READ_ATTRIBUTES | FILE_READ_EA | FILE_EXECUTE;
/// The first byte of an entry that allows; others deny or are for audits.
const ALLOWS: u8 = 0;

/// Something that Windows hands out and wants back.
struct Lent(HLOCAL);

impl Drop for Lent {
    fn drop(&mut self) {
        // SAFETY: it came from a call that says so, and nobody else frees it.
        unsafe { LocalFree(self.0) };
    }
}

/// Creates a folder for this account, the system and administrators alone. It inherits nothing.
pub(super) fn create(folder: &Path) -> io::Result<()> {
    let me = me()?;
    let list = format!("O:{me}D:P(A;OICI;FA;;;{me})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
    let (list, folder) = (wide(list.encode_utf16()), wide(folder.as_os_str().encode_wide()));
    let mut descriptor: PSECURITY_DESCRIPTOR = ptr::null_mut();
    // SAFETY: a text that ends with a zero, and a place for the answer.
    told(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            list.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            ptr::null_mut(),
        )
    })?;
    let descriptor = Lent(descriptor);
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.0,
        bInheritHandle: 0,
    };
    // SAFETY: a text that ends with a zero, and a structure that outlives the call.
    told(unsafe { CreateDirectoryW(folder.as_ptr(), &raw const attributes) })
}

/// Returns an account that reads or changes what is in the folder, or owns it, and should not; by its number.
pub(super) fn stranger(folder: &Path) -> io::Result<Option<String>> {
    let folder = wide(folder.as_os_str().encode_wide());
    let (mut owner, mut list): (PSID, _) = (ptr::null_mut(), ptr::null_mut());
    let mut descriptor: PSECURITY_DESCRIPTOR = ptr::null_mut();
    // SAFETY: a text that ends with a zero, and places for the answers, which lie in the descriptor.
    let error = unsafe {
        GetNamedSecurityInfoW(
            folder.as_ptr(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            &raw mut owner,
            ptr::null_mut(),
            &raw mut list,
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error as i32));
    }
    let _descriptor = Lent(descriptor);
    if list.is_null() {
        return Ok(Some("everybody: the disk keeps no access lists".to_owned()));
    }
    let me = me()?;
    let is_trusted = |who: &String| *who == me || TRUSTED.contains(&who.as_str());
    // SAFETY: Windows filled both in, and the descriptor is still there.
    let (owner, count) = unsafe { (number(owner)?, (*list).AceCount) };
    if !is_trusted(&owner) {
        return Ok(Some(owner));
    }
    for place in 0..u32::from(count) {
        let mut entry = ptr::null_mut();
        // SAFETY: the list has that many entries. Each begins with its kind, and one that allows goes on with rights and
        // an account's number.
        let allowed = unsafe {
            told(GetAce(list, place, &raw mut entry))?;
            if (*entry.cast::<ACE_HEADER>()).AceType != ALLOWS {
                continue;
            }
            let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
            ((*entry).Mask, number((&raw mut (*entry).SidStart).cast())?)
        };
        if allowed.0 & !HARMLESS != 0 && !is_trusted(&allowed.1) {
            return Ok(Some(allowed.1));
        }
    }
    Ok(None)
}

/// The number of the account that runs this process.
fn me() -> io::Result<String> {
    // A structure that points behind itself: an account's number has at most 68 bytes.
    let mut answer = [0_u64; 16];
    let mut token = ptr::null_mut();
    let mut length = 0;
    // SAFETY: a buffer with its length and the right alignment, and a handle that is closed again.
    unsafe {
        told(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token))?;
        let size = size_of_val(&answer) as u32;
        let done = told(GetTokenInformation(token, TokenUser, answer.as_mut_ptr().cast(), size, &raw mut length));
        CloseHandle(token);
        done?;
        number((*answer.as_ptr().cast::<TOKEN_USER>()).User.Sid)
    }
}

/// The number of an account as text, `S-1-…`.
///
/// # Safety
/// `account` is one that Windows has filled in and that is still there.
unsafe fn number(account: PSID) -> io::Result<String> {
    let mut text = ptr::null_mut();
    // SAFETY: a place for the answer, a text that ends with a zero.
    unsafe {
        told(ConvertSidToStringSidW(account, &raw mut text))?;
        let _text = Lent(text.cast());
        let length = (0..).take_while(|at| *text.add(*at) != 0).count();
        Ok(String::from_utf16_lossy(std::slice::from_raw_parts(text, length)))
    }
}

/// The last error, where a call says that it failed.
fn told(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn wide(text: impl Iterator<Item = u16>) -> Vec<u16> {
    text.chain([0]).collect()
}
