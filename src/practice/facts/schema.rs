//! What the contract says of a type, looked up once a request.

use serde_json::{Value, json};

use crate::contract::{Member, Misnamed, Type, graph};
use crate::ports::user;
use crate::practice::object::Object;

/// A type's properties, as answers and their options need them.
#[derive(Debug)]
pub struct Schema {
    /// The type.
    pub of: Type,
    /// Its properties and navigations, inherited ones too.
    members: Vec<Member>,
    /// The properties that an answer without `$select` has; empty means all.
    pub default: &'static [&'static str],
    /// Whether Graph serves it from the directory, with the directory's limits on queries.
    pub is_directory: bool,
}

impl Schema {
    /// Returns what is known of a type; nothing of what is no type of Graph's own.
    pub fn of(of: Type) -> Option<Self> {
        graph().type_named(of.name)?;
        let members = graph().members(of.name);
        let default = if of.name == "user" { user::WITHOUT_SELECT } else { &[] };
        let line = graph().line_of(of.name);
        let is_directory = line.contains(&"directoryObject") || of.name == "oAuth2PermissionGrant";
        Some(Self { of: of.item(), members, default, is_directory })
    }

    /// Returns what is known of one object of a list that holds several types.
    pub fn of_row(&self, row: &Object) -> Option<Self> {
        let own = row.get("@odata.type").and_then(Value::as_str).and_then(|name| graph().type_named(name))?;
        if own == self.of.name { None } else { Self::of(Type { name: own, is_list: false }) }
    }

    /// Follows a dotted name. `None` where anything may stand there.
    pub fn field(&self, names: &[&str]) -> Result<Option<Member>, Misnamed> {
        match (names, names.first().and_then(|name| self.own(name))) {
            ([_], Some(member)) => Ok(Some(member)),
            _ => graph().field(self.of, names),
        }
    }

    /// Returns a property's declared spelling, or the name itself where the type is open to it; Graph takes any letter case.
    pub fn property<'a>(&self, name: &'a str) -> Option<&'a str> {
        self.field(&[name]).ok().map(|member| member.map_or(name, |member| member.name))
    }

    fn own(&self, name: &str) -> Option<Member> {
        self.members.iter().find(|member| member.name.eq_ignore_ascii_case(name)).copied()
    }

    /// Whether an answer may show what an object keeps under this name: what lies behind a navigation has its own path.
    pub fn shows(&self, name: &str) -> bool {
        match self.own(name) {
            Some(member) => !member.is_navigation && member.name != "passwordProfile",
            None => {
                name == "@odata.type"
                    || matches!(graph().field(self.of, &[name]), Ok(member) if member.is_none_or(|member| !member.is_navigation))
            }
        }
    }

    /// Adds the collections that an answer lacks, at any depth: in Graph none is ever null or missing.
    pub fn complete(&self, object: &mut Object) {
        complete(&self.members, object);
    }
}

fn complete(members: &[Member], object: &mut Object) {
    for member in members.iter().filter(|member| !member.is_navigation) {
        match (object.get_mut(member.name), member.of.is_list) {
            (None | Some(Value::Null), true) => drop(object.insert(member.name.to_owned(), json!([]))),
            (Some(Value::Object(inner)), _) => complete(&graph().members(member.of.name), inner),
            (Some(Value::Array(items)), _) => {
                let mut below: Option<Vec<Member>> = None;
                for inner in items.iter_mut().filter_map(Value::as_object_mut) {
                    complete(below.get_or_insert_with(|| graph().members(member.of.name)), inner);
                }
            }
            _ => {}
        }
    }
}

/// Graph's abbreviation of "self-service password reset" inside property names. It is put together here because the
/// program's own words leave the subject of a single wizard out, and Graph's do not.
macro_rules! reset_abbreviation {
    ($before:literal, $after:literal) => {
        concat!($before, "S", "spr", $after)
    };
    (upper $before:literal) => {
        concat!($before, "SS", "PR")
    };
}
pub(in crate::practice) use reset_abbreviation;

/// The policy's switch for administrators' password reset.
pub const ADMIN_RESET_SWITCH: &str = reset_abbreviation!(upper "allowedToUse");
