//! A person in the system's browser: authorization code with PKCE, back to a port on this machine (RFC 8252).

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::app::{App, SignInContext};
use super::device_code;
use super::error::{Kind, SignInError};
use super::error_messages::explain;
use super::loopback::{Loopback, RedirectResult};
use super::retry::Repeat;
use super::token_cache::{Prompt, Remembered, TokenCache};
use super::token_endpoint::{Endpoint, TokenResponse, Tokens};
use crate::ports::event::{Event, Level, Wait};
use crate::ports::ui::{Choice, Form, NoReply, Question, Reply};
use crate::ports::{Challenge, Clock, Credentials, Machine, SignInMethod, Token};

/// How long the person may take.
const TIME_LIMIT: Duration = Duration::from_secs(300);
/// How often the port is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Signs a person in by the system's browser.
pub struct Browser {
    app: Arc<App>,
    machine: Arc<dyn Machine>,
    cache: TokenCache,
}

/// What becomes of a sign-in without a browser.
enum WithoutBrowser {
    Wait,
    Code,
}

impl Browser {
    /// Signs in to `app`; a page is opened by `machine`. The sign-in outlives the program in `remembered` alone.
    pub fn new(app: Arc<App>, machine: Arc<dyn Machine>, remembered: Option<Remembered>) -> Self {
        Self { app, machine, cache: TokenCache::new(remembered) }
    }

    fn ask(&self, scopes: &[String], challenge: Option<&Challenge>) -> Result<Token, SignInError> {
        self.cache.token(&self.app, SignInMethod::Browser, scopes, challenge, |prompt| self.prompt(prompt))
    }

    fn prompt(&self, prompt: &Prompt) -> Result<Tokens, SignInError> {
        let mut random = [0; 8];
        self.app.service.clock.random(&mut random);
        let start: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let loopback = Loopback::listen(&start)
            .map_err(|error| SignInError::new(Kind::Refused, format!("{error:#}")).now("or use `--device-code`"))?;
        let attempt = Attempt::new(&self.app, prompt, &loopback)?;
        self.say(prompt);
        if let Err(error) = self.machine.open_page(&loopback.start_address())
            && let WithoutBrowser::Code = self.without_browser(&format!("{error:#}"), &loopback)?
        {
            return device_code::prompt(&self.app, prompt);
        }
        let code = self.wait(loopback, &attempt)?;
        attempt.redeem(&self.app, prompt, &code)
    }

    fn say(&self, prompt: &Prompt) {
        let text = match &prompt.account {
            None => format!(
                "Your browser opens Microsoft's sign-in page. Sign in with the administrator account that you want to use, then \
                 return to this window. It asks for: {}. {}",
                prompt.permissions.join(", "),
                match prompt.kept_in {
                    None => "fixforme does not save the sign-in.".to_owned(),
                    Some(place) => format!("fixforme saves the sign-in in {place}; `fixforme sign-out` deletes it."),
                }
            ),
            Some(_) if prompt.new.is_empty() => {
                "Your browser opens once more: Microsoft wants you to sign in again.".to_owned()
            }
            Some(_) => format!("Your browser opens once more, for: {}.", prompt.new.join(", ")),
        };
        self.app.service.ui.say(Level::Info, text);
    }

    /// Asks how to go on where no browser opens.
    fn without_browser(&self, reason: &str, loopback: &Loopback) -> Result<WithoutBrowser, SignInError> {
        let question = Question::new(
            "How do you want to sign in?",
            Form::Choice {
                options: vec![
                    Choice::new("here", "I'll open the link myself"),
                    Choice::new("code", "With a code, in a browser on another device"),
                    Choice::new("stop", "Stop"),
                ],
                suggest: None,
            },
        )
        .help(vec![format!("fixforme cannot open a browser: {reason}.")]);
        match self.app.service.ui.ask(&question) {
            Ok(Reply::Text(chosen)) if chosen == "here" => {
                let text = format!("Open this address in it: {}", loopback.start_address());
                self.app.service.ui.say(Level::Info, text);
                Ok(WithoutBrowser::Wait)
            }
            Ok(Reply::Text(chosen)) if chosen == "code" => Ok(WithoutBrowser::Code),
            Ok(_) | Err(NoReply::Stopped) => Err(SignInError::stopped()),
            Err(NoReply::Failed(why)) => Err(SignInError::new(Kind::Refused, why)),
        }
    }

    fn wait(&self, mut loopback: Loopback, attempt: &Attempt) -> Result<SecretString, SignInError> {
        let seconds = TIME_LIMIT.as_secs_f64();
        self.app.service.ui.show(&Event::Wait(Wait {
            reason: "Waiting for the browser.".to_owned(),
            seconds,
            attempt: 1,
        }));
        let mut waited = Duration::ZERO;
        while waited < TIME_LIMIT {
            if self.app.service.ui.interrupted() {
                return Err(SignInError::stopped());
            }
            match loopback.look(&attempt.page, &attempt.state) {
                Some(RedirectResult::Code(code)) => return Ok(code),
                Some(RedirectResult::Refused(refusal)) => return Err(explain(&refusal, &attempt.context(&self.app))),
                Some(RedirectResult::Odd) => {
                    return Err(not_ours(
                        "an answer came that does not belong to this sign-in; nothing of it was used",
                    ));
                }
                Some(RedirectResult::StateMismatch) => {
                    return Err(not_ours(
                        "answers came again and again that do not belong to this sign-in; nothing of them was used",
                    ));
                }
                Some(RedirectResult::Twice) => {
                    return Err(SignInError::new(
                        Kind::Refused,
                        "the address that leads to the sign-in page was opened twice: whoever opened it first could have \
                         answered in your place",
                    )
                    .now("run this again, and open the address once")
                    .now("if it happens again, another user of this computer looks on: use `--device-code`"));
                }
                None => {}
            }
            self.app.service.clock.sleep(POLL_INTERVAL);
            waited += POLL_INTERVAL;
        }
        Err(SignInError::new(Kind::Refused, "nobody has signed in within five minutes")
            .now("run this again; `--device-code` signs in by a browser on another device"))
    }
}

/// Makes the failure of a sign-in that something else has tried to answer.
fn not_ours(sentence: &str) -> SignInError {
    SignInError::new(Kind::Refused, sentence)
        .now("close other sign-in pages and run this again")
        .now("if it happens again, something on this computer tries to answer in your place")
}

/// One sign-in: its page, and what only it knows.
struct Attempt {
    page: String,
    redirect_uri: String,
    /// Of PKCE (RFC 7636): whoever catches the code on its way cannot redeem it.
    verifier: SecretString,
    state: String,
    nonce: String,
    permissions: Vec<String>,
}

impl Attempt {
    fn new(app: &App, prompt: &Prompt, loopback: &Loopback) -> Result<Self, SignInError> {
        let clock = app.service.clock.as_ref();
        let (verifier, state, nonce) = (random(clock), random(clock), random(clock));
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let mut page = Url::parse(&app.service.authority.address(prompt.tenant(), "authorize"))
            .map_err(|_| SignInError::new(Kind::Refused, "the address of the sign-in cannot be made"))?;
        let redirect_uri = loopback.redirect_uri();
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &app.client_id)
            .append_pair("redirect_uri", &redirect_uri)
            .append_pair("response_mode", "query")
            .append_pair("scope", &app.delegated_scopes(&prompt.permissions))
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        match prompt.account.as_ref().and_then(|account| account.name.as_ref()) {
            Some(name) => page.query_pairs_mut().append_pair("login_hint", name),
            // Whoever is signed in to the browser may not be who shall do this.
            None => page.query_pairs_mut().append_pair("prompt", "select_account"),
        };
        if let Some(claims) = &prompt.claims {
            page.query_pairs_mut().append_pair("claims", claims);
        }
        let verifier = SecretString::from(verifier);
        Ok(Self { page: page.into(), redirect_uri, verifier, state, nonce, permissions: prompt.permissions.clone() })
    }

    fn context(&self, app: &App) -> SignInContext {
        app.context(SignInMethod::Browser, &self.permissions)
    }

    fn redeem(self, app: &App, prompt: &Prompt, code: &SecretString) -> Result<Tokens, SignInError> {
        let endpoint = Endpoint::new(&app.service, self.context(app), Repeat::Once);
        let fields = || {
            let mut fields = app.form("authorization_code", None);
            fields.push(("code", code.expose_secret().to_owned()));
            fields.push(("redirect_uri", self.redirect_uri.clone()));
            fields.push(("code_verifier", self.verifier.expose_secret().to_owned()));
            Ok(fields)
        };
        let url = app.service.authority.address(prompt.tenant(), "token");
        let response: TokenResponse = endpoint.post(&url, &fields).map_err(|(error, _)| error)?;
        response.tokens(&app.client_id, Some(&self.nonce))
    }
}

/// Returns 256 random bits as a text that fits into an address.
fn random(clock: &dyn Clock) -> String {
    let mut bytes = [0; 32];
    clock.random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Credentials for Browser {
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(self.ask(scopes, None)?)
    }

    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        Ok(self.ask(scopes, Some(challenge))?)
    }
}
