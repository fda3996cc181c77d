//! Types and their members.

use super::text::{Contract, base_of, declared_name};

/// A type as a member, a root or an operation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// Its name, `microsoft.graph.` left out; for what is not a type of Graph's own one of `string`, `bool`, `guid`,
    /// `datetime`, `date`, `time`, `duration`, `bytes`, `int`, `float`, `any`.
    pub name: &'static str,
    /// Whether it is a list of them.
    pub is_list: bool,
}

/// A property or navigation of a type.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its declared spelling.
    pub name: &'static str,
    /// Its type.
    pub of: Type,
    /// Whether it is a navigation.
    pub is_navigation: bool,
    marks: &'static str,
    is_read_only: bool,
}

/// A name that a type does not have.
#[derive(Debug)]
pub struct Misnamed {
    /// Which part of the dotted name it is.
    pub at: usize,
    /// The type that lacks it.
    pub of: &'static str,
    /// The names that the type has.
    pub known: Vec<&'static str>,
}

impl Type {
    /// Reads a type as the text writes it.
    pub(super) fn read(text: &'static str) -> Self {
        let text = text.trim_end_matches('?');
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        Self { name: inner.unwrap_or(text), is_list: inner.is_some() }
    }

    /// Returns the type of one item.
    pub fn item(self) -> Self {
        Self { is_list: false, ..self }
    }
}

impl Member {
    fn read(line: &'static str, is_read_only: fn(&str, &str) -> bool, owner: &str) -> Self {
        let line = line.trim_start();
        let is_navigation = line.starts_with('>');
        let (name, rest) = line.trim_start_matches('>').split_once(' ').unwrap_or((line, ""));
        let (of, marks) = rest.split_once(' ').unwrap_or((rest, ""));
        let marked = marks.split(' ').any(|mark| mark == "=");
        // A key is Graph's to give, whatever the metadata says.
        let is_read_only = marked || name == "id" || is_read_only(owner, name);
        Self { name, of: Type::read(of), is_navigation, marks: rest, is_read_only }
    }

    /// Returns the same for one item of its list.
    pub fn item(self) -> Self {
        Self { of: self.of.item(), ..self }
    }

    /// Whether no request may set it, but for the one that creates the object where the overlay says so.
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Whether null may stand for it. Where it is a list, the metadata's mark means its items.
    pub fn is_nullable(&self) -> bool {
        !self.of.is_list && self.marks.split(' ').next().is_some_and(|of| of.ends_with('?'))
    }

    /// Whether what it leads to lives elsewhere: a write behind it hits that object, not the link.
    pub fn is_reference(&self) -> bool {
        self.is_navigation && self.marks.split(' ').any(|mark| mark == "ref")
    }

    /// Whether `$filter` refuses it.
    pub fn is_not_filterable(&self) -> bool {
        self.marks.split(' ').any(|mark| mark == "-filter")
    }

    /// The letters of the clouds that lack it.
    pub fn lacking(&self) -> &'static str {
        lacking(self.marks)
    }
}

/// Returns the letters of the clouds that a line says are without what it declares.
pub(super) fn lacking(line: &'static str) -> &'static str {
    line.split(' ').find_map(|word| word.strip_prefix('!')).unwrap_or_default()
}

impl Contract {
    /// Returns the declared spelling of a type's name, or of an enumeration's; `microsoft.graph.` may stand before it.
    pub fn type_named(&self, name: &str) -> Option<&'static str> {
        let lower = name.to_lowercase();
        let lower = lower.strip_prefix("#").unwrap_or(&lower);
        let plain = lower.strip_prefix("microsoft.graph.").or_else(|| lower.strip_prefix("graph.")).unwrap_or(lower);
        self.declared.get(plain).map(|(line, _)| declared_name(line))
    }

    /// Returns a type and those that it is derived from.
    pub fn line_of(&self, name: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        let mut next = self.declared.get(&name.to_lowercase());
        while let Some((line, _)) = next {
            found.push(declared_name(line));
            next = base_of(line).and_then(|base| self.declared.get(&base.to_lowercase()));
        }
        found
    }

    /// Returns the types that are derived from a type.
    pub fn derived_from(&self, name: &str) -> &[&'static str] {
        self.derived.get(&name.to_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a type takes properties that nobody declared.
    pub fn is_open(&self, name: &str) -> bool {
        self.line_of(name).iter().any(|name| {
            let line = self.declared.get(&name.to_lowercase()).map_or("", |(line, _)| line);
            line.split(' ').nth(1).is_some_and(|name| name.contains('+'))
        })
    }

    /// The letters of the clouds that lack a type.
    pub fn type_lacking(&self, name: &str) -> &'static str {
        self.declared.get(&name.to_lowercase()).map_or("", |(line, _)| lacking(line))
    }

    /// Returns the values of an enumeration, and whether several may stand together.
    pub fn values(&self, name: &str) -> Option<(Vec<&'static str>, bool)> {
        let (line, _) = self.declared.get(&name.to_lowercase())?;
        let words = line.strip_prefix("enum ")?.split(' ').skip(1);
        let flags = words.clone().next() == Some("flags");
        Some((words.filter(|word| *word != "flags" && !word.starts_with('!')).collect(), flags))
    }

    /// Returns the members that a type declares itself.
    fn own_members(&self, name: &'static str) -> impl Iterator<Item = Member> + use<> {
        let lines = self.declared.get(&name.to_lowercase()).map_or("", |(_, members)| members);
        lines.lines().map(move |line| Member::read(line, super::overlay::is_read_only, name))
    }

    /// Returns a type's members, inherited ones too.
    pub fn members(&self, name: &str) -> Vec<Member> {
        self.line_of(name).into_iter().flat_map(|name| self.own_members(name)).collect()
    }

    fn own_member(&self, of: &'static str, name: &str) -> Option<Member> {
        let (_, lines) = self.declared.get(&of.to_lowercase())?;
        let named = |line: &&str| {
            let line = line.trim_start_matches([' ', '>']);
            let own = line.get(..name.len()).is_some_and(|own| own.eq_ignore_ascii_case(name));
            own && line.get(name.len()..).is_some_and(|rest| rest.starts_with(' '))
        };
        lines.lines().find(named).map(|line| Member::read(line, super::overlay::is_read_only, of))
    }

    /// Returns a member of a type, inherited ones too, in any letter case.
    pub fn member(&self, of: &str, name: &str) -> Option<Member> {
        self.line_of(of).into_iter().find_map(|of| self.own_member(of, name))
    }

    /// Returns a member of a type or of one that is derived from it: what an answer may hold.
    pub fn member_below(&self, of: &str, name: &str) -> Option<Member> {
        self.member(of, name).or_else(|| self.derived_from(of).iter().find_map(|of| self.own_member(of, name)))
    }

    /// Follows a dotted name from a type, through lists too. `None` where an open or unknown type makes it anything.
    pub fn field(&self, of: Type, names: &[&str]) -> Result<Option<Member>, Misnamed> {
        let (mut at, mut found) = (of.name, None);
        for (place, name) in names.iter().enumerate() {
            if at == "any"
                || name.contains('@')
                || name.starts_with("extension_")
                || name.starts_with("ext") && name.contains('_')
            {
                return Ok(None);
            }
            let Some(member) = self.member_below(at, name) else {
                let known: Vec<&'static str> = self.members(at).iter().map(|member| member.name).collect();
                // What is open and says nothing of itself is a bag of values; the others' open side is for extensions.
                if self.is_open(at) && known.len() <= 2 {
                    return Ok(None);
                }
                return Err(Misnamed { at: place, of: at, known });
            };
            at = member.of.name;
            found = Some(member);
        }
        Ok(found)
    }
}
