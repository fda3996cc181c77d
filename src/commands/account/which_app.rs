//! Which app signs in: the one that a flag or a variable names, the one that is kept for the tenant, or the one that the
//! person chooses, who is told what the choice means.

use crate::auth::{ClientIds, GRAPH_COMMAND_LINE_TOOLS, app, authority};
use crate::cli;
use crate::commands::host::Host;
use crate::failure::stopped;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::event::Level;
use crate::ports::text::one_line;
use crate::ports::ui::{Choice, Form, Question, Reply, Retry};
use crate::ports::{SignInMethod, Ui};

/// An app, and what its choice decides beside.
pub struct WhichApp {
    /// The application's id.
    pub client_id: String,
    /// The tenant that it is registered in, where no flag names one and the choice did.
    pub tenant: Option<String>,
    /// Whether the person typed it, and may want it kept.
    pub is_new: bool,
}

impl WhichApp {
    fn of(client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), tenant: None, is_new: false }
    }
}

pub fn kept(host: &Host) -> Result<ClientIds, Failure> {
    let config = &host.config;
    config
        .read()
        .and_then(|text| ClientIds::read(text.as_deref()))
        .map_err(|error| error.context(format!("the settings in `{}` cannot be used", config.path().display())))
        .or_fail(Kind::Usage)
        .map_err(|failure| {
            failure.hint("correct the file, or remove it: it only says which app signs in to which tenant")
        })
}

/// Works out which app signs in. Flags win over variables, those over the file, and what is given over asking.
pub fn choose(host: &Host, flags: &cli::Tenant, method: SignInMethod) -> Result<WhichApp, Failure> {
    if let Some(id) = &flags.sign_in.client_id {
        return Ok(WhichApp::of(&app::client_id(id, "--client-id").or_fail(Kind::Usage)?));
    }
    if flags.sign_in.use_graph_cli_app {
        return Ok(WhichApp::of(GRAPH_COMMAND_LINE_TOOLS));
    }
    if let Some(id) = &host.variables.text("FIXFORME_CLIENT_ID") {
        return Ok(WhichApp::of(&app::client_id(id, "FIXFORME_CLIENT_ID").or_fail(Kind::Usage)?));
    }
    let kept = kept(host)?;
    if let Some(id) = flags.tenant.as_deref().and_then(|tenant| kept.of(tenant)) {
        return Ok(WhichApp::of(id));
    }
    if method.reads("AZURE_CLIENT_ID")
        && let Some(id) = &host.variables.text("AZURE_CLIENT_ID")
    {
        return Ok(WhichApp::of(&app::client_id(id, "AZURE_CLIENT_ID").or_fail(Kind::Usage)?));
    }
    if method.is_person() && host.ui.can_ask() {
        return ask(host.ui.as_ref(), flags.tenant.is_none(), &kept);
    }
    Err(Failure::words(Kind::Access, "no app to sign in as: no Application (client) ID is known").hint(
        "add `--client-id ID`, set the variable FIXFORME_CLIENT_ID, or save one for the tenant: `fixforme client-id TENANT ID`",
    ))
}

/// Explains the choice and leaves it to the person: neither app is taken without being chosen.
fn ask(ui: &dyn Ui, any_tenant: bool, kept: &ClientIds) -> Result<WhichApp, Failure> {
    let help = [
        "To sign you in, fixforme needs an app that your organization trusts. fixforme has no app of its own.",
        "The safest app is a registration in your tenant that has only the permissions of one wizard. The wizard \
         `app-registration` creates it.",
        "Microsoft Graph Command Line Tools is Microsoft's own app, which every tenant has. Permissions that you approve \
         for it stay approved for everyone in your organization who uses Graph PowerShell, and sign-in logs show its \
         name. It is fine for a single repair; an administrator can revoke the approval afterwards.",
    ];
    // A tenant that is named by a flag has no app in the file, or it would not be asked about.
    let mut options: Vec<Choice> = kept
        .iter()
        .filter(|_| any_tenant)
        .map(|(tenant, id)| Choice::new(tenant, format!("The saved app of {tenant}: {id}")))
        .collect();
    options.extend([
        Choice::new(" own", "An app registered in my tenant: I have its Application (client) ID"),
        Choice::new(" graph", "Microsoft Graph Command Line Tools, just this once"),
        Choice::new(" stop", "Cancel"),
    ]);
    let question = Question::new("Which app should sign you in?", Form::Choice { options, suggest: None })
        .help(help.map(str::to_owned).to_vec());
    let Reply::Text(chosen) = ui.ask(&question).map_err(stopped)? else { return Err(none_chosen()) };
    if let Some(id) = kept.of(&chosen) {
        return Ok(WhichApp { tenant: Some(chosen), ..WhichApp::of(id) });
    }
    match chosen.as_str() {
        " graph" => Ok(WhichApp::of(GRAPH_COMMAND_LINE_TOOLS)),
        " own" => {
            let help = "You can save this ID for next time. To skip this question, use `--client-id ID` or the variable \
                        FIXFORME_CLIENT_ID.";
            let prompt = "Application (client) ID";
            let client_id = typed(ui, prompt, help, &|text| app::client_id(text, "typed"))?;
            // An app of one tenant is only known there.
            let tenant = any_tenant.then(|| {
                let help = "An app registration signs in at the address of its own tenant.";
                typed(
                    ui,
                    "Which tenant is the app registered in? Enter a domain (contoso.com) or the tenant ID",
                    help,
                    &|text| {
                        anyhow::ensure!(
                            authority::is_tenant(text),
                            "that is not a tenant. Enter a domain such as contoso.com, or the tenant ID"
                        );
                        Ok(text.to_owned())
                    },
                )
            });
            Ok(WhichApp { client_id, tenant: tenant.transpose()?, is_new: true })
        }
        _ => Err(none_chosen()),
    }
}

fn none_chosen() -> Failure {
    Failure::words(Kind::Access, "no app was chosen to sign in with")
        .hint("use `--client-id ID` for an app registration, or `--use-graph-cli-app` for Microsoft's own app")
}

/// Asks for a text until it is right.
fn typed(
    ui: &dyn Ui,
    prompt: &str,
    help: &str,
    check: &dyn Fn(&str) -> anyhow::Result<String>,
) -> Result<String, Failure> {
    let mut retry = None;
    loop {
        let question = Question {
            prompt: prompt.to_owned(),
            help: vec![help.to_owned()],
            form: Form::Text { suggest: None, may_skip: false },
            retry,
        };
        let Reply::Text(typed) = ui.ask(&question).map_err(stopped)? else { return Err(none_chosen()) };
        match check(&typed) {
            Ok(right) => return Ok(right),
            Err(error) => retry = Some(Retry { typed, reason: format!("{error:#}") }),
        }
    }
}

/// Offers to keep an app that has just signed in, so that its id need not be typed again.
pub fn offer_to_keep(host: &Host, client_id: &str, tenant: &[&str], name: &str) -> Result<(), Failure> {
    let question = Question::new(format!("Keep this app for {} for the next time?", one_line(name)), Form::YesNo)
        .help(vec![format!("Its id is not a secret. It would be kept in {}.", host.config.path().display())]);
    if host.ui.ask(&question).map_err(stopped)? != Reply::Yes {
        return Ok(());
    }
    let mut ids = kept(host)?;
    tenant.iter().filter(|tenant| authority::is_tenant(tenant)).for_each(|tenant| ids.keep(tenant, client_id));
    if let Err(error) = host.config.write(&ids.text()) {
        let text = format!("It could not be kept: {error:#}");
        host.ui.say(Level::Warning, text);
    }
    Ok(())
}
