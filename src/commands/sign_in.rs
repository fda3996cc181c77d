//! Which way of signing in is meant: from flags, from the environment, from the person where there is one to ask.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;

use super::barred::lacking_scope;
use super::connect::{Connected, Target};
use super::host::Host;
use super::inputs::stopped;
use crate::cli::{self, Method};
use crate::engine::approval::Approved;
use crate::engine::change::Change;
use crate::failure::{Failure, Kind, OrFail};
use crate::graph::GraphRoot;
use crate::seam::cloud::Cloud;
use crate::seam::event::{Event, Level, Message};
use crate::seam::ui::{Choice, Form, Question, Reply, Retry};
use crate::seam::{Credentials, Origin, Ui};
use crate::sign_in::{
    AccessToken, App, Authority, Browser, Certificate, ClientSecret, DeviceCode, GRAPH_COMMAND_LINE_TOOLS, SignInError,
    app, error,
};

/// The most bytes of a secret, and of a PEM file.
const MOST_SECRET: u64 = 8 << 10;
const MOST_PEM: u64 = 1 << 20;

/// A way of signing in, ready to be used; nobody has been asked for a token yet.
pub struct SignIn {
    /// Who gives tokens.
    pub credentials: Arc<dyn Credentials>,
    /// The app that signs in; none where the token is given ready made.
    pub app: Option<Arc<App>>,
    /// Whether the token is known to be of a practice tenant.
    pub practice: bool,
}

/// Works out how to sign in. Flags win over the environment, and what is given over asking a person.
pub fn choose(
    host: &Host,
    flags: &cli::Tenant,
    cloud: &Cloud,
    root: &GraphRoot,
    authority: Origin,
) -> Result<SignIn, Failure> {
    let method = method(host, &flags.sign_in)?;
    if method == Method::AccessToken {
        return access_token(host);
    }
    let by_person = matches!(method, Method::Browser | Method::DeviceCode);
    if by_person && !host.ui.can_ask() {
        return Err(Failure::words(Kind::Access, "this way of signing in needs a person at a terminal")
            .hint(UNATTENDED)
            .hint("where a person is there: leave out `--yes`, and do not redirect standard input or standard error"));
    }
    let app = Arc::new(App {
        client_id: client_id(host, &flags.sign_in, by_person)?,
        authority: Authority::new(authority, flags.tenant.as_deref()).or_fail(Kind::Usage)?,
        resource: resource(cloud, root),
        http: Arc::clone(&host.http),
        clock: Arc::clone(&host.clock),
        ui: Arc::clone(&host.ui),
    });
    let credentials: Arc<dyn Credentials> = match method {
        Method::Browser => Arc::new(Browser::new(Arc::clone(&app), Arc::clone(&host.open_page))),
        Method::DeviceCode => Arc::new(DeviceCode::new(Arc::clone(&app))),
        Method::Certificate => {
            let Some(file) = &flags.sign_in.certificate else {
                return Err(Failure::words(Kind::Access, "no certificate is given").hint("add `--certificate FILE`"));
            };
            let bytes = read(file, MOST_PEM).or_fail(Kind::Usage)?;
            let name = file.display().to_string();
            Arc::new(Certificate::new(Arc::clone(&app), &bytes, &name).or_fail(Kind::Access)?)
        }
        Method::ClientSecret | Method::AccessToken => {
            let (secret, source) = client_secret(host, flags.sign_in.client_secret_file.as_deref())?;
            Arc::new(ClientSecret::new(Arc::clone(&app), &secret, &source).or_fail(Kind::Access)?)
        }
    };
    Ok(SignIn { credentials, app: Some(app), practice: false })
}

const UNATTENDED: &str = "without a person, sign in as an app: `--client-id ID` with `--certificate FILE`, or with the \
                          variable FIXFORME_CLIENT_SECRET; or give a token in FIXFORME_ACCESS_TOKEN";

fn method(host: &Host, flags: &cli::SignIn) -> Result<Method, Failure> {
    let asked = flags.client_id.is_some() || flags.use_graph_cli_app;
    let method = if let Some(method) = flags.sign_in {
        method
    } else if flags.device_code {
        Method::DeviceCode
    } else if flags.certificate.is_some() {
        Method::Certificate
    } else if flags.client_secret_file.is_some() {
        Method::ClientSecret
    } else if host.access_token.is_some() && !asked {
        Method::AccessToken
    } else if host.client_secret.is_some() && !flags.use_graph_cli_app {
        Method::ClientSecret
    } else if host.ui.can_ask() {
        Method::Browser
    } else {
        return Err(Failure::words(Kind::Access, "there is no sign-in, and nobody here to ask")
            .hint(UNATTENDED)
            .hint("to try a wizard without a tenant: `fixforme rehearse WIZARD`"));
    };
    let lone = [
        (flags.certificate.is_some(), Method::Certificate, "--certificate"),
        (flags.client_secret_file.is_some(), Method::ClientSecret, "--client-secret-file"),
    ];
    for (given, meant, flag) in lone {
        if given && method != meant {
            return Err(Failure::words(Kind::Usage, format!("`{flag}` and the chosen way of signing in do not fit"))
                .hint("give one of them"));
        }
    }
    Ok(method)
}

fn access_token(host: &Host) -> Result<SignIn, Failure> {
    let token = host.access_token.clone().ok_or_else(|| {
        Failure::words(Kind::Access, "there is no access token: the variable FIXFORME_ACCESS_TOKEN is not set")
            .hint("set it to an access token for Microsoft Graph; it is read from the environment only")
    })?;
    let practice = token.claims().practice;
    let credentials = AccessToken::new(token.expose().to_owned(), "FIXFORME_ACCESS_TOKEN").or_fail(Kind::Access)?;
    Ok(SignIn { credentials: Arc::new(credentials), app: None, practice })
}

/// A root of Graph on this machine stands in for the cloud's own; any other has permissions by its own name.
fn resource(cloud: &Cloud, root: &GraphRoot) -> String {
    if root.is_loopback() { cloud.graph_root.to_owned() } else { root.as_str().to_owned() }
}

fn client_id(host: &Host, flags: &cli::SignIn, by_person: bool) -> Result<String, Failure> {
    if let Some(id) = &flags.client_id {
        return app::client_id(id, "--client-id").or_fail(Kind::Usage);
    }
    if flags.use_graph_cli_app {
        return Ok(GRAPH_COMMAND_LINE_TOOLS.to_owned());
    }
    if let Some(id) = &host.client_id {
        return app::client_id(id, "FIXFORME_CLIENT_ID").or_fail(Kind::Usage);
    }
    if by_person {
        return ask_client_id(host.ui.as_ref());
    }
    Err(Failure::words(Kind::Access, "there is no client id, so no app to sign in as")
        .hint("add `--client-id ID`, or set the variable FIXFORME_CLIENT_ID"))
}

/// Explains the choice and leaves it to the person: neither app is taken without being chosen.
fn ask_client_id(ui: &dyn Ui) -> Result<String, Failure> {
    let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
    let help = [
        "Microsoft signs in apps, and each tenant decides which apps it trusts. fixforme brings none of its own.",
        "The safest is an app registration of your tenant that has just the permissions of one wizard. The wizard \
         `app-registration` makes one.",
        "Microsoft Graph Command Line Tools is Microsoft's own app, which every tenant has. What is approved for it stays \
         approved, for everybody in the tenant who uses Graph PowerShell and the like, and sign-in logs show its name. It \
         is good for a single repair; afterwards an administrator can take the approval back.",
    ];
    let question = Question {
        prompt: "Which app shall sign you in?".to_owned(),
        help: help.map(str::to_owned).to_vec(),
        form: Form::Choice {
            options: vec![
                choice("own", "An app registration of this tenant: I have its client id"),
                choice("graph", "Microsoft Graph Command Line Tools, this time"),
                choice("stop", "None: stop here"),
            ],
            suggest: None,
        },
        retry: None,
    };
    match ui.ask(&question).map_err(stopped)? {
        Reply::Text(chosen) if chosen == "graph" => Ok(GRAPH_COMMAND_LINE_TOOLS.to_owned()),
        Reply::Text(chosen) if chosen == "own" => ask_own_client_id(ui),
        _ => Err(Failure::words(Kind::Access, "no app was chosen to sign in with")
            .hint("`--client-id ID` names an app registration, `--use-graph-cli-app` takes Microsoft's own")),
    }
}

fn ask_own_client_id(ui: &dyn Ui) -> Result<String, Failure> {
    let mut retry = None;
    loop {
        let question = Question {
            prompt: "Client id (the portal calls it Application ID)".to_owned(),
            help: vec!["To be asked no more: `--client-id ID`, or the variable FIXFORME_CLIENT_ID.".to_owned()],
            form: Form::Text { suggest: None, may_skip: false },
            retry,
        };
        let Reply::Text(typed) = ui.ask(&question).map_err(stopped)? else {
            return Err(Failure::words(Kind::Access, "no client id was given"));
        };
        match app::client_id(&typed, "typed") {
            Ok(id) => return Ok(id),
            Err(error) => retry = Some(Retry { typed, reason: format!("{error:#}") }),
        }
    }
}

fn client_secret(host: &Host, file: Option<&Path>) -> Result<(SecretString, String), Failure> {
    let Some(file) = file else {
        let secret = host.client_secret.clone().ok_or_else(|| {
            Failure::words(Kind::Access, "there is no client secret: the variable FIXFORME_CLIENT_SECRET is not set")
                .hint("set it, or name a file that holds the secret: `--client-secret-file FILE`")
        })?;
        return Ok((secret, "FIXFORME_CLIENT_SECRET".to_owned()));
    };
    if file != Path::new("-") {
        let bytes = read(file, MOST_SECRET).or_fail(Kind::Usage)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::words(Kind::Usage, format!("{} is no text", file.display())))?;
        return Ok((SecretString::from(text), file.display().to_string()));
    }
    let source = "standard input".to_owned();
    if host.ui.can_ask() {
        let question =
            Question { prompt: "Client secret".to_owned(), help: Vec::new(), form: Form::Secret, retry: None };
        if let Reply::Text(typed) = host.ui.ask(&question).map_err(stopped)? {
            return Ok((SecretString::from(typed), source));
        }
    }
    Ok((SecretString::from((host.read_input)(MOST_SECRET).or_fail(Kind::Usage)?), source))
}

fn read(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let length = fs_err::metadata(path)?.len();
    anyhow::ensure!(length <= most, "{} is larger than {most} bytes", path.display());
    Ok(fs_err::read(path)?)
}

/// Turns a failed sign-in into the command's failure: its sentence, what to do now, and the ids for support.
pub fn failed(error: anyhow::Error) -> Failure {
    let error = match error.downcast::<SignInError>() {
        Ok(error) => error,
        Err(other) => return Failure::new(Kind::Access, other),
    };
    let kind = match error.kind {
        error::Kind::Refused => Kind::Access,
        error::Kind::Temporary => Kind::Temporary,
        error::Kind::Stopped => Kind::Interrupted,
    };
    let failure = match error.reference {
        Some(reference) => Failure::new(kind, anyhow::Error::new(*reference).context(error.sentence)),
        None => Failure::words(kind, error.sentence),
    };
    error.now.into_iter().fold(failure, Failure::hint)
}

/// Gets a token for approved changes: only now are the permissions to change asked for, only those that the plan needs,
/// and each with the step that needs it. `before` was asked for to read.
pub fn widen(
    host: &Host,
    target: &Target,
    connected: &Connected,
    before: &[String],
    approved: &Approved,
) -> Result<(), Failure> {
    if !target.sign_in.credentials.chooses_scopes() {
        return Ok(());
    }
    if target.sign_in.app.is_some() {
        reasons(host.ui.as_ref(), before, approved.changes());
    }
    let mut wanted: Vec<String> = before.to_vec();
    wanted.extend(approved.scopes());
    wanted.sort();
    wanted.dedup();
    connected.session.require(&wanted);
    let (now, first) = (connected.session.claims().map_err(failed)?, &connected.claims);
    let differs =
        |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b));
    if differs(&now.tenant, &first.tenant) || differs(&now.account_id, &first.account_id) {
        let words = "the second sign-in is for another tenant or account than the first";
        return Err(Failure::words(Kind::Access, words).hint("sign in with the same account both times"));
    }
    // A practice tenant answers for itself what a token may do.
    let granted = now.scopes.filter(|_| target.sign_in.app.is_some());
    let lacking = |change: &Change| granted.as_ref().and_then(|granted| lacking_scope(change, granted));
    match approved.changes().iter().find_map(|change| Some((lacking(change)?, &change.step))) {
        Some((scope, step)) => {
            let words = format!("the sign-in was given without the permission {scope}, which `{step}` needs");
            Err(Failure::words(Kind::Access, words).hint("sign in again and approve it, or have it approved"))
        }
        None => Ok(()),
    }
}

/// Says which permissions are asked for beside those to read, and which step needs each.
fn reasons(ui: &dyn Ui, before: &[String], changes: &[Arc<Change>]) {
    let mut needed: BTreeMap<&str, BTreeMap<&str, (&str, usize)>> = BTreeMap::new();
    for change in changes {
        for scope in change.scopes.iter().filter(|scope| !before.contains(scope)) {
            let steps = needed.entry(scope).or_default();
            steps.entry(&change.step).or_insert((&change.title, 0)).1 += 1;
        }
    }
    let mut text = "These changes need more permissions:".to_owned();
    for (scope, steps) in &needed {
        text.push_str(&format!("\n  {scope}"));
        for (step, (title, count)) in steps {
            let more = if *count > 1 { format!(", and {} more", count - 1) } else { String::new() };
            text.push_str(&format!("\n    for `{step}`: {title}{more}"));
        }
    }
    if !needed.is_empty() {
        ui.show(&Event::Message(Message { level: Level::Info, text }));
    }
}
