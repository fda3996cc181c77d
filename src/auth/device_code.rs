//! A person with a code, in a browser on another device (RFC 8628).
//!
//! The code is phished: an attacker sends the victim a code of the attacker's own program. So it is only used when it is
//! asked for, it is fetched when the person is ready, and a sentence says who must not enter it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use oauth2::{
    ClientId, DeviceAuthorizationUrl, EmptyExtraDeviceAuthorizationFields, StandardDeviceAuthorizationResponse,
    TokenUrl,
};
use url::Url;

use super::about::Way;
use super::app::App;
use super::endpoint::{Endpoint, Repeat};
use super::error::{Kind, SignInError};
use super::granted::{Granted, Kept};
use super::memory::{Memory, Round};
use super::oauth::{Client, scopes};
use super::remembered::Remembered;
use crate::ports::event::{Event, Level, Reveal, Wait};
use crate::ports::origin::is_loopback;
use crate::ports::ui::{Form, NoReply, Question};
use crate::ports::{Challenge, Credentials, Token};

/// Whatever the service says, it is not asked more often.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// A service that wants to be asked less often than this is none that signs somebody in.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// The finest step of the clock.
const MOMENT: Duration = Duration::from_millis(1);
/// Whatever the service says, nobody waits longer.
const LONGEST_LIFE: Duration = Duration::from_secs(1800);

/// Signs a person in by a code.
pub struct DeviceCode {
    app: Arc<App>,
    memory: Memory,
}

impl DeviceCode {
    /// Signs in to `app`. The sign-in outlives the program in `remembered` alone.
    pub fn new(app: Arc<App>, remembered: Option<Remembered>) -> Self {
        Self { app, memory: Memory::new(remembered) }
    }

    fn ask(&self, scopes: &[String], challenge: Option<&Challenge>) -> Result<Token, SignInError> {
        self.memory.token(&self.app, Way::DeviceCode, scopes, challenge, |wanted| round(&self.app, wanted))
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
pub(super) fn round(app: &App, round: &Round) -> Result<Kept, SignInError> {
    let why = match &round.account {
        None => format!("It asks for: {}.", round.permissions.join(", ")),
        Some(_) if round.new.is_empty() => "Microsoft wants you to sign in again.".to_owned(),
        Some(_) => format!("It asks once more, for: {}.", round.new.join(", ")),
    };
    let question =
        Question::new("Press Enter when you are ready to sign in; the code is good for some minutes", Form::Continue)
            .help(
                vec!["You sign in by a code, in a browser on any device.".to_owned(), why]
                    .into_iter()
                    .chain(
                        round
                            .kept_in
                            .map(|place| format!("The sign-in is kept in {place}; `fixforme sign-out` removes it.")),
                    )
                    .collect(),
            );
    app.service.ui.ask(&question).map_err(|no| match no {
        NoReply::Stopped => SignInError::stopped(),
        NoReply::Failed(why) => SignInError::new(Kind::Refused, why),
    })?;
    let tenant = round.account.as_ref().and_then(|account| account.tenant.as_deref());
    let ask = Endpoint::new(&app.service, app.about(Way::DeviceCode, &round.permissions), Repeat::Freely);
    let poll = Endpoint::new(&app.service, app.about(Way::DeviceCode, &round.permissions), Repeat::Freely);
    let address = |what: &str| app.service.authority.address(tenant, what);
    let (Ok(code_url), Ok(token_url)) =
        (DeviceAuthorizationUrl::new(address("devicecode")), TokenUrl::new(address("token")))
    else {
        return Err(ask.not_understood());
    };
    let client = Client::new(ClientId::new(app.client_id.clone()))
        .set_device_authorization_url(code_url)
        .set_token_uri(token_url);
    let mut request = client.exchange_device_code().add_scopes(scopes(app.delegated_scopes(&round.permissions)));
    if let Some(claims) = &round.claims {
        request = request.add_extra_param("claims", claims.clone());
    }
    let details: StandardDeviceAuthorizationResponse =
        ask.judge(request.request::<_, EmptyExtraDeviceAuthorizationFields>(&ask)).map_err(|(error, _)| error)?;
    if details.interval() > LONGEST_INTERVAL {
        let sentence = format!(
            "the sign-in service wants to be asked only every {} s whether the code was entered",
            details.interval().as_secs()
        );
        return Err(SignInError::new(Kind::Refused, sentence).now("check `--authority`, or use the browser"));
    }
    show(app, &details)?;
    let life = details.expires_in().min(LONGEST_LIFE);
    let end = now(app) + life;
    let reason = "Waiting until you have entered the code.".to_owned();
    app.service.ui.show(&Event::Wait(Wait { reason, seconds: life.as_secs_f64(), attempt: 1 }));
    let request = client.exchange_device_access_token(&details).set_time_fn(|| {
        // The crate goes on after every error of the network, until the time is over. So it is, when nothing can come.
        let more = if poll.is_over() { LONGEST_LIFE.saturating_mul(2) } else { Duration::ZERO };
        (SystemTime::UNIX_EPOCH + now(app) + more).into()
    });
    let sleep = |interval: Duration| {
        // The code's end is not slept through; a moment after it, so that it is over by then.
        let left = end.saturating_sub(now(app)) + MOMENT;
        app.service.clock.sleep(interval.max(SHORTEST_INTERVAL).min(left));
    };
    let granted = poll.judge::<Granted, _>(request.request(&poll, sleep, Some(life))).map_err(|(error, _)| error)?;
    granted.keep(&app.client_id, None)
}

/// Returns the time since 1970.
fn now(app: &App) -> Duration {
    Duration::from_millis(u64::try_from(app.service.clock.now().as_millisecond()).unwrap_or_default())
}

/// Shows the code on the screen alone: it is in no event and no log.
fn show(app: &App, details: &StandardDeviceAuthorizationResponse) -> Result<(), SignInError> {
    let page = details.verification_uri().url();
    if page.scheme() != "https" && !(page.scheme() == "http" && is_loopback(page)) {
        return Err(SignInError::new(Kind::Refused, "the sign-in service names a page that is not on the safe web")
            .now("do not go on; check `--authority`"));
    }
    let text = format!(
        "Only enter this code if you started this program yourself, on this computer. Nobody who helps you needs it. It \
         signs the app {} in to {}.",
        app.client_id,
        whose(app.service.authority.tenant())
    );
    app.service.ui.say(Level::Warning, text);
    let label = format!("The code to enter at {}", shown(page));
    app.service.ui.show(&Event::Reveal(Reveal { label, secret: details.user_code().secret().clone() }));
    Ok(())
}

fn whose(tenant: &str) -> String {
    if tenant == "organizations" { "your account's tenant".to_owned() } else { format!("the tenant {tenant}") }
}

fn shown(page: &Url) -> String {
    page.as_str().trim_end_matches('/').to_owned()
}
