//! The tenant of a past run, reached again from what its journal says.

use crate::cli;
use crate::commands::account::connect::{self, Connected, Target};
use crate::commands::history::stored_run::StoredRun;
use crate::commands::host::Host;
use crate::engine::change::Change;
use crate::failure::{Failure, Kind, OrFail};
use crate::graph::GraphRoot;
use crate::ports::journal::Integrity;

/// The tenant of a past run, reached again.
pub struct Reached {
    pub target: Target,
    /// The sign-in, which can read.
    pub connected: Connected,
    /// The scopes that were asked for.
    pub scopes: Vec<String>,
}

/// Reaches the tenant of a past run, whose journal was [allowed](crate::commands::history::stored_run::allowed). The cloud and the root are those of the run, unless
/// the flags name others.
pub fn reach(host: &Host, past: &StoredRun, flags: &cli::Tenant, yes: bool) -> Result<Reached, Failure> {
    let run = &past.receipt.run;
    let mut flags = flags.clone();
    if flags.graph_root.is_none() {
        flags.cloud.clone_from(&run.cloud);
        let known = crate::ports::cloud::is_graph_root(&run.graph_root);
        if !known {
            // The journal alone must not send a token anywhere: only loopback, or what the person allows.
            GraphRoot::parse(&run.graph_root).or_fail(Kind::Usage)?;
            if past.integrity != Integrity::Whole {
                let words =
                    format!("the journal, whose seal does not hold, names {} as Microsoft Graph", run.graph_root);
                return Err(Failure::words(Kind::Trust, words).hint(format!(
                    "if that is where the run was, say so yourself: `--graph-root {}`",
                    run.graph_root
                )));
            }
            flags.graph_root = Some(run.graph_root.clone());
        }
    }
    // The run's own tenant is as good as `--tenant`: a token for another one is refused below.
    flags.tenant.get_or_insert_with(|| run.tenant.clone());
    let mut target = connect::target(host, &flags, yes)?;
    target.practice = Some(run.practice);
    // To read is enough until the person has agreed. An old journal that names no such scope has those to change only.
    let changes = past.receipt.changes.iter().map(|change| &change.change);
    let reads =
        |change: &Change| if change.read_scopes.is_empty() { &change.scopes } else { &change.read_scopes }.clone();
    let mut scopes: Vec<String> = changes.flat_map(|change| reads(change).to_vec()).collect();
    scopes.sort();
    scopes.dedup();
    let connected = connect::connect(host, &target, &scopes)?;
    if !connected.identity.tenant_id.eq_ignore_ascii_case(&run.tenant) {
        return Err(Failure::words(
            Kind::Access,
            format!(
                "the run was in {} ({}), but the token is for {}",
                run.tenant_name, run.tenant, connected.identity.tenant_id
            ),
        ));
    }
    Ok(Reached { target, connected, scopes })
}
