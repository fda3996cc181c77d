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
    /// How to sign in; by default as the other flags and variables say, or in the browser
    #[arg(long, value_name = "METHOD", help_heading = SIGN_IN)]
    pub sign_in: Option<SignInMethod>,
    /// Sign in with a code, in a browser on another device
    #[arg(long, conflicts_with = "sign_in", help_heading = SIGN_IN)]
    pub device_code: bool,
    /// Sign in with this app registration: its Application (client) ID
    #[arg(long, value_name = "ID", help_heading = SIGN_IN)]
    pub client_id: Option<String>,
    /// Sign in as the app itself, with the certificate and private key in this PEM file
    #[arg(long, value_name = "FILE", conflicts_with = "device_code", help_heading = SIGN_IN)]
    pub certificate: Option<PathBuf>,
    /// Sign in as the app itself, with the secret in this file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device_code", "certificate"], help_heading = SIGN_IN)]
    pub client_secret_file: Option<PathBuf>,
    /// Sign in as the app itself, with the token of another platform in this file (workload identity)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device_code", "certificate", "client_secret_file"],
        help_heading = SIGN_IN)]
    pub federated_token_file: Option<PathBuf>,
    /// Sign in with Microsoft's own command-line app, "Microsoft Graph Command Line Tools"
    #[arg(long, conflicts_with_all = ["client_id", "certificate", "client_secret_file", "federated_token_file"],
        help_heading = SIGN_IN)]
    pub use_graph_cli_app: bool,
    /// Save a person's sign-in in the operating system's store and use it next time; `fixforme sign-out` deletes it
    #[arg(long, conflicts_with_all = ["certificate", "client_secret_file", "federated_token_file"],
        help_heading = SIGN_IN)]
    pub remember_sign_in: bool,
    /// Sign in at this address instead of the cloud's own
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
  fixforme client-id                          List the saved apps
  fixforme client-id contoso.example ID       Sign in to that tenant with this app
  fixforme client-id contoso.example --forget Delete the saved app of that tenant")]
pub struct ClientId {
    /// The tenant: its ID, or one of its domains, as you give it to --tenant
    #[arg(value_name = "TENANT")]
    pub tenant: Option<String>,
    /// The Application (client) ID of an app registration; without it, print the saved one
    #[arg(value_name = "ID", requires = "tenant")]
    pub client_id: Option<String>,
    /// Delete the saved app of the tenant
    #[arg(long, requires = "tenant", conflicts_with = "client_id")]
    pub forget: bool,
}
