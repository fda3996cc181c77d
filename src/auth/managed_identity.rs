//! The identity that Azure gives a machine: a virtual machine, an App Service or Function, a server with Azure Arc. The
//! machine's own service gives the token; no secret leaves the machine.
//!
//! Source of the three exchanges: Microsoft's "How to use managed identities ... to acquire an access token", the "REST
//! endpoint reference" of App Service, and "Authenticate against Azure resources with Azure Arc-enabled servers".

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::app::Service;
use super::azure_arc::ArcAgent;
use super::error::{Kind, SignInError};
use super::retry::{Asking, POLICY, Repeat, platform_request};

use crate::ports::http::{HeaderValue, HttpError, Response};
use crate::ports::origin::is_loopback;
use crate::ports::retry::RetryPolicy;
use crate::ports::{Credentials, SignInVariables, Token};

const WHO: &str = "the machine's identity service";
/// Where the identity service of a virtual machine answers, for every machine of Azure.
const MACHINE_SERVICE: &str = "http://169.254.169.254";
const TOKEN_PATH: &str = "/metadata/identity/oauth2/token";
/// A machine that has the service has it near.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The service may be away for 70 s while it is updated; the pauses of so many tries are longer together.
const MACHINE_POLICY: RetryPolicy = RetryPolicy { tries: 8, deadline: Duration::from_secs(180), ..POLICY };

/// Signs in as the machine.
pub struct ManagedIdentity {
    service: Arc<Service>,
    client: Option<String>,
    host: Where,
}

/// What kind of machine it is.
enum Where {
    /// A virtual machine, or what looks like one; it is looked for once.
    Machine {
        address: Url,
        found: AtomicBool,
    },
    AppService {
        address: Url,
        header: SecretString,
    },
    Arc(ArcAgent),
}

/// The service's answer.
#[derive(Deserialize)]
struct IdentityToken {
    access_token: String,
    #[serde(default)]
    client_id: Option<String>,
}

impl ManagedIdentity {
    /// Finds out by the variables which kind of machine this is. `client` chooses one of several identities.
    pub fn new(service: Arc<Service>, client: Option<String>, variables: &SignInVariables) -> Result<Self> {
        let text = |name: &str| variables.text(name);
        let endpoint = text("IDENTITY_ENDPOINT");
        let endpoint = endpoint.as_deref();
        let host = match (endpoint, variables.secret("IDENTITY_HEADER")) {
            (Some(_), Some(_)) if variables.is_set("IDENTITY_SERVER_THUMBPRINT") => {
                bail!("the identities of Service Fabric are not supported; use `--sign-in federated-token` there")
            }
            (Some(endpoint), Some(header)) => {
                Where::AppService { address: near(endpoint, "IDENTITY_ENDPOINT")?, header: header.clone() }
            }
            (Some(endpoint), None) if variables.is_set("IMDS_ENDPOINT") => {
                Where::Arc(ArcAgent::new(near(endpoint, "IDENTITY_ENDPOINT")?, variables)?)
            }
            (Some(_), None) => bail!("IDENTITY_ENDPOINT is set without IDENTITY_HEADER, so it is not known what it is"),
            (None, _) if variables.is_set("MSI_ENDPOINT") => {
                bail!(
                    "a machine with MSI_ENDPOINT (Cloud Shell, Machine Learning) is not supported; use `--sign-in az` there"
                )
            }
            (None, _) => match ArcAgent::installed(variables)? {
                Some(agent) => Where::Arc(agent),
                None => {
                    let name = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
                    let root = text(name).unwrap_or_else(|| MACHINE_SERVICE.to_owned());
                    let address = near(&format!("{}{TOKEN_PATH}", root.trim_end_matches('/')), name)?;
                    Where::Machine { address, found: AtomicBool::new(false) }
                }
            },
        };
        Ok(Self { service, client, host })
    }

    fn ask(&self) -> Result<Token, SignInError> {
        let response = match &self.host {
            Where::Machine { address, found } => {
                if !found.load(Ordering::SeqCst) {
                    self.probe(address)?;
                    found.store(true, Ordering::SeqCst);
                }
                // 404 and 410 are this service's ways to say that it will be there in a moment.
                let passes = |response: &Response| matches!(response.status, 404 | 410);
                self.send(&self.query(address, "2018-02-01"), &[metadata()], &passes, MACHINE_POLICY)?
            }
            Where::AppService { address, header } => {
                let header = ("X-IDENTITY-HEADER".to_owned(), HeaderValue::Secret(header.clone()));
                self.send(&self.query(address, "2019-08-01"), &[header], &|_| false, POLICY)?
            }
            Where::Arc(agent) => {
                let address = self.query(agent.address(), "2020-06-01");
                let challenge = self.send(&address, &[metadata()], &|_| false, POLICY)?;
                let key = ("Authorization".to_owned(), HeaderValue::Secret(agent.key(&challenge)?));
                self.send(&address, &[metadata(), key], &|_| false, POLICY)?
            }
        };
        self.understand(response)
    }

    fn query(&self, address: &Url, version: &str) -> Url {
        let mut address = address.clone();
        address.query_pairs_mut().append_pair("api-version", version).append_pair("resource", &self.service.resource);
        if let Some(client) = &self.client {
            address.query_pairs_mut().append_pair("client_id", client);
        }
        address
    }

    /// Finds out whether the service is there and is Azure's: it refuses a request without its header. Without it no
    /// other cloud's service, at the same address, is taken for it.
    fn probe(&self, address: &Url) -> Result<(), SignInError> {
        let at = address.host_str().unwrap_or_default();
        let none = |why: &str| {
            SignInError::new(Kind::Refused, format!("this machine has no managed identity: {why} at {at}")).now(
                "it is there on a machine in Azure, or with Azure Arc; elsewhere choose another way with `--sign-in`",
            )
        };
        for _ in 0..2 {
            let request = platform_request(&self.service, address, &[], true, PROBE_TIMEOUT);
            match self.service.http.send(&request) {
                Ok(response) if matches!(response.status, 410 | 429 | 500..) => return Ok(()),
                Ok(response) => {
                    let refused =
                        serde_json::from_slice::<Value>(&response.body).is_ok_and(|body| body["error"].is_string());
                    return if response.status == 400 && refused {
                        Ok(())
                    } else {
                        Err(none("something else answers"))
                    };
                }
                Err(HttpError::NotSent(_) | HttpError::Unclear(_)) => {}
                Err(HttpError::TooLarge(_)) => return Err(none("something else answers")),
            }
            if self.service.ui.interrupted() {
                return Err(SignInError::stopped());
            }
        }
        Err(none("nobody answers"))
    }

    fn send(
        &self,
        address: &Url,
        more: &[(String, HeaderValue)],
        passes: &dyn Fn(&Response) -> bool,
        policy: RetryPolicy,
    ) -> Result<Response, SignInError> {
        let asking = Asking {
            who: WHO,
            busy: WHO,
            unreachable: "look whether it runs on this machine, then run this again",
            repeat: Repeat::Freely,
            request: &|fresh_connection| {
                Ok(platform_request(&self.service, address, more, fresh_connection, REQUEST_TIMEOUT))
            },
            passes,
            policy,
        };
        asking.answer(&self.service).map_err(|why| why.error(WHO, odd()))
    }

    fn understand(&self, response: Response) -> Result<Token, SignInError> {
        let body = Zeroizing::new(response.body);
        let Some(token) = serde_json::from_slice::<IdentityToken>(&body).ok().filter(|_| response.status == 200) else {
            let sentence = match (&self.client, response.status) {
                (_, 200) => return Err(odd()),
                (Some(client), status) => {
                    format!("this machine has no managed identity with the client id {client} (status {status})")
                }
                (None, status) => format!("this machine has no managed identity of its own (status {status})"),
            };
            return Err(SignInError::new(Kind::Refused, sentence)
                .now("give the machine the identity, or name the one that it has with `--client-id`"));
        };
        // An old agent of Azure Arc knows one identity alone, and does not say that it was asked for another.
        let same = |client: &String| token.client_id.as_ref().is_some_and(|is| is.eq_ignore_ascii_case(client));
        if matches!(self.host, Where::Arc(_)) && !self.client.as_ref().is_none_or(same) {
            return Err(SignInError::new(Kind::Refused, "the agent of Azure Arc gave a token for another identity")
                .now("leave out `--client-id`, or update the agent; nothing of the token was used"));
        }
        let fits = !token.access_token.is_empty() && token.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Token::new(token.access_token)) } else { Err(odd()) }
    }
}

impl Credentials for ManagedIdentity {
    /// Returns a token with the identity's permissions, whatever is asked for: they are granted in the tenant.
    fn token(&self, _: &[String]) -> Result<Token> {
        Ok(self.ask()?)
    }

    fn chooses_scopes(&self) -> bool {
        false
    }
}

/// The header without which the services of Azure's machines answer nobody: a browser cannot be made to send it.
fn metadata() -> (String, HeaderValue) {
    ("Metadata".to_owned(), HeaderValue::Plain("true".to_owned()))
}

fn odd() -> SignInError {
    SignInError::new(Kind::Temporary, format!("{WHO} returned an unexpected response"))
        .now("look what answers there, then run this again")
}

/// Reads the address of a service of this very machine: plain http, at home or on the link to the cloud's host. A
/// variable can send what proves the machine no further.
fn near(text: &str, name: &str) -> Result<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        let is_host = matches!(url.host(), Some(Host::Ipv4(host)) if host.is_link_local());
        url.scheme() == "http" && (is_host || is_loopback(url)) && url.username().is_empty() && url.password().is_none()
    });
    match url {
        Some(url) => Ok(url),
        None => bail!("`{}` ({name}) is not the address of a service on this machine", text.escape_debug()),
    }
}
