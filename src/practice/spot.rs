//! Where the path of a request leads in the store, by the contract: a list, an object, or something of an object.
//!
//! An object is kept under the path of its list and its id, or under its name where it has no siblings. A path that goes
//! through a link goes on at what the link leads to.

use std::sync::Arc;

use super::address::Address;
use super::answer::Refusal;
use super::object::{Object, text};
use super::store::{Store, Versioned};
use crate::contract::{End, Passed, Place, Type, graph};

/// Where a path leads.
#[derive(Debug)]
pub(super) struct Spot {
    /// What the contract knows of the path; nothing where the seed alone declares it.
    pub place: Option<Place>,
    /// The path of the list or object in the store, names as they are declared.
    pub path: String,
    /// The type of what is there; nothing where it is free in form.
    pub of: Option<Type>,
    /// What of it is meant.
    pub what: What,
    /// Whether the list holds links.
    pub is_linked: bool,
    /// Whether the path ends in the name of a type.
    pub is_cast: bool,
    /// The id of the object, as it was sent.
    key: Option<String>,
}

/// What of a list or an object is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    List,
    Object,
    /// A property of the object, by its names.
    Property(Vec<&'static str>),
    /// The number of the list's objects.
    Count,
    /// A property's bare value.
    Value(Vec<&'static str>),
    /// Links of the list, or the link that the object is.
    Link,
    /// An action or a function.
    Operation(String),
}

/// Which version of an object counts.
pub(super) type Pick<'a> = &'a dyn Fn(&Versioned) -> Option<Arc<Object>>;

impl Spot {
    /// Follows a path.
    pub fn find(store: &Store, pick: Pick<'_>, address: &Address) -> Result<Self, Refusal> {
        let declared = || Self::declared(store, address);
        if address.version == "beta" {
            return declared()
                .ok_or_else(|| Refusal::lacking("know Graph beta but for what its file declares below /beta/"));
        }
        let segments: Vec<Option<&str>> = address.segments.iter().map(|part| Some(part.as_str())).collect();
        match graph().place(&segments) {
            Ok(place) => Self { place: None, ..Self::at(String::new()) }.follow(store, pick, address, place),
            Err(nowhere) => declared()
                .ok_or_else(|| Refusal::no_segment(address.segments.get(nowhere.at).map_or("", String::as_str))),
        }
    }

    fn at(path: String) -> Self {
        Self { place: None, path, of: None, what: What::Object, is_linked: false, is_cast: false, key: None }
    }

    /// Finds what a seed declares and Graph does not know.
    fn declared(store: &Store, address: &Address) -> Option<Self> {
        let path = address.stored_path();
        if store.all(&path.to_ascii_lowercase()).is_list {
            return Some(Self { what: What::List, ..Self::at(path) });
        }
        let (parent, last) = path.rsplit_once('/')?;
        let lower = parent.to_ascii_lowercase();
        if last == "$count" && store.all(&lower).is_list {
            return Some(Self { what: What::Count, ..Self::at(parent.to_owned()) });
        }
        let known = store.all(&lower).is_list || store.all(&lower).find(last).is_some();
        known.then(|| Self { key: Some(last.to_owned()), ..Self::at(path.clone()) })
    }

    fn follow(mut self, store: &Store, pick: Pick<'_>, address: &Address, place: Place) -> Result<Self, Refusal> {
        let steps: Vec<(&Passed, &String)> =
            place.trail.iter().zip(&address.segments).filter(|(passed, _)| !passed.is_cast).collect();
        for (index, (passed, sent)) in steps.iter().enumerate() {
            let is_link = steps.get(index + 1).is_some_and(|(next, _)| matches!(next.end, End::Link));
            if let What::Operation(name) = &self.what {
                return Err(Refusal::lacking(&format!("go on behind `{name}`")));
            }
            if !matches!(passed.end, End::Item) {
                self.must_be_there(store, pick)?;
            }
            match passed.end {
                End::Root => self.push(sent, root_name(sent), passed),
                End::Member(member) if member.is_navigation => {
                    self.push(sent, member.name, passed);
                    if passed.is_elsewhere && !member.of.is_list && !is_link {
                        self.jump(store, pick);
                    }
                }
                End::Item => {
                    if self.what != What::List {
                        return Err(Refusal::lacking("take an id here"));
                    }
                    let list = store.all(&self.path.to_ascii_lowercase());
                    let name = list.name(sent).map_or_else(|| sent.to_ascii_lowercase(), str::to_owned);
                    self.key = Some((*sent).clone());
                    self.path = format!("{}/{name}", self.path);
                    (self.of, self.what) = (passed.of, What::Object);
                    if (passed.is_elsewhere || self.of.is_some_and(|of| of.name == "directoryObject")) && !is_link {
                        self.jump(store, pick);
                    }
                }
                End::Member(member) => match &mut self.what {
                    What::Property(names) => names.push(member.name),
                    what => *what = What::Property(vec![member.name]),
                },
                End::Link => self.what = What::Link,
                End::Raw if sent.eq_ignore_ascii_case("$count") && self.what == What::List => self.what = What::Count,
                End::Raw => match std::mem::replace(&mut self.what, What::Object) {
                    What::Property(names) => self.what = What::Value(names),
                    _ => return Err(Refusal::lacking(&format!("keep anything for `{sent}` here"))),
                },
                End::Action | End::Function => self.what = What::Operation((*sent).clone()),
            }
        }
        let mut last = place.trail.iter().rev().take_while(|step| step.is_cast || matches!(step.end, End::Raw));
        self.is_cast = last.any(|step| step.is_cast);
        if self.is_cast {
            self.of = place.of;
        }
        self.place = Some(place);
        Ok(self)
    }

    fn push(&mut self, sent: &str, declared: &'static str, passed: &Passed) {
        let name = if declared.is_empty() { sent } else { declared };
        self.path = format!("{}/{name}", self.path);
        self.of = passed.of;
        self.is_linked = passed.is_elsewhere;
        self.key = None;
        self.what = if passed.of.is_some_and(|of| of.is_list) { What::List } else { What::Object };
    }

    /// Goes on at what a link leads to, where it leads anywhere.
    fn jump(&mut self, store: &Store, pick: Pick<'_>) {
        let link = store.object(&self.path.to_ascii_lowercase()).and_then(pick);
        let named = self.path.rsplit_once('/').map(|(_, name)| [("id".to_owned(), name.into())].into_iter().collect());
        // Every object of the directory is below `/directoryObjects` too.
        let found = match (&link, self.path.starts_with("/directoryObjects/")) {
            (Some(link), _) => store.target(link),
            (None, true) => named.and_then(|named: Object| store.target(&named)),
            (None, false) => None,
        };
        if let Some((path, _)) = found {
            self.path = path;
            self.is_linked = true;
        }
    }

    /// Refuses a path below an object that does not exist. An object without siblings always exists.
    fn must_be_there(&self, store: &Store, pick: Pick<'_>) -> Result<(), Refusal> {
        let Some(key) = &self.key else { return Ok(()) };
        let found = store.object(&self.path.to_ascii_lowercase()).and_then(pick);
        found.map(drop).ok_or_else(|| Refusal::not_found(key))
    }

    /// Returns the object, or the refusal that there is none. One without siblings that nobody wrote yet is as new.
    pub fn object(&self, store: &Store, pick: Pick<'_>) -> Result<Arc<Object>, Refusal> {
        let found = store.object(&self.stored());
        let gone = || Refusal::not_found(self.key.as_deref().unwrap_or(&self.path));
        match (found, &self.key, self.is_linked || self.of.is_none()) {
            (Some(found), _, _) => pick(found).ok_or_else(gone),
            (None, None, false) => Ok(Arc::new(self.as_new())),
            (None, _, _) => Err(gone()),
        }
    }

    fn as_new(&self) -> Object {
        let has_id = self.of.is_some_and(|of| graph().member(of.name, "id").is_some());
        let name = self.path.rsplit('/').next().unwrap_or_default();
        has_id.then(|| ("id".to_owned(), name.into())).into_iter().collect()
    }

    /// Returns the path in lower case, as the store finds it.
    pub fn stored(&self) -> String {
        self.path.to_ascii_lowercase()
    }

    /// Returns the name by which Graph's metadata knows the list, or the list of the object.
    pub fn name(&self) -> &str {
        let list =
            if self.key.is_some() { self.path.rsplit_once('/').map_or("", |(list, _)| list) } else { &self.path };
        if self.is_linked { "directoryObjects" } else { list.trim_start_matches('/') }
    }

    /// Returns the id that the object was asked for by.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

/// Returns the path of the object that an address names, as `@odata.id` does.
pub(super) fn linked(store: &Store, url: &str) -> Result<(String, String), Refusal> {
    let malformed =
        || Refusal::bad("Invalid URL format specified in '@odata.id': the address of an object is expected.");
    let at = url.find("/v1.0/").or_else(|| url.find("/beta/")).ok_or_else(malformed)?;
    let mut address = Address::parse(url.get(at..).unwrap_or_default())?;
    address.version = "v1.0";
    let spot = Spot::find(store, &|item| item.newest().cloned(), &address)?;
    let object = match spot.what {
        What::Object => spot.object(store, &|item| item.newest().cloned())?,
        _ => return Err(malformed()),
    };
    Ok((spot.stored(), text(&object, "id")))
}

fn root_name(sent: &str) -> &'static str {
    graph().root_name(sent).unwrap_or_default()
}
