//! A small sign-in service on loopback, on Entra's addresses: it knows one app, one person and one tenant, keeps what it
//! was asked, and can be told to answer otherwise. Its access tokens are those of a served practice tenant.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fixforme::host::{Interrupt, SystemClock};
use fixforme::ports::Clock;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PSS_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use url::Url;

use crate::support::sandbox::{Sandbox, Served, project};

/// The app that it knows, as a client that is public to persons and confidential to itself.
pub const CLIENT: &str = "6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b";
/// The app's secret.
pub const SECRET: &str = "Canary~8Q~client.secret_0123456789-abcdefghij";
/// The tenant of the case `contoso`, and one of its domains.
pub const TENANT: &str = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1";
pub const DOMAIN: &str = "contoso.example";
/// The platform whose tokens the app trusts, and for which subject.
pub const ISSUER: &str = "https://platform.example";
pub const SUBJECT: &str = "system:serviceaccount:default:repairs";
const GRAPH: &str = "https://graph.microsoft.com/";

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `discovery`, `authorize`, `devicecode`, or `token` and the grant.
    pub what: String,
    /// The tenant in the address.
    pub tenant: String,
    /// Query or form.
    pub form: BTreeMap<String, String>,
    /// Header lines, lower case.
    pub head: String,
    pub at: Timestamp,
}

impl Asked {
    /// The permissions of Graph that were asked for, by their names.
    pub fn permissions(&self) -> BTreeSet<String> {
        let scope = self.form.get("scope").cloned().unwrap_or_default();
        scope.split(' ').filter_map(|scope| scope.strip_prefix(GRAPH)).map(str::to_owned).collect()
    }
}

/// An answer in place of the right one.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status, further header lines, and a body.
    Say(u16, &'static str, Value),
    /// A page that is not JSON.
    Page(u16),
    /// The request is carried out, and the connection cut before the answer.
    CutAfter,
    /// Sends the browser back with these words instead of a code; a `state` among them replaces the right one.
    Back(Vec<(&'static str, &'static str)>),
    /// The right answer: to leave the next one alone.
    AsUsual,
}

/// A refusal as Entra writes it.
pub fn refusal(error: &str, code: u32) -> Reply {
    let description = format!(
        "AADSTS{code}: Something about ann@contoso.example. More words.\r\nTrace ID: 11111111-aaaa-4000-8000-000000000001\r\n\
         Correlation ID: 22222222-bbbb-4000-8000-000000000002\r\nTimestamp: 2026-11-23 06:30:00Z"
    );
    Reply::Say(
        400,
        "",
        json!({
            "error": error, "error_description": description, "error_codes": [code], "timestamp": "2026-11-23 06:30:00Z",
            "trace_id": "11111111-aaaa-4000-8000-000000000001", "correlation_id": "22222222-bbbb-4000-8000-000000000002",
        }),
    )
}

/// What a code stands for until it is redeemed.
#[derive(Clone)]
struct Grant {
    permissions: Vec<String>,
    challenge: String,
    redirect: String,
    nonce: Option<String>,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    replies: BTreeMap<String, VecDeque<Reply>>,
    /// What people have approved; `None` when an administrator has approved everything.
    approved: Option<BTreeSet<String>>,
    codes: BTreeMap<String, Grant>,
    devices: BTreeMap<String, (Vec<String>, bool)>,
    refresh: BTreeSet<String>,
    assertions: BTreeSet<String>,
    secrets: Vec<String>,
    known: BTreeSet<String>,
    forged: bool,
    /// Whether somebody else signs in than the tenant's own person.
    another: bool,
    quick: bool,
    count: usize,
}

/// The service.
pub struct Authority {
    address: SocketAddr,
    pub tenant: Arc<Served>,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

impl Authority {
    /// Starts the service for a tenant, on real time.
    pub fn start(tenant: Served) -> Self {
        Self::at(tenant, Arc::new(SystemClock::new(Interrupt::new())))
    }

    /// Starts the service; requests are dated by `clock`.
    pub fn at(tenant: Served, clock: Arc<dyn Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let authority = Self { address, tenant: Arc::new(tenant), clock, state: Arc::default() };
        let (served, clock, state) =
            (Arc::clone(&authority.tenant), Arc::clone(&authority.clock), Arc::clone(&authority.state));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let endpoints =
                    Endpoints { tenant: Arc::clone(&served), clock: Arc::clone(&clock), state: Arc::clone(&state) };
                std::thread::spawn(move || endpoints.serve(&stream.unwrap()));
            }
        });
        authority
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The program pointed at this service and its tenant.
    pub fn command(&self, sandbox: &Sandbox, args: &[&str]) -> std::process::Command {
        let mut command = sandbox.command(args);
        command.args(["--authority", &self.url(), "--graph-root", &self.tenant.server.root()]);
        command
    }

    /// Answers the next request of this kind otherwise.
    pub fn next(&self, what: &str, reply: Reply) {
        self.lock().replies.entry(what.to_owned()).or_default().push_back(reply);
    }

    /// Lets people into another tenant's address.
    pub fn know(&self, tenant: &str) {
        self.lock().known.insert(tenant.to_owned());
    }

    /// Answers as if to another sign-in.
    pub fn forge_nonce(&self) {
        self.lock().forged = true;
    }

    /// From now on another account of the tenant signs in: `ben.other@contoso.example`.
    pub fn another_signs_in(&self) {
        self.lock().another = true;
    }

    /// From now on people approve permissions themselves, and only those that they were asked for.
    pub fn people_approve(&self) {
        self.lock().approved = Some(BTreeSet::new());
    }

    /// Enters the next code as soon as it is given.
    pub fn approve_next_device(&self) {
        self.lock().quick = true;
    }

    /// Enters the newest code on the device page.
    pub fn approve_device(&self) {
        self.lock().devices.values_mut().for_each(|(_, approved)| *approved = true);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    /// The requests of one kind.
    pub fn of(&self, what: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.what == what).collect()
    }

    /// The kinds of requests in their order.
    pub fn order(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.what).collect()
    }

    /// Everything that signs somebody in and that this service has given or taken.
    pub fn secrets(&self) -> Vec<String> {
        self.lock().secrets.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The TEST certificate and key that the app holds.
pub fn certificate() -> String {
    project("tests/lab/certificates/test-rsa.pem")
}

struct Endpoints {
    tenant: Arc<Served>,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

impl Endpoints {
    fn serve(&self, stream: &TcpStream) {
        let Some((method, target, head, body)) = read(stream) else { return };
        let url = Url::parse("http://authority").unwrap().join(&target).unwrap();
        let path = url.path().to_owned();
        let (tenant, place) = path.trim_start_matches('/').split_once('/').unwrap_or(("", ""));
        let pairs = if method == "POST" { body.as_bytes() } else { url.query().unwrap_or_default().as_bytes() };
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(pairs).into_owned().collect();
        let what = match (method.as_str(), place) {
            ("GET", "v2.0/.well-known/openid-configuration") => "discovery".to_owned(),
            ("GET", "oauth2/v2.0/authorize") => "authorize".to_owned(),
            ("POST", "oauth2/v2.0/devicecode") => "devicecode".to_owned(),
            ("POST", "oauth2/v2.0/token") => {
                let grant = form.get("grant_type").map(|grant| grant.rsplit(':').next().unwrap_or(grant));
                format!("token {}", grant.unwrap_or("none"))
            }
            _ => "nothing".to_owned(),
        };
        let asked = Asked { what: what.clone(), tenant: tenant.to_owned(), form, head, at: self.clock.now() };
        let mut state = self.state.lock().unwrap();
        for name in ["client_secret", "client_assertion", "code", "code_verifier", "device_code", "refresh_token"] {
            state.secrets.extend(asked.form.get(name).cloned());
        }
        state.asked.push(asked.clone());
        let otherwise = state.replies.get_mut(&what).and_then(VecDeque::pop_front).unwrap_or(Reply::AsUsual);
        let usual = match &otherwise {
            Reply::AsUsual | Reply::CutAfter => self.usual(&mut state, &asked),
            Reply::Back(words) => back(&asked, words),
            Reply::Say(status, headers, body) => (*status, (*headers).to_owned(), body.to_string()),
            Reply::Page(status) => (*status, "Content-Type: text/html\r\n".to_owned(), "<html>no</html>".to_owned()),
        };
        drop(state);
        if matches!(otherwise, Reply::CutAfter) {
            return;
        }
        let (status, headers, body) = usual;
        let kind =
            if headers.contains("Content-Type") { "" } else { "Content-Type: application/json; charset=utf-8\r\n" };
        let answer = format!(
            "HTTP/1.1 {status} X\r\n{kind}{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = stream;
        let _ = stream.write_all(answer.as_bytes());
    }

    fn usual(&self, state: &mut State, asked: &Asked) -> (u16, String, String) {
        let known = [TENANT, DOMAIN, "contoso.onmicrosoft.com", "organizations"].contains(&asked.tenant.as_str());
        if !known && !state.known.contains(&asked.tenant) {
            return said(refusal("invalid_tenant", 90002));
        }
        let value = |name: &str| asked.form.get(name).cloned().unwrap_or_default();
        if asked.what != "discovery"
            && !matches!(value("client_id").as_str(), CLIENT | "14d82eec-204b-4c2f-b7e8-296a70dab67e")
        {
            return said(refusal("unauthorized_client", 700016));
        }
        let permissions: Vec<String> = asked.permissions().into_iter().collect();
        match asked.what.as_str() {
            "discovery" => good(json!({
                "issuer": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "msgraph_host": "graph.microsoft.com",
            })),
            "authorize" => {
                let code = secret(state, "code");
                let grant = Grant {
                    permissions,
                    challenge: value("code_challenge"),
                    redirect: value("redirect_uri"),
                    nonce: asked.form.get("nonce").cloned(),
                };
                state.codes.insert(code.clone(), grant);
                let mut back = Url::parse(&value("redirect_uri")).unwrap();
                back.query_pairs_mut().append_pair("code", &code).append_pair("state", &value("state"));
                (302, format!("Location: {back}\r\n"), String::new())
            }
            "devicecode" => {
                let code = secret(state, "device");
                let quick = state.quick;
                state.devices.insert(code.clone(), (permissions, quick));
                good(json!({
                    "user_code": "KUNG-FU42", "device_code": code, "verification_uri": "https://login.example/device",
                    "expires_in": 900, "interval": 1, "message": "To sign in, …",
                }))
            }
            "token authorization_code" => match state.codes.remove(&value("code")) {
                Some(grant) if grant.redirect != value("redirect_uri") => said(refusal("invalid_grant", 50011)),
                Some(grant) if grant.challenge != challenge(&value("code_verifier")) => {
                    said(refusal("invalid_grant", 501481))
                }
                Some(grant) => self.granted(state, &grant.permissions, grant.nonce.as_deref(), &value("client_id")),
                None => said(refusal("invalid_grant", 54005)),
            },
            "token device_code" => match state.devices.get(&value("device_code")).cloned() {
                Some((_, false)) => said(refusal("authorization_pending", 70016)),
                Some((permissions, true)) => {
                    state.devices.remove(&value("device_code"));
                    self.granted(state, &permissions, None, &value("client_id"))
                }
                None => said(refusal("bad_verification_code", 70018)),
            },
            "token refresh_token" => {
                if !state.refresh.contains(&value("refresh_token")) {
                    return said(refusal("invalid_grant", 70000));
                }
                if state.approved.as_ref().is_some_and(|all| !permissions.iter().all(|one| all.contains(one))) {
                    return said(refusal("invalid_grant", 65001));
                }
                self.granted(state, &permissions, None, &value("client_id"))
            }
            "token client_credentials" if value("scope") != format!("{GRAPH}.default") => {
                said(refusal("invalid_scope", 70011))
            }
            "token client_credentials" if asked.form.get("client_assertion").is_some_and(|text| is_foreign(text)) => {
                match trusted(&value("client_assertion")) {
                    Ok(()) => self.app(state),
                    Err(code) => said(refusal("invalid_client", code)),
                }
            }
            "token client_credentials" if asked.form.contains_key("client_assertion") => {
                match self.proven(state, asked) {
                    Ok(()) => self.app(state),
                    Err(reason) => (
                        401,
                        String::new(),
                        json!({"error": "invalid_client", "error_description":
                        format!("AADSTS700027: {reason}"), "error_codes": [700027]})
                        .to_string(),
                    ),
                }
            }
            "token client_credentials" if value("client_secret") == SECRET => self.app(state),
            "token client_credentials" => said(refusal("invalid_client", 7000215)),
            _ => said(refusal("unsupported_grant_type", 70003)),
        }
    }

    fn granted(
        &self,
        state: &mut State,
        permissions: &[String],
        nonce: Option<&str>,
        client: &str,
    ) -> (u16, String, String) {
        if let Some(approved) = &mut state.approved {
            approved.extend(permissions.iter().cloned());
        }
        let mut access = self.tenant.token_for(permissions);
        let mut name = "maria.admin@contoso.example";
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        if state.another {
            name = "ben.other@contoso.example";
            let mut payload = payload(&access);
            payload["oid"] = json!("00000000-0000-4000-8000-00000000be00");
            payload["upn"] = json!(name);
            let parts: Vec<&str> = access.split('.').collect();
            access = format!("{}.{}.{}", parts[0], part(payload), parts[2]);
        }
        let nonce = if state.forged { Some("another") } else { nonce };
        let refresh = secret(state, "refresh");
        state.refresh.insert(refresh.clone());
        let id = json!({"aud": client, "tid": TENANT, "nonce": nonce, "preferred_username": name});
        let id = format!("{}.{}.c2ln", part(json!({"alg": "RS256"})), part(id));
        state.secrets.extend([access.clone(), id.clone()]);
        good(json!({"token_type": "Bearer", "scope": permissions.join(" "), "expires_in": 4567, "ext_expires_in": 4567,
            "access_token": access, "refresh_token": refresh, "id_token": id}))
    }

    fn app(&self, state: &mut State) -> (u16, String, String) {
        let access = self.tenant.token();
        state.secrets.push(access.clone());
        good(json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": access}))
    }

    /// Checks an assertion as the service's documentation has it; each counts once.
    fn proven(&self, state: &mut State, asked: &Asked) -> Result<(), String> {
        let assertion = asked.form.get("client_assertion").unwrap();
        let parts: Vec<&str> = assertion.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|error| error.to_string());
        let [header, payload, signature] = parts.as_slice() else { return Err("no three parts".to_owned()) };
        let header: Value = serde_json::from_slice(&decode(header)?).map_err(|error| error.to_string())?;
        let payload: Value = serde_json::from_slice(&decode(payload)?).map_err(|error| error.to_string())?;
        let pem = fs_err::read(certificate()).unwrap();
        let der = CertificateDer::from_pem_slice(&pem).unwrap();
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &der));
        let expected = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
        if header != expected {
            return Err(format!("header {header}"));
        }
        let host = asked.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let now = self.clock.now().as_second();
        let seconds = |name: &str| payload[name].as_i64().unwrap_or_default();
        let fits = payload["aud"] == format!("http://{host}/{}/oauth2/v2.0/token", asked.tenant)
            && payload["iss"] == CLIENT
            && payload["sub"] == CLIENT
            && seconds("nbf") <= now + 1
            && (now..=now + 600).contains(&seconds("exp"));
        if !fits {
            return Err(format!("claims {payload}"));
        }
        if !state.assertions.insert(payload["jti"].as_str().unwrap_or_default().to_owned()) {
            return Err("it was used before".to_owned());
        }
        let key = RsaKeyPair::from_pkcs8(PrivatePkcs8KeyDer::from_pem_slice(&pem).unwrap().secret_pkcs8_der()).unwrap();
        let signed = assertion.rsplit_once('.').unwrap().0;
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public().as_ref())
            .verify(signed.as_bytes(), &decode(signature)?)
            .map_err(|_| "the signature does not hold".to_owned())
    }
}

/// A token of another platform, for the audience that the cloud expects.
pub fn platform_token(subject: &str, audience: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let payload = json!({"iss": ISSUER, "sub": subject, "aud": [audience], "canary": "0.canary-platform-0001"});
    format!("{}.{}.cGxhdGZvcm0", part(json!({"alg": "RS256"})), part(payload))
}

fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap_or_default();
    URL_SAFE_NO_PAD.decode(part).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn is_foreign(assertion: &str) -> bool {
    payload(assertion)["iss"] == ISSUER
}

fn trusted(assertion: &str) -> Result<(), u32> {
    let payload = payload(assertion);
    match (payload["aud"][0].as_str(), payload["sub"].as_str()) {
        (Some("api://AzureADTokenExchange"), Some(SUBJECT)) => Ok(()),
        (Some("api://AzureADTokenExchange"), _) => Err(700213),
        _ => Err(700212),
    }
}

fn good(body: Value) -> (u16, String, String) {
    (200, String::new(), body.to_string())
}

fn said(reply: Reply) -> (u16, String, String) {
    let Reply::Say(status, headers, body) = reply else { panic!("{reply:?}") };
    (status, headers.to_owned(), body.to_string())
}

fn back(asked: &Asked, words: &[(&str, &str)]) -> (u16, String, String) {
    let mut url = Url::parse(asked.form.get("redirect_uri").unwrap()).unwrap();
    for (name, value) in words {
        url.query_pairs_mut().append_pair(name, value);
    }
    if words.iter().all(|(name, _)| *name != "state") {
        url.query_pairs_mut().append_pair("state", asked.form.get("state").unwrap());
    }
    (302, format!("Location: {url}\r\n"), String::new())
}

fn secret(state: &mut State, kind: &str) -> String {
    state.count += 1;
    let secret = format!("0.canary-{kind}-{:04}.AQABAAEAAAD--DLA3VO7QrddgJg7WevrZZ_{kind}", state.count);
    state.secrets.push(secret.clone());
    secret
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// Reads a request: method, target, header lines in lower case, body.
pub fn read(stream: &TcpStream) -> Option<(String, String, String, String)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line.to_lowercase().replace('\r', ""));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((method, target, head, String::from_utf8(body).ok()?))
}
