//! What a sign-in is about, for the words on its refusal: `{client}`, `{tenant}`, `{scopes}`, `{resource}`, `{consent}`,
//! `{thumbprint}`, `{issuer}`, `{subject}`, `{audience}` and `{time}` in a sentence stand for it.

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

impl About {
    /// Puts what this sign-in is about into a sentence.
    pub fn fill(&self, text: &str) -> String {
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
