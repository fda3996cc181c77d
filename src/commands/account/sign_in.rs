//! Which way of signing in is meant: from flags, from the environment, from the person where there is one to ask.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;

use super::which_app::{self, WhichApp};
use crate::auth::{
    AccessToken, App, Authority, AzureCli, Browser, Certificate, ClientSecret, DeviceCode, FederatedToken,
    GithubActions, ManagedIdentity, Remembered, Service, SignInError, app, error,
};
use crate::cli;
use crate::commands::host::Host;
use crate::commands::load;
use crate::failure::stopped;
use crate::failure::{Failure, Kind, OrFail};
use crate::graph::GraphRoot;
use crate::ports::cloud::Cloud;
use crate::ports::credentials::Claims;
use crate::ports::event::Level;
use crate::ports::ui::{Form, Question, Reply};
use crate::ports::{Credentials, Origin, SignInMethod, file};

/// The most bytes of a secret, and of a PEM file.
const MOST_SECRET: u64 = 8 << 10;
const MOST_PEM: u64 = 1 << 20;

/// A way of signing in, ready to be used; nobody has been asked for a token yet.
pub struct SignIn {
    pub credentials: Arc<dyn Credentials>,
    /// Where one signs in; none where the token is given ready made.
    pub service: Option<Arc<Service>>,
    /// The tenant that the choice of an app has decided.
    pub tenant: Option<String>,
    /// The app that the person has typed in, to be kept once it has signed in.
    pub new_app: Option<String>,
    /// Whether the Azure CLI gives the token, with its own permissions.
    pub is_azure_cli: bool,
    /// Whether the token is known to be of a practice tenant.
    pub practice: bool,
}

impl SignIn {
    /// Takes credentials that are ready made.
    pub fn ready(credentials: Arc<dyn Credentials>, practice: bool) -> Self {
        Self { credentials, service: None, tenant: None, new_app: None, is_azure_cli: false, practice }
    }
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
    let remember = flags.sign_in.remember_sign_in;
    if remember && !method.is_person() {
        return Err(Failure::words(
            Kind::Usage,
            "`--remember-sign-in` keeps a person's sign-in, and none is meant here",
        ));
    }
    if method == SignInMethod::AccessToken {
        return access_token(host);
    }
    if method.is_person() && !host.ui.can_ask() && !remember {
        return Err(Failure::words(Kind::Access, "this way of signing in needs a person at a terminal")
            .hint(UNATTENDED)
            .hint("where a person is there: leave out `--yes`, and do not redirect standard input or standard error"));
    }
    expected_authority(host, method, &authority)?;
    let service = |tenant: Option<&str>| -> Result<Arc<Service>, Failure> {
        Ok(Arc::new(Service {
            authority: Authority::new(authority.clone(), tenant).or_fail(Kind::Usage)?,
            resource: resource(cloud, root),
            http: Arc::clone(&host.http),
            clock: Arc::clone(&host.clock),
            ui: Arc::clone(&host.ui),
        }))
    };
    if matches!(method, SignInMethod::ManagedIdentity | SignInMethod::AzureCli) {
        return of_the_machine(host, flags, method, service(flags.tenant.as_deref())?);
    }
    let WhichApp { client_id, tenant, is_new } = which_app::choose(host, flags, method)?;
    let service = service(flags.tenant.as_deref().or(tenant.as_deref()))?;
    let app = Arc::new(App { client_id: client_id.clone(), service: Arc::clone(&service) });
    let remembered = match remember {
        true => Some(
            Remembered::new(Arc::clone(&host.secrets), &service, &client_id).map_err(|error| failed(error.into()))?,
        ),
        false => None,
    };
    let credentials: Arc<dyn Credentials> = match method {
        SignInMethod::Browser => Arc::new(Browser::new(app, Arc::clone(&host.machine), remembered)),
        SignInMethod::DeviceCode => Arc::new(DeviceCode::new(app, remembered)),
        SignInMethod::Certificate => {
            let Some(file) = &flags.sign_in.certificate else {
                return Err(Failure::words(Kind::Access, "no certificate is given").hint("add `--certificate FILE`"));
            };
            let bytes = load::read_bytes(file, MOST_PEM).or_fail(Kind::Usage)?;
            let name = file.display().to_string();
            Arc::new(Certificate::new(app, &bytes, &name).or_fail(Kind::Access)?)
        }
        SignInMethod::FederatedToken => {
            let set = || host.variables.path("AZURE_FEDERATED_TOKEN_FILE");
            let named = flags.sign_in.federated_token_file.clone().or_else(set);
            let Some(file) = named else {
                return Err(Failure::words(Kind::Access, "no federated token is given")
                    .hint("add `--federated-token-file FILE`, or set the variable AZURE_FEDERATED_TOKEN_FILE"));
            };
            Arc::new(FederatedToken::new(app, &file))
        }
        SignInMethod::GithubActions => {
            Arc::new(GithubActions::new(app, &host.variables, cloud.exchange_audience).map_err(failed)?)
        }
        SignInMethod::ClientSecret
        | SignInMethod::AccessToken
        | SignInMethod::ManagedIdentity
        | SignInMethod::AzureCli => {
            let (secret, source) = client_secret(host, flags.sign_in.client_secret_file.as_deref())?;
            Arc::new(ClientSecret::new(app, &secret, &source).or_fail(Kind::Access)?)
        }
    };
    let new_app = is_new.then_some(client_id);
    Ok(SignIn { service: Some(service), tenant, new_app, ..SignIn::ready(credentials, false) })
}

/// Signs in as whoever the machine already is.
fn of_the_machine(
    host: &Host,
    flags: &cli::Tenant,
    method: SignInMethod,
    service: Arc<Service>,
) -> Result<SignIn, Failure> {
    let is_azure_cli = method == SignInMethod::AzureCli;
    let credentials: Arc<dyn Credentials> = if is_azure_cli {
        Arc::new(AzureCli::new(Arc::clone(&service), flags.tenant.as_deref(), Arc::clone(&host.machine)))
    } else {
        let set = |name: &'static str| Some((host.variables.text(name)?, name));
        let flag = flags.sign_in.client_id.clone().map(|id| (id, "--client-id"));
        let client = flag.or_else(|| set("FIXFORME_CLIENT_ID")).or_else(|| set("AZURE_CLIENT_ID"));
        let client = client.map(|(id, name)| app::client_id(&id, name)).transpose().or_fail(Kind::Usage)?;
        Arc::new(ManagedIdentity::new(Arc::clone(&service), client, &host.variables).or_fail(Kind::Access)?)
    };
    Ok(SignIn { service: Some(service), is_azure_cli, ..SignIn::ready(credentials, false) })
}

/// A platform says in which cloud its identities are known. It is not followed, since whoever sets a variable could
/// lead the sign-in elsewhere.
fn expected_authority(host: &Host, method: SignInMethod, authority: &Origin) -> Result<(), Failure> {
    let Some(said) = host.variables.text("AZURE_AUTHORITY_HOST").filter(|_| method.reads("AZURE_AUTHORITY_HOST"))
    else {
        return Ok(());
    };
    if said.trim_end_matches('/').eq_ignore_ascii_case(authority.as_str()) {
        return Ok(());
    }
    let words = format!(
        "the platform's identities sign in at `{}` (AZURE_AUTHORITY_HOST), not at {}",
        said.escape_debug(),
        authority.as_str()
    );
    Err(Failure::words(Kind::Usage, words)
        .hint("add `--cloud NAME` or `--authority URL`; the variable is not followed"))
}

const UNATTENDED: &str = "without a person, sign in as an app: `--client-id ID` with `--certificate FILE`, or with the \
                          variable FIXFORME_CLIENT_SECRET; as a machine of Azure: `--sign-in managed-identity`; or with \
                          a token in FIXFORME_ACCESS_TOKEN. `fixforme run --help` lists all ways";

fn method(host: &Host, flags: &cli::SignIn) -> Result<SignInMethod, Failure> {
    let asked = flags.client_id.is_some() || flags.use_graph_cli_app || flags.remember_sign_in;
    let method = if let Some(method) = flags.sign_in {
        method
    } else if flags.device_code {
        SignInMethod::DeviceCode
    } else if flags.certificate.is_some() {
        SignInMethod::Certificate
    } else if flags.client_secret_file.is_some() {
        SignInMethod::ClientSecret
    } else if flags.federated_token_file.is_some() {
        SignInMethod::FederatedToken
    } else if host.variables.given("FIXFORME_ACCESS_TOKEN").is_some() && !asked {
        SignInMethod::AccessToken
    } else if host.variables.given("FIXFORME_CLIENT_SECRET").is_some()
        && !flags.use_graph_cli_app
        && !flags.remember_sign_in
    {
        SignInMethod::ClientSecret
    } else if host.ui.can_ask() || flags.remember_sign_in {
        SignInMethod::Browser
    } else {
        let failure = Failure::words(Kind::Access, "there is no sign-in, and nobody here to ask").hint(UNATTENDED);
        return Err(host
            .variables
            .hints()
            .into_iter()
            .fold(failure, Failure::hint)
            .hint("to try a wizard without a tenant: `fixforme rehearse WIZARD`"));
    };
    let lone = [
        (flags.certificate.is_some(), SignInMethod::Certificate, "--certificate"),
        (flags.client_secret_file.is_some(), SignInMethod::ClientSecret, "--client-secret-file"),
        (flags.federated_token_file.is_some(), SignInMethod::FederatedToken, "--federated-token-file"),
    ];
    for (given, meant, flag) in lone {
        if given && method != meant {
            return Err(Failure::words(Kind::Usage, format!("`{flag}` and the chosen way of signing in do not fit"))
                .hint("give one of them"));
        }
    }
    if flags.use_graph_cli_app && !method.is_person() {
        return Err(Failure::words(Kind::Usage, "`--use-graph-cli-app` signs in a person, and none is meant here"));
    }
    Ok(method)
}

fn access_token(host: &Host) -> Result<SignIn, Failure> {
    let token = host.access_token().ok_or_else(|| {
        Failure::words(Kind::Access, "there is no access token: the variable FIXFORME_ACCESS_TOKEN is not set")
            .hint("set it to an access token for Microsoft Graph; it is read from the environment only")
    })?;
    let practice = token.claims().practice;
    let credentials = AccessToken::new(token.expose().to_owned(), "FIXFORME_ACCESS_TOKEN").or_fail(Kind::Access)?;
    Ok(SignIn::ready(Arc::new(credentials), practice))
}

/// A root of Graph on this machine stands in for the cloud's own; any other has permissions by its own name.
fn resource(cloud: &Cloud, root: &GraphRoot) -> String {
    if root.is_loopback() { cloud.graph_root.to_owned() } else { root.as_str().to_owned() }
}

fn client_secret(host: &Host, path: Option<&Path>) -> Result<(SecretString, String), Failure> {
    let Some(path) = path else {
        let secret = host.variables.given("FIXFORME_CLIENT_SECRET").cloned().ok_or_else(|| {
            Failure::words(Kind::Access, "there is no client secret: the variable FIXFORME_CLIENT_SECRET is not set")
                .hint("set it, or name a file that holds the secret: `--client-secret-file FILE`")
        })?;
        return Ok((secret, "FIXFORME_CLIENT_SECRET".to_owned()));
    };
    if path != Path::new("-") {
        let bytes = load::read_bytes(path, MOST_SECRET).or_fail(Kind::Usage)?;
        let text = file::decode(&bytes)
            .ok_or_else(|| Failure::words(Kind::Usage, format!("{} is not text", path.display())))?;
        return Ok((SecretString::from(text.as_str()), path.display().to_string()));
    }
    let source = "standard input".to_owned();
    if host.ui.can_ask() {
        let question = Question::new("Client secret", Form::Secret);
        if let Reply::Text(typed) = host.ui.ask(&question).map_err(stopped)? {
            return Ok((SecretString::from(typed), source));
        }
    }
    Ok((SecretString::from(host.machine.read_input(MOST_SECRET).or_fail(Kind::Usage)?), source))
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

/// Says which of the permissions that the checks need a token of the Azure CLI does not have, before anything is checked.
pub fn say_limits(host: &Host, claims: &Claims, scopes: &[String]) {
    let Some(granted) = &claims.scopes else { return };
    let covers = |scope: &String| {
        // Who may change a kind of object may read it.
        let wider = scope.replace(".Read.", ".ReadWrite.");
        granted.iter().any(|granted| granted.eq_ignore_ascii_case(scope) || granted.eq_ignore_ascii_case(&wider))
    };
    let lacking: Vec<&str> = scopes.iter().filter(|scope| !covers(scope)).map(String::as_str).collect();
    if lacking.is_empty() {
        return;
    }
    let text = format!(
        "The Azure CLI signs in with permissions of its own, which nobody can add to for one command. Its token lacks: {}. \
         What needs them is reported as blocked. Other ways have them: see `--sign-in`.",
        lacking.join(", ")
    );
    host.ui.say(Level::Warning, text);
}
