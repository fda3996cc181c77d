//! Flags on how to sign in. A secret is never the value of a flag: other programs can read those.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::ports::SignInMethod;
use crate::ports::sign_in_method::METHODS;

/// Heading of the help texts.
const SIGN_IN: &str = "Sign-in";

/// How to sign in.
#[derive(Debug, Clone, Default, Args)]
pub struct SignIn {
    /// How to sign in; without it, as the other flags and variables say, or else in the browser
    #[arg(long, value_name = "METHOD", help_heading = SIGN_IN)]
    pub sign_in: Option<SignInMethod>,
    /// Signs in by a code, in a browser on another device
    #[arg(long, conflicts_with = "sign_in", help_heading = SIGN_IN)]
    pub device_code: bool,
    /// Signs in with this app registration
    #[arg(long, value_name = "ID", help_heading = SIGN_IN)]
    pub client_id: Option<String>,
    /// Signs in as the app itself, with the certificate and the private key in this PEM file
    #[arg(long, value_name = "FILE", conflicts_with = "device_code", help_heading = SIGN_IN)]
    pub certificate: Option<PathBuf>,
    /// Signs in as the app itself, with the secret in this file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device_code", "certificate"], help_heading = SIGN_IN)]
    pub client_secret_file: Option<PathBuf>,
    /// Signs in as the app itself, with the token in this file that another platform gives (workload identity)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device_code", "certificate", "client_secret_file"],
        help_heading = SIGN_IN)]
    pub federated_token_file: Option<PathBuf>,
    /// Signs in with Microsoft's own app for command lines, "Microsoft Graph Command Line Tools"
    #[arg(long, conflicts_with_all = ["client_id", "certificate", "client_secret_file", "federated_token_file"],
        help_heading = SIGN_IN)]
    pub use_graph_cli_app: bool,
    /// Keeps a person's sign-in in the operating system's store, and uses the one kept there; `fixforme sign-out` removes it
    #[arg(long, conflicts_with_all = ["certificate", "client_secret_file", "federated_token_file"],
        help_heading = SIGN_IN)]
    pub remember_sign_in: bool,
    /// Signs in at this address instead of the cloud's own
    #[arg(long, value_name = "URL", help_heading = SIGN_IN)]
    pub authority: Option<String>,
}

impl ValueEnum for SignInMethod {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [SignInMethod; METHODS.len()] = {
            let mut all = [SignInMethod::Browser; METHODS.len()];
            let mut at = 0;
            while at < all.len() {
                all[at] = METHODS[at].method;
                at += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let row = self.row();
        Some(PossibleValue::new(row.name).help(row.help))
    }
}

/// `fixforme client-id`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  fixforme client-id                          List the apps that are kept
  fixforme client-id contoso.example ID       Sign in to that tenant with this app
  fixforme client-id contoso.example --forget")]
pub struct ClientId {
    /// The tenant: its id, or one of its domains as it is given to --tenant
    #[arg(value_name = "TENANT")]
    pub tenant: Option<String>,
    /// The client id of an app registration; without it, the one that is kept is printed
    #[arg(value_name = "ID", requires = "tenant")]
    pub client_id: Option<String>,
    /// Forgets the app of the tenant
    #[arg(long, requires = "tenant", conflicts_with = "client_id")]
    pub forget: bool,
}
