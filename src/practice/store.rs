//! The state of the practice tenant: versioned objects, so that reads lag behind writes as a replicated directory's do.
//!
//! A write always acts on the newest version. A read at a time sees the last version that was written at least the
//! lag before that time. Deleted objects stay as empty versions: a page's position never shifts.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::object::Object;

/// One object with the versions that reads may still see.
#[derive(Debug, Clone, Default)]
pub(super) struct Versioned {
    seed: Option<Arc<Object>>,
    visible: Option<Arc<Object>>,
    pending: VecDeque<(Timestamp, Option<Arc<Object>>)>,
}

impl Versioned {
    /// Makes an object that was there from the start.
    pub fn seeded(object: Arc<Object>) -> Self {
        Self { seed: Some(Arc::clone(&object)), visible: Some(object), pending: VecDeque::new() }
    }

    /// Returns the object as the seed gave it.
    pub fn seed(&self) -> Option<&Arc<Object>> {
        self.seed.as_ref()
    }

    /// Returns the object as last written.
    pub fn newest(&self) -> Option<&Arc<Object>> {
        self.pending.back().map_or(self.visible.as_ref(), |(_, object)| object.as_ref())
    }

    /// Returns the object as a read at `now` sees it.
    pub fn at(&self, now: Timestamp) -> Option<&Arc<Object>> {
        let replicated = self.pending.iter().rev().find(|(from, _)| *from <= now);
        replicated.map_or(self.visible.as_ref(), |(_, object)| object.as_ref())
    }

    /// Writes a version that reads see after `lag`; `None` deletes.
    pub fn write(&mut self, now: Timestamp, lag: Duration, object: Option<Object>) {
        while let Some((from, _)) = self.pending.front()
            && *from <= now
        {
            if let Some((_, replicated)) = self.pending.pop_front() {
                self.visible = replicated;
            }
        }
        let object = object.map(Arc::new);
        match now.checked_add(lag) {
            Ok(from) if !lag.is_zero() => self.pending.push_back((from, object)),
            _ => {
                self.pending.clear();
                self.visible = object;
            }
        }
    }
}

/// Objects under one path, addressed by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Collection {
    /// The path without the API version: `/users`.
    pub path: String,
    items: Vec<Versioned>,
    places: HashMap<String, usize>,
}

impl Collection {
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// Adds an object of the seed under its keys (id first, then names such as the user principal name).
    pub fn seed(&mut self, object: Arc<Object>, keys: &[&str]) {
        self.add(Versioned::seeded(object), keys);
    }

    /// Adds an object that is being created.
    pub fn create(&mut self, now: Timestamp, lag: Duration, object: Object, keys: &[&str]) {
        let mut item = Versioned::default();
        item.write(now, lag, Some(object));
        self.add(item, keys);
    }

    fn add(&mut self, item: Versioned, keys: &[&str]) {
        let place = self.items.len();
        self.items.push(item);
        for key in keys {
            self.places.insert(key.to_ascii_lowercase(), place);
        }
    }

    /// Lets an existing object be found by a further name.
    pub fn also_known_as(&mut self, id: &str, name: &str) {
        if let Some(place) = self.places.get(&id.to_ascii_lowercase()).copied() {
            self.places.insert(name.to_ascii_lowercase(), place);
        }
    }

    /// Finds an object by id or another of its names, in any case.
    pub fn find(&self, key: &str) -> Option<&Versioned> {
        let place = self.places.get(key).or_else(|| self.places.get(&key.to_ascii_lowercase()))?;
        self.items.get(*place)
    }

    pub fn find_mut(&mut self, key: &str) -> Option<&mut Versioned> {
        let place = *self.places.get(&key.to_ascii_lowercase())?;
        self.items.get_mut(place)
    }

    /// Lists what a read at `now` sees, with each object's lasting position, from one position on.
    pub fn visible_from(&self, start: usize, now: Timestamp) -> impl Iterator<Item = (usize, &Arc<Object>)> {
        let items = self.items.iter().enumerate().skip(start);
        items.filter_map(move |(place, item)| item.at(now).map(|object| (place, object)))
    }

    pub fn newest(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.items.iter().filter_map(Versioned::newest)
    }

    /// Lists all objects with all their versions.
    pub fn items(&self) -> impl Iterator<Item = &Versioned> {
        self.items.iter()
    }
}

/// An object that has no siblings, such as a policy.
#[derive(Debug, Clone)]
pub(super) struct Singleton {
    /// The path without the API version, as the seed wrote it.
    pub path: String,
    pub object: Versioned,
}

/// Everything that the tenant holds.
#[derive(Debug, Clone)]
pub(super) struct Store {
    /// How long reads lag behind writes.
    pub lag: Duration,
    /// User accounts; `authentication` holds the registered methods.
    pub users: Collection,
    /// Groups; `members` holds ids.
    pub groups: Collection,
    pub service_principals: Collection,
    pub role_assignments: Collection,
    /// Any other collection, by its path in lower case.
    pub others: BTreeMap<String, Collection>,
    /// Any other object, by its path in lower case.
    pub singletons: BTreeMap<String, Singleton>,
}

impl Store {
    pub fn new(lag: Duration) -> Self {
        Self {
            lag,
            users: Collection::new("/users"),
            groups: Collection::new("/groups"),
            service_principals: Collection::new("/servicePrincipals"),
            role_assignments: Collection::new("/roleManagement/directory/roleAssignments"),
            others: BTreeMap::new(),
            singletons: BTreeMap::new(),
        }
    }

    /// Finds a collection by its path in lower case.
    pub fn collection(&self, path: &str) -> Option<&Collection> {
        match path {
            "/users" => Some(&self.users),
            "/groups" => Some(&self.groups),
            "/serviceprincipals" => Some(&self.service_principals),
            "/rolemanagement/directory/roleassignments" => Some(&self.role_assignments),
            _ => self.others.get(path),
        }
    }

    pub fn collection_mut(&mut self, path: &str) -> Option<&mut Collection> {
        match path {
            "/users" => Some(&mut self.users),
            "/groups" => Some(&mut self.groups),
            "/serviceprincipals" => Some(&mut self.service_principals),
            "/rolemanagement/directory/roleassignments" => Some(&mut self.role_assignments),
            _ => self.others.get_mut(path),
        }
    }

    pub fn collections(&self) -> impl Iterator<Item = &Collection> {
        [&self.users, &self.groups, &self.service_principals, &self.role_assignments]
            .into_iter()
            .chain(self.others.values())
    }

    /// Finds a user, group or service principal with the type name that Graph gives it.
    pub fn principal(&self, key: &str) -> Option<(&'static str, &Versioned)> {
        let user = self.users.find(key).map(|item| ("#microsoft.graph.user", item));
        user.or_else(|| self.groups.find(key).map(|item| ("#microsoft.graph.group", item)))
            .or_else(|| self.service_principals.find(key).map(|item| ("#microsoft.graph.servicePrincipal", item)))
    }
}

/// Returns the name by which an appId finds its application or service principal.
pub fn app_key(app_id: &str) -> String {
    format!("appId={app_id}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn object(value: i64) -> Object {
        [("a".to_owned(), value.into())].into_iter().collect()
    }

    fn read(item: &Versioned, now: Timestamp) -> Option<i64> {
        item.at(now).and_then(|object| object.get("a")?.as_i64())
    }

    #[test]
    fn reads_lag_behind_writes_and_writes_see_the_newest() {
        let start = Timestamp::from_second(1_000).unwrap();
        let after = |seconds: i64| Timestamp::from_second(1_000 + seconds).unwrap();
        let lag = Duration::from_secs(5);
        let mut item = Versioned::seeded(Arc::new(object(1)));
        item.write(start, lag, Some(object(2)));
        item.write(after(3), lag, None);
        assert_eq!(read(&item, after(4)), Some(1));
        assert_eq!(read(&item, after(5)), Some(2));
        assert_eq!(read(&item, after(8)), None);
        assert!(item.newest().is_none());
        item.write(after(20), lag, Some(object(3)));
        assert_eq!(read(&item, after(24)), None);
        assert_eq!(read(&item, after(25)), Some(3));
        assert_eq!(item.seed().unwrap().get("a").unwrap(), 1);
    }
}
