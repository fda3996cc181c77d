//! Ways to sign in, one a file; all of them are [`crate::ports::Credentials`].
//!
//! A person signs in by [`Browser`] or [`DeviceCode`], an application by [`ClientSecret`], [`Certificate`],
//! [`FederatedToken`] or [`GithubActions`], a machine of Azure by its [`ManagedIdentity`]; and somebody else has done it
//! for [`AzureCli`] and an [`AccessToken`]. There is no flow with a person's password. What they share: the [`App`] at its
//! [`Service`], requests over our own HTTP, and the messages of a
//! refusal. The table of them all is [`crate::ports::sign_in_method`].

pub mod access_token;
pub mod app;
pub mod authority;
mod azure_arc;
pub mod azure_cli;
pub mod browser;
pub mod certificate;
pub mod client_ids;
pub mod client_secret;
pub mod device_code;
mod error_messages;
pub mod federated_token;
pub mod github_actions;
mod loopback;
pub mod managed_identity;
mod refusal;
mod retry;
mod token_cache;
mod token_endpoint;

pub use crate::ports::SignInError;
pub use crate::ports::sign_in_error as error;
pub use access_token::AccessToken;
pub use app::{App, GRAPH_COMMAND_LINE_TOOLS, Service};
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
pub use token_cache::Remembered;
