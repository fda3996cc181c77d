//! Which Graph scopes suffice for which request, as far as it is known, and whether a step declares one of them.
//!
//! A request that is not in the table is only warned of; a scope that reads is also held by the scope that writes the
//! same.

use super::Requested;
use super::table::{DIRECTORY_READ, Known, TABLE};
use crate::ports::http::Method;
use crate::ports::nearest::nearest;
use crate::wizard::diagnostic::{Diagnostic, quoted};
use crate::wizard::document::{Placed, StepFile};
use crate::wizard::parse::Page;
use crate::wizard::template::{PathTemplate, Segment};

/// Scopes without which the members of a collection are answered with their ids alone.
const OF_OTHERS: [&str; 6] = [
    "User.ReadBasic.All",
    "User.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "Application.Read.All",
    "Device.Read.All",
];

/// Checks a step's declared scopes against its requests.
pub fn check(page: &Page<'_>, file: &StepFile, requested: &[Requested]) {
    let declared = file.scopes.as_ref().map(|scopes| &scopes.value);
    let check = declared.map(|scopes| scopes.check.as_slice()).unwrap_or_default();
    let fix = declared.map(|scopes| scopes.fix.as_slice()).unwrap_or_default();
    let mut unknown = false;
    let mut used: Vec<&str> = Vec::new();
    for request in requested {
        let reads = request.method == Method::Get;
        let (scopes, list) = match (reads, request.scopes.is_empty()) {
            (true, _) => (check, "check"),
            (false, true) => (fix, "fix"),
            (false, false) => (request.scopes.as_slice(), "scopes"),
        };
        let mut sufficient: Vec<&'static str> = Vec::new();
        for known in lookup(request) {
            let fits: Vec<&str> =
                scopes.iter().filter(|scope| suffices(scope, known.scopes)).map(|scope| scope.value.as_str()).collect();
            used.extend(&fits);
            if fits.is_empty() {
                sufficient.extend(
                    known.scopes.iter().filter(|scope| !sufficient.contains(scope)).take(3).collect::<Vec<_>>(),
                );
            }
        }
        let place = if list == "scopes" {
            "`scopes`"
        } else if reads {
            "[scopes] check"
        } else {
            "[scopes] fix"
        };
        if reads && answers_with_others(&request.path) {
            used.extend(scopes.iter().map(|scope| scope.value.as_str()).filter(|scope| OF_OTHERS.contains(scope)));
        }
        if lookup(request).is_empty() {
            unknown = true;
            if scopes.is_empty() {
                let title = format!("no scope is declared for this request in {place}");
                page.error(&request.range, title, "name the Graph permission that its reference page lists first");
            } else {
                let title = "it is not known which scope this request needs";
                let note = format!(
                    "declared: {}",
                    quoted(&scopes.iter().map(|scope| scope.value.as_str()).collect::<Vec<_>>())
                );
                page.say(
                    Diagnostic::warning(page.file, request.range.clone(), title)
                        .help("compare with its reference page")
                        .note(note),
                );
            }
        } else if !sufficient.is_empty() {
            // Where a declared scope is one of these but for a letter, the mistake is there and not at the request.
            let wanted = || lookup(request).into_iter().flat_map(|known| known.scopes.iter().copied());
            let misspelt = scopes.iter().filter(|scope| !is_known(&scope.value));
            let mut meant = misspelt.filter_map(|scope| Some((scope, nearest(&scope.value, wanted())?)));
            if let Some((scope, meant)) = meant.next() {
                let title = format!("`{}` is not known to suffice for any request of this step", scope.value);
                page.error(&scope.range, title, &format!("did you mean `{meant}`?"));
                continue;
            }
            let title = if scopes.is_empty() {
                format!("no scope is declared for this request in {place}")
            } else {
                format!("none of the scopes in {place} is known to suffice for this request")
            };
            page.error(&request.range, title, &format!("one of {}", quoted(&sufficient)));
        }
    }
    // A request that could not be read is not among those that are known here.
    if !unknown && !page.has_errors() {
        unneeded(page, check.iter().chain(fix), &used);
    }
}

fn unneeded<'a>(page: &Page<'_>, declared: impl Iterator<Item = &'a Placed<String>>, used: &[&str]) {
    for scope in declared.filter(|scope| !used.contains(&scope.value.as_str())) {
        page.warning(
            &scope.range,
            format!("no request of this step needs `{}`", scope.value),
            "remove it: a wizard asks for no more than it needs",
        );
    }
}

impl Page<'_> {
    pub fn scopes(&self, scopes: &[Placed<String>]) -> Vec<String> {
        for (index, scope) in scopes.iter().enumerate() {
            if let Some((title, help)) = implausible(&scope.value) {
                self.error(&scope.range, title, &help);
            } else if scopes.iter().take(index).any(|other| other.value == scope.value) {
                self.warning(&scope.range, format!("the scope `{}` stands here twice", scope.value), "");
            }
        }
        scopes.iter().map(|scope| scope.value.clone()).collect()
    }
}

fn implausible(scope: &str) -> Option<(String, String)> {
    let plain = || "write the permission's name, such as \"Policy.Read.All\"".to_owned();
    if scope.contains("/") || scope.contains(':') {
        return Some((
            "a scope is a name of Microsoft Graph; another resource cannot be asked for".to_owned(),
            plain(),
        ));
    }
    if ["offline_access", "openid", "profile", "email", ".default"].contains(&scope.to_lowercase().as_str()) {
        return Some((format!("`{scope}` is the sign-in's own matter"), plain()));
    }
    let parts: Vec<&str> = scope.split('.').collect();
    let word = |part: &&str| !part.is_empty() && part.chars().all(|each| each.is_ascii_alphanumeric() || each == '-');
    let shaped = (2..=5).contains(&parts.len()) && parts.iter().all(word) && scope.len() <= 100;
    if shaped {
        return None;
    }
    let names = TABLE.iter().flat_map(|known| known.scopes.iter().copied());
    let help = nearest(scope, names).map_or_else(plain, |name| format!("did you mean `{name}`?"));
    Some((format!("`{scope}` is no name of a Graph scope"), help))
}

fn is_known(scope: &str) -> bool {
    TABLE.iter().any(|known| suffices(scope, known.scopes))
}

/// Returns the lines of the table that a request needs: one for every key that it writes.
fn lookup(request: &Requested) -> Vec<&'static Known> {
    rows(request.method, &plain_path(&request.path), &request.keys)
}

/// Returns the table's rows for a request: one for each key that has its own, the general one for the others.
fn rows(method: Method, path: &[String], keys: &[String]) -> Vec<&'static Known> {
    let fits = |known: &&'static Known, key: &str| {
        known.methods.contains(&method) && known.key == key && same_path(known.path, path)
    };
    let general = TABLE.iter().find(|known| fits(known, ""));
    let mut found: Vec<&'static Known> = Vec::new();
    for key in keys {
        let key = key.to_lowercase();
        if let Some(known) = TABLE.iter().find(|known| fits(known, &key)).or(general)
            && !found.iter().any(|other| std::ptr::eq(*other, known))
        {
            found.push(known);
        }
    }
    if keys.is_empty() { general.into_iter().collect() } else { found }
}

/// Returns the scopes of which a write would need one more, where the table knows it and `granted` has none of them.
///
/// `path` is the path as it is sent, version first; `keys` are the body's outer keys. A request outside the table is
/// left to the service to judge.
pub fn lacking(method: Method, path: &[Option<&str>], keys: &[String], granted: &[String]) -> Option<String> {
    let path: Vec<String> = path
        .iter()
        .skip(1)
        .map(|segment| segment.map_or_else(|| "*".to_owned(), str::to_lowercase))
        .filter(|segment| !segment.starts_with("microsoft.graph.") && !segment.starts_with('$'))
        .collect();
    let rows = rows(method, &path, keys);
    let lacks = rows.iter().find(|known| !granted.iter().any(|scope| suffices(scope, known.scopes)))?;
    lacks.scopes.first().map(|scope| (*scope).to_owned())
}

/// Says whether a read answers with objects of other kinds, of which each needs its own scope to be told whole.
fn answers_with_others(path: &PathTemplate) -> bool {
    let path = plain_path(path);
    let others = ["members", "transitivemembers", "owners", "memberof", "transitivememberof", "roleassignments"];
    path.iter()
        .rev()
        .take(2)
        .any(|segment| others.contains(&segment.as_str()) || segment.ends_with("scheduleinstances"))
}

fn suffices(declared: &str, sufficient: &[&str]) -> bool {
    sufficient.iter().any(|scope| {
        declared.eq_ignore_ascii_case(scope)
            || declared.eq_ignore_ascii_case(&scope.replacen(".Read.", ".ReadWrite.", 1))
            || (declared == "Directory.ReadWrite.All" && *scope == DIRECTORY_READ)
    })
}

/// Returns a path's segments in lower case: `*` for placeholders, without version, casts and `$…` segments.
fn plain_path(path: &PathTemplate) -> Vec<String> {
    let mut plain: Vec<String> = Vec::new();
    for (index, segment) in path.segments.iter().enumerate().skip(1) {
        match segment {
            Segment::Value(_) => plain.push("*".to_owned()),
            Segment::Literal(text) => {
                let text = text.to_lowercase();
                let skipped = text.starts_with("microsoft.graph.") || text.starts_with('$');
                match text.as_str() {
                    "me" if index == 1 && path.segments.len() > 2 => plain.extend(["users".to_owned(), "*".to_owned()]),
                    _ if skipped => {}
                    _ => plain.push(text),
                }
            }
        }
    }
    plain
}

fn same_path(pattern: &str, path: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(wanted, segment)| *wanted == "*" || wanted == segment)
}
