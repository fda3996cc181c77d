//! Facts that Microsoft's files lack or have wrong: `overlay.txt`, one a line, each with its source.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::ordinary::{Ordinary, Takeover};

static TEXT: &str = include_str!("overlay.txt");

/// The facts, indexed.
#[derive(Default)]
pub struct Facts {
    grants: HashMap<&'static str, Vec<Fact>>,
    roles: Vec<Fact>,
    covers: Vec<(&'static str, &'static str, Vec<&'static str>)>,
    read_only: HashMap<&'static str, Vec<&'static str>>,
    creates: HashMap<&'static str, Vec<&'static str>>,
    requires: HashMap<&'static str, Vec<&'static str>>,
    owns: Vec<(&'static str, &'static str)>,
    pub(super) role_ids: Vec<(&'static str, &'static str)>,
    everybody: Vec<&'static str>,
    uses: HashMap<&'static str, Vec<Fact>>,
    pub(super) ordinary: Vec<Ordinary>,
    pub(super) takeovers: Vec<Takeover>,
}

/// A fact about requests.
pub enum Fact {
    /// Scopes that suffice.
    Grant {
        /// The methods.
        methods: Vec<&'static str>,
        /// The scopes, as the permission map writes them.
        scopes: Vec<&'static str>,
        /// Whether what the map says is wrong.
        replaces: bool,
    },
    /// Directory roles of which a person needs one.
    Roles {
        /// The methods.
        methods: Vec<&'static str>,
        /// The path, `*` for one segment, a last `**` for any number of them.
        path: &'static str,
        /// Their names.
        roles: Vec<&'static str>,
    },
}

/// Returns the facts.
pub fn facts() -> &'static Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS.get_or_init(|| {
        let mut facts = Facts::default();
        TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).for_each(|line| facts.take(line));
        facts
    })
}

impl Facts {
    fn take(&mut self, line: &'static str) {
        let fact = line.split_once(" ; ").map_or(line, |(fact, _)| fact);
        let (subject, told) = fact.split_once(" : ").unwrap_or((fact, ""));
        let words: Vec<&'static str> = subject.split(' ').collect();
        let listed: Vec<&'static str> = told.split(' ').filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            ["uses", methods, path] => {
                let fact = Fact::Grant { methods: methods.split(',').collect(), scopes: listed, replaces: false };
                self.uses.entry(path).or_default().push(fact);
            }
            [kind @ ("grant" | "grant!"), methods, path] => {
                let fact =
                    Fact::Grant { methods: methods.split(',').collect(), scopes: listed, replaces: *kind == "grant!" };
                self.grants.entry(path).or_default().push(fact);
            }
            ["roles", methods, path] => {
                let (methods, roles) = (methods.split(',').collect(), told.split(", ").collect());
                self.roles.push(Fact::Roles { methods, path, roles });
            }
            ["covers", scope, of] => self.covers.push((scope, of, listed)),
            ["read-only", of] => facts_of(&mut self.read_only, of, listed),
            ["creates", of] => facts_of(&mut self.creates, of, listed),
            ["requires", of] => facts_of(&mut self.requires, of, listed),
            ["owns", of, name] => self.owns.push((of, name)),
            ["everybody", path] => self.everybody.push(path),
            // A line that cannot be read makes nothing ordinary; a test finds it.
            ["ordinary", methods, target] => self.ordinary.extend(Ordinary::read(methods, target, &listed)),
            ["takeover", methods, targets @ ..] => self.takeovers.push(Takeover::read(methods, targets, told)),
            ["role", id] => self.role_ids.push((id, told)),
            _ => {}
        }
    }

    /// Returns the grants for a path in its plain spelling.
    pub(super) fn grants(&self, method: &str, path: &str) -> impl Iterator<Item = &Fact> {
        let facts = self.grants.get(path).into_iter().flatten();
        facts.filter(move |fact| matches!(fact, Fact::Grant { methods, .. } if methods.contains(&method)))
    }
}

fn facts_of(all: &mut HashMap<&'static str, Vec<&'static str>>, of: &'static str, listed: Vec<&'static str>) {
    all.entry(of).or_default().extend(listed);
}

/// Returns the scopes that a part of an answer may need, or a part of a body.
pub fn may_use(method: &str, path: &str) -> Vec<&'static str> {
    let facts = facts().uses.get(path).into_iter().flatten();
    let fits = facts.filter_map(|fact| match fact {
        Fact::Grant { methods, scopes, .. } if methods.contains(&method) => Some(scopes.iter().copied()),
        _ => None,
    });
    fits.flatten().collect()
}

/// Whether a scope that is for a few properties of a type covers this one; `None` where it is for all of them.
pub(super) fn covers(scope: &str, of: &str, key: &str) -> Option<bool> {
    let key = key.split(['.', '@']).next().unwrap_or(key);
    let found = facts().covers.iter().find(|(own, type_, _)| *own == scope && *type_ == of);
    found.map(|(_, _, keys)| keys.iter().any(|own| own.eq_ignore_ascii_case(key)))
}

/// Returns the scopes that are for a few properties of a type, with these.
pub fn narrow_scopes(of: &str) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let facts = facts().covers.iter().filter(move |(_, own, _)| *own == of);
    facts.map(|(scope, _, keys)| (*scope, keys.as_slice()))
}

/// Whether no request may set a property, where the metadata does not say so.
pub(super) fn is_read_only(of: &str, name: &str) -> bool {
    facts().read_only.get(of).is_some_and(|names| names.contains(&name))
}

/// Whether a request may set a property that is read-only from then on, when it creates the object.
pub(super) fn is_set_at_creation(of: &str, name: &str) -> bool {
    facts().creates.get(of).is_some_and(|names| names.contains(&name))
}

/// Returns the properties without which no object of a type is created.
pub fn required(of: &str) -> &'static [&'static str] {
    facts().requires.get(of).map(Vec::as_slice).unwrap_or_default()
}

/// Whether a navigation that the metadata marks as leading elsewhere has what it leads to for its own.
pub(super) fn owns(of: &str, name: &str) -> bool {
    facts().owns.iter().any(|(own, navigation)| *own == of && *navigation == name)
}

/// Whether every client may read this, so that it sees where it is.
pub fn read_by_everybody(path: &str) -> bool {
    facts().everybody.contains(&path)
}

/// Returns the names of the roles of which a person needs one; empty where other rules decide.
pub fn roles_for(method: &str, path: &str) -> &'static [&'static str] {
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let found = facts().roles.iter().find_map(|fact| match fact {
        Fact::Roles { methods, path, roles } if methods.contains(&method) && fits(path, &segments) => Some(roles),
        _ => None,
    });
    found.map(Vec::as_slice).unwrap_or_default()
}

fn fits(pattern: &str, segments: &[&str]) -> bool {
    let mut segments = segments.iter();
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        match (part, segments.next()) {
            ("**", _) => return true,
            (_, Some(segment)) if part == *segment || part == "{id}" => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}
