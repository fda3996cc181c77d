//! Whether a step declares the permissions that its requests need, by the contract.

use std::ops::Range;

use super::Requested;
use crate::contract::{self, Granted, Missing, Place};
use crate::ports::http::Method;
use crate::ports::nearest::nearest;
use crate::wizard::diagnostic::{Diagnostic, quoted};
use crate::wizard::document::{Placed, StepFile};
use crate::wizard::parse::FileParser;

/// A step's permissions, and those of them that a request was found to need.
pub(super) struct Declared<'a> {
    page: &'a FileParser<'a>,
    check: &'a [Placed<String>],
    fix: &'a [Placed<String>],
    used: Vec<String>,
    /// Whether it is known of every request what it needs.
    is_certain: bool,
}

impl<'a> Declared<'a> {
    pub fn new(page: &'a FileParser<'a>, file: &'a StepFile) -> Self {
        let declared = file.scopes.as_ref().map(|scopes| &scopes.value);
        let check = declared.map(|scopes| scopes.check.as_slice()).unwrap_or_default();
        let fix = declared.map(|scopes| scopes.fix.as_slice()).unwrap_or_default();
        Self { page, check, fix, used: Vec::new(), is_certain: true }
    }

    /// Checks a request. `place` is where it leads, as far as the contract knows.
    pub fn request(&mut self, request: &Requested, place: Option<&Place>) {
        let reads = request.method == Method::Get;
        let (scopes, list): (&[Placed<String>], _) = match (reads, request.scopes.is_empty()) {
            (true, _) => (self.check, "[scopes] check"),
            (false, true) => (self.fix, "[scopes] fix"),
            (false, false) => (&request.scopes, "`scopes`"),
        };
        let names: Vec<&str> = scopes.iter().map(|scope| scope.value.as_str()).collect();
        let needs =
            place.map(|place| contract::needed(request.method.as_str(), place, &request.keys)).unwrap_or_default();
        if let Some(place) = place {
            self.used.extend(contract::may_use(request.method.as_str(), &place.plain).into_iter().map(str::to_owned));
        }
        let everybody = place.is_some_and(|place| contract::read_by_everybody(&place.spelled));
        let (mut missing, mut lacks): (Vec<String>, bool) = (Vec::new(), false);
        for need in &needs {
            match contract::granted(need, &names) {
                Ok(Granted { used }) => self.used.extend(used),
                Err(Missing(one_of)) => {
                    lacks = true;
                    missing.extend(one_of.into_iter().take(3));
                }
            }
        }
        missing.dedup();
        let undeclared = || format!("no scope is declared for this request in {list}");
        if needs.is_empty() {
            self.is_certain = false;
            if scopes.is_empty() {
                let help = "name the Graph permission that its reference page lists first";
                self.page.error(&request.range, undeclared(), help);
            } else if place.is_some() {
                let title = "it is not known which scope this request needs";
                self.page.say(
                    Diagnostic::warning(self.page.file, request.range.clone(), title)
                        .help("compare with its reference page")
                        .note(format!("declared: {}", quoted(&names))),
                );
            }
        } else if lacks && !(reads && everybody && !scopes.is_empty()) && !self.misspelt(scopes, &needs) {
            let title = if scopes.is_empty() {
                undeclared()
            } else {
                format!("none of the scopes in {list} is known to suffice for this request")
            };
            self.page.error(
                &request.range,
                title,
                &match missing.is_empty() {
                    true => "Microsoft gives none that suffices to anybody yet".to_owned(),
                    false => format!("one of {}", quoted(&missing)),
                },
            );
        }
    }

    /// Where a declared scope is one that suffices but for a letter, the mistake is there and not at the request.
    fn misspelt(&self, scopes: &[Placed<String>], needs: &[contract::Need]) -> bool {
        let wanted = || needs.iter().flatten().map(|each| each.scope);
        let unknown = scopes.iter().filter(|scope| !is_known(&scope.value));
        let mut meant = unknown.filter_map(|scope| Some((scope, nearest(&scope.value, wanted())?)));
        let Some((scope, meant)) = meant.next() else { return false };
        let title = format!("`{}` is not a permission of Microsoft Graph", scope.value);
        self.page.error(&scope.range, title, &format!("did you mean `{meant}`?"));
        true
    }

    /// Warns of what no request needs, where that is certain.
    pub fn finish(self) {
        // A request that could not be read is not among those that are known here.
        if !self.is_certain || self.page.has_errors() {
            return;
        }
        let used = |scope: &str| self.used.iter().any(|used| used.eq_ignore_ascii_case(scope));
        for scope in self.check.iter().chain(self.fix).filter(|scope| !used(&scope.value)) {
            self.page.warning(
                &scope.range,
                format!("no request of this step needs `{}`", scope.value),
                "remove it: a wizard asks for no more than it needs",
            );
        }
    }
}

impl FileParser<'_> {
    pub fn scopes(&self, scopes: &[Placed<String>]) -> Vec<String> {
        for (index, scope) in scopes.iter().enumerate() {
            if let Some((title, help)) = implausible(&scope.value) {
                self.error(&scope.range, title, &help);
            } else if scopes.iter().take(index).any(|other| other.value == scope.value) {
                self.warning(&scope.range, format!("the scope `{}` stands here twice", scope.value), "");
            } else if !self.is_shipped {
                self.hidden(&scope.value, &scope.range);
            }
        }
        scopes.iter().map(|scope| scope.value.clone()).collect()
    }

    fn hidden(&self, scope: &str, range: &Range<usize>) {
        if contract::is_hidden(contract::graph(), scope) {
            let title = format!("`{scope}` is in Microsoft's list, but nobody can be given it");
            self.error(range, title, "name another one of the request's reference page");
        }
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
    let help = nearest(scope, contract::scopes()).map_or_else(plain, |name| format!("did you mean `{name}`?"));
    Some((format!("`{scope}` is not the name of a Graph scope"), help))
}

fn is_known(scope: &str) -> bool {
    contract::scopes().any(|known| known.eq_ignore_ascii_case(scope))
}
