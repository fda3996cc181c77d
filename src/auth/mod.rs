//! Ways to sign in, one a file; all of them are [`crate::ports::Credentials`].
//!
//! A person signs in by [`Browser`] or [`DeviceCode`], an application by [`ClientSecret`], [`Certificate`],
//! [`FederatedToken`] or [`GithubActions`], a machine of Azure by its [`ManagedIdentity`]; and somebody else has done it
//! for [`AzureCli`] and an [`AccessToken`]. There is no flow with a person's password. What they share: the [`App`] at its
//! [`Service`], requests over our own HTTP with patience, and the words of a refusal.

mod about;
pub mod access_token;
mod account;
pub mod ambient;
pub mod app;
mod arc;
pub mod authority;
pub mod azure_cli;
pub mod browser;
pub mod certificate;
pub mod client_ids;
pub mod client_secret;
pub mod device_code;
pub mod discovery;
mod endpoint;
pub mod federated_token;
pub mod github_actions;
mod granted;
mod loopback;
pub mod managed_identity;
mod memory;
mod oauth;
mod refusal;
pub mod remembered;
mod retry;
mod service;
mod table;
mod words;

pub use crate::ports::SignInError;
pub use crate::ports::sign_in_error as error;
pub use access_token::AccessToken;
pub use ambient::Ambient;
pub use app::{App, GRAPH_COMMAND_LINE_TOOLS};
pub use authority::Authority;
pub use azure_cli::AzureCli;
pub use browser::Browser;
pub use certificate::Certificate;
pub use client_ids::ClientIds;
pub use client_secret::ClientSecret;
pub use device_code::DeviceCode;
pub use federated_token::FederatedToken;
pub use github_actions::GithubActions;
pub use managed_identity::ManagedIdentity;
pub use remembered::Remembered;
pub use service::Service;
