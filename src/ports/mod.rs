//! The one door through which the program meets the outside: five object-safe traits and the plain data they speak.
//!
//! Everything above this floor (the wizard format, the engine, the commands) reaches time, people, the network,
//! the journal and sign-in only through these traits. [`crate::wiring`] is the only place that knows who implements
//! them. What several neighbours on one floor share (clouds, masking, visible text, how a file that
//! somebody has named is read) lives here as well.

pub mod clock;
pub mod cloud;
pub mod config_file;
pub mod credentials;
pub mod event;
pub mod file;
pub mod http;
pub mod installation;
pub mod journal;
pub mod nearest;
pub mod origin;
pub mod path;
pub mod retry;
pub mod secret_store;
pub mod sign_in_error;
pub mod terms;
pub mod text;
pub mod ui;
mod unreadable;
pub mod user;

pub use clock::Clock;
pub use config_file::ConfigFile;
pub use credentials::{Challenge, Credentials, Token};
pub use event::Event;
pub use http::Http;
pub use installation::Installation;
pub use journal::Journal;
pub use origin::Origin;
pub use path::ResourcePath;
pub use secret_store::SecretStore;
pub use sign_in_error::SignInError;
pub use ui::Ui;
pub use unreadable::unreadable;
