//! The one door through which the program meets the outside: object-safe traits and the plain data they speak.
//!
//! Everything above this floor (the wizard format, the engine, the commands) reaches time, people, the network,
//! the journal, sign-in and the machine only through these traits. [`crate::wiring`] is the only place that knows who implements
//! them. What several neighbors on one floor share (clouds, masking, visible text, how a file that
//! somebody has named is read) lives here as well.

pub mod cloud;
pub mod credentials;
pub mod event;
pub mod file;
pub mod http;
pub mod installation;
pub mod journal;
pub mod machine;
pub mod nearest;
pub mod origin;
pub mod path;
pub mod retry;
pub mod sign_in_error;
pub mod sign_in_method;
pub mod terms;
pub mod text;
pub mod ui;
pub mod user;

pub use credentials::{Challenge, Credentials, Token};
pub use event::Event;
pub use file::unreadable;
pub use http::Http;
pub use installation::Installation;
pub use journal::Journal;
pub use machine::{Clock, ConfigFile, Machine, ProgramOutput, SecretStore};
pub use origin::Origin;
pub use path::ResourcePath;
pub use sign_in_error::SignInError;
pub use sign_in_method::{SignInMethod, SignInVariables};
pub use ui::Ui;
