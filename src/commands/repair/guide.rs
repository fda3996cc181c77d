//! `fixforme guide`: "Let me fix it myself", before or after a check.

use super::flow;
use super::request::RunRequest;
use crate::cli;
use crate::commands::account::connect;
use crate::commands::host::Host;
use crate::commands::load;
use crate::commands::prompts::inputs;
use crate::commands::prompts::inputs::Given;
use crate::commands::prompts::missing;
use crate::engine::finding::StepFindings;
use crate::engine::plan::with_answers;
use crate::exit_code::ExitCode;
use crate::expr::Datum;
use crate::failure::Failure;
use crate::ports::terms::Mode;
use crate::report::guide::{self as page, Checked, GuideFormat, GuideValues};
use crate::wizard::Wizard;

pub fn guide(host: &Host, flags: &cli::Guide) -> Result<ExitCode, Failure> {
    let wizard = load::load(host.ui.as_ref(), &flags.wizard)?;
    let given = Given::read(host.ui.as_ref(), &flags.inputs, &wizard)?;
    let values = if flags.from_check {
        let target = connect::target(host, &flags.tenant, flags.yes)?;
        let request = RunRequest::new(Mode::Check, &wizard, given, target);
        let id = flow::run_id(host.clock.as_ref());
        let checked = flow::check(host, &request, &id)?;
        GuideValues::AfterCheck(scopes(&wizard, &checked.findings))
    } else {
        // Inputs that are given or have a default are shown with their values; nobody is asked for the others.
        let mut missing = missing::Missing::default();
        let quiet = inputs::gather_given(&wizard, &given, &mut missing)?;
        let cloud = Datum::text(&flags.tenant.cloud);
        let tenant = [("id", Datum::NotRead), ("name", Datum::NotRead), ("cloud", cloud)];
        GuideValues::BeforeCheck(quiet.with("tenant", Datum::table(tenant)))
    };
    let format = match flags.format {
        cli::GuideFormat::Text => GuideFormat::Text,
        cli::GuideFormat::Markdown => GuideFormat::Markdown,
        cli::GuideFormat::Html => GuideFormat::Html,
    };
    host.ui.print(&page::guide(&wizard, &values, format));
    Ok(ExitCode::AsWanted)
}

/// The scopes of the findings that have something to be done by hand.
fn scopes(wizard: &Wizard, findings: &[StepFindings]) -> Vec<Checked> {
    let mut scopes = Vec::new();
    for checked in findings {
        let Some(step) = wizard.steps.get(checked.step) else { continue };
        for finding in &checked.findings {
            if let Some(facts) = &finding.facts {
                scopes.push(Checked {
                    step: checked.step,
                    label: finding.label().map(str::to_owned),
                    scope: with_answers(step, &facts.scope, None),
                });
            }
        }
    }
    scopes
}
