//! Reaches a tenant: which root of Graph, with whose token, and which tenant it turns out to be.

use std::sync::Arc;

use super::host::Host;
use crate::cli;
use crate::failure::{Failure, Kind, OrFail};
use crate::graph::{GraphRoot, Patience, ReadError, Reader, Session, roles, tenant};
use crate::seam::cloud::{self, Cloud};
use crate::seam::credentials::Claims;
use crate::seam::event::{Event, SignedIn};
use crate::seam::ui::{Form, Question, Reply};
use crate::seam::{Clock, Credentials, Journal};
use crate::sign_in::AccessToken;

/// A place to work on.
pub struct Target {
    /// The root of Graph.
    pub root: GraphRoot,
    /// Who gives tokens.
    pub credentials: Arc<dyn Credentials>,
    /// The time that it lives in.
    pub clock: Arc<dyn Clock>,
    /// Where its runs are written down.
    pub journal: Arc<dyn Journal>,
    /// The cloud's name, or `custom` for a root given by hand.
    pub cloud: String,
    /// The cloud's sign-in authority.
    pub sign_in: String,
    /// What `--tenant` says.
    pub tenant: Option<String>,
    /// Whether `--tenant` is wanted and was not given: nobody would notice that a token is for another tenant.
    pub tenant_missing: bool,
    /// How long to be patient.
    pub patience: Patience,
}

/// A tenant that answers.
pub struct Connected {
    /// The session behind both clients.
    pub session: Arc<Session>,
    /// The client that cannot write.
    pub reader: Reader,
    /// Tenant and account.
    pub identity: tenant::Identity,
    /// What the token says of itself.
    pub claims: Claims,
    /// Whether it is a practice tenant: on loopback, with a token that Entra never issues.
    pub practice: bool,
}

/// Returns the target that flags and variables name.
pub fn target(host: &Host, flags: &cli::Tenant, unattended: bool) -> Result<Target, Failure> {
    let named: &Cloud = cloud::by_name(&flags.cloud)
        .ok_or_else(|| Failure::words(Kind::Usage, format!("there is no cloud `{}`", flags.cloud)))?;
    let root = GraphRoot::parse(flags.graph_root.as_deref().unwrap_or(named.graph_root)).or_fail(Kind::Usage)?;
    if flags.graph_root.is_some() {
        allow_host(host, &root, flags)?;
    }
    let token = host.access_token.clone().ok_or_else(|| {
        Failure::words(Kind::Access, "there is no sign-in: the variable FIXFORME_ACCESS_TOKEN is not set")
            .hint("set it to an access token for Microsoft Graph; it is read from the environment only")
            .hint("to try a wizard without a tenant: `fixforme rehearse WIZARD`")
    })?;
    let tenant_missing = unattended && flags.tenant.is_none() && !token.claims().practice;
    let credentials = AccessToken::new(token.expose().to_owned(), "FIXFORME_ACCESS_TOKEN").or_fail(Kind::Access)?;
    Ok(Target {
        root,
        credentials: Arc::new(credentials),
        clock: Arc::clone(&host.clock),
        journal: Arc::clone(&host.journal),
        cloud: named.name.to_owned(),
        sign_in: named.sign_in.to_owned(),
        tenant: flags.tenant.clone(),
        tenant_missing,
        patience: Patience::default(),
    })
}

/// A root that is neither a known cloud's nor on loopback would get the token: the person types its name.
fn allow_host(host: &Host, root: &GraphRoot, flags: &cli::Tenant) -> Result<(), Failure> {
    let name = root.as_str().trim_start_matches("https://").trim_start_matches("http://").to_owned();
    let known = cloud::CLOUDS.iter().any(|cloud| cloud.graph_root == root.as_str());
    if root.is_loopback() || known || flags.allow_host.as_deref() == Some(name.as_str()) {
        return Ok(());
    }
    let refusal = || {
        Failure::words(
            Kind::Trust,
            format!("`{name}` is not a host of Microsoft Graph, and would get your access token"),
        )
        .hint(format!("if you trust it, add `--allow-host {name}`"))
    };
    if !host.ui.can_ask() {
        return Err(refusal());
    }
    let question = Question {
        prompt: format!("Type `{name}` to send your access token there"),
        help: vec![format!("`{name}` is not a host of Microsoft Graph that fixforme knows.")],
        form: Form::Typed { word: name.clone() },
        retry: None,
    };
    match host.ui.ask(&question) {
        Ok(Reply::Yes) => Ok(()),
        _ => Err(refusal()),
    }
}

/// Signs in with the given scopes and finds out which tenant answers.
pub fn connect(host: &Host, target: &Target, scopes: &[String]) -> Result<Connected, Failure> {
    let session = Arc::new(Session::new(
        Arc::clone(&host.http),
        Arc::clone(&target.clock),
        Arc::clone(&host.ui),
        Arc::clone(&target.credentials),
        target.root.clone(),
        target.patience.clone(),
    ));
    session.require(scopes);
    let claims = session.claims().or_fail(Kind::Access)?;
    let wanted = target.tenant.as_deref();
    // A tenant id can be compared before the first request leaves.
    if let (Some(wanted), Some(is)) = (wanted.filter(|wanted| is_guid(wanted)), &claims.tenant)
        && !wanted.eq_ignore_ascii_case(is)
    {
        return Err(wrong_tenant(wanted, is));
    }
    let reader = Reader::new(Arc::clone(&session));
    let found = tenant::organization(&reader, &claims).map_err(|error| unreachable_tenant(&error))?;
    if let Some(wanted) = wanted {
        let domain = found.domain.eq_ignore_ascii_case(wanted)
            || found.domains.iter().any(|domain| domain.eq_ignore_ascii_case(wanted));
        if !domain && !found.id.eq_ignore_ascii_case(wanted) {
            return Err(wrong_tenant(wanted, &format!("{} ({})", found.domain, found.id)));
        }
    }
    let identity = tenant::whoami(&reader, &claims, found).map_err(|error| unreachable_tenant(&error))?;
    let practice = target.root.is_loopback() && claims.practice;
    host.ui.show(&Event::SignedIn(SignedIn {
        tenant_id: identity.tenant_id.clone(),
        tenant_name: identity.tenant_name.clone(),
        domain: identity.domain.clone(),
        account: identity.account.clone(),
        roles: identity.roles.iter().map(|id| roles::name(id).map_or_else(|| id.clone(), str::to_owned)).collect(),
        graph_root: target.root.as_str().to_owned(),
        practice,
    }));
    Ok(Connected { session, reader, identity, claims, practice })
}

fn wrong_tenant(wanted: &str, is: &str) -> Failure {
    Failure::words(Kind::Access, format!("`--tenant {wanted}` was given, but the token is for {is}"))
        .hint("get a token for the right tenant, or mend `--tenant`")
}

fn unreachable_tenant(error: &ReadError) -> Failure {
    let kind = match error {
        ReadError::SignIn(_) => Kind::Access,
        ReadError::Stopped => Kind::Interrupted,
        ReadError::Unavailable(_) | ReadError::Bad(_) => Kind::Temporary,
    };
    let failure = Failure::words(kind, error);
    match kind {
        Kind::Access => {
            failure.hint("get a fresh access token for Microsoft Graph and set FIXFORME_ACCESS_TOKEN to it")
        }
        Kind::Temporary => failure.hint("look at the network, the proxy and the root of Graph, then run this again"),
        _ => failure,
    }
}

fn is_guid(text: &str) -> bool {
    uuid::Uuid::parse_str(text).is_ok()
}
