//! `fixforme completions`: a completion script for a shell.

use clap::CommandFactory as _;

use crate::cli::{self, Cli};
use crate::commands::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub fn completions(host: &Host, flags: &cli::Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut Cli::command(), "fixforme", &mut script);
    host.ui.print(&String::from_utf8_lossy(&script));
    Ok(ExitCode::AsWanted)
}
