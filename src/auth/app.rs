//! The app that signs in, the service where it does so, and what a sign-in is about: for the words on its refusal, in
//! which `{client}`, `{tenant}`, `{scopes}`, `{resource}`, `{consent}`, `{thumbprint}`, `{issuer}`, `{subject}`,
//! `{audience}` and `{time}` stand for it.

use std::sync::Arc;

use anyhow::{Result, bail};

use super::authority::Authority;
use crate::ports::{Clock, Http, SignInMethod, Ui};

/// Microsoft's own public client for command-line tools of Graph, which every tenant has: `Microsoft Graph Command Line
/// Tools`. It is used only when a person chooses it.
///
/// Source: Microsoft's documentation of Graph PowerShell's authentication commands.
pub const GRAPH_COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// What every delegated sign-in asks for beside the wizard's permissions: who it is, a refresh token, and to read one's
/// own account and the tenant's name.
const ALWAYS: [&str; 3] = ["openid", "profile", "offline_access"];
const OWN_ACCOUNT: &str = "User.Read";

/// An authority, with the way there.
pub struct Service {
    /// Where one signs in.
    pub authority: Authority,
    /// The root of Graph that permissions are asked for: `https://graph.microsoft.com`.
    pub resource: String,
    pub http: Arc<dyn Http>,
    pub clock: Arc<dyn Clock>,
    pub ui: Arc<dyn Ui>,
}

/// What a sign-in is about, for the words.
#[derive(Debug, Clone)]
pub(super) struct SignInContext {
    pub method: SignInMethod,
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
pub(super) struct Issued {
    /// Who issued it (`iss`).
    pub issuer: String,
    /// Whom it is about (`sub`).
    pub subject: String,
    /// Whom it is for (`aud`).
    pub audience: String,
}

/// An app that signs in.
pub struct App {
    /// The application's id.
    pub client_id: String,
    /// Where it signs in.
    pub service: Arc<Service>,
}

/// Checks a client id: Entra's are GUIDs.
pub fn client_id(text: &str, source: &str) -> Result<String> {
    match uuid::Uuid::parse_str(text.trim()) {
        Ok(id) => Ok(id.hyphenated().to_string()),
        Err(_) => bail!(
            "`{}` ({source}) is not an Application (client) ID. It should look like 11111111-2222-3333-4444-555555555555",
            text.escape_debug()
        ),
    }
}

impl App {
    /// Returns the scopes of a delegated sign-in as OAuth wants them, with the Graph that they are for: tokens of one
    /// cloud are no good in another.
    pub(super) fn delegated_scopes(&self, scopes: &[String]) -> String {
        let mut all: Vec<String> = ALWAYS.iter().map(|scope| (*scope).to_owned()).collect();
        all.extend(self.permissions(scopes).iter().map(|scope| format!("{}/{scope}", self.service.resource)));
        all.join(" ")
    }

    /// Returns the fields that every form of this app has, with what the service wants to be proven.
    pub(super) fn form(&self, grant_type: &str, claims: Option<&str>) -> Vec<(&'static str, String)> {
        let mut fields = vec![("grant_type", grant_type.to_owned()), ("client_id", self.client_id.clone())];
        fields.extend(claims.map(|claims| ("claims", claims.to_owned())));
        fields
    }

    /// Returns the permissions of Graph that a delegated sign-in asks for, by their names alone.
    pub(super) fn permissions(&self, scopes: &[String]) -> Vec<String> {
        let mut all = scopes.to_vec();
        if !all.iter().any(|scope| scope == OWN_ACCOUNT) {
            all.push(OWN_ACCOUNT.to_owned());
        }
        all
    }

    pub(super) fn context(&self, method: SignInMethod, scopes: &[String]) -> SignInContext {
        SignInContext { client_id: self.client_id.clone(), ..self.service.context(method, scopes) }
    }
}

impl Service {
    /// Returns what a sign-in is about, as far as no app is concerned.
    pub(super) fn context(&self, method: SignInMethod, scopes: &[String]) -> SignInContext {
        SignInContext {
            method,
            client_id: String::new(),
            tenant: self.authority.tenant().to_owned(),
            authority: self.authority.as_str().to_owned(),
            resource: self.resource.clone(),
            scopes: scopes.to_vec(),
            thumbprint: None,
            issued: None,
            time: self.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        }
    }
}

impl SignInContext {
    /// Puts what this sign-in is about into a sentence.
    pub(super) fn fill(&self, text: &str) -> String {
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
        let by_person = self.method.is_person();
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
