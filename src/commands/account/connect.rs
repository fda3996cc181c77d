//! Reaches a tenant: which root of Graph, with whose token, and which tenant it turns out to be.

use std::sync::Arc;

use super::sign_in::{self, SignIn};
use super::which_app;
use crate::auth::{Authority, authority};
use crate::cli;
use crate::commands::host::Host;
use crate::contract::roles;
use crate::failure::{Failure, Kind, OrFail};
use crate::graph::{GraphRoot, ReadError, Reader, Session, tenant};
use crate::ports::cloud::{self, Cloud};
use crate::ports::credentials::Claims;
use crate::ports::event::{Event, Progress, SignedIn};
use crate::ports::retry::RetryPolicy;
use crate::ports::{Clock, Journal, Origin};

/// A place to work on.
pub struct Target {
    pub root: GraphRoot,
    pub sign_in: SignIn,
    /// The time that it lives in.
    pub clock: Arc<dyn Clock>,
    /// Where its runs are written down.
    pub journal: Arc<dyn Journal>,
    /// The cloud's name.
    pub cloud: String,
    pub authority: String,
    /// The tenant that is meant: what `--tenant` says, or the choice of an app.
    pub tenant: Option<String>,
    /// Whether `--tenant` is wanted and was not given: nobody would notice that a token is for another tenant.
    pub tenant_missing: bool,
    /// How often and how long a request is tried.
    pub retries: RetryPolicy,
    /// The apps that a practice tenant says are known there; `None` where this machine's own settings and journals say it.
    pub client_ids: Option<Vec<String>>,
    /// Whether it must be a practice tenant, or must not, because the run that is gone on with was in one, or not.
    pub practice: Option<bool>,
}

/// A tenant that answers.
pub struct Connected {
    /// The session behind both clients.
    pub session: Arc<Session>,
    /// The client that cannot write.
    pub reader: Reader,
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
        let known = cloud::is_graph_root(root.as_str());
        allow_host(host, root.origin(), known, "a host of Microsoft Graph", "your access token", flags)?;
    }
    let given = flags.sign_in.authority.as_deref();
    let authority = Authority::origin(given.unwrap_or(named.sign_in)).or_fail(Kind::Usage)?;
    if given.is_some() {
        let known = cloud::CLOUDS.iter().any(|cloud| cloud.sign_in == authority.as_str());
        allow_host(host, &authority, known, "a place where Microsoft signs in", "what signs you in", flags)?;
    }
    let sign_in = sign_in::choose(host, flags, named, &root, authority.clone())?;
    // An app's sign-in is to one tenant, which has to be named.
    let is_app = sign_in.service.is_some() && !sign_in.credentials.chooses_scopes();
    let tenant = flags.tenant.clone().or_else(|| sign_in.tenant.clone());
    let tenant_missing = tenant.is_none() && (is_app || (unattended && !sign_in.practice));
    Ok(Target {
        root,
        sign_in,
        clock: Arc::clone(&host.clock),
        journal: Arc::clone(&host.journal),
        cloud: named.name.to_owned(),
        authority: authority.as_str().to_owned(),
        tenant,
        tenant_missing,
        retries: RetryPolicy::default(),
        client_ids: None,
        practice: None,
    })
}

/// A host that is neither a known cloud's nor on loopback would get a secret: the person types its name.
fn allow_host(
    host: &Host,
    origin: &Origin,
    known: bool,
    what: &str,
    secret: &str,
    flags: &cli::Tenant,
) -> Result<(), Failure> {
    let name = origin.host().to_owned();
    if origin.is_loopback() || known || flags.allow_host.contains(&name) {
        return Ok(());
    }
    let refusal = || {
        Failure::words(Kind::Trust, format!("`{name}` is not {what}, and would get {secret}"))
            .hint(format!("if you trust it, add `--allow-host {name}`"))
    };
    if !host.ui.can_ask() {
        return Err(refusal());
    }
    let help = vec![format!("`{name}` is not {what} that fixforme knows.")];
    match host.ui.approves(format!("Send {secret} to `{name}`?"), help, &name) {
        Ok(true) => Ok(()),
        _ => Err(refusal()),
    }
}

/// Signs in with the given scopes and finds out which tenant answers.
pub fn connect(host: &Host, target: &Target, scopes: &[String]) -> Result<Connected, Failure> {
    let session = Arc::new(Session::new(
        Arc::clone(&host.http),
        Arc::clone(&target.clock),
        Arc::clone(&host.ui),
        Arc::clone(&target.sign_in.credentials),
        target.root.clone(),
        target.retries.clone(),
    ));
    session.require(scopes);
    let wanted = target.tenant.as_deref();
    let id = match (wanted, &target.sign_in.service) {
        (Some(wanted), _) if is_guid(wanted) => Some(wanted.to_owned()),
        // Who cannot sign in for want of a tenant need not open a browser first.
        (Some(_), Some(service)) => Some(authority::tenant_id(service).map_err(|error| sign_in::failed(error.into()))?),
        _ => None,
    };
    let claims = session.claims().map_err(sign_in::failed)?;
    // The tenant's id can be compared before the first request to Graph leaves.
    if let (Some(wanted), Some(id), Some(is)) = (wanted, &id, &claims.tenant)
        && !id.eq_ignore_ascii_case(is)
    {
        return Err(wrong_tenant(wanted, is));
    }
    if claims.practice && cloud::is_graph_root(target.root.as_str()) {
        return Err(not_practice(target));
    }
    // So can what kind of tenant it is: what was tried in a practice tenant is for no real one.
    let practice = target.root.is_loopback() && claims.practice;
    if target.practice.is_some_and(|wanted| wanted != practice) {
        return Err(wrong_kind(practice));
    }
    let label = "which tenant this is".to_owned();
    host.ui.show(&Event::Progress(Progress { phase: "asking", label, done: 0, total: None }));
    let reader = Reader::new(Arc::clone(&session));
    let found = tenant::organization(&reader, &claims).map_err(|error| unreachable_tenant(target, &error))?;
    if let Some(wanted) = wanted {
        let domain = found.domain.eq_ignore_ascii_case(wanted)
            || found.domains.iter().any(|domain| domain.eq_ignore_ascii_case(wanted));
        if !domain && !found.id.eq_ignore_ascii_case(wanted) {
            return Err(wrong_tenant(wanted, &format!("{} ({})", found.domain, found.id)));
        }
    }
    let identity = tenant::whoami(&reader, &claims, found).map_err(|error| unreachable_tenant(target, &error))?;
    host.ui.show(&Event::SignedIn(SignedIn {
        tenant_id: identity.tenant_id.clone(),
        tenant_name: identity.tenant_name.clone(),
        domain: identity.domain.clone(),
        account: identity.account.clone(),
        roles: identity.roles.iter().map(|id| roles::name(id).map_or_else(|| id.clone(), str::to_owned)).collect(),
        graph_root: target.root.as_str().to_owned(),
        practice,
    }));
    if let Some(client_id) = &target.sign_in.new_app {
        let names: Vec<&str> = [Some(identity.tenant_id.as_str()), wanted].into_iter().flatten().collect();
        which_app::offer_to_keep(host, client_id, &names, &identity.tenant_name)?;
    }
    if target.sign_in.is_azure_cli {
        sign_in::say_limits(host, &claims, scopes);
    }
    Ok(Connected { session, reader, identity, claims, practice })
}

/// Microsoft has no use for a practice tenant's token, and whoever sends it has forgotten the address.
fn not_practice(target: &Target) -> Failure {
    let words = format!("the access token is a practice tenant's, and `{}` is none", target.root.as_str());
    Failure::words(Kind::Usage, words)
        .hint("name the address that `rehearse --serve` prints by `--graph-root http://127.0.0.1:…`; it is not a variable")
        .hint("for a real tenant, take the token out of FIXFORME_ACCESS_TOKEN")
}

fn wrong_kind(is_practice: bool) -> Failure {
    if is_practice {
        Failure::words(Kind::Trust, "the run was in a real tenant, and this is a practice tenant")
            .hint("leave out `--graph-root`, and take the practice tenant's token out of FIXFORME_ACCESS_TOKEN")
    } else {
        Failure::words(Kind::Trust, "the run was in a practice tenant; nothing of it is written to a real one")
            .hint("a rehearsal that was served with `rehearse --serve` is gone when that has ended")
    }
}

fn wrong_tenant(wanted: &str, is: &str) -> Failure {
    Failure::words(Kind::Access, format!("`--tenant {wanted}` was given, but the sign-in is to {is}"))
        .hint("sign in to the right tenant, or correct `--tenant`")
}

fn unreachable_tenant(target: &Target, error: &ReadError) -> Failure {
    let kind = match error {
        ReadError::SignIn(_) => Kind::Access,
        ReadError::Stopped => Kind::Interrupted,
        ReadError::Unavailable(_) | ReadError::SignInAway(_) | ReadError::Bad(_) => Kind::Temporary,
    };
    let failure = Failure::words(kind, error);
    match kind {
        Kind::Access if target.sign_in.service.is_none() => {
            failure.hint("get a fresh access token for Microsoft Graph and set FIXFORME_ACCESS_TOKEN to it")
        }
        // It says itself what to do.
        Kind::Temporary if matches!(error, ReadError::SignInAway(_)) => failure,
        Kind::Temporary => failure.hint("look at the network, the proxy and the root of Graph, then run this again"),
        _ => failure,
    }
}

fn is_guid(text: &str) -> bool {
    uuid::Uuid::parse_str(text).is_ok()
}
