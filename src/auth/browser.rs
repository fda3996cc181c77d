//! A person in the system's browser: authorization code with PKCE, back to a port on this machine (RFC 8252).

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use oauth2::{AuthUrl, AuthorizationCode, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, TokenUrl};
use secrecy::{ExposeSecret, SecretString};

use super::about::Way;
use super::app::App;
use super::device_code;
use super::endpoint::{Endpoint, Repeat};
use super::error::{Kind, SignInError};
use super::granted::{Granted, Kept};
use super::loopback::{Landing, Loopback};
use super::memory::{Memory, Round};
use super::oauth::{Client, scopes};
use super::remembered::Remembered;
use super::words::explain;
use crate::ports::event::{Event, Level, Wait};
use crate::ports::ui::{Choice, Form, NoReply, Question, Reply};
use crate::ports::{Challenge, Credentials, Machine, Token};

/// How long the person may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often the port is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Signs a person in by the system's browser.
pub struct Browser {
    app: Arc<App>,
    machine: Arc<dyn Machine>,
    memory: Memory,
}

/// What becomes of a sign-in without a browser.
enum Instead {
    Wait,
    Code,
}

impl Browser {
    /// Signs in to `app`; a page is opened by `machine`. The sign-in outlives the program in `remembered` alone.
    pub fn new(app: Arc<App>, machine: Arc<dyn Machine>, remembered: Option<Remembered>) -> Self {
        Self { app, machine, memory: Memory::new(remembered) }
    }

    fn ask(&self, scopes: &[String], challenge: Option<&Challenge>) -> Result<Token, SignInError> {
        self.memory.token(&self.app, Way::Browser, scopes, challenge, |round| self.round(round))
    }

    fn round(&self, round: &Round) -> Result<Kept, SignInError> {
        let mut random = [0; 8];
        self.app.service.clock.random(&mut random);
        let start: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let loopback = Loopback::listen(&start)
            .map_err(|error| SignInError::new(Kind::Refused, format!("{error:#}")).now("or use `--device-code`"))?;
        let attempt = Attempt::new(&self.app, round, &loopback)?;
        self.say(round);
        if let Err(error) = self.machine.open_page(&loopback.start_address())
            && let Instead::Code = self.without_browser(&format!("{error:#}"), &loopback)?
        {
            return device_code::round(&self.app, round);
        }
        let code = self.wait(loopback, &attempt)?;
        attempt.redeem(&self.app, round, code)
    }

    fn say(&self, round: &Round) {
        let text = match &round.account {
            None => format!(
                "Your browser opens Microsoft's sign-in page. Sign in there with the account that is to do the work, then \
                 come back. It asks for: {}. {}",
                round.permissions.join(", "),
                match round.kept_in {
                    None => "The sign-in is forgotten when this program ends.".to_owned(),
                    Some(place) => format!("The sign-in is kept in {place}; `fixforme sign-out` removes it."),
                }
            ),
            Some(_) if round.new.is_empty() => {
                "Your browser opens once more: Microsoft wants you to sign in again.".to_owned()
            }
            Some(_) => format!("Your browser opens once more, for: {}.", round.new.join(", ")),
        };
        self.app.service.ui.say(Level::Info, text);
    }

    /// Asks how to go on where no browser opens.
    fn without_browser(&self, reason: &str, loopback: &Loopback) -> Result<Instead, SignInError> {
        let question = Question::new(
            "How do you want to sign in?",
            Form::Choice {
                options: vec![
                    Choice::new("here", "I open a browser on this computer myself"),
                    Choice::new("code", "With a code, in a browser on another device"),
                    Choice::new("stop", "Stop"),
                ],
                suggest: None,
            },
        )
        .help(vec![format!("No browser opens here: {reason}.")]);
        match self.app.service.ui.ask(&question) {
            Ok(Reply::Text(chosen)) if chosen == "here" => {
                let text = format!("Open this address in it: {}", loopback.start_address());
                self.app.service.ui.say(Level::Info, text);
                Ok(Instead::Wait)
            }
            Ok(Reply::Text(chosen)) if chosen == "code" => Ok(Instead::Code),
            Ok(_) | Err(NoReply::Stopped) => Err(SignInError::stopped()),
            Err(NoReply::Failed(why)) => Err(SignInError::new(Kind::Refused, why)),
        }
    }

    fn wait(&self, mut loopback: Loopback, attempt: &Attempt) -> Result<SecretString, SignInError> {
        let seconds = PATIENCE.as_secs_f64();
        self.app.service.ui.show(&Event::Wait(Wait {
            reason: "Waiting for the browser.".to_owned(),
            seconds,
            attempt: 1,
        }));
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            if self.app.service.ui.interrupted() {
                return Err(SignInError::stopped());
            }
            match loopback.look(&attempt.page, attempt.state.secret()) {
                Some(Landing::Code(code)) => return Ok(code),
                Some(Landing::Refused(refusal)) => return Err(explain(&refusal, &attempt.about(&self.app))),
                Some(Landing::Odd) => {
                    return Err(not_ours(
                        "an answer came that does not belong to this sign-in; nothing of it was used",
                    ));
                }
                Some(Landing::Stray) => {
                    return Err(not_ours(
                        "answers came again and again that do not belong to this sign-in; nothing of them was used",
                    ));
                }
                Some(Landing::Twice) => {
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
            self.app.service.clock.sleep(LOOK);
            waited += LOOK;
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
    redirect: RedirectUrl,
    verifier: SecretString,
    state: CsrfToken,
    nonce: CsrfToken,
    permissions: Vec<String>,
}

impl Attempt {
    fn new(app: &App, round: &Round, loopback: &Loopback) -> Result<Self, SignInError> {
        let bad = |_| SignInError::new(Kind::Refused, "the addresses of the sign-in cannot be made");
        let tenant = round.account.as_ref().and_then(|account| account.tenant.as_deref());
        let page = AuthUrl::new(app.service.authority.address(tenant, "authorize")).map_err(bad)?;
        let redirect = RedirectUrl::new(loopback.redirect_uri()).map_err(bad)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random();
        let client =
            Client::new(ClientId::new(app.client_id.clone())).set_auth_uri(page).set_redirect_uri(redirect.clone());
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes(app.delegated_scopes(&round.permissions)))
            .set_pkce_challenge(challenge)
            .add_extra_param("response_mode", "query")
            .add_extra_param("nonce", nonce.secret().clone());
        request = match round.account.as_ref().and_then(|account| account.name.clone()) {
            Some(name) => request.add_extra_param("login_hint", name),
            // Whoever is signed in to the browser may not be who shall do this.
            None => request.add_extra_param("prompt", "select_account"),
        };
        if let Some(claims) = &round.claims {
            request = request.add_extra_param("claims", claims.clone());
        }
        let (page, state) = request.url();
        let verifier = SecretString::from(verifier.into_secret());
        Ok(Self { page: page.into(), redirect, verifier, state, nonce, permissions: round.permissions.clone() })
    }

    fn about(&self, app: &App) -> super::about::About {
        app.about(Way::Browser, &self.permissions)
    }

    fn redeem(self, app: &App, round: &Round, code: SecretString) -> Result<Kept, SignInError> {
        let tenant = round.account.as_ref().and_then(|account| account.tenant.as_deref());
        let endpoint = Endpoint::new(&app.service, self.about(app), Repeat::Once);
        let Ok(url) = TokenUrl::new(app.service.authority.address(tenant, "token")) else {
            return Err(endpoint.not_understood());
        };
        let client = Client::new(ClientId::new(app.client_id.clone())).set_token_uri(url);
        let request = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_redirect_uri(std::borrow::Cow::Borrowed(&self.redirect))
            .set_pkce_verifier(oauth2::PkceCodeVerifier::new(self.verifier.expose_secret().to_owned()));
        let granted = endpoint.judge::<Granted, _>(request.request(&endpoint)).map_err(|(error, _)| error)?;
        granted.keep(&app.client_id, Some(self.nonce.secret()))
    }
}

impl Credentials for Browser {
    fn token(&self, scopes: &[String]) -> Result<Token> {
        Ok(self.ask(scopes, None)?)
    }

    fn answer(&self, scopes: &[String], challenge: &Challenge) -> Result<Token> {
        Ok(self.ask(scopes, Some(challenge))?)
    }
}
