//! The real world behind the ports: clock, network, child processes, journal files, the system's store for secrets, the
//! console, interrupts. Only `wiring` sees it.

pub mod child;
pub mod clock;
pub mod console;
pub mod core_dump;
pub mod dll_search;
pub mod http;
pub mod installation;
pub mod interrupt;
pub mod journal;
pub mod machine;
pub mod paths;
pub mod programs;
pub mod secret_file;
pub mod secret_store;
mod secure_folder;
pub mod state_files;
pub mod window;

pub use child::{Limits, Program};
pub use clock::{SystemClock, VirtualClock};
pub use console::Console;
pub use http::{ReqwestHttp, install_crypto};
pub use interrupt::{Interrupt, Left};
pub use journal::JournalFolder;
pub use machine::{ConfigToml, ThisMachine};
pub use programs::Programs;
pub use state_files::StateFiles;
pub use window::Window;
