//! A first wizard that works, for its author to change: the authors' guide's example, under an id of one's own.

use std::collections::BTreeMap;

/// The id that the files have as they stand.
const ID: &str = "guest-invites";

/// Names and texts, in the order in which they are read best.
const FILES: [(&str, &str); 5] = [
    ("wizard.toml", include_str!("starter/wizard.toml")),
    ("10-invites.toml", include_str!("starter/10-invites.toml")),
    ("rehearsal/open/tenant.toml", include_str!("starter/tenant.toml")),
    ("rehearsal/open/answers.toml", include_str!("starter/answers.toml")),
    ("rehearsal/open/expect.toml", include_str!("starter/expect.toml")),
];

/// The names of its files, in the order in which they are read best.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// Returns its files under the id `id`, by name. Nothing is said of the id: the format's reader judges it.
pub fn files(id: &str) -> BTreeMap<String, String> {
    let (own, wanted) = (format!("\"{ID}\""), toml::Value::from(id).to_string());
    FILES.iter().map(|(name, text)| ((*name).to_owned(), text.replace(&own, &wanted))).collect()
}
