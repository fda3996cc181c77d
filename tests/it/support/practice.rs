//! A practice tenant behind its socket with a clock that stands still, and a real HTTP client in front of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use fixforme::ports::Clock;
use fixforme::practice::{Fault, PracticeServer, Seed, Tenant};
use jiff::Timestamp;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value;

use crate::support::wait::LIMIT;
/// A clock that moves only when told to.
pub struct StillClock(AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn sleep(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// The whole arrangement.
pub struct Practice {
    pub server: PracticeServer,
    pub clock: Arc<StillClock>,
    pub client: Client,
    pub token: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The values of one property of all entities.
    pub fn column(&self, name: &str) -> Vec<String> {
        let rows = self.body["value"].as_array().unwrap_or_else(|| panic!("no list: {}", self.text));
        rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
    }
}

pub const ALL: &[&str] = &[
    "User.ReadWrite.All",
    "GroupMember.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "Policy.Read.All",
    "Policy.ReadWrite.Authorization",
    "Policy.ReadWrite.ConditionalAccess",
    "Group.ReadWrite.All",
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "Organization.ReadWrite.All",
    "User.RevokeSessions.All",
];

impl Practice {
    pub fn new(seed: &str) -> Self {
        Self::with_faults(seed, &[])
    }

    pub fn with_faults(seed: &str, faults: &[&str]) -> Self {
        // The client wants to know a TLS provider even for plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let seed = Seed::parse("tenant.toml", seed).unwrap_or_else(|error| panic!("{error:#}"));
        let clock = Arc::new(StillClock(AtomicI64::new(1_790_000_000_000)));
        let faults = faults.iter().map(|text| Fault::parse(text).unwrap()).collect();
        let for_server: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let server =
            PracticeServer::start(Tenant::new(&seed, [7; 16]), faults, "127.0.0.1:0".parse().unwrap(), for_server);
        let client = Client::builder().timeout(LIMIT).no_proxy().build().unwrap();
        let mut practice = Self { server: server.unwrap(), clock, client, token: String::new() };
        practice.sign_in(ALL);
        practice
    }

    /// Takes a token with these scopes from now on.
    pub fn sign_in(&mut self, scopes: &[&str]) {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let token = self.tenant().mint(&scopes, self.clock.now());
        self.token = token.expose().to_owned();
    }

    pub fn tenant(&self) -> MutexGuard<'_, Tenant> {
        self.server.tenant().lock().unwrap()
    }

    pub fn wait(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds));
    }

    pub fn request(&self, method: &str, target: &str) -> RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url =
            if target.starts_with("http") { target.to_owned() } else { format!("{}{target}", self.server.root()) };
        self.client.request(method, url).bearer_auth(&self.token)
    }

    pub fn get(&self, target: &str) -> Answer {
        read(self.request("GET", target).send().unwrap())
    }

    /// Gets as an advanced query of the directory.
    pub fn get_eventual(&self, target: &str) -> Answer {
        read(self.request("GET", target).header("ConsistencyLevel", "eventual").send().unwrap())
    }

    pub fn send(&self, method: &str, target: &str, body: &Value) -> Answer {
        read(self.try_send(method, target, body).unwrap())
    }

    pub fn try_send(&self, method: &str, target: &str, body: &Value) -> reqwest::Result<Response> {
        let request = self.request(method, target);
        match body {
            Value::Null => request.send(),
            body => request.header("Content-Type", "application/json").body(body.to_string()).send(),
        }
    }
}

pub fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

/// A tenant with one of each.
pub const CONTOSO: &str = r#"
licenses = ["AAD_PREMIUM"]

[organization]
id = "aaaaaaaa-0000-4000-8000-000000000001"
displayName = "Contoso Ltd"
verifiedDomains = [{ name = "contoso.example", isDefault = true }]

[me]
userPrincipalName = "ann@contoso.example"

[[users]]
id = "ann-id"
userPrincipalName = "ann@contoso.example"
displayName = "Ann"

[[users]]
id = "bob-id"
userPrincipalName = "bob@contoso.example"
displayName = "Bob O'Neil"
otherMails = ["bob@example.net"]
mobilePhone = "+1 4255550100"
authentication = { emailMethods = ["bob@example.net"], microsoftAuthenticatorMethods = ["Bob's phone"] }

[[users]]
id = "syn-id"
userPrincipalName = "syn@contoso.example"
onPremisesSyncEnabled = true

[[users]]
id = "eve-id"
userPrincipalName = "eve@contoso.example"
accountEnabled = false

[[groups]]
id = "outer-id"
displayName = "Admins"
isAssignableToRole = true
members = ["inner-id", "app-id"]

[[groups]]
id = "inner-id"
displayName = "Inner"
members = ["eve-id", "bob@contoso.example"]

[[service_principals]]
id = "app-id"
displayName = "Backup"

[[role_assignments]]
role = "Global Administrator"
principal = "ann@contoso.example"

[[role_assignments]]
role = "Helpdesk Administrator"
principal = "syn-id"

[[role_assignments]]
role = "Reports Reader"
principal = "outer-id"

[objects."/v1.0/lab/settings"]
level = 3
nested = { a = 1, b = { c = true } }

[objects."/v1.0/lab/things"]
value = [{ id = "t1", name = "one" }, { id = "t2", name = "two" }]

[[actions]]
path = "/v1.0/lab/things/*/restart"
sets = { restarted = true }
"#;
