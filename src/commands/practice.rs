//! The practice tenant as a target: started from a case or a file, on the person's time or on virtual time.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, PoisonError};

use crate::commands::account::connect::Target;
use crate::commands::account::sign_in::SignIn;
use crate::commands::host::Host;
use crate::commands::load::read_file;
use crate::failure::{Failure, Kind, OrFail};
use crate::graph::GraphRoot;
use crate::ports::Clock;
use crate::ports::cloud;
use crate::ports::retry::RetryPolicy;
use crate::practice::{Fault, MovedClock, PracticeCredentials, PracticeServer, Seed, Tenant};
use crate::wizard::Wizard;
use crate::wizard::document::{Answers, Expect};

/// A case of a wizard: the tenant, and the answers and expectations that come with it.
pub struct Case {
    /// Its name, or the file's.
    pub name: String,
    pub seed: Seed,
    pub answers: Option<Answers>,
    /// What it must end with, where it says so.
    pub expect: Option<Expect>,
}

/// Returns the names of a wizard's cases in order; the one that rehearsals take by themselves comes first.
pub fn cases(wizard: &Wizard) -> Vec<String> {
    let mut names: Vec<String> = wizard.cases().into_iter().map(str::to_owned).collect();
    names.sort_by_key(|name| (name != "contoso", name.clone()));
    names
}

/// Reads a case, or the practice tenant of a file.
pub fn case(wizard: &Wizard, name: Option<&str>, file: Option<&Path>) -> Result<Case, Failure> {
    if let Some(file) = file {
        let text = read_file(file, 64 << 20).or_fail(Kind::Usage)?;
        let name = file.display().to_string();
        let seed = Seed::parse(&name, &text).or_fail(Kind::Usage)?;
        return Ok(Case { name, seed, answers: None, expect: None });
    }
    let names = cases(wizard);
    let name = match name {
        Some(name) if names.iter().any(|known| known == name) => name.to_owned(),
        Some(name) => {
            return Err(Failure::words(Kind::Usage, format!("`{}` has no case `{name}`", wizard.id))
                .hint(format!("its cases are: {}", names.join(", "))));
        }
        None => names.first().cloned().ok_or_else(|| {
            Failure::words(Kind::Usage, format!("`{}` has no case to rehearse", wizard.id))
                .hint("add `rehearsal/contoso/tenant.toml` to the wizard, or give one with `--practice FILE`")
        })?,
    };
    let file = |part: &str| {
        let path = format!("rehearsal/{name}/{part}.toml");
        wizard.files.get(&path).map(|text| (path, text.clone()))
    };
    let Some((path, text)) = file("tenant") else {
        return Err(Failure::words(Kind::Internal, format!("the case `{name}` has no tenant")));
    };
    let seed = Seed::parse(&path, &text).or_fail(Kind::Usage)?;
    let refuse = |report: crate::wizard::diagnostic::Report| Failure::words(Kind::Usage, report.render(false));
    let answers = file("answers")
        .map(|(path, text)| wizard.answers(&path, &text).map(|(answers, _)| answers))
        .transpose()
        .map_err(refuse)?;
    let refuse = |report: crate::wizard::diagnostic::Report| Failure::words(Kind::Usage, report.render(false));
    let expect = file("expect").map(|(path, text)| wizard.expect(&path, &text)).transpose().map_err(refuse)?;
    Ok(Case { name, seed, answers, expect })
}

/// Starts a practice tenant.
pub fn start(
    host: &Host,
    case: &Case,
    faults: &[String],
    address: Option<SocketAddr>,
    clock: Arc<dyn Clock>,
) -> Result<PracticeServer, Failure> {
    let faults =
        faults.iter().map(|fault| Fault::parse(fault)).collect::<anyhow::Result<Vec<_>>>().or_fail(Kind::Usage)?;
    let mut random = [0; 16];
    host.clock.random(&mut random);
    let tenant = Tenant::new(&case.seed, random);
    let named = if address.is_some() { Kind::Usage } else { Kind::Internal };
    PracticeServer::start(tenant, faults, address.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), clock)
        .or_fail(named)
}

/// Returns a running practice tenant as a target.
pub fn target(host: &Host, case: &Case, server: &PracticeServer, clock: Arc<dyn Clock>) -> Result<Target, Failure> {
    let cloud = case.seed.cloud();
    Ok(Target {
        root: GraphRoot::parse(&server.root()).or_fail(Kind::Internal)?,
        sign_in: SignIn::ready(Arc::new(PracticeCredentials::new(server)), true),
        clock,
        journal: Arc::clone(&host.rehearsals),
        cloud: cloud.to_owned(),
        authority: cloud::by_name(cloud).map(|cloud| cloud.sign_in).unwrap_or_default().to_owned(),
        tenant: None,
        tenant_missing: false,
        retries: RetryPolicy::default(),
        client_ids: Some(server.tenant().lock().unwrap_or_else(PoisonError::into_inner).client_ids().to_vec()),
        practice: None,
    })
}

/// Returns the time that a rehearsal lives in: the tenant's own where it names one; real where a person watches,
/// virtual else.
pub fn clock(host: &Host, case: &Case) -> Arc<dyn Clock> {
    moved(case, if host.ui.can_ask() { &host.clock } else { &host.virtual_clock })
}

/// Returns a clock moved to the time that a case's tenant names.
pub fn moved(case: &Case, clock: &Arc<dyn Clock>) -> Arc<dyn Clock> {
    match case.seed.now() {
        Some(now) => Arc::new(MovedClock::starting(now, Arc::clone(clock))),
        None => Arc::clone(clock),
    }
}
