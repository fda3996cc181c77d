//! No image of this process's memory on a disk: it holds the token. A crash leaves the journal, which is all that the next
//! start needs.

/// Keeps the system from writing this process's memory down, and on Linux other programs of the same user from reading it.
/// Called first thing in the process.
///
/// An error would say that the system knows no such limit; then there is nothing to be done. What it starts has no image
/// written down either. On Windows the person decides (`dist/README.md`).
pub fn forbid() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};

        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    // The limit does not hold where the system hands the image to a program of its own (core(5), "Piping core dumps").
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
