//! `fixforme permissions`: what a wizard may ask for, and why, computed from its steps, without signing in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli;
use crate::commands::host::Host;
use crate::commands::load;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Prints permissions and roles.
pub fn permissions(host: &Host, flags: &cli::Permissions) -> Result<ExitCode, Failure> {
    let wizard = load::load(host.ui.as_ref(), &flags.wizard)?;
    let mut read: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut write: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for step in &wizard.steps {
        let title = step.title.heading();
        for scope in step.check_scopes.iter() {
            read.entry(scope).or_default().push(title.clone());
        }
        let own = step.objects().iter().flat_map(|object| object.scopes.iter());
        let own = own.chain(step.writes().iter().flat_map(|write| write.scopes.iter()));
        for scope in step.fix_scopes.iter().chain(own) {
            let titles = write.entry(scope).or_default();
            if !titles.contains(&title) {
                titles.push(title.clone());
            }
        }
    }
    let list = |scopes: &BTreeMap<&str, Vec<String>>| -> Vec<Value> {
        scopes.iter().map(|(scope, steps)| json!({"scope": scope, "steps": steps})).collect()
    };
    let row = json!({
        "type": "permissions",
        "wizard": wizard.id,
        "version": wizard.version.to_string(),
        "check": list(&read),
        "fix": list(&write),
        "roles": wizard.roles,
    });
    let mut text = format!("{} {}\n\nPermissions needed to check:\n", wizard.id, wizard.version);
    for (scope, titles) in read {
        text.push_str(&format!("  {scope}\n      {}\n", titles.join("\n      ")));
    }
    text.push_str("\nTo repair, only after you have agreed to a plan, and only what that plan needs:\n");
    for (scope, titles) in write {
        text.push_str(&format!("  {scope}\n      {}\n", titles.join("\n      ")));
    }
    if !wizard.roles.is_empty() {
        text.push_str(&format!("\nThe account needs one of these roles to repair:\n  {}\n", wizard.roles.join("\n  ")));
    }
    host.ui.row(&row, &text);
    Ok(ExitCode::AsWanted)
}
