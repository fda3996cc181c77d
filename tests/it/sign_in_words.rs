//! What a person reads when Microsoft refuses a sign-in, for every refusal that has words of its own; and how long a
//! sign-in is waited for, in virtual time.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::sync::{Arc, Mutex};

use fixforme::auth::{App, Authority as Place, Browser, DeviceCode, Service, SignInError};
use fixforme::host::{Interrupt, ReqwestHttp, VirtualClock};
use fixforme::ports::ui::{NoReply, Question, Reply as Answer};
use fixforme::ports::{Clock, Credentials, Event, Ui};
use jiff::SignedDuration;
use serde_json::json;
use snapbox::{assert_data_eq, file};

use crate::support::authority::{Authority, CLIENT, Reply, SECRET, TENANT, refusal};
use crate::support::nowhere::Nowhere;
use crate::support::sandbox::{Ran, Sandbox, prompt_tenant};
use crate::support::wait::nobody;

/// Entra's numbers, as its reference of error codes groups them.
const CODES: [u32; 102] = [
    65001, 65004, 90094, 90095, 65002, 650056, 650057, 65005, 700016, 70001, 700011, 7000112, 50059, 50128, 90002,
    90038, 50194, 9001023, 90130, 7000218, 700025, 7000215, 7000222, 700027, 50012, 50013, 700030, 50011, 70004, 70021,
    700211, 700212, 700213, 500133, 501481, 50147, 501491, 50076, 50074, 50079, 50072, 50078, 70043, 50097, 50129,
    53000, 53001, 53002, 53003, 530032, 530035, 50131, 53004, 53010, 50105, 50020, 50034, 51004, 90072, 16000, 50053,
    50055, 50057, 50126, 50144, 50058, 50173, 700082, 70008, 50132, 50133, 70000, 70016, 70019, 70018, 70011, 28002,
    700022, 700023, 500011, 500212, 500213, 500021, 500022, 90006, 90012, 90024, 90033, 90090, 50033, 50087, 50196,
    7000229, 90099, 500014, 1000502, 50158, 50199, 530003, 53011, 530034, 99999999,
];
/// OAuth's own words, from a service that adds no number.
const WORDS: [&str; 14] = [
    "access_denied",
    "authorization_declined",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "interaction_required",
    "consent_required",
    "expired_token",
    "bad_verification_code",
    "temporarily_unavailable",
    "something_new",
];

/// What the program says to a refusal of an app.
fn said(reply: Reply) -> String {
    let authority = Authority::start(prompt_tenant("disable", &[]));
    authority.next("token client_credentials", reply);
    let sandbox = Sandbox::new();
    let args = ["check", "sspr-admins", "--set", "goal=disable", "--tenant", TENANT, "--client-id", CLIENT];
    let ran = Ran::of(authority.command(&sandbox, &args).env("FIXFORME_CLIENT_SECRET", SECRET).output().unwrap());
    assert!(ran.code == 5 || ran.code == 10, "{}", ran.all());
    assert!(ran.stdout.contains("Nothing was changed."), "{}", ran.all());
    let words = ran.stderr.find(" error: ").map(|at| &ran.stderr[at..]).unwrap_or_default();
    let words =
        words.split("\n Nothing was changed.").next().unwrap().replace(&authority.url(), "https://login.example");
    let clock = words.find("clock says ").map(|at| words[at + 11..at + 31].to_owned());
    let words = clock.map_or_else(|| words.clone(), |time| words.replace(&time, "(the time)"));
    format!("exit {}\n{}\n", ran.code, words.trim_end())
}

/// A service that is busy as well answers at once when it asks for a wait that nobody sits out.
fn at_once(reply: Reply) -> Reply {
    let Reply::Say(status, _, body) = reply else { panic!("{reply:?}") };
    Reply::Say(status, "Retry-After: 900\r\n", body)
}

#[test]
fn every_refusal_has_its_words() {
    let codes = CODES.iter().map(|code| (code.to_string(), at_once(refusal("invalid_grant", *code))));
    let words = WORDS.iter().map(|word| {
        let body = json!({"error": word, "error_description": "Words of the service. More of them."});
        ((*word).to_owned(), Reply::Say(400, "Retry-After: 900\r\n", body))
    });
    let all: Vec<(String, Reply)> = codes.chain(words).collect();
    let told: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = all
            .chunks(all.len().div_ceil(4))
            .map(|part| scope.spawn(|| part.iter().map(|(_, reply)| said(reply.clone())).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    let mut sheet: Vec<(Vec<&str>, String)> = Vec::new();
    for ((code, _), text) in all.iter().zip(&told) {
        // The line for support holds the number itself.
        let text = text.replace(&format!("AADSTS{code}"), "AADSTS…");
        match sheet.last_mut() {
            Some((codes, last)) if *last == text => codes.push(code),
            _ => sheet.push((vec![code], text)),
        }
    }
    let sheet: Vec<String> = sheet.iter().map(|(codes, text)| format!("== {}\n{text}", codes.join(" "))).collect();
    assert_data_eq!(sheet.join("\n"), file!["sign_in_words.txt"].raw());
}

/// A person who reads nothing, presses Enter at once, and never goes away.
#[derive(Default)]
struct Patient {
    events: Mutex<Vec<Event>>,
}

impl Ui for Patient {
    fn show(&self, event: &Event) {
        self.events.lock().unwrap().push(event.clone());
    }
    fn print(&self, _: &str) {}
    fn row(&self, _: &serde_json::Value, _: &str) {}
    fn can_ask(&self) -> bool {
        true
    }
    fn ask(&self, _: &Question) -> Result<Answer, NoReply> {
        Ok(Answer::Yes)
    }
    fn interrupted(&self) -> bool {
        false
    }
}

struct SignInTest {
    authority: Authority,
    clock: Arc<VirtualClock>,
    app: Arc<App>,
}

fn sign_in_test() -> SignInTest {
    let clock = Arc::new(VirtualClock::new());
    let authority = Authority::at(prompt_tenant("disable", &[]), Arc::clone(&clock) as Arc<dyn Clock>);
    let service = Service {
        authority: Place::new(Place::origin(&authority.url()).unwrap(), None).unwrap(),
        resource: "https://graph.microsoft.com".to_owned(),
        http: Arc::new(ReqwestHttp::new(Interrupt::new())),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ui: Arc::new(Patient::default()),
    };
    let app = Arc::new(App { client_id: CLIENT.to_owned(), service: Arc::new(service) });
    SignInTest { authority, clock, app }
}

fn failure(credentials: &dyn Credentials) -> SignInError {
    let error = credentials.token(&["User.Read.All".to_owned()]).err().unwrap();
    error.downcast::<SignInError>().unwrap()
}

#[test]
fn the_browser_is_waited_for_five_minutes() {
    let SignInTest { authority, clock, app } = sign_in_test();
    let before = clock.now();
    let error = failure(&Browser::new(app, Arc::new(Nowhere), None));
    assert!(error.to_string().contains("nobody has signed in within five minutes"), "{error}");
    let waited = clock.now().duration_since(before);
    assert!((SignedDuration::from_secs(299)..SignedDuration::from_secs(302)).contains(&waited), "{waited}");
    assert_eq!(authority.order(), [""; 0]);
}

#[test]
fn a_code_is_asked_about_as_often_as_the_service_wants() {
    let SignInTest { authority, clock: _, app } = sign_in_test();
    let slow = || Reply::Say(400, "", json!({"error": "slow_down"}));
    let pending = || refusal("authorization_pending", 70016);
    for reply in [pending(), pending(), slow(), pending(), slow(), pending()] {
        authority.next("token device_code", reply);
    }
    authority.approve_next_device();
    let token = DeviceCode::new(app, None).token(&["User.Read.All".to_owned()]).unwrap();
    assert_eq!(token.claims().tenant.as_deref(), Some(TENANT));
    let polls = authority.of("token device_code");
    let gaps: Vec<i64> = polls.windows(2).map(|two| two[1].at.duration_since(two[0].at).as_secs()).collect();
    // The service named 1 s; each slow_down adds five (RFC 8628, section 3.5).
    assert_eq!(gaps, [1, 1, 6, 6, 11, 11]);
}

#[test]
fn a_code_that_nobody_enters_lapses() {
    let SignInTest { authority, clock, app } = sign_in_test();
    let before = clock.now();
    let code = json!({"user_code": "A", "device_code": "B", "verification_uri": "https://login.example/", "expires_in": 60, "interval": 5});
    authority.next("devicecode", Reply::Say(200, "", code));
    for _ in 0..20 {
        authority.next("token device_code", refusal("authorization_pending", 70016));
    }
    let error = failure(&DeviceCode::new(app, None));
    assert!(error.to_string().contains("the code was not used in time"), "{error}");
    let waited = clock.now().duration_since(before);
    assert!((SignedDuration::from_secs(60)..SignedDuration::from_secs(75)).contains(&waited), "{waited}");
}

#[test]
fn a_page_for_the_code_must_be_on_the_safe_web() {
    for page in ["http://login.example/device", "javascript:alert(1)", "ftp://login.example/"] {
        let SignInTest { authority, clock: _, app } = sign_in_test();
        let code = json!({"user_code": "A", "device_code": "B", "verification_uri": page, "expires_in": 60});
        authority.next("devicecode", Reply::Say(200, "", code));
        let error = failure(&DeviceCode::new(app, None));
        assert!(error.to_string().contains("not on the safe web"), "{page}: {error}");
        assert_eq!(authority.order(), ["devicecode"]);
    }
}

#[test]
fn no_network_is_given_up_after_some_tries() {
    let SignInTest { authority: _authority, clock, app } = sign_in_test();
    let free = nobody();
    let nobody = Place::new(Place::origin(&format!("http://{free}")).unwrap(), None).unwrap();
    let service = Service {
        authority: nobody,
        resource: app.service.resource.clone(),
        http: Arc::clone(&app.service.http),
        clock: Arc::clone(&app.service.clock),
        ui: Arc::clone(&app.service.ui),
    };
    let app = Arc::new(App { client_id: CLIENT.to_owned(), service: Arc::new(service) });
    let before = clock.now();
    let error = failure(&DeviceCode::new(app, None));
    assert!(error.to_string().contains("cannot be reached") && error.to_string().contains("proxy"), "{error}");
    assert_eq!(clock.now().duration_since(before), SignedDuration::from_secs(7), "1, 2 and 4 seconds");
    assert_eq!(error.kind, fixforme::auth::error::Kind::Temporary);
}
