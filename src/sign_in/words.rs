//! What a refusal means and what to do now: Entra's numbers and OAuth's words as a table.
//!
//! Source of the numbers: Microsoft's reference of error codes (`AADSTS…`). Its texts change, so only the numbers are
//! looked at. In the words, `{client}`, `{tenant}`, `{scopes}`, `{resource}`, `{consent}`, `{thumbprint}`, `{issuer}`,
//! `{subject}`, `{audience}` and `{time}` stand for what this sign-in is about.

use super::error::{Kind, SignInError};
use super::refusal::Refusal;
use super::table::{NOW_UNKNOWN, TABLE};

/// The way of signing in, as far as the words depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A person in a browser.
    Browser,
    /// A person with a code on another device.
    DeviceCode,
    /// An application with a secret.
    ClientSecret,
    /// An application with a certificate.
    Certificate,
    /// An application with the token of another platform.
    FederatedToken,
    /// Whoever is signed in to the Azure CLI.
    AzureCli,
}

/// One row of the table: which refusals it is for, what they mean, what to do.
pub struct Words {
    /// Entra's numbers.
    pub codes: &'static [u32],
    /// OAuth's words, for a refusal without a number of the table.
    pub errors: &'static [&'static str],
    /// The kind of failure.
    pub kind: Kind,
    /// What it means.
    pub sentence: &'static str,
    /// What to do now, a sentence each.
    pub now: &'static [Now],
}

/// A sentence on what to do, for every way of signing in or for some.
pub struct Now {
    /// The ways that it is for; none means all.
    pub ways: &'static [Way],
    /// The sentence.
    pub text: &'static str,
}

/// What a sign-in is about, for the words.
#[derive(Debug, Clone)]
pub struct About {
    /// The way of signing in.
    pub way: Way,
    /// The client id.
    pub client_id: String,
    /// The tenant as it was asked for.
    pub tenant: String,
    /// The authority, without a trailing slash.
    pub authority: String,
    /// The root of Graph that the permissions are for.
    pub resource: String,
    /// The permissions that were asked for, without the root.
    pub scopes: Vec<String>,
    /// The thumbprint of the certificate, where there is one.
    pub thumbprint: Option<String>,
    /// What the token of another platform says of itself, where there is one.
    pub issued: Option<Issued>,
    /// This machine's time.
    pub time: String,
}

/// What the token of another platform says of itself; an app's registration must say the same.
#[derive(Debug, Clone, Default)]
pub struct Issued {
    /// Who issued it (`iss`).
    pub issuer: String,
    /// Whom it is about (`sub`).
    pub subject: String,
    /// Whom it is for (`aud`).
    pub audience: String,
}

/// Returns whether the same request may succeed in a moment.
pub fn is_passing(refusal: &Refusal) -> bool {
    row(refusal).is_some_and(|row| row.kind == Kind::Temporary) || refusal.error == "temporarily_unavailable"
}

fn row(refusal: &Refusal) -> Option<&'static Words> {
    let codes = refusal.codes();
    let by_code = codes.iter().find_map(|code| TABLE.iter().find(|row| row.codes.contains(code)));
    // A number that has no row says more by its own sentence than by OAuth's word, which covers a hundred of them.
    match by_code {
        None if codes.is_empty() => TABLE.iter().find(|row| row.errors.contains(&refusal.error.as_str())),
        found => found,
    }
}

/// Returns the failure that a refusal means.
pub fn explain(refusal: &Refusal, about: &About) -> SignInError {
    let mut error = match row(refusal) {
        Some(row) => {
            let now = row.now.iter().filter(|now| now.ways.is_empty() || now.ways.contains(&about.way));
            let error = SignInError::new(row.kind, about.fill(row.sentence));
            now.fold(error, |error, now| error.now(about.fill(now.text)))
        }
        None => {
            let sentence = match refusal.first_sentence() {
                Some(sentence) => format!("Microsoft refused the sign-in: {sentence}."),
                None => "Microsoft refused the sign-in.".to_owned(),
            };
            let kind = if is_passing(refusal) { Kind::Temporary } else { Kind::Refused };
            SignInError::new(kind, sentence).now(NOW_UNKNOWN)
        }
    };
    error.reference = Some(Box::new(refusal.reference()));
    error
}

impl About {
    fn fill(&self, text: &str) -> String {
        let scopes = self.scopes.join(", ");
        let issued = self.issued.clone().unwrap_or_default();
        text.replace("{client}", &self.client_id)
            .replace("{tenant}", &self.tenant)
            .replace("{scopes}", &scopes)
            .replace("{resource}", &self.resource)
            .replace("{consent}", &self.consent_link())
            .replace("{thumbprint}", self.thumbprint.as_deref().unwrap_or("(none)"))
            .replace("{issuer}", &issued.issuer)
            .replace("{subject}", &issued.subject)
            .replace("{audience}", &issued.audience)
            .replace("{time}", &self.time)
    }

    /// The page on which an administrator grants exactly these permissions to the app.
    fn consent_link(&self) -> String {
        // What an app may do by itself is granted as its registration lists it, never by name.
        let by_person = matches!(self.way, Way::Browser | Way::DeviceCode);
        let scopes: Vec<String> = match self.scopes.as_slice() {
            scopes if by_person && !scopes.is_empty() => {
                scopes.iter().map(|scope| format!("{}/{scope}", self.resource)).collect()
            }
            _ => vec![format!("{}/.default", self.resource)],
        };
        format!(
            "{}/{}/v2.0/adminconsent?client_id={}&redirect_uri=http://localhost&scope={}",
            self.authority,
            self.tenant,
            self.client_id,
            scopes.join("%20")
        )
    }
}
