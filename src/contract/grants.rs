//! Which scopes suffice for a request, by Microsoft's permission map and the overlay.
//!
//! Delegated and application permissions are taken together: a name that is only the one never stands in a token of the
//! other kind.

use super::overlay::{self, Fact};
use super::path::{End, Place};
use super::text::{Contract, graph};

/// A scope that suffices for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// Its name.
    pub scope: &'static str,
    /// Others, of which one is needed beside it; none where it suffices alone.
    pub with: Vec<&'static str>,
    /// Whether the source calls it least privileged.
    is_least: bool,
}

/// What a request needs: any one of these. A body may need several, each for some of its keys.
pub type Need = Vec<Alternative>;

/// The scopes that a request uses of those that it was given.
#[derive(Debug, Default)]
pub struct Granted {
    /// Each that suffices, or is needed beside one that does.
    pub used: Vec<String>,
}

/// What is missing, the least privileged first, and hidden ones left out. Each text is one scope, or `A with B`.
#[derive(Debug)]
pub struct Missing(pub Vec<String>);

/// Returns what a request needs, or nothing where that is not known. `keys` are the outer keys of its body.
pub fn needed(method: &str, place: &Place, keys: &[String]) -> Vec<Need> {
    let Some(all) = alternatives(method, place) else { return Vec::new() };
    let of = place.of.map_or("", |of| of.name);
    let writes_keys = matches!(method, "PATCH" | "PUT") && !keys.is_empty();
    let mut needs: Vec<Need> = Vec::new();
    let mut add = |key: Option<&str>| {
        let fits = |each: &&Alternative| match (method, key) {
            ("GET", _) => true,
            (_, Some(key)) => overlay::covers(each.scope, of, key).unwrap_or(true),
            (_, None) => overlay::covers(each.scope, of, "").is_none(),
        };
        let mut need: Need = all.iter().filter(fits).cloned().collect();
        if let Some(key) = key {
            // The scope that is made for this property comes first.
            need.sort_by_key(|each| overlay::covers(each.scope, of, key) != Some(true));
        }
        if !needs.contains(&need) {
            needs.push(need);
        }
    };
    if writes_keys {
        keys.iter().for_each(|key| add(Some(key)))
    } else {
        add(None)
    }
    needs
}

/// Holds scopes against a need.
pub fn granted(need: &Need, scopes: &[&str]) -> Result<Granted, Missing> {
    let find =
        |name: &str| scopes.iter().find(|scope| scope.eq_ignore_ascii_case(name)).map(|scope| (*scope).to_owned());
    let mut used = Vec::new();
    for each in need {
        let beside: Vec<String> = each.with.iter().filter_map(|other| find(other)).collect();
        if let Some(scope) = find(each.scope)
            && (each.with.is_empty() || !beside.is_empty())
        {
            used.push(scope);
            used.extend(beside);
        }
    }
    if used.is_empty() { Err(missing(need)) } else { Ok(Granted { used }) }
}

/// Returns the scope of which a write would need one more, where that is known. `segments` is the path as it is sent,
/// without its version; `None` is an id that is not known yet.
pub fn lacking(method: &str, segments: &[Option<&str>], keys: &[String], scopes: &[&str]) -> Option<String> {
    let place = graph().place(segments).ok()?;
    let needs = needed(method, &place, keys);
    needs.iter().find_map(|need| granted(need, scopes).err()).and_then(|Missing(one_of)| one_of.into_iter().next())
}

fn missing(need: &Need) -> Missing {
    // Microsoft's mark "least" is on too many: its levels of privilege tell them apart.
    let level = |each: &Alternative| privilege(each.scope, true).or_else(|| privilege(each.scope, false)).unwrap_or(9);
    let mut shown: Vec<&Alternative> = need.iter().filter(|each| !is_hidden(graph(), each.scope)).collect();
    shown.sort_by_key(|each| (!each.is_least, level(each)));
    Missing(shown.into_iter().map(Alternative::shown).collect())
}

impl Alternative {
    fn read(text: &'static str) -> Self {
        let (is_least, text) = text.strip_prefix('*').map_or((false, text), |text| (true, text));
        let (scope, with) = text.split_once('&').unwrap_or((text, ""));
        let with = with.split('|').filter(|with| !with.is_empty()).collect();
        Self { scope, with, is_least }
    }

    fn shown(&self) -> String {
        if self.with.is_empty() {
            self.scope.to_owned()
        } else {
            format!("{} with {}", self.scope, self.with.join(" or "))
        }
    }
}

fn alternatives(method: &str, place: &Place) -> Option<Need> {
    let mut found: Need = Vec::new();
    let mut replaced = false;
    for path in spellings(place) {
        for fact in overlay::facts().grants(method, &path) {
            let Fact::Grant { scopes, replaces, .. } = fact else { continue };
            replaced |= *replaces;
            found.extend(scopes.iter().copied().map(Alternative::read));
        }
        let rows = graph().granted.get(path.as_str()).filter(|_| !replaced);
        let row = rows.and_then(|rows| rows.iter().find(|(own, _)| *own == method));
        if let Some((_, grant)) = row {
            found.extend(listed(grant, path.starts_with("/users/{id}")));
        }
        if !found.is_empty() {
            break;
        }
    }
    let mut each: Need = Vec::new();
    for one in found {
        match each.iter_mut().find(|other| other.scope == one.scope && other.with == one.with) {
            Some(other) => other.is_least |= one.is_least,
            None => each.push(one),
        }
    }
    each.sort_by_key(|one| !one.is_least);
    (!each.is_empty()).then_some(each)
}

/// Reads a line of the permission map. What a person may do to the own account alone is `/me`'s, not everybody's.
fn listed(grant: &'static str, of_others: bool) -> Need {
    let of = |mark: &str| -> Need {
        let scopes = grant.split(' ').find_map(|scheme| scheme.strip_prefix(mark)).into_iter();
        scopes.flat_map(|scopes| scopes.split(',')).map(Alternative::read).collect()
    };
    let (mut all, delegated) = (of("a:"), of("d:"));
    let has = |all: &Need, scope: &str| all.iter().any(|other| other.scope == scope);
    let is_own = |scope: &str| !has(&all, scope) && has(&delegated, &format!("{scope}.All"));
    let kept: Need = delegated.iter().filter(|one| !of_others || !is_own(one.scope)).cloned().collect();
    all.extend(kept);
    all
}

/// Returns the spellings by which the permission map may know a place, the most particular first. A property, a link
/// and a count need what their object or list needs.
fn spellings(place: &Place) -> Vec<String> {
    let is_property = matches!(place.end, End::Member(member) if !member.is_navigation);
    let mut found: Vec<String> = Vec::new();
    for path in [&place.spelled, &place.plain] {
        found.push(path.clone());
        let mut above = path.as_str();
        while let Some((rest, _)) = above.rsplit_once('/').filter(|(_, last)| last.starts_with('$')) {
            above = rest;
            found.push(above.to_owned());
        }
        found.extend(above.rsplit_once('/').filter(|_| is_property).map(|(rest, _)| rest.to_owned()));
    }
    found
}

/// Returns the methods that the permission map and the overlay know for a place.
pub fn methods(place: &Place) -> Vec<&'static str> {
    const ALL: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];
    let paths = spellings(place);
    let is_known = |method: &str| {
        paths.iter().any(|path| {
            let listed =
                graph().granted.get(path.as_str()).is_some_and(|rows| rows.iter().any(|(own, _)| *own == method));
            listed || overlay::facts().grants(method, path).next().is_some()
        })
    };
    ALL.into_iter().filter(|method| is_known(method)).collect()
}

/// Whether a place takes a method. Where no write is known, any may be right: Microsoft's map has gaps.
pub fn takes(place: &Place, method: &str) -> bool {
    let known = methods(place);
    match place.end {
        End::Action => method == "POST",
        End::Function | End::Raw => method == "GET",
        End::Root | End::Member(_) if place.of.is_some_and(|of| of.is_list) => {
            matches!(method, "GET" | "POST") || known.contains(&method)
        }
        _ => method == "GET" || known.contains(&method) || !known.iter().any(|known| *known != "GET"),
    }
}

/// Returns the scopes of which any one reads a path in its plain spelling.
pub fn readers(path: &str) -> Vec<&'static str> {
    let place = graph().place_of(path).ok();
    let needs = place.map(|place| needed("GET", &place, &[])).unwrap_or_default();
    needs.into_iter().flatten().filter(|each| each.with.is_empty()).map(|each| each.scope).collect()
}

/// Returns the names of all scopes.
pub fn scopes() -> impl Iterator<Item = &'static str> {
    graph().scopes.values().map(|line| line.split(' ').next().unwrap_or_default())
}

fn words(contract: &Contract, scope: &str) -> impl Iterator<Item = &'static str> + use<> {
    contract.scopes.get(&scope.to_lowercase()).copied().unwrap_or_default().split(' ').skip(1)
}

/// Whether Microsoft has a scope in its map that nobody can be given.
pub fn is_hidden(contract: &Contract, scope: &str) -> bool {
    words(contract, scope).any(|word| word == "hidden")
}

/// Returns Microsoft's level of privilege for a scope, 1 to 5.
pub fn privilege(scope: &str, delegated: bool) -> Option<u8> {
    let mark = if delegated { 'D' } else { 'A' };
    words(graph(), scope).find_map(|word| word.strip_prefix(mark)?.parse().ok())
}
