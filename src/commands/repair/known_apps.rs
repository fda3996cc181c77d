//! Which app registrations of a tenant this machine knows: what `client-id` remembers, and what earlier runs registered.

use serde_json::Value;

use crate::auth::ClientIds;
use crate::commands::account::connect::{Connected, Target};
use crate::commands::account::which_app::kept;
use crate::commands::history::stored_run;
use crate::commands::host::Host;
use crate::engine::change::ChangeKind;
use crate::engine::receipt::{ChangeReceipt, Receipt};
use crate::ports::event::{Event, Level, Message};
use crate::ports::journal::Integrity;

/// Returns the client ids of the apps that are known, each once. A practice tenant that a rehearsal starts says it itself:
/// nothing of this machine is there.
pub fn client_ids(host: &Host, target: &Target, connected: &Connected) -> Vec<String> {
    if let Some(ids) = &target.client_ids {
        return ids.clone();
    }
    let identity = &connected.identity;
    // What cannot be read knows nothing: then more is asked, not less.
    let remembered = kept(host).unwrap_or_else(|failure| {
        host.ui.show(&Event::Message(Message { level: Level::Warning, text: format!("{:#}", failure.error) }));
        ClientIds::default()
    });
    let names = std::iter::once(&identity.tenant_id).chain([&identity.domain]).chain(&identity.domains);
    let mut ids: Vec<String> = names.filter_map(|name| remembered.of(name)).map(str::to_owned).collect();
    // A journal whose seal does not hold may have been written by anybody.
    let here = |past: &stored_run::StoredRun| {
        let run = &past.receipt.run;
        past.integrity == Integrity::Whole
            && run.practice == connected.practice
            && run.cloud == target.cloud
            && run.graph_root == target.root.as_str()
    };
    for past in stored_run::others(target.journal.as_ref(), &identity.tenant_id, "", here) {
        ids.extend(registered(&past.receipt).map(str::to_owned));
    }
    ids.sort();
    ids.dedup();
    ids
}

/// The client ids of what a run registered and did not roll back.
fn registered(receipt: &Receipt) -> impl Iterator<Item = &str> {
    let registers = |change: &&ChangeReceipt| {
        let path: Vec<&str> = change.change.request.path.iter().filter_map(Value::as_str).collect();
        change.change.kind == ChangeKind::Create && change.state.maybe_applied() && path == ["v1.0", "applications"]
    };
    receipt.changes.iter().filter(registers).filter_map(|change| change.captured.get("appId")?.as_str())
}
