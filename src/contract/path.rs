//! Where a path leads: through roots, keys, casts, navigations, properties, operations and `$ref`.

use super::text::Contract;
use super::types::{Member, Type};

/// Where a path leads.
#[derive(Debug, Clone)]
pub struct Place {
    /// The path in one spelling, lower case: casts left out, keys as `{id}`, arguments as `()`, without version.
    pub plain: String,
    /// The same with its casts, and `/me` as it is.
    pub spelled: String,
    /// What is there; `None` after an operation that answers nothing.
    pub of: Option<Type>,
    /// What the path ends in.
    pub end: End,
    /// The navigation that it ends in or whose item it names, where that leads to what lives elsewhere and the path does
    /// not end in `/$ref`: a write there hits the object itself.
    pub through: Option<Member>,
    /// The letters of the clouds that lack a part of it.
    pub lacking: String,
    /// What each segment led to.
    pub trail: Vec<Passed>,
}

/// A segment of a path, as it was followed.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// What the path would end in here.
    pub end: End,
    /// What is there; `None` after an operation that answers nothing.
    pub of: Option<Type>,
    /// Whether it only says which type is meant.
    pub is_cast: bool,
    /// Whether what is there lives elsewhere.
    pub is_elsewhere: bool,
}

/// What a path ends in.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// A root such as `/users`.
    Root,
    /// One object of a list.
    Item,
    /// A property or navigation.
    Member(Member),
    /// An action.
    Action,
    /// A function.
    Function,
    /// `$ref`: the link itself.
    Link,
    /// `$count` or `$value`.
    Raw,
}

/// A path that leads nowhere.
#[derive(Debug)]
pub struct NoPlace {
    /// The segment that is not there, counted behind the version.
    pub at: usize,
    /// The type that lacks it; `None` at the beginning.
    pub of: Option<&'static str>,
    /// What could stand there.
    pub known: Vec<&'static str>,
}

impl Contract {
    /// Follows a path, whose version is left out. `None` is a segment that is not known yet: an id.
    pub fn place(&self, segments: &[Option<&str>]) -> Result<Place, NoPlace> {
        let mut walk = Walk {
            contract: self,
            at: None,
            plain: Vec::new(),
            casts: Vec::new(),
            end: End::Root,
            nav: None,
            lacking: String::new(),
            trail: Vec::with_capacity(segments.len()),
        };
        for (index, segment) in segments.iter().enumerate() {
            let followed = walk.plain.len();
            walk.segment(index, *segment)?;
            let (is_cast, is_elsewhere) = (walk.plain.len() == followed, walk.nav.is_some());
            walk.trail.push(Passed { end: walk.end, of: walk.at, is_cast, is_elsewhere });
        }
        if segments.is_empty() {
            return Err(walk.nowhere(0));
        }
        Ok(walk.place())
    }

    /// Returns the declared spelling of what a path begins with.
    pub fn root_name(&self, name: &str) -> Option<&'static str> {
        self.roots.get(&name.to_lowercase()).map(|(name, _)| *name)
    }

    /// Follows a path as it is sent, `/v1.0/…`, or without its version.
    pub fn place_of(&self, path: &str) -> Result<Place, NoPlace> {
        let path = path.trim_start_matches('/');
        let path = path.strip_prefix("v1.0/").or_else(|| path.strip_prefix("beta/")).unwrap_or(path);
        self.place(&path.split('/').map(|part| (part != "{id}").then_some(part)).collect::<Vec<_>>())
    }
}

struct Walk<'a> {
    contract: &'a Contract,
    at: Option<Type>,
    plain: Vec<String>,
    casts: Vec<String>,
    end: End,
    nav: Option<Member>,
    lacking: String,
    trail: Vec<Passed>,
}

impl Walk<'_> {
    fn segment(&mut self, index: usize, segment: Option<&str>) -> Result<(), NoPlace> {
        let Some(segment) = segment else { return self.key(index) };
        let lower = segment.to_lowercase();
        let (name, arguments) = match lower.split_once('(') {
            Some((name, _)) => (name, true),
            None => (lower.as_str(), false),
        };
        if index == 0 {
            let Some((_, of)) = self.contract.roots.get(name) else { return Err(self.nowhere(0)) };
            if name == "me" {
                self.plain = vec!["users".to_owned(), "{id}".to_owned()];
                self.casts.push(name.to_owned());
            } else {
                self.push(name);
            }
            self.at = Some(*of);
            self.end = if name == "me" { End::Item } else { End::Root };
            return if arguments { self.key(index) } else { Ok(()) };
        }
        let Some(at) = self.at else { return Err(self.nowhere(index)) };
        if let Some(end) = match name {
            "$ref" => Some(End::Link),
            "$count" | "$value" => Some(End::Raw),
            _ => None,
        } {
            self.push(name);
            self.end = end;
            self.nav = self.nav.filter(|_| !matches!(end, End::Link));
            return Ok(());
        }
        let qualified = name.starts_with("microsoft.graph.") || name.starts_with("graph.");
        if qualified && let Some(cast) = self.cast(at, name) {
            self.at = Some(Type { name: cast, is_list: at.is_list });
            self.casts.push(name.to_owned());
            return Ok(());
        }
        if self.operation(at, name) {
            return Ok(());
        }
        if at.is_list {
            return if qualified { Err(self.nowhere(index)) } else { self.key(index) };
        }
        let plain = name.rsplit('.').next().unwrap_or(name);
        let Some(member) = self.contract.member_below(at.name, plain) else { return Err(self.nowhere(index)) };
        self.push(&member.name.to_lowercase());
        self.lacks(member.lacking());
        self.lacks(self.contract.type_lacking(member.of.name));
        self.at = Some(member.of);
        self.end = End::Member(member);
        self.nav = Some(member).filter(Member::is_reference).filter(|member| !self.owns(at.name, member.name));
        if arguments { self.key(index) } else { Ok(()) }
    }

    fn key(&mut self, index: usize) -> Result<(), NoPlace> {
        let Some(at) = self.at.filter(|at| at.is_list) else { return Err(self.nowhere(index)) };
        self.push("{id}");
        self.at = Some(at.item());
        self.end = End::Item;
        Ok(())
    }

    fn cast(&self, at: Type, name: &str) -> Option<&'static str> {
        let cast = self.contract.type_named(name)?;
        let related = cast == at.name || self.contract.derived_from(at.name).contains(&cast);
        related.then_some(cast)
    }

    fn operation(&mut self, at: Type, name: &str) -> bool {
        let plain = name.rsplit('.').next().unwrap_or(name);
        let bound = |of: &&str| {
            let key = if at.is_list { format!("[{}]", of.to_lowercase()) } else { of.to_lowercase() };
            let lines = self.contract.bound.get(&key)?;
            lines.iter().copied().find(|line| operation_name(line).eq_ignore_ascii_case(plain))
        };
        let line = self.contract.line_of(at.name);
        let Some(found) = line.iter().chain(self.contract.derived_from(at.name)).find_map(bound) else { return false };
        let answers = found.rsplit_once(')').map_or("", |(_, answers)| answers).trim();
        let is_function = found.starts_with("function");
        let takes = is_function && !found.contains("()");
        self.push(&if takes { format!("{plain}()") } else { plain.to_owned() });
        self.at = Some(answers).filter(|answers| !answers.is_empty()).map(Type::read);
        self.end = if is_function { End::Function } else { End::Action };
        self.nav = None;
        true
    }

    /// Whether a navigation that is marked as leading elsewhere owns what it leads to all the same.
    fn owns(&self, of: &str, name: &str) -> bool {
        self.contract.line_of(of).iter().any(|of| super::overlay::owns(of, name))
    }

    fn lacks(&mut self, clouds: &str) {
        self.lacking.extend(clouds.chars().filter(|cloud| !self.lacking.contains(*cloud)).collect::<Vec<_>>());
    }

    fn push(&mut self, segment: &str) {
        self.plain.push(segment.to_owned());
        self.casts.push(segment.to_owned());
    }

    fn nowhere(&self, at: usize) -> NoPlace {
        let mut known: Vec<&'static str> = Vec::new();
        let mut of = None;
        match self.at {
            None if at == 0 => known.extend(self.contract.roots.values().map(|(name, _)| *name)),
            None => {}
            Some(here) => {
                of = Some(here.name);
                if !here.is_list {
                    known.extend(self.contract.members(here.name).iter().map(|member| member.name));
                }
                for name in self.contract.line_of(here.name) {
                    let key = if here.is_list { format!("[{}]", name.to_lowercase()) } else { name.to_lowercase() };
                    known.extend(self.contract.bound.get(&key).into_iter().flatten().map(|line| operation_name(line)));
                }
            }
        }
        known.sort_unstable();
        NoPlace { at, of, known }
    }

    fn place(self) -> Place {
        let joined = |parts: &[String]| parts.iter().fold(String::new(), |path, part| path + "/" + part);
        Place {
            plain: joined(&self.plain),
            spelled: joined(&self.casts),
            of: self.at,
            end: self.end,
            through: self.nav,
            lacking: self.lacking,
            trail: self.trail,
        }
    }
}

/// The name in an operation's line, `action [group] NAME(…)`.
fn operation_name(line: &'static str) -> &'static str {
    line.splitn(3, ' ').nth(2).and_then(|rest| rest.split('(').next()).unwrap_or_default()
}
