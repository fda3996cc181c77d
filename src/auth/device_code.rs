//! A person with a code, in a browser on another device (RFC 8628).
//!
//! The code is phished: an attacker sends the victim a code of the attacker's own program. So it is only used when it is
//! asked for, it is fetched when the person is ready, and a sentence says who must not enter it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::app::App;
use super::error::{Kind, SignInError};
use super::retry::Repeat;
use super::token_cache::{Prompt, Remembered, TokenCache};
use super::token_endpoint::{Endpoint, TokenResponse, Tokens};
use crate::ports::event::{Event, Level, Reveal, Wait};
use crate::ports::origin::is_loopback;
use crate::ports::ui::{Form, NoReply, Question};
use crate::ports::{Challenge, Credentials, SignInMethod, Token};

/// Whatever the service says, it is not asked more often.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// A service that wants to be asked less often than this is none that signs somebody in.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// By how much a service that says `slow_down` is asked less often (RFC 8628, 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The finest step of the clock.
const CLOCK_STEP: Duration = Duration::from_millis(1);
/// Whatever the service says, nobody waits longer.
const LONGEST_LIFE: Duration = Duration::from_secs(1800);

/// The answer of the endpoint that gives codes.
#[derive(Deserialize)]
struct CodeResponse {
    #[serde(deserialize_with = "secret")]
    device_code: SecretString,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    /// In seconds, like the next.
    expires_in: u64,
    #[serde(default = "usual_interval")]
    interval: u64,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn usual_interval() -> u64 {
    5
}

/// Signs a person in by a code.
pub struct DeviceCode {
    app: Arc<App>,
    cache: TokenCache,
}

impl DeviceCode {
    /// Signs in to `app`. The sign-in outlives the program in `remembered` alone.
    pub fn new(app: Arc<App>, remembered: Option<Remembered>) -> Self {
        Self { app, cache: TokenCache::new(remembered) }
    }

    fn ask(&self, scopes: &[String], challenge: Option<&Challenge>) -> Result<Token, SignInError> {
        self.cache.token(&self.app, SignInMethod::DeviceCode, scopes, challenge, |wanted| prompt(&self.app, wanted))
    }
}

impl Credentials for DeviceCode {
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(self.ask(scopes, None)?)
    }

    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        Ok(self.ask(scopes, Some(challenge))?)
    }
}

/// Leads the person through one sign-in.
pub(super) fn prompt(app: &App, prompt: &Prompt) -> Result<Tokens, SignInError> {
    let why = match &prompt.account {
        None => format!("It asks for: {}.", prompt.permissions.join(", ")),
        Some(_) if prompt.new.is_empty() => "Microsoft wants you to sign in again.".to_owned(),
        Some(_) => format!("It asks once more, for: {}.", prompt.new.join(", ")),
    };
    let question = Question::new("Press Enter to get a code. It expires after a few minutes", Form::Continue).help(
        vec!["You sign in with a code, in a browser on any device.".to_owned(), why]
            .into_iter()
            .chain(
                prompt
                    .kept_in
                    .map(|place| format!("fixforme saves the sign-in in {place}; `fixforme sign-out` deletes it.")),
            )
            .collect(),
    );
    app.service.ui.ask(&question).map_err(|no| match no {
        NoReply::Stopped => SignInError::stopped(),
        NoReply::Failed(why) => SignInError::new(Kind::Refused, why),
    })?;
    let address = |what: &str| app.service.authority.address(prompt.tenant(), what);
    let context = app.context(SignInMethod::DeviceCode, &prompt.permissions);
    let endpoint = Endpoint::new(&app.service, context.clone(), Repeat::Freely);
    let asked = || {
        let mut fields =
            vec![("client_id", app.client_id.clone()), ("scope", app.delegated_scopes(&prompt.permissions))];
        fields.extend(prompt.claims.iter().map(|claims| ("claims", claims.clone())));
        Ok(fields)
    };
    let code: CodeResponse = endpoint.post(&address("devicecode"), &asked).map_err(|(error, _)| error)?;
    let mut interval = Duration::from_secs(code.interval);
    if interval > LONGEST_INTERVAL {
        let sentence = format!(
            "the sign-in service wants to be asked only every {} s whether the code was entered",
            interval.as_secs()
        );
        return Err(SignInError::new(Kind::Refused, sentence).now("check `--authority`, or use the browser"));
    }
    show(app, &code)?;
    let life = Duration::from_secs(code.expires_in).min(LONGEST_LIFE);
    let end = now(app) + life;
    let reason = "Waiting until you have entered the code.".to_owned();
    app.service.ui.show(&Event::Wait(Wait { reason, seconds: life.as_secs_f64(), attempt: 1 }));
    let redeemed = || {
        let mut fields = app.form("urn:ietf:params:oauth:grant-type:device_code", None);
        fields.push(("device_code", code.device_code.expose_secret().to_owned()));
        Ok(fields)
    };
    loop {
        let refusal = match endpoint.post::<TokenResponse>(&address("token"), &redeemed) {
            Ok(response) => return response.tokens(&app.client_id, None),
            Err((error, None)) => return Err(error),
            Err((error, Some(refusal))) => match refusal.error.as_str() {
                "authorization_pending" => error,
                "slow_down" => {
                    interval += SLOWER;
                    error
                }
                _ => return Err(error),
            },
        };
        // The code's end is not slept through; a moment after it, so that it is over by then.
        let left = end.saturating_sub(now(app)) + CLOCK_STEP;
        app.service.clock.sleep(interval.max(SHORTEST_INTERVAL).min(left));
        if now(app) > end {
            return Err(refusal);
        }
    }
}

/// Returns the time since 1970.
fn now(app: &App) -> Duration {
    Duration::from_millis(u64::try_from(app.service.clock.now().as_millisecond()).unwrap_or_default())
}

/// Shows the code on the screen alone: it is in no event and no log.
fn show(app: &App, code: &CodeResponse) -> Result<(), SignInError> {
    let Ok(page) = Url::parse(&code.verification_uri) else { return Err(unsafe_page()) };
    if page.scheme() != "https" && !(page.scheme() == "http" && is_loopback(&page)) {
        return Err(unsafe_page());
    }
    let text = format!(
        "Only enter this code if you started this program yourself, on this computer. Nobody who helps you needs it. It \
         signs the app {} in to {}.",
        app.client_id,
        whose(app.service.authority.tenant())
    );
    app.service.ui.say(Level::Warning, text);
    let label = format!("The code to enter at {}", shown(&page));
    app.service.ui.show(&Event::Reveal(Reveal { label, secret: code.user_code.clone() }));
    Ok(())
}

fn unsafe_page() -> SignInError {
    SignInError::new(Kind::Refused, "the sign-in service names a page that is not on the safe web")
        .now("do not go on; check `--authority`")
}

fn whose(tenant: &str) -> String {
    if tenant == "organizations" { "your account's tenant".to_owned() } else { format!("the tenant {tenant}") }
}

fn shown(page: &Url) -> String {
    page.as_str().trim_end_matches('/').to_owned()
}
