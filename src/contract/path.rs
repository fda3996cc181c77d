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
    /// The navigation on the way that leads to what lives elsewhere, unless the path ends in its `/$ref`: a write there
    /// hits the object itself, whatever casts, properties and operations follow.
    pub through: Option<Member>,
    /// How it leads there: the type and the member or operation of each step, at first no type and the root.
    pub steps: Vec<(&'static str, &'static str)>,
    /// The key that the path ends in, as it is written, where it is known.
    pub key: Option<String>,
    /// Whether it goes on behind an action or function.
    pub is_behind_call: bool,
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
    /// The navigation to what lives elsewhere that was passed before ([`Place::through`]).
    pub through: Option<Member>,
    is_list: bool,
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
            through: None,
            is_elsewhere: false,
            steps: Vec::new(),
            key: None,
            is_behind_call: false,
            lacking: String::new(),
            trail: Vec::with_capacity(segments.len()),
        };
        for (index, segment) in segments.iter().enumerate() {
            let followed = walk.plain.len();
            walk.segment(index, *segment)?;
            let (is_cast, is_elsewhere) = (walk.plain.len() == followed, walk.is_elsewhere);
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

impl NoPlace {
    /// Returns what could stand there.
    pub fn known(&self) -> Vec<&'static str> {
        let contract = super::text::graph();
        let mut known: Vec<&'static str> = Vec::new();
        match self.of {
            None if self.at == 0 => known.extend(contract.roots.values().map(|(name, _)| *name)),
            None => {}
            Some(of) => {
                if !self.is_list {
                    known.extend(contract.members(of).iter().map(|member| member.name));
                }
                for name in contract.line_of(of) {
                    let key = if self.is_list { format!("[{}]", name.to_lowercase()) } else { name.to_lowercase() };
                    known.extend(contract.bound.get(&key).into_iter().flatten().map(|line| operation_name(line)));
                }
            }
        }
        known.sort_unstable();
        known
    }
}

struct Walk<'a> {
    contract: &'a Contract,
    at: Option<Type>,
    plain: Vec<String>,
    casts: Vec<String>,
    end: End,
    /// With the number of its step.
    through: Option<(Member, usize)>,
    /// Whether the last member or its item lives elsewhere.
    is_elsewhere: bool,
    steps: Vec<(&'static str, &'static str)>,
    key: Option<String>,
    is_behind_call: bool,
    lacking: String,
    trail: Vec<Passed>,
}

impl Walk<'_> {
    fn segment(&mut self, index: usize, segment: Option<&str>) -> Result<(), NoPlace> {
        // Nothing stands behind a link, a count or a raw value.
        if matches!(self.end, End::Link | End::Raw) {
            return Err(self.nowhere(index));
        }
        self.is_behind_call |= matches!(self.end, End::Action | End::Function);
        let Some(segment) = segment else { return self.key(index, None) };
        let lower = segment.to_lowercase();
        let (name, arguments) = match lower.split_once('(') {
            Some((name, arguments)) => (name, Some(arguments.trim_end_matches(')'))),
            None => (lower.as_str(), None),
        };
        if index == 0 {
            let Some((root, of)) = self.contract.roots.get(name) else { return Err(self.nowhere(0)) };
            self.steps.push(("", *root));
            if name == "me" {
                self.plain = vec!["users".to_owned(), "{id}".to_owned()];
                self.casts.push(name.to_owned());
            } else {
                self.push(name);
            }
            self.at = Some(*of);
            self.end = if name == "me" { End::Item } else { End::Root };
            return arguments.map_or(Ok(()), |key| self.key(index, Some(key)));
        }
        let Some(at) = self.at else { return Err(self.nowhere(index)) };
        if let Some(end) = match name {
            "$ref" => Some(End::Link),
            "$count" | "$value" => Some(End::Raw),
            _ => None,
        } {
            self.push(name);
            self.is_elsewhere &= !matches!(end, End::Link);
            self.end = end;
            return Ok(());
        }
        let qualified = name.starts_with("microsoft.graph.") || name.starts_with("graph.");
        if qualified && let Some(cast) = self.cast(at, name) {
            self.at = Some(Type { name: cast, is_list: at.is_list });
            self.casts.push(name.to_owned());
            return arguments.map_or(Ok(()), |key| self.key(index, Some(key)));
        }
        if self.operation(at, name) {
            return Ok(());
        }
        if at.is_list {
            return if qualified { Err(self.nowhere(index)) } else { self.key(index, Some(&lower)) };
        }
        let plain = name.rsplit('.').next().unwrap_or(name);
        let Some(member) = self.contract.member_below(at.name, plain) else { return Err(self.nowhere(index)) };
        self.push(&member.name.to_lowercase());
        self.lacks(member.lacking());
        self.lacks(self.contract.type_lacking(member.of.name));
        self.at = Some(member.of);
        self.end = End::Member(member);
        self.steps.push((at.name, member.name));
        self.key = None;
        // What a link was followed to stays what it is, whatever of it the path goes on to.
        self.is_elsewhere = member.is_reference() && !self.owns(at.name, member.name);
        if self.through.is_none() && self.is_elsewhere {
            self.through = Some((member, self.steps.len()));
        }
        arguments.map_or(Ok(()), |key| self.key(index, Some(key)))
    }

    /// Takes a key. One that is blank, or has blanks around it, names nothing that anybody could have meant.
    fn key(&mut self, index: usize, key: Option<&str>) -> Result<(), NoPlace> {
        // `x`, `'x'` in brackets, or `name='x'`.
        let key = key.map(|key| key.rsplit('=').next().unwrap_or_default().trim_matches('\''));
        let at = self.at.filter(|at| at.is_list && key.is_none_or(|key| !key.is_empty() && key.trim() == key));
        let Some(at) = at else { return Err(self.nowhere(index)) };
        self.push("{id}");
        self.key = key.map(str::to_owned);
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
        let Some(lines) = self.contract.operations.get(plain) else { return false };
        let own = self.contract.line_of(at.name);
        let fits = |of: &&str| {
            lines.iter().copied().find(|line| {
                let bound = line.split(' ').nth(1).unwrap_or_default();
                let to_list = bound.strip_prefix('[').and_then(|bound| bound.strip_suffix(']'));
                to_list.is_some() == at.is_list && to_list.unwrap_or(bound).eq_ignore_ascii_case(of)
            })
        };
        let Some(found) = own.iter().chain(self.contract.derived_from(at.name)).find_map(fits) else { return false };
        let answers = found.rsplit_once(')').map_or("", |(_, answers)| answers).trim();
        let is_function = found.starts_with("function");
        // What acts on the list of links as a whole hits none of the objects.
        if at.is_list && !is_function && self.is_at_link() {
            self.through = None;
        }
        let takes = is_function && !found.contains("()");
        self.push(&if takes { format!("{plain}()") } else { plain.to_owned() });
        self.is_elsewhere = false;
        self.steps.push((at.name, operation_name(found)));
        self.at = Some(answers).filter(|answers| !answers.is_empty()).map(Type::read);
        self.end = if is_function { End::Function } else { End::Action };
        true
    }

    /// Whether the last step is the navigation that leads elsewhere, or an item of it.
    fn is_at_link(&self) -> bool {
        self.through.is_some_and(|(_, step)| step == self.steps.len())
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
        let through = self.through.map(|(member, _)| member);
        NoPlace { at, of: self.at.map(|of| of.name), through, is_list: self.at.is_some_and(|of| of.is_list) }
    }

    fn place(self) -> Place {
        let is_link = matches!(self.end, End::Link) && self.is_at_link();
        let joined = |parts: &[String]| parts.iter().fold(String::new(), |path, part| path + "/" + part);
        Place {
            plain: joined(&self.plain),
            spelled: joined(&self.casts),
            of: self.at,
            end: self.end,
            // A link is that of the navigation itself, not of something behind it.
            through: self.through.filter(|_| !is_link).map(|(member, _)| member),
            steps: self.steps,
            key: self.key,
            is_behind_call: self.is_behind_call,
            lacking: self.lacking,
            trail: self.trail,
        }
    }
}

/// Whether a path's first segment is one of the spellings by which Graph takes the organization before its roots:
/// `myorganization`, its id, or one of its domains.
pub fn names_tenant(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("myorganization") || segment.contains('.') || uuid::Uuid::parse_str(segment).is_ok()
}

/// The name in an operation's line, `action [group] NAME(…)`.
pub(super) fn operation_name(line: &'static str) -> &'static str {
    line.splitn(3, ' ').nth(2).and_then(|rest| rest.split('(').next()).unwrap_or_default()
}
