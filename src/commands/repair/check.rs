//! `fixforme check`: reads the tenant and says what is wrong.

use super::flow;
use super::request::Request;
use crate::cli;
use crate::commands::account::connect;
use crate::commands::asking::inputs::Given;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::program::newer;
use crate::commands::program::withdrawn;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::ports::terms::Mode;

pub fn check(host: &Host, flags: &cli::Check) -> Result<ExitCode, Failure> {
    let wizard = load::load(host.ui.as_ref(), &flags.wizard)?;
    let given = Given::read(host.ui.as_ref(), &flags.inputs, &wizard)?;
    newer::look(host);
    withdrawn::warn(host);
    let target = connect::target(host, &flags.tenant, flags.yes)?;
    let request = Request { report: flags.report.clone(), ..Request::new(Mode::Check, &wizard, given, target) };
    flow::run(host, &request)
}
