//! `tenant.toml`: what the practice tenant holds at the start.
//!
//! Keys: `lag` (how long reads lag behind writes, such as `"2s"`), `page_size` (the most entities on a page),
//! `nulls` (`"omitted"`, the default, or `"shown"`: what `$select` answers for an absent property), `licences` (service
//! plans such as `AAD_PREMIUM`), `[organization]` (`id`, `displayName`, `verifiedDomains` and any other property),
//! `[me]` (`id` or `userPrincipalName` of who signs in, `roles`, `scopes`, `app_only`), `[[users]]` (any property of a
//! user, `authentication` with lists such as `emailMethods`, `registration` to overrule its row of the registration
//! report), `[[groups]]` (`members` are ids or user principal names), `[[service_principals]]`,
//! `[[role_assignments]]` (`role` by id or name, `principal`, `scope`), `[[role_definitions]]` (custom roles),
//! `[[generate]]` (`users`, `admins`, `role`: many users at once), `[objects."/v1.0/…"]` (any other object, or a
//! collection if its only key is a list `value`), `[[permissions]]` (`path` with `*` for a segment, `read`, `write`,
//! `roles`: who may use an object that is not in the built-in table), `[[actions]]` (`path`, `status`, `body`, `sets`:
//! calls such as `POST /v1.0/x/*/restart`, what they answer and which properties of the object above them they set).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use toml::Spanned;

use super::generate::Generate;
use super::seed_build::Builder;
use super::store::Store;

/// A parsed `tenant.toml`, with nothing left to check.
#[derive(Debug, Clone)]
pub struct Seed {
    pub(super) store: Store,
    pub(super) page_size: Option<usize>,
    pub(super) shows_nulls: bool,
    pub(super) licences: Vec<String>,
    pub(super) organization: String,
    pub(super) me: Me,
    pub(super) permissions: Vec<OwnPermission>,
    pub(super) actions: Vec<Action>,
}

/// Who signs in.
#[derive(Debug, Clone)]
pub(super) struct Me {
    /// The account's or service principal's object id.
    pub id: String,
    /// Role ids that the token lists; `None` means whatever the directory says.
    pub roles: Vec<String>,
    /// The only scopes that a token may carry.
    pub scopes: Option<Vec<String>>,
    /// Whether an application signs in, without a person.
    pub app_only: bool,
}

/// Who may use a path that the seed names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnPermission {
    /// The path with its version; `*` stands for one segment.
    pub path: String,
    /// Scopes of which one suffices to read.
    #[serde(default)]
    pub read: Vec<String>,
    /// Scopes of which one suffices to write.
    #[serde(default)]
    pub write: Vec<String>,
    /// Roles, by id or built-in name, of which a person needs one to write; none means any.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A call that is no plain object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    /// The path with its version; `*` stands for one segment.
    pub path: String,
    /// The status answered.
    #[serde(default)]
    pub status: Option<u16>,
    /// The body answered.
    #[serde(default)]
    pub body: Option<toml::Value>,
    /// Properties set on the object whose path is this one without its last segment.
    #[serde(default)]
    pub sets: Option<toml::Table>,
}

/// An entity's properties, each name with its place in the file.
pub(super) type Properties = BTreeMap<Spanned<String>, toml::Value>;

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub lag: Option<Spanned<String>>,
    pub page_size: Option<Spanned<usize>>,
    pub nulls: Option<Spanned<String>>,
    #[serde(default)]
    pub licences: Vec<String>,
    pub organization: Option<toml::Table>,
    pub me: Option<MeTable>,
    #[serde(default)]
    pub users: Vec<Spanned<Properties>>,
    #[serde(default)]
    pub groups: Vec<Spanned<Properties>>,
    #[serde(default)]
    pub service_principals: Vec<Spanned<Properties>>,
    #[serde(default)]
    pub role_assignments: Vec<RoleAssignment>,
    #[serde(default)]
    pub role_definitions: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    pub generate: Vec<Generate>,
    #[serde(default)]
    pub objects: BTreeMap<Spanned<String>, toml::Table>,
    #[serde(default)]
    pub permissions: Vec<OwnPermission>,
    #[serde(default)]
    pub actions: Vec<Action>,
}

/// `[me]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeTable {
    pub id: Option<Spanned<String>>,
    #[serde(rename = "userPrincipalName")]
    pub user_principal_name: Option<Spanned<String>>,
    pub roles: Option<Vec<Spanned<String>>>,
    pub scopes: Option<Vec<String>>,
    #[serde(default)]
    pub app_only: bool,
}

/// `[[role_assignments]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleAssignment {
    pub role: Spanned<String>,
    pub principal: Spanned<String>,
    pub scope: Option<String>,
}

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

/// A mistake in a practice tenant's file, with its place.
#[derive(Debug, Clone)]
pub struct SeedMistake {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The line as written.
    pub source_line: String,
}

impl fmt::Display for SeedMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, source_line } = self;
        write!(f, "{file}:{line}:{column}: {message}\n  {source_line}\n  {}^", " ".repeat(column - 1))
    }
}

impl std::error::Error for SeedMistake {}

/// The file that errors point into.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    file_name: &'a str,
    text: &'a str,
}

impl Place<'_> {
    /// Makes an error that shows the line and points at the column.
    pub fn error(&self, span: Range<usize>, message: &str) -> anyhow::Error {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or("").chars().count() + 1;
        let source = self.text.get(start..).unwrap_or("").lines().next().unwrap_or("");
        SeedMistake {
            file: self.file_name.to_owned(),
            line,
            column,
            message: message.to_owned(),
            source_line: source.to_owned(),
        }
        .into()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::super::roles::GLOBAL_ADMIN;
    use super::*;

    #[test]
    fn mistakes_are_shown_with_file_line_and_column() {
        let refused = |text: &str| format!("{:#}", Seed::parse("tenant.toml", text).unwrap_err());
        assert!(refused("lag = \"soon\"").starts_with("tenant.toml:1:7: this is no length of time"));
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
        assert_eq!(seed.store.users.newest().count(), 1);
        assert_eq!(seed.me.roles, [GLOBAL_ADMIN]);
    }
}
