//! Where Windows looks for libraries: in its own folder, never beside the program or in the current folder.
//!
//! The program is started from Downloads, where anybody can have put a library. Those that it is linked with are looked
//! for in System32 alone by a flag in its file (`dist/windows/pe.rs` sets it); this is for those that are loaded later.

/// Makes Windows look for libraries in System32 alone, from now on. Elsewhere there is nothing to do.
#[cfg_attr(windows, expect(unsafe_code, reason = "one call into Windows, with a number"))]
pub fn system_only() {
    #[cfg(windows)]
    // SAFETY: a number. It fails only before Windows 8, on which the program does not run.
    unsafe {
        use windows_sys::Win32::System::LibraryLoader::{LOAD_LIBRARY_SEARCH_SYSTEM32, SetDefaultDllDirectories};

        SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    }
}
