//! `fixforme rehearse`: the same run against a practice tenant inside this program, over real HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::flow;
use super::request::RunRequest;
use crate::cli;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::practice;
use crate::commands::prompts::consent::{self, Agreed};
use crate::commands::prompts::inputs::Given;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind};
use crate::ports::event::Level;
use crate::ports::terms::Mode;
use crate::practice::Tenant;

/// Rehearses a wizard, or serves its practice tenant to other programs.
pub fn rehearse(host: &Host, flags: &cli::Rehearse) -> Result<ExitCode, Failure> {
    let wizard = load::load(host.ui.as_ref(), &flags.wizard)?;
    let case = practice::case(&wizard, flags.case.as_deref(), flags.practice.as_deref())?;
    if let Some(address) = &flags.serve {
        return serve(host, &case, flags, address);
    }
    let given = Given::read(host.ui.as_ref(), &flags.inputs, &wizard)?;
    let agreed = Agreed::of(&flags.approval, &given.answers.acknowledge, &given.answers.approve);
    consent::known_to(&agreed, &wizard)?;
    let clock = practice::clock(host, &case);
    let server = practice::start(host, &case, &flags.fault, None, Arc::clone(&clock))?;
    let target = practice::target(host, &case, &server, clock)?;
    let request = RunRequest::new(Mode::Rehearse, &wizard, given, target).agreed_to(agreed, &flags.approval);
    flow::run(host, &RunRequest { partial: flags.partial, ..request })
}

fn serve(host: &Host, case: &practice::Case, flags: &cli::Rehearse, address: &str) -> Result<ExitCode, Failure> {
    let wizard = match &flags.wizard {
        cli::WizardAt::Shipped(id) => id.clone(),
        cli::WizardAt::Folder(folder) => format!("\"{}\"", folder.display()),
    };
    let address: SocketAddr =
        address.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback()).ok_or_else(|| {
            Failure::words(Kind::Usage, format!("`--serve {address}` is not an address of this machine alone"))
                .hint("write it like `--serve 127.0.0.1:8080`; port 0 takes a free one")
        })?;
    let server = practice::start(host, case, &flags.fault, Some(address), Arc::clone(&host.clock))?;
    let token = {
        let tenant = server.tenant().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tenant.mint(&Tenant::every_scope(), host.clock.now())
    };
    host.ui.say(
        Level::Info,
        format!(
            "The practice tenant `{}` answers at {}. Ctrl-C ends it. The first line below is the variable that signs a \
             program in to it, the second a command that then works:",
            case.name,
            server.root()
        ),
    );
    // The token opens a practice tenant only: it is made for being handed on.
    host.ui.print(&format!(
        "FIXFORME_ACCESS_TOKEN={}\nfixforme run {wizard} --graph-root {}\n",
        token.expose(),
        server.root()
    ));
    while !host.ui.interrupted() {
        host.clock.sleep(Duration::from_millis(200));
    }
    Ok(ExitCode::AsWanted)
}
