//! The state of the practice tenant: versioned objects, so that reads lag behind writes as a replicated directory's do.
//!
//! A write always acts on the newest version. A read at a time sees the last version that was written at least the
//! lag before that time. Deleted objects stay as empty versions: a page's position never shifts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::object::{Object, text};

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

/// The content of one path: the objects of a list by their ids, or objects without siblings by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Collection {
    /// The path without the API version: `/users`.
    pub path: String,
    /// Whether it is a list itself, and not only the path before an object's name.
    pub is_list: bool,
    items: Vec<(String, Versioned)>,
    places: HashMap<String, usize>,
}

impl Collection {
    fn new(path: &str, is_list: bool) -> Self {
        Self { path: path.to_owned(), is_list, ..Self::default() }
    }

    /// Adds an object of the seed under its keys (id first, then names such as the user principal name).
    pub fn seed(&mut self, object: Arc<Object>, keys: &[&str]) {
        self.add(Versioned::seeded(object), keys);
    }

    fn add(&mut self, item: Versioned, keys: &[&str]) {
        let place = self.items.len();
        self.items.push((keys.first().copied().unwrap_or_default().to_owned(), item));
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

    fn item(&self, key: &str) -> Option<&(String, Versioned)> {
        let place = self.places.get(key).or_else(|| self.places.get(&key.to_ascii_lowercase()))?;
        self.items.get(*place)
    }

    /// Finds an object by id or another of its names, in any case.
    pub fn find(&self, key: &str) -> Option<&Versioned> {
        self.item(key).map(|(_, item)| item)
    }

    /// Returns the name that an object is kept under.
    pub fn name(&self, key: &str) -> Option<&str> {
        self.item(key).map(|(name, _)| name.as_str())
    }

    pub fn find_mut(&mut self, key: &str) -> Option<&mut Versioned> {
        let place = *self.places.get(&key.to_ascii_lowercase())?;
        self.items.get_mut(place).map(|(_, item)| item)
    }

    /// Lists what a read at `now` sees, with each object's lasting position, from one position on.
    pub fn visible_from(&self, start: usize, now: Timestamp) -> impl Iterator<Item = (usize, &Arc<Object>)> {
        let items = self.items.iter().enumerate().skip(start);
        items.filter_map(move |(place, (_, item))| item.at(now).map(|object| (place, object)))
    }

    pub fn newest(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.items.iter().filter_map(|(_, item)| item.newest())
    }

    /// Lists all objects with their names and all their versions.
    pub fn items(&self) -> impl Iterator<Item = (&str, &Versioned)> {
        self.items.iter().map(|(name, item)| (name.as_str(), item))
    }
}

/// Paths, in lower case, of lists that rules look into.
pub const USERS: &str = "/users";
pub const GROUPS: &str = "/groups";
pub const SERVICE_PRINCIPALS: &str = "/serviceprincipals";
pub const APPLICATIONS: &str = "/applications";
pub const ASSIGNMENTS: &str = "/rolemanagement/directory/roleassignments";
pub const DEFINITIONS: &str = "/rolemanagement/directory/roledefinitions";
pub const DELETED: &str = "/directory/deleteditems";

/// Where the objects of the directory live, by their type as Graph prints it.
const DIRECTORY: [(&str, &str); 7] = [
    ("#microsoft.graph.user", USERS),
    ("#microsoft.graph.group", GROUPS),
    ("#microsoft.graph.servicePrincipal", SERVICE_PRINCIPALS),
    ("#microsoft.graph.application", APPLICATIONS),
    ("#microsoft.graph.device", "/devices"),
    ("#microsoft.graph.administrativeUnit", "/directory/administrativeunits"),
    ("#microsoft.graph.orgContact", "/contacts"),
];

/// The property of a link that holds the path of what it leads to.
pub const LINK: &str = "@link";

/// Everything that the tenant holds. User accounts hold the registered methods in `authentication`.
#[derive(Debug, Clone)]
pub(super) struct Store {
    /// How long reads lag behind writes.
    pub lag: Duration,
    /// By the path in lower case.
    collections: HashMap<String, Collection>,
    nothing: Collection,
}

impl Store {
    pub fn new(lag: Duration) -> Self {
        Self { lag, collections: HashMap::new(), nothing: Collection::default() }
    }

    /// Returns the content of a path in lower case; empty where nobody put anything.
    pub fn all(&self, path: &str) -> &Collection {
        self.collections.get(path).unwrap_or(&self.nothing)
    }

    /// Returns the content of a path, ready to be added to.
    pub fn under(&mut self, path: &str, is_list: bool) -> &mut Collection {
        let fresh = || Collection::new(path, is_list);
        self.collections.entry(path.to_ascii_lowercase()).or_insert_with(fresh)
    }

    pub fn collections(&self) -> impl Iterator<Item = &Collection> {
        self.collections.values()
    }

    /// Finds an object by its path in lower case.
    pub fn object(&self, path: &str) -> Option<&Versioned> {
        let (parent, name) = path.rsplit_once('/')?;
        self.all(parent).find(name)
    }

    pub fn object_mut(&mut self, path: &str) -> Option<&mut Versioned> {
        let (parent, name) = path.rsplit_once('/')?;
        self.collections.get_mut(&parent.to_ascii_lowercase())?.find_mut(name)
    }

    /// Writes a new version of the object at a path, which may be new; `None` deletes.
    pub fn write(&mut self, now: Timestamp, path: &str, object: Option<Object>) {
        let lag = self.lag;
        if let Some(item) = self.object_mut(path) {
            return item.write(now, lag, object);
        }
        let Some((parent, name)) = path.rsplit_once('/') else { return };
        let mut item = Versioned::default();
        item.write(now, lag, object);
        self.under(parent, false).add(item, &[name]);
    }

    /// Finds an object of the directory with the type name that Graph gives it.
    pub fn principal(&self, key: &str) -> Option<(&'static str, &Versioned)> {
        DIRECTORY.iter().find_map(|(kind, list)| Some((*kind, self.all(list).find(key)?)))
    }

    /// Returns where what a link leads to lives, and its type; nothing where the link itself is all that there is.
    pub fn target(&self, link: &Object) -> Option<(String, &'static str)> {
        let id = text(link, "id");
        let known = link.get(LINK).and_then(Value::as_str);
        let home = known.and_then(|path| path.rsplit_once('/')).map(|(list, _)| list);
        let named = DIRECTORY
            .iter()
            .find(|(_, list)| home.is_none_or(|home| home == *list) && self.all(list).find(&id).is_some());
        match (named, known) {
            (Some((kind, list)), _) => Some((format!("{list}/{}", id.to_ascii_lowercase()), *kind)),
            (None, Some(path)) => Some((path.to_owned(), "")),
            (None, None) => None,
        }
    }

    /// Whether what an object stands below is still there.
    pub fn is_reachable(&self, path: &str) -> bool {
        let mut above = path.to_ascii_lowercase();
        while let Some((parent, _)) = above.rsplit_once('/') {
            if self.object(&above).is_some_and(|item| item.newest().is_none()) {
                return false;
            }
            above = parent.to_owned();
        }
        true
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
