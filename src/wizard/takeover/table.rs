//! The compiled table: which keys and paths are sinks.

use serde_json::Value;

use crate::contract::graph;
use crate::ports::http::Method;
use crate::wizard::template::{PathTemplate, Segment};

/// Keys whose values are recovery contacts, in lower case.
const CONTACT_KEYS: [&str; 5] = ["othermails", "mobilephone", "businessphones", "emailaddress", "phonenumber"];

/// Keys whose values are passwords or access passes, in lower case.
const PASSWORD_KEYS: [&str; 4] = ["password", "newpassword", "currentpassword", "temporaryaccesspass"];

/// Keys of an answer whose values are secrets, in lower case.
const SECRET_KEYS: [&str; 6] =
    ["temporaryaccesspass", "password", "newpassword", "currentpassword", "secrettext", "clientsecret"];

/// Paths whose literal ends are sinks, below a person. A placeholder may not stand where such an end stands.
const PERSON_PATHS: [&[&str]; 13] = [
    &["users", "*", "othermails"],
    &["users", "*", "authentication"],
    &["users", "*", "authentication", "emailmethods"],
    &["users", "*", "authentication", "phonemethods", "*", "phonenumber"],
    &["users", "*", "authentication", "emailmethods", "*", "emailaddress"],
    &["users", "*", "authentication", "passwordmethods", "*", "resetpassword"],
    &["directoryobjects", "*", "othermails"],
    &["contacts", "*", "othermails"],
    &["groups", "*", "members", "*", "othermails"],
    &["groups", "*", "owners", "*", "othermails"],
    &["directory", "deleteditems", "*", "othermails"],
    &["directory", "administrativeunits", "*", "members", "*", "othermails"],
    &["education", "users", "*", "othermails"],
];

/// Roots of paths whose body as a whole may not come from an expression.
const PERSON_ROOTS: [&[&str]; 5] = [
    &["users"],
    &["directoryobjects"],
    &["education", "users"],
    &["directory", "administrativeunits"],
    &["directory", "deleteditems"],
];

/// Keys that say where the sign-ins of an application are sent, in lower case.
const REDIRECT_KEYS: [&str; 4] = ["redirecturis", "redirecturisettings", "replyurls", "replyurlswithtype"];

/// Ways to prove who one is that a request can register for somebody else, besides e-mail and phone.
const REGISTERED_METHODS: [&str; 8] = [
    "fido2methods",
    "softwareoathmethods",
    "hardwareoathmethods",
    "microsoftauthenticatormethods",
    "platformcredentialmethods",
    "externalauthenticationmethods",
    "qrcodepinmethod",
    "windowshelloforbusinessmethods",
];

/// One tier-0 rule: a path (its beginning), the keys that make it one (any request where empty), and why.
struct Tier0 {
    path: &'static [&'static str],
    keys: &'static [&'static str],
    why: &'static str,
}

const CREDENTIALS: &str = "it changes an application's credentials";
const ROLES: &str = "it changes who holds a directory role";
const CONSENT: &str = "it grants an application permissions";
const REDIRECTS: &str = "it changes where the sign-ins of an application that may hold consents are sent";
const MEMBERS: &str = "it changes who belongs to a group, which may carry directory roles";
const FEDERATION: &str = "it changes how a domain signs in";
const CONDITIONAL_ACCESS: &str = "it changes whom Conditional Access protects";

const TIER0: [Tier0; 33] = [
    Tier0 { path: &["rolemanagement"], keys: &[], why: ROLES },
    Tier0 { path: &["directoryroles"], keys: &[], why: ROLES },
    Tier0 { path: &["privilegedaccess"], keys: &[], why: ROLES },
    Tier0 { path: &["privilegedroles"], keys: &[], why: ROLES },
    Tier0 { path: &["privilegedroleassignments"], keys: &[], why: ROLES },
    Tier0 { path: &["identitygovernance", "privilegedaccess"], keys: &[], why: ROLES },
    Tier0 { path: &["policies", "rolemanagementpolicies"], keys: &[], why: ROLES },
    Tier0 { path: &["policies", "rolemanagementpolicyassignments"], keys: &[], why: ROLES },
    Tier0 { path: &["directory", "administrativeunits", "*", "scopedrolemembers"], keys: &[], why: ROLES },
    Tier0 { path: &["applications", "*", "addpassword"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["applications", "*", "addkey"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["applications", "*", "owners"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["applications", "*", "federatedidentitycredentials"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["applications", "*", "keycredentials"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["applications", "*", "passwordcredentials"], keys: &[], why: CREDENTIALS },
    Tier0 {
        path: &["applications"],
        keys: &["keycredentials", "passwordcredentials", "owners@odata.bind"],
        why: CREDENTIALS,
    },
    Tier0 { path: &["serviceprincipals", "*", "addpassword"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["serviceprincipals", "*", "addkey"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["serviceprincipals", "*", "addtokensigningcertificate"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["serviceprincipals", "*", "owners"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["serviceprincipals", "*", "keycredentials"], keys: &[], why: CREDENTIALS },
    Tier0 { path: &["serviceprincipals", "*", "passwordcredentials"], keys: &[], why: CREDENTIALS },
    Tier0 {
        path: &["serviceprincipals"],
        keys: &["keycredentials", "passwordcredentials", "owners@odata.bind"],
        why: CREDENTIALS,
    },
    Tier0 { path: &["oauth2permissiongrants"], keys: &[], why: CONSENT },
    Tier0 { path: &["domains", "*", "federationconfiguration"], keys: &[], why: FEDERATION },
    Tier0 { path: &["domains"], keys: &["authenticationtype"], why: FEDERATION },
    Tier0 { path: &["groups", "*", "members"], keys: &[], why: MEMBERS },
    Tier0 { path: &["groups", "*", "owners"], keys: &[], why: MEMBERS },
    Tier0 { path: &["teams", "*", "members"], keys: &[], why: MEMBERS },
    Tier0 {
        path: &["groups"],
        keys: &["members@odata.bind", "owners@odata.bind", "isassignabletorole", "members", "owners"],
        why: MEMBERS,
    },
    Tier0 {
        path: &["identity", "conditionalaccess", "policies"],
        keys: &["state", "conditions", "exclude*"],
        why: CONDITIONAL_ACCESS,
    },
    Tier0 {
        path: &["identity", "conditionalaccess", "namedlocations"],
        keys: &["istrusted", "ipranges"],
        why: CONDITIONAL_ACCESS,
    },
    Tier0 {
        path: &["conditionalaccess", "policies"],
        keys: &["state", "conditions", "exclude*"],
        why: CONDITIONAL_ACCESS,
    },
];

/// Types whose objects have a collection of their own, by which the rules know them.
const HOMES: &[(&str, &str)] = &[
    ("user", "users"),
    ("group", "groups"),
    ("application", "applications"),
    ("servicePrincipal", "serviceprincipals"),
    ("directoryRole", "directoryroles"),
    ("domain", "domains"),
    ("team", "teams"),
];
/// What paths begin with that the rules know as they are.
const AT_HOME: &[&str] = &[
    "users",
    "me",
    "groups",
    "applications",
    "serviceprincipals",
    "directoryroles",
    "domains",
    "teams",
    "policies",
    "identity",
    "rolemanagement",
    "oauth2permissiongrants",
    "organization",
    "directory",
    "reports",
    "admin",
];

/// A path as it is matched: lower case, without version, casts and `$ref`, `me` read as somebody among the users.
/// A qualified name may be a cast or an action, `…/microsoft.graph.addPassword`: both readings are looked at.
/// `None` is a segment that is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched(Vec<Option<String>>);

/// How a path meets a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    No,
    /// Its literal segments are the pattern's.
    Yes,
    /// It would, were a placeholder filled with one of the pattern's words.
    ThroughPlaceholder,
}

/// Says whether a write is tier-0, and why. `segments` is the path as it is sent, version first, decoded; `None` is a
/// segment that is not known yet. `keys` are the body's keys at any depth ([`body_keys`]).
pub fn tier0(method: Method, segments: &[Option<&str>], keys: &[String]) -> Option<&'static str> {
    let either = [Matched::new(segments.iter().copied()), Matched::qualified(segments.iter().copied())];
    either.iter().chain(&Matched::elsewhere(method, segments)).find_map(|matched| tier0_of(method, matched, keys))
}

fn tier0_of(method: Method, matched: &Matched, keys: &[String]) -> Option<&'static str> {
    if method == Method::Get {
        return None;
    }
    if matched.0.iter().flatten().any(|segment| ["approleassignments", "approleassignedto"].contains(&segment.as_str()))
    {
        return Some("it grants an application or account an app role");
    }
    if matched.0.iter().flatten().any(|segment| segment == "oauth2permissiongrants") {
        return Some(CONSENT);
    }
    let registers = |segment: &Option<String>| segment.as_deref().is_none_or(|name| REGISTERED_METHODS.contains(&name));
    if method != Method::Delete
        && matched.meets(&["users", "*", "authentication"]) != Meeting::No
        && matched.0.get(3).is_some_and(registers)
    {
        return Some("it registers a way to sign in for somebody");
    }
    let deletes_policy = method == Method::Delete && matched.meets(&["identity", "conditionalaccess"]) != Meeting::No;
    if deletes_policy {
        return Some(CONDITIONAL_ACCESS);
    }
    // A new registration has no consents that its redirects could lead away.
    let redirects = |key: &String| key.split('.').any(|part| REDIRECT_KEYS.contains(&part.to_lowercase().as_str()));
    let registered = [&["applications", "*"][..], &["serviceprincipals", "*"]];
    if registered.iter().any(|pattern| matched.meets(pattern) != Meeting::No) && keys.iter().any(redirects) {
        return Some(REDIRECTS);
    }
    TIER0.iter().find(|rule| matched.meets(rule.path) != Meeting::No && rule.applies_to(keys)).map(|rule| rule.why)
}

/// Says whether a write of a wizard is tier-0, before anything is known of its placeholders.
pub fn tier0_of_template(method: Method, path: &PathTemplate, keys: &[String]) -> Option<&'static str> {
    tier0(method, &known_segments(path), keys)
}

/// Says whether a POST to this path makes an access pass.
pub fn makes_access_pass(path: &PathTemplate) -> bool {
    Matched::of(path).0.iter().flatten().any(|segment| segment == "temporaryaccesspassmethods")
}

/// Says whether a key of an answer holds a secret, which is never kept.
pub fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.contains(&key.to_lowercase().as_str())
}

pub fn body_keys(body: &Value) -> Vec<String> {
    match body {
        Value::Object(entries) => {
            entries.iter().flat_map(|(key, value)| std::iter::once(key.clone()).chain(body_keys(value))).collect()
        }
        Value::Array(items) => items.iter().flat_map(body_keys).collect(),
        _ => Vec::new(),
    }
}

impl Tier0 {
    fn applies_to(&self, keys: &[String]) -> bool {
        self.keys.is_empty()
            || keys.iter().flat_map(|key| key.split('.')).chain(keys.iter().map(String::as_str)).any(|key| {
                let key = key.to_lowercase();
                self.keys.iter().any(|known| match known.strip_suffix('*') {
                    Some(start) => key.starts_with(start),
                    None => key == *known,
                })
            })
    }
}

impl Matched {
    /// Makes the matched form of segments, qualified names read as casts.
    pub fn new<'a>(segments: impl Iterator<Item = Option<&'a str>>) -> Self {
        Self::read(segments, |_| None)
    }

    /// Makes the matched form of segments, qualified names read as those of actions and properties.
    fn qualified<'a>(segments: impl Iterator<Item = Option<&'a str>>) -> Self {
        Self::read(segments, |name| name.rsplit('.').next().map(str::to_owned))
    }

    /// Returns the path as it would begin at the collection of the object that it writes to, by the contract: an
    /// application has the same `addPassword` as one of the `directoryObjects` and as one of somebody's `ownedObjects`.
    fn elsewhere(method: Method, segments: &[Option<&str>]) -> Option<Self> {
        let lower: Vec<Option<String>> =
            segments.iter().skip(1).map(|segment| segment.map(str::to_lowercase)).collect();
        let is_cast = |segment: &Option<String>| segment.as_deref().is_some_and(is_qualified);
        let begins_as_here =
            lower.first().is_some_and(|first| first.as_deref().is_some_and(|first| AT_HOME.contains(&first)));
        if method == Method::Get || begins_as_here && !lower.iter().any(is_cast) {
            return None;
        }
        let known: Vec<Option<&str>> = lower.iter().map(Option::as_deref).collect();
        // The last object on the way whose type has a collection of its own.
        (1..=known.len()).rev().find_map(|end| {
            let place = graph().place(known.get(..end)?).ok()?;
            let of = place.of.filter(|of| !of.is_list)?;
            let (_, root) = HOMES.iter().find(|(name, _)| *name == of.name)?;
            let rest = known.get(end..)?.iter().map(|segment| segment.map(str::to_owned));
            Some(Self([Some((*root).to_owned()), None].into_iter().chain(rest).collect()))
        })
    }

    fn read<'a>(segments: impl Iterator<Item = Option<&'a str>>, name_of: fn(&str) -> Option<String>) -> Self {
        let mut matched: Vec<Option<String>> = Vec::new();
        for (index, segment) in segments.skip(1).enumerate() {
            let Some(segment) = segment else {
                matched.push(None);
                continue;
            };
            let lower = segment.to_lowercase();
            match lower.as_str() {
                "me" if index == 0 => matched.extend([Some("users".to_owned()), None]),
                // `/groups/{id}/members/$ref` names what is added in its body.
                "$ref" | "$value" => {}
                _ if is_qualified(&lower) => matched.extend(name_of(&lower).map(Some)),
                _ => match lower.split_once('(') {
                    // `users('ann')` is another way to write `users/ann`.
                    Some((name, _)) => matched.extend([Some(name.to_owned()), None]),
                    None => matched.push(Some(lower)),
                },
            }
        }
        Self(matched)
    }

    /// Makes the matched form of a wizard's path.
    pub fn of(path: &PathTemplate) -> Self {
        Self::new(known_segments(path).into_iter())
    }

    /// Says whether the path names a recovery contact as its property, as `PUT /users/{id}/mobilePhone` does.
    pub fn names_contact(&self) -> bool {
        self.0.iter().skip(1).flatten().any(|segment| CONTACT_KEYS.contains(&segment.as_str()))
    }

    /// Says whether a placeholder stands where a sink's own word would stand.
    pub fn hides_sink(&self) -> bool {
        let tier0 = TIER0.iter().map(|rule| rule.path);
        PERSON_PATHS.into_iter().chain(tier0).any(|pattern| self.meets(pattern) == Meeting::ThroughPlaceholder)
    }

    /// Says whether the request writes to a person, so that its body must be written out.
    pub fn writes_person(&self) -> bool {
        PERSON_ROOTS.iter().any(|root| self.meets(root) != Meeting::No)
            || self.0.iter().flatten().any(|segment| segment == "members")
    }

    fn meets(&self, pattern: &[&str]) -> Meeting {
        if self.0.len() < pattern.len() {
            return Meeting::No;
        }
        let mut meeting = Meeting::Yes;
        for (segment, wanted) in self.0.iter().zip(pattern) {
            match segment {
                _ if *wanted == "*" => {}
                Some(segment) if segment == wanted => {}
                Some(_) => return Meeting::No,
                None => meeting = Meeting::ThroughPlaceholder,
            }
        }
        meeting
    }
}

/// Returns whether a key, or a part of a dotted or annotated one, names a recovery contact.
pub fn is_contact_key(key: &str) -> bool {
    names_any(key, &CONTACT_KEYS)
}

/// Returns whether a key, or a part of a dotted or annotated one, names a password or access pass.
pub fn is_password_key(key: &str) -> bool {
    names_any(key, &PASSWORD_KEYS)
}

/// Returns whether a key holds a password with its rules, so that it must be written out.
pub fn is_password_profile(key: &str) -> bool {
    names_any(key, &["passwordprofile"])
}

/// Returns whether a segment is a name with its namespace, or with the alias that Graph declares for it. An account may
/// have a name that begins like one.
fn is_qualified(segment: &str) -> bool {
    let rest = segment.strip_prefix("microsoft.graph.").or_else(|| segment.strip_prefix("graph."));
    rest.is_some_and(|rest| rest.chars().all(|each| each.is_ascii_alphanumeric() || each == '.'))
}

fn names_any(key: &str, words: &[&str]) -> bool {
    key.to_lowercase().split(|each: char| !each.is_alphanumeric()).any(|part| words.contains(&part))
}

fn known_segments(path: &PathTemplate) -> Vec<Option<&str>> {
    path.segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => Some(text.as_str()),
            Segment::Value(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
