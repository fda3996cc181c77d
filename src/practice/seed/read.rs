//! Reading `tenant.toml`: its grammar, then what it says.

use anyhow::{Result, anyhow};

use super::build::Builder;
use super::document::Document;
use super::place::Place;
use super::start::Seed;

impl Seed {
    /// Reads a `tenant.toml`. Errors name the file, line and column, and say what to do.
    pub fn parse(file_name: &str, text: &str) -> Result<Self> {
        let place = Place { file_name, text };
        let document: Document = toml::from_str(text).map_err(|error| match error.span() {
            Some(span) => place.error(span, &in_words(error.message())),
            None => anyhow!("{file_name}: {}", in_words(error.message())),
        })?;
        Builder::new(place).build(document)
    }
}

/// Says in words what the TOML reader says in Rust's: `invalid type: integer `1`, expected a string`.
fn in_words(message: &str) -> String {
    let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|mismatch| mismatch.split_once(", expected "))
    else {
        return message.to_owned();
    };
    let kind = found.split(' ').next().unwrap_or_default();
    let found = match kind {
        "integer" | "floating" => "a number",
        "boolean" => "`true` or `false`",
        "string" => "a text",
        "sequence" => "a list",
        "map" => "a table",
        _ => found,
    };
    let expected = match expected {
        "a string" => "a text, in quotes,",
        "a boolean" => "`true` or `false`",
        "usize" | "u16" | "u32" | "u64" | "i64" => "a whole number",
        "a map" => "a table",
        "a sequence" => "a list",
        other => other,
    };
    format!("{expected} is wanted here, not {found}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;
    use crate::practice::facts::roles::GLOBAL_ADMIN;
    use crate::practice::store::USERS;

    #[test]
    fn mistakes_are_shown_with_file_line_and_column() {
        let refused = |text: &str| format!("{:#}", Seed::parse("tenant.toml", text).unwrap_err());
        assert!(refused("lag = \"soon\"").starts_with("tenant.toml:1:7: this is not a duration"));
        assert!(refused("page_size = 2\nfrob = 1").starts_with("tenant.toml:2:1: unknown field `frob`"));
        let text = "[[users]]\nuserPrincipalName = \"a@b.example\"\notherMail = []\n";
        assert!(
            refused(text).starts_with("tenant.toml:3:1: Graph has no such property here (did you mean `otherMails`?)")
        );
        let text = "[[role_assignments]]\nrole = \"Global Administrator\"\nprincipal = \"nobody\"\n";
        assert!(refused(text).starts_with("tenant.toml:3:13: there is no user"), "{}", refused(text));
        let text = "[[role_assignments]]\nrole = \"Global Admnistrator\"\nprincipal = \"nobody\"\n";
        assert!(refused(text).contains("did you mean `Global Administrator`?"));
        assert!(refused("[objects.\"/policies/x\"]\na = 1").starts_with("tenant.toml:1:10: an object's path"));
        assert!(refused("[objects.\"/v1.0/users\"]\nvalue = []").contains("use `[[users]]`"));
        assert!(refused("[[groups]]\ndisplayName = \"g\"\nmembers = [\"x\"]").contains("the member `x`"));
        assert!(refused("[[users]]\nid = \"1\"").contains("needs a `userPrincipalName`"));
        assert!(refused("[me]\nid = \"x\"").starts_with("tenant.toml:2:6: there is no user"));
    }

    #[test]
    fn an_empty_file_is_a_tenant_with_one_administrator() {
        let seed = Seed::parse("tenant.toml", "").unwrap();
        assert_eq!(seed.store.all(USERS).newest().count(), 1);
        assert_eq!(seed.me.roles, [GLOBAL_ADMIN]);
    }
}
