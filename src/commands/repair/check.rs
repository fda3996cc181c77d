//! `fixforme check`: reads the tenant and says what is wrong.

use super::flow;
use super::request::RunRequest;
use crate::cli;
use crate::commands::account::connect::{self, Connected};
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::program::revoked;
use crate::commands::program::update_check;
use crate::commands::prompts::inputs::{Given, Values};
use crate::engine::check::Check;
use crate::engine::finding::StepFindings;
use crate::exit_code::ExitCode;
use crate::expr::Scope;
use crate::failure::Failure;
use crate::ports::terms::Mode;
use crate::wizard::Wizard;

pub fn check(host: &Host, flags: &cli::Check) -> Result<ExitCode, Failure> {
    let wizard = load::load(host.ui.as_ref(), &flags.wizard)?;
    let given = Given::read(host.ui.as_ref(), &flags.inputs, &wizard)?;
    update_check::look(host);
    revoked::warn(host);
    let target = connect::target(host, &flags.tenant, flags.yes)?;
    let request = RunRequest { report: flags.report.clone(), ..RunRequest::new(Mode::Check, &wizard, given, target) };
    flow::run(host, &request)
}

pub struct Checked {
    pub connected: Connected,
    pub values: Values,
    /// Every name that belongs to no step.
    pub base: Scope,
    pub findings: Vec<StepFindings>,
    /// What was found and approved, each as `STEP=NAME`.
    pub approved: Vec<String>,
}

impl Checked {
    /// Returns a check of the same tenant, with what was approved so far.
    pub fn check<'run>(&'run self, host: &'run Host, wizard: &'run Wizard) -> Check<'run> {
        Check {
            wizard,
            base: self.base.clone(),
            reader: &self.connected.reader,
            ui: Some(host.ui.as_ref()),
            approved: &self.approved,
        }
    }
}
