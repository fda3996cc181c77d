//! Which app signs in to which tenant: the small file that a person may keep, and edit, beside the journals.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, ensure};
use serde::Deserialize;

use super::app;
use super::authority::is_tenant;

/// What stands at the head of the file.
const HEAD: &str = "\
# Which app signs in to which tenant, by the tenant's id or one of its domains. `fixforme client-id` writes this file.
";

/// The apps of the tenants, by the tenants' ids and domains in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientIds(BTreeMap<String, String>);

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    client_ids: BTreeMap<String, String>,
}

impl ClientIds {
    /// Reads the file's text; without a file there is nothing. The error says where the mistake is.
    pub fn read(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::default()) };
        let written: Written = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            anyhow!("line {}: {}", before.matches('\n').count() + 1, error.message().replace('\n', ", "))
        })?;
        let mut ids = Self::default();
        for (tenant, id) in &written.client_ids {
            ensure!(is_tenant(tenant), "`{}` is not a tenant ID or a domain", tenant.escape_debug());
            ids.keep(tenant, &app::client_id(id, tenant)?);
        }
        Ok(ids)
    }

    /// Returns the text to keep.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}\n[client_ids]\n");
        // Neither a tenant nor an id has a character that would have to be escaped.
        self.0.iter().for_each(|(tenant, id)| text.push_str(&format!("\"{tenant}\" = \"{id}\"\n")));
        text
    }

    /// Returns the app of a tenant.
    pub fn of(&self, tenant: &str) -> Option<&str> {
        self.0.get(&tenant.to_ascii_lowercase()).map(String::as_str)
    }

    /// Sets the app of a tenant. Both were checked.
    pub fn keep(&mut self, tenant: &str, client_id: &str) {
        self.0.insert(tenant.to_ascii_lowercase(), client_id.to_owned());
    }

    /// Forgets the app of a tenant; returns whether there was one.
    pub fn forget(&mut self, tenant: &str) -> bool {
        self.0.remove(&tenant.to_ascii_lowercase()).is_some()
    }

    /// Returns the tenants with their apps.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(tenant, id)| (tenant.as_str(), id.as_str()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    const ID: &str = "6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b";

    #[test]
    fn what_is_kept_is_read_again() {
        let mut ids = ClientIds::default();
        ids.keep("Contoso.example", ID);
        ids.keep("8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1", ID);
        let again = ClientIds::read(Some(&ids.text())).unwrap();
        assert_eq!(again, ids);
        assert_eq!(again.of("CONTOSO.example"), Some(ID));
        assert_eq!(again.of("fabrikam.example"), None);
        assert!(ids.forget("contoso.EXAMPLE") && !ids.forget("contoso.example"));
        assert_eq!(ClientIds::read(None).unwrap(), ClientIds::default());
        assert_eq!(ClientIds::read(Some("")).unwrap(), ClientIds::default());
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (text, words) in [
            ("[client_ids]\n\"a.example\" = 7\n", "line 2"),
            ("[client_ids]\n\n\"a.example\" = \"x\n", "line 3"),
            ("[client_id]\n", "unknown field `client_id`"),
            ("[client_ids]\n\"a.example\" = \"me\"\n", "`me` (a.example) is not an Application (client) ID"),
            ("[client_ids]\n\"a b\" = \"6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b\"\n", "`a b` is not a tenant"),
            ("[client_ids]\ncommon = \"6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b\"\n", "`common` is not a tenant"),
            ("\u{feff}[client", "line 1"),
        ] {
            let error = format!("{:#}", ClientIds::read(Some(text)).unwrap_err());
            assert!(error.contains(words), "{text:?}: {error}");
        }
    }
}
