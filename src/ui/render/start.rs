//! The head of a run: what runs, and who is signed in where.

use super::line_writer::LineWriter;
use crate::ports::event::{RunStarted, SignedIn};
use crate::ui::style::Mark;

/// Adds the program, the command and the wizard.
pub fn run_started(writer: &mut LineWriter<'_>, started: &RunStarted) {
    let head = format!("fixforme {} - {}", started.tool, started.mode);
    match &started.wizard {
        Some(wizard) => writer.heading(&format!("{head}: {} ({} {})", wizard.title, wizard.id, wizard.version)),
        None => writer.heading(&head),
    }
    if started.practice {
        writer.text(1, "This is a practice tenant: nothing real is read or changed.");
    }
}

/// Adds the account, the tenant and the roles. `is_practice_said` tells whether [`run_started`] has said it already.
pub fn signed_in(writer: &mut LineWriter<'_>, signed_in: &SignedIn, is_practice_said: bool) {
    writer.gap();
    let practice = if signed_in.practice && !is_practice_said { ", a practice tenant" } else { "" };
    writer.marked(
        1,
        Mark::Good,
        &format!("Signed in as {} to {} ({}){practice}.", signed_in.account, signed_in.tenant_name, signed_in.domain),
    );
    let below = writer.below(1);
    let roles = if signed_in.roles.is_empty() { "not known".to_owned() } else { signed_in.roles.join(", ") };
    writer.led(below, "Roles: ", &format!("{roles}."));
    writer.led(below, "Tenant: ", &format!("{} at {}", signed_in.tenant_id, signed_in.graph_root));
}
