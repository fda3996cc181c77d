//! `fixforme client-id`: which app signs in to which tenant, kept for the next time.

use serde_json::json;

use super::which_app::kept;
use crate::auth::{app, authority};
use crate::cli;
use crate::commands::host::Host;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Kind, OrFail};
use crate::ports::event::Level;

/// Lists, keeps or forgets the apps of tenants.
pub fn client_id(host: &Host, flags: &cli::ClientId) -> Result<ExitCode, Failure> {
    let mut ids = kept(host)?;
    let say = |text: String| host.ui.say(Level::Info, text);
    let Some(tenant) = &flags.tenant else {
        if ids.iter().next().is_none() {
            say("No app is kept for any tenant. To keep one: `fixforme client-id TENANT ID`".to_owned());
        }
        for (tenant, id) in ids.iter() {
            let row = json!({"type": "client_id", "tenant": tenant, "client_id": id});
            host.ui.row(&row, &format!("{id}  {tenant}\n"));
        }
        return Ok(ExitCode::AsWanted);
    };
    if !authority::is_tenant(tenant) {
        let words = format!("`{}` is not a tenant", tenant.escape_debug());
        return Err(Failure::words(Kind::Usage, words).hint("give its id or one of its domains"));
    }
    match &flags.client_id {
        Some(id) => ids.keep(tenant, &app::client_id(id, "ID").or_fail(Kind::Usage)?),
        None if flags.forget => {
            if !ids.forget(tenant) {
                return Err(Failure::words(Kind::Usage, format!("no app is kept for {tenant}")));
            }
        }
        None => match ids.of(tenant) {
            Some(id) => {
                let row = json!({"type": "client_id", "tenant": tenant, "client_id": id});
                host.ui.row(&row, &format!("{id}\n"));
                return Ok(ExitCode::AsWanted);
            }
            None => return Err(Failure::words(Kind::Usage, format!("no app is kept for {tenant}"))),
        },
    }
    host.config.write(&ids.text()).or_fail(Kind::Internal)?;
    say(match flags.client_id {
        Some(_) => format!("That app now signs in to {tenant} where nothing else is said."),
        None => format!("No app is kept for {tenant} any more."),
    });
    Ok(ExitCode::AsWanted)
}
