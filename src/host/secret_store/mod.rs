//! The operating system's store for secrets, one file a system: each works by what the system brings, and by nothing else.

#[cfg(windows)]
mod data_protection;
#[cfg(target_os = "macos")]
mod keychain;
#[cfg(not(any(windows, target_os = "macos")))]
mod secret_service;

use std::path::Path;
use std::sync::Arc;

use super::interrupt::Interrupt;
use super::programs::Programs;
use crate::ports::SecretStore;

/// Returns the store of whoever runs the program; `attended` says whether a person is there to unlock it. Nothing is
/// looked for before it is used.
pub fn of_this_system(
    programs: &Programs,
    state: &Path,
    interrupt: &Interrupt,
    attended: bool,
) -> Arc<dyn SecretStore> {
    #[cfg(windows)]
    let store = {
        let _ = (programs, interrupt, attended);
        data_protection::DataProtection::new(state)
    };
    #[cfg(target_os = "macos")]
    let store = {
        let _ = (programs, state);
        keychain::Keychain::new(interrupt, attended)
    };
    #[cfg(not(any(windows, target_os = "macos")))]
    let store = {
        let _ = state;
        secret_service::SecretService::new(programs, interrupt, attended)
    };
    Arc::new(store)
}
