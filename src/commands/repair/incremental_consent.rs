//! The second sign-in: permissions to change, asked for after the list of changes was agreed to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::preflight::lacking_scope;
use crate::commands::account::connect::{Connected, Target};
use crate::commands::account::sign_in::failed;
use crate::commands::host::Host;
use crate::engine::approval::Approved;
use crate::engine::change::Change;
use crate::failure::{Failure, Kind};
use crate::ports::Ui;
use crate::ports::event::Level;

/// Gets a token for approved changes: only now are the permissions to change asked for, only those that the plan needs,
/// and each with the step that needs it. `before` was asked for to read.
pub fn require(
    host: &Host,
    target: &Target,
    connected: &Connected,
    before: &[String],
    approved: &Approved,
) -> Result<(), Failure> {
    if !target.sign_in.credentials.chooses_scopes() {
        return Ok(());
    }
    if target.sign_in.service.is_some() {
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
    let granted = now.scopes.filter(|_| target.sign_in.service.is_some());
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
        ui.say(Level::Info, text);
    }
}
