//! Ways to sign in, one a file; all of them are [`crate::seam::Credentials`].
//!
//! A person signs in by [`Browser`] or [`DeviceCode`], an application by [`ClientSecret`] or [`Certificate`], and
//! somebody else has done it for an [`AccessToken`]. There is no flow with a person's password. What they share: the
//! [`App`] at its [`Authority`], the endpoint over our own HTTP, and the words of a refusal.

pub mod access_token;
pub mod app;
pub mod authority;
pub mod browser;
pub mod certificate;
pub mod client_secret;
pub mod device_code;
pub mod discovery;
mod endpoint;
pub mod error;
mod granted;
mod loopback;
mod memory;
mod oauth;
mod refusal;
mod table;
mod words;

pub use access_token::AccessToken;
pub use app::{App, GRAPH_COMMAND_LINE_TOOLS};
pub use authority::Authority;
pub use browser::{Browser, OpenPage};
pub use certificate::Certificate;
pub use client_secret::ClientSecret;
pub use device_code::DeviceCode;
pub use error::SignInError;
