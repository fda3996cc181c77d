//! The head of a run: what runs, and who is signed in where.

use super::sheet::Sheet;
use crate::ports::event::{RunStarted, SignedIn};
use crate::ui::style::Mark;

/// Adds the program, the command and the wizard.
pub fn run_started(sheet: &mut Sheet<'_>, started: &RunStarted) {
    let head = format!("fixforme {} - {}", started.tool, started.mode);
    match &started.wizard {
        Some(wizard) => sheet.heading(&format!("{head}: {} ({} {})", wizard.title, wizard.id, wizard.version)),
        None => sheet.heading(&head),
    }
    if started.practice {
        sheet.text(1, "This is a practice tenant: nothing real is read or changed.");
    }
}

/// Adds the account, the tenant and the roles. `is_practice_said` tells whether [`run_started`] has said it already.
pub fn signed_in(sheet: &mut Sheet<'_>, signed_in: &SignedIn, is_practice_said: bool) {
    sheet.gap();
    let practice = if signed_in.practice && !is_practice_said { ", a practice tenant" } else { "" };
    sheet.marked(
        1,
        Mark::Good,
        &format!("Signed in as {} to {} ({}){practice}.", signed_in.account, signed_in.tenant_name, signed_in.domain),
    );
    let below = sheet.below(1);
    let roles = if signed_in.roles.is_empty() { "not known".to_owned() } else { signed_in.roles.join(", ") };
    sheet.led(below, "Roles: ", &format!("{roles}."));
    sheet.led(below, "Tenant: ", &format!("{} at {}", signed_in.tenant_id, signed_in.graph_root));
}
