//! Many users at once, always the same ones, for benches and large rehearsals.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::defaults::assign;
use crate::practice::object::Object;
use crate::practice::store::{Store, USERS};

/// `[[generate]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    pub users: u32,
    /// How many of them, from the first on, hold the role.
    #[serde(default)]
    pub admins: u32,
    /// The role's id or name; Global Administrator if left out.
    pub role: Option<Spanned<String>>,
}

/// Adds the users `user00001@…` and on. Every third has an alternate address, every second a mobile phone, every
/// fourth a registered Authenticator app.
pub fn users(generate: &Generate, domain: &str, store: &mut Store) {
    for number in 1..=generate.users {
        let (id, name) = (id(number), name(number, domain));
        if store.all(USERS).find(&id).is_some() {
            continue;
        }
        let mut user = Object::with_capacity(8);
        user.insert("id".to_owned(), Value::String(id.clone()));
        user.insert("displayName".to_owned(), Value::String(format!("User {number:05}")));
        user.insert("userPrincipalName".to_owned(), Value::String(name.clone()));
        user.insert("accountEnabled".to_owned(), Value::Bool(true));
        user.insert("userType".to_owned(), json!("Member"));
        if number % 3 == 0 {
            user.insert("otherMails".to_owned(), json!([format!("user{number:05}@example.net")]));
        }
        if number % 2 == 0 {
            user.insert("mobilePhone".to_owned(), Value::String(format!("+1 425555{number:05}")));
        }
        if number % 4 == 0 {
            let app = json!({"microsoftAuthenticatorMethods": [{"id": self::id(1_000_000 + number), "displayName": "Phone"}]});
            user.insert("authentication".to_owned(), app);
        }
        store.under(USERS, true).seed(Arc::new(user), &[&id, &name]);
    }
}

pub fn admins(generate: &Generate, role: &str, store: &mut Store) {
    for number in 1..=generate.admins.min(generate.users) {
        assign(store, role, &id(number), "/");
    }
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn name(number: u32, domain: &str) -> String {
    format!("user{number:05}@{domain}")
}
