//! `fixforme run`: checks, shows, asks, changes, verifies.

use super::flow;
use super::request::RunRequest;
use crate::cli;
use crate::commands::account::connect;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::program::update;
use crate::commands::program::update_check;
use crate::commands::prompts::consent::{self, Agreed};
use crate::commands::prompts::inputs::Given;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::ports::terms::Mode;
use crate::wizard::WizardSource;

/// Runs a wizard against a tenant.
pub fn run(host: &Host, flags: &cli::Run) -> Result<ExitCode, Failure> {
    let wizard = load::load(host.ui.as_ref(), &flags.wizard)?;
    let given = Given::read(host.ui.as_ref(), &flags.inputs, &wizard)?;
    let agreed = Agreed::of(&flags.approval, &given.answers.acknowledge, &given.answers.approve);
    consent::known_to(&agreed, &wizard)?;
    if let WizardSource::Folder(folder) = &wizard.origin
        && !host.access_token().is_some_and(|token| token.claims().practice)
    {
        return Err(flow::untrusted(folder));
    }
    update_check::look(host);
    if flags.update {
        update::first(host, flags.approval.yes)?;
    }
    let target = connect::target(host, &flags.tenant, flags.approval.yes)?;
    let request = RunRequest::new(Mode::Run, &wizard, given, target).agreed_to(agreed, &flags.approval);
    flow::run(host, &RunRequest { partial: flags.partial, ..request })
}
