//! Flags on how to sign in. A secret is never the value of a flag: other programs can read those.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Heading of the help texts.
const SIGN_IN: &str = "Sign-in";

/// How to sign in.
#[derive(Debug, Clone, Default, Args)]
pub struct SignIn {
    /// How to sign in; without it, as the other flags and variables say, or else in the browser
    #[arg(long, value_name = "METHOD", help_heading = SIGN_IN)]
    pub sign_in: Option<Method>,
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
    /// Signs in with Microsoft's own app for command lines, "Microsoft Graph Command Line Tools"
    #[arg(long, conflicts_with_all = ["client_id", "certificate", "client_secret_file"], help_heading = SIGN_IN)]
    pub use_graph_cli_app: bool,
    /// Signs in at this address instead of the cloud's own
    #[arg(long, value_name = "URL", help_heading = SIGN_IN)]
    pub authority: Option<String>,
}

/// `--sign-in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// A person, in the browser of this computer
    Browser,
    /// A person, with a code in a browser on another device
    DeviceCode,
    /// An app, with the certificate of `--certificate`
    Certificate,
    /// An app, with the secret in the variable FIXFORME_CLIENT_SECRET or of `--client-secret-file`
    ClientSecret,
    /// The access token in the variable FIXFORME_ACCESS_TOKEN
    AccessToken,
}
