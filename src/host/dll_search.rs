//! Where Windows looks for libraries: in its own folder, never beside the program or in the current folder.
//!
//! The program is started from Downloads, where anybody can have put a library. Those that it is linked with are looked
//! for in System32 alone by a flag in its file, the load configuration below; those that are loaded later, by a call
//! first thing in `main`.

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

/// The load configuration, which Windows reads before it loads the libraries that the program is linked with
/// (learn.microsoft.com/windows/win32/debug/pe-format, "The Load Configuration Structure"). Linkers that know its name
/// enter it in the file's header; for the one that does not, `dist/windows/pe.py` does. Microsoft's own linker takes the
/// flag as an option, and Microsoft's runtime has a configuration already.
#[cfg(all(windows, target_env = "gnu", target_pointer_width = "64"))]
#[expect(unsafe_code, reason = "a symbol by the name that linkers know, and a structure of numbers that are zero")]
mod load_configuration {
    use windows_sys::Win32::System::Diagnostics::Debug::IMAGE_LOAD_CONFIG_DIRECTORY64;
    use windows_sys::Win32::System::LibraryLoader::LOAD_LIBRARY_SEARCH_SYSTEM32;

    #[used]
    #[unsafe(no_mangle)]
    static _load_config_used: IMAGE_LOAD_CONFIG_DIRECTORY64 = IMAGE_LOAD_CONFIG_DIRECTORY64 {
        Size: size_of::<IMAGE_LOAD_CONFIG_DIRECTORY64>() as u32,
        DependentLoadFlags: LOAD_LIBRARY_SEARCH_SYSTEM32 as u16,
        // SAFETY: numbers and addresses, all of which may be zero: "not there".
        ..unsafe { std::mem::zeroed() }
    };
}
